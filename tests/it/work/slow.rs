//! What takes long: it fails alone, and is paid for.

use std::num::NonZeroU32;
use std::time::Duration;

use api::http::settings::Settings;
use axum::http::StatusCode;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tests::{Answer, Client, DbKind, TestApp, World, on_both};

/// From now on it takes about so long to read the facts of links; and where it is to fail, it fails after that.
async fn slow_links(app: &TestApp, time: Duration, fails: bool) {
    let owner = app.owner().await;
    let (slow, options, fault) = if app.kind == DbKind::Sqlite {
        let counts = time.as_millis() * 10_000;
        let count = format!(
            "(WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {counts})
              SELECT COUNT(*) FROM number) > 0"
        );
        (count, "", "abs(-9223372036854775807 - 1) = quantity")
    } else {
        // It says that it costs much, so that it is looked at last, and for links alone.
        let sleep = format!(
            "CREATE FUNCTION slow() RETURNS boolean LANGUAGE plpgsql COST 1000000 AS
             $$ BEGIN PERFORM pg_sleep({}); RETURN TRUE; END $$",
            time.as_secs_f64()
        );
        owner.execute_unprepared(&sleep).await.unwrap();
        ("slow()".to_owned(), "WITH (security_invoker = true)", "1 / (until_seq - until_seq) = 1")
    };
    let fault = if fails { fault } else { "TRUE" };
    let view = format!(
        "CREATE VIEW fact {options} AS SELECT * FROM fact_kept WHERE source_type <> 'link' OR ({slow} AND {fault})"
    );
    owner.execute_unprepared("ALTER TABLE fact RENAME TO fact_kept").await.unwrap();
    owner.execute_unprepared(&view).await.unwrap();
    if app.kind != DbKind::Sqlite {
        owner.execute_unprepared("GRANT SELECT ON fact TO sanlian_app").await.unwrap();
    }
}

/// Days that are no whole months, so that figures come from facts.
const FIGURES: &str = "query($region: ID!, $codes: [String!]) {
    progress(input: { region: { id: $region }, programme: { code: \"HELP\" }, indicators: $codes,
        period: { span: { from: \"2022-01-01\", to: \"2022-05-20\" } } }) {
        groups { nodes { figures { code value numerator denominator withheld } } } } }";

async fn figures(by: &Client, region: &str) -> Answer {
    let codes = ["HOUSEHOLD_VISITS", "HOUSEHOLD_LINKS", "VILLAGE_VISITS_TOTAL"];
    by.post(FIGURES, json!({ "region": region, "codes": codes })).await
}

async fn visited(app: TestApp) -> World {
    let world = World::on(app).await;
    let link = world.link(0, 0, "2022-01-01").await;
    world.app.go_to("2022-06-01");
    world.visit(&world.office, &link, "2022-03-01").await;
    world
}

/// What is left to spend, as the header tells it.
fn left(answer: &Answer) -> u64 {
    let told = answer.headers["ratelimit"].to_str().unwrap();
    told.split(';').find_map(|part| part.strip_prefix("r=")).unwrap().parse().unwrap()
}

on_both! {
    async fn a_slow_figure_fails_alone(app: TestApp) {
        let world = visited(app).await;
        let (office, county) = (world.office.token().unwrap().to_owned(), world.county.clone());
        slow_links(&world.app, Duration::from_secs(100), false).await;
        let app = world.app.hurried(Duration::from_secs(16)).await;
        let answer = figures(&app.client(office), &county).await;
        let told = answer.at("/progress/groups/nodes/0/figures").as_array().unwrap();
        let numerators: Vec<&Value> = told.iter().map(|figure| &figure["numerator"]).collect();
        assert_eq!(numerators, [&json!(1), &Value::Null, &json!(0)], "{answer}");
        assert_eq!(told[1]["withheld"], Value::Null, "it is no secret");
        let errors: Vec<_> = answer.errors().iter().map(|error| (error["path"].clone(), error["extensions"]["code"].clone())).collect();
        let at = |field: &str| (json!(["progress", "groups", "nodes", 0, "figures", 1, field]), json!("TIMED_OUT"));
        assert_eq!(errors, [at("value"), at("numerator"), at("denominator")], "{answer}");
    }

    async fn what_the_database_works_is_paid_for(app: TestApp) {
        let world = visited(app).await;
        let (office, county) = (world.office.token().unwrap().to_owned(), world.county.clone());
        let budget = NonZeroU32::new(600_000).unwrap();
        let app = world.app.behind(Settings { budget, ..Settings::default() });
        let office = app.client(office);
        let quick = figures(&office, &county).await.expect_ok();
        let estimate = quick.json["extensions"]["cost"]["requested"].as_u64().unwrap();
        assert!(left(&quick) <= 600_000 - estimate, "never less than the estimate");
        slow_links(&app, Duration::from_millis(500), false).await;
        let slow = figures(&office, &county).await.expect_ok();
        let paid = left(&quick) - left(&slow);
        assert!(paid > estimate + 1_000, "a unit stands for 20 µs: {paid}, estimated at {estimate}");
        let mut last = slow;
        for _ in 0..200 {
            if !last.status.is_success() { break }
            last = figures(&office, &county).await;
        }
        assert_eq!((last.status, last.code()), (StatusCode::TOO_MANY_REQUESTS, Some("RATE_LIMITED")));
        let wait: i64 = last.headers["retry-after"].to_str().unwrap().parse().unwrap();
        app.clock.set(app.clock.now() + chrono::Duration::seconds(wait));
        let _ = figures(&office, &county).await.expect_ok();
    }

    async fn a_fault_of_ours_costs_nothing_more(app: TestApp) {
        let world = visited(app).await;
        let (office, county) = (world.office.token().unwrap().to_owned(), world.county.clone());
        slow_links(&world.app, Duration::from_secs(1), true).await;
        let budget = NonZeroU32::new(600_000).unwrap();
        let app = world.app.behind(Settings { budget, ..Settings::default() });
        let broken = figures(&app.client(office), &county).await;
        assert_eq!(broken.code(), Some("INTERNAL"), "{broken}");
        let estimate = broken.json["extensions"]["cost"]["requested"].as_u64().unwrap();
        assert_eq!(left(&broken), 600_000 - estimate);
    }
}
