//! What a question about the past costs against the same about the present: on the demo, and with ten times its history.
//! `cargo run --release --bin as_of` prints a table; unoptimised it prints the same ratios, more slowly.

use std::time::Instant;

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tests::{Client, DbKind, TestApp};

const ROUNDS: usize = 5;

const FIGURES: &str = "figures { code value }";
const ALL: &str = "figures { code value } ruleCompliance { code rate } targetCompliance { code rate } dutyCompliance { code rate }
    checklists { checklist { code } rate }";

/// Days that are no whole months: the present is read from facts, too, and not from the sums kept ready.
const DAYS: &str = "{ span: { from: \"2022-01-01\", to: \"2022-12-20\" } }";
const YEAR: &str = "{ year: 2022 }";

/// Nine more of every act and fact of the county: two in three of the records still hold, all else was known for a moment.
const TENFOLD: &str = "
UPDATE act SET seq = -seq * 10 WHERE ledger_id = {county}; UPDATE act SET seq = -seq WHERE ledger_id = {county};
INSERT INTO act SELECT ledger_id, seq + n, at, account_id, action, idempotency_key || '-' || n, input_hash, subject_type, subject_id, hash
    FROM act, {nine} WHERE ledger_id = {county};
UPDATE fact SET from_seq = from_seq * 10, until_seq = CASE WHEN until_seq < 9223372036854775807 THEN until_seq * 10 ELSE until_seq END
    WHERE ledger_id = {county};
UPDATE ledger_clock SET seq = seq * 10 + 9 WHERE ledger_id = {county};
CREATE TABLE more AS SELECT ledger_id, id, n, {id} AS new_id, {id} AS new_source FROM fact, {nine} WHERE ledger_id = {county};
INSERT INTO fact SELECT f.ledger_id, new_id, source_type, new_source, step, kind, category, region_id, on_day, on_month, base_day, until_day,
    verification, quantity, amount, persons, from_seq + n,
    CASE WHEN source_type IN ('activity', 'contribution', 'mark', 'need', 'plan', 'project', 'proposal') AND n % 3 > 0
        THEN until_seq ELSE from_seq + n + 1 END
    FROM more m JOIN fact f ON f.ledger_id = m.ledger_id AND f.id = m.id;
INSERT INTO fact_ref SELECT r.ledger_id, new_id, role, ref_id FROM more m JOIN fact_ref r ON r.ledger_id = m.ledger_id AND r.fact_id = m.id;
DROP TABLE more; ANALYZE;";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        for kind in [DbKind::Sqlite, DbKind::Postgres] {
            let Some(app) = TestApp::fresh(kind).await else { continue };
            app.clock.set("2026-11-21T02:00:00Z".parse().expect("an instant"));
            api::demo::load(&app, &|_, _| ()).await.expect("the demo");
            tell(&app, "demo").await;
            grow(&app).await;
            tell(&app, "ten times").await;
        }
    });
}

async fn grow(app: &TestApp) {
    let id = if app.kind == DbKind::Sqlite { "randomblob(16)" } else { "gen_random_uuid()" };
    let nine = (1..10).map(|n| format!("SELECT {n} AS n")).collect::<Vec<_>>().join(" UNION ALL ");
    let county = "(SELECT id FROM ledger WHERE region_id = (SELECT id FROM region WHERE code = '510822000000'))";
    let sql = TENFOLD.replace("{county}", county).replace("{nine}", &format!("({nine}) g")).replace("{id}", id);
    app.owner().await.execute_unprepared(&sql).await.expect("it grows");
}

async fn tell(app: &TestApp, history: &str) {
    let account = api::session::account_named(app, "qingchuan").await.expect("it reads").expect("an account");
    let office = app.signed_in(account.id);
    for (what, fields) in [("figures", FIGURES), ("all", ALL)] {
        for (period, days) in [("a year", YEAR), ("days", DAYS)] {
            let now = best(&office, fields, days, Value::Null).await;
            let then = best(&office, fields, days, json!("2024-11-20T00:00:00Z")).await;
            println!(
                "{:?}, {history:<9} {what:<7} of {period}: now {now:>7.1} ms, as of then {then:>7.1} ms, ratio {:.2}",
                app.kind,
                then / now
            );
        }
    }
}

/// The quickest of a few, in milliseconds.
async fn best(office: &Client, fields: &str, days: &str, as_of: Value) -> f64 {
    let query = format!(
        "query($asOf: DateTime) {{ progress(input: {{ region: {{ code: \"510822000000\" }}, programme: {{ code: \"QC-3L3C\" }},
            period: {days}, asOf: $asOf }}) {{ groups {{ nodes {{ {fields} }} }} }} }}"
    );
    let mut best = f64::MAX;
    for _ in 0..ROUNDS {
        let since = Instant::now();
        let answer = office.post(&query, json!({ "asOf": as_of })).await;
        best = best.min(since.elapsed().as_secs_f64() * 1_000.0);
        assert!(answer.errors().is_empty(), "{answer}");
    }
    best
}
