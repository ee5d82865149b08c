//! What a member may record: for what is one's own, by one's own seat.

use serde_json::json;
use tests::{TestApp, on_both};

use super::house::House;

on_both! {
    /// Naming neither link nor helper, a member is the helper.
    async fn a_member_helps_with_their_own_seat(app: TestApp) {
        let house = House::on(app).await;
        let about = house.about(&[("region", json!(house.village))]);
        let input = json!({ "kind": "MEETING", "about": about });
        let id = house.done(&house.member, "activityRecord", "activity", input.clone()).await;
        let helpers = "... on Activity { helpers { ... on Member { id } } }";
        assert_eq!(house.node(&house.member, &id, helpers).await, json!({ "helpers": [{ "id": house.seat }] }));
        let by_office = house.done(&house.office, "activityRecord", "activity", input).await;
        assert_eq!(house.node(&house.office, &by_office, helpers).await, json!({ "helpers": [] }));
    }

    /// Links and targets of others are absent for a member, even in the same village.
    async fn a_member_names_own_links_and_targets_only(app: TestApp) {
        let house = House::on(app).await;
        for (field, value) in [
            ("links", &house.other_link),
            ("targets", &house.households[1]),
            ("targets", &house.households[2]),
            ("targets", &house.village),
            ("targets", &house.industry),
        ] {
            let about = house.about(&[(field, json!([value]))]);
            let input = json!({ "kind": "VISIT", "about": about });
            let refused = house.refused(&house.member, "activityRecord", "activity", input).await;
            assert_eq!(refused, format!("{field} NOT_FOUND"));
        }
    }

    /// What others recorded of one's household can be seen, and not be changed.
    async fn a_member_changes_what_they_took_part_in(app: TestApp) {
        let house = House::on(app).await;
        let about = house.about(&[("targets", json!([house.households[0]])), ("helpers", json!([house.organisation]))]);
        let by_office = json!({ "kind": "CLINIC", "about": about });
        let id = house.done(&house.office, "activityRecord", "activity", by_office).await;
        assert_eq!(house.node(&house.member, &id, "... on Activity { title }").await, json!({ "title": "走访" }));
        let input = json!({ "record": id, "title": "改" });
        assert_eq!(house.refused(&house.member, "recordAmend", "record", input).await, "- FORBIDDEN");
        let about = house.about(&[("links", json!([house.link]))]);
        let served = json!({ "kind": "CLINIC", "about": about });
        let id = house.done(&house.office, "activityRecord", "activity", served).await;
        house.done(&house.member, "recordAmend", "record", json!({ "record": id, "title": "改" })).await;
    }
}
