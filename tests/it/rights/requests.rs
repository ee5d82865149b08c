//! Requests and how they are answered.

use serde_json::{Value, json};
use tests::{World, on_all};

use super::{CANARY, Place, complaint};

const SHOWN: &str = "query($id: ID!) { personalRequest(id: $id) {
    kind subject data statement receivedOn dueOn answer answeredOn reason doneSeq } }";

on_all! {
    /// A correction is done when what is said of them has changed since they asked, and not before.
    async fn a_correction_is_done_once_something_has_changed(world: World) {
        let place = Place::on(world).await;
        let (office, home) = (&place.world.office, &place.home);
        let input = json!({ "kind": "CORRECTION", "subject": home, "data": ["ADDRESS", "PHONE", "ADDRESS"],
            "receivedOn": "2021-12-30", "statement": "门牌写错了" });
        let request = office.done("personalRequestOpen", "request", input).await;
        let shown = office.post(SHOWN, json!({ "id": request })).await.expect_ok();
        assert_eq!(shown.at("/personalRequest"), &json!({ "kind": "CORRECTION", "subject": home, "data": ["ADDRESS", "PHONE"],
            "statement": "门牌写错了", "receivedOn": "2021-12-30", "dueOn": "2022-01-29",
            "answer": null, "answeredOn": null, "reason": null, "doneSeq": null }));
        let done = json!({ "request": request, "answer": "DONE", "reason": "已改" });
        let early = office.act("personalRequestAnswer", "request", done.clone()).await;
        assert_eq!(complaint(&early).0, "WRONG_STEP");
        // To have looked is not to have corrected.
        let look = json!({ "household": home, "kinds": ["PHONE"], "purpose": "CORRECTION", "reason": "核对" });
        let _ = office.act_plainly("householdReveal", look).await.expect_ok();
        assert_eq!(complaint(&office.act("personalRequestAnswer", "request", done.clone()).await).0, "WRONG_STEP");
        office.done("householdUpdate", "household", json!({ "household": home, "address": "13号" })).await;
        office.done("personalRequestAnswer", "request", done.clone()).await;
        let shown = office.post(SHOWN, json!({ "id": request })).await.expect_ok();
        let version = office.post("query($id: ID!) { household(id: $id) { version } }", json!({ "id": home })).await;
        assert_eq!(shown.at("/personalRequest/answer"), "DONE");
        assert_eq!(shown.at("/personalRequest/answeredOn"), "2022-01-01");
        assert_eq!(shown.at("/personalRequest/doneSeq"), version.at("/household/version"));
        assert_eq!(complaint(&office.act("personalRequestAnswer", "request", done).await).0, "WRONG_STEP");
    }

    /// Of a person of the roster, too; a refusal needs a reason.
    async fn a_person_asks_as_well(world: World) {
        let place = Place::on(world).await;
        let office = &place.world.office;
        let person = office.done("personRegister", "person", json!({ "name": "张三", "region": place.world.county })).await;
        let request = place.asks("CORRECTION", &person).await;
        let done = json!({ "request": request, "answer": "DONE", "reason": "已改" });
        assert_eq!(complaint(&office.act("personalRequestAnswer", "request", done.clone()).await).0, "WRONG_STEP");
        office.done("personUpdate", "person", json!({ "person": person, "expertise": "养蜂" })).await;
        office.done("personalRequestAnswer", "request", done).await;
        let other = place.asks("DELETION", &person).await;
        let no_reason = json!({ "request": other, "answer": "REFUSED", "reason": " " });
        assert_eq!(complaint(&office.act("personalRequestAnswer", "request", no_reason).await).0, "REQUIRED");
        let elsewhere = json!({ "request": other, "answer": "DONE", "reason": "删了" });
        let (code, message) = complaint(&office.act("personalRequestAnswer", "request", elsewhere).await);
        assert!(code == "WRONG_STEP" && message.contains("personalErase"), "{message}");
        office.done("personalRequestAnswer", "request", json!({ "request": other, "answer": "REFUSED", "reason": "仍在任" })).await;
        let open = "query($filter: PersonalRequestFilter) { personalRequests(filter: $filter) { totalCount nodes { answer reason } } }";
        let count = async |filter: Value| {
            office.post(open, json!({ "filter": filter })).await.expect_ok().at("/personalRequests/totalCount").clone()
        };
        assert_eq!(count(json!({ "subject": person })).await, json!(2));
        assert_eq!(count(json!({ "isOpen": true })).await, json!(0));
        assert_eq!(count(json!({ "kind": "DELETION" })).await, json!(1));
    }

    /// Nobody but the office that keeps the ledger sees or answers them; others are told what they are told of any id.
    async fn they_are_the_offices_alone(world: World) {
        let place = Place::on(world).await;
        let world = &place.world;
        let request = place.asks("COPY", &place.home).await;
        for (by, told) in [(&world.city_office, "FORBIDDEN"), (&world.neighbour, "NOT_FOUND")] {
            let list = by.post("{ personalRequests { totalCount } }", Value::Null).await.expect_ok();
            assert_eq!(list.at("/personalRequests/totalCount"), &json!(0));
            for (mutation, rest) in [("personalCopyTake", json!({})), ("personalErase", json!({})), ("personalRequestAnswer", json!({ "answer": "REFUSED" }))] {
                let mut input = rest;
                input["request"] = request.clone().into();
                input["reason"] = "本人到场".into();
                assert_eq!(by.act_plainly(mutation, input).await.code(), Some(told), "{mutation}");
            }
        }
        for by in [&world.members[0].client, &world.admin] {
            assert_eq!(by.post("{ personalRequests { totalCount } }", Value::Null).await.code(), Some("FORBIDDEN"));
            let copy = json!({ "request": request, "reason": "本人到场" });
            assert_eq!(by.act_plainly("personalCopyTake", copy).await.code(), Some("FORBIDDEN"));
            let answer = by.post(SHOWN, json!({ "id": request })).await;
            assert!(!answer.text.contains(CANARY), "{answer}");
        }
    }
}
