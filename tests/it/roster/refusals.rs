//! Who keeps the roster, and who does not: nothing is written.

use api::organisation::OrganisationUpdate;
use entity::ids::LedgerId;
use platform::error::ErrorCode;
use serde_json::{Value, json};
use tests::{TestApp, on_both};

use super::{Places, act, done, refused, viewer};

/// Every mutation of the roster, each as its own office might send it.
async fn all(places: &Places) -> (Vec<(&'static str, Value)>, Vec<(&'static str, Value)>) {
    let county = &places.county;
    let organisation = places.organisation("县政协").await;
    let committee = places.committee(&organisation, "提案委").await;
    let (person, other) = (places.person("张三").await, places.person("李四").await);
    let seat = places.seat(&person, &organisation).await;
    let industry = json!({ "region": county, "name": "茶叶" });
    let industry = done(&places.office, "industryCreate", "industry", industry).await;
    let add = json!({ "committee": committee, "person": person, "role": "HEAD", "from": "2021-01-01" });
    let place = done(&places.office, "committeeMemberAdd", "committeeMember", add).await;
    let on = "2022-01-01";
    let of_places = vec![
        (
            "regionCreate",
            json!({ "level": "VILLAGE", "parent": places.township, "name": "新村", "validFrom": on }),
        ),
        ("regionDesignate", json!({ "region": places.village, "designation": "POOR", "from": on })),
        ("villageDescribe", json!({ "region": places.village, "population": 1 })),
    ];
    let of_people = vec![
        ("organisationCreate", json!({ "region": county, "name": "县人大", "kind": "NPC", "system": "NPC" })),
        ("organisationUpdate", json!({ "organisation": organisation, "name": "改名" })),
        ("personRegister", json!({ "region": county, "name": "王五" })),
        (
            "memberAppoint",
            json!({ "person": other, "organisation": organisation, "kind": "CADRE", "from": on }),
        ),
        ("memberEnd", json!({ "member": seat, "to": on })),
        (
            "committeeCreate",
            json!({ "organisation": organisation, "name": "新委", "kind": "OFFICE", "from": on }),
        ),
        ("committeeEnd", json!({ "committee": committee, "to": on })),
        (
            "committeeMemberAdd",
            json!({ "committee": committee, "person": other, "role": "MEMBER", "from": on }),
        ),
        ("committeeMemberEnd", json!({ "committeeMember": place, "to": on })),
        ("industryCreate", json!({ "region": county, "name": "食用菌" })),
        (
            "industryUnitAdd",
            json!({ "industry": industry, "kind": "PARK", "name": "园", "region": county, "from": on }),
        ),
    ];
    (of_places, of_people)
}

on_both! {
    /// Each mutation is refused to everybody but the county's own office.
    async fn nobody_else_keeps_the_roster(app: TestApp) {
        let places = Places::of(app).await;
        let (of_places, of_people) = all(&places).await;
        let person = places.person("赵六").await;
        places.seat(&person, &places.organisation("县工会").await).await;
        let member = places.member(&person).await;
        let stranger = places.app.stranger();
        let before = places.written().await;
        for (mutation, input) in of_places.iter().chain(&of_people) {
            let to = async |client| refused(client, mutation, input.clone()).await;
            assert_eq!(to(&stranger).await, "UNAUTHENTICATED", "{mutation}");
            assert_eq!(to(&member).await, "FORBIDDEN", "{mutation}");
            assert_eq!(to(&places.neighbour).await, "NOT_FOUND", "{mutation}");
        }
        for (mutation, input) in &of_people {
            assert_eq!(refused(&places.province_office, mutation, input.clone()).await, "NOT_FOUND", "{mutation}");
            assert_eq!(refused(&places.admin, mutation, input.clone()).await, "FORBIDDEN", "{mutation}");
        }
        for (mutation, input) in &of_places {
            assert_eq!(refused(&places.province_office, mutation, input.clone()).await, "FORBIDDEN", "{mutation}");
        }
        for (mutation, input) in &of_places[1..] {
            assert_eq!(refused(&places.admin, mutation, input.clone()).await, "NOT_FOUND", "{mutation}");
        }
        assert_eq!(places.written().await, before);
        for (mutation, input) in of_places.into_iter().chain(of_people) {
            assert_eq!(act(&places.office, mutation, "__typename", input).await.code(), None, "{mutation}");
        }
        assert_ne!(places.written().await, before);
    }

    /// Ledgers are opened, and places above the township entered, by the administrator alone.
    async fn only_the_administrator_shapes_the_tree(app: TestApp) {
        let places = Places::of(app).await;
        let before = places.written().await;
        let open = json!({ "region": places.city, "name": "市台账" });
        let county = json!({ "level": "COUNTY", "parent": places.city, "name": "新县", "validFrom": "2022-01-01" });
        for (mutation, input) in [("ledgerOpen", open), ("regionCreate", county)] {
            assert_eq!(refused(&places.office, mutation, input.clone()).await, "NOT_FOUND", "{mutation}");
            assert_eq!(refused(&places.province_office, mutation, input.clone()).await, "FORBIDDEN", "{mutation}");
        }
        assert_eq!(places.written().await, before);
    }

    /// A row that another ledger keeps is changed by nobody else, though one's own act may name it.
    async fn a_row_is_changed_by_its_keeper(app: TestApp) {
        let places = Places::of(app).await;
        let organisation = places.organisation("县政协").await;
        let elsewhere = json!({ "region": places.other_county, "name": "邻县政协", "kind": "CPPCC", "system": "CPPCC" });
        let elsewhere = done(&places.neighbour, "organisationCreate", "organisation", elsewhere).await;
        let person = places.person("张三").await;
        let seat = |organisation: &str| {
            json!({ "person": person, "organisation": organisation, "kind": "CADRE", "from": "2022-01-01" })
        };
        done(&places.office, "memberAppoint", "member", seat(&organisation)).await;
        done(&places.neighbour, "memberAppoint", "member", seat(&elsewhere)).await;
        assert_eq!(refused(&places.office, "memberAppoint", seat(&elsewhere)).await, "NOT_FOUND");
        #[expect(clippy::default_trait_access, reason = "the type is another crate's")]
        let update = OrganisationUpdate {
            idempotency_key: "smuggled".to_owned(),
            organisation: elsewhere.into(),
            name: Some("改名".to_owned()),
            kind: None,
            system: None,
            from: Default::default(),
        };
        let office = viewer(&places.app, "office").await;
        let smuggled = places.app.ledger.enter(&office, LedgerId(2), update).await;
        assert_eq!(smuggled.unwrap_err().code(), ErrorCode::NotFound);
    }
}
