//! Days that may be entered: not before the ledgers begin, nor in a far century; births may lie earlier.

use serde_json::{Value, json};
use tests::{World, on_both};

use super::told;

on_both! {
    async fn a_day_before_the_ledgers_begin_is_refused_at_every_door(world: World) {
        let link = world.link(0, 0, "2022-01-01").await;
        let home = &world.households[1];
        let about = |on: &str| json!({ "title": "旧事", "happenedOn": on, "targets": [world.villages[0]] });
        let activity = json!({ "kind": "RESEARCH", "about": about("2022-01-01") });
        let activity = world.office.done("activityRecord", "activity", activity).await;
        let person = world.office.done("personRegister", "person", json!({ "name": "新人", "region": world.county })).await;
        let doors = |day: &str| -> Vec<(&str, Value, &str)> {
            vec![
                ("activityRecord", json!({ "kind": "RESEARCH", "about": about(day) }), "happenedOn"),
                ("planCreate", json!({ "kind": "ANNUAL_PLAN", "about": about(day) }), "happenedOn"),
                ("recordAmend", json!({ "record": activity, "happenedOn": day }), "happenedOn"),
                ("householdRegister", json!({ "village": world.villages[0], "headName": "户", "registeredOn": day }), "registeredOn"),
                ("householdDesignate", json!({ "household": home, "designation": "POOR", "from": day }), "from"),
                ("regionDesignate", json!({ "region": world.villages[0], "designation": "POOR", "from": day }), "from"),
                ("organisationCreate", json!({ "region": world.county, "name": "新单位", "kind": "DEPARTMENT", "system": "GOVERNMENT", "from": day }), "from"),
                ("organisationUpdate", json!({ "organisation": world.organisation, "from": day }), "from"),
                ("industryCreate", json!({ "region": world.county, "name": "新产业", "from": day }), "from"),
                ("industryUpdate", json!({ "industry": world.industry, "from": day }), "from"),
                ("industryUnitAdd", json!({ "industry": world.industry, "kind": "PARK", "name": "园", "region": world.villages[0], "from": day }), "from"),
                ("committeeCreate", json!({ "organisation": world.organisation, "name": "新委", "kind": "SPECIAL_COMMITTEE", "from": day }), "from"),
                ("memberAppoint", json!({ "person": person, "organisation": world.organisation, "kind": "CPPCC_MEMBER", "from": day }), "from"),
                ("programmeCreate", json!({ "code": "OLD", "name": "旧", "organisation": world.organisation, "from": day }), "from"),
                ("linkRuleCreate", json!({ "programme": world.programme, "code": "OLD", "name": "旧", "helperKind": "MEMBER", "targetKind": "HOUSEHOLD", "obligation": "GOAL", "from": day }), "from"),
                ("dutyRuleCreate", json!({ "programme": world.programme, "code": "OLD", "name": "旧", "subject": "LINK", "target": 1, "period": "YEAR", "obligation": "GOAL", "from": day }), "from"),
                ("linkCreate", json!({ "rule": world.rule_demo, "helper": world.members[1].seat, "target": home, "from": day }), "from"),
                ("linkHandOver", json!({ "link": link, "helper": world.members[1].seat, "on": day, "reason": "换" }), "on"),
                ("exemptionGrant", json!({ "helper": world.members[1].seat, "rule": world.rule_demo, "from": day, "reason": "病" }), "from"),
            ]
        };
        for (mutation, input, field) in doors("1949-09-30") {
            assert_eq!(told(&world, &world.office, mutation, input).await, format!("INVALID {field}"), "{mutation}");
        }
        for (mutation, input, field) in doors("2200-01-01") {
            assert_eq!(told(&world, &world.office, mutation, input).await, format!("INVALID {field}"), "{mutation}");
        }
        for (mutation, input) in [
            ("linkEnd", json!({ "link": link, "to": "9999-12-31", "reason": "永远" })),
            ("memberEnd", json!({ "member": world.members[2].seat, "to": "9999-12-31" })),
            ("committeeEnd", json!({ "committee": world.committee, "to": "9999-12-31" })),
            ("programmeUpdate", json!({ "programme": world.programme, "to": "9999-12-31" })),
        ] {
            assert_eq!(told(&world, &world.office, mutation, input).await, "INVALID to", "{mutation}");
        }
    }

    async fn a_birth_may_lie_earlier(world: World) {
        let add = |born: &str| json!({ "household": world.households[0], "from": "2022-01-01",
            "member": { "name": "老人", "relation": "母亲", "bornOn": born } });
        let register = |born: &str| json!({ "village": world.villages[0], "headName": "户", "registeredOn": "2022-01-01",
            "members": [{ "name": "老人", "relation": "母亲", "bornOn": born }] });
        world.office.done("familyMemberAdd", "household", add("1931-02-03")).await;
        world.office.done("householdRegister", "household", register("1931-02-03")).await;
        for wrong in ["1879-12-31", "2022-01-02", "0001-01-01"] {
            assert_eq!(told(&world, &world.office, "familyMemberAdd", add(wrong)).await, "INVALID members.bornOn", "{wrong}");
            assert_eq!(told(&world, &world.office, "householdRegister", register(wrong)).await, "INVALID members.bornOn", "{wrong}");
        }
    }
}
