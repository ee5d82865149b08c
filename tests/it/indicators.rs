//! Indicators that an office defines: what they may look for, over records and over the roster.

use serde_json::{Value, json};
use tests::{Client, World, on_both};

struct Catalogue(Vec<Value>);

impl Catalogue {
    async fn read(by: &Client) -> Self {
        let answer = by.post("{ catalogue { code categories { code key } } }", Value::Null).await.expect_ok();
        Self(answer.at("/catalogue").as_array().unwrap().clone())
    }

    fn key(&self, set: &str, code: &str) -> Value {
        let set = self.0.iter().find(|known| known["code"] == set).unwrap();
        let categories = set["categories"].as_array().unwrap();
        categories.iter().find(|category| category["code"] == code).unwrap()["key"].clone()
    }
}

async fn define(world: &World, code: &str, definition: Value) -> String {
    let input = json!({ "programme": world.programme, "code": code, "name": code, "unit": "个", "definition": definition });
    world.office.done("indicatorDefine", "indicator", input).await
}

/// Numerators, and denominators where there are any, of one indicator by group.
async fn figures(by: &Client, region: &str, code: &str, grouped: &str) -> Vec<(String, i64, Option<i64>)> {
    let query = "query($region: ID!, $codes: [String!], $by: GroupBy) {
        progress(input: { region: { id: $region }, programme: { code: \"HELP\" }, period: { year: 2022 }, indicators: $codes, groupBy: $by }) {
            groups(first: 100) { nodes { region { name } figures { numerator denominator } } } } }";
    let answer =
        by.post(query, json!({ "region": region, "codes": [code], "by": grouped })).await.expect_ok();
    let of = |group: &Value| {
        let figure = &group["figures"][0];
        let name = group["region"]["name"].as_str().unwrap_or_default().to_owned();
        (name, figure["numerator"].as_i64().unwrap(), figure["denominator"].as_i64())
    };
    answer.at("/progress/groups/nodes").as_array().unwrap().iter().map(of).collect()
}

/// A seat of the county beside, with its id.
async fn seat_beside(world: &World) -> String {
    let person = json!({ "name": "邻县委员", "region": world.other_county });
    let person = world.neighbour.done("personRegister", "person", person).await;
    let seat = json!({ "person": person, "organisation": world.other_organisation, "kind": "CPPCC_MEMBER", "from": "2021-01-01" });
    world.neighbour.done("memberAppoint", "member", seat).await
}

on_both! {
    /// Participation: of the seats that are there on the last day, those that did anything in whatever way, counted at
    /// home wherever they did it.
    async fn participation_is_a_share_of_seats(world: World) {
        let link = world.link(0, 0, "2022-01-01").await;
        let guest = seat_beside(&world).await;
        world.app.go_to("2022-06-01");
        world.visit(&world.office, &link, "2022-03-01").await;
        world.visit(&world.office, &link, "2022-04-01").await;
        let about = json!({ "title": "捐款", "happenedOn": "2022-03-01", "region": world.villages[0],
            "programmes": [world.programme], "helpers": [world.members[1].seat], "targets": [world.villages[0]] });
        let gift = json!({ "kind": "CASH", "amount": 500_000, "about": about });
        world.office.done("contributionRecord", "contribution", gift).await;
        let about = json!({ "title": "视察", "happenedOn": "2022-05-01", "region": world.county,
            "programmes": [world.programme], "participants": [guest] });
        world.office.done("activityRecord", "activity", json!({ "kind": "INSPECTION_TOUR", "about": about })).await;
        let rate = async |region: &str, by: &str| figures(&world.city_office, region, "PARTICIPATION_RATE", by).await;
        let named = |name: &str, done, of| (name.to_owned(), done, Some(of));
        assert_eq!(rate(&world.county, "TOTAL").await, [named("", 2, 3)]);
        assert_eq!(rate(&world.city, "TOTAL").await, [named("", 3, 4)]);
        let counties = rate(&world.city, "COUNTY").await;
        assert_eq!(counties, [named("广元市", 0, 0), named("青川县", 2, 3), named("剑阁县", 1, 1)]);
        let end = json!({ "member": world.members[2].seat, "to": "2022-02-01" });
        world.office.done("memberEnd", "member", end).await;
        assert_eq!(rate(&world.county, "TOTAL").await, [named("", 2, 2)]);
    }

    /// What several parts tell apart counts once.
    async fn parts_are_united(world: World) {
        world.app.go_to("2022-06-01");
        for (kind, helpers, participants) in [("VISIT", vec![0, 1], vec![]), ("STUDY", vec![], vec![1, 2])] {
            let seats = |which: Vec<usize>| which.into_iter().map(|nth| world.members[nth].seat.clone()).collect::<Vec<_>>();
            let about = json!({ "title": kind, "happenedOn": "2022-03-01", "region": world.county, "programmes": [world.programme],
                "helpers": seats(helpers), "participants": seats(participants) });
            world.office.done("activityRecord", "activity", json!({ "kind": kind, "about": about })).await;
        }
        let by = |role: &str| json!({ "of": "ACTIVITY", "measure": "DISTINCT", "by": role });
        define(&world, "ANYHOW", json!({ "measure": by("HELPER_MEMBER"), "or": [by("PARTICIPANT")] })).await;
        assert_eq!(figures(&world.office, &world.county, "ANYHOW", "TOTAL").await, [(String::new(), 3, None)]);
    }

    /// The region tree is counted as it stands, each region where it lies.
    async fn regions_are_counted(world: World) {
        define(&world, "VILLAGES", json!({ "measure": { "of": "REGION", "kinds": ["VILLAGE"], "time": "STOCK" } })).await;
        let hard = Catalogue::read(&world.office).await.key("REGION_DESIGNATION", "HARD");
        define(&world, "HARD", json!({ "measure": { "of": "REGION", "kinds": ["VILLAGE"], "time": "STOCK", "placeDesignation": hard } })).await;
        let counted = async |region: &str, code: &str, by: &str| -> Vec<(String, i64)> {
            figures(&world.city_office, region, code, by).await.into_iter().map(|(name, n, _)| (name, n)).collect()
        };
        let named = |groups: &[(&str, i64)]| -> Vec<(String, i64)> { groups.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect() };
        assert_eq!(counted(&world.city, "VILLAGES", "TOTAL").await, named(&[("", 4)]));
        assert_eq!(counted(&world.city, "VILLAGES", "COUNTY").await, named(&[("广元市", 0), ("青川县", 3), ("剑阁县", 1)]));
        assert_eq!(counted(&world.township, "VILLAGES", "TOTAL").await, named(&[("", 3)]));
        assert_eq!(counted(&world.county, "HARD", "TOTAL").await, named(&[("", 0)]));
        let designate = json!({ "region": world.villages[1], "designation": "HARD", "from": "2022-05-01" });
        world.office.done("regionDesignate", "region", designate).await;
        assert_eq!(counted(&world.county, "HARD", "TOTAL").await, named(&[("", 1)]));
        let fourth = json!({ "level": "VILLAGE", "parent": world.township, "name": "4村", "validFrom": "2022-02-01" });
        let fourth = world.office.done("regionCreate", "region", fourth).await;
        assert_eq!(counted(&world.county, "VILLAGES", "TOTAL").await, named(&[("", 4)]));
        world.office.done("regionEnd", "region", json!({ "region": fourth, "to": "2022-06-30" })).await;
        assert_eq!(counted(&world.county, "VILLAGES", "TOTAL").await, named(&[("", 3)]));
    }

    /// What helpers and targets are, as data: the tags of a seat, the level of a region.
    async fn helpers_and_targets_have_attributes(world: World) {
        let resident = Catalogue::read(&world.office).await.key("MEMBER_TAG", "RESIDENT");
        let tag = json!({ "member": world.members[0].seat, "tags": [resident] });
        world.office.done("memberUpdate", "member", tag).await;
        define(&world, "BY_RESIDENTS", json!({ "measure": { "of": "ACTIVITY", "helperTags": [resident] } })).await;
        define(&world, "AT_VILLAGES", json!({ "measure": { "of": "ACTIVITY", "targetKinds": ["VILLAGE"] } })).await;
        define(&world, "RESIDENTS", json!({ "measure": { "of": "MEMBER", "tags": [resident], "time": "STOCK" } })).await;
        world.app.go_to("2022-06-01");
        for (seat, target) in [(0, &world.villages[0]), (1, &world.villages[0]), (1, &world.township)] {
            let about = json!({ "title": "调研", "happenedOn": "2022-03-01", "region": target, "programmes": [world.programme],
                "helpers": [world.members[seat].seat], "targets": [target] });
            world.office.done("activityRecord", "activity", json!({ "kind": "RESEARCH", "about": about })).await;
        }
        for (code, n) in [("BY_RESIDENTS", 1), ("AT_VILLAGES", 2), ("RESIDENTS", 1)] {
            assert_eq!(figures(&world.office, &world.county, code, "TOTAL").await, [(String::new(), n, None)], "{code}");
        }
    }

    /// A definition that cannot be computed is refused with a sentence, and nothing is defined.
    async fn senseless_definitions_are_refused(world: World) {
        let seats = json!({ "of": "MEMBER", "measure": "DISTINCT", "by": "HELPER_MEMBER", "time": "STOCK" });
        let count = json!({ "of": "ACTIVITY" });
        let told_apart = json!({ "of": "ACTIVITY", "measure": "DISTINCT", "by": "TARGET_HOUSEHOLD" });
        let before = world.rows("indicator").await;
        for definition in [
            json!({ "measure": count, "or": [count] }),
            json!({ "measure": count, "denominator": seats, "ofDenominator": true }),
            json!({ "measure": seats, "ofDenominator": true }),
            json!({ "measure": { "of": "REGION", "measure": "DISTINCT", "by": "HELPER_MEMBER" } }),
            json!({ "measure": { "of": "ACTIVITY", "targetKinds": ["HAMLET"] } }),
            json!({ "measure": { "of": "ACTIVITY", "helperKinds": vec!["LEADER"; 101] } }),
            json!({ "measure": told_apart, "or": (0..400).map(|_| told_apart.clone()).collect::<Vec<_>>() }),
            json!({ "measure": { "of": "ACTIVITY", "helperTags": ["00000000-0000-0000-0000-000000000001"] } }),
        ] {
            let input = json!({ "programme": world.programme, "code": "NO", "name": "不", "unit": "个", "definition": definition });
            assert_eq!(world.office.refused("indicatorDefine", "indicator", input).await, "INVALID", "{definition}");
        }
        assert_eq!(world.rows("indicator").await, before);
    }

    /// Villages and the programme itself have duties, too, and marks answer them.
    async fn regions_and_programmes_have_duties(world: World) {
        define(&world, "WORK", json!({ "measure": { "of": "ACTIVITY" } })).await;
        let duty = |code: &str, rest: Value| {
            let mut duty = json!({ "programme": world.programme, "code": code, "name": code, "target": 1, "period": "YEAR",
                "obligation": "MANDATORY", "from": "2022-01-01" });
            duty.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            duty
        };
        let forces = duty("FORCES", json!({ "subject": "REGION", "subjectKinds": ["VILLAGE"], "target": 2 }));
        let forces = world.office.done("dutyRuleCreate", "dutyRule", forces).await;
        let work = duty("WORK", json!({ "subject": "PROGRAMME", "indicator": "WORK", "target": 2 }));
        world.office.done("dutyRuleCreate", "dutyRule", work).await;
        world.app.go_to("2022-12-30");
        let mark = |subject: &str, quantity: i64| json!({ "duty": forces, "subject": subject, "on": "2022-03-01", "quantity": quantity });
        world.office.done("markSet", "mark", mark(&world.villages[0], 2)).await;
        world.office.done("markSet", "mark", mark(&world.villages[1], 1)).await;
        assert_eq!(world.office.refused("markSet", "mark", mark(&world.township, 1)).await, "NOT_ELIGIBLE");
        let about = json!({ "title": "会议", "happenedOn": "2022-03-01", "region": world.county, "programmes": [world.programme] });
        world.office.done("activityRecord", "activity", json!({ "kind": "MEETING", "about": about })).await;
        let query = "query($region: ID!, $code: String!) { progress(input: { region: { id: $region }, programme: { code: \"HELP\" }, period: { year: 2022 } }) {
            groups { nodes { dutyCompliance { code numerator denominator } } }
            behind(duty: $code) { nodes { region { name } owed done } } } }";
        let ask = async |code: &str| {
            let variables = json!({ "region": world.county, "code": code });
            let answer = world.office.post(query, variables).await.expect_ok();
            let duties = answer.at("/progress/groups/nodes/0/dutyCompliance").as_array().unwrap().clone();
            let duty = duties.into_iter().find(|duty| duty["code"] == code).unwrap();
            (json!([duty["numerator"], duty["denominator"]]), answer.at("/progress/behind/nodes").clone())
        };
        let (told, behind) = ask("FORCES").await;
        assert_eq!(told, json!([1, 3]));
        let expected = json!([{ "region": { "name": "2村" }, "owed": "2", "done": "1" }, { "region": { "name": "3村" }, "owed": "2", "done": "0" }]);
        assert_eq!(behind.as_array().map(Vec::len), expected.as_array().map(Vec::len), "{behind}");
        assert!(expected.as_array().unwrap().iter().all(|line| behind.as_array().unwrap().iter().any(|found| found["region"] == line["region"])), "{behind}");
        assert_eq!(ask("WORK").await.0, json!([0, 1]));
        world.office.done("activityRecord", "activity", json!({ "kind": "MEETING", "about": about })).await;
        assert_eq!(ask("WORK").await.0, json!([1, 1]));
    }

    /// An organisation and an industry are there from their first day to their last.
    async fn bodies_and_industries_have_days(world: World) {
        let body = json!({ "region": world.county, "name": "茶叶协会", "kind": "ASSOCIATION", "system": "SOCIETY", "from": "2022-04-01" });
        let body = world.office.done("organisationCreate", "organisation", body).await;
        let industry = json!({ "region": world.county, "name": "木耳", "from": "2022-05-01" });
        world.office.done("industryCreate", "industry", industry).await;
        define(&world, "BODIES", json!({ "measure": { "of": "ORGANISATION", "time": "STOCK" } })).await;
        define(&world, "TRADES", json!({ "measure": { "of": "INDUSTRY", "time": "STOCK" } })).await;
        let query = "query($region: ID!, $month: Int!) { progress(input: { region: { id: $region }, programme: { code: \"HELP\" },
            period: { month: { year: 2022, month: $month } }, indicators: [\"BODIES\", \"TRADES\"] }) { groups { nodes { figures { numerator } } } } }";
        let months = async |month: i32| {
            let answer = world.office.post(query, json!({ "region": world.county, "month": month })).await.expect_ok();
            let figures = answer.at("/progress/groups/nodes/0/figures").clone();
            (figures[0]["numerator"].as_i64().unwrap(), figures[1]["numerator"].as_i64().unwrap())
        };
        assert_eq!((months(3).await, months(4).await, months(5).await), ((1, 1), (2, 1), (2, 2)));
        let end = |to: &str| json!({ "organisation": body, "to": to });
        assert_eq!(world.office.refused("organisationEnd", "organisation", end("2022-03-01")).await, "END_BEFORE_START");
        world.office.done("organisationEnd", "organisation", end("2022-04-30")).await;
        assert_eq!(months(5).await, (1, 2));
        assert_eq!(world.office.refused("organisationEnd", "organisation", json!({ "organisation": world.organisation, "to": "2022-06-01" })).await, "WRONG_STEP");
        let late = json!({ "organisation": body, "name": "秘书处", "kind": "OFFICE", "from": "2022-06-01" });
        assert_eq!(world.office.refused("committeeCreate", "committee", late).await, "NOT_ELIGIBLE");
    }
}
