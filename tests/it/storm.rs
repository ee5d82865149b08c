//! A storm of disconnects: clients that go away while a write is under way. What was acknowledged is there, what was
//! not acknowledged is there whole or not at all, and the pool is as good as before.

use std::collections::HashSet;
use std::time::Duration;

use futures::future::join_all;
use serde_json::{Value, json};
use tests::world::{key, visit};
use tests::{TestApp, World, on_both};

on_both! {
    /// Eight waves of writers, of whom half drop their request after a moment.
    async fn what_was_acknowledged_is_there(app: TestApp) {
        let world = World::on(app).await;
        let link = world.link(0, 0, "2022-01-01").await;
        world.app.go_to("2022-03-01");
        let before = world.rows("record").await;
        let mut acknowledged = HashSet::new();
        let mut sent = 0;
        for wave in 0..8_u64 {
            let writers = (0..24_u64).map(|nth| {
                let mut input = visit(&link, "2022-02-01");
                input["idempotencyKey"] = key().into();
                let write = world.members[0].client.act("activityRecord", "activity", input);
                // Some go away at once, before their transaction has begun, some in the middle of it.
                let patience = if nth % 2 == 0 { Duration::from_mins(1) } else { Duration::from_micros(wave * 700 + nth * 90) };
                async move { tokio::time::timeout(patience, write).await.ok() }
            });
            let answers = join_all(writers).await;
            sent += answers.len();
            for answer in answers.into_iter().flatten() {
                acknowledged.insert(answer.expect_ok().text_at("/activityRecord/activity/id").to_owned());
            }
        }
        settle(&world).await;
        let written = world.rows("record").await - before;
        assert!(acknowledged.len() >= 96, "those who waited were answered");
        let all = "query($after: String) { activities(first: 100, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } }";
        let (mut there, mut after) = (HashSet::new(), Value::Null);
        loop {
            let page = world.office.post(all, json!({ "after": after })).await.expect_ok();
            let nodes = page.at("/activities/nodes").as_array().unwrap().clone();
            there.extend(nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()));
            if page.at("/activities/pageInfo/hasNextPage") == &json!(false) {
                break;
            }
            after = page.at("/activities/pageInfo/endCursor").clone();
        }
        assert!(acknowledged.is_subset(&there), "an acknowledged write is missing");
        assert_eq!(there.len(), usize::try_from(written).unwrap());
        assert!(there.len() <= sent);
        let report = api::verify::run(&world.app).await.unwrap();
        assert_eq!(report.differences, Vec::<String>::new());
        // The pool is whole: as many writers as it has connections get through at once.
        let writers = (0..32).map(|_| world.visit(&world.office, &link, "2022-02-02"));
        assert_eq!(join_all(writers).await.len(), 32);
    }
}

/// Waits until the writes of those who went away are done, too.
async fn settle(world: &World) {
    let mut last = -1;
    loop {
        let now = world.rows("act").await;
        if now == last {
            return;
        }
        last = now;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}
