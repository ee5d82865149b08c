//! The demonstration gives the published figures of its text, through the API, on both databases.

use platform::db::Capacity;
use serde_json::{Value, json};
use tests::{Client, TestApp, on_both};

/// The published figures: indicator, exact value in the indicator's unit.
const FIGURES: [(&str, f64); 18] = [
    ("VILLAGES_LINKED", 9.0),
    ("ORGANISATION_VILLAGE_VISITS", 22.0),
    ("VILLAGE_PROJECT_FUNDS", 103.5),
    ("VILLAGE_SERVICES", 34.0),
    ("COMMITTEES", 9.0),
    ("INDUSTRIES_LINKED", 9.0),
    ("COMMITTEE_FIELD_RESEARCH", 24.0),
    ("THEMATIC_CONSULTATIONS", 9.0),
    ("INDUSTRY_SUGGESTIONS", 26.0),
    ("INDUSTRY_PROBLEMS_SOLVED", 13.0),
    ("MEMBERS", 171.0),
    ("HOUSEHOLD_LINKS", 344.0),
    ("HOUSEHOLD_NEEDS_RESOLVED", 203.0),
    ("VILLAGE_VISITS_TOTAL", 52.0),
    ("PROJECT_FUNDS_TOTAL", 3015.5),
    ("NEEDS_RESOLVED_TOTAL", 216.0),
    ("INDUSTRY_PROJECTS", 13.0),
    ("DRIVEN_HOUSEHOLDS", 1512.0),
];

const PROGRESS: &str = "query($region: RegionCode!, $period: PeriodInput!, $asOf: DateTime, $by: GroupBy, $codes: [String!], $programme: String!, $after: String) {
    progress(input: { region: { code: $region }, programme: { code: $programme }, period: $period, asOf: $asOf, groupBy: $by, indicators: $codes }) {
        groups(first: 100, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes { region { code name } figures { code value unit }
            ruleCompliance { code rate numerator denominator } dutyCompliance { code rate numerator denominator }
            checklists { checklist { code } numerator denominator } } } } }";

/// What a province may ask.
const BY_COUNTY: &str = "query($region: RegionCode!, $period: PeriodInput!, $codes: [String!], $programme: String!, $after: String) {
    progress(input: { region: { code: $region }, programme: { code: $programme }, period: $period, groupBy: COUNTY, indicators: $codes }) {
        groups(first: 100, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes { region { name } figures { code value withheld } } } } }";

/// The whole of 2022 and the days until the text.
fn until_the_text() -> Value {
    json!({ "span": { "from": "2022-01-01", "to": "2023-01-11" } })
}

#[expect(clippy::needless_pass_by_value, reason = "it reads better where it is called")]
fn asked(region: &str, programme: &str, period: Value) -> Value {
    let codes: Vec<&str> = FIGURES.iter().map(|(code, _)| *code).collect();
    json!({ "region": region, "programme": programme, "period": period, "codes": codes })
}

async fn signed_in(app: &TestApp, account: &str) -> Client {
    let found = api::session::account_named(app, account).await.unwrap().unwrap();
    app.signed_in(found.id)
}

fn figures(group: &Value) -> Vec<(String, f64)> {
    let figure =
        |figure: &Value| (figure["code"].as_str().unwrap().to_owned(), figure["value"].as_f64().unwrap());
    group["figures"].as_array().unwrap().iter().map(figure).collect()
}

fn published() -> Vec<(String, f64)> {
    FIGURES.iter().map(|(code, value)| ((*code).to_owned(), *value)).collect()
}

on_both! {
    /// The three users get what they came for; the demo is loaded once for all that is asked of it.
    async fn the_demo_gives_the_published_figures(app: TestApp) {
        app.clock.set("2026-11-21T02:00:00Z".parse().unwrap());
        api::demo::load(&app, &|_, _| ()).await.unwrap();
        assert_eq!(api::demo::state(&app.owner().await).await.unwrap(), api::demo::State::Whole);

        // The county's front end.
        let office = signed_in(&app, "qingchuan").await;
        let answer = office.post(PROGRESS, asked("510822000000", "QC-3L3C", until_the_text())).await.expect_ok();
        let county = answer.at("/progress/groups/nodes/0").clone();
        assert_eq!(figures(&county), published());
        insta::assert_json_snapshot!("qingchuan_county", county);

        // A year of whole months comes from cells, and gives the same where nothing happened in January.
        let year = office.post(PROGRESS, asked("510822000000", "QC-3L3C", json!({ "year": 2022 }))).await.expect_ok();
        let as_known = json!({ "asOf": "2023-01-11T16:00:00Z" });
        let mut past = asked("510822000000", "QC-3L3C", json!({ "year": 2022 }));
        past.as_object_mut().unwrap().extend(as_known.as_object().unwrap().clone());
        let past = office.post(PROGRESS, past).await.expect_ok();
        assert_eq!(figures(year.at("/progress/groups/nodes/0")), figures(past.at("/progress/groups/nodes/0")));

        // The provincial script, for every county of the province.
        let script = signed_in(&app, "sichuan").await;
        let mut variables = asked("510000000000", "SC-DOUBLE-HELP", json!({ "year": 2022 }));
        let (mut counties, mut pages) = (vec![], 0);
        loop {
            let answer = script.post(BY_COUNTY, variables.clone()).await.expect_ok();
            counties.extend(answer.at("/progress/groups/nodes").as_array().unwrap().clone());
            pages += 1;
            if answer.at("/progress/groups/pageInfo/hasNextPage") == &json!(false) {
                assert_eq!(answer.at("/progress/groups/totalCount"), counties.len());
                break;
            }
            variables["after"] = answer.at("/progress/groups/pageInfo/endCursor").clone();
        }
        assert!(pages > 1, "all counties on one page");
        let ours = counties.iter().find(|county| county["region"]["name"] == "青川县").unwrap();
        assert_eq!(figures(ours), published());
        let others = counties.iter().filter(|county| *county != ours);
        for figure in others.flat_map(|county| county["figures"].as_array().unwrap()) {
            let is_zero = figure["value"].as_f64().is_some_and(|value| value.abs() < f64::EPSILON);
            assert!(is_zero || figure["withheld"] == "NO_LEDGER", "{figure}");
        }

        // The member's phone.
        let member = signed_in(&app, "member").await;
        let mine = "{ viewer { seats { links { household { headName village { name } openNeeds { title } } plan { title } standing { lastContactOn isOverdue } } } } }";
        let answer = member.post(mine, Value::Null).await.expect_ok();
        let links = answer.at("/viewer/seats/0/links").as_array().unwrap().clone();
        assert!(links.len() >= 2 && links.iter().all(|link| link["household"]["headName"].is_string()));

        // The rules of the text are there to be read.
        let rules = "{ programme(by: { code: \"QC-3L3C\" }) { parent { code parent { code } }
            linkRules { code minPerHelper maxPerHelper group targetDesignation { code } }
            dutyRules { code target period indicator { code } } checklists { code items { code target } } } }";
        let rules = office.post(rules, Value::Null).await.expect_ok();
        insta::assert_json_snapshot!("qingchuan_rules", rules.data());

        crate::examples::are_answered(&app).await;
        let app = app.reconnected(Capacity { connections: 2, time: None }).await;
        crate::examples::are_answered_at_once(&app).await;

        // Facts and cells equal a recount from the records.
        let report = api::verify::run(&app.db).await.unwrap();
        assert_eq!(report.differences, Vec::<String>::new());
    }
}
