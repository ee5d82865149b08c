//! Signing in at an OpenID Connect provider: the way there and back, who is let in, and what is not believed.

pub mod provider;

use std::collections::HashMap;

use axum::http::{Request, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use entity::ids::AccountId;
use provider::{APP, BACK, Provider, Signing};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tests::{Answer, Client, TestApp, on_both, world::key};

const VERIFIER: &str = "a verifier that a front end keeps to itself 0123";
const OPEN: &str = "mutation($code: String!, $verifier: String!) { sessionOpenWithCode(input: { code: $code, verifier: $verifier }) {
    token refreshToken mustChangePassword userErrors { field code message } } }";

/// A server with a provider, an administrator, and a clerk whom the provider calls `clerk-7`.
struct House {
    app: TestApp,
    provider: Provider,
    admin: Client,
    clerk: String,
}

impl House {
    async fn on(app: TestApp) -> Self {
        let provider = Provider::start(&app.clock).await;
        let app = app.with_provider(&provider.settings());
        let root = api::account::open_first_admin(&app.db, "root", "Correct horse 9 battery").await.unwrap();
        let admin = app.signed_in(root);
        let input = json!({ "name": "clerk", "password": "Correct horse 8 battery" });
        let clerk = admin.done("accountOpen", "account", input).await;
        admin.done("accountIdentityLink", "account", json!({ "account": clerk, "subject": "clerk-7" })).await;
        Self { app, provider, admin, clerk }
    }

    /// The way to the provider: what the address there asks.
    async fn begun(&self, back: &str) -> HashMap<String, String> {
        let answer = get(&self.app, &begin(VERIFIER, Some(back))).await;
        assert_eq!(
            (answer.status, &answer.headers[header::CACHE_CONTROL]),
            (StatusCode::SEE_OTHER, &"no-store".parse().unwrap())
        );
        let to = answer.headers[header::LOCATION].to_str().unwrap();
        let (at, query) = to.split_once('?').unwrap();
        assert_eq!(at, format!("{}/authorize", self.provider.issuer()));
        form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    /// The way back: what stands after the `#` of the front end's address.
    async fn back(&self, state: &str, code: &str) -> String {
        let answer = get(&self.app, &callback(&[("state", state), ("code", code)])).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer}");
        assert_eq!(answer.headers[header::REFERRER_POLICY], "no-referrer");
        let to = answer.headers[header::LOCATION].to_str().unwrap();
        to.strip_prefix(BACK).or(to.strip_prefix(APP)).unwrap().to_owned()
    }

    /// Signs in at the provider and comes back.
    async fn came(&self, subject: &str) -> String {
        let query = self.begun(BACK).await;
        let code = self.provider.sign_in(&query, subject);
        self.back(&query["state"], &code).await
    }

    /// The same, and opens a session.
    async fn opened(&self, subject: &str) -> Value {
        let came = self.came(subject).await;
        let code = came.strip_prefix("#code=").unwrap_or_else(|| panic!("{subject} is not let in: {came}"));
        self.open(code, VERIFIER).await
    }

    async fn open(&self, code: &str, verifier: &str) -> Value {
        let words = json!({ "code": code, "verifier": verifier });
        self.app.stranger().post(OPEN, words).await.expect_ok().at("/sessionOpenWithCode").clone()
    }

    fn wait(&self, time: Duration) {
        self.app.clock.set(self.app.clock.now() + time);
    }

    async fn identity(&self) -> Value {
        let shows =
            "query($id: ID!) { account(id: $id) { identities { key issuer subject linkedAt unlinkedAt } } }";
        self.admin
            .post(shows, json!({ "id": self.clerk }))
            .await
            .expect_ok()
            .at("/account/identities")
            .clone()
    }
}

const REFUSED: &str = "#error=access_denied";

async fn get(app: &TestApp, path: &str) -> Answer {
    app.stranger().send(Request::get(path).body("".into()).unwrap()).await
}

fn begin(verifier: &str, back: Option<&str>) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
    let back = back.map(|back| ("return", back));
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("challenge", challenge.as_str())])
        .extend_pairs(back)
        .finish();
    format!("/sign-in/oidc?{query}")
}

fn callback(said: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(said).finish();
    format!("/sign-in/oidc/callback?{query}")
}

async fn who(app: &TestApp, held: &Value) -> Result<String, String> {
    let client = app.client(held["token"].as_str().unwrap_or_else(|| panic!("{held}")));
    let answer = client.post("{ viewer { account } }", Value::Null).await;
    answer
        .code()
        .map_or_else(|| Ok(answer.text_at("/viewer/account").to_owned()), |code| Err(code.to_owned()))
}

on_both! {
    async fn a_clerk_signs_in_at_the_provider(app: TestApp) {
        let house = House::on(app).await;
        let told = house.app.stranger().post("{ signInProviders { name issuer path } }", Value::Null).await.expect_ok();
        assert_eq!(told.at("/signInProviders"), &json!([{ "name": "统一身份", "issuer": house.provider.issuer(), "path": "/sign-in/oidc" }]));
        let held = house.opened("clerk-7").await;
        assert_eq!((&held["mustChangePassword"], who(&house.app, &held).await), (&json!(false), Ok("clerk".to_owned())));
        let refresh = "mutation($token: String!) { sessionRefresh(input: { refreshToken: $token }) { token mustChangePassword } }";
        let next = house.app.stranger().post(refresh, json!({ "token": held["refreshToken"] })).await.expect_ok();
        assert_eq!(who(&house.app, next.at("/sessionRefresh")).await, Ok("clerk".to_owned()));
        let query = house.begun(APP).await;
        let came = house.back(&query["state"], &house.provider.sign_in(&query, "clerk-7")).await;
        assert!(came.starts_with("#code="));
        // Who the provider is was asked once.
        assert_eq!((house.provider.asked("discovery"), house.provider.asked("keys")), (1, 1));
        assert_eq!(house.identity().await[0]["subject"], "clerk-7");
    }

    /// What makes a password too old does not concern one who says none; nor does silence after guesses.
    async fn passwords_play_no_part(app: TestApp) {
        let house = House::on(app).await;
        let reset = json!({ "account": house.clerk, "password": "Correct horse 7 battery" });
        house.admin.done("passwordReset", "account", reset).await;
        let sign_in = "mutation { signIn(input: { account: \"clerk\", password: \"wrong\" }) { token } }";
        for _ in 0..12 {
            house.app.stranger().post(sign_in, Value::Null).await;
        }
        let held = house.opened("clerk-7").await;
        assert_eq!((&held["mustChangePassword"], who(&house.app, &held).await), (&json!(false), Ok("clerk".to_owned())));
    }

    /// Unknown, disabled, unlinked, an application's: the same answer.
    async fn whom_nobody_has_linked_is_not_let_in(app: TestApp) {
        let house = House::on(app).await;
        let held = house.opened("clerk-7").await;
        for subject in ["nobody", "clerk", "CLERK-7", "root"] {
            assert_eq!(house.came(subject).await, REFUSED, "{subject}");
        }
        let disable = |is: bool| json!({ "account": house.clerk, "isDisabled": is });
        house.admin.done("accountUpdate", "account", disable(true)).await;
        assert_eq!(house.came("clerk-7").await, REFUSED);
        assert!(who(&house.app, &held).await.is_err());
        house.admin.done("accountUpdate", "account", disable(false)).await;
        let (held, pending) = (house.opened("clerk-7").await, house.came("clerk-7").await);
        let identity = house.identity().await[0]["key"].clone();
        let unlink = json!({ "account": house.clerk, "identity": identity });
        house.admin.done("accountIdentityUnlink", "account", unlink.clone()).await;
        assert_eq!(who(&house.app, &held).await, Err("UNAUTHENTICATED".to_owned()));
        let refused = house.open(pending.strip_prefix("#code=").unwrap(), VERIFIER).await;
        assert_eq!(refused["userErrors"][0]["code"], "BAD_CREDENTIALS");
        assert_eq!(house.came("clerk-7").await, REFUSED);
        assert_eq!(house.admin.refused("accountIdentityUnlink", "account", unlink).await, "NOT_FOUND");
        let link = json!({ "account": house.clerk, "subject": "clerk-7" });
        house.admin.done("accountIdentityLink", "account", link).await;
        assert_eq!(who(&house.app, &house.opened("clerk-7").await).await, Ok("clerk".to_owned()));
    }

    /// A subject is one account's, said letter for letter; who keeps the account links it.
    async fn an_identity_is_linked_by_the_keeper(app: TestApp) {
        let house = House::on(app).await;
        let id = uuid::Uuid::now_v7();
        let input = json!({ "id": id, "name": "other", "password": "Correct horse 8 battery" });
        let other = house.admin.done("accountOpen", "account", input).await;
        for (subject, code) in [("clerk-7", "ALREADY_EXISTS"), ("", "INVALID"), (" x", "INVALID"), (&"x".repeat(256), "INVALID")] {
            let link = json!({ "account": other, "subject": subject });
            assert_eq!(house.admin.refused("accountIdentityLink", "account", link).await, code, "{subject}");
        }
        let own = json!({ "account": other, "subject": "other-1" });
        assert_eq!(house.app.signed_in(AccountId(id)).refused("accountIdentityLink", "account", own).await, "FORBIDDEN");
        let app = house.app.with_provider(&api::session::oidc::settings::Settings::default());
        let none = json!({ "input": { "idempotencyKey": key(), "account": other, "subject": "other-1" } });
        let query = "mutation($input: AccountIdentityLinkInput!) { accountIdentityLink(input: $input) { userErrors { code } } }";
        let root = app.client(house.admin.token().unwrap());
        assert_eq!(root.post(query, none).await.at("/accountIdentityLink/userErrors/0/code"), "NOT_ELIGIBLE");
        for path in [begin(VERIFIER, None), callback(&[("state", "x"), ("code", "x")])] {
            assert_eq!(get(&app, &path).await.status, StatusCode::NOT_FOUND);
        }
        assert_eq!(root.post("{ signInProviders { name } }", Value::Null).await.at("/signInProviders"), &json!([]));
    }

    /// A token that differs from a good one in one thing.
    async fn what_differs_from_a_good_token_is_none(app: TestApp) {
        let house = House::on(app).await;
        let now = house.app.clock.now().timestamp();
        for (claims, signing) in [
            (json!({ "iss": "https://id.example" }), Signing::Good),
            (json!({ "aud": "another" }), Signing::Good),
            (json!({ "aud": ["another", provider::CLIENT] }), Signing::Good),
            (json!({ "azp": "another" }), Signing::Good),
            (json!({ "nonce": "another" }), Signing::Good),
            (json!({ "nonce": null }), Signing::Good),
            (json!({ "exp": now }), Signing::Good),
            (json!({ "iat": now + 61 }), Signing::Good),
            (json!({ "at_hash": "another" }), Signing::Good),
            (json!({ "sub": null }), Signing::Good),
            (json!({}), Signing::None),
            (json!({}), Signing::Secret),
            (json!({}), Signing::PublicKey),
            (json!({}), Signing::Stranger),
        ] {
            house.provider.bend(claims.clone(), signing);
            assert_eq!(house.came("clerk-7").await, REFUSED, "{claims} {signing:?}");
        }
        house.provider.bend(json!({}), Signing::Good);
        assert!(house.came("clerk-7").await.starts_with("#code="));
    }

    /// Each state, each code of the provider's and each of ours is good once, for a while, and for whoever began.
    async fn nothing_is_good_twice(app: TestApp) {
        let house = House::on(app).await;
        let query = house.begun(BACK).await;
        let (state, theirs) = (query["state"].as_str(), house.provider.sign_in(&query, "clerk-7"));
        assert_eq!(house.back(state, "nonsense").await, REFUSED);
        let came = house.back(state, &theirs).await;
        let code = came.strip_prefix("#code=").unwrap();
        assert_eq!(house.back(state, &theirs).await, REFUSED, "their code comes again");
        let fresh = house.provider.sign_in(&query, "clerk-7");
        assert_eq!(house.back(state, &fresh).await, REFUSED, "our state comes again");
        let refused = house.open(code, "another verifier, of somebody who has seen the address").await;
        assert_eq!(refused["userErrors"][0]["code"], "BAD_CREDENTIALS");
        assert_eq!(house.open(code, VERIFIER).await["token"], Value::Null, "a code that was tried is gone");
        let came = house.came("clerk-7").await;
        let code = came.strip_prefix("#code=").unwrap();
        assert!(house.open(code, VERIFIER).await["token"].is_string());
        assert_eq!(house.open(code, VERIFIER).await["userErrors"], refused["userErrors"]);
        let came = house.came("clerk-7").await;
        house.wait(Duration::seconds(60));
        assert_eq!(house.open(came.strip_prefix("#code=").unwrap(), VERIFIER).await["userErrors"], refused["userErrors"]);
        let query = house.begun(BACK).await;
        house.wait(Duration::minutes(10));
        let theirs = house.provider.sign_in(&query, "clerk-7");
        assert_eq!(house.back(&query["state"], &theirs).await, REFUSED, "it took too long");
    }

    /// A code of one errand is none for another; the provider's own refusal and another issuer are refusals.
    async fn errands_are_kept_apart(app: TestApp) {
        let house = House::on(app).await;
        let (mine, theirs) = (house.begun(BACK).await, house.begun(BACK).await);
        let code = house.provider.sign_in(&theirs, "clerk-7");
        assert_eq!(house.back(&mine["state"], &code).await, REFUSED);
        let code = house.provider.sign_in(&mine, "clerk-7");
        for more in [("error", "access_denied"), ("iss", "https://id.example")] {
            let path = callback(&[("state", &mine["state"]), ("code", &code), more]);
            let to = get(&house.app, &path).await.headers[header::LOCATION].clone();
            assert_eq!(to, format!("{BACK}{REFUSED}"), "{more:?}");
        }
        let path = callback(&[("state", &mine["state"]), ("code", &code), ("iss", &house.provider.issuer())]);
        assert!(get(&house.app, &path).await.headers[header::LOCATION].to_str().unwrap().contains("#code="));
        let other = if mine["state"].starts_with('A') { 'B' } else { 'A' };
        let tampered = format!("{other}{}", &mine["state"][1..]);
        for path in [callback(&[]), callback(&[("state", "x"), ("code", "x")]), callback(&[("state", &tampered), ("code", "x")])] {
            assert_eq!(get(&house.app, &path).await.status, StatusCode::BAD_REQUEST);
        }
        for path in ["/sign-in/oidc".to_owned(), "/sign-in/oidc?challenge=short".to_owned(), begin(VERIFIER, Some("https://elsewhere.example"))] {
            let answer = get(&house.app, &path).await;
            assert_eq!((answer.status, answer.headers.get(header::LOCATION)), (StatusCode::BAD_REQUEST, None), "{path}");
        }
    }

    /// Keys that the provider has changed are fetched, and no oftener than every ten seconds; its silence is borne.
    async fn keys_rotate(app: TestApp) {
        let house = House::on(app).await;
        assert!(house.came("clerk-7").await.starts_with("#code="));
        house.provider.rotate();
        for _ in 0..3 {
            assert_eq!(house.came("clerk-7").await, REFUSED, "it was asked a moment ago");
        }
        assert_eq!(house.provider.asked("keys"), 1);
        house.wait(Duration::seconds(10));
        assert!(house.came("clerk-7").await.starts_with("#code="));
        assert_eq!(house.provider.asked("keys"), 2);
        house.wait(Duration::hours(1));
        house.provider.stop_answering(true);
        let query = house.begun(BACK).await;
        assert_eq!((house.provider.asked("discovery"), house.provider.asked("keys")), (3, 2));
        house.provider.stop_answering(false);
        let code = house.provider.sign_in(&query, "clerk-7");
        assert!(house.back(&query["state"], &code).await.starts_with("#code="), "what was known goes on");
    }

    /// It is said that the provider does not answer, and it is not asked again at once.
    async fn a_provider_may_be_silent(app: TestApp) {
        let house = House::on(app).await;
        house.provider.stop_answering(true);
        for _ in 0..3 {
            assert_eq!(get(&house.app, &begin(VERIFIER, None)).await.status, StatusCode::SERVICE_UNAVAILABLE);
        }
        assert_eq!(house.provider.asked("discovery"), 1);
        house.provider.stop_answering(false);
        house.wait(Duration::seconds(10));
        assert!(house.came("clerk-7").await.starts_with("#code="));
    }

    /// Another claim may say who somebody is.
    async fn another_claim_names_people(app: TestApp) {
        let mut house = House::on(app).await;
        let settings = api::session::oidc::settings::Settings { oidc_subject_claim: Some("employee".to_owned()), ..house.provider.settings() };
        house.app = house.app.with_provider(&settings);
        assert_eq!(house.came("clerk-7").await, REFUSED);
        let admin = house.app.client(house.admin.token().unwrap());
        admin.done("accountIdentityLink", "account", json!({ "account": house.clerk, "subject": "no-clerk-7" })).await;
        assert_eq!(who(&house.app, &house.opened("clerk-7").await).await, Ok("clerk".to_owned()));
        house.provider.bend(json!({ "employee": 7 }), Signing::Good);
        assert_eq!(house.came("clerk-7").await, REFUSED);
    }

    /// Neither what people carry nor what they are let in by lies in the database.
    async fn nothing_that_opens_is_kept(app: TestApp) {
        let house = House::on(app).await;
        let query = house.begun(BACK).await;
        let theirs = house.provider.sign_in(&query, "clerk-7");
        let came = house.back(&query["state"], &theirs).await;
        let code = came.strip_prefix("#code=").unwrap().to_owned();
        let mut stored = String::new();
        for column in ["state_hash", "code_hash", "challenge"] {
            stored += &texts(&house.app, &format!("SELECT {column} FROM sign_in_code")).await;
        }
        assert!(stored.len() > 100, "it looks in the wrong place");
        for secret in [query["state"].as_str(), &query["nonce"], &theirs, &code, VERIFIER] {
            assert!(!stored.contains(secret));
        }
        house.wait(Duration::hours(25));
        api::session::purge(&house.app).await.unwrap();
        assert_eq!(texts(&house.app, "SELECT challenge FROM sign_in_code").await, "");
    }
}

#[expect(clippy::disallowed_methods, reason = "a test looks behind the scope")]
async fn texts(app: &TestApp, sql: &str) -> String {
    use sea_orm::{ConnectionTrait, Statement};
    let rows = app.db.read.query_all_raw(Statement::from_string(app.db.backend(), sql)).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap()).collect()
}
