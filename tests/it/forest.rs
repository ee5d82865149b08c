//! Random trees of regions with random roles, asked everything that the schema offers, against a naive filter over all
//! there is. Every name, address and title is a canary: of what is not somebody's own, none may be in any byte of any
//! answer.

mod place;
mod questions;

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use tests::{TestApp, on_all};

use place::{Account, Forest, Shape};
use questions::Questions;

fn shape() -> impl Strategy<Value = Shape> {
    let counties = proptest::collection::vec(1..3_usize, 1..3);
    let cities = proptest::collection::vec(counties, 2..4);
    let grants = proptest::collection::vec(proptest::collection::vec((0..8_usize, 0..40_usize), 1..3), 7);
    let links = proptest::collection::vec((0..12_usize, 0..20_usize), 3..7);
    (cities, grants, links).prop_map(|(cities, grants, links)| Shape { cities, grants, links })
}

/// A shape that is drawn anew in each run; `FOREST_SEED` in a failure's message draws it again.
fn drawn() -> Shape {
    let seed: [u8; 32] = match std::env::var("FOREST_SEED") {
        Ok(text) => std::array::from_fn(|at| text.as_bytes().get(at).copied().unwrap_or(b'0')),
        Err(_) => {
            std::array::from_fn(|at| *uuid::Uuid::now_v7().simple().to_string().as_bytes().get(at).unwrap())
        }
    };
    eprintln!("FOREST_SEED={}", String::from_utf8_lossy(&seed));
    let rng = proptest::test_runner::TestRng::from_seed(proptest::test_runner::RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    shape().new_tree(&mut runner).unwrap().current()
}

/// Ids of a list, all of them; none where the list is refused.
async fn listed(account: &Account, list: &str) -> BTreeSet<String> {
    let query = format!(
        "query($after: String) {{ {list}(first: 100, after: $after) {{ nodes {{ id }} totalCount pageInfo {{ endCursor hasNextPage }} }} }}"
    );
    let (mut ids, mut after) = (BTreeSet::new(), Value::Null);
    loop {
        let answer = account.client.post(&query, json!({ "after": after })).await;
        let page = &answer.data()[list];
        if page.is_null() {
            assert_eq!(answer.code(), Some("FORBIDDEN"), "{} asks for {list}: {answer}", account.what);
            return ids;
        }
        let nodes = page["nodes"].as_array().unwrap();
        ids.extend(nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()));
        if page["pageInfo"]["hasNextPage"] == false {
            assert_eq!(page["totalCount"], ids.len(), "{}: {list}", account.what);
            return ids;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

const LISTS: [&str; 3] = ["households", "activities", "needs"];

on_all! {
    /// Lists and totals are what the naive filter says, and no answer holds a canary of somebody else.
    async fn nobody_is_told_what_is_not_theirs(app: TestApp) {
        let forest = Forest::grown(app, &drawn()).await;
        let questions = Questions::of(&forest).await;
        for (nth, account) in forest.accounts.iter().enumerate() {
            for list in LISTS {
                assert_eq!(listed(account, list).await, forest.visible(account, list), "{}: {list}", account.what);
            }
            let hidden: Vec<&str> = forest.hidden_from(account);
            for (query, variables) in questions.of_asker(nth) {
                let answer = account.client.post(query, variables.clone()).await;
                let code = answer.code();
                assert!(code != Some("INTERNAL") && (code != Some("INVALID") || query.contains("$after")), "{answer} of {query}");
                let heard = hidden.iter().find(|canary| answer.text.contains(**canary));
                assert!(heard.is_none(), "{} is told {heard:?} by {query} {variables}", account.what);
            }
            for (query, path) in questions.searches() {
                for canary in hidden.iter().skip(nth).step_by(9) {
                    let answer = account.client.post(query, json!({ "text": canary })).await;
                    let found = answer.data().pointer(path).and_then(Value::as_i64).unwrap_or_default();
                    assert_eq!(found, 0, "{} finds {canary} by {query}", account.what);
                }
            }
        }
    }

    /// A role more hides nothing, and one less shows nothing new.
    async fn a_wider_scope_hides_nothing(app: TestApp) {
        let forest = Forest::grown(app, &drawn()).await;
        for (nth, account) in forest.accounts.iter().enumerate() {
            let mut before = vec![];
            for list in LISTS {
                before.push(listed(account, list).await);
            }
            let Some(wider) = forest.with_another_role(account, nth).await else { continue };
            for (list, before) in LISTS.into_iter().zip(before) {
                let after = listed(&wider, list).await;
                assert!(after.is_superset(&before), "{} and then {}: {list}", account.what, wider.what);
                assert_eq!(after, forest.visible(&wider, list), "{}: {list}", wider.what);
            }
        }
    }

    /// What adds up over a city is the sum over its parts, each asked for itself.
    async fn a_whole_is_the_sum_of_its_parts(app: TestApp) {
        let forest = Forest::grown(app, &drawn()).await;
        let ask = "query($region: ID!) { progress(input: { region: { id: $region }, period: { year: 2022 },
            indicators: [\"HOUSEHOLD_VISITS\", \"HOUSEHOLD_LINKS\"], verification: [SUBMITTED, VERIFIED] }) {
            groups { nodes { figures { code numerator } } } } }";
        let figures = async |account: &Account, region: &str| -> Vec<i64> {
            let answer = account.client.post(ask, json!({ "region": region })).await.expect_ok();
            let figures = answer.at("/progress/groups/nodes/0/figures").as_array().unwrap().clone();
            assert_eq!(figures.len(), 2, "{answer}");
            figures.iter().map(|figure| figure["numerator"].as_i64().unwrap()).collect()
        };
        let mut all = 0;
        for (city, office, counties) in forest.cities().await {
            let mut sum = vec![0; 2];
            for county in &counties {
                let part = figures(&office, county).await;
                sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
            }
            assert_eq!(figures(&office, &city).await, sum);
            all += sum[0];
        }
        assert!(all > 0, "there is nothing to add up");
    }

    /// What is absent and what is not yours answer alike, and within a ledger take the same statements.
    async fn absent_takes_the_same_statements(app: TestApp) {
        let forest = Forest::grown(app, &drawn()).await;
        for (member, own, other, absent) in forest.members_with_an_unlinked_neighbour() {
            let ask = async |id: &str| {
                let mut told = vec![];
                for field in ["household(id: $id) { headName }", "node(id: $id) { id }", "nodes(ids: [$id]) { id }"] {
                    let query = format!("query($id: ID!) {{ {field} }}");
                    let (answer, statements) =
                        forest.app.statements(member.client.post(&query, json!({ "id": id }))).await;
                    told.push((answer.text, statements));
                }
                told
            };
            let absent = ask(&absent).await;
            assert_eq!(ask(&other).await, absent);
            for ((own, _), (absent, _)) in ask(&own).await.into_iter().zip(absent) {
                assert_ne!(own, absent);
            }
        }
    }
}
