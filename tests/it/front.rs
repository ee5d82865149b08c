//! The front door: who may ask from where, how much and for how long, and what it tells of itself.
#![expect(clippy::disallowed_methods, reason = "slow statements and a foreign migration come by no door")]

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use api::document::check::checked;
use api::document::known::{self, Documents};
use api::http::settings::{Introspection, Settings};
use api::session::settings as session;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode, header};
use platform::error::{Error, ErrorCode};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use tests::{Answer, Client, TestApp, World, on_both};

/// It counts for longer than anybody waits.
const SLOW: &str = "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 200000000) \
    SELECT COUNT(*) FROM number";

const ORIGIN: &str = "https://front.example";

fn front(settings: impl FnOnce(&mut Settings)) -> Settings {
    let mut front = Settings::default();
    settings(&mut front);
    front
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

/// A query as a page of some origin makes a browser send it.
async fn from(by: &Client, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header("host", "api.example");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    by.send(request.body(json!({ "query": "{ __typename }" }).to_string().into()).unwrap()).await
}

on_both! {
    /// What a document was measured to ask for is paid by who asks, and told in the answer, the headers and a field.
    async fn what_is_asked_for_is_paid_for(world: World) {
        let (office, neighbour) = (world.office.token().unwrap().to_owned(), world.neighbour.token().unwrap().to_owned());
        let app = world.app.behind(front(|front| {
            front.budget = NonZeroU32::new(1_000).unwrap();
            front.budget_anonymous = NonZeroU32::new(300).unwrap();
        }));
        let (office, neighbour) = (app.client(office), app.client(neighbour));
        let asked = "{ rateLimit { limit remaining cost resetAt } regions(first: 50) { nodes { name } } }";
        let first = office.post(asked, Value::Null).await.expect_ok();
        let cost = first.json["extensions"]["cost"]["requested"].as_u64().unwrap();
        assert!((50..400).contains(&cost), "{first}");
        assert_eq!(first.at("/rateLimit/limit"), 1_000);
        assert_eq!(first.at("/rateLimit/cost"), cost);
        assert_eq!(first.at("/rateLimit/remaining"), 1_000 - cost);
        let back = Duration::from_secs((cost * 60).div_ceil(1_000));
        assert_eq!(first.text_at("/rateLimit/resetAt"), (app.clock.now() + back).to_rfc3339());
        assert_eq!(first.headers["ratelimit-policy"], "\"cost\";q=1000;w=60");
        // What the database worked beyond that is taken besides.
        let told = first.headers["ratelimit"].to_str().unwrap();
        let left = told.strip_prefix("\"cost\";r=").and_then(|told| told.split_once(";t=")).map(|(left, _)| left.parse::<u64>().unwrap());
        assert!(left.is_some_and(|left| left <= 1_000 - cost), "{told}");
        let mut last = first;
        while last.status.is_success() {
            last = office.post(asked, Value::Null).await;
        }
        assert_eq!((last.status, last.code()), (StatusCode::TOO_MANY_REQUESTS, Some("RATE_LIMITED")));
        let wait: u64 = last.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!(wait >= 1, "{wait}");
        let _ = neighbour.post(asked, Value::Null).await.expect_ok();
        app.clock.set(app.clock.now() + chrono::Duration::seconds(wait.cast_signed()));
        let _ = office.post(asked, Value::Null).await.expect_ok();
        // A document that is refused costs something, too, and so nobody without a token sends them for ever.
        let codes: Vec<_> = futures::future::join_all((0..4).map(|_| async { app.stranger().post("{", Value::Null).await.status.as_u16() })).await;
        assert_eq!(codes, [200, 200, 200, 429], "refused, and then not read");
        app.clock.set(app.clock.now() + chrono::Duration::minutes(1));
        let forged = app.client("a.b.c");
        let mut statuses = vec![];
        for _ in 0..4 {
            statuses.push(forged.post("{ __typename }", Value::Null).await.status.as_u16());
        }
        assert_eq!(statuses, [401, 401, 401, 429], "a token that is none costs something, too");
    }

    /// Whom a trusted proxy names pays, and nobody else is named.
    async fn an_address_pays_for_itself(app: TestApp) {
        let trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
        let app = app.under(session::Settings { trusted_proxies, ..session::Settings::default() });
        let app = app.behind(front(|front| front.budget_anonymous = NonZeroU32::new(100).unwrap()));
        let asked = async |peer: &str, forwarded: &str| {
            let peer: SocketAddr = format!("{peer}:40000").parse().unwrap();
            let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json").header("x-forwarded-for", forwarded);
            let body = json!({ "query": "{ nothing }".repeat(2) }).to_string();
            app.stranger().send(request.extension(ConnectInfo(peer)).body(body.into()).unwrap()).await.status.as_u16()
        };
        assert_eq!(asked("10.0.0.1", "9.9.9.9, 1.1.1.1").await, 200);
        assert_eq!(asked("10.0.0.2", "8.8.8.8, 1.1.1.1").await, 429, "the one whom the proxy has seen");
        assert_eq!(asked("10.0.0.1", "1.1.1.1, 2.2.2.2").await, 200);
        assert_eq!(asked("1.1.1.1", "3.3.3.3").await, 429, "who is no proxy is taken for nobody else");
    }

    /// A statement ends when its time is up, and so does a transaction of many; the connection is good for the next.
    async fn what_takes_too_long_is_ended(app: TestApp) {
        let app = app.hurried(Duration::from_millis(300)).await;
        let asked = async |sql: &str| {
            let statement = Statement::from_string(app.db.backend(), sql);
            app.db.read.query_one_raw(statement).await.map(drop).map_err(Error::from)
        };
        for _ in 0..6 {
            assert_eq!(asked(SLOW).await.unwrap_err().code(), ErrorCode::TimedOut);
        }
        asked("SELECT 1").await.unwrap();
        let tx = app.db.begin(&platform::db::Bounds::house()).await.unwrap();
        let short = || Statement::from_string(app.db.backend(), "SELECT 1");
        let mut failed = None;
        for _ in 0..1_000 {
            tokio::time::sleep(Duration::from_millis(10)).await;
            failed = tx.query_one_raw(short()).await.err();
            if failed.is_some() {
                break;
            }
        }
        assert_eq!(failed.map(|error| Error::from(error).code()), Some(ErrorCode::TimedOut));
        drop(tx);
        app.db.begin(&platform::db::Bounds::house()).await.unwrap().query_one_raw(short()).await.unwrap();
    }

    /// What waits for an act that never ends is told so, and is done when it is sent again.
    async fn an_act_that_waits_too_long_is_told_so(world: World) {
        let office = world.office.token().unwrap().to_owned();
        let county = world.county.clone();
        let app = world.app.hurried(Duration::from_millis(500)).await;
        let office = app.client(office);
        let held = app.db.begin(&platform::db::Bounds::house()).await.unwrap();
        held.execute_unprepared("UPDATE ledger_clock SET seq = seq").await.unwrap();
        let input = json!({ "idempotencyKey": "waits", "name": "委员九", "region": county });
        let act = "mutation($input: PersonRegisterInput!) { personRegister(input: $input) { person { name } userErrors { code } } }";
        let told = office.post(act, json!({ "input": input })).await;
        assert!(matches!(told.code(), Some("TIMED_OUT" | "BUSY")), "{told}");
        drop(held);
        let done = office.post(act, json!({ "input": input })).await.expect_ok();
        assert_eq!(done.at("/personRegister/person/name"), "委员九");
    }

    /// Who stops waits for what is begun, and says whether it has ended.
    async fn stopping_waits_for_acts(world: World) {
        let held = world.app.db.begin(&platform::db::Bounds::house()).await.unwrap();
        held.execute_unprepared("UPDATE ledger_clock SET seq = seq").await.unwrap();
        let stopping = async {
            while world.app.ledger.acts.under_way() == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let in_time = world.app.ledger.acts.finish(Duration::from_millis(50)).await;
            drop(held);
            (in_time, world.app.ledger.acts.finish(Duration::from_secs(30)).await, world.app.ledger.acts.under_way())
        };
        let person = json!({ "name": "委员九", "region": world.county });
        let (_, stopped) = tokio::join!(world.office.done("personRegister", "person", person), stopping);
        assert_eq!(stopped, (false, true, 0));
    }

    /// A request has its time; the act that it began goes on to its end.
    async fn a_request_has_its_time(world: World) {
        let office = world.office.token().unwrap().to_owned();
        let county = world.county.clone();
        let app = world.app.behind(front(|front| front.time_limit = 1));
        let held = app.db.begin(&platform::db::Bounds::house()).await.unwrap();
        held.execute_unprepared("UPDATE ledger_clock SET seq = seq").await.unwrap();
        let act = "mutation($input: PersonRegisterInput!) { personRegister(input: $input) { person { name } } }";
        let input = json!({ "input": { "idempotencyKey": "late", "name": "委员九", "region": county } });
        let late = app.client(office.clone()).post(act, input.clone()).await;
        assert_eq!((late.status, late.code()), (StatusCode::GATEWAY_TIMEOUT, Some("TIMED_OUT")), "{late}");
        drop(held);
        assert!(app.ledger.acts.finish(Duration::from_secs(30)).await);
        let people = "{ people(filter: { nameContains: \"委员九\" }) { totalCount } }";
        assert_eq!(app.client(office).post(people, Value::Null).await.expect_ok().at("/people/totalCount"), 1);
    }

    /// More than it can carry it does not take on.
    async fn a_full_house_turns_away(app: TestApp) {
        let app = app.behind(front(|front| front.requests = 1));
        let stranger = app.stranger();
        let _ = stranger.post("{ __typename }", Value::Null).await.expect_ok();
        let inside = app.front.door.enter().await.unwrap();
        let answer = stranger.post("{ __typename }", Value::Null).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::SERVICE_UNAVAILABLE, Some("BUSY")));
        assert_eq!(answer.headers["retry-after"], "1");
        assert_eq!(stranger.send(get("/health/live")).await.status, StatusCode::OK);
        drop(inside);
        let _ = stranger.post("{ __typename }", Value::Null).await.expect_ok();
    }

    /// A page elsewhere reads and sends only where it may.
    async fn pages_elsewhere_ask_where_they_may(app: TestApp) {
        let app = app.behind(front(|front| front.allowed_origins = vec![ORIGIN.parse().unwrap()]));
        let stranger = app.stranger();
        let foreign = from(&stranger, &[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")]).await;
        assert_eq!((foreign.status, foreign.code()), (StatusCode::FORBIDDEN, Some("FORBIDDEN")));
        assert!(!foreign.headers.contains_key("access-control-allow-origin"));
        for own in [&[("sec-fetch-site", "same-origin")][..], &[("origin", "http://api.example")], &[]] {
            let _ = from(&stranger, own).await.expect_ok();
        }
        let allowed = from(&stranger, &[("origin", ORIGIN), ("sec-fetch-site", "cross-site")]).await.expect_ok();
        assert_eq!(allowed.headers["access-control-allow-origin"], ORIGIN);
        assert!(allowed.headers["access-control-expose-headers"].to_str().unwrap().contains("x-request-id"));
        let preflight = async |origin: &str| {
            let request = Request::builder().method(Method::OPTIONS).uri("/graphql").header("origin", origin);
            let request = request.header("access-control-request-method", "POST").header("access-control-request-headers", "authorization");
            stranger.send(request.body(Body::empty()).unwrap()).await.headers
        };
        let asked = preflight(ORIGIN).await;
        assert_eq!((&asked["access-control-allow-origin"], &asked["access-control-max-age"]), (&ORIGIN.parse().unwrap(), &"3600".parse().unwrap()));
        assert!(!preflight("https://evil.example").await.contains_key("access-control-allow-origin"));
    }

    /// The schema is a file for all; who may ask for it by introspection is set.
    async fn the_schema_is_a_file(world: World) {
        let tokens = [&world.admin, &world.office, &world.members[0].client].map(|client| client.token().unwrap().to_owned());
        let mut app = world.app;
        let sdl = app.stranger().send(get("/schema.graphql")).await;
        assert_eq!((sdl.status, sdl.text), (StatusCode::OK, api::sdl()));
        let open = [(Introspection::Everyone, "stranger admin office member"), (Introspection::Accounts, "admin office member"),
            (Introspection::Keepers, "admin office"), (Introspection::Nobody, "")];
        for (who, told) in open {
            app = app.behind(front(|front| front.introspection = who));
            let [admin, office, member] = tokens.clone().map(|token| app.client(token));
            let mut may = vec![];
            for (name, by) in [("stranger", app.stranger()), ("admin", admin), ("office", office), ("member", member)] {
                let asked = ["{ __schema { queryType { name } } }", "{ ...F } fragment F on Query { t: __type(name: \"Query\") { name } }"];
                for query in asked {
                    let answer = by.post(query, Value::Null).await;
                    assert!(answer.status.is_success() || answer.code() == Some("FORBIDDEN"), "{answer}");
                    if answer.status.is_success() && !may.contains(&name) {
                        may.push(name);
                    }
                }
                let _ = by.post("{ __typename }", Value::Null).await.expect_ok();
            }
            assert_eq!(may.join(" "), told, "{who:?}");
        }
    }

    /// An answer of figures has a tag; with it the same question by GET is answered by one statement until an act of
    /// one's own ledgers, another day, or another viewer.
    async fn figures_that_have_not_changed_are_not_told_again(world: World) {
        let query = format!("{{ progress(input: {{ region: {{ id: \"{}\" }}, period: {{ year: 2022 }} }}) {{ groups {{ nodes {{ month }} }} }} }}", world.county);
        let asked = async |by: &Client, query: &str, tag: Option<&str>| {
            let query: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
            let request = Request::get(format!("/graphql?query={query}"));
            let request = if let Some(tag) = tag { request.header("if-none-match", tag) } else { request };
            by.send(request.body(Body::empty()).unwrap()).await
        };
        let tag = |answer: &Answer| answer.headers["etag"].to_str().unwrap().to_owned();
        let first = asked(&world.office, &query, None).await.expect_ok();
        let known = tag(&first);
        assert_eq!(first.headers["cache-control"], "private, no-cache");
        assert_eq!(asked(&world.office, &query, Some("*")).await.status, StatusCode::OK, "which answer is not said");
        let (again, statements) = world.app.statements(asked(&world.office, &query, Some(&known))).await;
        assert_eq!((again.status, again.text.as_str(), tag(&again)), (StatusCode::NOT_MODIFIED, "", known.clone()));
        assert!(again.headers.contains_key("x-request-id"));
        assert_eq!(statements.iter().filter(|sql| sql.contains("ledger_clock")).count(), 1, "{statements:?}");
        assert_eq!(statements.len(), 2, "who asks, and the clocks: {statements:?}");
        assert_eq!(asked(&world.office, &query, Some(&format!("\"x\", W/{known}"))).await.status, StatusCode::NOT_MODIFIED);
        assert_eq!(asked(&world.office, &query, Some("\"x\"")).await.status, StatusCode::OK);
        assert_eq!(asked(&world.city_office, &query, Some(&known)).await.status, StatusCode::OK, "another viewer");
        // These two hang on the same clocks, and are two.
        let catalogue = async |by: &Client| tag(&asked(by, "{ catalogue { code } }", None).await);
        assert_ne!(catalogue(&world.members[0].client).await, catalogue(&world.province_office).await);
        // Published figures, by who shows no token, and the rules of all.
        let quarter = format!("{{ publicFigures(region: {{ id: \"{}\" }}, quarter: {{ year: 2021, quarter: 4 }}) {{ code numerator }} }}", world.county);
        for (by, query) in [(&world.app.stranger(), quarter.as_str()), (&world.members[0].client, "{ indicators { code version } }")] {
            let told = asked(by, query, None).await.expect_ok();
            let again = asked(by, query, Some(&tag(&told))).await;
            assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""), "{query}");
        }
        // What the neighbour does is news for who reads both.
        let (city, people) = (tag(&asked(&world.city_office, &query, None).await), json!({ "name": "邻县委员", "region": world.other_county }));
        world.neighbour.done("personRegister", "person", people).await;
        assert_eq!(asked(&world.city_office, &query, Some(&city)).await.status, StatusCode::OK);
        let link = world.link(0, 0, "2022-01-01").await;
        let after = asked(&world.office, &query, Some(&known)).await;
        assert_eq!(after.status, StatusCode::OK);
        let known = tag(&after);
        world.visit(&world.office, &link, "2022-01-01").await;
        assert_eq!(asked(&world.office, &query, Some(&known)).await.status, StatusCode::OK);
        let known = tag(&asked(&world.office, &query, None).await);
        assert_eq!(asked(&world.office, &query, Some(&known)).await.status, StatusCode::NOT_MODIFIED);
        world.app.go_to("2022-03-01");
        assert_eq!(asked(&world.office, &query, Some(&known)).await.status, StatusCode::OK, "another day");
        // What is no figure has none, nor has an answer with errors, nor what is sent.
        for (other, ok) in [("{ households(first: 1) { totalCount } }", true), ("{ progress(input: { region: { code: \"000\" }, period: { year: 2022 } }) { groups { nodes { month } } } }", false)] {
            let answer = asked(&world.office, other, None).await;
            assert!(!answer.headers.contains_key("etag") && answer.errors().is_empty() == ok, "{answer}");
        }
        let by_post = world.office.post(&query, Value::Null).await;
        assert_eq!((by_post.status, by_post.headers.contains_key("etag")), (StatusCode::OK, true));
    }

    /// A registered document is named by the hash of its text; where it is so set, strangers ask for no other.
    async fn documents_are_named_by_their_hash(world: World) {
        let office = world.office.token().unwrap().to_owned();
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("below")).unwrap();
        let (one, two) = ("query One($first: Int) { regions(first: $first) { nodes { name } } }", "{ __typename }");
        std::fs::write(folder.path().join("one.graphql"), one).unwrap();
        std::fs::write(folder.path().join("below/two.graphql"), two).unwrap();
        std::fs::write(folder.path().join("other.txt"), "no document").unwrap();
        let limits = guard::Limits::default();
        let mut app = world.app;
        for only in [false, true] {
            let documents = Documents::read(checked, folder.path(), only, &limits).await.unwrap();
            app = app.trusting(documents);
            let (office, stranger) = (app.client(office.clone()), app.stranger());
            let named = async |by: &Client, body: Value| {
                let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
                by.send(request.body(body.to_string().into()).unwrap()).await
            };
            let id = format!("sha256:{}", known::hash(one));
            let answer = named(&office, json!({ "documentId": id, "variables": { "first": 2 } })).await.expect_ok();
            assert_eq!(answer.at("/regions/nodes").as_array().unwrap().len(), 2);
            assert_eq!(named(&stranger, json!({ "documentId": known::hash(two) })).await.expect_ok().at("/__typename"), "Query");
            let by_address = stranger.send(get(&format!("/graphql?documentId={}", known::hash(two)))).await.expect_ok();
            assert_eq!(by_address.at("/__typename"), "Query");
            let unknown = named(&office, json!({ "documentId": known::hash("{ x }") })).await;
            assert_eq!((unknown.status, unknown.code()), (StatusCode::BAD_REQUEST, Some("DOCUMENT_UNKNOWN")));
            let both = named(&office, json!({ "documentId": id, "query": two })).await;
            assert_eq!(both.code(), Some("BAD_REQUEST"));
            let wrong = named(&office, json!({ "documentId": id, "variables": { "first": "two" } })).await;
            assert_eq!(wrong.code(), Some("INVALID"), "{wrong}");
            let dear = named(&office, json!({ "documentId": id, "variables": { "first": 100 } })).await.expect_ok();
            assert!(dear.json["extensions"]["cost"]["requested"].as_u64().unwrap() >= 100);
            // The text of a registered document is as good as its name.
            let _ = stranger.post(two, Value::Null).await.expect_ok();
            let other = stranger.post("{ t: __typename }", Value::Null).await;
            assert_eq!(other.code(), only.then_some("FORBIDDEN"), "{other}");
            let _ = office.post("{ t: __typename }", Value::Null).await.expect_ok();
        }
        for (wrong, sentence) in [("{ nothing }", "nothing"), ("{", "one.graphql"), (&"{ a ".repeat(50), "one.graphql")] {
            std::fs::write(folder.path().join("one.graphql"), wrong).unwrap();
            let error = Documents::read(checked, folder.path(), false, &limits).await.err().unwrap();
            assert!(error.detail().contains(sentence) && error.detail().contains("one.graphql"), "{error:?}");
        }
    }

    /// Who keeps applications registers documents; each server knows them when they are asked for, and forgets those that
    /// were withdrawn.
    async fn documents_are_registered(world: World) {
        let tokens = [world.admin.token().unwrap().to_owned(), world.office.token().unwrap().to_owned()];
        let application = world.application(&world.county, &["FIGURES"]).await.client.token().unwrap().to_owned();
        let mut app = world.app.trusting(Documents::registered(checked, true));
        let [admin, office] = tokens.clone().map(|token| app.client(token));
        let text = "query Few($first: Int!, $kind: OrganisationKind) { regions(first: $first) { nodes { name } } organisations(filter: { kind: $kind }, first: 1) { totalCount } }";
        let named = async |by: &Client, variables: Value| {
            let body = json!({ "documentId": known::hash(text), "variables": variables }).to_string();
            by.send(Request::post("/graphql").header(header::CONTENT_TYPE, "application/json").body(body.into()).unwrap()).await
        };
        assert_eq!(named(&office, json!({ "first": 1 })).await.code(), Some("DOCUMENT_UNKNOWN"));
        let document = json!({ "name": "区划", "text": text });
        assert_eq!(office.refused("trustedDocumentRegister", "trustedDocument", document.clone()).await, "FORBIDDEN");
        let deep = format!("{{ regions {{ nodes {{ {} id {} }} }} }}", "parent { ".repeat(20), "} ".repeat(20));
        for wrong in ["{ nothing }", "{", &format!("{{ {} }}", "x ".repeat(3_000)), "subscription { x }", "", &deep, r#"{ households(filter: { nameContains: "\u0000" }) { totalCount } }"#] {
            let wrong = json!({ "name": "错", "text": wrong });
            assert_eq!(admin.refused("trustedDocumentRegister", "trustedDocument", wrong).await, "INVALID");
        }
        let id = admin.done("trustedDocumentRegister", "trustedDocument", document.clone()).await;
        assert_eq!(admin.refused("trustedDocumentRegister", "trustedDocument", document).await, "ALREADY_EXISTS");
        let listed = admin.post("{ trustedDocuments(filter: { nameContains: \"区\" }) { nodes { id documentId name text isWithdrawn } } }", Value::Null).await.expect_ok();
        assert_eq!(listed.at("/trustedDocuments/nodes"), &json!([{ "id": id, "documentId": known::hash(text), "name": "区划", "text": text, "isWithdrawn": false }]));
        let answer = named(&office, json!({ "first": 2 })).await.expect_ok();
        assert_eq!(answer.at("/regions/nodes").as_array().unwrap().len(), 2);
        // It was found to fit once; values are looked at each time.
        for (wrong, path) in [(json!({ "first": "two" }), "$first"), (json!({ "first": null }), ""), (json!({}), ""), (json!({ "first": 1, "kind": "CANARY" }), "$kind")] {
            let answer = named(&office, wrong.clone()).await;
            assert_eq!((answer.code(), answer.json.get("data")), (Some("INVALID"), None), "{wrong}: {answer}");
            assert!(answer.text.contains(path) && !answer.text.contains("CANARY"), "{answer}");
        }
        let huge = named(&office, json!({ "first": 1_000_000 })).await;
        assert_eq!(huge.code(), Some("QUERY_TOO_COMPLEX"));
        assert_eq!(named(&app.stranger(), json!({ "first": 1 })).await.code(), Some("UNAUTHENTICATED"));
        admin.done("trustedDocumentWithdraw", "trustedDocument", json!({ "trustedDocument": id })).await;
        app = app.trusting(Documents::registered(checked, true));
        let [admin, office] = tokens.map(|token| app.client(token));
        assert_eq!(named(&office, json!({ "first": 1 })).await.code(), Some("DOCUMENT_UNKNOWN"));
        for other in [&app.stranger(), &app.client(application.clone())] {
            assert_eq!(other.post(text, json!({ "first": 1 })).await.code(), Some("FORBIDDEN"));
        }
        let _ = office.post(text, json!({ "first": 1 })).await.expect_ok();
        admin.done("trustedDocumentWithdraw", "trustedDocument", json!({ "trustedDocument": id, "isWithdrawn": false })).await;
        assert_eq!(app.stranger().post(text, json!({ "first": 1 })).await.code(), Some("UNAUTHENTICATED"));
    }

    /// Prometheus gets counts and times by operation, of accounts alone; what a stranger calls theirs, nobody repeats.
    async fn operators_see_counts_and_times(world: World) {
        world.link(0, 0, "2022-01-01").await;
        let asked = "query Households { households(first: 5) { nodes { headName members { name } } } }";
        let _ = world.office.post(asked, Value::Null).await.expect_ok();
        let _ = world.app.stranger().post("query Canary { households(first: 5) { nodes { id } } }", Value::Null).await;
        let _ = world.app.stranger().post("{", Value::Null).await;
        // Who has the answer is counted by what they asked.
        let figures = form_urlencoded::byte_serialize(b"query Figures { catalogue { code } }").collect::<String>();
        let figures = |tag: &str| Request::get(format!("/graphql?query={figures}")).header("if-none-match", tag).body(Body::empty()).unwrap();
        let first = world.office.send(figures("\"x\"")).await.expect_ok();
        let again = world.office.send(figures(first.headers["etag"].to_str().unwrap())).await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED);
        let told = world.app.front.meter.render(&world.app);
        for line in ["sanlian_requests_total{operation=\"Households\",kind=\"query\",status=\"200\"} 1",
            "sanlian_errors_total{operation=\"other\",kind=\"query\",code=\"UNAUTHENTICATED\"} 1",
            "sanlian_requests_total{operation=\"Figures\",kind=\"query\",status=\"304\"} 1",
            "sanlian_errors_total{operation=\"other\",kind=\"none\",code=\"INVALID\"} 1",
            "sanlian_request_seconds_count{operation=\"Households\",kind=\"query\"} 1",
            "sanlian_pool_connections{pool=\"read\",state=\"busy\"}", "sanlian_acts_under_way 0",
            "# HELP sanlian_request_cost Cost of the document"] {
            assert!(told.contains(line), "{line} is not in {told}");
        }
        let figure = |name: &str| {
            let line = told.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("no {name}"));
            line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()
        };
        let of_households = "{operation=\"Households\",kind=\"query\"}";
        assert!((2.0..20.0).contains(&figure(&format!("sanlian_request_statements_sum{of_households}"))));
        assert!(figure(&format!("sanlian_request_cost_sum{of_households}")) > 5.0);
        assert!((figure("sanlian_ledger_clock_acts_total") - 1.0).abs() < f64::EPSILON);
        for hidden in ["Canary", "户主", "委员"] {
            assert!(!told.contains(hidden), "{hidden}");
        }
    }

    /// It lives as long as it answers, and is ready when its database is the one that it knows.
    async fn it_says_whether_it_is_ready(app: TestApp) {
        let stranger = app.stranger();
        let live = stranger.send(get("/health/live")).await;
        assert_eq!(live.status, StatusCode::OK);
        let ready = stranger.send(get("/health/ready")).await;
        assert_eq!((ready.status, ready.json), (StatusCode::OK, json!({ "ready": true, "database": true, "writes": true, "schema": true, "keys": true })));
        let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m999_of_tomorrow', 0)";
        app.owner().await.execute_unprepared(newer).await.unwrap();
        let ready = stranger.send(get("/health/ready")).await;
        assert_eq!((ready.status, &ready.json["schema"], &ready.json["ready"]), (StatusCode::SERVICE_UNAVAILABLE, &json!(false), &json!(false)));
        assert_eq!(stranger.send(get("/health/live")).await.status, StatusCode::OK);
    }
}
