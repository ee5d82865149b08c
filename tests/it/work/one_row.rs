//! Reading one row never depends on how many there are: whether it is one's own is asked of the row alone.

use serde_json::json;
use tests::{Client, DbKind, World, on_both};

use super::plan;

/// The plans of all statements on these tables that an answer took.
async fn plans(world: &World, by: &Client, query: &str, id: &str, tables: &[&str]) -> Vec<String> {
    let (answer, statements) = world.app.statements(by.post(query, json!({ "id": id }))).await;
    let _ = answer.expect_ok();
    let mut plans = vec![];
    for sql in
        statements.iter().filter(|sql| tables.iter().any(|table| sql.contains(&format!("FROM \"{table}\""))))
    {
        plans.push(plan(&world.app, sql).await);
    }
    assert!(!plans.is_empty(), "{statements:#?}");
    plans
}

/// Rows are found by their keys, and no others of these tables are gathered beside them. PostgreSQL, which knows nothing
/// of so small a table, may take another index; but it gathers no rows beside the one.
#[track_caller]
fn by_key(kind: DbKind, plan: &str, tables: &[&str]) {
    if kind != DbKind::Sqlite {
        assert!(!plan.contains("hashed SubPlan"), "{plan}");
        return;
    }
    for line in plan.lines() {
        let of = |table: &&str| {
            line.contains(&format!("SEARCH {table} ")) || line.contains(&format!("SCAN {table}"))
        };
        if tables.iter().any(of) {
            let found = line.contains("SEARCH") && line.contains("id=?") && line.contains("ledger_id=? AND ");
            assert!(found, "{line}\nin\n{plan}");
        }
    }
}

const RECORDS: [&str; 5] = ["record", "record_ref", "record_step", "project_fund", "project_household"];

on_both! {
    async fn a_member_reads_a_record(world: World) {
        let link = world.link(0, 0, "2022-01-01").await;
        world.app.go_to("2022-06-01");
        let visit = world.visit(&world.members[0].client, &link, "2022-03-01").await;
        let query = "query($id: ID!) { activity(id: $id) { title steps { step } targets { __typename } } }";
        for plan in plans(&world, &world.members[0].client, query, &visit, &RECORDS).await {
            by_key(world.app.kind, &plan, &RECORDS);
        }
    }

    async fn somebody_signs_in(world: World) {
        let sign_in = "mutation($id: String!) { signIn(input: { account: $id, password: \"wrong\" }) { token } }";
        for plan in plans(&world, &world.app.stranger(), sign_in, "nobody", &["account"]).await {
            let scans = plan.lines().any(|line| line.contains("SCAN application") || line.contains("hashed"));
            assert!(!scans, "{plan}");
        }
    }
}
