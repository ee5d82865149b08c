//! Row-level security on PostgreSQL, asked past the service: what a forgotten scope, a forgotten policy or a wrong role
//! would show. That it holds alone in all that can be asked is in `access`, `privacy`, `roles` and `matrix`.
#![expect(clippy::disallowed_methods, reason = "a test looks past the scope and the door")]

use api::access::Viewer;
use entity::ids::LedgerId;
use platform::db::{Bounds, Capacity, Db};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement, TryGetable};
use tests::{DbKind, TestApp, World};

/// None where there is no PostgreSQL to run.
async fn world() -> Option<World> {
    Some(World::on(TestApp::fresh(DbKind::Postgres).await?).await)
}

async fn column<T: TryGetable>(db: &impl ConnectionTrait, sql: &str) -> Vec<T> {
    let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// Tables around accounts.
const ACCOUNTS: [&str; 9] = [
    "account",
    "role_grant",
    "credential",
    "session",
    "application",
    "account_identity",
    "sign_in_code",
    "account_proposal",
    "account_proposal_grant",
];

/// Tables that a row's ledger stands in.
const LEDGERED: &str = "SELECT table_name::text FROM information_schema.columns
    WHERE table_schema = current_schema() AND column_name = 'ledger_id' AND table_name <> 'ledger_clock' ORDER BY 1";

async fn bounds(app: &TestApp, account: &str) -> Bounds {
    let account = api::session::account_named(app, account).await.unwrap().unwrap();
    Viewer::load(&app.db, account.id, app.clock.today()).await.unwrap().bounds()
}

#[tokio::test]
async fn without_bounds_there_are_no_rows() {
    let Some(world) = world().await else { return };
    let link = world.link(0, 0, "2022-01-01").await;
    world.app.go_to("2022-02-01");
    world.visit(&world.office, &link, "2022-01-15").await;
    let owner = world.app.owner().await;
    let tables: Vec<String> = column(&owner, LEDGERED).await;
    assert!(tables.len() > 15, "{tables:?}");
    let mut filled = 0;
    for table in tables.iter().map(String::as_str).chain(ACCOUNTS) {
        let secured = format!("SELECT relrowsecurity FROM pg_class WHERE oid = '{table}'::regclass");
        assert_eq!(column::<bool>(&owner, &secured).await, [true], "{table}: a new table needs its policy");
        let count = format!("SELECT COUNT(*) FROM {table}");
        filled += usize::from(column::<i64>(&owner, &count).await != [0]);
        let request = world.app.db.for_request();
        request.confine(Bounds::nothing()).await.unwrap();
        assert_eq!(column::<i64>(&request, &count).await, [0], "{table}");
    }
    assert!(filled > 9, "the tables of the test are empty");
}

#[tokio::test]
async fn a_request_sees_its_own_and_then_the_next() {
    let Some(world) = world().await else { return };
    let heads = "SELECT head_name FROM household ORDER BY 1";
    let request = world.app.db.for_request();
    assert_eq!(column::<String>(&request, heads).await.len(), 7);
    request.confine(bounds(&world.app, "neighbour").await).await.unwrap();
    assert_eq!(column::<String>(&request, heads).await, ["邻县户主"]);
    assert!(request.execute_unprepared("UPDATE household SET head_name = 'x'").await.is_err());
    // A statement that failed takes nothing else with it, and the bounds still hold.
    assert_eq!(column::<String>(&request, heads).await, ["邻县户主"]);
    drop(request.apart().await);
    assert_eq!(column::<String>(&request, heads).await, ["邻县户主"]);
    for _ in 0..20 {
        let stranger = world.app.db.for_request();
        stranger.confine(Bounds::nothing()).await.unwrap();
        assert_eq!(column::<String>(&stranger, heads).await, [""; 0]);
    }
}

/// An act of one ledger writes in no other, whatever its author may see.
#[tokio::test]
async fn an_act_writes_in_its_own_ledger() {
    let Some(world) = world().await else { return };
    let of_city = bounds(&world.app, "city").await;
    let ledgers: Vec<i32> =
        column(&world.app.db.read, "SELECT DISTINCT ledger_id FROM household ORDER BY 1").await;
    let [own, other] = ledgers[..] else { panic!("{ledgers:?}") };
    let tx = world.app.db.begin(&of_city.entering(LedgerId(own))).await.unwrap();
    let change = |ledger: i32| format!("UPDATE household SET version = version WHERE ledger_id = {ledger}");
    assert_eq!(tx.execute_unprepared(&change(own)).await.unwrap().rows_affected(), 6);
    assert_eq!(tx.execute_unprepared(&change(other)).await.unwrap().rows_affected(), 0);
    let move_over = format!("UPDATE household SET ledger_id = {other} WHERE ledger_id = {own}");
    assert!(tx.execute_unprepared(&move_over).await.is_err());
}

/// What is in the journal stays as it is, also for the server.
#[tokio::test]
async fn the_server_changes_no_line_of_the_journal() {
    let Some(world) = world().await else { return };
    for change in ["UPDATE act SET action = 'x'", "DELETE FROM act", "DELETE FROM reveal", "DROP TABLE act"] {
        let refused = world.app.db.write.execute_unprepared(change).await.unwrap_err().to_string();
        assert!(refused.contains("permission denied") || refused.contains("must be owner"), "{refused}");
    }
}

/// The policies find their rows by an index, without help of the service's own filter.
#[tokio::test]
async fn policies_use_an_index() {
    let Some(world) = world().await else { return };
    let tx = world.app.db.begin(&bounds(&world.app, "county").await).await.unwrap();
    tx.execute_unprepared("SET LOCAL enable_seqscan = off").await.unwrap();
    for table in ["household", "link", "record", "fact", "cell"] {
        let plan: Vec<String> = column(&tx, &format!("EXPLAIN SELECT * FROM {table}")).await;
        let plan = plan.join("\n");
        assert!(plan.contains("Index Cond: (ledger_id = ANY"), "{table}:\n{plan}");
    }
}

#[tokio::test]
async fn a_role_that_passes_every_policy_is_refused() {
    let Some(app) = TestApp::fresh(DbKind::Postgres).await else { return };
    let owner = app.owner().await;
    let refused = async || Db::connect(&app.url, Capacity::default()).await.unwrap_err().to_string();
    run(&owner, "ALTER TABLE village OWNER TO sanlian_app").await;
    let sentence = refused().await;
    assert!(sentence.contains("the role sanlian_app owns tables, so that row-level security"), "{sentence}");
    run(&owner, "ALTER TABLE village OWNER TO postgres").await;
    Db::connect(&app.url, Capacity::default()).await.unwrap();

    let login = format!("login_{}", uuid::Uuid::now_v7().simple());
    let url = app.url.replacen("postgres@", &format!("{login}@"), 1);
    run(&owner, &format!("CREATE ROLE {login} LOGIN")).await;
    assert!(
        Db::connect(&url, Capacity::default()).await.is_err(),
        "who is no member of the role cannot take it"
    );
    run(&owner, &format!("GRANT sanlian_app TO {login}")).await;
    let db = Db::connect(&url, Capacity::default()).await.unwrap();
    assert_eq!(column::<String>(&db.read, "SELECT current_user::text").await, ["sanlian_app"]);
    db.read.close().await;
    run(&owner, &format!("DROP ROLE {login}")).await;
}

async fn run(db: &DatabaseConnection, sql: &str) {
    db.execute_unprepared(sql).await.unwrap();
}
