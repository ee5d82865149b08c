//! Who is told what: exact figures, a pattern, or nothing.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::{TestApp, on_both};

use super::country::{Country, HOUSEHOLDS};

/// Two busy counties and one with two visits in the first city, one with none in the second.
async fn busy(app: TestApp) -> Country {
    let country = Country::on(app).await;
    country.app.go_to("2022-04-10");
    for (county, visits) in [(0, 8), (1, 2), (2, 7), (3, 6)] {
        for nth in 0..visits {
            let on = format!("2022-0{}-05", 1 + nth % 3);
            country.visit(county, nth % HOUSEHOLDS, &on, true).await;
        }
    }
    country.app.go_to("2022-05-02");
    country
}

pub fn first_quarter(region: &str) -> Value {
    json!({ "region": { "id": region }, "period": { "quarter": { "year": 2022, "quarter": 1 } },
        "indicators": ["HOUSEHOLD_VISITS"] })
}

pub fn with(mut input: Value, field: &str, value: Value) -> Value {
    input[field] = value;
    input
}

pub fn shown(figure: &Value) -> Option<i64> {
    assert_eq!(figure["withheld"].is_null(), !figure["numerator"].is_null(), "{figure}");
    assert_eq!(figure["value"].is_null(), figure["numerator"].is_null());
    assert_eq!(figure["denominator"], Value::Null);
    figure["numerator"].as_i64()
}

pub const PUBLIC: &str = "query($region: ID!, $year: Int!, $quarter: Int!, $codes: [String!], $programme: String) {
    publicFigures(region: { id: $region }, quarter: { year: $year, quarter: $quarter }, indicators: $codes, programme: $programme) {
        code numerator withheld } }";

on_both! {
    /// A small county is hidden, and one beside it, so that it cannot be had from the city; who knows the county knows all.
    async fn a_small_county_is_hidden_with_another(app: TestApp) {
        let country = busy(app).await;
        let Country { province, cities, counties, .. } = &country;
        let by_county = with(first_quarter(province), "groupBy", json!("COUNTY"));
        let told = country.told(&country.province_office, by_county).await;
        let of = |county: usize| shown(&told[&counties[county].region]);
        assert_eq!((of(1), of(3), of(4)), (None, Some(6), Some(0)));
        assert!([of(0), of(2)].contains(&None), "the city less its other counties is the small one");
        assert!([of(0), of(2)].iter().any(Option::is_some), "more is hidden than need be");
        let by_city = with(first_quarter(province), "groupBy", json!("CITY"));
        let told = country.told(&country.province_office, by_city).await;
        assert_eq!((shown(&told[&cities[0]]), shown(&told[&cities[1]])), (Some(17), Some(6)));
        let total = country.told(&country.province_office, first_quarter(province)).await;
        assert_eq!(shown(&total["total"]), Some(23));
        for (by, county) in [(&country.city_office, 1), (&counties[1].office, 1)] {
            let exact = country.told(by, first_quarter(&counties[county].region)).await;
            assert_eq!(shown(&exact["total"]), Some(2));
        }
        let by_county = with(first_quarter(&cities[0]), "groupBy", json!("COUNTY"));
        let exact = country.told(&country.city_office, by_county).await;
        assert_eq!(shown(&exact[&counties[1].region]), Some(2));
    }

    /// An application of a city is told what the province is told, whoever asks first; and once told, it stands.
    async fn everybody_is_told_the_same(app: TestApp) {
        let country = busy(app).await;
        let Country { province, cities, counties, .. } = &country;
        let by_county = |place: &str| with(first_quarter(place), "groupBy", json!("COUNTY"));
        let first = country.told(&country.client, by_county(&cities[1])).await;
        let second = country.told(&country.province_office, by_county(province)).await;
        let third = country.told(&country.province_office, by_county(&cities[1])).await;
        assert_eq!(first, third);
        for county in [3, 4] {
            assert_eq!(first[&counties[county].region], second[&counties[county].region]);
        }
        country.visit(4, 0, "2022-03-03", false).await;
        let grown = &counties[4].region;
        let known = country.told(&country.client, by_county(&cities[1])).await;
        assert_eq!((shown(&first[grown]), &known[grown]["withheld"]), (Some(0), &json!("NOT_YET")));
        let but_grown = |told: &BTreeMap<String, Value>| {
            let mut told = told.clone();
            told.remove(grown);
            told
        };
        assert_eq!(but_grown(&known), but_grown(&first));
        country.app.go_to("2022-06-02");
        let later = country.told(&country.client, by_county(&cities[1])).await;
        assert_eq!(later[grown]["withheld"], json!("HIDDEN"), "a visit to one household passes for none");
        let then = with(by_county(&cities[1]), "asOf", json!("2022-05-20T00:00:00Z"));
        assert_eq!(country.told(&country.client, then).await, known);
    }

    /// Many who ask at once make one pattern.
    async fn a_pattern_is_made_once(app: TestApp) {
        let country = busy(app).await;
        let asked = || country.told(&country.province_office, first_quarter(&country.province));
        let told = futures::future::join_all([asked(), asked(), asked(), asked()]).await;
        assert!(told.iter().all(|other| other == &told[0]));
        assert_eq!(country.patterns().await, 1);
        let months = with(first_quarter(&country.province), "period", json!({ "year": 2022 }));
        country.told(&country.client, with(months, "region", json!({ "id": country.cities[1] }))).await;
        assert_eq!(country.patterns().await, 1, "a year is one pattern with its parts");
    }

    /// What is told to those who may not see small figures is the catalogue, over the calendar and the tree.
    async fn they_may_ask_for_no_more(app: TestApp) {
        let country = busy(app).await;
        let Country { province, counties, .. } = &country;
        let own = json!({ "programme": country.programme, "code": "ONE", "name": "一户", "unit": "次",
            "definition": { "measure": { "of": "ACTIVITY", "targets": ["HOUSEHOLD"] } } });
        let own = country.province_office.done("indicatorDefine", "indicator", own).await;
        let asked = |field: &str, value: Value| with(first_quarter(province), field, value);
        let span = |from: &str, to: &str| json!({ "span": { "from": from, "to": to } });
        for input in [
            asked("period", span("2022-01-01", "2022-03-30")),
            asked("period", span("2022-02-01", "2022-04-30")),
            asked("groupBy", json!("HELPER")),
            asked("groupBy", json!("VILLAGE")),
            asked("verification", json!(["SUBMITTED", "VERIFIED"])),
            first_quarter(&counties[0].village),
        ] {
            assert_eq!(country.code(&country.province_office, input.clone()).await.as_deref(), Some("FORBIDDEN"), "{input}");
        }
        let other = with(asked("indicators", json!(["ONE"])), "programme", json!({ "code": "HELP" }));
        assert_eq!(country.code(&country.province_office, other).await.as_deref(), Some("INVALID"));
        for field in ["ruleCompliance { code }", "targetCompliance { code }", "dutyCompliance { code }", "checklists { rate }"] {
            let query = format!("query($input: ProgressInput!) {{ progress(input: $input) {{ groups {{ nodes {{ {field} }} }} }} }}");
            let answer = country.province_office.post(&query, json!({ "input": first_quarter(province) })).await;
            assert_eq!(answer.code(), Some("FORBIDDEN"), "{field}");
        }
        let half = asked("period", span("2022-01-01", "2022-06-30"));
        assert_eq!(country.code(&country.province_office, half).await, None);
        let public = json!({ "indicator": own, "isPublic": true });
        assert_eq!(country.province_office.refused("indicatorPublish", "indicator", public).await, "NOT_ELIGIBLE");
    }

    /// Meetings rest on nobody: they are exact, as of the cut-off.
    async fn meetings_are_exact(app: TestApp) {
        let country = busy(app).await;
        let about = json!({ "title": "调研", "happenedOn": "2022-03-01", "region": country.counties[0].region });
        country.app.go_to("2022-04-10");
        let project = json!({ "category": "INDUSTRY", "about": about });
        country.counties[0].office.done("projectCreate", "project", project).await;
        country.app.go_to("2022-05-02");
        let input = with(first_quarter(&country.province), "indicators", json!(["INDUSTRY_PROJECTS"]));
        let told = country.told(&country.province_office, input.clone()).await;
        assert_eq!(shown(&told["total"]), Some(1));
        let then = async |as_of: &str| {
            let input = with(input.clone(), "asOf", json!(as_of));
            country.told(&country.province_office, input).await["total"].clone()
        };
        assert_eq!(shown(&then("2022-04-05T00:00:00Z").await), Some(0));
        assert_eq!(then("2022-04-20T00:00:00Z").await["withheld"], json!("NOT_YET"));
    }

    /// Of a stock, a change that rests on few is hidden as well as the stock; a rate needs enough on either side.
    async fn stocks_and_rates_are_guarded(app: TestApp) {
        let country = Country::on(app).await;
        country.app.go_to("2022-02-10");
        let plan = async |county: usize, household: usize, on: &str| {
            let about = json!({ "title": "规划", "happenedOn": on, "targets": [country.counties[county].households[household]] });
            let plan = json!({ "kind": "HOUSEHOLD_PLAN", "about": about });
            country.counties[county].office.done("planCreate", "plan", plan).await
        };
        for household in 0..6 {
            plan(0, household, "2022-01-05").await;
            plan(3, household, "2022-01-05").await;
        }
        plan(0, 6, "2022-02-03").await;
        let need = async |household: usize, resolves: bool| {
            let about = json!({ "title": "饮水", "happenedOn": "2022-01-03", "targets": [country.counties[0].households[household]] });
            let need = json!({ "category": "WATER", "about": about });
            let office = &country.counties[0].office;
            let need = office.done("needReport", "need", need).await;
            for step in ["MATCH", "RESOLVE"].into_iter().filter(|_| resolves) {
                let helper = (step == "MATCH").then_some(&country.body);
                let input = json!({ "need": need, "step": step, "on": "2022-01-20", "helper": helper });
                office.done("needAdvance", "need", input).await;
            }
        };
        for household in 0..7 {
            need(household, household > 0).await;
        }
        country.app.go_to("2022-05-02");
        let month = |month: i32, code: &str| {
            let input = with(first_quarter(&country.province), "indicators", json!([code]));
            let input = with(input, "groupBy", json!("COUNTY"));
            with(input, "period", json!({ "month": { "year": 2022, "month": month } }))
        };
        let january = country.told(&country.province_office, month(1, "HOUSEHOLD_PLANS")).await;
        let february = country.told(&country.province_office, month(2, "HOUSEHOLD_PLANS")).await;
        let (first, fourth) = (&country.counties[0].region, &country.counties[3].region);
        assert_eq!((shown(&january[first]), shown(&january[fourth])), (Some(6), Some(6)));
        assert_eq!(shown(&february[first]), None, "seven less six is one");
        let rate = country.told(&country.province_office, month(1, "NEEDS_RESOLUTION_RATE")).await;
        assert_eq!((&rate[first]["withheld"], &rate[first]["denominator"]), (&json!("HIDDEN"), &Value::Null));
    }

    /// Without a token: what an office has made public, of quarters that are over, and nothing else.
    async fn the_public_is_told_what_is_public(app: TestApp) {
        let country = busy(app).await;
        let stranger = country.app.stranger();
        let ask = async |region: &str, year: i32, quarter: i32, codes: Value| {
            let mut asked = json!({ "region": region, "year": year, "quarter": quarter });
            if !codes.is_null() {
                asked["codes"] = codes;
            }
            stranger.post(PUBLIC, asked).await
        };
        let all = ask(&country.province, 2022, 1, Value::Null).await.expect_ok();
        assert_eq!(all.at("/publicFigures"), &json!([]));
        let code = json!(["HOUSEHOLD_VISITS"]);
        assert_eq!(ask(&country.province, 2022, 1, code.clone()).await.code(), Some("INVALID"));
        let listed = "{ indicators { id code isPublic } }";
        let listed = country.admin.post(listed, Value::Null).await.expect_ok();
        let visits = listed.at("/indicators").as_array().unwrap().iter().find(|row| row["code"] == "HOUSEHOLD_VISITS").unwrap().clone();
        assert_eq!(visits["isPublic"], json!(false));
        let publish = |public: bool| json!({ "indicator": visits["id"], "isPublic": public });
        for by in [&country.province_office, &country.counties[0].office, &country.client] {
            assert_ne!(by.refused("indicatorPublish", "indicator", publish(true)).await, "OK");
        }
        country.admin.done("indicatorPublish", "indicator", publish(true)).await;
        let told = ask(&country.province, 2022, 1, Value::Null).await.expect_ok();
        assert_eq!(told.at("/publicFigures"), &json!([{ "code": "HOUSEHOLD_VISITS", "numerator": 23, "withheld": null }]));
        let small = ask(&country.counties[1].region, 2022, 1, code.clone()).await.expect_ok();
        assert_eq!(small.at("/publicFigures"), &json!([{ "code": "HOUSEHOLD_VISITS", "numerator": null, "withheld": "HIDDEN" }]));
        assert_eq!(ask(&country.province, 2022, 2, code.clone()).await.code(), Some("INVALID"));
        assert_eq!(ask(&country.counties[1].village, 2022, 1, code.clone()).await.code(), Some("FORBIDDEN"));
        let progress = country.code(&stranger, first_quarter(&country.province)).await;
        assert_eq!(progress.as_deref(), Some("UNAUTHENTICATED"));
        country.admin.done("indicatorPublish", "indicator", publish(false)).await;
        assert_eq!(ask(&country.province, 2022, 1, code).await.code(), Some("INVALID"));
    }
}
