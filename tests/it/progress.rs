//! Progress: figures move as they must when records change, and an as-of before the change still answers the old one.

use serde_json::{Value, json};
use tests::{Client, World, on_both};

/// The figures of a year as codes and exact values.
const FIGURES: &str =
    "query($region: ID!, $period: PeriodInput!, $asOf: DateTime, $by: GroupBy, $codes: [String!]) {
    progress(input: { region: { id: $region }, programme: { code: \"HELP\" }, period: $period, asOf: $asOf,
        groupBy: $by, indicators: $codes }) {
        groups(first: 100) { nodes { region { name } month figures { code numerator denominator }
            ruleCompliance { code numerator denominator linked exempt }
            dutyCompliance { code numerator denominator partial behind }
            checklists { checklist { code } numerator denominator } } } } }";

struct Asked<'a> {
    world: &'a World,
    by: &'a Client,
}

impl Asked<'_> {
    async fn ask(&self, period: Value, rest: Value) -> Value {
        let mut variables = json!({ "region": self.world.county, "period": period });
        variables.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        let answer = self.by.post(FIGURES, variables).await.expect_ok();
        answer.at("/progress/groups/nodes").clone()
    }

    /// One figure of a period.
    async fn figure(&self, code: &str, period: Value, as_of: Option<&str>) -> i64 {
        let groups = self.ask(period, json!({ "asOf": as_of, "codes": [code] })).await;
        groups[0]["figures"][0]["numerator"].as_i64().unwrap()
    }
}

fn year(year: i32) -> Value {
    json!({ "year": year })
}

fn quarter(quarter: i32) -> Value {
    json!({ "quarter": { "year": 2022, "quarter": quarter } })
}

fn span(from: &str, to: &str) -> Value {
    json!({ "span": { "from": from, "to": to } })
}

on_both! {
    /// A visit is moved to another quarter: one figure falls, the other rises, and the past stays as it was known.
    async fn a_visit_moves_to_another_quarter(world: World) {
        let asked = Asked { world: &world, by: &world.office };
        let link = world.link(0, 0, "2022-01-01").await;
        world.app.go_to("2022-07-01");
        let record = world.visit(&world.office, &link, "2022-03-31").await;
        world.visit(&world.office, &link, "2022-05-05").await;
        assert_eq!(asked.figure("HOUSEHOLD_VISITS", quarter(1), None).await, 1);
        assert_eq!(asked.figure("HOUSEHOLD_VISITS", quarter(2), None).await, 1);
        world.app.go_to("2022-07-02");
        world.office.done("recordAmend", "record", json!({ "record": record, "happenedOn": "2022-04-01" })).await;
        for (period, now, before) in [(quarter(1), 0, 1), (quarter(2), 2, 1), (year(2022), 2, 2)] {
            assert_eq!(asked.figure("HOUSEHOLD_VISITS", period.clone(), None).await, now);
            assert_eq!(asked.figure("HOUSEHOLD_VISITS", period, Some("2022-07-01T12:00:00Z")).await, before);
        }
    }

    /// A record that is rejected no longer counts; one that a member entered counts when it is verified.
    async fn only_verified_records_count(world: World) {
        let asked = Asked { world: &world, by: &world.office };
        let link = world.link(0, 0, "2022-01-01").await;
        world.app.go_to("2022-03-01");
        let by_office = world.visit(&world.office, &link, "2022-02-01").await;
        let by_member = world.visit(&world.members[0].client, &link, "2022-02-02").await;
        assert_eq!(asked.figure("HOUSEHOLD_VISITS", quarter(1), None).await, 1);
        let both = json!({ "codes": ["HOUSEHOLD_VISITS"] });
        assert_eq!(asked.ask(quarter(1), both).await[0]["figures"][0]["numerator"], 1);
        world.office.done("recordVerify", "record", json!({ "record": by_member })).await;
        assert_eq!(asked.figure("HOUSEHOLD_VISITS", quarter(1), None).await, 2);
        world.app.go_to("2022-03-02");
        world.office.done("recordReject", "record", json!({ "record": by_office, "reason": "重复" })).await;
        assert_eq!(asked.figure("HOUSEHOLD_VISITS", quarter(1), None).await, 1);
        assert_eq!(asked.figure("HOUSEHOLD_VISITS", quarter(1), Some("2022-03-01T12:00:00Z")).await, 2);
    }

    /// A link that ends leaves the stock on the day after its last, from cells and from facts alike.
    async fn a_link_that_ends_leaves_the_stock(world: World) {
        let asked = Asked { world: &world, by: &world.office };
        let link = world.link(0, 0, "2022-01-01").await;
        world.link(0, 1, "2022-02-15").await;
        world.app.go_to("2022-12-01");
        world.office.done("linkEnd", "link", json!({ "link": link, "to": "2022-06-30", "reason": "户主迁出" })).await;
        let stock = async |to: &str| asked.figure("HOUSEHOLD_LINKS", span("2022-01-01", to), None).await;
        for (to, links) in
            [("2022-01-31", 1), ("2022-02-14", 1), ("2022-02-15", 2), ("2022-02-28", 2), ("2022-06-30", 2), ("2022-07-01", 1), ("2022-07-31", 1)]
        {
            assert_eq!(stock(to).await, links, "on {to}");
        }
    }

    /// A need counts as resolved from the day it is, and no more when it is reopened.
    async fn a_need_counts_until_it_is_reopened(world: World) {
        let asked = Asked { world: &world, by: &world.office };
        let link = world.link(0, 0, "2022-01-01").await;
        world.app.go_to("2022-05-01");
        let about = json!({ "title": "饮水", "happenedOn": "2022-03-01", "links": [link] });
        let need = world.office.done("needReport", "need", json!({ "about": about, "category": "WATER" })).await;
        for (step, on) in [("MATCH", "2022-03-02"), ("START", "2022-03-03"), ("RESOLVE", "2022-04-10")] {
            let mut input = json!({ "need": need, "step": step, "on": on });
            if step == "MATCH" {
                input["helper"] = world.members[0].seat.clone().into();
            }
            world.office.done("needAdvance", "need", input).await;
        }
        assert_eq!(asked.figure("NEEDS_RESOLVED_TOTAL", quarter(1), None).await, 0);
        assert_eq!(asked.figure("NEEDS_RESOLVED_TOTAL", quarter(2), None).await, 1);
        assert_eq!(asked.figure("HOUSEHOLD_NEEDS_RESOLVED", year(2022), None).await, 1);
        world.app.go_to("2022-05-02");
        let reopen = json!({ "need": need, "step": "REOPEN", "on": "2022-05-02", "reason": "水管又断了" });
        world.office.done("needAdvance", "need", reopen).await;
        assert_eq!(asked.figure("NEEDS_RESOLVED_TOTAL", quarter(2), None).await, 0);
        assert_eq!(asked.figure("NEEDS_RESOLVED_TOTAL", quarter(2), Some("2022-05-01T12:00:00Z")).await, 1);
        assert_eq!(asked.figure("NEEDS_REPORTED", quarter(1), None).await, 1);
    }

    /// 1+1: both rules together, less the exempt; the floor is one link at least.
    async fn one_plus_one_is_met_by_both_rules(world: World) {
        let asked = Asked { world: &world, by: &world.office };
        world.link(0, 0, "2022-01-01").await;
        world.link(0, 1, "2022-01-01").await;
        world.link(1, 2, "2022-01-01").await;
        let compliance = async || {
            let groups = asked.ask(quarter(1), json!({})).await;
            groups[0]["ruleCompliance"][0].clone()
        };
        let expected = json!({ "code": "ONE_PLUS_ONE", "numerator": 1, "denominator": 3, "linked": 2, "exempt": 0 });
        assert_eq!(compliance().await, expected);
        let exempt = json!({ "helper": world.members[2].seat, "rule": world.rule_exited, "from": "2022-01-01", "reason": "长期驻外" });
        world.office.done("exemptionGrant", "exemption", exempt).await;
        let expected = json!({ "code": "ONE_PLUS_ONE", "numerator": 1, "denominator": 2, "linked": 2, "exempt": 1 });
        assert_eq!(compliance().await, expected);
        let unlinked = "query($region: ID!) { progress(input: { region: { id: $region }, programme: { code: \"HELP\" },
            period: { quarter: { year: 2022, quarter: 1 } } }) { unlinked(rule: \"ONE_PLUS_ONE\") { totalCount nodes { member { id } links } } } }";
        let answer = world.office.post(unlinked, json!({ "region": world.county })).await.expect_ok();
        assert_eq!(answer.at("/progress/unlinked/nodes"), &json!([{ "member": { "id": world.members[1].seat }, "links": 1 }]));
    }

    /// The target's side of a rule: who has the designation on the last day, and how many of them have enough links.
    async fn targets_that_lack_links_are_told(world: World) {
        let rule = async |code: &str, rest: Value| {
            let mut input = json!({ "programme": world.programme, "code": code, "name": code, "helperKind": "MEMBER",
                "obligation": "MANDATORY", "from": "2022-01-01", "minPerTarget": 1 });
            input.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            world.office.done("linkRuleCreate", "linkRule", input).await
        };
        let two = rule("TWO", json!({ "targetKind": "HOUSEHOLD", "targetDesignation": "EXITED", "minPerTarget": 2 })).await;
        let village = rule("EACH_VILLAGE", json!({ "targetKind": "REGION" })).await;
        let tea = rule("TEA", json!({ "targetKind": "INDUSTRY", "helperKind": "COMMITTEE" })).await;
        let link = async |rule: &str, helper: &str, target: &str, from: &str| {
            let input = json!({ "rule": rule, "helper": helper, "target": target, "from": from });
            world.office.done("linkCreate", "link", input).await
        };
        let seats: Vec<&str> = world.members.iter().map(|member| member.seat.as_str()).collect();
        link(&two, seats[0], &world.households[0], "2022-01-01").await;
        link(&two, seats[1], &world.households[0], "2022-02-01").await;
        link(&two, seats[1], &world.households[2], "2022-01-01").await;
        link(&village, seats[0], &world.villages[0], "2022-01-01").await;
        link(&tea, &world.committee, &world.industry, "2022-01-01").await;
        world.app.go_to("2022-07-01");
        let designate = json!({ "household": world.households[4], "designation": "EXITED", "to": "2022-06-29" });
        world.office.done("householdDesignate", "household", designate).await;
        let ask = "query($region: ID!, $period: PeriodInput!, $by: GroupBy, $asOf: DateTime, $rule: String!) {
            progress(input: { region: { id: $region }, programme: { code: \"HELP\" }, period: $period, groupBy: $by, asOf: $asOf }) {
                groups { nodes { ruleCompliance { code } targetCompliance { code numerator denominator linked exempt rules { code } } } }
                unlinkedTargets(rule: $rule) { totalCount nodes { links member { id } helper { __typename } target { ... on Node { id } } } } } }";
        let progress = async |by: &Client, period: Value, rest: Value| {
            let mut variables = json!({ "region": world.county, "period": period, "rule": "TWO" });
            variables.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            by.post(ask, variables).await
        };
        let of = |code: &str, numbers: [i64; 3]| {
            json!({ "code": code, "numerator": numbers[0], "denominator": numbers[1], "linked": numbers[2], "exempt": 0, "rules": [{ "code": code }] })
        };
        let answer = progress(&world.office, quarter(1), json!({})).await.expect_ok();
        let first = json!([of("TWO", [1, 3, 2]), of("EACH_VILLAGE", [1, 3, 1]), of("TEA", [1, 1, 1])]);
        assert_eq!(answer.at("/progress/groups/nodes/0/targetCompliance"), &first);
        assert_eq!(answer.at("/progress/groups/nodes/0/ruleCompliance"), &json!([{ "code": "ONE_PLUS_ONE" }, { "code": "INDUSTRY" }]));
        let lacking = |links: i64, target: &str| json!({ "links": links, "member": null, "helper": null, "target": { "id": target } });
        let told = answer.at("/progress/unlinkedTargets/nodes").as_array().unwrap().clone();
        assert_eq!(told.len(), 2);
        assert!(told.contains(&lacking(1, &world.households[2])) && told.contains(&lacking(0, &world.households[4])), "{told:?}");
        let second = async |rest: Value| progress(&world.office, quarter(2), rest).await.expect_ok().at("/progress/groups/nodes/0/targetCompliance/0").clone();
        assert_eq!(second(json!({})).await, of("TWO", [1, 2, 2]));
        assert_eq!(second(json!({ "asOf": "2022-06-30T12:00:00Z" })).await, of("TWO", [1, 3, 2]));
        let villages = progress(&world.office, quarter(2), json!({ "by": "VILLAGE", "rule": "EACH_VILLAGE" })).await.expect_ok();
        for (nth, two, each) in [(2, [1, 1, 1], [1, 1, 1]), (3, [0, 1, 1], [0, 1, 0]), (4, [0, 0, 0], [0, 1, 0])] {
            let found = villages.at(&format!("/progress/groups/nodes/{nth}/targetCompliance")).clone();
            assert_eq!([&found[0], &found[1]], [&of("TWO", two), &of("EACH_VILLAGE", each)]);
        }
        assert_eq!(villages.at("/progress/unlinkedTargets/totalCount"), 2);
        let province = progress(&world.province_office, quarter(2), json!({})).await;
        assert_eq!((province.code(), province.json["data"]["progress"]["unlinkedTargets"].is_null()), (Some("FORBIDDEN"), true));
        let member = progress(&world.members[0].client, quarter(2), json!({})).await;
        assert_eq!(member.code(), Some("FORBIDDEN"));
    }

    /// A link owes a visit a quarter when it was there all through it; one that began late owes its whole share.
    async fn contact_is_owed_in_proportion(world: World) {
        let asked = Asked { world: &world, by: &world.office };
        let visited = world.link(0, 0, "2022-01-01").await;
        world.link(0, 1, "2022-01-01").await;
        world.link(1, 2, "2022-02-20").await;
        world.app.go_to("2022-07-01");
        world.visit(&world.office, &visited, "2022-01-15").await;
        world.visit(&world.office, &visited, "2022-02-15").await;
        let of = async |period: Value| asked.ask(period, json!({})).await[0]["dutyCompliance"][0].clone();
        let first = json!({ "code": "VISIT", "numerator": 1, "denominator": 2, "partial": 1, "behind": 1 });
        assert_eq!(of(quarter(1)).await, first);
        let second = json!({ "code": "VISIT", "numerator": 0, "denominator": 3, "partial": 0, "behind": 3 });
        assert_eq!(of(quarter(2)).await, second);
        let half = json!({ "code": "VISIT", "numerator": 1, "denominator": 5, "partial": 1, "behind": 4 });
        assert_eq!(of(span("2022-01-01", "2022-06-30")).await, half);
    }

    /// Marks fill a checklist, of each item no more than its target.
    async fn marks_fill_a_checklist(world: World) {
        let asked = Asked { world: &world, by: &world.office };
        let link = world.link(0, 0, "2022-01-01").await;
        world.link(0, 1, "2022-01-01").await;
        world.app.go_to("2022-07-01");
        let items = "{ programme(by: { code: \"HELP\" }) { checklists { items { id code } } } }";
        let items = world.office.post(items, Value::Null).await.expect_ok();
        let item = |nth: usize| items.text_at(&format!("/programme/checklists/0/items/{nth}/id")).to_owned();
        for (nth, quantity, on) in [(0, 3, "2022-05-01"), (1, 1, "2022-06-01")] {
            let mark = json!({ "duty": item(nth), "subject": link, "on": on, "quantity": quantity });
            world.members[0].client.done("markSet", "mark", mark).await;
        }
        let list = async |rest: Value| asked.ask(year(2022), rest).await[0]["checklists"][0].clone();
        let submitted = json!({ "checklist": { "code": "ONES" }, "numerator": 0, "denominator": 6 });
        assert_eq!(list(json!({})).await, submitted);
        let own = "{ viewer { seats { links { standing { checklists { done target items { done } } } } } } }";
        let own = world.members[0].client.post(own, Value::Null).await.expect_ok();
        let standing = own.at("/viewer/seats/0/links/0/standing/checklists/0");
        assert_eq!(standing, &json!({ "done": 2, "target": 3, "items": [{ "done": 3 }, { "done": 1 }] }));
    }

    /// Groups add up: months of a year, townships of a county, counties of a province.
    async fn groups_add_up(world: World) {
        let link = world.link(0, 0, "2022-01-01").await;
        let other = world.link(1, 3, "2022-01-01").await;
        world.app.go_to("2022-12-31");
        for (link, on) in [(&link, "2022-02-01"), (&link, "2022-02-28"), (&other, "2022-11-30")] {
            world.visit(&world.office, link, on).await;
        }
        let asked = Asked { world: &world, by: &world.office };
        let months = asked.ask(year(2022), json!({ "by": "MONTH", "codes": ["HOUSEHOLD_VISITS", "HOUSEHOLD_LINKS"] })).await;
        let visits: Vec<i64> = months.as_array().unwrap().iter().map(|group| group["figures"][0]["numerator"].as_i64().unwrap()).collect();
        assert_eq!(visits, [0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
        assert_eq!(months[11]["figures"][1]["numerator"], 2);
        for place in [&world.county, &world.township] {
            let about = json!({ "title": "走访", "happenedOn": "2022-03-01", "region": place, "programmes": [world.programme],
                "helpers": [world.members[0].seat], "targets": [world.households[0]] });
            world.office.done("activityRecord", "activity", json!({ "kind": "VISIT", "about": about })).await;
        }
        let villages = asked.ask(year(2022), json!({ "by": "VILLAGE", "codes": ["HOUSEHOLD_VISITS"] })).await;
        let by_village: Vec<(&str, i64)> = villages.as_array().unwrap().iter()
            .map(|group| (group["region"]["name"].as_str().unwrap(), group["figures"][0]["numerator"].as_i64().unwrap())).collect();
        assert_eq!(by_village, [("青川县", 1), ("乔庄镇", 1), ("1村", 2), ("2村", 1), ("3村", 0)]);
        let counties = json!({ "region": world.city, "by": "COUNTY", "codes": ["HOUSEHOLD_VISITS"] });
        let counties = Asked { world: &world, by: &world.city_office }.ask(year(2022), counties).await;
        let by_county: Vec<_> = counties.as_array().unwrap().iter()
            .map(|group| (group["region"]["name"].as_str().unwrap(), group["figures"][0]["numerator"].as_i64().unwrap())).collect();
        assert_eq!(by_county, [("广元市", 0), ("青川县", 5), ("剑阁县", 0)]);
    }

    /// A period that is over does not change when time moves on.
    async fn the_past_stands_still(world: World) {
        let asked = Asked { world: &world, by: &world.office };
        let link = world.link(0, 0, "2022-01-01").await;
        world.app.go_to("2022-04-01");
        world.visit(&world.office, &link, "2022-02-01").await;
        let before = asked.ask(quarter(1), json!({})).await;
        world.app.go_to("2026-11-21");
        world.visit(&world.office, &link, "2026-11-20").await;
        assert_eq!(asked.ask(quarter(1), json!({})).await, before);
    }

    /// What a city does itself is a group beside its counties, so that they add up to the whole.
    async fn a_citys_own_work_is_a_group(world: World) {
        let body = json!({ "region": world.city, "name": "市政协", "kind": "CPPCC", "system": "CPPCC" });
        world.city_office.done("organisationCreate", "organisation", body).await;
        let asked = Asked { world: &world, by: &world.city_office };
        let by = |by: &str| json!({ "region": world.city, "by": by, "codes": ["ORGANISATIONS"] });
        let define = json!({ "programme": world.programme, "code": "ORGANISATIONS", "name": "单位", "unit": "个",
            "definition": { "measure": { "of": "ORGANISATION", "time": "STOCK" } } });
        world.office.done("indicatorDefine", "indicator", define).await;
        let counted = async |rest: Value| -> Vec<(String, i64)> {
            let groups = asked.ask(year(2022), rest).await;
            let of = |group: &Value| (group["region"]["name"].as_str().unwrap_or("-").to_owned(), group["figures"][0]["numerator"].as_i64().unwrap());
            groups.as_array().unwrap().iter().map(of).collect()
        };
        let named = |groups: &[(&str, i64)]| -> Vec<(String, i64)> { groups.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect() };
        assert_eq!(counted(by("TOTAL")).await, named(&[("-", 3)]));
        assert_eq!(counted(by("COUNTY")).await, named(&[("广元市", 1), ("青川县", 1), ("剑阁县", 1)]));
        assert_eq!(counted(by("CITY")).await, named(&[("广元市", 3)]));
    }

    /// A seat has done what it took part in, once, whether as helper, as participant or as both.
    async fn a_seat_works_by_taking_part(world: World) {
        let duty = json!({ "programme": world.programme, "code": "STUDY", "name": "学习", "subject": "MEMBER",
            "indicator": "STUDIES", "target": 2, "period": "QUARTER", "obligation": "MANDATORY", "from": "2022-01-01" });
        let define = json!({ "programme": world.programme, "code": "STUDIES", "name": "学习", "unit": "次",
            "definition": { "measure": { "of": "ACTIVITY", "kinds": ["STUDY"] } } });
        world.office.done("indicatorDefine", "indicator", define).await;
        world.office.done("dutyRuleCreate", "dutyRule", duty).await;
        world.app.go_to("2022-04-01");
        let seat = |nth: usize| world.members[nth].seat.clone();
        let study = async |helpers: Value, participants: Value| {
            let about = json!({ "title": "学习", "happenedOn": "2022-02-01", "region": world.county,
                "programmes": [world.programme], "helpers": helpers, "participants": participants });
            world.office.done("activityRecord", "activity", json!({ "kind": "STUDY", "about": about })).await;
        };
        study(json!([seat(0)]), json!([seat(0), seat(1), seat(2)])).await;
        study(json!([]), json!([seat(1)])).await;
        let asked = Asked { world: &world, by: &world.office };
        let groups = asked.ask(quarter(1), json!({})).await;
        let told = json!({ "code": "STUDY", "numerator": 1, "denominator": 3, "partial": 0, "behind": 2 });
        assert!(groups[0]["dutyCompliance"].as_array().unwrap().contains(&told), "{groups:#}");
    }

    /// What a place or a helper was is asked as of then, too.
    async fn the_past_knows_what_places_and_helpers_were(world: World) {
        let link = world.link(0, 0, "2022-01-01").await;
        let catalogue = "{ catalogue { code categories { code key } } }";
        let catalogue = world.office.post(catalogue, Value::Null).await.expect_ok();
        let sets = catalogue.at("/catalogue").as_array().unwrap().clone();
        let set = sets.iter().find(|set| set["code"] == "REGION_DESIGNATION").unwrap();
        let hard = set["categories"].as_array().unwrap().iter().find(|category| category["code"] == "HARD").unwrap()["key"].clone();
        for (code, filter) in [("AT_HARD", json!({ "placeDesignation": hard })), ("BY_CPPCC", json!({ "helperKinds": ["CPPCC"] }))] {
            let mut measure = json!({ "of": "ACTIVITY" });
            measure.as_object_mut().unwrap().extend(filter.as_object().unwrap().clone());
            let define = json!({ "programme": world.programme, "code": code, "name": code, "unit": "次", "definition": { "measure": measure } });
            world.office.done("indicatorDefine", "indicator", define).await;
        }
        world.app.go_to("2022-03-01");
        let about = json!({ "title": "走访", "happenedOn": "2022-02-01", "links": [link], "helpers": [world.organisation] });
        world.office.done("activityRecord", "activity", json!({ "kind": "VISIT", "about": about })).await;
        world.app.go_to("2022-04-01");
        let designate = json!({ "region": world.villages[0], "designation": "HARD", "from": "2022-01-01" });
        world.office.done("regionDesignate", "region", designate).await;
        world.office.done("organisationUpdate", "organisation", json!({ "organisation": world.organisation, "kind": "DEPARTMENT" })).await;
        let asked = Asked { world: &world, by: &world.office };
        for (code, now, before) in [("AT_HARD", 1, 0), ("BY_CPPCC", 0, 1)] {
            assert_eq!(asked.figure(code, quarter(1), None).await, now, "{code}");
            assert_eq!(asked.figure(code, quarter(1), Some("2022-03-15T00:00:00Z")).await, before, "{code}");
        }
    }
}
