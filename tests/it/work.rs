//! What the database is made to do for an answer: how many statements, by which indexes, and for how long.
#![expect(clippy::disallowed_methods, reason = "a test looks behind the scope, and breaks what it tests")]

mod as_of;
mod one_row;
mod slow;
mod statistics;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tests::TestApp;

/// How the database goes about a statement of the service, whatever its values. Tables of a test are small: an index is
/// taken where there is one that will do.
async fn plan(app: &TestApp, sql: &str) -> String {
    let owner = app.owner().await;
    let backend = owner.get_database_backend();
    let explained = if backend == DbBackend::Postgres {
        let values = (1..100).filter(|nth| sql.contains(&format!("${nth}"))).count();
        let nothing = vec!["NULL"; values].join(", ");
        let nothing = if values == 0 { String::new() } else { format!("({nothing})") };
        for setting in ["plan_cache_mode = force_generic_plan", "enable_seqscan = off", "enable_sort = off"] {
            owner.execute_unprepared(&format!("SET {setting}")).await.unwrap();
        }
        owner.execute_unprepared(&format!("PREPARE asked AS {sql}")).await.unwrap();
        format!("EXPLAIN EXECUTE asked{nothing}")
    } else {
        format!("EXPLAIN QUERY PLAN {sql}")
    };
    let rows = owner.query_all_raw(Statement::from_string(backend, explained)).await.unwrap();
    let line = |row: &sea_orm::QueryResult| match backend {
        DbBackend::Postgres => row.try_get_by_index::<String>(0).unwrap(),
        _ => row.try_get_by_index::<String>(3).unwrap(),
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
