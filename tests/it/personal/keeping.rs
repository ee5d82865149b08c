//! What edits write.

use serde_json::{Value, json};
use tests::{World, on_both};

use super::{CARD, Home, PHONE, complaint, identity};

on_both! {
    /// The mask that was shown, sent back with an edit, leaves the value as it is; any other is refused.
    async fn a_mask_never_overwrites_a_value(world: World) {
        let home = Home::on(world).await;
        let helper = &home.world.members[0].client;
        let sealed = home.column::<Vec<u8>>("SELECT sealed FROM personal_value ORDER BY masked").await;
        let back = json!({ "phone": "139****0001", "bankAccount": "***************0128", "headName": "改名" });
        home.change(back).await;
        home.change_member(&home.head, json!({ "identityNumber": "510822************", "phone": " 0839****234 " })).await;
        assert_eq!(home.column::<Vec<u8>>("SELECT sealed FROM personal_value ORDER BY masked").await, sealed);
        assert_eq!(home.shown(helper).await["data"]["household"]["phone"], PHONE);
        for (mutation, field, value) in [
            ("householdUpdate", "phone", "138****0001"),
            ("householdUpdate", "phone", "1398765000＊"),
            ("householdUpdate", "bankAccount", "139****0001"),
            ("familyMemberUpdate", "identityNumber", "510822197********"),
        ] {
            let mut input = json!({ "household": home.id, field: value });
            if mutation == "familyMemberUpdate" {
                input = json!({ "member": home.head, field: value });
            }
            let answer = home.world.office.act(mutation, "household", input).await.expect_ok();
            assert_eq!(complaint(&answer), ("INVALID".into(), field.into()));
            assert!(!answer.text.contains(value), "{answer}");
        }
        let nobody = json!({ "member": home.wife, "identityNumber": "510822************" });
        let answer = home.world.office.act("familyMemberUpdate", "household", nobody).await;
        assert_eq!(complaint(&answer).0, "INVALID");
        assert_eq!(home.column::<Vec<u8>>("SELECT sealed FROM personal_value ORDER BY masked").await, sealed);
    }

    /// Null and blank take a value away; absent leaves it.
    async fn a_value_is_changed_and_taken_away(world: World) {
        let home = Home::on(world).await;
        let helper = &home.world.members[0].client;
        home.change(json!({ "headName": "改名" })).await;
        assert_eq!(home.shown(helper).await["data"]["household"]["phone"], PHONE);
        home.change(json!({ "phone": "+86 139-8765-0002" })).await;
        assert_eq!(home.shown(helper).await["data"]["household"]["phone"], "13987650002");
        for nothing in [json!(null), json!("  ")] {
            home.change(json!({ "phone": "13987650002" })).await;
            home.change(json!({ "phone": nothing })).await;
            assert_eq!(home.shown(helper).await["data"]["household"]["phone"], Value::Null);
        }
    }

    /// What is wrong is said of the field, without the value.
    async fn what_is_no_value_is_refused(world: World) {
        let home = Home::on(world).await;
        let before = home.world.rows("personal_value").await;
        for (field, value, what) in [
            ("identityNumber", "510822197101019000", "damaged by a spreadsheet"),
            ("identityNumber", "5.10822E+17", "damaged by a spreadsheet"),
            ("identityNumber", "510822197101019999", "check digit"),
            ("identityNumber", "110105491231996", "centenarian"),
            ("identityNumber", "5108221971", "18 nor 15"),
            ("phone", "7654321", "area code"),
            ("phone", "1398765", "area code"),
        ] {
            let input = json!({ "member": home.head, field: value });
            let answer = home.world.office.act("familyMemberUpdate", "household", input).await.expect_ok();
            assert_eq!(complaint(&answer), ("INVALID".into(), field.into()));
            assert!(answer.text.contains(what) && !answer.text.contains(value), "{answer}");
        }
        let input = json!({ "household": home.id, "bankAccount": "6222021234567890123" });
        let answer = home.world.office.act("householdUpdate", "household", input).await;
        assert_eq!(complaint(&answer), ("INVALID".into(), "bankAccount".into()));
        assert_eq!(home.world.rows("personal_value").await, before);
        // A number instead of a text does not come back either.
        let add = "mutation($phone: PersonalText) { householdUpdate(input: { idempotencyKey: \"n\", household: \"x\", phone: $phone }) { userErrors { code } } }";
        for query in [add.to_owned(), add.replace("$phone }", &format!("{PHONE} }}")).replace("($phone: PersonalText)", "")] {
            let answer = home.world.office.post(&query, json!({ "phone": 13_987_650_001_i64 })).await;
            assert!(!answer.errors().is_empty() && !answer.text.contains(PHONE), "{answer}");
        }
    }

    /// Nobody has the number of another who is there; blanks are nobody's.
    async fn an_identity_number_is_ones_own(world: World) {
        let home = Home::on(world).await;
        let other = home.world.households[2].clone();
        let old = format!("{}{}", &identity(0)[..6], &identity(0)[8..17]);
        for written in [identity(0), identity(0).to_lowercase(), old, format!(" {} ", identity(0))] {
            let answer = home.join(&other, &written).await;
            assert_eq!(complaint(&answer), ("ALREADY_EXISTS".into(), "members.identityNumber".into()), "{written}");
        }
        let update = json!({ "member": home.wife, "identityNumber": identity(0) });
        let answer = home.world.office.act("familyMemberUpdate", "household", update).await;
        assert_eq!(complaint(&answer), ("ALREADY_EXISTS".into(), "identityNumber".into()));
        for _ in 0..2 {
            assert_eq!(home.join(&other, "").await.at("/familyMemberAdd/userErrors"), &json!([]));
        }
        // Said again of the same person, it is no double; a phone may be shared.
        home.change_member(&home.head, json!({ "identityNumber": identity(0) })).await;
        home.change_member(&home.wife, json!({ "phone": PHONE })).await;
        // Another ledger has its own, and a holder of a seat may be a member of a family.
        let there = json!({ "name": "同", "relation": "户主", "identityNumber": identity(0) });
        let there = json!({ "household": home.world.stranger, "member": there, "from": "2022-01-01" });
        home.world.neighbour.done("familyMemberAdd", "household", there).await;
        let person = json!({ "name": "张三", "region": home.world.county, "identityNumber": identity(0) });
        home.world.office.done("personRegister", "person", person.clone()).await;
        let answer = home.world.office.act("personRegister", "person", person).await;
        assert_eq!(complaint(&answer), ("ALREADY_EXISTS".into(), "identityNumber".into()));
    }

    /// Who has left one family may join another; then they do not come back into the first.
    async fn one_who_marries_takes_the_number_along(world: World) {
        let home = Home::on(world).await;
        home.world.app.go_to("2022-06-01");
        home.change_member(&home.wife, json!({ "identityNumber": identity(1), "to": "2022-05-01" })).await;
        let other = home.world.households[2].clone();
        assert_eq!(complaint(&home.join(&other, &identity(1)).await), ("ALREADY_EXISTS".into(), "members.identityNumber".into()));
        assert_eq!(home.join_on(&other, &identity(1), "2022-05-02").await.at("/familyMemberAdd/userErrors"), &json!([]));
        let back = json!({ "member": home.wife, "to": null });
        let answer = home.world.office.act("familyMemberUpdate", "household", back).await;
        assert_eq!(complaint(&answer), ("ALREADY_EXISTS".into(), "to".into()));
        // The same with a whole household.
        let gone = json!({ "household": other, "leftOn": "2022-05-15" });
        home.world.office.done("householdUpdate", "household", gone).await;
        let back = json!({ "member": home.wife, "to": null });
        let answer = home.world.office.act("familyMemberUpdate", "household", back).await;
        assert_eq!(complaint(&answer), ("ALREADY_EXISTS".into(), "to".into()), "she was in the other family for two weeks");
        assert_eq!(home.join_on(&home.id, &identity(1), "2022-05-16").await.at("/familyMemberAdd/userErrors"), &json!([]));
        let back = json!({ "household": other, "leftOn": null });
        let answer = home.world.office.act("householdUpdate", "household", back).await;
        assert_eq!(complaint(&answer), ("ALREADY_EXISTS".into(), "leftOn".into()));
    }

    /// All that can be said at the beginning.
    async fn values_are_registered_with_their_owner(world: World) {
        let home = Home::on(world).await;
        let input = json!({ "village": home.world.villages[1], "headName": "李四", "registeredOn": "2021-12-01",
            "phone": "13987650009", "bankAccount": CARD, "members": [{ "name": "李四", "relation": "户主",
            "identityNumber": identity(7), "phone": "13987650008" }] });
        let query = "mutation($input: HouseholdRegisterInput!) { householdRegister(input: $input) { household { phone bankAccount members { identityNumber phone } } userErrors { field } } }";
        let mut keyed = input.clone();
        keyed["idempotencyKey"] = "register".into();
        let answer = home.world.office.post(query, json!({ "input": keyed })).await.expect_ok();
        assert_eq!(answer.at("/householdRegister/household"), &json!({ "phone": "139****0009", "bankAccount": "***************0128",
            "members": [{ "identityNumber": "510822************", "phone": "139****0008" }] }));
        let acts = home.world.rows("act").await;
        assert_eq!(home.world.office.refused("householdRegister", "household", input).await, "ALREADY_EXISTS");
        assert_eq!(home.world.rows("act").await, acts);
    }
}
