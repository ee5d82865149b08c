//! Marks: which subject has done what a duty asks for.

use entity::fact::{SourceType, Verification};
use entity::fact_ref::RefRole;
use entity::values::Quantity;
use serde_json::{Value, json};
use tests::{TestApp, on_both};

use super::house::{House, of_same_type, own_id};

fn mark(duty: &str, subject: &str) -> Value {
    json!({ "duty": duty, "subject": subject, "on": "2022-03-01" })
}

on_both! {
    /// A mark of a link refers to what the link does, so that marks group by helper and by household.
    async fn a_link_is_marked_by_its_member(app: TestApp) {
        let house = House::on(app).await;
        let mut input = mark(&house.duty_of_link, &house.link);
        (input["quantity"], input["title"], input["detail"]) = (2.into(), "介绍两个岗位".into(), "合同".into());
        let id = house.done(&house.member, "markSet", "mark", input).await;
        let shown = house.node(&house.member, &id, "... on Mark {
            title detail quantity duty { id } links { id } household { id } region { id } programmes { id }
            helpers { ... on Member { id } } }").await;
        assert_eq!(shown, json!({ "title": "介绍两个岗位", "detail": "合同", "quantity": 2,
            "duty": { "id": house.duty_of_link }, "links": [{ "id": house.link }],
            "household": { "id": house.households[0] }, "region": { "id": house.village },
            "programmes": [{ "id": house.programme }], "helpers": [{ "id": house.seat }] }));
        let facts = house.facts(&id).await;
        assert_eq!((facts.len(), facts[0].source_type, &*facts[0].kind, &*facts[0].category), (1, SourceType::Mark, "", ""));
        assert_eq!((facts[0].quantity, facts[0].verification), (Quantity::whole(2), Verification::Submitted));
        for (role, to) in [
            (RefRole::Duty, &house.duty_of_link), (RefRole::Link, &house.link), (RefRole::Rule, &house.rule),
            (RefRole::HelperMember, &house.seat), (RefRole::TargetHousehold, &house.households[0]),
            (RefRole::Programme, &house.programme),
        ] {
            assert_eq!(house.referred(&facts[0], role).await, [own_id(to)], "{role:?}");
        }
    }

    async fn every_kind_of_subject_is_marked_in_its_role(app: TestApp) {
        let house = House::on(app).await;
        for (duty, subject, role) in [
            (&house.duty_of_household, &house.households[2], RefRole::TargetHousehold),
            (&house.duty_of_member, &house.seat, RefRole::HelperMember),
            (&house.duty_of_organisation, &house.organisation, RefRole::HelperOrganisation),
        ] {
            let id = house.done(&house.office, "markSet", "mark", mark(duty, subject)).await;
            let facts = house.facts(&id).await;
            assert_eq!((facts.len(), facts[0].quantity), (1, Quantity::whole(1)));
            assert_eq!(house.referred(&facts[0], role).await, [own_id(subject)]);
            let shown = house.node(&house.office, &id, "... on Mark { title verification }").await;
            assert_eq!(shown, json!({ "title": "一个岗位", "verification": "VERIFIED" }));
        }
        let own = mark(&house.duty_of_household, &house.households[0]);
        house.done(&house.member, "markSet", "mark", own).await;
    }

    async fn a_mark_is_refused(app: TestApp) {
        let house = House::on(app).await;
        let with = |field: &str, value: &str| {
            let mut input = mark(&house.duty_of_link, &house.link);
            input[field] = value.into();
            input
        };
        for (input, refusal) in [
            (with("on", "2022-06-02"), "on INVALID"),
            (with("on", "2021-12-31"), "on NOT_ELIGIBLE"),
            (with("duty", &house.rule), "duty NOT_FOUND"),
            (with("duty", &of_same_type(&house.duty_of_link, uuid::Uuid::now_v7())), "duty NOT_FOUND"),
            (with("duty", &house.counted_duty), "duty NOT_ELIGIBLE"),
            (with("duty", &house.duty_of_household), "subject NOT_ELIGIBLE"),
            (with("subject", &house.village), "subject NOT_ELIGIBLE"),
            (with("subject", &of_same_type(&house.link, uuid::Uuid::now_v7())), "subject NOT_FOUND"),
            (with("subject", &house.seat), "subject NOT_ELIGIBLE"),
        ] {
            assert_eq!(house.refused(&house.office, "markSet", "mark", input.clone()).await, refusal, "{input}");
        }
        for input in [
            mark(&house.duty_of_link, &house.other_link),
            mark(&house.duty_of_household, &house.households[1]),
            mark(&house.duty_of_member, &house.seat),
            mark(&house.duty_of_organisation, &house.organisation),
        ] {
            assert_eq!(house.refused(&house.member, "markSet", "mark", input).await, "subject NOT_FOUND");
        }
        let stranger = mark(&house.duty_of_household, &house.stranger);
        assert_eq!(house.refused(&house.office, "markSet", "mark", stranger).await, "- NOT_FOUND");
        let refused = async |by| house.refused(by, "markSet", "mark", mark(&house.duty_of_link, &house.link)).await;
        assert_eq!(refused(&house.city_office).await, "- FORBIDDEN");
        assert_eq!(refused(&house.neighbour).await, "- NOT_FOUND");
    }
}
