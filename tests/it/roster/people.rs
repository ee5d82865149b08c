//! People and seats.

use serde_json::json;
use tests::{TestApp, on_both};

use super::{Places, act, column, done, refused};

on_both! {
    /// A person is registered once per intent; two may have one name.
    async fn a_person_is_registered(app: TestApp) {
        let places = Places::of(app).await;
        let new = |key: &str, name: &str| {
            json!({ "idempotencyKey": key, "region": places.county, "name": name, "isPartyMember": true,
                "expertise": "茶叶栽培" })
        };
        let person = "person { name isPartyMember expertise }";
        let answer = act(&places.office, "personRegister", person, new("one", "张三")).await.expect_ok();
        let told = json!({ "name": "张三", "isPartyMember": true, "expertise": "茶叶栽培" });
        assert_eq!(answer.at("/personRegister/person"), &told);
        let first = done(&places.office, "personRegister", "person", new("one", "张三")).await;
        assert_ne!(done(&places.office, "personRegister", "person", new("two", "张三")).await, first);
        assert_eq!(column(&places.app, "SELECT CAST(COUNT(*) AS text) FROM person").await, ["2"]);
        for (input, told) in [
            (new("one", "李四"), "idempotencyKey IDEMPOTENCY_KEY_REUSED"),
            (new("three", " "), "name REQUIRED"),
            (json!({ "region": "nothing", "name": "王五" }), "region NOT_FOUND"),
        ] {
            assert_eq!(refused(&places.office, "personRegister", input).await, told);
        }
    }

    /// A seat is held once at a time, by a person who may come from elsewhere.
    async fn a_seat_is_given_and_ended(app: TestApp) {
        let places = Places::of(app).await;
        let organisation = places.organisation("县政协").await;
        let stranger = json!({ "region": places.other_county, "name": "李四" });
        let stranger = done(&places.neighbour, "personRegister", "person", stranger).await;
        let body = json!({ "region": places.other_county, "name": "邻县政协", "kind": "CPPCC", "system": "CPPCC" });
        let body = done(&places.neighbour, "organisationCreate", "organisation", body).await;
        let post = json!({ "person": stranger, "organisation": body, "kind": "CADRE", "from": "2020-01-01" });
        done(&places.neighbour, "memberAppoint", "member", post).await;
        let appoint = |person: &str, kind: &str, from: &str| {
            json!({ "person": person, "organisation": organisation, "kind": kind, "from": from })
        };
        let member = "member { id kind from to person { name } organisation { name } }";
        let new = appoint(&stranger, "CPPCC_MEMBER", "2021-01-01");
        let answer = act(&places.office, "memberAppoint", member, new.clone()).await.expect_ok();
        let seat = answer.text_at("/memberAppoint/member/id").to_owned();
        let told = json!({ "id": seat, "kind": "CPPCC_MEMBER", "from": "2021-01-01", "to": null,
            "person": { "name": "李四" }, "organisation": { "name": "县政协" } });
        assert_eq!(answer.at("/memberAppoint/member"), &told);
        done(&places.office, "memberAppoint", "member", appoint(&stranger, "LEADER", "2021-01-01")).await;
        assert_eq!(refused(&places.office, "memberAppoint", new).await, "person ALREADY_EXISTS");
        let end = |to: &str| json!({ "member": seat, "to": to });
        assert_eq!(refused(&places.office, "memberEnd", end("2020-12-31")).await, "to END_BEFORE_START");
        let answer = act(&places.office, "memberEnd", "member { to }", end("2021-12-31")).await.expect_ok();
        assert_eq!(answer.text_at("/memberEnd/member/to"), "2021-12-31");
        assert_eq!(refused(&places.office, "memberEnd", end("2022-12-31")).await, "member WRONG_STEP");
        for (input, told) in [
            (appoint(&stranger, "CPPCC_MEMBER", "2021-12-31"), "person ALREADY_EXISTS"),
            (appoint("nobody", "CPPCC_MEMBER", "2022-01-01"), "person NOT_FOUND"),
        ] {
            assert_eq!(refused(&places.office, "memberAppoint", input).await, told);
        }
        done(&places.office, "memberAppoint", "member", appoint(&stranger, "CPPCC_MEMBER", "2022-01-01")).await;
        assert_eq!(
            places.facts("member").await,
            ["recorded:CADRE", "recorded:CPPCC_MEMBER", "recorded:CPPCC_MEMBER", "recorded:LEADER"]
        );
    }

    /// The clock of the reference tables ticks once with each act, and not with a refusal.
    async fn the_reference_clock_ticks(app: TestApp) {
        let places = Places::of(app).await;
        let before = places.reference_clock().await;
        places.person("张三").await;
        places.organisation("县政协").await;
        assert_eq!(places.reference_clock().await, before + 2);
        refused(&places.office, "personRegister", json!({ "region": places.county, "name": "" })).await;
        assert_eq!(places.reference_clock().await, before + 2);
    }

    async fn a_person_changes(app: TestApp) {
        let places = Places::of(app).await;
        let person = places.person("张三").await;
        let change = json!({ "person": person, "name": "张山", "isPartyMember": true, "expertise": "养蜂" });
        let shown = "person { name isPartyMember expertise }";
        let answer = act(&places.office, "personUpdate", shown, change.clone()).await.expect_ok();
        let told = json!({ "name": "张山", "isPartyMember": true, "expertise": "养蜂" });
        assert_eq!(answer.at("/personUpdate/person"), &told);
        let answer = act(&places.office, "personUpdate", shown, json!({ "person": person, "expertise": null })).await;
        let told = json!({ "name": "张山", "isPartyMember": true, "expertise": null });
        assert_eq!(answer.expect_ok().at("/personUpdate/person"), &told);
        assert_eq!(refused(&places.office, "personUpdate", json!({ "person": person, "name": "" })).await, "name REQUIRED");
        assert_eq!(refused(&places.neighbour, "personUpdate", change.clone()).await, "person NOT_FOUND");
        assert_eq!(refused(&places.province_office, "personUpdate", change).await, "person NOT_FOUND");
    }
}
