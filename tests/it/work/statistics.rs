//! The planner's statistics: a server keeps them, and what needs none is quick without.

use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use tests::{Shell, TestApp, World, on_each};

use super::plan;

async fn tables_known(app: &TestApp) -> i64 {
    let owner = app.owner().await;
    let count = |sql: &str| Statement::from_string(owner.get_database_backend(), sql);
    let there = count("SELECT COUNT(*) FROM sqlite_master WHERE name = 'sqlite_stat1'");
    let there: i64 = owner.query_one_raw(there).await.unwrap().unwrap().try_get_by_index(0).unwrap();
    if there == 0 {
        return 0;
    }
    let known =
        count("SELECT COUNT(DISTINCT tbl) FROM sqlite_stat1 WHERE tbl IN ('fact', 'fact_ref', 'act')");
    owner.query_one_raw(known).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

on_each! { [sqlite Sqlite]
    async fn a_server_keeps_statistics(world: World) {
        assert_eq!(tables_known(&world.app).await, 0);
        let shell = Shell::beside(&world.app);
        assert_eq!(shell.run("keys make").code, Some(0));
        let _served = shell.serve();
        let since = Instant::now();
        while tables_known(&world.app).await < 3 {
            assert!(since.elapsed() < Duration::from_secs(20), "nothing is known of the tables");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Of three thousand households this took longer than any request may, where nothing was known of the tables.
    async fn persons_of_households_are_found_by_household(world: World) {
        world.app.go_to("2022-06-01");
        let measure = json!({ "of": "LINK", "measure": "HOUSEHOLD_PERSONS", "time": "STOCK" });
        let input = json!({ "programme": world.programme, "code": "PEOPLE_HELPED", "name": "受益人口", "unit": "人", "definition": { "measure": measure } });
        world.office.done("indicatorDefine", "indicator", input).await;
        let query = "query($region: ID!) { progress(input: { region: { id: $region }, programme: { code: \"HELP\" },
            period: { year: 2022 }, indicators: [\"PEOPLE_HELPED\"] }) { groups { nodes { figures { numerator } } } } }";
        let (answer, statements) = world.app.statements(world.office.post(query, json!({ "region": world.county }))).await;
        let _ = answer.expect_ok();
        let sql = statements.iter().find(|sql| sql.contains("family_member")).unwrap();
        assert_eq!(tables_known(&world.app).await, 0);
        let plan = plan(&world.app, sql).await;
        assert!(plan.contains("SEARCH h USING COVERING INDEX fact_ref_ref_idx (ledger_id=? AND ref_id=? AND role=?)"), "{plan}");
    }

    /// Each name of a household asks for its keys, when a server starts and when it is changed.
    async fn keys_are_found_by_their_owner(app: TestApp) {
        let asked = "SELECT 1 FROM household_name_key k WHERE k.ledger_id = $1 AND k.household_id = $2
            AND k.owner_type = 'household' AND k.owner_id = $3";
        let plan = plan(&app, asked).await;
        assert!(plan.contains("(ledger_id=? AND household_id=? AND owner_type=? AND owner_id=?)"), "{plan}");
    }
}
