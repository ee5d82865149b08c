//! Nothing is said of somebody on a day on which they are not there: neither when it is said, nor when they come or go.

use serde_json::{Value, json};
use tests::{World, on_both};

use super::told;

/// A record of work on a day, about what is given.
#[expect(clippy::needless_pass_by_value, reason = "it reads better where it is called")]
fn work(on: &str, about: Value) -> Value {
    let mut of = json!({ "title": "工作", "happenedOn": on });
    of.as_object_mut().unwrap().extend(about.as_object().unwrap().clone());
    json!({ "kind": "RESEARCH", "about": of })
}

on_both! {
    async fn a_record_names_nobody_who_is_not_there(world: World) {
        world.app.go_to("2022-09-01");
        let (seat, village) = (&world.members[2].seat, &world.villages[2]);
        for nth in [4, 5] {
            world.office.done("householdUpdate", "household", json!({ "household": world.households[nth], "leftOn": "2022-06-30" })).await;
        }
        for (mutation, object, input) in [
            ("memberEnd", "member", json!({ "member": seat, "to": "2022-06-30" })),
            ("committeeEnd", "committee", json!({ "committee": world.committee, "to": "2022-06-30" })),
            ("industryEnd", "industry", json!({ "industry": world.industry, "to": "2022-06-30" })),
            ("regionEnd", "region", json!({ "region": village, "to": "2022-06-30" })),
        ] {
            world.office.done(mutation, object, input).await;
        }
        let there = json!({ "targets": [world.villages[0]] });
        for (about, field) in [
            (json!({ "targets": [world.households[4]] }), "targets"),
            (json!({ "targets": [world.industry] }), "targets"),
            (json!({ "targets": [village] }), "targets"),
            (json!({ "region": village }), "region"),
            (json!({ "targets": there["targets"], "helpers": [seat] }), "helpers"),
            (json!({ "targets": there["targets"], "helpers": [world.committee] }), "helpers"),
            (json!({ "targets": there["targets"], "participants": [seat] }), "participants"),
        ] {
            let late = work("2022-07-01", about.clone());
            assert_eq!(told(&world, &world.office, "activityRecord", late).await, format!("NOT_ELIGIBLE {field}"), "{about}");
            let record = world.office.done("activityRecord", "activity", work("2022-06-30", about)).await;
            let later = json!({ "record": record, "happenedOn": "2022-07-01" });
            assert_eq!(told(&world, &world.office, "recordAmend", later).await, "NOT_ELIGIBLE happenedOn");
        }
        let early = work("2020-12-31", json!({ "targets": there["targets"], "helpers": [world.members[0].seat] }));
        assert_eq!(told(&world, &world.office, "activityRecord", early).await, "NOT_ELIGIBLE helpers");
        let early = work("2021-11-30", json!({ "targets": [world.households[0]] }));
        assert_eq!(told(&world, &world.office, "activityRecord", early).await, "NOT_ELIGIBLE targets");
        let need = json!({ "category": "WATER", "about": { "title": "饮水", "happenedOn": "2022-07-01", "targets": there["targets"] } });
        let need = world.office.done("needReport", "need", need).await;
        let matched = json!({ "need": need, "step": "MATCH", "on": "2022-07-02", "helper": seat });
        assert_eq!(told(&world, &world.office, "needAdvance", matched).await, "NOT_ELIGIBLE helper");
    }

    async fn nobody_ends_before_the_work_that_names_them(world: World) {
        world.app.go_to("2022-09-01");
        let body = json!({ "region": world.county, "name": "农业局", "kind": "DEPARTMENT", "system": "GOVERNMENT" });
        let body = world.office.done("organisationCreate", "organisation", body).await;
        let village = json!([world.villages[0]]);
        let mut records = vec![];
        for about in [
            json!({ "targets": village, "helpers": [body, world.committee, world.members[2].seat] }),
            json!({ "targets": [world.industry] }),
            json!({ "targets": [world.households[0]] }),
        ] {
            records.push(world.office.done("activityRecord", "activity", work("2022-07-01", about)).await);
        }
        let ends = [
            ("organisationEnd", json!({ "organisation": body, "to": "2022-06-30" }), "to"),
            ("memberEnd", json!({ "member": world.members[2].seat, "to": "2022-06-30" }), "to"),
            ("committeeEnd", json!({ "committee": world.committee, "to": "2022-06-30" }), "to"),
            ("industryEnd", json!({ "industry": world.industry, "to": "2022-06-30" }), "to"),
            ("householdUpdate", json!({ "household": world.households[0], "leftOn": "2022-06-30" }), "leftOn"),
        ];
        for (mutation, input, field) in &ends {
            assert_eq!(told(&world, &world.office, mutation, input.clone()).await, format!("WRONG_STEP {field}"), "{mutation}");
        }
        for (mutation, input) in [
            ("organisationUpdate", json!({ "organisation": body, "from": "2022-07-02" })),
            ("industryUpdate", json!({ "industry": world.industry, "from": "2022-07-02" })),
        ] {
            assert_eq!(told(&world, &world.office, mutation, input).await, "WRONG_STEP from", "{mutation}");
        }
        for record in &records {
            world.office.done("recordReject", "record", json!({ "record": record, "reason": "日期有误" })).await;
        }
        for (mutation, input, _) in ends {
            let object = mutation.trim_end_matches("End").trim_end_matches("Update");
            world.office.done(mutation, object, input).await;
        }
        for record in &records {
            assert_eq!(told(&world, &world.office, "recordVerify", json!({ "record": record })).await, "NOT_ELIGIBLE happenedOn");
        }
    }

    async fn nobody_leaves_before_what_is_kept_of_them_begins(world: World) {
        world.app.go_to("2022-09-01");
        let (home, village) = (&world.households[0], &world.villages[2]);
        let poor = json!({ "household": home, "designation": "POOR", "from": "2022-05-01" });
        world.office.done("householdDesignate", "household", poor).await;
        let left = |on: &str| json!({ "household": home, "leftOn": on });
        assert_eq!(told(&world, &world.office, "householdUpdate", left("2022-04-30")).await, "WRONG_STEP leftOn");
        let child = json!({ "household": home, "from": "2022-06-01", "member": { "name": "孩子", "relation": "子" } });
        world.office.done("familyMemberAdd", "household", child).await;
        assert_eq!(told(&world, &world.office, "householdUpdate", left("2022-05-31")).await, "WRONG_STEP leftOn");
        world.office.done("householdUpdate", "household", left("2022-06-01")).await;
        for nth in [4, 5] {
            world.office.done("householdUpdate", "household", json!({ "household": world.households[nth], "leftOn": "2022-01-31" })).await;
        }
        let ends = json!({ "region": village, "to": "2022-06-30" });
        let hard = json!({ "region": village, "designation": "POOR", "from": "2022-07-01" });
        world.office.done("regionDesignate", "region", hard).await;
        assert_eq!(told(&world, &world.office, "regionEnd", ends).await, "WRONG_STEP to");
        let ends = json!({ "region": village, "to": "2022-08-31" });
        let body = |region: &str| json!({ "region": region, "name": "合作社", "kind": "COOPERATIVE", "system": "SOCIETY" });
        let shop = world.office.done("organisationCreate", "organisation", body(village)).await;
        assert_eq!(told(&world, &world.office, "regionEnd", ends.clone()).await, "WRONG_STEP to");
        world.office.done("organisationEnd", "organisation", json!({ "organisation": shop, "to": "2022-08-31" })).await;
        world.office.done("regionEnd", "region", ends).await;
        assert_eq!(told(&world, &world.office, "organisationCreate", body(village)).await, "NOT_ELIGIBLE region");
        let unit = json!({ "industry": world.industry, "kind": "PARK", "name": "园", "region": village, "from": "2022-01-01" });
        assert_eq!(told(&world, &world.office, "industryUnitAdd", unit).await, "NOT_ELIGIBLE region");
    }

    async fn a_link_keeps_what_its_rule_asked_for(world: World) {
        world.app.go_to("2022-09-01");
        world.link(0, 0, "2022-05-01").await;
        let exited = |to: &str| json!({ "household": world.households[0], "designation": "EXITED", "to": to });
        assert_eq!(told(&world, &world.office, "householdDesignate", exited("2022-04-30")).await, "WRONG_STEP to");
        world.office.done("householdDesignate", "household", exited("2022-05-01")).await;
        let rule = json!({ "programme": world.programme, "code": "FIRM", "name": "企业帮村", "helperKind": "ORGANISATION", "helperFilter": ["ENTERPRISE"],
            "targetKind": "REGION", "targetDesignation": "POOR", "obligation": "GOAL", "from": "2022-01-01" });
        let rule = world.office.done("linkRuleCreate", "linkRule", rule).await;
        let firm = json!({ "region": world.county, "name": "茶厂", "kind": "ENTERPRISE", "system": "SOCIETY" });
        let firm = world.office.done("organisationCreate", "organisation", firm).await;
        let poor = json!({ "region": world.villages[0], "designation": "POOR", "from": "2022-01-01" });
        world.office.done("regionDesignate", "region", poor).await;
        world.office.done("linkCreate", "link", json!({ "rule": rule, "helper": firm, "target": world.villages[0], "from": "2022-05-01" })).await;
        let kind = json!({ "organisation": firm, "kind": "DEPARTMENT" });
        assert_eq!(told(&world, &world.office, "organisationUpdate", kind).await, "WRONG_STEP kind");
        let poor = |to: &str| json!({ "region": world.villages[0], "designation": "POOR", "to": to });
        assert_eq!(told(&world, &world.office, "regionDesignate", poor("2022-04-30")).await, "WRONG_STEP to");
        world.office.done("regionDesignate", "region", poor("2022-05-01")).await;
    }

    async fn a_rule_begins_while_its_programme_goes_on(world: World) {
        let duty = |code: &str, from: &str| json!({ "programme": world.programme, "code": code, "name": "任务", "subject": "LINK", "target": 1,
            "period": "YEAR", "obligation": "GOAL", "from": from });
        let rule = |code: &str, from: &str| json!({ "programme": world.programme, "code": code, "name": "规则", "helperKind": "MEMBER",
            "targetKind": "HOUSEHOLD", "obligation": "GOAL", "from": from });
        world.office.done("dutyRuleCreate", "dutyRule", duty("CALL", "2022-06-01")).await;
        world.office.done("linkRuleCreate", "linkRule", rule("LATER", "2022-08-01")).await;
        let ends = |to: &str| json!({ "programme": world.programme, "to": to });
        assert_eq!(told(&world, &world.office, "programmeUpdate", ends("2022-05-31")).await, "WRONG_STEP to");
        assert_eq!(told(&world, &world.office, "programmeUpdate", ends("2022-07-31")).await, "WRONG_STEP to");
        world.office.done("programmeUpdate", "programme", ends("2022-08-01")).await;
        assert_eq!(told(&world, &world.office, "dutyRuleCreate", duty("LATE", "2022-08-02")).await, "NOT_ELIGIBLE from");
        assert_eq!(told(&world, &world.office, "linkRuleCreate", rule("LATE", "2022-08-02")).await, "NOT_ELIGIBLE from");
        let list = json!({ "programme": world.programme, "code": "LATE", "name": "清单", "subject": "LINK", "period": "YEAR", "obligation": "GOAL",
            "from": "2022-08-02", "items": [{ "code": "A", "name": "一", "target": 1 }] });
        assert_eq!(told(&world, &world.office, "checklistCreate", list).await, "NOT_ELIGIBLE from");
    }

    async fn a_part_begins_no_earlier_than_the_whole(world: World) {
        world.office.done("industryUpdate", "industry", json!({ "industry": world.industry, "from": "2021-06-01" })).await;
        let part = |from: Option<&str>| json!({ "region": world.county, "name": "白茶", "parent": world.industry, "from": from });
        assert_eq!(told(&world, &world.office, "industryCreate", part(None)).await, "INVALID parent");
        assert_eq!(told(&world, &world.office, "industryCreate", part(Some("2021-05-31"))).await, "INVALID parent");
        let part = world.office.done("industryCreate", "industry", part(Some("2021-06-01"))).await;
        let from = |industry: &str, from: &str| json!({ "industry": industry, "from": from });
        assert_eq!(told(&world, &world.office, "industryUpdate", from(&part, "2021-05-31")).await, "INVALID from");
        assert_eq!(told(&world, &world.office, "industryUpdate", from(&world.industry, "2021-06-02")).await, "WRONG_STEP from");
        let apart = json!({ "industry": part, "parent": null, "from": "2021-05-31" });
        world.office.done("industryUpdate", "industry", apart).await;
        let again = json!({ "industry": part, "parent": world.industry });
        assert_eq!(told(&world, &world.office, "industryUpdate", again).await, "INVALID parent");
    }

    /// A birth that only the identity number tells is one, too; and a birth date can be taken back.
    async fn nobody_is_of_a_family_before_the_birth_in_their_number(world: World) {
        let add = |from: &str| json!({ "household": world.households[0], "from": from, "member": { "name": "人", "relation": "子", "identityNumber": "510822202112209915" } });
        world.app.go_to("2022-09-01");
        let told_of = told(&world, &world.office, "familyMemberAdd", add("2021-12-19")).await;
        assert_eq!(told_of, "INVALID members.identityNumber");
        world.office.done("familyMemberAdd", "household", add("2021-12-20")).await;
        let query = "query($id: ID!) { household(id: $id) { members { id name bornOn } } }";
        let family = async || {
            let answer = world.office.post(query, json!({ "id": world.households[0] })).await.expect_ok();
            answer.at("/household/members").as_array().unwrap().iter().find(|member| member["name"] == "家人").unwrap().clone()
        };
        let relative = family().await["id"].clone();
        for born in [json!("1990-01-01"), Value::Null] {
            let change = json!({ "member": relative, "bornOn": born });
            world.office.done("familyMemberUpdate", "household", change).await;
            assert_eq!(family().await["bornOn"], born);
        }
    }

    async fn income_is_of_a_year_that_has_begun(world: World) {
        let income = |year: i32| json!({ "household": world.households[0], "income": { "year": year, "source": "WAGE", "amount": 1 } });
        for (year, field) in [(1948, "income.year"), (2023, "income.year")] {
            assert_eq!(told(&world, &world.office, "householdIncomeRecord", income(year)).await, format!("INVALID {field}"));
        }
        world.office.done("householdIncomeRecord", "household", income(2022)).await;
        let about = json!({ "title": "x", "happenedOn": "2022-01-01", "recordedAt": "0001-01-01T00:00:00Z", "targets": [world.villages[0]] });
        assert_eq!(told(&world, &world.office, "activityRecord", json!({ "kind": "RESEARCH", "about": about })).await, "INVALID recordedAt");
    }

    /// Steps that follow, and households that a project drives, are work as well.
    async fn what_follows_lies_within_lives_too(world: World) {
        world.app.go_to("2022-09-01");
        let home = &world.households[0];
        let need = json!({ "category": "WATER", "about": { "title": "饮水", "happenedOn": "2022-02-01", "targets": [home] } });
        let need = world.office.done("needReport", "need", need).await;
        let step = |step: &str, on: &str| json!({ "need": need, "step": step, "on": on, "helper": world.members[2].seat });
        world.office.done("needAdvance", "need", step("MATCH", "2022-05-01")).await;
        let ends = json!({ "member": world.members[2].seat, "to": "2022-04-30" });
        assert_eq!(told(&world, &world.office, "memberEnd", ends).await, "WRONG_STEP to");
        let left = |on: &str| json!({ "household": home, "leftOn": on });
        assert_eq!(told(&world, &world.office, "householdUpdate", left("2022-04-30")).await, "WRONG_STEP leftOn");
        let project = json!({ "category": "INFRASTRUCTURE", "about": { "title": "路", "happenedOn": "2022-02-01", "targets": [world.villages[0]] } });
        let project = world.office.done("projectCreate", "project", project).await;
        let drives = |on: &str| json!({ "project": project, "households": [home], "on": on });
        world.office.done("projectHouseholdsAdd", "project", drives("2022-06-01")).await;
        assert_eq!(told(&world, &world.office, "householdUpdate", left("2022-05-31")).await, "WRONG_STEP leftOn");
        world.office.done("householdUpdate", "household", left("2022-06-01")).await;
        assert_eq!(told(&world, &world.office, "needAdvance", json!({ "need": need, "step": "START", "on": "2022-06-02" })).await, "NOT_ELIGIBLE on");
        world.office.done("householdUpdate", "household", json!({ "household": world.households[1], "leftOn": "2022-06-01" })).await;
        let late = json!({ "project": project, "households": [world.households[1]], "on": "2022-06-02" });
        assert_eq!(told(&world, &world.office, "projectHouseholdsAdd", late).await, "NOT_ELIGIBLE households");
        for (mutation, input, field) in [
            ("householdDesignate", json!({ "household": home, "designation": "EXITED", "to": "2022-06-02" }), "to"),
            ("householdDesignate", json!({ "household": home, "designation": "POOR", "from": "2022-01-01", "to": "2022-06-02" }), "to"),
            ("householdIncomeRecord", json!({ "household": home, "income": { "year": 2023, "source": "WAGE", "amount": 1 } }), "income.year"),
        ] {
            world.app.go_to("2023-09-01");
            assert_eq!(told(&world, &world.office, mutation, input).await, format!("WRONG_STEP {field}"), "{mutation}");
        }
    }

    async fn a_programme_lives_within_its_organisation(world: World) {
        world.app.go_to("2022-09-01");
        let body = json!({ "region": world.county, "name": "乡村振兴局", "kind": "DEPARTMENT", "system": "GOVERNMENT", "from": "2022-02-01" });
        let body = world.office.done("organisationCreate", "organisation", body).await;
        let programme = |code: &str, from: &str, to: Option<&str>| json!({ "code": code, "name": "行动", "organisation": body, "from": from, "to": to });
        assert_eq!(told(&world, &world.office, "programmeCreate", programme("A", "2022-01-31", None)).await, "NOT_ELIGIBLE organisation");
        let own = world.office.done("programmeCreate", "programme", programme("A", "2022-02-01", None)).await;
        let ends = json!({ "organisation": body, "to": "2022-08-31" });
        assert_eq!(told(&world, &world.office, "organisationEnd", ends.clone()).await, "WRONG_STEP to");
        let begins = json!({ "organisation": body, "from": "2022-02-02" });
        assert_eq!(told(&world, &world.office, "organisationUpdate", begins).await, "WRONG_STEP from");
        let rule = |code: &str, from: &str| json!({ "programme": own, "code": code, "name": "规则", "helperKind": "MEMBER", "targetKind": "HOUSEHOLD", "obligation": "GOAL", "from": from });
        assert_eq!(told(&world, &world.office, "linkRuleCreate", rule("EARLY", "2022-01-31")).await, "NOT_ELIGIBLE from");
        let rule = world.office.done("linkRuleCreate", "linkRule", rule("ONE", "2022-02-01")).await;
        let link = |from: &str| json!({ "rule": rule, "helper": world.members[0].seat, "target": world.households[0], "from": from });
        world.office.done("linkCreate", "link", link("2022-08-31")).await;
        let programme_ends = |to: &str| json!({ "programme": own, "to": to });
        assert_eq!(told(&world, &world.office, "programmeUpdate", programme_ends("2022-08-30")).await, "WRONG_STEP to");
        world.office.done("programmeUpdate", "programme", programme_ends("2022-08-31")).await;
        world.office.done("organisationEnd", "organisation", ends).await;
        assert_eq!(told(&world, &world.office, "programmeUpdate", programme_ends("2022-09-30")).await, "NOT_ELIGIBLE to");
        assert_eq!(told(&world, &world.office, "programmeCreate", programme("B", "2022-03-01", None)).await, "NOT_ELIGIBLE organisation");
        let late = json!({ "rule": rule, "helper": world.members[1].seat, "target": world.households[0], "from": "2022-09-01" });
        assert_eq!(told(&world, &world.office, "linkCreate", late).await, "NOT_ELIGIBLE from");
    }

    async fn nothing_new_hangs_on_what_has_ended(world: World) {
        world.app.go_to("2022-09-01");
        world.office.done("committeeEnd", "committee", json!({ "committee": world.committee, "to": "2022-06-30" })).await;
        let part = json!({ "organisation": world.organisation, "parent": world.committee, "name": "小组", "kind": "WORK_GROUP", "from": "2022-01-01" });
        assert_eq!(told(&world, &world.office, "committeeCreate", part).await, "INVALID parent");
        let grant = json!({ "role": "COMMITTEE", "region": world.county, "committee": world.committee, "from": "2022-07-01" });
        let account = json!({ "name": "late", "password": "correct horse battery", "grants": [grant] });
        assert_eq!(told(&world, &world.office, "accountOpen", account).await, "NOT_ELIGIBLE grants.committee");
        let township = json!({ "level": "TOWNSHIP", "name": "旧乡", "parent": world.county, "validFrom": "2000-01-01" });
        let township = world.office.done("regionCreate", "region", township).await;
        world.office.done("regionEnd", "region", json!({ "region": township, "to": "2022-06-30" })).await;
        let village = json!({ "level": "VILLAGE", "name": "新村", "parent": township, "validFrom": "2022-01-01" });
        assert_eq!(told(&world, &world.office, "regionCreate", village).await, "INVALID parent");
        let grant = json!({ "role": "COLLECTOR", "region": world.villages[0], "from": "2022-01-01" });
        let twice = json!({ "name": "twice", "password": "correct horse battery", "grants": [grant, grant] });
        assert_eq!(told(&world, &world.office, "accountOpen", twice).await, "ALREADY_EXISTS grants.role");
        let link = world.link(0, 0, "2022-01-01").await;
        let same = json!({ "link": link, "helper": world.members[0].seat, "on": "2022-02-01", "reason": "换" });
        assert_eq!(told(&world, &world.office, "linkHandOver", same).await, "NOT_ELIGIBLE helper");
        let paper = json!({ "rule": world.rule_exited, "helper": world.members[1].seat, "target": world.households[2], "from": "2022-02-01",
            "plan": { "new": { "title": "规划", "kind": "HOUSEHOLD_PLAN", "from": "2022-01-01", "until": "2022-01-31" } } });
        assert_eq!(told(&world, &world.office, "linkCreate", paper).await, "NOT_ELIGIBLE plan.new.until");
    }

    async fn a_rejected_record_is_judged_with_its_steps_and_households(world: World) {
        world.app.go_to("2022-09-01");
        let (home, other) = (&world.households[0], &world.households[1]);
        let need = json!({ "category": "WATER", "about": { "title": "饮水", "happenedOn": "2022-02-01", "targets": [home] } });
        let need = world.office.done("needReport", "need", need).await;
        world.office.done("needAdvance", "need", json!({ "need": need, "step": "MATCH", "on": "2022-06-01", "helper": world.members[2].seat })).await;
        let project = json!({ "category": "INDUSTRY", "about": { "title": "项目", "happenedOn": "2022-01-01", "targets": [world.villages[0]] }, "funds": [{ "source": "COUNTY", "amount": 5, "grantedOn": "2022-01-02" }] });
        let project = world.office.done("projectCreate", "project", project).await;
        let drives = json!({ "project": project, "households": [other], "on": "2022-06-01" });
        world.office.done("projectHouseholdsAdd", "project", drives).await;
        for record in [&need, &project] {
            world.office.done("recordReject", "record", json!({ "record": record, "reason": "核实" })).await;
        }
        world.office.done("memberEnd", "member", json!({ "member": world.members[2].seat, "to": "2022-05-31" })).await;
        world.office.done("householdUpdate", "household", json!({ "household": other, "leftOn": "2022-05-31" })).await;
        for record in [&need, &project] {
            assert_eq!(told(&world, &world.office, "recordVerify", json!({ "record": record })).await, "NOT_ELIGIBLE happenedOn");
        }
        assert_eq!(told(&world, &world.office, "needAdvance", json!({ "need": need, "step": "START", "on": "2022-08-01" })).await, "NOT_ELIGIBLE happenedOn");
    }

    async fn nothing_that_is_kept_ends_after_a_household_or_a_region(world: World) {
        world.app.go_to("2022-09-01");
        let (home, village) = (&world.households[0], &world.villages[2]);
        let left = |on: &str| json!({ "household": home, "leftOn": on });
        let poor = json!({ "household": home, "designation": "POOR", "from": "2022-01-01", "to": "2022-12-31" });
        world.office.done("householdDesignate", "household", poor).await;
        assert_eq!(told(&world, &world.office, "householdUpdate", left("2022-08-31")).await, "WRONG_STEP leftOn");
        let income = json!({ "household": world.households[1], "income": { "year": 2022, "source": "WAGE", "amount": 1 } });
        world.office.done("householdIncomeRecord", "household", income).await;
        let left_before = json!({ "household": world.households[1], "leftOn": "2021-12-31" });
        assert_eq!(told(&world, &world.office, "householdUpdate", left_before).await, "WRONG_STEP leftOn");
        for nth in [4, 5] {
            world.office.done("householdUpdate", "household", json!({ "household": world.households[nth], "leftOn": "2022-01-31" })).await;
        }
        let hard = |from: &str, to: &str| json!({ "region": village, "designation": "POOR", "from": from, "to": to });
        world.office.done("regionDesignate", "region", hard("2015-01-01", "2022-07-31")).await;
        let ends = |region: &str, to: &str, successor: Option<&str>| json!({ "region": region, "to": to, "successor": successor });
        assert_eq!(told(&world, &world.office, "regionEnd", ends(village, "2022-06-30", None)).await, "WRONG_STEP to");
        let next = json!({ "level": "VILLAGE", "name": "新村", "parent": world.township, "validFrom": "2020-01-01" });
        let next = world.office.done("regionCreate", "region", next).await;
        world.office.done("regionEnd", "region", ends(village, "2022-07-31", Some(&next))).await;
        assert_eq!(told(&world, &world.office, "regionDesignate", hard("2014-01-01", "2022-08-31")).await, "WRONG_STEP to");
        assert_eq!(told(&world, &world.office, "regionEnd", ends(&next, "2022-07-31", None)).await, "WRONG_STEP to");
        world.office.done("regionEnd", "region", ends(&next, "2022-08-01", None)).await;
    }

    async fn a_code_names_one_region_a_day(world: World) {
        world.app.go_to("2022-09-01");
        let village = |code: &str, from: &str| json!({ "level": "VILLAGE", "name": "村", "parent": world.township, "code": code, "validFrom": from });
        for code in ["510822000000", "510822100000", "510800000000"] {
            assert_eq!(told(&world, &world.office, "regionCreate", village(code, "2020-01-01")).await, "INVALID code", "{code}");
        }
        let first = world.office.done("regionCreate", "region", village("510822100901", "2020-01-01")).await;
        world.office.done("regionEnd", "region", json!({ "region": first, "to": "2022-12-31" })).await;
        let by_code = async || {
            let answer = world.office.post("{ region(by: { code: \"510822100901\" }) { id } }", Value::Null).await.expect_ok();
            answer.at("/region/id").as_str().map(str::to_owned)
        };
        assert_eq!(by_code().await.as_ref(), Some(&first), "it is there until its last day");
        assert_eq!(told(&world, &world.office, "regionCreate", village("510822100901", "2022-12-31")).await, "ALREADY_EXISTS code");
        let second = world.office.done("regionCreate", "region", village("510822100901", "2023-01-01")).await;
        world.app.go_to("2023-01-01");
        assert_eq!(by_code().await, Some(second));
    }

    async fn exemptions_and_marks_lie_within_their_rules(world: World) {
        world.app.go_to("2022-09-01");
        let excused = |rule: &str, from: &str| json!({ "helper": world.members[0].seat, "rule": rule, "from": from, "until": null, "reason": "住院" });
        let rule = |from: &str| json!({ "programme": world.programme, "code": "SICK", "name": "规则", "helperKind": "MEMBER",
            "targetKind": "HOUSEHOLD", "obligation": "GOAL", "isExemptionAllowed": true, "from": from });
        let first = world.office.done("linkRuleCreate", "linkRule", rule("2022-03-01")).await;
        assert_eq!(told(&world, &world.office, "exemptionGrant", excused(&first, "2022-02-28")).await, "NOT_ELIGIBLE from");
        let exemption = world.office.done("exemptionGrant", "exemption", excused(&first, "2022-05-01")).await;
        let end = |to: &str| json!({ "rule": first, "to": to });
        assert_eq!(told(&world, &world.office, "linkRuleEnd", end("2022-04-30")).await, "WRONG_STEP to");
        world.office.done("linkRuleEnd", "linkRule", end("2022-06-30")).await;
        let later = json!({ "record": exemption, "happenedOn": "2022-07-01" });
        assert_eq!(told(&world, &world.office, "recordAmend", later).await, "NOT_ELIGIBLE record");
        let second = world.office.done("linkRuleCreate", "linkRule", rule("2022-07-01")).await;
        assert_eq!(told(&world, &world.office, "exemptionGrant", excused(&second, "2022-07-01")).await, "ALREADY_EXISTS helper");
        let duty = json!({ "programme": world.programme, "code": "STUDY", "name": "学习", "subject": "MEMBER", "target": 1,
            "period": "YEAR", "obligation": "GOAL", "from": "2022-01-01" });
        let duty = world.office.done("dutyRuleCreate", "dutyRule", duty).await;
        let mark = json!({ "duty": duty, "subject": world.members[0].seat, "on": "2022-08-01" });
        world.office.done("markSet", "mark", mark).await;
        let ends = |to: &str| json!({ "programme": world.programme, "to": to });
        assert_eq!(told(&world, &world.office, "programmeUpdate", ends("2022-07-31")).await, "WRONG_STEP to");
        world.office.done("programmeUpdate", "programme", ends("2022-08-01")).await;
    }

    async fn nobody_is_in_two_families_on_one_day(world: World) {
        world.app.go_to("2022-09-01");
        let (one, other) = (&world.households[0], &world.households[1]);
        let add = |home: &str, from: &str| json!({ "household": home, "from": from,
            "member": { "name": "女儿", "relation": "子女", "identityNumber": "510822200001019925" } });
        world.office.done("familyMemberAdd", "household", add(one, "2021-12-01")).await;
        let query = "query($id: ID!) { household(id: $id) { members { id name } } }";
        let answer = world.office.post(query, json!({ "id": one })).await.expect_ok();
        let members = answer.at("/household/members").as_array().unwrap().clone();
        let daughter = members.iter().find(|member| member["name"] == "女儿").unwrap()["id"].clone();
        let until = |to: Value| json!({ "member": daughter, "to": to });
        world.office.done("familyMemberUpdate", "household", until(json!("2022-03-31"))).await;
        assert_eq!(told(&world, &world.office, "familyMemberAdd", add(other, "2022-03-31")).await, "ALREADY_EXISTS members.identityNumber");
        world.office.done("familyMemberAdd", "household", add(other, "2022-04-01")).await;
        for to in [json!("2022-04-01"), json!(null)] {
            assert_eq!(told(&world, &world.office, "familyMemberUpdate", until(to)).await, "ALREADY_EXISTS to");
        }
        world.office.done("familyMemberUpdate", "household", until(json!("2022-03-30"))).await;
    }

    async fn a_rule_of_others_is_neither_held_up_nor_named(world: World) {
        world.app.go_to("2022-09-01");
        let link = json!({ "rule": world.rule_exited, "helper": world.members[0].seat, "target": world.households[0], "from": "2023-09-03" });
        assert_eq!(told(&world, &world.office, "linkCreate", link).await, "INVALID from");
        let body = json!({ "region": world.province, "name": "省政协", "kind": "CPPCC", "system": "CPPCC" });
        let body = world.province_office.done("organisationCreate", "organisation", body).await;
        let programme = json!({ "code": "PROV", "name": "省行动", "organisation": body, "from": "2022-01-01" });
        let programme = world.province_office.done("programmeCreate", "programme", programme).await;
        let rule = json!({ "programme": programme, "code": "R", "name": "规则", "helperKind": "MEMBER", "targetKind": "HOUSEHOLD",
            "obligation": "GOAL", "from": "2022-01-01" });
        let rule = world.province_office.done("linkRuleCreate", "linkRule", rule).await;
        for (household, from) in [(0, "2022-05-17"), (2, "2023-05-17")] {
            let link = json!({ "rule": rule, "helper": world.members[0].seat, "target": world.households[household], "from": from });
            world.office.done("linkCreate", "link", link).await;
        }
        // The refusals of days that are over would tell the province when links begin.
        for to in ["2022-05-16", "2022-05-17", "2022-08-31"] {
            assert_eq!(told(&world, &world.province_office, "linkRuleEnd", json!({ "rule": rule, "to": to })).await, "NOT_ELIGIBLE to");
            assert_eq!(told(&world, &world.province_office, "programmeUpdate", json!({ "programme": programme, "to": to })).await, "NOT_ELIGIBLE to");
        }
        world.province_office.done("linkRuleEnd", "linkRule", json!({ "rule": rule, "to": "2022-09-01" })).await;
        let early = json!({ "code": "EARLY", "name": "县行动", "organisation": world.organisation, "parent": programme, "from": "2021-12-31" });
        assert_eq!(told(&world, &world.office, "programmeCreate", early).await, "INVALID from");
    }

    async fn marks_and_exemptions_name_programmes_of_their_place(world: World) {
        world.app.go_to("2022-09-01");
        let duty = json!({ "programme": world.programme, "code": "CARE", "name": "关爱", "subject": "HOUSEHOLD", "target": 1,
            "period": "YEAR", "obligation": "GOAL", "from": "2022-01-01" });
        let duty = world.office.done("dutyRuleCreate", "dutyRule", duty).await;
        let mark = json!({ "duty": duty, "subject": world.stranger, "on": "2022-03-01" });
        assert_eq!(told(&world, &world.neighbour, "markSet", mark).await, "NOT_ELIGIBLE duty");
        let person = json!({ "name": "邻县委员", "region": world.other_county });
        let person = world.neighbour.done("personRegister", "person", person).await;
        let seat = json!({ "person": person, "organisation": world.other_organisation, "kind": "CPPCC_MEMBER", "from": "2021-01-01" });
        let seat = world.neighbour.done("memberAppoint", "member", seat).await;
        let excused = json!({ "helper": seat, "rule": world.rule_exited, "from": "2022-03-01", "until": null, "reason": "住院" });
        assert_eq!(told(&world, &world.neighbour, "exemptionGrant", excused).await, "NOT_ELIGIBLE rule");
    }

    async fn a_record_names_programmes_of_its_place(world: World) {
        let about = |programme: &str| json!({ "title": "走访", "happenedOn": "2022-01-01", "targets": [world.stranger], "programmes": [programme] });
        let visit = json!({ "kind": "VISIT", "about": about(&world.programme) });
        assert_eq!(told(&world, &world.neighbour, "activityRecord", visit).await, "NOT_ELIGIBLE programmes");
        let body = json!({ "region": world.city, "name": "市政协", "kind": "CPPCC", "system": "CPPCC" });
        let body = world.city_office.done("organisationCreate", "organisation", body).await;
        let above = json!({ "code": "CITY", "name": "市行动", "organisation": body, "from": "2022-01-01" });
        let above = world.city_office.done("programmeCreate", "programme", above).await;
        world.neighbour.done("activityRecord", "activity", json!({ "kind": "VISIT", "about": about(&above) })).await;
    }
}
