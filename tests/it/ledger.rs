//! The door for writes: once is once, a limit is a limit, and what was acknowledged is there.

use std::collections::HashSet;

use futures::future::join_all;
use serde_json::{Value, json};
use tests::world::{key, visit};
use tests::{World, on_both};

on_both! {
    /// Fifty repeats at once leave one record, and all are told of the same one.
    async fn a_key_repeated_fifty_times_at_once_counts_once(world: World) {
        let link = world.link(0, 0, "2022-01-01").await;
        world.app.go_to("2022-03-01");
        let (records, facts) = (world.rows("record").await, world.rows("fact").await);
        let mut input = visit(&link, "2022-02-01");
        input["idempotencyKey"] = key().into();
        let repeats = (0..50).map(|_| world.office.act("activityRecord", "activity", input.clone()));
        let answers = join_all(repeats).await;
        let ids: HashSet<&str> = answers.iter().map(|answer| answer.text_at("/activityRecord/activity/id")).collect();
        assert_eq!(ids.len(), 1);
        assert_eq!(world.rows("record").await, records + 1);
        assert_eq!(world.rows("fact").await, facts + 1);
    }

    /// The same key with other input is refused, and another account may use the same key.
    async fn a_key_stands_for_one_input_of_one_account(world: World) {
        let link = world.link(0, 0, "2022-01-01").await;
        world.app.go_to("2022-03-01");
        let key = key();
        let with_key = |on: &str| {
            let mut input = visit(&link, on);
            input["idempotencyKey"] = key.clone().into();
            input
        };
        world.office.done("activityRecord", "activity", with_key("2022-02-01")).await;
        let before = world.rows("record").await;
        let code = world.office.refused("activityRecord", "activity", with_key("2022-02-02")).await;
        assert_eq!(code, "IDEMPOTENCY_KEY_REUSED");
        assert_eq!(world.rows("record").await, before);
        world.members[0].client.done("activityRecord", "activity", with_key("2022-02-02")).await;
        assert_eq!(world.rows("record").await, before + 1);
    }

    /// A refusal is not remembered: the same key may try again when what was wrong is mended.
    async fn a_refusal_is_not_stored(world: World) {
        let link = world.link(0, 0, "2022-01-01").await;
        let mut input = visit(&link, "2022-02-01");
        input["idempotencyKey"] = key().into();
        let acts = world.rows("act").await;
        assert_eq!(world.office.refused("activityRecord", "activity", input.clone()).await, "INVALID");
        assert_eq!(world.rows("act").await, acts);
        world.app.go_to("2022-02-01");
        world.office.done("activityRecord", "activity", input).await;
    }

    /// Under a rule that allows two links a helper, fifty who ask at once get two.
    async fn a_limit_holds_under_fifty_attempts_at_once(world: World) {
        let mut exited = vec![];
        for nth in 0..50 {
            let input = json!({ "village": world.villages[0], "headName": format!("户{nth}"),
                "registeredOn": "2021-12-01", "designations": [{ "code": "EXITED" }] });
            exited.push(world.office.done("householdRegister", "household", input).await);
        }
        let links = world.rows("link").await;
        let attempts = exited.iter().map(|target| {
            let input = json!({ "rule": world.rule_exited, "helper": world.members[0].seat, "target": target, "from": "2022-01-01" });
            world.office.act("linkCreate", "link", input)
        });
        let answers = join_all(attempts).await;
        let made = answers.iter().filter(|answer| answer.at("/linkCreate/link").is_object()).count();
        let told: HashSet<&Value> = answers.iter().filter_map(|answer| answer.data().pointer("/linkCreate/userErrors/0/code")).collect();
        assert_eq!(made, 2);
        assert_eq!(told, HashSet::from([&json!("LIMIT_EXCEEDED")]));
        assert_eq!(world.rows("link").await, links + 2);
    }

    /// A limit is one, wherever the links lie: two offices who ask at once for a member of their city get two links
    /// between them.
    async fn a_limit_holds_across_ledgers(world: World) {
        let (seat, programme) = of_the_city(&world).await;
        let rule = limited(&world, &programme, "TWO", 2).await;
        let mut asked = vec![];
        for nth in 0..25 {
            for (office, village) in [(&world.office, &world.villages[0]), (&world.neighbour, &world.other_village)] {
                let input = json!({ "village": village, "headName": format!("户{nth}"),
                    "registeredOn": "2021-12-01", "designations": [{ "code": "EXITED" }] });
                asked.push((office, office.done("householdRegister", "household", input).await));
            }
        }
        let attempts = asked.iter().map(|(office, target)| {
            let input = json!({ "rule": rule, "helper": seat, "target": target, "from": "2022-01-01" });
            office.act("linkCreate", "link", input)
        });
        let answers = join_all(attempts).await;
        let made = answers.iter().filter(|answer| answer.at("/linkCreate/link").is_object()).count();
        let told: HashSet<String> = answers.iter().filter_map(|answer| answer.data().pointer("/linkCreate/userErrors/0"))
            .map(|error| format!("{} {} {}", error["field"], error["code"], error["message"])).collect();
        assert_eq!(made, 2);
        let limit = r#""helper" "LIMIT_EXCEEDED" "the rule allows no more than 2 links at a time""#;
        assert_eq!(told, HashSet::from([limit.to_owned()]));
        assert_eq!(world.rows("link").await, 2);
    }

    /// Two who ask for a helper's only link at once, each in a ledger of their own: one gets it, time and again.
    async fn one_of_two_ledgers_gets_the_last_link(world: World) {
        let (seat, programme) = of_the_city(&world).await;
        for nth in 0..25 {
            let rule = limited(&world, &programme, &format!("ONLY-{nth}"), 1).await;
            let link = |target: &str| json!({ "rule": rule, "helper": seat, "target": target, "from": "2022-01-01" });
            let both = [(&world.office, &world.households[0]), (&world.neighbour, &world.stranger)];
            join_all(both.map(|(office, target)| office.act("linkCreate", "link", link(target)))).await;
            assert_eq!(world.rows("link").await, nth + 1);
        }
    }

    /// Every act is numbered without a gap, and the journal's chain holds until somebody touches a line.
    async fn the_journal_has_no_gap_and_shows_a_changed_line(world: World) {
        let link = world.link(0, 0, "2022-01-01").await;
        world.app.go_to("2022-03-01");
        join_all((1..=9).map(|day| world.visit(&world.office, &link, ["2022-02-01", "2022-02-02"][day % 2]))).await;
        let ledger = ledger_of(&link);
        let told = async || api::ledger::walk(&world.app.db.read, ledger, &[]).await.unwrap().differences();
        assert_eq!(told().await, [""; 0]);
        tamper(&world, "UPDATE act SET action = 'linkEnd' WHERE ledger_id = $1 AND seq = 5", ledger.0).await;
        let changed = format!("ledger {}: line 5 does not follow from line 4: it was changed, inserted or swapped", ledger.0);
        assert_eq!(told().await, [changed]);
    }
}

/// A member of the city's own, and a programme of the city.
async fn of_the_city(world: &World) -> (String, String) {
    let office = &world.city_office;
    let body = json!({ "region": world.city, "name": "市政协", "kind": "CPPCC", "system": "CPPCC" });
    let body = office.done("organisationCreate", "organisation", body).await;
    let person =
        office.done("personRegister", "person", json!({ "name": "市委员", "region": world.city })).await;
    let seat =
        json!({ "person": person, "organisation": body, "kind": "CPPCC_MEMBER", "from": "2021-01-01" });
    let seat = office.done("memberAppoint", "member", seat).await;
    let programme = json!({ "code": "CITY", "name": "市", "organisation": body, "from": "2022-01-01" });
    (seat, office.done("programmeCreate", "programme", programme).await)
}

async fn limited(world: &World, programme: &str, code: &str, most: i32) -> String {
    let rule = json!({ "programme": programme, "code": code, "name": code, "helperKind": "MEMBER",
        "targetKind": "HOUSEHOLD", "maxPerHelper": most, "obligation": "MANDATORY", "from": "2022-01-01" });
    world.city_office.done("linkRuleCreate", "linkRule", rule).await
}

/// The ledger that a global id names.
fn ledger_of(id: &str) -> entity::ids::LedgerId {
    platform::gid::Gid::decode(&id.to_owned().into()).unwrap().ledger
}

#[expect(clippy::disallowed_methods, reason = "an intruder does not come by the door")]
async fn tamper(world: &World, sql: &str, ledger: i32) {
    use sea_orm::{ConnectionTrait, Statement};
    let statement = Statement::from_sql_and_values(world.app.db.backend(), sql, [ledger.into()]);
    world.app.owner().await.execute_raw(statement).await.unwrap();
}
