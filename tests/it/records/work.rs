//! Activities, plans, contributions, outcomes and proposals.

use entity::fact::{Step, Verification};
use entity::fact_ref::RefRole;
use entity::values::{Day, Money, Quantity};
use serde_json::json;
use tests::{TestApp, on_both};

use super::house::{House, day, of_same_type, own_id};

on_both! {
    /// Links bring their helper, target, rule and programme.
    async fn an_activity_counts_once_for_each_link(app: TestApp) {
        let house = House::on(app).await;
        let about = house.about(&[("links", json!([house.link, house.other_link, house.link]))]);
        let input = json!({ "kind": "VISIT", "persons": 7, "about": about });
        let id = house.done(&house.office, "activityRecord", "activity", input).await;
        let shown = house.node(&house.office, &id, "... on Activity {
            kind persons step verification household { id } region { id } links { id } rules { id } programmes { id }
            helpers { ... on Member { id } } targets { ... on Household { id } } }").await;
        assert_eq!(shown, json!({
            "kind": "VISIT", "persons": 7, "step": "RECORDED", "verification": "VERIFIED",
            "household": { "id": house.households[0] }, "region": { "id": house.village },
            "links": [{ "id": house.link }, { "id": house.other_link }],
            "rules": [{ "id": house.rule }], "programmes": [{ "id": house.programme }],
            "helpers": [{ "id": house.seat }, { "id": house.other_seat }],
            "targets": [{ "id": house.households[0] }, { "id": house.households[1] }] }));
        let facts = house.facts(&id).await;
        assert_eq!((facts.len(), facts[0].persons, facts[0].step), (1, 7, Step::Recorded));
        assert_eq!(house.referred(&facts[0], RefRole::Link).await.len(), 2);
    }

    async fn an_activity_is_refused(app: TestApp) {
        let house = House::on(app).await;
        let nobody = uuid::Uuid::now_v7();
        let no_member = "bm9ib2R5";
        let visit = |field: &str, value| {
            json!({ "kind": "VISIT", "about": house.about(&[("links", json!([house.link])), (field, value)]) })
        };
        for (input, refusal) in [
            (json!({ "kind": "NAP", "about": house.about(&[("links", json!([house.link]))]) }), "kind INVALID"),
            (json!({ "kind": "VISIT", "about": house.about(&[]) }), "targets REQUIRED"),
            (visit("title", json!("  ")), "title REQUIRED"),
            (visit("happenedOn", json!("2022-06-02")), "happenedOn INVALID"),
            (visit("id", json!(uuid::Uuid::nil())), "id INVALID"),
            (visit("links", json!([house.seat])), "links NOT_FOUND"),
            (visit("programmes", json!([house.rule])), "programmes NOT_FOUND"),
            (visit("helpers", json!([no_member])), "helpers NOT_FOUND"),
            (visit("helpers", json!([house.village])), "helpers NOT_FOUND"),
            (visit("helpers", json!([of_same_type(&house.seat, nobody)])), "helpers NOT_FOUND"),
            (visit("helpers", json!([of_same_type(&house.committee, nobody)])), "helpers NOT_FOUND"),
            (visit("helpers", json!([of_same_type(&house.organisation, nobody)])), "helpers NOT_FOUND"),
            (visit("participants", json!([of_same_type(&house.seat, nobody)])), "participants NOT_FOUND"),
            (visit("participants", json!([house.organisation])), "participants NOT_FOUND"),
            (visit("targets", json!([house.stranger])), "targets NOT_FOUND"),
            (visit("targets", json!([house.other_village])), "targets NOT_FOUND"),
            (visit("targets", json!([house.organisation])), "targets INVALID"),
            (visit("region", json!(house.other_village)), "region NOT_FOUND"),
            (visit("origin", json!(house.link)), "origin NOT_FOUND"),
        ] {
            let refused = house.refused(&house.office, "activityRecord", "activity", input.clone()).await;
            assert_eq!(refused, refusal, "{input}");
        }
        let input = visit("detail", json!("x"));
        let refused = async |by| house.refused(by, "activityRecord", "activity", input.clone()).await;
        assert_eq!(refused(&house.neighbour).await, "- NOT_FOUND");
        assert_eq!(refused(&house.city_office).await, "- FORBIDDEN");
        assert_eq!(refused(&house.app.stranger()).await, "- UNAUTHENTICATED");
    }

    /// Said twice under one key it is done once; other input under the key is refused.
    async fn a_key_stands_for_one_intent(app: TestApp) {
        let house = House::on(app).await;
        let about = house.about(&[("links", json!([house.link]))]);
        let input = json!({ "idempotencyKey": "once", "kind": "VISIT", "about": about });
        let id = house.done(&house.member, "activityRecord", "activity", input.clone()).await;
        assert_eq!(house.done(&house.member, "activityRecord", "activity", input.clone()).await, id);
        let mut other = input.clone();
        other["kind"] = "RESEARCH".into();
        let refused = house.refused(&house.member, "activityRecord", "activity", other).await;
        assert_eq!(refused, "idempotencyKey IDEMPOTENCY_KEY_REUSED");
        let mut taken = input;
        (taken["idempotencyKey"], taken["about"]["id"]) = ("again".into(), json!(own_id(&id)));
        assert_eq!(house.refused(&house.member, "activityRecord", "activity", taken).await, "id ALREADY_EXISTS");
    }

    /// A plan may lie ahead, and lasts.
    async fn a_plan_holds_for_a_while(app: TestApp) {
        let house = House::on(app).await;
        let about = house.about(&[("links", json!([house.link])), ("happenedOn", json!("2022-07-01"))]);
        let input = json!({ "kind": "HOUSEHOLD_PLAN", "about": about, "until": "2022-12-31" });
        let id = house.done(&house.member, "planCreate", "plan", input.clone()).await;
        let facts = house.facts(&id).await;
        assert_eq!((facts.len(), facts[0].step, facts[0].until_day), (1, Step::Active, Day::of(day("2022-12-31"))));
        let amend = json!({ "record": id, "happenedOn": "2022-07-02" });
        assert_eq!(house.done(&house.member, "recordAmend", "record", amend).await, "Plan");
        let amend = json!({ "record": id, "happenedOn": "2023-01-01" });
        assert_eq!(house.refused(&house.member, "recordAmend", "record", amend).await, "happenedOn END_BEFORE_START");
        let mut wrong = input.clone();
        wrong["until"] = "2022-06-30".into();
        assert_eq!(house.refused(&house.member, "planCreate", "plan", wrong).await, "until END_BEFORE_START");
        let mut wrong = input;
        wrong["kind"] = "DREAM".into();
        assert_eq!(house.refused(&house.member, "planCreate", "plan", wrong).await, "kind INVALID");
    }

    async fn a_contribution_has_quantity_and_value(app: TestApp) {
        let house = House::on(app).await;
        let about = house.about(&[("targets", json!([house.village])), ("helpers", json!([house.organisation]))]);
        let input = json!({ "kind": "GOODS", "about": about, "quantity": 12.5, "unit": "吨", "amount": 250_000 });
        let id = house.done(&house.office, "contributionRecord", "contribution", input.clone()).await;
        let shown = house.node(&house.office, &id, "... on Contribution { kind quantity unit amount }").await;
        assert_eq!(shown, json!({ "kind": "GOODS", "quantity": 12.5, "unit": "吨", "amount": 250_000 }));
        let occasion = json!({ "kind": "GOODS", "about": about });
        let id = house.done(&house.office, "contributionRecord", "contribution", occasion).await;
        let facts = house.facts(&id).await;
        assert_eq!((facts[0].quantity, facts[0].amount), (Quantity::whole(1), Money(0)));
        let mut wrong = input;
        wrong["kind"] = "VISIT".into();
        assert_eq!(house.refused(&house.office, "contributionRecord", "contribution", wrong).await, "kind INVALID");
        let nowhere = json!({ "kind": "GOODS", "about": house.about(&[]) });
        let refused = house.refused(&house.office, "contributionRecord", "contribution", nowhere).await;
        assert_eq!(refused, "targets REQUIRED");
    }

    async fn an_outcome_has_a_unit(app: TestApp) {
        let house = House::on(app).await;
        let about = house.about(&[("targets", json!([house.village]))]);
        let input = json!({ "kind": "ROAD", "about": about, "quantity": 3.2, "unit": "公里" });
        let id = house.done(&house.office, "outcomeRecord", "outcome", input.clone()).await;
        let shown = house.node(&house.office, &id, "... on Outcome { kind quantity unit }").await;
        assert_eq!(shown, json!({ "kind": "ROAD", "quantity": 3.2, "unit": "公里" }));
        assert_eq!(house.facts(&id).await[0].quantity, Quantity(3_200));
        for (field, value, refusal) in [("unit", " ", "unit REQUIRED"), ("kind", "RAIL", "kind INVALID")] {
            let mut wrong = input.clone();
            wrong[field] = value.into();
            assert_eq!(house.refused(&house.office, "outcomeRecord", "outcome", wrong).await, refusal);
        }
    }

    async fn a_proposal_is_filed(app: TestApp) {
        let house = House::on(app).await;
        let about = house.about(&[("targets", json!([house.industry])), ("helpers", json!([house.committee]))]);
        let input = json!({ "kind": "SUGGESTION", "about": about });
        let id = house.done(&house.office, "proposalFile", "proposal", input.clone()).await;
        let shown = house.node(&house.office, &id, "... on Proposal { kind step helpers { __typename } region { id } }").await;
        let helpers = json!([{ "__typename": "Committee" }]);
        assert_eq!(shown, json!({ "kind": "SUGGESTION", "step": "FILED", "helpers": helpers, "region": { "id": house.county } }));
        let facts = house.facts(&id).await;
        assert_eq!((facts.len(), facts[0].step, facts[0].verification), (1, Step::Filed, Verification::Verified));
        let mut wrong = input;
        wrong["kind"] = "RUMOUR".into();
        assert_eq!(house.refused(&house.office, "proposalFile", "proposal", wrong).await, "kind INVALID");
    }
}
