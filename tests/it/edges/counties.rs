//! Limits across counties (ADR 37): nobody uses up, or counts by refusals, the links of a helper that another office
//! keeps.

use serde_json::{Value, json};
use tests::{Client, World, on_both};

use super::{sentence, told};

/// A programme of an office with one rule: its rule.
async fn rule(by: &Client, code: &str, organisation: &str, most: Option<i32>) -> String {
    let programme = json!({ "code": code, "name": code, "organisation": organisation, "from": "2022-01-01" });
    let programme = by.done("programmeCreate", "programme", programme).await;
    let input = json!({ "programme": programme, "code": "PAIR", "name": "结对", "helperKind": "MEMBER",
        "targetKind": "HOUSEHOLD", "maxPerHelper": most, "obligation": "MANDATORY", "from": "2022-01-01" });
    by.done("linkRuleCreate", "linkRule", input).await
}

async fn body(by: &Client, region: &str, name: &str) -> String {
    let input = json!({ "region": region, "name": name, "kind": "CPPCC", "system": "CPPCC" });
    by.done("organisationCreate", "organisation", input).await
}

fn link(rule: &str, helper: &str, target: &str) -> Value {
    json!({ "rule": rule, "helper": helper, "target": target, "from": "2022-01-01" })
}

on_both! {
    async fn a_county_uses_up_no_limit_of_another(world: World) {
        let seat = &world.members[0].seat;
        // Under the other county's rule: refused alike, however many links there are.
        let foreign = link(&world.rule_exited, seat, &world.stranger);
        let before = sentence(&world.neighbour, "linkCreate", foreign.clone()).await;
        for nth in [0, 2] {
            world.link(0, nth, "2022-01-01").await;
        }
        assert_eq!(told(&world, &world.neighbour, "linkCreate", foreign.clone()).await, "NOT_ELIGIBLE rule");
        assert_eq!(sentence(&world.neighbour, "linkCreate", foreign).await, before);
        assert!(before.contains("`县台账`"), "{before}");
        // The same under the city's rule, which limits; its own members are for all its counties.
        let cppcc = body(&world.city_office, &world.city, "市政协").await;
        let limited = rule(&world.city_office, "CITY", &cppcc, Some(2)).await;
        let refused = link(&limited, seat, &world.stranger);
        assert_eq!(told(&world, &world.neighbour, "linkCreate", refused.clone()).await, "NOT_ELIGIBLE helper");
        assert!(sentence(&world.neighbour, "linkCreate", refused).await.contains("`县台账`"));
        for nth in [0, 1] {
            world.office.done("linkCreate", "link", link(&limited, seat, &world.households[nth])).await;
        }
        let free = rule(&world.city_office, "FREE", &cppcc, None).await;
        let through = world.neighbour.done("linkCreate", "link", link(&free, seat, &world.stranger)).await;
        // Under a rule of one's own anybody may help: it limits nobody else's links.
        let own = rule(&world.neighbour, "BESIDE", &world.other_organisation, Some(1)).await;
        world.neighbour.done("linkCreate", "link", link(&own, seat, &world.stranger)).await;
        // A handover asks again.
        let over = json!({ "link": through, "helper": world.members[1].seat, "on": "2022-01-02", "reason": "换" });
        world.neighbour.done("linkHandOver", "link", over).await;
    }

    /// A county ends its member's seat whenever it likes; what another county has linked to the seat is ended all the same.
    async fn a_seat_that_ended_elsewhere_holds_no_link(world: World) {
        world.app.go_to("2022-09-01");
        let own = rule(&world.neighbour, "BESIDE", &world.other_organisation, Some(1)).await;
        let seat = &world.members[2].seat;
        let from = json!({ "rule": own, "helper": seat, "target": world.stranger, "from": "2022-05-17" });
        let link = world.neighbour.done("linkCreate", "link", from).await;
        let need = json!({ "category": "WATER", "about": { "title": "饮水", "happenedOn": "2022-06-01", "links": [link] } });
        let need = world.neighbour.done("needReport", "need", need).await;
        world.neighbour.done("recordReject", "record", json!({ "record": need, "reason": "未核" })).await;
        world.office.done("memberEnd", "member", json!({ "member": seat, "to": "2022-05-10" })).await;
        let end = |to: &str| json!({ "link": link, "to": to, "reason": "离任" });
        assert_eq!(told(&world, &world.neighbour, "linkEnd", end("2022-05-18")).await, "WRONG_STEP to");
        world.neighbour.done("linkEnd", "link", end("2022-05-17")).await;
        world.neighbour.done("householdUpdate", "household", json!({ "household": world.stranger, "leftOn": "2022-08-01" })).await;
    }

    /// Others go on with a need whose first helper has left.
    async fn a_need_goes_on_without_its_first_helper(world: World) {
        world.app.go_to("2022-09-01");
        let link = world.link(2, 0, "2022-01-01").await;
        let need = json!({ "category": "WATER", "about": { "title": "饮水", "happenedOn": "2022-02-01", "links": [link] } });
        let need = world.office.done("needReport", "need", need).await;
        world.office.done("linkEnd", "link", json!({ "link": link, "to": "2022-05-31", "reason": "离任" })).await;
        world.office.done("memberEnd", "member", json!({ "member": world.members[2].seat, "to": "2022-05-31" })).await;
        let matched = |helper: &str| json!({ "need": need, "step": "MATCH", "on": "2022-06-01", "helper": helper });
        assert_eq!(told(&world, &world.office, "needAdvance", matched(&world.members[2].seat)).await, "NOT_ELIGIBLE helper");
        world.office.done("needAdvance", "need", matched(&world.members[0].seat)).await;
    }

    /// A helper who came with a match is judged on the day of the match, when the need comes back or its day is corrected.
    async fn a_later_helper_is_judged_on_the_day_of_the_match(world: World) {
        world.app.go_to("2022-09-01");
        let person = json!({ "name": "新委员", "region": world.county });
        let person = world.office.done("personRegister", "person", person).await;
        let seat = json!({ "person": person, "organisation": world.organisation, "kind": "CPPCC_MEMBER", "from": "2022-05-01" });
        let seat = world.office.done("memberAppoint", "member", seat).await;
        let need = json!({ "category": "WATER", "about": { "title": "饮水", "happenedOn": "2022-02-01", "targets": [world.households[0]] } });
        let need = world.office.done("needReport", "need", need).await;
        world.office.done("needAdvance", "need", json!({ "need": need, "step": "MATCH", "on": "2022-06-01", "helper": seat })).await;
        world.office.done("recordReject", "record", json!({ "record": need, "reason": "核实" })).await;
        world.office.done("recordVerify", "record", json!({ "record": need })).await;
        world.office.done("recordAmend", "record", json!({ "record": need, "happenedOn": "2022-03-01" })).await;
    }

    async fn a_city_ends_no_duty_before_a_countys_mark(world: World) {
        world.app.go_to("2022-09-01");
        let cppcc = body(&world.city_office, &world.city, "市政协").await;
        let programme = json!({ "code": "CITY", "name": "市行动", "organisation": cppcc, "from": "2022-01-01" });
        let programme = world.city_office.done("programmeCreate", "programme", programme).await;
        let duty = json!({ "programme": programme, "code": "CARE", "name": "关爱", "subject": "HOUSEHOLD", "target": 1,
            "period": "YEAR", "obligation": "GOAL", "from": "2022-01-01" });
        let duty = world.city_office.done("dutyRuleCreate", "dutyRule", duty).await;
        world.neighbour.done("markSet", "mark", json!({ "duty": duty, "subject": world.stranger, "on": "2022-05-17" })).await;
        let end = |to: &str| json!({ "rule": duty, "to": to });
        assert_eq!(told(&world, &world.city_office, "dutyRuleEnd", end("2022-05-16")).await, "WRONG_STEP to");
        world.city_office.done("dutyRuleEnd", "dutyRule", end("2022-05-17")).await;
    }

    /// A link that another county made while the rule had no limit counts against none that comes later.
    async fn a_later_limit_counts_the_links_of_the_helpers_office(world: World) {
        world.app.go_to("2022-09-01");
        let cppcc = body(&world.city_office, &world.city, "市政协").await;
        let programme = json!({ "code": "CITY", "name": "市行动", "organisation": cppcc, "from": "2022-01-01" });
        let programme = world.city_office.done("programmeCreate", "programme", programme).await;
        let version = |most: Option<i32>, from: &str| json!({ "programme": programme, "code": "PAIR", "name": "结对", "helperKind": "MEMBER",
            "targetKind": "HOUSEHOLD", "maxPerHelper": most, "obligation": "MANDATORY", "from": from });
        let free = world.city_office.done("linkRuleCreate", "linkRule", version(None, "2022-01-01")).await;
        let seat = &world.members[0].seat;
        world.neighbour.done("linkCreate", "link", link(&free, seat, &world.stranger)).await;
        world.city_office.done("linkRuleEnd", "linkRule", json!({ "rule": free, "to": "2022-01-31" })).await;
        let limited = world.city_office.done("linkRuleCreate", "linkRule", version(Some(1), "2022-02-01")).await;
        let from = |rule: &str, target: &str| json!({ "rule": rule, "helper": seat, "target": target, "from": "2022-02-01" });
        world.office.done("linkCreate", "link", from(&limited, &world.households[0])).await;
        assert_eq!(told(&world, &world.office, "linkCreate", from(&limited, &world.households[1])).await, "LIMIT_EXCEEDED helper");
    }

    async fn a_member_of_the_city_helps_in_its_counties(world: World) {
        let cppcc = body(&world.city_office, &world.city, "市政协").await;
        let person = json!({ "name": "市委员", "region": world.city });
        let person = world.city_office.done("personRegister", "person", person).await;
        let seat = json!({ "person": person, "organisation": cppcc, "kind": "CPPCC_MEMBER", "from": "2021-01-01" });
        let seat = world.city_office.done("memberAppoint", "member", seat).await;
        let limited = rule(&world.city_office, "CITY", &cppcc, Some(2)).await;
        world.office.done("linkCreate", "link", link(&limited, &seat, &world.households[0])).await;
        world.neighbour.done("linkCreate", "link", link(&limited, &seat, &world.stranger)).await;
        let third = link(&limited, &seat, &world.households[1]);
        assert_eq!(told(&world, &world.office, "linkCreate", third).await, "LIMIT_EXCEEDED helper");
        // A county's rule takes a helper from above, too.
        world.office.done("linkCreate", "link", link(&world.rule_demo, &seat, &world.households[1])).await;
    }
}
