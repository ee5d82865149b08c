//! Who is shown what.

use serde_json::{Value, json};
use tests::{Client, World, on_both};

use super::{CARD, Home, PHONE, identity};

on_both! {
    /// The office sees masks, the helper phones, the city masks, and nobody else anything.
    async fn each_role_is_shown_its_part(world: World) {
        let home = Home::on(world).await;
        let world = &home.world;
        let family = |head: &str, wife: &str, number: Value, phone: &str| json!([
            { "id": home.head, "name": head, "identityNumber": number, "phone": phone },
            { "id": home.wife, "name": wife, "identityNumber": null, "phone": null }]);
        let masked = |head: &str, wife: &str| json!({ "phone": "139****0001", "bankAccount": "***************0128",
            "members": family(head, wife, "510822************".into(), "0839****234") });
        assert_eq!(home.shown(&world.office).await["data"]["household"], masked("户主0", "家人"));
        assert_eq!(home.shown(&world.city_office).await["data"]["household"], masked("户**", "家*"));
        let helpers = json!({ "phone": PHONE, "bankAccount": null, "members": family("户主0", "家人", Value::Null, "08397201234") });
        assert_eq!(home.shown(&world.members[0].client).await["data"]["household"], helpers);
        for (other, code) in [(&world.members[1].client, "NOT_FOUND"), (&world.neighbour, "NOT_FOUND"),
            (&world.province_office, "FORBIDDEN"), (&world.admin, "FORBIDDEN"), (&world.app.stranger(), "UNAUTHENTICATED")] {
            let answer = home.shown(other).await;
            assert_eq!((&answer["data"]["household"], &answer["errors"][0]["extensions"]["code"]), (&Value::Null, &json!(code)));
        }
    }

    /// An address is cut at the village for those above; birth dates and income are not theirs at all.
    async fn those_above_see_the_village_of_an_address(world: World) {
        let home = Home::on(world).await;
        home.change(json!({ "address": "乔庄镇张家村3组12号" })).await;
        home.change_member(&home.head, json!({ "bornOn": "1971-01-01" })).await;
        let query = "query($id: ID!) { household(id: $id) { address income { year } members { bornOn } } }";
        for (who, address, clear) in [(&home.world.office, "乔庄镇张家村3组12号", true),
            (&home.world.members[0].client, "乔庄镇张家村3组12号", true), (&home.world.city_office, "乔庄镇张家村***", false)] {
            let answer = who.post(query, json!({ "id": home.id })).await.expect_ok();
            assert_eq!(answer.at("/household/address"), address);
            assert_eq!((answer.at("/household/members/0/bornOn").is_string(), answer.at("/household/income").is_array()), (clear, clear));
        }
    }

    /// A holder of a seat has a phone in the ledger of the office that keeps them, and sees it.
    async fn a_persons_phone_is_for_their_office(world: World) {
        let home = Home::on(world).await;
        let world = &home.world;
        let person = json!({ "name": "张三", "region": world.county, "phone": PHONE, "identityNumber": identity(0) });
        let person = world.office.done("personRegister", "person", person).await;
        let id = uuid::Uuid::now_v7();
        let account = json!({ "id": id, "name": "self", "password": "correct horse battery", "person": person, "grants": [] });
        world.office.done("accountOpen", "account", account).await;
        let post = json!({ "person": person, "organisation": world.organisation, "kind": "CADRE", "from": "2021-01-01" });
        world.office.done("memberAppoint", "member", post).await;
        let oneself = world.app.signed_in(entity::ids::AccountId(id));
        let shown = async |to: &Client| {
            let query = "query($id: ID!) { person(id: $id) { name phone identityNumber } }";
            to.post(query, json!({ "id": person })).await.expect_ok().at("/person").clone()
        };
        let told = |phone: Value, number: Value| json!({ "name": "张三", "phone": phone, "identityNumber": number });
        let masked = told("139****0001".into(), "510822************".into());
        assert_eq!(shown(&world.office).await, masked);
        assert_eq!(shown(&world.city_office).await, masked);
        assert_eq!(shown(&oneself).await, told(PHONE.into(), Value::Null));
        for other in [&world.neighbour, &world.province_office, &world.admin, &world.members[0].client] {
            assert_eq!(shown(other).await, told(Value::Null, Value::Null));
        }
    }

    /// What lies in the database is neither the value nor moved to another's place.
    async fn values_lie_sealed_at_their_place(world: World) {
        let home = Home::on(world).await;
        home.change_member(&home.wife, json!({ "phone": "13987650002" })).await;
        let sealed: Vec<Vec<u8>> = home.column("SELECT sealed FROM personal_value").await;
        let hashes: Vec<Vec<u8>> = home.column("SELECT hash FROM personal_value").await;
        assert_eq!((sealed.len(), hashes.len()), (5, 5));
        for bytes in sealed.iter().chain(&hashes) {
            let text = String::from_utf8_lossy(bytes);
            assert!(!text.contains(PHONE) && !text.contains(CARD) && !text.contains(&identity(0)));
        }
        let helper = &home.world.members[0].client;
        assert_eq!(home.shown(helper).await["data"]["household"]["members"][1]["phone"], "13987650002");
        // The head's phone in the wife's place.
        let swap = "UPDATE personal_value SET sealed = (SELECT sealed FROM personal_value WHERE masked = '0839****234') WHERE masked = '139****0002'";
        home.tamper(swap).await;
        let answer = home.shown(helper).await;
        assert_eq!(answer["data"]["household"]["members"][1]["phone"], Value::Null);
        assert_eq!(answer["errors"][0]["message"], "internal error", "{answer:#}");
    }
}
