//! Tokens, and what they are good for.

use axum::http::{StatusCode, header};
use chrono::Duration;
use serde_json::{Value, json};
use tests::{Answer, Client, World, on_all};

use super::{ask, is_let_in, token};

const PROGRESS: &str = "progress(input: { region: { id: $id }, period: { year: 2022 }";

async fn progress(client: &Client, region: &str, rest: &str) -> Answer {
    let query = format!("query($id: ID!) {{ {PROGRESS} {rest} }}) {{ groups {{ nodes {{ month }} }} }} }}");
    client.post(&query, json!({ "id": region })).await
}

fn claims(token: &str) -> Value {
    use base64::Engine;
    let claims = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}

on_all! {
    async fn an_application_comes_by_a_token(world: World) {
        let application = world.application(&world.city, &["PROGRESS", "FIGURES"]).await;
        assert!(application.secret.starts_with("sanlian_app_") && application.secret.len() == 55);
        let answer = token(&world.app, &application.client_id, &application.secret, "").await.expect_ok();
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
        assert_eq!((&answer.json["token_type"], &answer.json["expires_in"]), (&json!("Bearer"), &json!(900)));
        assert_eq!(answer.json["scope"], "figures progress");
        assert_eq!(answer.json.as_object().unwrap().len(), 4, "there is no refresh token: {answer}");
        let text = answer.json["access_token"].as_str().unwrap();
        let claims = claims(text);
        assert_eq!(claims["client_id"], application.client_id);
        assert_eq!((&claims["sub"], &claims["scope"]), (&claims["client_id"], &json!("figures progress")));
        let client = world.app.client(text);
        assert_eq!(progress(&client, &world.city, "").await.expect_ok().code(), None);
        let basic = format!("{}:{}", application.client_id, application.secret);
        let by_header = ask(&world.app, "grant_type=client_credentials&scope=progress", Some(&basic)).await;
        assert_eq!(by_header.expect_ok().json["scope"], "progress");
        world.app.clock.set(world.app.clock.now() + Duration::minutes(15));
        assert_eq!(progress(&client, &world.city, "").await.code(), Some("UNAUTHENTICATED"));
    }

    /// Each by the code that RFC 6749 gives it.
    async fn what_is_wrong_is_told(world: World) {
        let application = world.application(&world.city, &["PROGRESS"]).await;
        let (id, secret) = (&application.client_id, &application.secret);
        let basic = format!("{id}:{secret}");
        for (form, by, status, code) in [
            ("", None, 400, "invalid_request"),
            ("grant_type=password", Some(basic.as_str()), 400, "unsupported_grant_type"),
            ("grant_type=client_credentials&grant_type=client_credentials", Some(&basic), 400, "invalid_request"),
            ("grant_type=client_credentials", None, 401, "invalid_client"),
            ("grant_type=client_credentials&client_secret=x&client_id=y", Some(&basic), 400, "invalid_request"),
            ("grant_type=client_credentials&client_id=another", Some(&basic), 400, "invalid_request"),
            ("grant_type=client_credentials&scope=bulk", Some(&basic), 400, "invalid_scope"),
            ("grant_type=client_credentials&scope=progress+everything", Some(&basic), 400, "invalid_scope"),
            ("grant_type=client_credentials", Some("nonsense:x"), 401, "invalid_client"),
        ] {
            let answer = ask(&world.app, form, by).await;
            assert_eq!((answer.status.as_u16(), answer.json["error"].as_str()), (status, Some(code)), "{form}");
            assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
            assert_eq!(answer.headers.contains_key(header::WWW_AUTHENTICATE), status == 401);
        }
        let answer = world.app.stranger().post("mutation { signOut { done } }", Value::Null).await;
        assert_eq!(answer.code(), Some("UNAUTHENTICATED"));
    }

    /// Unknown, stopped, or with a wrong secret: the same answer after the same statements; so for what is no id.
    async fn nobody_learns_which_applications_there_are(world: World) {
        let application = world.application(&world.city, &["PROGRESS"]).await;
        let wrong = format!("sanlian_app_{}", "A".repeat(43));
        let guess = async |id: &str, secret: &str| {
            let (answer, statements) = world.app.statements(token(&world.app, id, secret, "")).await;
            (answer.status, answer.text, statements)
        };
        let known = guess(&application.client_id, &wrong).await;
        assert_eq!(known.0, StatusCode::UNAUTHORIZED);
        let nobody = uuid::Uuid::now_v7().to_string();
        for (id, secret) in [(nobody.as_str(), wrong.as_str()), ("nobody", &wrong), ("admin", "correct horse battery"), (&application.client_id, "")] {
            assert_eq!(guess(id, secret).await, known, "{id}");
        }
        world.admin.done("applicationDisable", "application", json!({ "application": application.id })).await;
        assert_eq!(guess(&application.client_id, &application.secret).await, known);
    }

    /// As with passwords; a right secret takes its guess back.
    async fn guessing_gets_slow(world: World) {
        let application = world.application(&world.city, &["PROGRESS"]).await;
        for _ in 0..20 {
            assert!(is_let_in(&world, &application, &application.secret).await);
        }
        for _ in 0..5 {
            assert!(!is_let_in(&world, &application, "sanlian_app_wrong").await);
        }
        assert!(!is_let_in(&world, &application, &application.secret).await);
        world.app.clock.set(world.app.clock.now() + Duration::seconds(1));
        assert!(is_let_in(&world, &application, &application.secret).await);
    }

    /// What a token says bounds what it is good for, within the region.
    async fn scopes_bite(world: World) {
        let (city, county) = (&world.city, &world.county);
        let of = async |scopes: &[&str]| world.application(city, scopes).await.client;
        let (figures, single, bulk) = (of(&["FIGURES"]).await, of(&["PROGRESS"]).await, of(&["BULK"]).await);
        for client in [&figures, &single, &bulk] {
            assert_eq!(client.post("{ regions { nodes { name } } catalogue { code } }", Value::Null).await.expect_ok().code(), None);
            for list in ["people", "households", "activities", "links", "accounts", "applications"] {
                let answer = client.post(&format!("{{ {list} {{ totalCount }} }}"), Value::Null).await;
                assert_eq!(answer.code(), Some("FORBIDDEN"), "{list}");
            }
            let note = json!({ "kind": "MEETING", "about": { "title": "会", "happenedOn": "2022-01-01", "region": county } });
            assert_eq!(client.refused("activityRecord", "activity", note).await, "FORBIDDEN");
        }
        for (rest, allowed) in [
            ("", [false, true, true]),
            ("groupBy: MONTH", [false, true, true]),
            ("groupBy: COUNTY", [false, false, true]),
            // These groups are too small for anybody who is shown a pattern.
            ("groupBy: HELPER", [false, false, false]),
        ] {
            for (client, allowed) in [&figures, &single, &bulk].into_iter().zip(allowed) {
                let code = progress(client, county, rest).await.code().map(str::to_owned);
                assert_eq!(code.as_deref(), (!allowed).then_some("FORBIDDEN"), "{rest}");
            }
        }
        let twice = format!("query($id: ID!) {{ one: {PROGRESS} }}) {{ region {{ id }} }} two: {PROGRESS} }}) {{ region {{ id }} }} }}");
        assert_eq!(single.post(&twice, json!({ "id": county })).await.code(), Some("FORBIDDEN"));
        assert_eq!(bulk.post(&twice, json!({ "id": county })).await.code(), None);
        let elsewhere = world.application(&world.other_county, &["BULK"]).await.client;
        assert_eq!(progress(&elsewhere, &world.other_county, "").await.code(), None);
        for region in [county, city, &world.province] {
            assert_eq!(progress(&elsewhere, region, "").await.code(), Some("NOT_FOUND"));
        }
    }

    /// A token that asked for less gets less; what is taken from the application is taken from its tokens at once.
    async fn what_is_taken_is_gone_at_once(world: World) {
        let application = world.application(&world.city, &["PROGRESS", "BULK"]).await;
        let client = async |scope: &str| {
            let answer = token(&world.app, &application.client_id, &application.secret, scope).await.expect_ok();
            world.app.client(answer.json["access_token"].as_str().unwrap())
        };
        let (less, all) = (client("progress").await, client("").await);
        let bulk = async |client: &Client| progress(client, &world.city, "groupBy: COUNTY").await.code().map(str::to_owned);
        assert_eq!((bulk(&less).await.as_deref(), bulk(&all).await), (Some("FORBIDDEN"), None));
        let update = async |change: Value| {
            let mut input = json!({ "application": application.id });
            input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            world.admin.done("applicationUpdate", "application", input).await;
        };
        update(json!({ "scopes": ["PROGRESS"] })).await;
        assert_eq!(bulk(&all).await.as_deref(), Some("FORBIDDEN"));
        assert_eq!(progress(&all, &world.city, "").await.code(), None);
        update(json!({ "scopes": ["BULK"], "region": world.other_county })).await;
        assert_eq!(progress(&all, &world.county, "").await.code(), Some("NOT_FOUND"));
        assert_eq!(progress(&all, &world.other_county, "").await.code(), None);
        update(json!({ "to": "2021-12-31" })).await;
        assert_eq!(progress(&all, &world.other_county, "").await.code(), Some("FORBIDDEN"));
        let late = token(&world.app, &application.client_id, &application.secret, "").await;
        assert_eq!((late.status, &late.json["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_grant")));
        update(json!({ "to": null })).await;
        assert_eq!(progress(&all, &world.other_county, "").await.code(), None);
        let disable = async |is: bool| {
            let input = json!({ "application": application.id, "isDisabled": is });
            world.admin.done("applicationDisable", "application", input).await;
        };
        disable(true).await;
        assert_eq!(progress(&all, &world.other_county, "").await.code(), Some("UNAUTHENTICATED"));
        assert!(!is_let_in(&world, &application, &application.secret).await);
        disable(false).await;
        assert_eq!(progress(&all, &world.other_county, "").await.code(), Some("UNAUTHENTICATED"), "old tokens stay dead");
        assert!(is_let_in(&world, &application, &application.secret).await);
    }

    /// So many a minute, tokens and questions alike, and it is said how long to wait.
    async fn an_application_asks_so_often(world: World) {
        let application = world.application(&world.city, &["PROGRESS"]).await;
        let other = world.application(&world.city, &["PROGRESS"]).await;
        let slow = json!({ "application": application.id, "ratePerMinute": 3 });
        world.admin.done("applicationUpdate", "application", slow).await;
        assert!(is_let_in(&world, &application, &application.secret).await);
        for _ in 0..2 {
            assert_eq!(progress(&application.client, &world.city, "").await.expect_ok().code(), None);
        }
        let refused = progress(&application.client, &world.city, "").await;
        assert_eq!((refused.status, refused.code()), (StatusCode::TOO_MANY_REQUESTS, Some("RATE_LIMITED")));
        assert_eq!(refused.headers[header::RETRY_AFTER], "20");
        let refused = token(&world.app, &application.client_id, &application.secret, "").await;
        assert_eq!((refused.status, &refused.headers[header::RETRY_AFTER]), (StatusCode::TOO_MANY_REQUESTS, &"20".parse().unwrap()));
        assert_eq!(progress(&other.client, &world.city, "").await.expect_ok().code(), None);
        world.app.clock.set(world.app.clock.now() + Duration::seconds(20));
        assert_eq!(progress(&application.client, &world.city, "").await.expect_ok().code(), None);
        assert_eq!(progress(&application.client, &world.city, "").await.code(), Some("RATE_LIMITED"));
    }
}
