//! Sessions: how they begin, go on and end, who may guess how often, and what a password must be.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use api::session::settings::Settings;
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use chrono::Duration;
use entity::ids::AccountId;
use futures::future::join_all;
use platform::db::Heard;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use tests::{Answer, Client, TestApp, on_both};

use crate::faults::injected::Kind;

const PASSWORD: &str = "Correct horse 9 battery";

const SIGN_IN: &str = "mutation($account: String!, $password: String!) {
    signIn(input: { account: $account, password: $password }) {
        token expiresAt refreshToken refreshExpiresAt mustChangePassword userErrors { field code message } } }";
const REFRESH: &str = "mutation($token: String!) { sessionRefresh(input: { refreshToken: $token }) {
        token expiresAt refreshToken refreshExpiresAt mustChangePassword userErrors { code } } }";
const CHANGE: &str =
    "mutation($old: String!, $new: String!) { passwordChange(input: { old: $old, new: $new }) {
        token refreshToken mustChangePassword userErrors { field code message } } }";

/// What a phone keeps of its session.
struct Phone {
    client: Client,
    refresh: String,
    until: Value,
}

impl Phone {
    fn of(app: &TestApp, held: &Value) -> Self {
        let text = |field: &str| held[field].as_str().unwrap_or_else(|| panic!("{held}")).to_owned();
        let client = app.client(text("token"));
        Self { client, refresh: text("refreshToken"), until: held["refreshExpiresAt"].clone() }
    }

    async fn is_known(&self) -> bool {
        knows(&self.client).await
    }
}

async fn knows(client: &Client) -> bool {
    let answer = client.post("{ viewer { account } }", Value::Null).await;
    assert!(answer.code().is_none_or(|code| code == "UNAUTHENTICATED"), "{answer}");
    answer.code().is_none()
}

/// An account `root` that may sign in.
async fn opened(app: &TestApp) -> AccountId {
    api::account::open_first_admin(&app.db, "root", PASSWORD).await.unwrap()
}

async fn signs_in_from(app: &TestApp, peer: &str, forwarded: &str, account: &str, password: &str) -> bool {
    let body = json!({ "query": SIGN_IN, "variables": { "account": account, "password": password } });
    let peer: SocketAddr = format!("{peer}:40000").parse().unwrap();
    let request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header("x-forwarded-for", forwarded)
        .extension(ConnectInfo(peer));
    let answer = app.stranger().send(request.body(body.to_string().into()).unwrap()).await.expect_ok();
    answer.at("/signIn/token").is_string()
}

async fn sign_in(app: &TestApp, password: &str) -> Answer {
    let words = json!({ "account": "root", "password": password });
    app.stranger().post(SIGN_IN, words).await.expect_ok()
}

async fn signed_in(app: &TestApp) -> Phone {
    Phone::of(app, sign_in(app, PASSWORD).await.at("/signIn"))
}

async fn refresh(app: &TestApp, token: &str) -> Result<Phone, String> {
    let answer = app.stranger().post(REFRESH, json!({ "token": token })).await;
    match answer.code() {
        Some(code) => Err(code.to_owned()),
        None => Ok(Phone::of(app, answer.at("/sessionRefresh"))),
    }
}

async fn sign_out(phone: &Phone, mutation: &str) {
    let answer =
        phone.client.post(&format!("mutation {{ {mutation} {{ done }} }}"), Value::Null).await.expect_ok();
    assert_eq!(answer.at(&format!("/{mutation}/done")), true);
}

async fn is_over(app: &TestApp, token: &str) -> bool {
    refresh(app, token).await.is_err_and(|code| code == "UNAUTHENTICATED")
}

fn wait(app: &TestApp, time: Duration) {
    app.clock.set(app.clock.now() + time);
}

#[expect(clippy::disallowed_methods, reason = "a test looks behind the scope")]
async fn number(app: &TestApp, sql: &str) -> i64 {
    let statement = Statement::from_string(app.db.backend(), sql);
    app.db.read.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a test changes what no mutation does yet")]
async fn tamper(app: &TestApp, sql: &str) {
    app.db.write.execute_unprepared(sql).await.unwrap();
}

on_both! {
    /// Each refresh token is good once; its successor carries the session on, and the database knows neither.
    async fn a_session_is_carried_on(app: TestApp) {
        opened(&app).await;
        let first = signed_in(&app).await;
        assert_eq!(first.until, "2022-01-15T01:00:00+00:00");
        wait(&app, Duration::minutes(15));
        assert!(!first.is_known().await);
        let second = refresh(&app, &first.refresh).await.unwrap();
        assert!(second.is_known().await && second.refresh != first.refresh);
        assert_eq!(second.until, "2022-01-15T01:15:00+00:00");
        for secret in [&first.refresh, &second.refresh] {
            let known = format!("SELECT COUNT(*) FROM refresh_token WHERE hash = '{secret}' OR successor = '{secret}'");
            assert_eq!(number(&app, &known).await, 0);
        }
        for nonsense in ["", "root", &second.refresh[1..], PASSWORD] {
            assert!(is_over(&app, nonsense).await, "{nonsense}");
        }
        assert!(second.is_known().await);
    }

    /// A reply that was lost is given again for a moment, to however many ask at once.
    async fn a_lost_reply_is_given_again(app: TestApp) {
        opened(&app).await;
        let first = signed_in(&app).await;
        let again = join_all((0..20).map(|_| refresh(&app, &first.refresh))).await;
        let again: Vec<Phone> = again.into_iter().map(Result::unwrap).collect();
        assert!(again.iter().all(|phone| phone.refresh == again[0].refresh));
        assert_eq!(number(&app, "SELECT COUNT(*) FROM refresh_token").await, 2);
        wait(&app, Duration::seconds(10));
        assert!(refresh(&app, &first.refresh).await.unwrap().refresh == again[0].refresh);
        assert!(refresh(&app, &again[0].refresh).await.is_ok());
    }

    /// Two who have one token: the session ends for both, at once; others of the account go on.
    async fn a_replaced_token_ends_its_session(app: TestApp) {
        opened(&app).await;
        let (stolen, other) = (signed_in(&app).await, signed_in(&app).await);
        let owner = refresh(&app, &stolen.refresh).await.unwrap();
        wait(&app, Duration::seconds(11));
        assert!(owner.is_known().await);
        assert!(is_over(&app, &stolen.refresh).await);
        assert!(!owner.is_known().await && !stolen.is_known().await && is_over(&app, &owner.refresh).await);
        assert!(other.is_known().await && refresh(&app, &other.refresh).await.is_ok());
        assert_eq!(number(&app, "SELECT COUNT(*) FROM session WHERE ended_by = 'reuse'").await, 1);
    }

    /// A reply that was used was not lost.
    async fn the_moment_ends_when_the_successor_is_used(app: TestApp) {
        opened(&app).await;
        let first = signed_in(&app).await;
        let second = refresh(&app, &first.refresh).await.unwrap();
        let third = refresh(&app, &second.refresh).await.unwrap();
        assert!(is_over(&app, &first.refresh).await);
        assert!(!third.is_known().await && is_over(&app, &third.refresh).await);
    }

    /// It ends by lying idle, and by its age however often it is used.
    async fn a_session_has_an_end(app: TestApp) {
        opened(&app).await;
        let (mut used, idle) = (signed_in(&app).await, signed_in(&app).await);
        for _ in 0..2 {
            wait(&app, Duration::days(13));
            used = refresh(&app, &used.refresh).await.unwrap();
        }
        assert_eq!(used.until, "2022-01-31T01:00:00+00:00");
        assert!(is_over(&app, &idle.refresh).await);
        wait(&app, Duration::days(4));
        assert!(is_over(&app, &used.refresh).await);
        let app = app.under(Settings { session_days: 2, session_idle_days: 1, ..Settings::default() });
        let (used, idle) = (signed_in(&app).await, signed_in(&app).await);
        wait(&app, Duration::hours(23));
        let used = refresh(&app, &used.refresh).await.unwrap();
        wait(&app, Duration::hours(2));
        assert!(is_over(&app, &idle.refresh).await && refresh(&app, &used.refresh).await.is_ok());
    }

    /// This one, or all of them with every token that is out.
    async fn one_signs_out_here_or_everywhere(app: TestApp) {
        let account = opened(&app).await;
        let operator = app.signed_in(account);
        let [here, there, elsewhere] = [signed_in(&app).await, signed_in(&app).await, signed_in(&app).await];
        sign_out(&here, "signOut").await;
        assert!(!here.is_known().await && is_over(&app, &here.refresh).await);
        assert!(there.is_known().await && knows(&operator).await);
        sign_out(&there, "signOutEverywhere").await;
        for phone in [&there, &elsewhere] {
            assert!(!phone.is_known().await && is_over(&app, &phone.refresh).await);
        }
        assert!(!knows(&operator).await);
        assert!(signed_in(&app).await.is_known().await);
        for mutation in ["signOut", "signOutEverywhere"] {
            let answer = app.stranger().post(&format!("mutation {{ {mutation} {{ done }} }}"), Value::Null).await;
            assert_eq!(answer.code(), Some("UNAUTHENTICATED"));
        }
    }

    /// Whoever may not sign in has no session, whether or not it was said so.
    async fn a_disabled_account_has_no_session(app: TestApp) {
        let account = opened(&app).await;
        let (phone, other) = (signed_in(&app).await, signed_in(&app).await);
        tamper(&app, "UPDATE account SET disabled = TRUE").await;
        assert!(!phone.is_known().await && is_over(&app, &phone.refresh).await);
        assert_eq!(sign_in(&app, PASSWORD).await.at("/signIn/userErrors/0/code"), "BAD_CREDENTIALS");
        tamper(&app, "UPDATE account SET disabled = FALSE").await;
        assert!(!phone.is_known().await && other.is_known().await);
        api::session::disabled(&app.db.write, account, app.clock.now()).await.unwrap();
        assert!(!other.is_known().await && is_over(&app, &other.refresh).await);
    }

    /// What is over for a day goes; what may still be used stays.
    async fn old_sessions_are_removed(app: TestApp) {
        opened(&app).await;
        let (ended, idle) = (signed_in(&app).await, signed_in(&app).await);
        sign_out(&ended, "signOut").await;
        sign_in(&app, "wrong").await;
        let left = async || {
            api::session::purge(&app).await.unwrap();
            let mut left = vec![];
            for table in ["session", "refresh_token", "guess"] {
                left.push(number(&app, &format!("SELECT COUNT(*) FROM {table}")).await);
            }
            left
        };
        assert_eq!(left().await, [2, 2, 1]);
        wait(&app, Duration::hours(25));
        assert_eq!(left().await, [1, 1, 0]);
        let used = refresh(&app, &idle.refresh).await.unwrap();
        wait(&app, Duration::days(13));
        assert_eq!(left().await, [1, 2, 0]);
        wait(&app, Duration::days(3));
        assert_eq!(left().await, [0, 0, 0]);
        assert!(is_over(&app, &used.refresh).await);
    }

    /// After half of the guesses each takes twice as long; after all there is silence, even for the right password.
    async fn guessing_gets_slow_and_then_silent(app: TestApp) {
        opened(&app).await;
        let wrong = sign_in(&app, "wrong").await.at("/signIn").clone();
        assert_eq!(wrong["userErrors"][0]["code"], "BAD_CREDENTIALS");
        for _ in 1..5 {
            assert_eq!(sign_in(&app, "wrong").await.at("/signIn"), &wrong);
        }
        assert_eq!(sign_in(&app, PASSWORD).await.at("/signIn"), &wrong);
        wait(&app, Duration::seconds(1));
        assert!(signed_in(&app).await.is_known().await, "the right one begins anew");
        for _ in 0..5 {
            sign_in(&app, "wrong").await;
        }
        for seconds in [1, 2, 4, 8, 16] {
            wait(&app, Duration::seconds(seconds - 1));
            assert_eq!(sign_in(&app, PASSWORD).await.at("/signIn"), &wrong, "{seconds}");
            wait(&app, Duration::seconds(1));
            assert_eq!(sign_in(&app, "wrong").await.at("/signIn"), &wrong);
        }
        wait(&app, Duration::minutes(15) - Duration::seconds(1));
        assert_eq!(sign_in(&app, PASSWORD).await.at("/signIn"), &wrong);
        wait(&app, Duration::seconds(1));
        assert!(signed_in(&app).await.is_known().await);
    }

    /// Many at once get no more checks than one after another.
    async fn guesses_at_once_are_counted(app: TestApp) {
        opened(&app).await;
        join_all((0..30).map(|_| sign_in(&app, "wrong"))).await;
        let length = if app.kind == tests::DbKind::Sqlite { "json_array_length" } else { "jsonb_array_length" };
        assert_eq!(number(&app, &format!("SELECT CAST({length}(tried) AS BIGINT) FROM guess")).await, 5);
        let refused = sign_in(&app, PASSWORD).await;
        assert_eq!(refused.at("/signIn/userErrors/0/code"), "BAD_CREDENTIALS");
    }

    /// A server whose clock is behind another's takes what that one has written for no silence.
    async fn clocks_need_not_agree(app: TestApp) {
        opened(&app).await;
        for _ in 0..6 {
            assert!(signs_in_from(&app, "1.1.1.1", "1.1.1.1", "root", PASSWORD).await);
            wait(&app, Duration::milliseconds(-500));
        }
    }

    /// A right password is no guess, whatever fails after it.
    async fn a_fault_is_no_guess(app: TestApp) {
        opened(&app).await;
        let is_broken = Arc::new(AtomicBool::new(true));
        let broken = Arc::clone(&is_broken);
        let app = app.hearing(move |heard| match heard {
            Heard::Statement(sql) if sql.contains("INTO \"session\"") && broken.load(Ordering::SeqCst) => {
                Err(Kind::Code("53100").error())
            }
            _ => Ok(()),
        });
        for _ in 0..12 {
            let words = json!({ "account": "root", "password": PASSWORD });
            assert_eq!(app.stranger().post(SIGN_IN, words).await.code(), Some("BUSY"));
        }
        is_broken.store(false, Ordering::SeqCst);
        assert!(signed_in(&app).await.is_known().await);
    }

    /// Known, unknown, disabled or locked: the same answer after the same work.
    async fn nobody_learns_which_accounts_there_are(app: TestApp) {
        opened(&app).await;
        let guess = async |account: &str| {
            let words = json!({ "account": account, "password": "wrong" });
            let (answer, statements) = app.statements(app.stranger().post(SIGN_IN, words)).await;
            (answer.text, statements)
        };
        let known = guess("root").await;
        for _ in 0..12 {
            assert_eq!(guess("root").await, known);
            assert_eq!(guess("nobody").await, known);
        }
        tamper(&app, "UPDATE account SET disabled = TRUE").await;
        assert_eq!(guess("root").await, known);
    }

    /// Guesses at many accounts from one address are counted too, and whom a trusted proxy names is taken for it.
    async fn an_address_is_counted(app: TestApp) {
        opened(&app).await;
        let trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
        let app = app.under(Settings { guesses_per_address: 4, trusted_proxies, ..Settings::default() });
        let guess = async |peer: &str, forwarded: &str, account: &str, password: &str| {
            signs_in_from(&app, peer, forwarded, account, password).await
        };
        assert!(guess("10.0.0.1", "9.9.9.9, 1.1.1.1", "root", PASSWORD).await);
        for account in ["one", "two"] {
            assert!(!guess("10.0.0.1", "9.9.9.9, 1.1.1.1", account, "wrong").await);
        }
        assert!(!guess("10.0.0.1", "8.8.8.8, 1.1.1.1", "root", PASSWORD).await, "what the client writes counts for nothing");
        assert!(!guess("1.1.1.1", "7.7.7.7", "root", PASSWORD).await, "nor does it without a proxy");
        assert!(guess("10.0.0.1", "1.1.1.1, 9.9.9.9", "root", PASSWORD).await);
        wait(&app, Duration::seconds(1));
        assert!(guess("10.0.0.1", "1.1.1.1", "root", PASSWORD).await);
        assert!(guess("10.0.0.1", "1.1.1.1", "root", PASSWORD).await, "a right one is none");
    }

    /// It takes the old one, fits the policy, is none of the last five, and ends all sessions but its own.
    async fn a_password_is_changed(app: TestApp) {
        opened(&app).await;
        let app = app.under(Settings::default());
        let (here, there) = (signed_in(&app).await, signed_in(&app).await);
        let change = async |client: &Client, old: &str, new: &str| {
            client.post(CHANGE, json!({ "old": old, "new": new })).await.expect_ok().at("/passwordChange").clone()
        };
        let refused = async |old: &str, new: &str| {
            let told = change(&here.client, old, new).await;
            (told["userErrors"][0]["field"].clone(), told["userErrors"][0]["code"].clone())
        };
        assert_eq!(refused("wrong", "Another-1").await, (json!("old"), json!("BAD_CREDENTIALS")));
        for new in ["short", "onlysmall", "Root2022!", "P@ssw0rd", PASSWORD] {
            assert_eq!(refused(PASSWORD, new).await, (json!("new"), json!("INVALID")), "{new}");
        }
        assert!(here.is_known().await && there.is_known().await);
        let mut held = Phone::of(&app, &change(&here.client, PASSWORD, "Another-0").await);
        assert!(held.is_known().await && !here.is_known().await && !there.is_known().await);
        assert!(is_over(&app, &here.refresh).await && is_over(&app, &there.refresh).await);
        for nth in 1..5 {
            let old = format!("Another-{}", nth - 1);
            let told = change(&held.client, &old, PASSWORD).await;
            assert_eq!(told["userErrors"][0]["code"], "INVALID", "{nth}");
            held = Phone::of(&app, &change(&held.client, &old, &format!("Another-{nth}")).await);
        }
        assert_eq!(number(&app, "SELECT COUNT(*) FROM old_password").await, 4);
        held = Phone::of(&app, &change(&held.client, "Another-4", PASSWORD).await);
        assert!(held.is_known().await && signed_in(&app).await.is_known().await);
        let answer = app.stranger().post(CHANGE, json!({ "old": PASSWORD, "new": "Another-9" })).await;
        assert_eq!(answer.code(), Some("UNAUTHENTICATED"));
    }

    /// One who holds a token guesses at the password no oftener than others.
    async fn a_change_counts_as_a_guess(app: TestApp) {
        opened(&app).await;
        let phone = signed_in(&app).await;
        for _ in 0..5 {
            let wrong = json!({ "old": "wrong", "new": "Another long password" });
            assert!(phone.client.post(CHANGE, wrong).await.expect_ok().at("/passwordChange/token").is_null());
        }
        let right = json!({ "old": PASSWORD, "new": "Another long password" });
        let answer = phone.client.post(CHANGE, right.clone()).await.expect_ok();
        assert_eq!(answer.at("/passwordChange/userErrors/0/code"), "BAD_CREDENTIALS");
        wait(&app, Duration::seconds(1));
        let answer = phone.client.post(CHANGE, right).await.expect_ok();
        assert_eq!(answer.at("/passwordChange/userErrors"), &json!([]));
    }

    /// After ninety days, or when an administrator has set it, nothing but changing it is allowed.
    async fn an_old_password_must_be_changed(app: TestApp) {
        let account = opened(&app).await;
        let app = app.under(Settings::default());
        let must = async |password: &str| {
            let held = sign_in(&app, password).await.at("/signIn").clone();
            (held["mustChangePassword"].clone(), Phone::of(&app, &held))
        };
        assert_eq!(must(PASSWORD).await.0, false);
        wait(&app, Duration::days(90));
        let (due, phone) = must(PASSWORD).await;
        assert_eq!(due, true);
        for query in ["{ viewer { account } }", "{ regions { nodes { name } } }"] {
            assert_eq!(phone.client.post(query, Value::Null).await.code(), Some("PASSWORD_DUE"));
        }
        assert_eq!(refresh(&app, &phone.refresh).await.unwrap().client.post("{ viewer { account } }", Value::Null).await.code(), Some("PASSWORD_DUE"));
        let answer = phone.client.post(CHANGE, json!({ "old": PASSWORD, "new": "Another-1" })).await.expect_ok();
        assert_eq!(answer.at("/passwordChange/mustChangePassword"), false);
        assert!(Phone::of(&app, answer.at("/passwordChange")).is_known().await);
        api::session::reset(&app.db.write, account, "old".to_owned(), app.clock.now()).await.unwrap();
        let (due, phone) = must("Another-1").await;
        assert_eq!(due, true);
        sign_out(&phone, "signOut").await;
        assert!(is_over(&app, &phone.refresh).await);
    }

    /// What opens an account asks the same policy.
    async fn an_account_is_opened_under_the_policy(app: TestApp) {
        let root = opened(&app).await;
        let app = app.under(Settings::default());
        let admin = app.signed_in(root);
        let open = |password: &str| json!({ "name": "clerk", "password": password });
        for password in ["Abcdef7", "correct horse battery", "Clerk-2022"] {
            assert_eq!(admin.refused("accountOpen", "account", open(password)).await, "INVALID", "{password}");
        }
        admin.done("accountOpen", "account", open("Abcdefg7")).await;
    }
}
