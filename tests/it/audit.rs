//! Audits: what is written down of who came, was refused and was shown whose data; who may read it; and that whoever
//! touches it is found out.

mod chains;
mod start;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use api::access_log::{Happened, Line, MOST};
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use entity::access_line::{AccessKind, AccessResult};
use entity::fact::SourceType;
use entity::ids::AccountId;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use tests::{Answer, Client, DbKind, TestApp, World, on_both, world::key};
use uuid::Uuid;

const PASSWORD: &str = "correct horse battery";

const LINES: &str = "query($filter: AuditAccessFilter) { auditAccess(first: 100, filter: $filter) { totalCount nodes {
    kind result accountName session address operation ledger ledgerName subject subjectType data times request } } }";

const ACTS: &str = "query($filter: AuditActFilter) { auditActs(first: 100, filter: $filter, direction: DESC) { totalCount nodes {
    ledger ledgerName number at account accountName action subject subjectType
    reveal { purpose reason kinds owner ownerType } } } }";

/// An auditor of a region and all below it.
async fn auditor(world: &World, region: &str) -> Client {
    let id = Uuid::now_v7();
    let grant = json!({ "role": "AUDITOR", "region": region, "from": "2021-01-01" });
    let input =
        json!({ "id": id, "name": format!("audit-{}", key()), "password": PASSWORD, "grants": [grant] });
    world.admin.done("accountOpen", "account", input).await;
    world.app.signed_in(AccountId(id))
}

/// The lines that somebody is told, after all that waits has been written.
async fn lines(app: &TestApp, by: &Client, filter: Value) -> Vec<Value> {
    app.access_log.flush().await.unwrap();
    let answer = by.post(LINES, json!({ "filter": filter })).await.expect_ok();
    answer.at("/auditAccess/nodes").as_array().unwrap().clone()
}

/// The same, in short.
async fn told(app: &TestApp, by: &Client, filter: Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let short = |line: &Value| {
        let who =
            [&line["kind"], &line["result"], &line["accountName"], &line["operation"]].map(text).join(" ");
        let data: Vec<String> = line["data"].as_array().unwrap().iter().map(text).collect();
        format!("{who} {} {}x{}", line["ledger"], data.join("+"), line["times"])
    };
    lines(app, by, filter).await.iter().map(short).collect()
}

#[expect(clippy::disallowed_methods, reason = "a test looks behind the scope")]
async fn number(app: &TestApp, sql: &str) -> i64 {
    let statement = Statement::from_string(app.db.backend(), sql);
    app.db.read.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "an intruder does not come by the door")]
async fn tamper(app: &TestApp, sql: &str) {
    app.owner().await.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// Asks what is answered.
async fn ok(by: &Client, query: &str, variables: Value) {
    assert_eq!(by.post(query, variables).await.expect_ok().code(), None);
}

/// Asks from an address.
async fn from(client: &Client, address: &str, query: &str, variables: Value) -> Answer {
    let peer: SocketAddr = format!("{address}:40000").parse().unwrap();
    let body = json!({ "query": query, "variables": variables }).to_string();
    let request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .extension(ConnectInfo(peer));
    client.send(request.body(body.into()).unwrap()).await
}

on_both! {
    /// Who comes in, who does not, and who goes; a name that is no account's is not written down.
    async fn sign_ins_are_written_down(world: World) {
        let (app, auditor) = (&world.app, auditor(&world, &world.province).await);
        let sign_in = "mutation($account: String!, $password: String!) { signIn(input: { account: $account, password: $password }) { token } }";
        let words = |account: &str, password: &str| json!({ "account": account, "password": password });
        let answer = from(&app.stranger(), "10.1.2.3", sign_in, words("county", PASSWORD)).await;
        let here = app.client(answer.text_at("/signIn/token"));
        for _ in 0..6 {
            from(&app.stranger(), "10.1.2.4", sign_in, words("city", "wrong")).await;
        }
        from(&app.stranger(), "10.1.2.4", sign_in, words("my-secret-password", "wrong")).await;
        let out = from(&here, "10.1.2.3", "mutation { signOut { done } }", Value::Null).await;
        let late = here.post("{ viewer { account } }", Value::Null).await;
        assert_eq!(late.code(), Some("UNAUTHENTICATED"));
        assert_eq!(told(app, &auditor, json!({})).await, [
            "STARTED SUCCEEDED -  null x1",
            "SIGN_IN SUCCEEDED county signIn null x1",
            "SIGN_IN FAILED city signIn null x5",
            "SIGN_IN LOCKED city signIn null x1",
            "SIGN_IN FAILED - signIn null x1",
            "SIGN_OUT SUCCEEDED county signOut null x1",
            "REFUSAL UNAUTHENTICATED county  null x1",
        ]);
        let written = lines(app, &auditor, json!({ "kind": "SIGN_OUT" })).await;
        assert_eq!((&written[0]["address"], written[0]["session"].is_string()), (&json!("10.1.2.3"), true));
        assert_eq!(written[0]["request"].as_str(), out.headers["x-request-id"].to_str().ok());
        let whose = lines(app, &auditor, json!({ "result": "FAILED" })).await;
        assert!(whose.len() == 2 && !json!(whose).to_string().contains("my-secret"), "{whose:?}");
    }

    /// What is shown in clear is written down, and what is masked is not; values are in no line.
    async fn who_is_shown_whose_data_is_written_down(world: World) {
        world.link(0, 0, "2022-01-01").await;
        let phone = json!({ "household": world.households[0], "phone": "13987654242", "bankAccount": "6222021234567890128" });
        world.office.done("householdUpdate", "household", phone).await;
        let (app, whole, part) = (&world.app, auditor(&world, &world.province).await, auditor(&world, &world.county).await);
        let query = "query($id: ID!) { a13987654242: household(id: $id) { headName phone bankAccount address income { amount } members { name bornOn identityNumber } } }";
        for by in [&world.members[0].client, &world.office, &world.city_office, &world.neighbour, &world.members[1].client] {
            by.post(query, json!({ "id": world.households[0] })).await;
        }
        ok(&world.office, "{ households(first: 2) { nodes { headName } } people { nodes { name } } }", Value::Null).await;
        let reads = told(app, &part, json!({ "kind": "UNMASKED_READ" })).await;
        assert_eq!(reads, [
            "UNMASKED_READ SUCCEEDED member1 household 3 NAME+PHONE+INCOMEx1",
            "UNMASKED_READ SUCCEEDED county household 3 NAME+INCOMEx1",
            "UNMASKED_READ SUCCEEDED county households+people 3 NAMEx1",
            "UNMASKED_READ SUCCEEDED county households+people 3 NAMEx1",
        ]);
        let refused = told(app, &whole, json!({ "kind": "REFUSAL" })).await;
        assert_eq!(refused, ["REFUSAL NOT_FOUND neighbour household 3 x1", "REFUSAL NOT_FOUND member2 household 3 x1"]);
        let subject = lines(app, &part, json!({ "subject": world.households[0] })).await;
        assert_eq!((subject.len(), &subject[0]["subject"], &subject[0]["subjectType"]), (3, &json!(world.households[0]), &json!("HOUSEHOLD")));
        for canary in ["13987654242", "6222021234567890128", "户主"] {
            let columns = "COALESCE(address, '') || operation || data || kind || result";
            let found = format!("SELECT COUNT(*) FROM access_line WHERE {columns} LIKE '%{canary}%'");
            assert_eq!(number(app, &found).await, 0, "{canary}");
        }
    }

    /// By what one may not, by what is not there, and by what is somebody else's; in mutations and in `nodes`, too.
    async fn refusals_are_written_down(world: World) {
        let (app, auditor) = (&world.app, auditor(&world, &world.province).await);
        let by = &world.neighbour;
        let theirs = json!({ "household": world.households[0], "hasSafeWater": true });
        assert_eq!(by.refused("householdUpdate", "household", theirs.clone()).await, "NOT_FOUND");
        assert_eq!(world.admin.refused("householdUpdate", "household", theirs).await, "FORBIDDEN");
        ok(by, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": world.households })).await;
        by.post("query($id: ID!) { x: household(id: $id) { id } y: household(id: $id) { id } }", json!({ "id": world.households[1] })).await;
        world.admin.post("{ s3cret: households { nodes { id } } }", Value::Null).await;
        let reveal = json!({ "household": world.households[0], "kinds": ["PHONE"], "purpose": "CONTACT", "reason": "约" });
        world.city_office.act_plainly("householdReveal", reveal).await;
        app.stranger().post("{ households { nodes { id } } }", Value::Null).await;
        app.client("forged").post("{ viewer { account } }", Value::Null).await;
        assert_eq!(told(app, &auditor, json!({ "kind": "REFUSAL" })).await, [
            "REFUSAL NOT_FOUND neighbour householdUpdate 3 x1",
            "REFUSAL FORBIDDEN admin householdUpdate 3 x1",
            "REFUSAL NOT_FOUND neighbour nodes 3 x6",
            "REFUSAL NOT_FOUND neighbour household 3 x2",
            "REFUSAL FORBIDDEN admin households null x1",
            "REFUSAL FORBIDDEN city householdReveal 3 x1",
        ]);
    }

    /// Acts of the ledgers below, with what was revealed and why; other lists are none of the auditor's.
    async fn acts_are_audited(world: World) {
        world.office.done("householdUpdate", "household", json!({ "household": world.households[0], "phone": "13987654242" })).await;
        let reveal = json!({ "household": world.households[0], "kinds": ["PHONE", "BANK_ACCOUNT"], "purpose": "PAYMENT", "reason": "发放补助" });
        assert_eq!(world.office.act_plainly("householdReveal", reveal).await.code(), None);
        let auditor = auditor(&world, &world.county).await;
        let asked = async |filter: Value| {
            let answer = auditor.post(ACTS, json!({ "filter": filter })).await.expect_ok();
            answer.at("/auditActs/nodes").as_array().unwrap().clone()
        };
        let acts = asked(json!({ "ledger": 3 })).await;
        assert_eq!((&acts[0]["action"], &acts[0]["accountName"], &acts[0]["ledgerName"]), (&json!("householdReveal"), &json!("county"), &json!("县台账")));
        assert_eq!((&acts[0]["subject"], &acts[0]["subjectType"]), (&json!(world.households[0]), &json!("HOUSEHOLD")));
        let owner = &world.households[0];
        assert_eq!(acts[0]["reveal"], json!({ "purpose": "PAYMENT", "reason": "发放补助", "kinds": ["PHONE"], "owner": owner, "ownerType": "HOUSEHOLD" }));
        assert!(acts[1]["reveal"].is_null() && !json!(acts).to_string().contains("13987654242"));
        let numbers: Vec<i64> = acts.iter().map(|act| act["number"].as_i64().unwrap()).collect();
        assert!(numbers.is_sorted_by(|one, next| one > next), "{numbers:?}");
        assert!(asked(json!({ "region": world.other_county })).await.is_empty());
        let here = asked(json!({ "region": world.county })).await;
        assert_eq!(here.len(), acts.len());
        let reveals = asked(json!({ "action": "householdReveal", "account": acts[0]["account"], "from": "2022-01-01", "to": "2022-01-01" })).await;
        assert_eq!(reveals.len(), 1);
        assert!(asked(json!({ "from": "2022-01-02" })).await.is_empty() && asked(json!({ "to": "2021-12-31" })).await.is_empty());
        for (by, code) in [(&world.office, "FORBIDDEN"), (&world.admin, "FORBIDDEN"), (&world.app.stranger(), "UNAUTHENTICATED")] {
            for query in [LINES, ACTS] {
                let answer = by.post(query, Value::Null).await;
                assert_eq!((answer.code(), answer.data()["auditActs"].is_null()), (Some(code), true), "{answer}");
            }
        }
        assert_eq!(auditor.post("{ households { nodes { id } } }", Value::Null).await.code(), Some("FORBIDDEN"));
    }

    /// Each auditor sees the lines of their ledgers; those of no ledger, whoever audits all.
    async fn an_auditor_sees_their_ledgers(world: World) {
        world.admin.post("{ households { nodes { id } } }", Value::Null).await;
        for (office, household) in [(&world.office, &world.households[0]), (&world.neighbour, &world.stranger)] {
            ok(office, "query($id: ID!) { household(id: $id) { headName } }", json!({ "id": household })).await;
        }
        let seen = async |region: &str| told(&world.app, &auditor(&world, region).await, json!({})).await;
        let (ours, theirs) = ("UNMASKED_READ SUCCEEDED county household 3 NAMEx1", "UNMASKED_READ SUCCEEDED neighbour household 4 NAMEx1");
        let (started, refused) = ("STARTED SUCCEEDED -  null x1", "REFUSAL FORBIDDEN admin households null x1");
        assert_eq!(seen(&world.county).await, [ours]);
        assert_eq!(seen(&world.other_county).await, [theirs]);
        assert_eq!(seen(&world.city).await, [ours, theirs]);
        assert_eq!(seen(&world.province).await, [started, refused, ours, theirs]);
        let list = tests::list::List { field: "auditAccess", node: "chain number", ..Default::default() };
        let auditor = auditor(&world, &world.province).await;
        let forward = list.paged(&auditor, false).await;
        assert_eq!((forward.len(), &forward), (4, &list.paged(&auditor, true).await));
        let acts = tests::list::List { field: "auditActs", node: "ledger number", ..Default::default() };
        assert_eq!(acts.paged(&auditor, false).await, acts.paged(&auditor, true).await);
    }

    /// However long the writer waits, and whatever else it is.
    async fn no_query_waits_for_the_log(world: World) {
        let app = &world.app;
        let read = "{ households { nodes { headName } } }";
        ok(&world.office, read, Value::Null).await;
        let other = platform::db::Db::connect(&app.url, platform::db::Capacity::default()).await.unwrap();
        let holding = other.begin(&platform::db::Bounds::house()).await.unwrap();
        if app.kind == DbKind::Postgres {
            lock(&holding).await;
        }
        let log = app.access_log.clone();
        let flushing = tokio::spawn(async move { log.flush().await });
        tokio::time::sleep(Duration::from_millis(200)).await;
        let began = Instant::now();
        for _ in 0..10 {
            ok(&world.office, read, Value::Null).await;
        }
        let (_, statements) = app.statements(world.office.post(read, Value::Null)).await;
        assert!(statements.iter().all(|statement| !statement.contains("access_")), "{statements:?}");
        assert!(began.elapsed() < Duration::from_secs(3) && !flushing.is_finished());
        drop(holding);
        flushing.await.unwrap().unwrap();
        assert_eq!(number(app, "SELECT COUNT(*) FROM access_line").await, 7);
        let auditor = auditor(&world, &world.province).await;
        assert_eq!(told(app, &auditor, json!({ "subject": world.households[0] })).await.len(), 2);
    }

    /// What is more than it can hold is counted; those who only knock push nobody out.
    async fn what_is_lost_is_counted(app: TestApp) {
        let line = |account: Option<AccountId>| {
            let (kind, result) = if account.is_some() { (AccessKind::UnmaskedRead, AccessResult::Succeeded) } else { (AccessKind::SignIn, AccessResult::Failed) };
            let subject = Some((SourceType::Household, Uuid::now_v7()));
            let what = Happened { account, subject, ..Happened::new(kind, result) };
            Line { at: app.clock.now(), request: None, times: 1, what }
        };
        (0..MOST).for_each(|_| app.access_log.tell(line(None)));
        let somebody = Some(AccountId::fresh());
        (0..MOST).for_each(|_| app.access_log.tell(line(somebody)));
        app.access_log.flush().await.unwrap();
        let count = async |what: &str| number(&app, &format!("SELECT COUNT(*) FROM access_line WHERE {what}")).await;
        let half = i64::try_from(MOST / 2).unwrap();
        assert_eq!((count("account_id IS NOT NULL").await, count("kind = 'sign_in'").await), (half, half));
        assert_eq!(number(&app, "SELECT CAST(times AS BIGINT) FROM access_line WHERE kind = 'lost'").await, 2 * half);
        let found = api::verify::audit(&app.db, &app.keys, &[]).await.unwrap();
        assert_eq!((found.differences.len(), found.lines), (0, 2 * half.unsigned_abs() + 2));
    }
}

#[expect(clippy::disallowed_methods, reason = "a lock is no row")]
async fn lock(tx: &platform::db::Transaction) {
    tx.execute_unprepared("LOCK TABLE access_chain, access_line IN ACCESS EXCLUSIVE MODE").await.unwrap();
}
