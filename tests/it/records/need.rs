//! Needs: their whole course, and every step that does not follow.

use entity::fact::Step;
use serde_json::{Value, json};
use tests::{TestApp, on_both};

use super::house::{House, of_same_type};

impl House {
    async fn need(&self) -> String {
        let about = self.about(&[("targets", json!([self.households[0]]))]);
        let input = json!({ "category": "WATER", "persons": 3, "dueOn": "2022-05-01", "about": about });
        self.done(&self.member, "needReport", "need", input).await
    }

    async fn advance(&self, need: &str, step: &str, on: &str, rest: Value) -> String {
        self.done(&self.member, "needAdvance", "need", step_of(need, step, on, rest)).await
    }

    async fn stays(&self, need: &str, step: &str, on: &str, rest: Value) -> String {
        self.refused(&self.member, "needAdvance", "need", step_of(need, step, on, rest)).await
    }

    async fn reached(&self, need: &str) -> Vec<Step> {
        self.facts(need).await.iter().map(|fact| fact.step).collect()
    }
}

fn step_of(need: &str, step: &str, on: &str, mut rest: Value) -> Value {
    (rest["need"], rest["step"], rest["on"]) = (need.into(), step.into(), on.into());
    rest
}

on_both! {
    /// Each step is a fact; reopening takes back that it was resolved.
    async fn a_need_runs_its_course(app: TestApp) {
        let house = House::on(app).await;
        let need = house.need().await;
        let shown = house.node(&house.member, &need, "... on Need { category dueOn isOverdue step helpers { __typename } }").await;
        assert_eq!(shown, json!({ "category": "WATER", "dueOn": "2022-05-01", "isOverdue": true, "step": "REPORTED", "helpers": [] }));
        house.advance(&need, "MATCH", "2022-03-02", json!({ "helper": house.seat })).await;
        house.advance(&need, "START", "2022-03-03", json!({ "note": "已派人" })).await;
        house.advance(&need, "RESOLVE", "2022-03-04", json!({})).await;
        assert_eq!(house.reached(&need).await, [Step::InProgress, Step::Matched, Step::Reported, Step::Resolved]);
        house.advance(&need, "CONFIRM", "2022-03-05", json!({ "satisfaction": "DISSATISFIED" })).await;
        house.advance(&need, "REOPEN", "2022-03-06", json!({ "reason": "又停水" })).await;
        assert_eq!(house.reached(&need).await, [Step::InProgress, Step::Matched, Step::Reopened, Step::Reported]);
        let shown = house.node(&house.office, &need, "... on Need { satisfaction reason }").await;
        assert_eq!(shown, json!({ "satisfaction": null, "reason": "又停水" }));
        house.advance(&need, "START", "2022-03-06", json!({})).await;
        house.advance(&need, "RESOLVE", "2022-03-07", json!({})).await;
        house.advance(&need, "CONFIRM", "2022-03-08", json!({ "satisfaction": "SATISFIED" })).await;
        let shown = house.node(&house.office, &need, "... on Need {
            step satisfaction isOverdue reason verification steps { step on note } helpers { ... on Member { id } } }").await;
        assert_eq!(shown["step"], "CONFIRMED");
        assert_eq!(shown["satisfaction"], "SATISFIED");
        assert_eq!(shown["isOverdue"], false);
        assert_eq!(shown["verification"], "SUBMITTED");
        assert_eq!(shown["helpers"], json!([{ "id": house.seat }]));
        assert_eq!(shown["steps"].as_array().unwrap().len(), 8);
        assert_eq!(shown["steps"][1], json!({ "step": "IN_PROGRESS", "on": "2022-03-03", "note": "已派人" }));
    }

    /// What was declined and comes up again is not declined any more.
    async fn a_declined_need_may_come_up_again(app: TestApp) {
        let house = House::on(app).await;
        let need = house.need().await;
        assert_eq!(house.stays(&need, "DECLINE", "2022-03-02", json!({})).await, "reason REQUIRED");
        house.advance(&need, "DECLINE", "2022-03-02", json!({ "reason": "不属职责" })).await;
        assert_eq!(house.reached(&need).await, [Step::Declined, Step::Reported]);
        let shown = house.node(&house.member, &need, "... on Need { step reason isOverdue }").await;
        assert_eq!(shown, json!({ "step": "DECLINED", "reason": "不属职责", "isOverdue": false }));
        assert_eq!(house.stays(&need, "REOPEN", "2022-03-03", json!({ "reason": " " })).await, "reason REQUIRED");
        house.advance(&need, "REOPEN", "2022-03-03", json!({ "reason": "重新研究" })).await;
        assert_eq!(house.reached(&need).await, [Step::Reopened, Step::Reported]);
    }

    async fn a_step_that_does_not_follow_is_refused(app: TestApp) {
        let house = House::on(app).await;
        let need = house.need().await;
        for step in ["START", "RESOLVE", "CONFIRM", "REOPEN"] {
            assert_eq!(house.stays(&need, step, "2022-03-02", json!({})).await, "step WRONG_STEP", "{step}");
        }
        let no_such_seat = of_same_type(&house.seat, uuid::Uuid::now_v7());
        assert_eq!(house.stays(&need, "MATCH", "2022-03-02", json!({})).await, "helper REQUIRED");
        for helper in [&house.village, &no_such_seat] {
            assert_eq!(house.stays(&need, "MATCH", "2022-03-02", json!({ "helper": helper })).await, "helper NOT_FOUND");
        }
        let seat = json!({ "helper": house.seat });
        assert_eq!(house.stays(&need, "MATCH", "2022-06-02", seat.clone()).await, "on INVALID");
        assert_eq!(house.stays(&need, "MATCH", "2022-02-28", seat.clone()).await, "on END_BEFORE_START");
        let mut early = seat.clone();
        early["satisfaction"] = "SATISFIED".into();
        assert_eq!(house.stays(&need, "MATCH", "2022-03-02", early).await, "satisfaction INVALID");
        let mut stale = seat.clone();
        stale["expectedVersion"] = 1.into();
        assert_eq!(house.stays(&need, "MATCH", "2022-03-02", stale).await, "expectedVersion VERSION_CONFLICT");
        house.advance(&need, "MATCH", "2022-03-02", seat.clone()).await;
        house.advance(&need, "RESOLVE", "2022-03-03", json!({})).await;
        assert_eq!(house.stays(&need, "CONFIRM", "2022-03-04", json!({})).await, "satisfaction REQUIRED");
        assert_eq!(house.stays(&need, "MATCH", "2022-03-04", seat.clone()).await, "step WRONG_STEP");
        let input = step_of(&need, "REOPEN", "2022-03-04", json!({ "reason": "x" }));
        let refused = async |by| house.refused(by, "needAdvance", "need", input.clone()).await;
        assert_eq!(refused(&house.other_member).await, "need NOT_FOUND");
        assert_eq!(refused(&house.neighbour).await, "- NOT_FOUND");
        assert_eq!(refused(&house.city_office).await, "- FORBIDDEN");
    }

    async fn a_need_is_refused(app: TestApp) {
        let house = House::on(app).await;
        let about = house.about(&[("targets", json!([house.households[0]]))]);
        let region_only = house.about(&[("region", json!(house.village))]);
        for (input, refusal) in [
            (json!({ "category": "GOLD", "about": about }), "category INVALID"),
            (json!({ "category": "WATER", "about": about, "dueOn": "2022-02-28" }), "dueOn END_BEFORE_START"),
            (json!({ "category": "WATER", "about": region_only }), "targets REQUIRED"),
        ] {
            assert_eq!(house.refused(&house.member, "needReport", "need", input).await, refusal);
        }
        let strangers = house.about(&[("targets", json!([house.stranger]))]);
        let input = json!({ "category": "WATER", "about": strangers });
        assert_eq!(house.refused(&house.member, "needReport", "need", input).await, "- NOT_FOUND");
    }
}
