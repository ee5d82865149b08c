//! More callers than connections: a request holds one and waits for no second. (Each of `examples/` is asked so on the demo,
//! by whoever has it: `examples::are_answered_at_once`.)

use std::time::Duration;

use futures::future::join_all;
use platform::db::Capacity;
use serde_json::{Value, json};
use tests::{DbKind, TestApp, World};

use super::{Told, linked, record};

/// Two connections, three times as many callers of each kind: figures with a tag, lists, acts, sign-in, reveals.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_times_as_many_callers_as_connections_are_answered() {
    let capacity = Capacity { connections: 2, time: None };
    let Some(app) = TestApp::with_capacity(DbKind::Postgres, capacity).await else { return };
    let (world, link) = linked(World::on(app).await).await;
    let progress =
        "query($region: ID!) { progress(input: { region: { id: $region }, period: { year: 2022 } }) {
        groups(first: 1) { nodes { figures { indicator { code } value } } } } }";
    let public = "query($region: ID!) { publicFigures(region: { id: $region }, quarter: { year: 2021, quarter: 4 }) { name } }";
    let sign_in =
        "mutation { signIn(input: { account: \"county\", password: \"correct horse battery\" }) { token } }";
    let reveal = "mutation($input: HouseholdRevealInput!) { householdReveal(input: $input) { values { kind } userErrors { code } } }";
    let stranger = world.app.stranger();
    let all = (0..6).map(|nth| {
        let (world, link, stranger, region) = (&world, &link, &stranger, json!({ "region": world.county }));
        async move {
            let input = json!({ "idempotencyKey": format!("reveal-{nth}"), "household": world.households[0], "kinds": ["PHONE"], "purpose": "CONTACT",
                "reason": "核对" });
            let key = format!("pool-{nth}");
            let (county, province, public, lists, signed, revealed, told) = tokio::join!(
                world.office.post(progress, region.clone()),
                world.province_office.post(progress, region.clone()),
                stranger.post(public, region),
                world.members[0].client.post("{ viewer { seats { links { household { headName } standing { isOverdue } } } } }", Value::Null),
                stranger.post(sign_in, Value::Null),
                world.office.post(reveal, json!({ "input": input })),
                record(&world.members[0].client, link, &key),
            );
            for answer in [county, province, public, lists, signed, revealed] {
                let _ = answer.expect_ok();
            }
            assert!(matches!(told, Told::Done(_)), "{told:?}");
        }
    });
    // Where each waits for another's connection nobody is answered for ten seconds, and then all are told so.
    let answered = tokio::time::timeout(Duration::from_mins(1), join_all(all)).await;
    assert_eq!(answered.unwrap().len(), 6);
}

/// A pool that others hold is BUSY, never a fault of ours.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pool_that_is_exhausted_is_busy() {
    let capacity = Capacity { connections: 2, time: None };
    let Some(app) = TestApp::with_capacity(DbKind::Postgres, capacity).await else { return };
    let world = World::on(app).await;
    let house = platform::db::Bounds::house();
    let held = [world.app.db.begin(&house).await.unwrap(), world.app.db.begin(&house).await.unwrap()];
    let answer = world.office.post("{ viewer { account } }", Value::Null).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (503, Some("BUSY")), "{answer}");
    drop(held);
    let _ = world.office.post("{ viewer { account } }", Value::Null).await.expect_ok();
}
