//! An as-of costs little more than the present: what each ledger knew is looked up by one statement, by an index.

use serde_json::{Value, json};
use tests::{Client, DbKind, World, on_both};

use super::plan;

const ALL: &str = "query($region: ID!, $asOf: DateTime, $by: GroupBy) {
    progress(input: { region: { id: $region }, programme: { code: \"HELP\" }, period: { year: 2022 }, asOf: $asOf, groupBy: $by }) {
        groups(first: 100) { nodes { figures { code numerator } ruleCompliance { code numerator } targetCompliance { code numerator }
            dutyCompliance { code numerator } checklists { numerator } } } } }";

/// The answer, and the statements that it took.
async fn asked(
    world: &World,
    by: &Client,
    mut variables: Value,
    as_of: Option<&str>,
) -> (Value, Vec<String>) {
    variables["asOf"] = json!(as_of);
    let (answer, statements) = world.app.statements(by.post(ALL, variables)).await;
    (answer.expect_ok().at("/progress/groups/nodes").clone(), statements)
}

fn of_the_journal(sql: &str) -> bool {
    sql.split_whitespace()
        .collect::<Vec<_>>()
        .windows(2)
        .any(|words| words == ["FROM", "act"] || words == ["JOIN", "act"])
}

on_both! {
    async fn what_each_ledger_knew_is_looked_up_once(world: World) {
        let link = world.link(0, 0, "2022-01-01").await;
        world.app.go_to("2022-06-01");
        world.visit(&world.office, &link, "2022-03-01").await;
        world.app.go_to("2022-06-03");
        for (by, variables) in [
            (&world.office, json!({ "region": world.county })),
            (&world.office, json!({ "region": world.county, "by": "VILLAGE" })),
            (&world.city_office, json!({ "region": world.city, "by": "COUNTY" })),
        ] {
            let (now, present) = asked(&world, by, variables.clone(), None).await;
            let (then, past) = asked(&world, by, variables, Some("2022-06-02T00:00:00Z")).await;
            assert_eq!(now, then);
            assert_eq!(past.len(), present.len() + 1, "{past:#?}");
            assert!(!present.iter().any(|sql| of_the_journal(sql)));
            let journal: Vec<&String> = past.iter().filter(|sql| of_the_journal(sql)).collect();
            let [clocks] = journal[..] else { panic!("{journal:#?}") };
            assert!(!clocks.contains("fact"), "{clocks}");
            let plan = plan(&world.app, clocks).await;
            let by_index = match world.app.kind {
                DbKind::Sqlite => "act_at_idx (ledger_id=? AND at<?)",
                _ => "Index Only Scan Backward using act_at_idx",
            };
            assert!(plan.contains(by_index), "{plan}");
        }
    }
}
