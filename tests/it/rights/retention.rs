//! How long data are kept, and erasing what is due.

use serde_json::{Value, json};
use tests::{World, on_all};

use super::{CANARY, Place};

async fn apply(place: &Place) {
    let region = json!({ "region": place.world.county });
    let answer = place.world.office.act_plainly("retentionApply", region).await.expect_ok();
    assert_eq!(answer.at("/retentionApply/userErrors"), &json!([]), "{answer}");
}

on_all! {
    /// Those who left long enough ago are erased, the others stay; said again under another key, nothing more is due.
    async fn what_is_due_is_erased(world: World) {
        let place = Place::on(world).await;
        let (world, office) = (&place.world, &place.world.office);
        place.leaves().await;
        world.app.go_to("2022-06-10");
        let later = &world.households[1];
        office.done("householdUpdate", "household", json!({ "household": later, "leftOn": "2022-06-09" })).await;
        place.keeps("HOUSEHOLD", 6).await;
        world.app.go_to("2022-07-03");
        let shown = "query($id: ID!) { retention(region: $id) { rules { of months due } } }";
        let due = async || office.post(shown, json!({ "id": world.county })).await.expect_ok().at("/retention/rules").clone();
        assert_eq!(due().await, json!([{ "of": "HOUSEHOLD", "months": 6, "due": 1 }]));
        let figures = place.figures().await;
        apply(&place).await;
        assert_eq!(due().await, json!([{ "of": "HOUSEHOLD", "months": 6, "due": 0 }]));
        assert!(!place.stored().await.contains(CANARY));
        assert_eq!(place.figures().await, figures);
        let query = "query($id: ID!) { household(id: $id) { headName erasedOn } }";
        let other = office.post(query, json!({ "id": later })).await.expect_ok();
        assert_eq!(other.at("/household"), &json!({ "headName": "户主1", "erasedOn": null }));
        apply(&place).await;
        assert_eq!(office.post(query, json!({ "id": later })).await.at("/household/headName"), "户主1");
    }

    /// People whose last seat ended, and members of families who left them.
    async fn of_people_and_families(world: World) {
        let place = Place::on(world).await;
        let (world, office) = (&place.world, &place.world.office);
        for member in &world.members[1..3] {
            office.done("memberEnd", "member", json!({ "member": member.seat, "to": "2022-01-01" })).await;
        }
        office.done("familyMemberUpdate", "household", json!({ "member": place.head, "to": "2022-01-01" })).await;
        place.keeps("PERSON", 1).await;
        place.keeps("FAMILY_MEMBER", 1).await;
        world.app.go_to("2022-02-01");
        let shown = "query($id: ID!) { retention(region: $id) { rules { of due } } }";
        let answer = office.post(shown, json!({ "id": world.county })).await.expect_ok();
        assert_eq!(answer.at("/retention/rules"), &json!([{ "of": "FAMILY_MEMBER", "due": 1 }, { "of": "PERSON", "due": 2 }]));
        // Who can still sign in waits, and holds up nobody.
        place.disable("member2").await;
        apply(&place).await;
        assert_eq!(place.number("SELECT COUNT(*) FROM person WHERE erased_on IS NOT NULL").await, 1);
        assert_eq!(place.number("SELECT COUNT(*) FROM family_member WHERE erased_on IS NOT NULL").await, 1);
        place.disable("member3").await;
        apply(&place).await;
        assert_eq!(place.number("SELECT COUNT(*) FROM person WHERE erased_on IS NOT NULL").await, 2);
    }

    /// It is for the office of the ledger alone, and of what a ledger can forget.
    async fn rules_are_the_offices(world: World) {
        let place = Place::on(world).await;
        let world = &place.world;
        for by in [&world.neighbour, &world.city_office] {
            let set = json!({ "region": world.county, "of": "HOUSEHOLD", "months": 1 });
            let code = by.act_plainly("retentionSet", set).await.code().map(str::to_owned);
            assert!(matches!(code.as_deref(), Some("FORBIDDEN" | "NOT_FOUND")), "{code:?}");
            let shown = by.post("query($id: ID!) { retention(region: $id) { ledger } }", json!({ "id": world.county })).await;
            assert_eq!(shown.code(), Some("NOT_FOUND"));
        }
        let refused = async |of: &str, months: Value| {
            let input = json!({ "region": world.county, "of": of, "months": months });
            let answer = world.office.act_plainly("retentionSet", input).await.expect_ok();
            answer.at("/retentionSet")["userErrors"][0]["code"].clone()
        };
        assert_eq!(refused("LINK", json!(12)).await, "INVALID");
        assert_eq!(refused("HOUSEHOLD", json!(0)).await, "INVALID");
        assert_eq!(refused("HOUSEHOLD", json!(1201)).await, "INVALID");
        assert_eq!(refused("HOUSEHOLD", json!(1200)).await, Value::Null);
        assert_eq!(refused("HOUSEHOLD", Value::Null).await, Value::Null);
        let rules = world.office.post("query($id: ID!) { retention(region: $id) { rules { of } } }", json!({ "id": world.county })).await;
        assert_eq!(rules.at("/retention/rules"), &json!([]));
    }
}
