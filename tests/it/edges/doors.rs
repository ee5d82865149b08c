//! A check that holds at one door holds at the next: add, update, end, import.

use serde_json::json;
use tests::{World, on_both};

use super::told;
use crate::records::house::of_same_type;

/// Born on 1990-01-01.
const NUMBER: &str = "510822199001019911";

on_both! {
    async fn a_birth_date_is_the_one_in_the_identity_number(world: World) {
        let member = |born: Option<&str>| json!({ "name": "人", "relation": "子", "bornOn": born, "identityNumber": NUMBER });
        let register = |born: Option<&str>| json!({ "village": world.villages[0], "headName": "户", "registeredOn": "2022-01-01", "members": [member(born)] });
        let add = |born: Option<&str>| json!({ "household": world.households[0], "from": "2022-01-01", "member": member(born) });
        let other = Some("1990-01-02");
        assert_eq!(told(&world, &world.office, "householdRegister", register(other)).await, "INVALID members.bornOn");
        assert_eq!(told(&world, &world.office, "familyMemberAdd", add(other)).await, "INVALID members.bornOn");
        world.office.done("familyMemberAdd", "household", add(Some("1990-01-01"))).await;
        let query = "query($id: ID!) { household(id: $id) { members { id name } } }";
        let family = world.office.post(query, json!({ "id": world.households[0] })).await.expect_ok();
        let of = |name: &str| {
            let members = family.at("/household/members").as_array().unwrap();
            members.iter().find(|member| member["name"] == name).unwrap()["id"].clone()
        };
        let (child, relative) = (of("人"), of("家人"));
        for (input, refusal) in [
            (json!({ "member": child, "bornOn": "1990-01-02" }), "INVALID bornOn"),
            (json!({ "member": child, "bornOn": "2022-01-02" }), "INVALID bornOn"),
            (json!({ "member": relative, "bornOn": "1879-01-02" }), "INVALID bornOn"),
            (json!({ "member": relative, "bornOn": "2023-01-02" }), "INVALID bornOn"),
            (json!({ "member": relative, "bornOn": "2021-12-02" }), "INVALID bornOn"),
            (json!({ "member": relative, "bornOn": "1991-01-01", "identityNumber": "11010519491231002X" }), "INVALID bornOn"),
        ] {
            assert_eq!(told(&world, &world.office, "familyMemberUpdate", input.clone()).await, refusal, "{input}");
        }
        let early = json!({ "household": world.households[0], "from": "2021-11-30", "member": { "name": "早", "relation": "子" } });
        assert_eq!(told(&world, &world.office, "familyMemberAdd", early).await, "END_BEFORE_START from");
    }

    async fn a_household_has_one_income_of_a_year_and_source(world: World) {
        let income = |amount: i64| json!({ "year": 2021, "source": "WAGE", "amount": amount });
        let register = json!({ "village": world.villages[0], "headName": "甲", "registeredOn": "2022-01-01", "income": [income(1), income(2)] });
        assert_eq!(told(&world, &world.office, "householdRegister", register).await, "ALREADY_EXISTS income");
    }

    async fn a_household_lives_in_a_village_that_is_there(world: World) {
        world.app.go_to("2022-09-01");
        let register = |village: &str, on: &str| json!({ "village": village, "headName": "户", "registeredOn": on });
        assert_eq!(told(&world, &world.office, "householdRegister", register(&world.villages[0], "1999-12-31")).await, "INVALID village");
        for nth in [4, 5] {
            world.office.done("householdUpdate", "household", json!({ "household": world.households[nth], "leftOn": "2022-06-30" })).await;
        }
        world.office.done("regionEnd", "region", json!({ "region": world.villages[2], "to": "2022-12-31" })).await;
        assert_eq!(told(&world, &world.office, "householdRegister", register(&world.villages[2], "2022-08-01")).await, "INVALID village");
        let back = json!({ "household": world.households[4], "leftOn": null });
        assert_eq!(told(&world, &world.office, "householdUpdate", back).await, "INVALID leftOn");
        let moves = json!({ "household": world.households[0], "village": world.villages[2] });
        assert_eq!(told(&world, &world.office, "householdUpdate", moves).await, "INVALID village");
        let late = json!({ "region": world.villages[2], "designation": "POOR", "from": "2023-01-01" });
        assert_eq!(told(&world, &world.office, "regionDesignate", late).await, "WRONG_STEP from");
    }

    async fn what_lies_within_another_begins_and_ends_with_it(world: World) {
        world.app.go_to("2022-09-01");
        let body = json!({ "organisation": world.organisation, "from": "2021-06-01" });
        assert_eq!(told(&world, &world.office, "organisationUpdate", body).await, "WRONG_STEP from");
        world.office.done("organisationUpdate", "organisation", json!({ "organisation": world.organisation, "from": "2020-01-01" })).await;
        let person = world.office.done("personRegister", "person", json!({ "name": "新人", "region": world.county })).await;
        let early = json!({ "person": person, "organisation": world.organisation, "kind": "CPPCC_MEMBER", "from": "2019-12-31" });
        assert_eq!(told(&world, &world.office, "memberAppoint", early).await, "NOT_ELIGIBLE from");
        let early = json!({ "organisation": world.organisation, "name": "新委", "kind": "SPECIAL_COMMITTEE", "from": "2019-12-31" });
        assert_eq!(told(&world, &world.office, "committeeCreate", early).await, "NOT_ELIGIBLE from");
        let unit = |name: &str, from: &str| json!({ "industry": world.industry, "kind": "PARK", "name": name, "region": world.villages[0], "from": from });
        world.office.done("industryUnitAdd", "industryUnit", unit("一园", "2022-01-01")).await;
        let later = json!({ "industry": world.industry, "from": "2022-02-01" });
        assert_eq!(told(&world, &world.office, "industryUpdate", later).await, "WRONG_STEP from");
        world.office.done("industryUpdate", "industry", json!({ "industry": world.industry, "from": "2021-01-01" })).await;
        assert_eq!(told(&world, &world.office, "industryUnitAdd", unit("二园", "2020-12-31")).await, "INVALID from");
        world.office.done("industryEnd", "industry", json!({ "industry": world.industry, "to": "2022-12-31" })).await;
        assert_eq!(told(&world, &world.office, "industryUnitAdd", unit("三园", "2022-09-01")).await, "WRONG_STEP industry");
        assert_eq!(world.rows("industry_unit WHERE to_on IS NOT NULL").await, 1, "parks end with their industry");
        let child = json!({ "code": "CHILD", "name": "子", "organisation": world.organisation, "parent": world.programme, "from": "2022-01-01" });
        world.office.done("programmeCreate", "programme", child).await;
        let ends = json!({ "programme": world.programme, "to": "2022-12-31" });
        assert_eq!(told(&world, &world.office, "programmeUpdate", ends).await, "WRONG_STEP to");
    }

    async fn a_mark_that_moves_still_answers_its_duty(world: World) {
        world.app.go_to("2022-09-01");
        let link = world.link(0, 0, "2022-01-01").await;
        let duty = json!({ "programme": world.programme, "code": "BOOK", "name": "送书", "subject": "LINK", "target": 1,
            "period": "YEAR", "obligation": "GOAL", "from": "2022-03-01" });
        let duty = world.office.done("dutyRuleCreate", "dutyRule", duty).await;
        let mark = |on: &str| json!({ "duty": duty, "subject": link, "on": on });
        assert_eq!(told(&world, &world.office, "markSet", mark("2022-02-28")).await, "NOT_ELIGIBLE on");
        let mark = world.office.done("markSet", "mark", mark("2022-03-01")).await;
        let earlier = json!({ "record": mark, "happenedOn": "2022-02-28" });
        assert_eq!(told(&world, &world.office, "recordAmend", earlier).await, "NOT_ELIGIBLE happenedOn");
    }

    /// A last day is refused while work, marks, links or parts lie after it, as they are refused after it.
    async fn nothing_is_left_behind_an_end(world: World) {
        let link = world.link(0, 0, "2022-01-01").await;
        let programme = &world.programme;
        let duty = json!({ "programme": programme, "code": "CALL", "name": "任务", "subject": "LINK", "target": 1, "period": "YEAR",
            "obligation": "GOAL", "from": "2022-01-01" });
        let duty = world.office.done("dutyRuleCreate", "dutyRule", duty).await;
        world.app.go_to("2022-09-01");
        let visit = world.visit(&world.office, &link, "2022-06-01").await;
        world.office.done("markSet", "mark", json!({ "duty": duty, "subject": link, "on": "2022-06-01" })).await;
        let part = |parent: &str| json!({ "organisation": world.organisation, "name": "组", "kind": "OFFICE", "from": "2022-01-01", "parent": parent });
        let part = world.office.done("committeeCreate", "committee", part(&world.committee)).await;
        let crop = json!({ "region": world.county, "name": "绿茶", "parent": world.industry });
        let crop = world.office.done("industryCreate", "industry", crop).await;
        let ends = |what: &str, id: &str, to: &str| json!({ what: id, "to": to, "reason": "结束" });
        let plain = |what: &str, id: &str, to: &str| json!({ what: id, "to": to });
        for (mutation, input) in [
            ("linkEnd", ends("link", &link, "2022-05-31")),
            ("dutyRuleEnd", plain("rule", &duty, "2022-05-31")),
            ("committeeEnd", plain("committee", &world.committee, "2022-05-31")),
            ("industryEnd", plain("industry", &world.industry, "2022-05-31")),
        ] {
            assert_eq!(told(&world, &world.office, mutation, input).await, "WRONG_STEP to", "{mutation}");
        }
        let late = world.link(0, 2, "2022-08-01").await;
        let rule = plain("rule", &world.rule_exited, "2022-07-31");
        assert_eq!(told(&world, &world.office, "linkRuleEnd", rule).await, "WRONG_STEP to");
        world.office.done("linkRuleEnd", "linkRule", plain("rule", &world.rule_exited, "2022-08-01")).await;
        assert!(!late.is_empty());
        world.office.done("recordReject", "record", json!({ "record": visit, "reason": "误" })).await;
        let mark = "{ marks { nodes { id } } }";
        let mark = world.office.post(mark, json!({})).await.expect_ok().text_at("/marks/nodes/0/id").to_owned();
        world.office.done("recordReject", "record", json!({ "record": mark, "reason": "误" })).await;
        world.office.done("linkEnd", "link", ends("link", &link, "2022-05-31")).await;
        world.office.done("dutyRuleEnd", "dutyRule", plain("rule", &duty, "2022-05-31")).await;
        world.office.done("committeeEnd", "committee", plain("committee", &part, "2022-05-31")).await;
        world.office.done("committeeEnd", "committee", plain("committee", &world.committee, "2022-05-31")).await;
        world.office.done("industryEnd", "industry", plain("industry", &crop, "2022-05-31")).await;
        world.office.done("industryEnd", "industry", plain("industry", &world.industry, "2022-05-31")).await;
    }

    /// The successor of a village is there on the day after the village has ended.
    async fn a_successor_is_there(world: World) {
        let new = |from: &str| json!({ "level": "VILLAGE", "parent": world.township, "name": format!("新村{from}"), "validFrom": from });
        let late = world.office.done("regionCreate", "region", new("2022-07-02")).await;
        let end = json!({ "region": world.villages[2], "to": "2022-06-30", "successor": late });
        for nth in [4, 5] {
            world.office.done("householdUpdate", "household", json!({ "household": world.households[nth], "leftOn": "2022-06-30" })).await;
        }
        assert_eq!(told(&world, &world.office, "regionEnd", end).await, "INVALID successor");
        let next = world.office.done("regionCreate", "region", new("2022-07-01")).await;
        world.office.done("regionEnd", "region", json!({ "region": world.villages[2], "to": "2022-06-30", "successor": next })).await;
    }

    /// An act that names a village that is not there is refused; so are a birth before 1880 that only an identity number
    /// tells, and more or fewer persons than there can be.
    async fn what_is_named_is_there(world: World) {
        let nowhere = of_same_type(&world.villages[0], uuid::Uuid::now_v7());
        let moves = json!({ "household": world.households[0], "village": nowhere });
        assert_eq!(told(&world, &world.office, "householdUpdate", moves).await, "NOT_FOUND village");
        let ancient = json!({ "household": world.households[0], "from": "2022-01-01",
            "member": { "name": "祖", "relation": "父", "identityNumber": "510822185001010012" } });
        assert_eq!(told(&world, &world.office, "familyMemberAdd", ancient).await, "INVALID members.identityNumber");
        let visit = |persons: i64| json!({ "kind": "VISIT", "persons": persons, "about": { "title": "走访", "happenedOn": "2022-01-01", "targets": [world.villages[0]] } });
        assert_eq!(told(&world, &world.office, "activityRecord", visit(-1)).await, "INVALID persons");
        assert_eq!(told(&world, &world.office, "activityRecord", visit(4_294_967_295)).await, "INVALID -");
    }
}
