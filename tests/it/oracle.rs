//! Forty queries whose answers graphql-js would have given too, byte for byte: order of fields, nulls, propagation.

mod validation;

use serde_json::{Value, json};
use tests::oracle::{Case, objections};
use tests::{Answer, World, on_both};

/// Queries that a county's office asks; `$id` and `$other` name things it can and cannot see.
const QUERIES: [&str; 40] = [
    "{ __typename }",
    "{ b: __typename a: __typename __typename }",
    "{ viewer { account __typename id } }",
    "{ viewer { id account grants { role region { name level } } seats { member { id } } } }",
    "{ regions { totalCount } }",
    "{ regions(first: 3) { nodes { name id level code } pageInfo { hasNextPage hasPreviousPage } totalCount } }",
    "{ regions(first: 2, orderBy: NAME, direction: DESC) { edges { cursor node { name parent { name } } } } }",
    "{ regions(filter: { level: VILLAGE }) { nodes { township { name county { name city { name province { name } } } } name } } }",
    "{ region(by: { code: \"510822000000\" }) { name validFrom validTo successor { name } designations { code name } village { population } } }",
    "{ region(by: { code: \"999999999999\" }) { name } }",
    "query($id: ID!) { household(id: $id) { id headName village { name } members { name relation } designations { code name from to } } }",
    "query($id: ID!) { household(id: $id) { version number address housing hasSafeWater hasMedicalCover registeredOn leftOn } }",
    "query($other: ID!) { household(id: $other) { id } }",
    "query($id: ID!, $other: ID!) { a: household(id: $other) { id } b: household(id: $id) { id headName } c: household(id: $other) { headName } }",
    "query($id: ID!) { node(id: $id) { id __typename ... on Household { headName } } }",
    "query($other: ID!) { node(id: $other) { id } viewer { account } }",
    "query($id: ID!, $other: ID!) { nodes(ids: [$id, $other, $id]) { __typename id ... on Household { village { name } } } }",
    "query($id: ID!) { ...H } fragment H on Query { household(id: $id) { ...F } } fragment F on Household { headName id ...G } fragment G on Household { id headName registeredOn }",
    "query($id: ID!) { household(id: $id) { headName ... { id } ... on Household { registeredOn headName } } }",
    "query($id: ID!) { household(id: $id) { a: headName links { from to rule { code } helper { __typename ... on Member { kind person { name } } } target { ... on Household { id } } } b: headName } }",
    "{ households(first: 2) { nodes { headName links { standing { nextDueOn lastContactOn isOverdue } } } totalCount pageInfo { endCursor } } }",
    "{ households(filter: { isLinked: true }) { totalCount nodes { headName openNeeds { title category isOverdue } } } }",
    "{ households(filter: { designation: \"EXITED\" }, orderBy: REGISTERED, direction: DESC) { nodes { headName } } }",
    "{ households(first: 0) { totalCount } }",
    "{ households(after: \"nonsense\") { totalCount } viewer { account } }",
    "{ links { nodes { step from version plan { title kind } region { name } } totalCount } }",
    "{ links(filter: { validOn: \"2022-01-15\", targetKind: HOUSEHOLD }) { nodes { household { headName } endReason note successor { id } } } }",
    "{ activities { nodes { title kind happenedOn step verification persons reason region { name } links { from } programmes { code } } } }",
    "{ activities { nodes { steps { step on } helpers { __typename } targets { __typename } participants { id } origin { __typename } id } } }",
    "{ needs { totalCount nodes { dueOn satisfaction category title isOverdue household { headName } } } }",
    "{ plans { nodes { until kind title } } }",
    "{ programmes { nodes { code name from to parent { code } organisation { name system kind region { name } } } } }",
    "{ programme(by: { code: \"HELP\" }) { linkRules { code group minPerHelper maxPerHelper targetDesignation { code } } dutyRules { code target indicator { code } } } }",
    "{ programme(by: { code: \"HELP\" }) { checklists { code subject items { code target period } } description nameEn } }",
    "{ programme(by: { code: \"NONE\" }) { code } viewer { account } }",
    "{ indicators { code name unit divisor definition { measure { of kinds measure } denominator { of } } } }",
    "{ catalogue { code categories { code name nameEn } } }",
    "query($county: ID!) { progress(input: { region: { id: $county }, period: { year: 2022 }, indicators: [\"MEMBERS\", \"HOUSEHOLD_LINKS\"] }) { from to region { name } groups { nodes { figures { value unit code denominator numerator } freshness { ledgers silent } } } } }",
    "query($other: ID!) { progress(input: { region: { id: $other }, period: { year: 2022 } }) { from } viewer { account } }",
    "query($county: ID!) { progress(input: { region: { id: $county }, programme: { code: \"HELP\" }, period: { quarter: { year: 2022, quarter: 1 } } }) { behind(duty: \"NONE\") { totalCount } from groups { nodes { dutyCompliance { code rate } ruleCompliance { rate code } } } } }",
];

on_both! {
    /// graphql-js has nothing to say against any of them.
    async fn answers_are_as_graphql_js_would_give_them(world: World) {
        let link = world.link(0, 0, "2022-01-01").await;
        world.link(1, 3, "2022-01-01").await;
        world.app.go_to("2022-02-10");
        world.visit(&world.office, &link, "2022-02-01").await;
        let about = json!({ "title": "修路", "happenedOn": "2022-02-01", "links": [link] });
        world.office.done("needReport", "need", json!({ "about": about, "category": "ROAD" })).await;
        let all = json!({ "id": world.households[0], "other": world.stranger, "county": world.county });
        let mut asked: Vec<(&str, Value, Answer)> = vec![];
        for query in QUERIES {
            let named = |name: &str| query.split('{').next().is_some_and(|head| head.contains(&format!("${name}:")));
            let variables: Value = all.as_object().unwrap().iter()
                .filter(|(name, _)| named(name)).map(|(name, value)| (name.clone(), value.clone())).collect();
            let answer = world.office.post(query, variables.clone()).await;
            asked.push((query, variables, answer));
        }
        let cases: Vec<Case<'_>> =
            asked.iter().map(|(query, variables, answer)| Case { query, variables, answer }).collect();
        let Some(objections) = objections(&api::sdl(), &cases) else { return };
        for ((query, _, answer), objection) in asked.iter().zip(objections) {
            assert_eq!(objection, None, "{query}\n{}", answer.text);
        }
    }
}
