//! Exemptions: granted and ended by the office, with a reason.

use entity::fact::Step;
use entity::fact_ref::RefRole;
use entity::values::Day;
use serde_json::{Value, json};
use tests::{TestApp, on_both};

use super::house::{House, day, of_same_type, own_id};

impl House {
    fn excuse(&self) -> Value {
        json!({ "helper": self.seat, "rule": self.rule, "from": "2022-03-01", "reason": "长期住院" })
    }
}

on_both! {
    async fn a_helper_is_excused_for_a_while(app: TestApp) {
        let house = House::on(app).await;
        let id = house.done(&house.office, "exemptionGrant", "exemption", house.excuse()).await;
        let shown = house.node(&house.office, &id, "... on Exemption {
            from until reason step verification title rules { id } helpers { ... on Member { id } } programmes { id } }").await;
        assert_eq!(shown, json!({ "from": "2022-03-01", "until": null, "reason": "长期住院", "step": "ACTIVE",
            "verification": "VERIFIED", "title": "规则HOUSEHOLD", "rules": [{ "id": house.rule }],
            "helpers": [{ "id": house.seat }], "programmes": [{ "id": house.programme }] }));
        let facts = house.facts(&id).await;
        assert_eq!((facts.len(), facts[0].step, facts[0].until_day), (1, Step::Active, Day::NEVER));
        assert_eq!(house.referred(&facts[0], RefRole::Rule).await, [own_id(&house.rule)]);
        house.done(&house.office, "exemptionEnd", "exemption", json!({ "exemption": id, "to": "2022-05-31" })).await;
        let facts = house.facts(&id).await;
        assert_eq!((facts.len(), facts[0].until_day), (1, Day::of(day("2022-05-31"))));
        let shown = house.node(&house.office, &id, "... on Exemption { until reason }").await;
        assert_eq!(shown, json!({ "until": "2022-05-31", "reason": "长期住院" }));
    }

    async fn an_exemption_is_refused(app: TestApp) {
        let house = House::on(app).await;
        let nobody = of_same_type(&house.seat, uuid::Uuid::now_v7());
        for (field, value, refusal) in [
            ("reason", "  ", "reason REQUIRED"),
            ("rule", &*house.strict_rule, "rule NOT_ELIGIBLE"),
            ("rule", &house.programme, "rule NOT_FOUND"),
            ("helper", &house.organisation, "helper NOT_ELIGIBLE"),
            ("helper", &house.village, "helper NOT_FOUND"),
            ("helper", &nobody, "helper NOT_FOUND"),
            ("until", "2022-02-28", "until END_BEFORE_START"),
        ] {
            let mut input = house.excuse();
            input[field] = value.into();
            assert_eq!(house.refused(&house.office, "exemptionGrant", "exemption", input).await, refusal);
        }
        let refused = async |by| house.refused(by, "exemptionGrant", "exemption", house.excuse()).await;
        assert_eq!(refused(&house.member).await, "- FORBIDDEN");
        assert_eq!(refused(&house.city_office).await, "- FORBIDDEN");
        assert_eq!(refused(&house.neighbour).await, "- NOT_FOUND");
    }

    async fn an_end_is_refused(app: TestApp) {
        let house = House::on(app).await;
        let mut input = house.excuse();
        input["until"] = "2022-06-30".into();
        let id = house.done(&house.office, "exemptionGrant", "exemption", input).await;
        let end = |to: &str| json!({ "exemption": id, "to": to });
        assert_eq!(house.refused(&house.office, "exemptionEnd", "exemption", end("2022-02-28")).await, "to END_BEFORE_START");
        assert_eq!(house.refused(&house.office, "exemptionEnd", "exemption", end("2022-06-30")).await, "to WRONG_STEP");
        let refused = async |by| house.refused(by, "exemptionEnd", "exemption", end("2022-05-31")).await;
        assert_eq!(refused(&house.member).await, "- FORBIDDEN");
        assert_eq!(refused(&house.neighbour).await, "- NOT_FOUND");
        let visit = json!({ "exemption": house.visit().await, "to": "2022-05-31" });
        assert_eq!(house.refused(&house.office, "exemptionEnd", "exemption", visit).await, "exemption NOT_FOUND");
    }

    /// A helper is excused from a rule once at a time; what ended or was rejected is in nobody's way.
    async fn a_helper_is_excused_once_at_a_time(app: TestApp) {
        let house = House::on(app).await;
        let excuse = |from: &str, until: Option<&str>| {
            json!({ "helper": house.seat, "rule": house.rule, "from": from, "until": until, "reason": "驻外" })
        };
        let grant = async |from, until| house.done(&house.office, "exemptionGrant", "exemption", excuse(from, until)).await;
        let refused = async |from, until| house.refused(&house.office, "exemptionGrant", "exemption", excuse(from, until)).await;
        let first = grant("2022-03-01", None).await;
        assert_eq!(refused("2022-05-01", None).await, "helper ALREADY_EXISTS");
        assert_eq!(refused("2022-01-01", Some("2022-03-01")).await, "helper ALREADY_EXISTS");
        grant("2022-01-01", Some("2022-02-28")).await;
        house.done(&house.office, "exemptionEnd", "exemption", json!({ "exemption": first, "to": "2022-04-30" })).await;
        let shown = house.node(&house.office, &first, "... on Exemption { step until }").await;
        assert_eq!(shown, json!({ "step": "ENDED", "until": "2022-04-30" }));
        let second = grant("2022-05-01", None).await;
        house.done(&house.office, "recordReject", "record", json!({ "record": second, "reason": "误" })).await;
        grant("2022-05-01", None).await;
    }

    /// The member excused can read the exemption, and only the office amends it.
    async fn the_excused_amend_nothing(app: TestApp) {
        let house = House::on(app).await;
        let id = house.done(&house.office, "exemptionGrant", "exemption", house.excuse()).await;
        house.node(&house.member, &id, "... on Exemption { reason }").await;
        let input = json!({ "record": id, "happenedOn": "2022-01-10" });
        assert_eq!(house.refused(&house.member, "recordAmend", "record", input.clone()).await, "- FORBIDDEN");
        assert_eq!(house.done(&house.office, "recordAmend", "record", input).await, "Exemption");
    }
}
