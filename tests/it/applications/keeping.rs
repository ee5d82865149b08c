//! Registering, secrets, and what an application's account is not good for.

use axum::http::{Request, header};
use chrono::Duration;
use entity::ids::AccountId;
use sea_orm::DbBackend;
use serde_json::{Value, json};
use tests::{DbKind, Shell, TestApp, World, on_all, wire, world::key};

use super::{is_let_in, shown, token};

fn wanted(world: &World) -> Value {
    json!({ "idempotencyKey": key(), "name": "数据大屏", "contact": "值班室 12345", "region": world.city,
        "scopes": ["FIGURES", "PROGRESS"], "from": "2022-01-01" })
}

on_all! {
    /// The secret is shown once; the same key again registers nothing and shows none.
    async fn a_secret_is_shown_once(world: World) {
        let input = wanted(&world);
        let first = shown(&world, "applicationRegister", input.clone()).await;
        let (id, secret) = (first["application"]["clientId"].as_str().unwrap(), first["secret"].as_str().unwrap());
        let again = shown(&world, "applicationRegister", input.clone()).await;
        assert_eq!(again, json!({ "application": first["application"], "secret": null, "userErrors": [] }));
        assert_eq!(world.rows("application").await, 1);
        assert!(token(&world.app, id, secret, "").await.status.is_success());
        let mut other = input;
        other["scopes"] = json!(["BULK"]);
        let refused = shown(&world, "applicationRegister", other).await;
        assert_eq!((&refused["secret"], &refused["userErrors"][0]["code"]), (&Value::Null, &json!("IDEMPOTENCY_KEY_REUSED")));
        let shows = "query($id: ID!) { application(id: $id) { name clientId contact organisation { name } region { name }
            scopes ratePerMinute from to isDisabled previousSecretUntil } node(id: $id) { id } applications { nodes { name } } }";
        let answer = world.admin.post(shows, json!({ "id": first["application"]["id"] })).await.expect_ok();
        assert_eq!(answer.at("/application"), &json!({ "name": "数据大屏", "clientId": id, "contact": "值班室 12345",
            "organisation": null, "region": { "name": "广元市" }, "scopes": ["FIGURES", "PROGRESS"], "ratePerMinute": 60,
            "from": "2022-01-01", "to": null, "isDisabled": false, "previousSecretUntil": null }));
        assert!(!answer.text.contains(secret) && answer.at("/node/id").is_string());
    }

    /// The one before goes on for as long as it was said; a leaked one ends at once, with all tokens.
    async fn a_secret_is_rotated(world: World) {
        let application = world.application(&world.city, &["PROGRESS"]).await;
        let is_known = async || application.client.post("{ viewer { account } }", Value::Null).await.code().is_none();
        let rotate = async |hours: Option<i32>| {
            let input = json!({ "idempotencyKey": key(), "application": application.id, "overlapHours": hours });
            shown(&world, "applicationSecretRotate", input).await
        };
        let second = rotate(Some(2)).await;
        assert_eq!(second["application"]["previousSecretUntil"], "2022-01-01T03:00:00+00:00");
        let second = second["secret"].as_str().unwrap();
        assert!(is_let_in(&world, &application, &application.secret).await && is_let_in(&world, &application, second).await);
        assert!(is_known().await);
        world.app.clock.set(world.app.clock.now() + Duration::hours(2));
        assert!(!is_let_in(&world, &application, &application.secret).await && is_let_in(&world, &application, second).await);
        let third = rotate(None).await;
        assert_eq!(third["application"]["previousSecretUntil"], "2022-01-02T03:00:00+00:00");
        let late = rotate(Some(168)).await;
        assert!(!is_let_in(&world, &application, second).await, "two before is gone");
        assert!(is_let_in(&world, &application, third["secret"].as_str().unwrap()).await && is_known().await);
        let fourth = rotate(Some(0)).await;
        assert_eq!(fourth["application"]["previousSecretUntil"], Value::Null);
        assert!(!is_known().await);
        for old in [&application.secret, second, third["secret"].as_str().unwrap(), late["secret"].as_str().unwrap()] {
            assert!(!is_let_in(&world, &application, old).await);
        }
        world.app.clock.set(world.app.clock.now() + Duration::minutes(15));
        assert!(is_let_in(&world, &application, fourth["secret"].as_str().unwrap()).await);
        for hours in [-1, 169] {
            assert_eq!(rotate(Some(hours)).await["userErrors"][0]["code"], "INVALID");
        }
    }

    /// What must be said, and how.
    async fn an_application_is_described(world: World) {
        for (field, value, code) in [
            ("name", json!(" "), "REQUIRED"),
            ("name", json!("admin"), "ALREADY_EXISTS"),
            ("contact", json!(null), "REQUIRED"),
            ("scopes", json!([]), "REQUIRED"),
            ("ratePerMinute", json!(0), "INVALID"),
            ("ratePerMinute", json!(6001), "INVALID"),
            ("to", json!("2021-12-31"), "END_BEFORE_START"),
            ("region", json!(world.organisation), "NOT_FOUND"),
            ("organisation", json!(world.county), "NOT_FOUND"),
        ] {
            let mut input = wanted(&world);
            input[field] = value;
            let refused = shown(&world, "applicationRegister", input).await;
            assert_eq!((&refused["userErrors"][0]["field"], &refused["userErrors"][0]["code"]), (&json!(field), &json!(code)), "{refused}");
            assert_eq!(refused["secret"], Value::Null);
        }
        assert_eq!((world.rows("application").await, world.rows("account").await), (0, 8));
        let mut by_body = wanted(&world);
        (by_body["organisation"], by_body["contact"]) = (json!(world.organisation), Value::Null);
        let id = shown(&world, "applicationRegister", by_body).await["application"]["id"].clone();
        let bare = json!({ "application": id, "organisation": null });
        assert_eq!(world.admin.refused("applicationUpdate", "application", bare).await, "REQUIRED");
    }

    /// No password opens it, nobody gives it another role, and a person's account is no application.
    async fn an_application_is_no_person(world: World) {
        let application = world.application(&world.city, &["BULK"]).await;
        let named = world.admin.post("{ applications { nodes { name } } }", Value::Null).await.expect_ok();
        let name = named.text_at("/applications/nodes/0/name");
        let sign_in = "mutation($account: String!, $password: String!) { signIn(input: { account: $account, password: $password }) { token userErrors { code } } }";
        for password in ["", &application.secret] {
            let guess = async |account: &str| {
                let words = json!({ "account": account, "password": password });
                let (answer, statements) = world.app.statements(world.app.stranger().post(sign_in, words)).await;
                (answer.text, statements)
            };
            assert_eq!(guess(name).await, guess("nobody").await);
        }
        let account: AccountId = AccountId(application.client_id.parse().unwrap());
        let gid = person_id(account);
        let listed = world.admin.post("{ accounts(first: 50) { nodes { name } } }", Value::Null).await.expect_ok();
        assert!(!listed.text.contains(name));
        let grant = json!({ "role": "COLLECTOR", "region": world.county, "from": "2022-01-01" });
        for (mutation, input) in [
            ("passwordReset", json!({ "account": gid, "password": "correct horse battery" })),
            ("grantGive", json!({ "account": gid, "grant": grant })),
            ("accountUpdate", json!({ "account": gid, "isDisabled": false })),
        ] {
            assert_eq!(world.admin.refused(mutation, "account", input).await, "NOT_FOUND", "{mutation}");
        }
        let client = json!({ "role": "CLIENT", "region": world.city, "from": "2022-01-01" });
        let person = json!({ "name": "person", "password": "correct horse battery", "grants": [client] });
        assert_eq!(world.admin.refused("accountOpen", "account", person).await, "NOT_ELIGIBLE");
        let change = "mutation { passwordChange(input: { old: \"\", new: \"correct horse battery\" }) { token } }";
        assert_eq!(application.client.post(change, Value::Null).await.code(), Some("FORBIDDEN"));
        // A token of a person for the application's account, and the other way round, are none.
        assert_eq!(world.app.signed_in(account).post("{ viewer { account } }", Value::Null).await.code(), Some("UNAUTHENTICATED"));
        for office in [&world.office, &world.city_office, &world.province_office, &application.client] {
            assert_eq!(office.refused("applicationDisable", "application", json!({ "application": application.id })).await, "FORBIDDEN");
        }
    }

    /// A secret is nowhere but in the one answer: not in the database, nor in its journal.
    async fn a_secret_is_kept_nowhere(world: World) {
        let application = world.application(&world.city, &["PROGRESS"]).await;
        assert!(is_let_in(&world, &application, &application.secret).await);
        let input = json!({ "idempotencyKey": key(), "application": application.id });
        let second = shown(&world, "applicationSecretRotate", input).await["secret"].as_str().unwrap().to_owned();
        let stored = stored(&world).await;
        assert!(stored.contains(&application.client_id) || stored.contains("applicationSecretRotate"), "it looks in the wrong place");
        for secret in [&application.secret, &second] {
            assert!(!stored.contains(secret.trim_start_matches("sanlian_app_")));
        }
    }

    /// However much is logged.
    async fn no_log_tells(world: World) {
        let application = world.application(&world.city, &["PROGRESS"]).await;
        let shell = Shell::beside(&world.app);
        let admin = shell.run("token admin").out;
        let mut served = shell.serve_logging("trace");
        let rotate = json!({ "input": { "idempotencyKey": key(), "application": application.id } });
        let query = "mutation($input: ApplicationSecretRotateInput!) { applicationSecretRotate(input: $input) { secret } }";
        let told = wire::body(&wire::ask(served.address, &wire::post(Some(admin.trim_end()), query, &rotate)).unwrap());
        let second = told["data"]["applicationSecretRotate"]["secret"].as_str().unwrap();
        for (secret, status) in [(application.secret.as_str(), "200"), (second, "200"), (&format!("{second}x"), "401")] {
            let form = format!("grant_type=client_credentials&client_id={}&client_secret={secret}", application.client_id);
            let request = format!("POST /oauth/token HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
                content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}", form.len());
            assert!(wire::ask(served.address, &request).unwrap().starts_with(&format!("HTTP/1.1 {status} ")));
        }
        assert_eq!(served.stop(), Some(0));
        let log = served.log();
        assert!(log.contains("TRACE"), "{log}");
        for secret in [&application.secret, second] {
            assert!(!log.contains(secret.trim_start_matches("sanlian_app_")));
        }
    }

    async fn only_forms_are_read(app: TestApp) {
        let request = Request::post("/oauth/token").header(header::CONTENT_TYPE, "application/json");
        let answer = app.stranger().send(request.body("{}".into()).unwrap()).await;
        assert_eq!((answer.status.as_u16(), &answer.json["error"]), (400, &json!("invalid_request")));
        let answer = app.stranger().send(Request::get("/oauth/token").body("".into()).unwrap()).await;
        assert_eq!(answer.status.as_u16(), 405);
    }
}

fn person_id(account: AccountId) -> String {
    platform::gid::Gid::reference(entity::fact::SourceType::Account, account).text()
}

/// Everything that lies in the database, as it lies there.
async fn stored(world: &World) -> String {
    let app = &world.app;
    if app.kind == DbKind::Sqlite {
        let file = platform::db::file(&app.url).unwrap();
        let log = file.with_extension("db-wal");
        let read = |path| std::fs::read(path).unwrap_or_default();
        return String::from_utf8_lossy(&[read(file), read(log)].concat()).into_owned();
    }
    assert_eq!(app.db.backend(), DbBackend::Postgres);
    let mut stored = String::new();
    for table in api::setup::tables(&app.owner().await).await.unwrap() {
        stored += &texts(world, &format!("SELECT CAST(t AS text) FROM {table} t")).await;
    }
    stored
}

#[expect(clippy::disallowed_methods, reason = "a test looks behind the scope")]
async fn texts(world: &World, sql: &str) -> String {
    use sea_orm::{ConnectionTrait, Statement};
    let statement = Statement::from_string(world.app.db.backend(), sql);
    let rows = world.app.owner().await.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap()).collect()
}
