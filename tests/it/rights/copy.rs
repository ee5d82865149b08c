//! The copy of what is held of somebody.

use serde_json::{Value, json};
use tests::{Answer, Client, World, on_all, world::key};

use super::{CANARY, CARD, PHONE, Place, complaint};
use crate::personal::identity;

const COPY: &str = "mutation($input: PersonalCopyTakeInput!) { personalCopyTake(input: $input) {
    copy { subject entries { field term value from to } links { rule helper region from to } records { of title detail step }
        reveals { on purpose kinds } }
    userErrors { code message } } }";

async fn taken(by: &Client, request: &str) -> Answer {
    let input = json!({ "idempotencyKey": key(), "request": request, "reason": "本人到场,已核对身份证" });
    by.post(COPY, json!({ "input": input })).await.expect_ok()
}

fn said<'a>(copy: &'a Answer, field: &str) -> Vec<&'a str> {
    let entries = copy.at("/personalCopyTake/copy/entries").as_array().unwrap();
    let of = entries.iter().filter(|entry| entry["field"] == field);
    of.map(|entry| entry["value"].as_str().unwrap()).collect()
}

on_all! {
    /// All of a household, in clear, once; it is in the journal, the access log and the request.
    async fn a_household_gets_all_that_is_held_of_it(world: World) {
        let place = Place::on(world).await;
        let (world, office) = (&place.world, &place.world.office);
        let seen = json!({ "household": place.home, "kinds": ["PHONE"], "purpose": "CONTACT", "reason": "联系" });
        let _ = office.act_plainly("householdReveal", seen).await.expect_ok();
        let request = place.asks("COPY", &place.home).await;
        let copy = taken(office, &request).await;
        assert_eq!(copy.at("/personalCopyTake/copy/subject"), place.home.as_str());
        for (field, value) in [("headName", format!("{CANARY}户主")), ("address", format!("{CANARY}组12号")), ("phone", PHONE.into()),
            ("bankAccount", CARD.into()), ("housing", format!("{CANARY}土房")), ("number", format!("{CANARY}7")),
            ("designations", "EXITED".into()), ("income", "2021 WAGE 1234567".into()), ("members", format!("{CANARY}户主 {CANARY}本人")),
            ("village", "1村".into())] {
            assert_eq!(said(&copy, field), [value.as_str()], "{field}");
        }
        // The identity number of one of the family is theirs to ask for.
        assert_eq!(said(&copy, "identityNumber"), [""; 0]);
        assert_eq!(copy.at("/personalCopyTake/copy/links"), &json!([{ "rule": "EXITED", "helper": "委员1", "region": "1村", "from": "2022-01-01", "to": null }]));
        let records = copy.at("/personalCopyTake/copy/records").as_array().unwrap();
        let titles: Vec<&Value> = records.iter().map(|record| &record["title"]).collect();
        assert!(titles.contains(&&json!(format!("{CANARY}走访"))) && titles.contains(&&json!(format!("{CANARY}修路"))), "{titles:?}");
        assert_eq!(copy.at("/personalCopyTake/copy/reveals"), &json!([{ "on": "2022-01-01", "purpose": "CONTACT", "kinds": ["PHONE"] }]));
        let again = taken(office, &request).await;
        assert_eq!(complaint(&again).0, "WRONG_STEP");
        let answered = office.post("query($id: ID!) { personalRequest(id: $id) { answer doneSeq } }", json!({ "id": request })).await;
        assert_eq!(answered.at("/personalRequest/answer"), "DONE");
        assert_eq!(world.rows("reveal").await, 2);
        world.app.access_log.flush().await.unwrap();
        assert_eq!(place.number("SELECT COUNT(*) FROM access_line WHERE kind = 'export' AND operation = 'personalCopyTake'").await, 1);
    }

    /// A member of the family gets their own and nobody else's; what names others, too, is told without its text.
    async fn a_member_of_the_family_gets_their_own(world: World) {
        let place = Place::on(world).await;
        let (world, office) = (&place.world, &place.world.office);
        let wife = json!({ "household": place.home, "from": "2022-01-01", "member": { "name": "王氏甲", "relation": "配偶",
            "identityNumber": identity(7), "phone": "13987650007" } });
        office.done("familyMemberAdd", "household", wife).await;
        let other = world.link(1, 2, "2022-01-01").await;
        let about = json!({ "title": "别家的事", "detail": "别家的话", "happenedOn": "2022-01-01", "links": [place.link, other] });
        office.done("activityRecord", "activity", json!({ "kind": "VISIT", "about": about })).await;
        let seen = json!({ "household": place.home, "kinds": ["PHONE"], "purpose": "CONTACT", "reason": "联系" });
        let _ = office.act_plainly("householdReveal", seen).await.expect_ok();
        let _ = taken(office, &place.asks("COPY", &place.home).await).await;
        let copy = taken(office, &place.asks("COPY", &place.head).await).await;
        assert_eq!(said(&copy, "identityNumber"), [identity(0).as_str()]);
        assert_eq!(said(&copy, "bornOn"), ["1971-01-01"]);
        assert_eq!(said(&copy, "phone"), [PHONE]);
        // The family's values are shown with the household's; what of them was handed out as a copy of its own was not.
        assert_eq!(copy.at("/personalCopyTake/copy/reveals"), &json!([{ "on": "2022-01-01", "purpose": "CONTACT", "kinds": ["PHONE"] }]));
        for others in ["王氏甲", "13987650007", &identity(7), CARD, "别家的事", "别家的话"] {
            assert!(!copy.text.contains(others), "{others}: {copy}");
        }
    }

    /// A key that comes again shows nothing again, and copies count among what an account is shown in a day.
    async fn a_repeat_shows_nothing(world: World) {
        let place = Place::on(world).await;
        let office = &place.world.office;
        let input = json!({ "idempotencyKey": "once", "request": place.asks("COPY", &place.home).await, "reason": "本人到场" });
        let first = office.post(COPY, json!({ "input": input })).await.expect_ok();
        assert!(first.text.contains(PHONE));
        let second = office.post(COPY, json!({ "input": input })).await.expect_ok();
        assert_eq!(second.at("/personalCopyTake"), &json!({ "copy": null, "userErrors": [] }));
        let mut codes = vec![];
        for _ in 0..api::personal::REVEALS_PER_DAY {
            let copy = taken(office, &place.asks("COPY", &place.head).await).await;
            codes.push(copy.at("/personalCopyTake")["userErrors"][0]["code"].clone());
        }
        assert_eq!(codes.iter().filter(|code| code.is_null()).count(), api::personal::REVEALS_PER_DAY as usize - 1);
        assert_eq!(codes.last().unwrap(), "LIMIT_EXCEEDED");
        place.world.app.access_log.flush().await.unwrap();
        let refused = "SELECT COUNT(*) FROM access_line WHERE kind = 'refusal' AND result = 'limit_exceeded' AND operation = 'personalCopyTake'";
        assert_eq!(place.number(refused).await, 1);
    }

    /// A holder of a seat gets what is said of them and of their work, without what was written of those they help.
    async fn a_holder_of_a_seat_gets_their_own(world: World) {
        let place = Place::on(world).await;
        let office = &place.world.office;
        let query = "query($id: ID!) { member(id: $id) { person { id } } }";
        let person = office.post(query, json!({ "id": place.world.members[0].seat })).await.expect_ok();
        let person = person.text_at("/member/person/id").to_owned();
        office.done("personUpdate", "person", json!({ "person": person, "phone": "13987650008", "identityNumber": identity(8) })).await;
        let copy = taken(office, &place.asks("COPY", &person).await).await;
        assert_eq!((said(&copy, "phone"), said(&copy, "identityNumber")), (vec!["13987650008"], vec![identity(8).as_str()]));
        assert_eq!(said(&copy, "seats"), ["县政协 CPPCC_MEMBER"]);
        assert_eq!(copy.at("/personalCopyTake/copy/links"), &json!([{ "rule": "EXITED", "helper": null, "region": "1村", "from": "2022-01-01", "to": null }]));
        assert!(copy.at("/personalCopyTake/copy/records").as_array().unwrap().iter().any(|record| record["of"] == "ACTIVITY"));
        assert!(!copy.text.contains(CANARY), "{copy}");
    }
}
