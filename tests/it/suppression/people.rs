//! On whom figures rest: on the households that their facts name, whatever the record; on seats and villages never.

use serde_json::{Value, json};
use tests::{TestApp, on_both};

use super::country::Country;
use super::refusals::{PUBLIC, first_quarter, shown, with};

async fn by_county(country: &Country, code: &str) -> std::collections::BTreeMap<String, Value> {
    let input = with(first_quarter(&country.province), "indicators", json!([code]));
    country.told(&country.province_office, with(input, "groupBy", json!("COUNTY"))).await
}

async fn of(country: &Country, region: &str, code: &str) -> Value {
    let input = with(first_quarter(region), "indicators", json!([code]));
    country.told(&country.province_office, input).await["total"].clone()
}

fn is_hidden(figure: &Value) -> bool {
    figure["withheld"] == json!("HIDDEN") && shown(figure).is_none()
}

/// Defines an indicator of the programme and returns what publishing it answers: `OK`, or the code of the refusal.
async fn published(country: &Country, code: &str, measure: Value) -> String {
    let own = json!({ "programme": country.programme, "code": code, "name": code, "unit": "个", "definition": { "measure": measure } });
    let own = country.province_office.done("indicatorDefine", "indicator", own).await;
    let publish = "mutation($input: IndicatorPublishInput!) { indicatorPublish(input: $input) { userErrors { code } } }";
    let input = json!({ "idempotencyKey": tests::world::key(), "indicator": own, "isPublic": true });
    let answer = country.province_office.post(publish, json!({ "input": input })).await.expect_ok();
    let errors = answer.at("/indicatorPublish/userErrors");
    errors[0]["code"].as_str().unwrap_or("OK").to_owned()
}

on_both! {
    /// A project for one household rests on one: its count, its funds and whom it drives are hidden with whatever holds
    /// them; projects for villages beside it are exact.
    async fn a_project_for_a_household_rests_on_it(app: TestApp) {
        let country = Country::on(app).await;
        let Country { province, cities, counties, .. } = &country;
        country.app.go_to("2022-04-10");
        let first = country.project(0, &[&counties[0].village], 1000).await;
        country.project(1, &[&counties[1].households[0]], 500).await;
        country.project(3, &[&counties[3].village], 200).await;
        let driven = json!({ "project": first, "households": [counties[0].households[0]], "on": "2022-03-01" });
        counties[0].office.done("projectHouseholdsAdd", "project", driven).await;
        country.app.go_to("2022-05-02");
        for (code, villages) in [("PROJECT_FUNDS_TOTAL", [1000, 200]), ("INDUSTRY_PROJECTS", [1, 1])] {
            let told = by_county(&country, code).await;
            let county = |nth: usize| &told[&counties[nth].region];
            assert_eq!((shown(county(0)), shown(county(3))), (Some(villages[0]), Some(villages[1])), "{code}");
            assert_eq!(shown(county(4)), Some(0), "{code}");
            assert!(is_hidden(county(1)), "{code}: {}", county(1));
            assert!(is_hidden(&of(&country, &cities[0], code).await), "{code}: the city less its others is the county");
            assert!(is_hidden(&of(&country, province, code).await), "{code}");
            assert_eq!(shown(&of(&country, &cities[1], code).await), Some(villages[1]), "{code}");
            let exact = with(first_quarter(&cities[0]), "indicators", json!([code]));
            let exact = country.told(&country.city_office, exact).await;
            assert!(shown(&exact["total"]) > Some(villages[0]));
        }
        let driven = by_county(&country, "DRIVEN_HOUSEHOLDS").await;
        assert!(is_hidden(&driven[&counties[0].region]));
        let villages = by_county(&country, "VILLAGE_PROJECT_FUNDS").await;
        assert_eq!([0, 1, 3].map(|nth: usize| shown(&villages[&counties[nth].region])), [Some(1000), Some(0), Some(200)]);

        // Five households beside the village: the sum is told, with no way to a part of it.
        for household in 1..6 {
            country.project(1, &[&counties[1].households[household]], 10).await;
        }
        country.project(1, &[&counties[1].village], 7).await;
        country.app.go_to("2022-06-02");
        let told = by_county(&country, "PROJECT_FUNDS_TOTAL").await;
        assert_eq!(shown(&told[&counties[1].region]), Some(557));
    }

    /// Contributions in cash: to a village exact, to a household hidden; households that were given nothing hide nobody.
    async fn a_contribution_to_a_household_rests_on_it(app: TestApp) {
        let country = Country::on(app).await;
        let counties = &country.counties;
        country.app.go_to("2022-04-10");
        country.give(0, None, "2022-02-01", 300, true).await;
        for household in 0..4 {
            country.give(1, Some(household), "2022-02-01", 0, true).await;
        }
        country.give(1, Some(5), "2022-02-01", 900, true).await;
        country.give(2, None, "2022-02-01", 20, true).await;
        for household in 0..4 {
            country.give(2, Some(household), "2022-03-01", 10, true).await;
        }
        for household in 0..5 {
            country.give(3, Some(household), "2022-02-01", 10, true).await;
        }
        country.give(3, None, "2022-02-01", 1, true).await;
        country.app.go_to("2022-05-02");
        let told = by_county(&country, "CASH_GIVEN").await;
        let county = |nth: usize| &told[&counties[nth].region];
        assert_eq!(shown(county(0)), Some(300));
        assert!(is_hidden(county(1)), "four with nothing and one with all: {}", county(1));
        assert!(is_hidden(county(2)));
        assert_eq!((shown(county(3)), shown(county(4))), (Some(51), Some(0)));
        let city = of(&country, &country.cities[0], "CASH_GIVEN").await;
        assert_eq!(shown(&city), Some(1260), "five households in two counties, and villages");
        let months = with(first_quarter(&counties[2].region), "indicators", json!(["CASH_GIVEN"]));
        let months = country.told(&country.province_office, with(months, "groupBy", json!("MONTH"))).await;
        assert_eq!(shown(&months["2022-02-01"]), Some(20), "the village's month is exact");
        assert!(is_hidden(&months["2022-03-01"]));
        let client = with(first_quarter(&counties[3].region), "indicators", json!(["CASH_GIVEN"]));
        assert_eq!(shown(&country.told(&country.client, client).await["total"]), Some(51));
    }

    /// Seats are public offices: however few took part or did not, it is told.
    async fn seats_are_counted_exactly(app: TestApp) {
        let country = Country::on(app).await;
        let county = &country.counties[0];
        country.app.go_to("2022-04-10");
        let body = json!({ "region": county.region, "name": "县政协", "kind": "CPPCC", "system": "CPPCC" });
        let body = county.office.done("organisationCreate", "organisation", body).await;
        let mut seats = vec![];
        for nth in 0..3 {
            let person = json!({ "name": format!("委员{nth}"), "region": county.region });
            let person = county.office.done("personRegister", "person", person).await;
            let seat = json!({ "person": person, "organisation": body, "kind": "CPPCC_MEMBER", "from": "2021-01-01" });
            seats.push(county.office.done("memberAppoint", "member", seat).await);
        }
        let about = json!({ "title": "走访", "happenedOn": "2022-03-01", "participants": [seats[0], seats[1]], "targets": [county.households[0]] });
        county.office.done("activityRecord", "activity", json!({ "kind": "VISIT", "about": about })).await;
        country.app.go_to("2022-05-02");
        let took_part = of(&country, &county.region, "PARTICIPATING_MEMBERS").await;
        assert_eq!(shown(&took_part), Some(2));
        let rate = of(&country, &county.region, "PARTICIPATION_RATE").await;
        assert_eq!((&rate["numerator"], &rate["denominator"], &rate["withheld"]), (&json!(2), &json!(3), &Value::Null));
        assert!(is_hidden(&of(&country, &county.region, "HOUSEHOLD_VISITS").await));
    }

    /// What an office defines itself is published where it looks for nobody; a record that names a household besides hides
    /// the figure it counts in.
    async fn an_own_indicator_tells_nothing_of_a_household(app: TestApp) {
        let country = Country::on(app).await;
        let counties = &country.counties;
        for (nth, measure) in [
            json!({ "of": "PROJECT", "step": "FUNDED", "targets": ["HOUSEHOLD"], "measure": "SUM_AMOUNT" }),
            json!({ "of": "PROJECT", "step": "DRIVING", "targets": ["HOUSEHOLD"], "measure": "DISTINCT", "by": "LINK" }),
            json!({ "of": "PROJECT", "step": "DRIVING", "targets": ["REGION"], "measure": "DISTINCT", "by": "DRIVEN_HOUSEHOLD" }),
            json!({ "of": "PROJECT", "step": "FUNDED", "measure": "SUM_AMOUNT" }),
            json!({ "of": "ACTIVITY", "targets": ["REGION"], "measure": "SUM_PERSONS" }),
            json!({ "of": "CONTRIBUTION", "measure": "DISTINCT", "by": "LINK" }),
            json!({ "of": "OUTCOME", "targets": ["REGION", "HOUSEHOLD"] }),
            json!({ "of": "LINK", "step": "ACTIVE", "time": "STOCK" }),
            json!({ "of": "MARK" }),
            json!({ "of": "EXEMPTION" }),
            json!({ "of": "CONTRIBUTION", "targets": ["HOUSEHOLD"], "measure": "DISTINCT", "by": "HELPER_MEMBER" }),
            json!({ "of": "PROJECT", "targets": ["REGION"], "quantityFrom": 1 }),
        ].into_iter().enumerate() {
            assert_eq!(published(&country, &format!("NO{nth}"), measure.clone()).await, "NOT_ELIGIBLE", "{measure}");
        }
        for (code, measure) in [
            ("VILLAGE_FUNDS", json!({ "of": "PROJECT", "step": "FUNDED", "targets": ["REGION"], "measure": "SUM_AMOUNT" })),
            ("SEATS", json!({ "of": "ACTIVITY", "measure": "DISTINCT", "by": "PARTICIPANT" })),
            ("VILLAGES", json!({ "of": "LINK", "step": "ACTIVE", "time": "STOCK", "targets": ["REGION"] })),
        ] {
            assert_eq!(published(&country, code, measure).await, "OK", "{code}");
        }
        country.app.go_to("2022-04-10");
        country.project(0, &[&counties[0].village], 1000).await;
        country.project(3, &[&counties[3].village], 200).await;
        country.project(3, &[&counties[3].village, &counties[3].households[0]], 40).await;
        country.app.go_to("2022-05-02");
        let stranger = country.app.stranger();
        let ask = async |region: &str| {
            let asked = json!({ "region": region, "year": 2022, "quarter": 1, "codes": ["VILLAGE_FUNDS"], "programme": "HELP" });
            stranger.post(PUBLIC, asked).await.expect_ok().at("/publicFigures/0").clone()
        };
        let told = |numerator: Value, withheld: Value| json!({ "code": "VILLAGE_FUNDS", "numerator": numerator, "withheld": withheld });
        assert_eq!(ask(&counties[0].region).await, told(json!(1000), Value::Null));
        assert_eq!(ask(&country.cities[0]).await, told(json!(1000), Value::Null));
        for region in [&counties[3].region, &country.cities[1], &country.province] {
            assert_eq!(ask(region).await, told(Value::Null, json!("HIDDEN")), "240 less 200 is a household's");
        }
        let own = with(first_quarter(&country.province), "indicators", json!(["VILLAGE_FUNDS"]));
        let own = with(with(own, "groupBy", json!("COUNTY")), "programme", json!({ "code": "HELP" }));
        let own = country.told(&country.province_office, own).await;
        let county = |nth: usize| &own[&counties[nth].region];
        assert_eq!((shown(county(0)), is_hidden(county(3)), shown(county(4))), (Some(1000), true, Some(0)));
    }
}
