//! Values that no type takes, and requests that do not parse: told with a code, and without the request's text.

use serde_json::{Value, json};
use tests::{TestApp, on_both};

use super::house::House;

on_both! {
    async fn a_value_that_does_not_fit_is_invalid(app: TestApp) {
        let house = House::on(app).await;
        let give = |field: &str, value: Value| {
            let mut input = json!({ "kind": "CASH", "about": house.about(&[("targets", json!([house.village]))]) });
            input[field] = value;
            input
        };
        let mut february = give("amount", json!(1));
        february["about"]["happenedOn"] = "2022-02-31".into();
        for input in [
            february,
            give("amount", json!(-1)),
            give("amount", json!(0.5)),
            give("amount", json!("100")),
            give("amount", json!(100_000_000_000_001_i64)),
            give("quantity", json!(-2)),
            give("quantity", json!(100_000_000_001_i64)),
            give("unit", json!("元\u{0}")),
            give("quantity", json!(0.0001)),
            give("nonsense", json!(1)),
        ] {
            let refused = house.refused(&house.office, "contributionRecord", "contribution", input.clone()).await;
            assert_eq!(refused, "- INVALID", "{input}");
        }
        let input = json!({ "kind": "VISIT", "persons": -1, "about": house.about(&[("links", json!([house.link]))]) });
        assert_eq!(house.refused(&house.office, "activityRecord", "activity", input).await, "persons INVALID");
    }

    async fn a_request_that_does_not_parse_is_not_quoted(app: TestApp) {
        let house = House::on(app).await;
        for query in ["{ secretThing(", "{ secretThing }", "", "query($a: SecretThing) { __typename }"] {
            let answer = house.office.post(query, json!({})).await;
            assert_eq!(answer.code(), Some("INVALID"), "{query}: {answer}");
            assert!(answer.errors().iter().all(|error| error["extensions"]["code"] == "INVALID"), "{answer}");
        }
        let answer = house.office.post("{ secretThing(", json!({})).await;
        assert!(!answer.text.contains("secretThing"), "{answer}");
    }
}
