//! What a rule asks of a link when it is made, handed over or ended.

use serde_json::{Value, json};
use tests::{World, on_both};

/// Code and field of a refusal: `REQUIRED plan`.
async fn told(world: &World, mutation: &str, input: Value) -> String {
    let links = (world.rows("link").await, world.rows("record").await);
    let answer = world.office.act(mutation, "link", input).await.expect_ok();
    assert_eq!(
        (world.rows("link").await, world.rows("record").await),
        links,
        "something was written: {answer}"
    );
    let error = answer.at(&format!("/{mutation}/userErrors/0"));
    format!("{} {}", error["code"].as_str().unwrap(), error["field"].as_str().unwrap())
}

/// A rule from members to households, with these fields besides.
async fn rule(world: &World, code: &str, more: Value) -> String {
    let mut input = json!({ "programme": world.programme, "code": code, "name": code, "helperKind": "MEMBER",
        "targetKind": "HOUSEHOLD", "obligation": "MANDATORY", "from": "2022-01-01" });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.office.done("linkRuleCreate", "linkRule", input).await
}

fn with(mut input: Value, more: Value) -> Value {
    let Value::Object(more) = more else { panic!("an object") };
    input.as_object_mut().unwrap().extend(more);
    input
}

async fn papers(world: &World, link: &str) -> Value {
    let query = "query($id: ID!) { link(id: $id) { plan { title kind } agreement { title until } } }";
    world.office.post(query, json!({ "id": link })).await.expect_ok().at("/link").clone()
}

on_both! {
    /// A rule that asks for a plan and an agreement gets both with the link, whatever its first day.
    async fn a_link_is_made_with_what_its_rule_asks_for(world: World) {
        let asks = json!({ "isPlanRequired": true, "isAgreementRequired": true });
        let rule = rule(&world, "SIGNED", asks).await;
        let new = |from: &str, more: Value| {
            let link = json!({ "rule": rule, "helper": world.members[0].seat, "target": world.households[0], "from": from });
            with(link, more)
        };
        let plan = json!({ "new": { "title": "养蜂", "kind": "HOUSEHOLD_PLAN", "from": "2022-02-01" } });
        let agreement = json!({ "new": { "title": "三年协议", "until": "2024-12-31" } });
        assert_eq!(told(&world, "linkCreate", new("2022-01-01", json!({ "agreement": agreement }))).await, "REQUIRED plan");
        assert_eq!(told(&world, "linkCreate", new("2022-12-01", json!({ "plan": plan }))).await, "REQUIRED agreement");
        for (bad, told_of) in [
            (json!({ "new": { "title": "养蜂" } }), "REQUIRED plan.new.kind"),
            (json!({ "new": { "title": "养蜂", "kind": "AGREEMENT" } }), "INVALID plan.new.kind"),
            (json!({ "new": { "title": "养蜂", "kind": "NONE" } }), "INVALID plan.new.kind"),
            (json!({ "new": { "title": " ", "kind": "SCHEME" } }), "REQUIRED plan.new.title"),
        ] {
            let both = json!({ "plan": bad, "agreement": agreement });
            assert_eq!(told(&world, "linkCreate", new("2022-01-01", both)).await, told_of);
        }
        let both = json!({ "plan": plan, "agreement": agreement });
        let link = world.office.done("linkCreate", "link", new("2022-01-01", both)).await;
        let told = json!({ "plan": { "title": "养蜂", "kind": "HOUSEHOLD_PLAN" },
            "agreement": { "title": "三年协议", "until": "2024-12-31" } });
        assert_eq!(papers(&world, &link).await, told);
        let report = api::verify::run(&world.app.db).await.unwrap();
        assert_eq!(report.differences, Vec::<String>::new());
    }

    /// The plan of a household goes on with its new helper; an agreement is with one helper, about one target.
    async fn a_handover_takes_the_plan_along_and_not_the_agreement(world: World) {
        let rule = rule(&world, "SIGNED", json!({ "isPlanRequired": true, "isAgreementRequired": true })).await;
        let plan = json!({ "about": { "title": "养蜂", "happenedOn": "2022-01-01", "targets": [world.households[0]] }, "kind": "HOUSEHOLD_PLAN" });
        let plan = world.office.done("planCreate", "plan", plan).await;
        let agreed = async |seat: &str, target: &str, until: Option<&str>| {
            let about = json!({ "title": "协议", "happenedOn": "2022-01-01", "targets": [target], "helpers": [seat] });
            let input = json!({ "about": about, "kind": "AGREEMENT", "until": until });
            json!({ "known": world.office.done("planCreate", "plan", input).await })
        };
        let seats = [world.members[0].seat.as_str(), world.members[1].seat.as_str()];
        let first = agreed(seats[0], &world.households[0], None).await;
        let link = json!({ "rule": rule, "helper": seats[0], "target": world.households[0], "from": "2022-01-01",
            "plan": { "known": plan }, "agreement": first });
        let link = world.office.done("linkCreate", "link", link).await;
        world.app.go_to("2022-03-01");
        let over = |more: Value| {
            with(json!({ "link": link, "helper": seats[1], "on": "2022-03-01", "reason": "换届", "plan": { "known": plan } }), more)
        };
        assert_eq!(told(&world, "linkHandOver", over(json!({}))).await, "REQUIRED agreement");
        let past = agreed(seats[1], &world.households[0], Some("2022-02-28")).await;
        let elsewhere = agreed(seats[1], &world.households[1], None).await;
        for wrong in [first, past, elsewhere, json!({ "known": plan })] {
            assert_eq!(told(&world, "linkHandOver", over(json!({ "agreement": wrong }))).await, "NOT_ELIGIBLE agreement");
        }
        let second = agreed(seats[1], &world.households[0], None).await;
        let successor = world.office.done("linkHandOver", "link", over(json!({ "agreement": second }))).await;
        for link in [&link, &successor] {
            let told = json!({ "plan": { "title": "养蜂", "kind": "HOUSEHOLD_PLAN" }, "agreement": { "title": "协议", "until": null } });
            assert_eq!(papers(&world, link).await, told);
        }
        let report = api::verify::run(&world.app.db).await.unwrap();
        assert_eq!(report.differences, Vec::<String>::new());
    }

    /// A link does not outlast its helper or its target, when it is made, handed over or ended.
    async fn a_link_ends_with_its_helper_and_its_target(world: World) {
        world.app.go_to("2022-03-01");
        let leaving = &world.members[1].seat;
        world.office.done("memberEnd", "member", json!({ "member": leaving, "to": "2022-06-30" })).await;
        let gone = json!({ "household": world.households[2], "leftOn": "2022-05-31" });
        world.office.done("householdUpdate", "household", gone).await;
        let new = |helper: usize, household: usize, more: Value| {
            let link = json!({ "rule": world.rule_exited, "helper": world.members[helper].seat,
                "target": world.households[household], "from": "2022-03-01" });
            with(link, more)
        };
        let until = |day: &str| json!({ "to": day, "endReason": "任期届满" });
        for (helper, household, more, told_of) in [
            (1, 0, json!({}), "WRONG_STEP to"),
            (1, 0, until("2022-07-01"), "WRONG_STEP to"),
            (0, 2, until("2022-06-30"), "WRONG_STEP to"),
            (1, 0, until("2022-02-28"), "END_BEFORE_START to"),
            (1, 0, json!({ "to": "2022-06-30" }), "REQUIRED endReason"),
            (0, 0, json!({ "endReason": "任期届满" }), "REQUIRED to"),
        ] {
            assert_eq!(told(&world, "linkCreate", new(helper, household, more)).await, told_of);
        }
        let answer = world.office.act("linkCreate", "link", new(1, 0, json!({}))).await;
        let message = answer.text_at("/linkCreate/userErrors/0/message");
        assert_eq!(message, "the helper ends on 2022-06-30: the link ends by then, too");
        let link = world.office.done("linkCreate", "link", new(0, 0, json!({}))).await;
        let over = |more: Value| {
            with(json!({ "link": link, "helper": leaving, "on": "2022-04-01", "reason": "换届" }), more)
        };
        assert_eq!(told(&world, "linkHandOver", over(json!({}))).await, "WRONG_STEP to");
        let short = world.office.done("linkHandOver", "link", over(until("2022-06-30"))).await;
        let end = |to: &str| json!({ "link": short, "to": to, "reason": "迁出" });
        assert_eq!(told(&world, "linkEnd", end("2022-07-01")).await, "WRONG_STEP link");
        world.office.done("linkEnd", "link", end("2022-05-15")).await;
        assert_eq!(told(&world, "linkEnd", end("2022-05-15")).await, "WRONG_STEP link");
        let query = "query($id: ID!) { link(id: $id) { from to endReason } }";
        let answer = world.office.post(query, json!({ "id": short })).await.expect_ok();
        assert_eq!(answer.at("/link"), &json!({ "from": "2022-04-01", "to": "2022-05-15", "endReason": "迁出" }));
    }

    /// A seat that has ended where it is kept ends its links elsewhere: their end may not pass it.
    async fn an_end_does_not_pass_that_of_a_seat_kept_elsewhere(world: World) {
        let seat = &world.members[0].seat;
        let programme = json!({ "code": "BESIDE", "name": "邻", "organisation": world.other_organisation, "from": "2022-01-01" });
        let programme = world.neighbour.done("programmeCreate", "programme", programme).await;
        let rule = json!({ "programme": programme, "code": "PAIR", "name": "结对", "helperKind": "MEMBER",
            "targetKind": "HOUSEHOLD", "obligation": "MANDATORY", "from": "2022-01-01" });
        let rule = world.neighbour.done("linkRuleCreate", "linkRule", rule).await;
        let link = json!({ "rule": rule, "helper": seat, "target": world.stranger, "from": "2022-01-01" });
        let link = world.neighbour.done("linkCreate", "link", link).await;
        world.app.go_to("2022-09-01");
        world.office.done("memberEnd", "member", json!({ "member": seat, "to": "2022-06-30" })).await;
        let end = |to: &str| json!({ "link": link, "to": to, "reason": "离任" });
        let over = json!({ "link": link, "helper": world.members[1].seat, "on": "2022-08-01", "reason": "离任" });
        assert_eq!(world.neighbour.refused("linkEnd", "link", end("2022-07-01")).await, "WRONG_STEP");
        assert_eq!(world.neighbour.refused("linkHandOver", "link", over).await, "WRONG_STEP");
        world.neighbour.done("linkEnd", "link", end("2022-06-30")).await;
    }
}
