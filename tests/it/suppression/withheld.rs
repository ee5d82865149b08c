//! Why a figure is not there: no ledger, hidden, or not yet known; and a zero is a zero.

use serde_json::{Value, json};
use tests::{Client, TestApp, on_both};

use super::country::{Country, region};
use super::refusals::{PUBLIC, first_quarter, shown, with};

const FRESHNESS: &str =
    "query($input: ProgressInput!) { progress(input: $input) { freshness { ledgers missing }
    groups(first: 100) { nodes { region { id } freshness { ledgers missing } } } } }";

fn why(figure: &Value) -> (Option<i64>, Option<&str>) {
    (shown(figure), figure["withheld"].as_str())
}

async fn total(country: &Country, by: &Client, input: Value) -> Value {
    country.told(by, input).await["total"].clone()
}

on_both! {
    /// A county that keeps no ledger has no figures, whoever asks; the place around it has those of the others.
    async fn a_county_without_a_ledger_has_no_figures(app: TestApp) {
        let country = Country::on(app).await;
        let Country { province, cities, counties, bare, .. } = &country;
        country.app.go_to("2022-04-10");
        for household in 0..6 {
            country.visit(0, household, "2022-02-01", false).await;
        }
        country.app.go_to("2022-05-02");
        for by in [&country.province_office, &country.city_office] {
            let groups = country.told(by, with(first_quarter(&cities[0]), "groupBy", json!("COUNTY"))).await;
            assert_eq!(why(&groups[bare]), (None, Some("NO_LEDGER")));
            assert_eq!(why(&groups[&counties[0].region]), (Some(6), None));
            assert_eq!(why(&groups[&counties[1].region]), (Some(0), None));
            assert_eq!(why(&total(&country, by, first_quarter(bare)).await), (None, Some("NO_LEDGER")));
            assert_eq!(why(&total(&country, by, first_quarter(&cities[0])).await), (Some(6), None));
            let asked = with(first_quarter(&cities[0]), "groupBy", json!("COUNTY"));
            let answer = by.post(FRESHNESS, json!({ "input": asked })).await.expect_ok();
            assert_eq!(answer.at("/progress/freshness"), &json!({ "ledgers": 4, "missing": 1 }));
            let of = |id: &str| answer.at("/progress/groups/nodes").as_array().unwrap().iter()
                .find(|node| node["region"]["id"] == id).unwrap()["freshness"].clone();
            assert_eq!(of(bare), json!({ "ledgers": 0, "missing": 1 }));
            assert_eq!(of(&counties[0].region), json!({ "ledgers": 1, "missing": 0 }));
            assert_eq!(of(&cities[0]), json!({ "ledgers": 1, "missing": 0 }), "the city's own work");
        }
        country.publish("HOUSEHOLD_VISITS").await;
        let asked = json!({ "region": bare, "year": 2022, "quarter": 1 });
        let told = country.app.stranger().post(PUBLIC, asked).await.expect_ok();
        assert_eq!(told.at("/publicFigures/0"), &json!({ "code": "HOUSEHOLD_VISITS", "numerator": null, "withheld": "NO_LEDGER" }));
        let elsewhere = region(&country.admin, "COUNTY", Some(&cities[1]), false).await;
        assert_eq!(country.code(&country.city_office, first_quarter(&elsewhere)).await.as_deref(), Some("NOT_FOUND"));
        assert_eq!(why(&total(&country, &country.province_office, first_quarter(&elsewhere)).await), (None, Some("NO_LEDGER")));
        assert_eq!(country.code(&counties[0].office, first_quarter(bare)).await.as_deref(), Some("NOT_FOUND"));
        assert_eq!(why(&total(&country, &country.province_office, first_quarter(province)).await), (Some(6), None));
    }

    /// A month that is not over at the cut-off, and records that were entered since, are not yet known; offices that see exact figures
    /// know them.
    async fn figures_of_a_month_that_is_not_closed_are_not_yet_known(app: TestApp) {
        let country = Country::on(app).await;
        let Country { province, counties, .. } = &country;
        country.app.go_to("2022-05-10");
        let month = |region: &str, month: i32| {
            with(first_quarter(region), "period", json!({ "month": { "year": 2022, "month": month } }))
        };
        for household in 0..6 {
            country.visit(0, household, "2022-05-03", false).await;
            country.visit(0, household, "2022-03-03", false).await;
        }
        for code in ["HOUSEHOLD_VISITS", "INDUSTRY_PROJECTS", "MEMBERS", "NEEDS_RESOLUTION_RATE", "LEAST_VISITS_PER_HOUSEHOLD"] {
            let may = with(month(province, 5), "indicators", json!([code]));
            assert_eq!(why(&total(&country, &country.province_office, may).await), (None, Some("NOT_YET")), "{code}");
        }
        let march = country.told(&country.province_office, with(month(province, 3), "groupBy", json!("COUNTY"))).await;
        assert_eq!(why(&march[&counties[0].region]), (None, Some("NOT_YET")));
        assert_eq!(why(&march[&counties[1].region]), (Some(0), None));
        assert_eq!(why(&total(&country, &country.province_office, month(&counties[0].region, 2)).await), (Some(0), None));
        assert_eq!(why(&total(&country, &counties[0].office, month(&counties[0].region, 5)).await), (Some(6), None));
        let year = with(first_quarter(&counties[0].region), "period", json!({ "year": 2022 }));
        let months = country.told(&country.province_office, with(year, "groupBy", json!("MONTH"))).await;
        let of = |month: &str| why(&months[month]);
        assert_eq!((of("2022-02-01"), of("2022-03-01"), of("2022-05-01")), ((Some(0), None), (None, Some("NOT_YET")), (None, Some("NOT_YET"))));
        country.app.go_to("2022-06-02");
        for (nth, known) in [(3, Some(6)), (5, Some(6)), (4, Some(0))] {
            assert_eq!(why(&total(&country, &country.province_office, month(&counties[0].region, nth)).await), (known, None), "{nth}");
        }
        let then = with(month(&counties[0].region, 3), "asOf", json!("2022-05-20T00:00:00Z"));
        assert_eq!(why(&total(&country, &country.province_office, then).await), (None, Some("NOT_YET")));
        let before = with(month(&counties[0].region, 3), "asOf", json!("2022-05-02T00:00:00Z"));
        assert_eq!(why(&total(&country, &country.province_office, before).await), (Some(0), None));
    }
}
