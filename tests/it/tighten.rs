//! A lower level tightens the rules above, never loosens them; and nobody above tightens over the heads of those below.

use serde_json::{Value, json};
use tests::{Client, World, on_both};

/// A city's programme and, under it, a county's.
struct Levels {
    world: World,
    above: String,
    local: String,
}

impl Levels {
    async fn on(world: World) -> Self {
        let body = json!({ "region": world.city, "name": "市政协", "kind": "CPPCC", "system": "CPPCC" });
        let body = world.city_office.done("organisationCreate", "organisation", body).await;
        let above = json!({ "code": "ABOVE", "name": "全市", "organisation": body, "from": "2022-01-01" });
        let above = world.city_office.done("programmeCreate", "programme", above).await;
        let local = json!({ "code": "LOCAL", "name": "全县", "organisation": world.organisation, "parent": above, "from": "2022-01-01" });
        let local = world.office.done("programmeCreate", "programme", local).await;
        Self { world, above, local }
    }
}

fn rule(programme: &str, more: Value) -> Value {
    let rule = json!({ "programme": programme, "code": "HOUSEHOLD", "name": "联户", "helperKind": "MEMBER",
        "targetKind": "HOUSEHOLD", "obligation": "MANDATORY", "from": "2022-01-01" });
    with(rule, more)
}

fn duty(programme: &str, more: Value) -> Value {
    let duty = json!({ "programme": programme, "code": "STUDY", "name": "学习", "subject": "MEMBER", "target": 1,
        "period": "QUARTER", "obligation": "MANDATORY", "from": "2022-01-01" });
    with(duty, more)
}

fn with(mut input: Value, more: Value) -> Value {
    let Value::Object(more) = more else { panic!("an object") };
    input.as_object_mut().unwrap().extend(more);
    input
}

/// Field and message of a refusal.
async fn told(by: &Client, mutation: &str, object: &str, input: Value) -> (String, String) {
    let answer = by.act(mutation, object, input).await.expect_ok();
    let at = |name: &str| answer.text_at(&format!("/{mutation}/userErrors/0/{name}")).to_owned();
    assert_eq!(at("code"), "INVALID", "{answer}");
    (at("field"), at("message"))
}

on_both! {
    /// Whom a rule lets help and whom it is for is narrowed below, not widened.
    async fn a_link_rule_is_narrowed_and_never_widened(world: World) {
        let levels = Levels::on(world).await;
        let (city, office) = (&levels.world.city_office, &levels.world.office);
        let narrow = json!({ "helperFilter": ["CPPCC_MEMBER", "LEADER"], "targetDesignation": "POOR" });
        city.done("linkRuleCreate", "linkRule", rule(&levels.above, narrow)).await;
        for (field, filter, designation) in [
            ("helperFilter", json!([]), Some("POOR")),
            ("helperFilter", json!(["CPPCC_MEMBER", "CADRE"]), Some("POOR")),
            ("targetDesignation", json!(["LEADER"]), None),
            ("targetDesignation", json!(["LEADER"]), Some("EXITED")),
        ] {
            let wide = rule(&levels.local, json!({ "helperFilter": filter, "targetDesignation": designation }));
            assert_eq!(told(office, "linkRuleCreate", "linkRule", wide).await.0, field);
        }
        let narrower = json!({ "helperFilter": ["LEADER"], "targetDesignation": "POOR" });
        office.done("linkRuleCreate", "linkRule", rule(&levels.local, narrower)).await;
    }

    /// A duty below counts the same thing, and is everybody's who has it above.
    async fn a_duty_is_tightened_and_never_loosened(world: World) {
        let levels = Levels::on(world).await;
        let (city, office) = (&levels.world.city_office, &levels.world.office);
        for code in ["HOUSEHOLD", "OTHER"] {
            city.done("linkRuleCreate", "linkRule", rule(&levels.above, json!({ "code": code }))).await;
        }
        for code in ["HOUSEHOLD", "LOCAL"] {
            office.done("linkRuleCreate", "linkRule", rule(&levels.local, json!({ "code": code }))).await;
        }
        let define = json!({ "programme": levels.above, "code": "STUDIES", "name": "学习", "unit": "次",
            "definition": { "measure": { "of": "ACTIVITY", "kinds": ["STUDY"] } } });
        city.done("indicatorDefine", "indicator", define).await;
        let studies = json!({ "indicator": "STUDIES", "subjectKinds": ["CPPCC_MEMBER", "LEADER"] });
        city.done("dutyRuleCreate", "dutyRule", duty(&levels.above, studies)).await;
        let kinds = |kinds: Value| json!({ "indicator": "STUDIES", "subjectKinds": kinds });
        for (field, loose) in [
            ("indicator", json!({ "subjectKinds": [] })),
            ("indicator", json!({ "indicator": "HOUSEHOLD_VISITS" })),
            ("subjectKinds", kinds(json!(["LEADER"]))),
            ("target", with(kinds(json!([])), json!({ "period": "HALF_YEAR" }))),
        ] {
            let field = if loose["period"].is_null() { field } else { "period" };
            let refused = told(office, "dutyRuleCreate", "dutyRule", duty(&levels.local, loose)).await;
            assert_eq!(refused.0, field);
        }
        office.done("dutyRuleCreate", "dutyRule", duty(&levels.local, kinds(json!([])))).await;

        let visits = |programme: &str, rules: Value| {
            let visit = json!({ "code": "VISIT", "subject": "LINK", "indicator": "HOUSEHOLD_VISITS", "linkRules": rules });
            duty(programme, visit)
        };
        city.done("dutyRuleCreate", "dutyRule", visits(&levels.above, json!(["HOUSEHOLD", "OTHER"]))).await;
        let less = told(office, "dutyRuleCreate", "dutyRule", visits(&levels.local, json!(["LOCAL"]))).await;
        assert_eq!(less.0, "linkRules");
        office.done("dutyRuleCreate", "dutyRule", visits(&levels.local, json!(["HOUSEHOLD"]))).await;
    }

    /// Who tightens above is told which programmes below would be left looser, and comes after them.
    async fn nobody_is_left_looser_below(world: World) {
        let levels = Levels::on(world).await;
        let (city, office) = (&levels.world.city_office, &levels.world.office);
        let loose = rule(&levels.local, json!({ "maxPerHelper": 3 }));
        let loose = office.done("linkRuleCreate", "linkRule", loose).await;
        let tight = |more: Value| rule(&levels.above, with(json!({ "maxPerHelper": 2 }), more));
        let (field, message) = told(city, "linkRuleCreate", "linkRule", tight(json!({}))).await;
        assert_eq!(field, "maxPerHelper");
        assert_eq!(message, "`maxPerHelper` would leave the rule `HOUSEHOLD` looser in programmes below: `LOCAL`; they tighten it first");
        let other = told(city, "linkRuleCreate", "linkRule", tight(json!({ "targetKind": "REGION" }))).await;
        assert_eq!(other.0, "code");
        office.done("linkRuleEnd", "linkRule", json!({ "rule": loose, "to": "2022-05-31" })).await;
        assert_eq!(told(city, "linkRuleCreate", "linkRule", tight(json!({}))).await.0, "maxPerHelper");
        city.done("linkRuleCreate", "linkRule", tight(json!({ "from": "2022-06-01" }))).await;

        office.done("dutyRuleCreate", "dutyRule", duty(&levels.local, json!({}))).await;
        let twice = duty(&levels.above, json!({ "target": 2 }));
        let (field, message) = told(city, "dutyRuleCreate", "dutyRule", twice).await;
        assert_eq!((field.as_str(), message.contains("`LOCAL`")), ("target", true));
        let list = |programme: &str, target: i32| {
            json!({ "programme": programme, "code": "LIST", "name": "清单", "subject": "MEMBER", "period": "YEAR",
                "obligation": "GOAL", "from": "2022-01-01", "items": [{ "code": "JOB", "name": "一个岗位", "target": target }] })
        };
        office.done("checklistCreate", "checklist", list(&levels.local, 1)).await;
        assert_eq!(told(city, "checklistCreate", "checklist", list(&levels.above, 2)).await.0, "target");
        city.done("checklistCreate", "checklist", list(&levels.above, 1)).await;
    }
}
