//! Verifying, rejecting and amending records of any type.

use entity::fact::Verification;
use serde_json::{Value, json};
use tests::{TestApp, on_both};

use super::house::House;

impl House {
    async fn standing(&self, record: &str) -> Value {
        self.node(&self.office, record, "... on Activity { verification rejectionReason title }").await
    }
}

on_both! {
    /// A member's edit of what the office has verified must be verified again.
    async fn an_edit_must_be_verified_again(app: TestApp) {
        let house = House::on(app).await;
        let visit = house.visit().await;
        assert_eq!(house.standing(&visit).await["verification"], "SUBMITTED");
        assert_eq!(house.done(&house.office, "recordVerify", "record", json!({ "record": visit })).await, "Activity");
        assert_eq!(house.facts(&visit).await[0].verification, Verification::Verified);
        house.done(&house.member, "recordAmend", "record", json!({ "record": visit, "title": "入户" })).await;
        let shown = house.standing(&visit).await;
        assert_eq!(shown, json!({ "verification": "SUBMITTED", "rejectionReason": null, "title": "入户" }));
        let facts = house.facts(&visit).await;
        assert_eq!((facts.len(), facts[0].verification), (1, Verification::Submitted));
    }

    /// It says why it was rejected as long as it is.
    async fn a_rejected_record_says_why(app: TestApp) {
        let house = House::on(app).await;
        let visit = house.visit().await;
        let reject = |reason: &str| json!({ "record": visit, "reason": reason });
        assert_eq!(house.refused(&house.office, "recordReject", "record", reject(" ")).await, "reason REQUIRED");
        house.done(&house.office, "recordReject", "record", reject("无照片")).await;
        assert_eq!(house.standing(&visit).await, json!({ "verification": "REJECTED", "rejectionReason": "无照片", "title": "走访" }));
        house.done(&house.member, "recordAmend", "record", json!({ "record": visit, "detail": "附照片" })).await;
        assert_eq!(house.standing(&visit).await, json!({ "verification": "SUBMITTED", "rejectionReason": null, "title": "走访" }));
        house.done(&house.office, "recordReject", "record", reject("仍无照片")).await;
        house.done(&house.office, "recordVerify", "record", json!({ "record": visit })).await;
        assert_eq!(house.standing(&visit).await, json!({ "verification": "VERIFIED", "rejectionReason": null, "title": "走访" }));
    }

    /// Why it was rejected does not take the place of a reason of its own.
    async fn a_record_keeps_its_own_reason(app: TestApp) {
        let house = House::on(app).await;
        let excuse = json!({ "helper": house.seat, "rule": house.rule, "from": "2022-03-01", "reason": "长期驻外" });
        let exemption = house.done(&house.office, "exemptionGrant", "exemption", excuse).await;
        house.done(&house.office, "recordReject", "record", json!({ "record": exemption, "reason": "无证明" })).await;
        let shown = house.node(&house.office, &exemption, "... on Exemption { reason rejectionReason }").await;
        assert_eq!(shown, json!({ "reason": "长期驻外", "rejectionReason": "无证明" }));
    }

    async fn only_its_office_verifies(app: TestApp) {
        let house = House::on(app).await;
        let visit = house.visit().await;
        for (mutation, input) in [
            ("recordVerify", json!({ "record": visit })),
            ("recordReject", json!({ "record": visit, "reason": "x" })),
        ] {
            let refused = async |by, input: &Value| house.refused(by, mutation, "record", input.clone()).await;
            assert_eq!(refused(&house.member, &input).await, "- FORBIDDEN");
            assert_eq!(refused(&house.city_office, &input).await, "- FORBIDDEN");
            assert_eq!(refused(&house.neighbour, &input).await, "- NOT_FOUND");
            let mut stale = input.clone();
            stale["expectedVersion"] = 0.into();
            assert_eq!(refused(&house.office, &stale).await, "expectedVersion VERSION_CONFLICT");
            let mut link = input.clone();
            link["record"] = house.link.clone().into();
            assert_eq!(refused(&house.office, &link).await, "record NOT_FOUND");
        }
    }

    async fn an_amendment_is_refused(app: TestApp) {
        let house = House::on(app).await;
        let visit = house.visit().await;
        for (field, value, refusal) in [
            ("title", json!(""), "title REQUIRED"),
            ("happenedOn", json!("2022-06-02"), "happenedOn INVALID"),
            ("quantity", json!(1), "quantity INVALID"),
            ("amount", json!(1), "amount INVALID"),
            ("expectedVersion", json!(0), "expectedVersion VERSION_CONFLICT"),
        ] {
            let mut input = json!({ "record": visit });
            input[field] = value;
            assert_eq!(house.refused(&house.member, "recordAmend", "record", input).await, refusal);
        }
        let input = json!({ "record": visit, "title": "x" });
        let refused = async |by| house.refused(by, "recordAmend", "record", input.clone()).await;
        assert_eq!(refused(&house.other_member).await, "record NOT_FOUND");
        assert_eq!(refused(&house.city_office).await, "- FORBIDDEN");
        assert_eq!(refused(&house.neighbour).await, "- NOT_FOUND");
    }

    /// Quantities and amounts are amended where the type has them: a measure of what was given is, a project's are not.
    async fn quantities_are_amended_where_there_are_any(app: TestApp) {
        let house = House::on(app).await;
        let about = house.about(&[("targets", json!([house.village]))]);
        let give = json!({ "kind": "CASH", "amount": 100, "about": about });
        let gift = house.done(&house.office, "contributionRecord", "contribution", give).await;
        let amend = json!({ "record": gift, "amount": 250, "quantity": 2 });
        assert_eq!(house.done(&house.office, "recordAmend", "record", amend).await, "Contribution");
        let shown = house.node(&house.office, &gift, "... on Contribution { amount quantity }").await;
        assert_eq!(shown, json!({ "amount": 250, "quantity": 2 }));
        let grow = json!({ "kind": "ROAD", "quantity": 1, "unit": "公里", "about": about });
        let road = house.done(&house.office, "outcomeRecord", "outcome", grow).await;
        house.done(&house.office, "recordAmend", "record", json!({ "record": road, "quantity": 1.5 })).await;
        let build = json!({ "category": "INFRASTRUCTURE", "about": about });
        let project = house.done(&house.office, "projectCreate", "project", build).await;
        for (record, field) in [(&road, "amount"), (&project, "amount"), (&project, "quantity")] {
            let input = json!({ "record": record, field: 1 });
            let refused = house.refused(&house.office, "recordAmend", "record", input).await;
            assert_eq!(refused, format!("{field} INVALID"));
        }
    }
}
