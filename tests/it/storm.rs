//! A storm of disconnects: clients that go away while a write is under way. What was acknowledged is there, what was
//! not acknowledged is there whole or not at all, and the pool is as good as before.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::net::SocketAddr;
use std::time::Duration;

use futures::future::join_all;
use serde_json::{Value, json};
use tests::world::{key, visit};
use tests::{DbKind, World, on_both, wire};

on_both! {
    /// Eight waves of writers, of whom half drop their request after a moment.
    async fn what_was_acknowledged_is_there(world: World) {
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
        let there: HashSet<String> = activities(&world).await.into_iter().collect();
        assert!(acknowledged.is_subset(&there), "an acknowledged write is missing");
        assert_eq!(there.len(), usize::try_from(written).unwrap());
        assert!(there.len() <= sent);
        let report = api::verify::run(&world.app.db).await.unwrap();
        assert_eq!(report.differences, Vec::<String>::new());
        // The pool is whole: as many writers as it has connections get through at once.
        let writers = (0..32).map(|_| world.visit(&world.office, &link, "2022-02-02"));
        assert_eq!(join_all(writers).await.len(), 32);
    }

    /// Over real connections, which clients cut within a request, an act or an answer. Whoever asks again under the
    /// same key gets the record that was acknowledged, and each is there exactly once.
    async fn what_was_acknowledged_over_a_cut_wire_is_there_once(world: World) {
        let link = world.link(0, 0, "2022-01-01").await;
        world.app.go_to("2022-03-01");
        let address = served(&world).await;
        let before = world.rows("record").await;
        let (mut requests, mut told) = (vec![], HashMap::new());
        for wave in 0..6 {
            let first = requests.len();
            requests.extend((0..24).map(|_| request(&world, &link)));
            let calls = requests[first..].iter().cloned().enumerate().map(|(nth, request)| {
                tokio::task::spawn_blocking(move || call(address, &request, Cut::of(nth, wave)))
            });
            let answers = join_all(calls).await.into_iter().map(Result::unwrap);
            told.extend((first..).zip(answers).filter_map(|(nth, id)| Some((nth, id?))));
        }
        settle(&world).await;
        assert!(told.len() >= 6 * 4, "those who waited were answered: {}", told.len());
        let there = activities(&world).await;
        assert!(told.values().all(|id| there.contains(id)), "an acknowledged write is missing");
        let cut_before_the_end = 6 * 4;
        assert!(there.len() <= requests.len() - cut_before_the_end, "half a request was obeyed");
        assert_eq!(open_transactions(&world).await, 0);

        for (nth, request) in requests.iter().cloned().enumerate() {
            let again = tokio::task::spawn_blocking(move || call(address, &request, Cut::Never)).await.unwrap().unwrap();
            assert_eq!(*told.entry(nth).or_insert_with(|| again.clone()), again, "a key stands for two records");
        }
        let there = activities(&world).await;
        let once: HashSet<&String> = there.iter().collect();
        assert_eq!((there.len(), once.len()), (requests.len(), requests.len()));
        assert_eq!(once, told.values().collect::<HashSet<_>>());
        assert_eq!(world.rows("record").await - before, i64::try_from(requests.len()).unwrap());
        assert_eq!(open_transactions(&world).await, 0);
        assert_eq!(api::verify::run(&world.app.db).await.unwrap().differences, Vec::<String>::new());
    }
}

/// Where a client cuts its connection.
#[derive(Clone, Copy)]
enum Cut {
    Never,
    WithinTheRequest,
    AfterTheRequest(Duration),
    WithinTheAnswer,
}

impl Cut {
    /// A sixth of a wave never, a sixth within the request; some of the others at once, some in the middle of the act.
    const fn of(nth: usize, wave: usize) -> Self {
        let micros = (wave * 2_500 + nth * 400) as u64;
        match nth % 6 {
            0 => Self::Never,
            1 => Self::WithinTheRequest,
            2 => Self::AfterTheRequest(Duration::ZERO),
            3 => Self::WithinTheAnswer,
            _ => Self::AfterTheRequest(Duration::from_micros(micros)),
        }
    }
}

/// Serves the world on a port of this machine.
async fn served(world: &World) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = api::http::router((*world.app).clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// A visit under a key of its own.
fn request(world: &World, link: &str) -> String {
    let mut input = visit(link, "2022-02-01");
    input["idempotencyKey"] = key().into();
    let query = "mutation($input: ActivityRecordInput!) { activityRecord(input: $input) { activity { id } userErrors { code } } }";
    wire::post(world.members[0].client.token(), query, &json!({ "input": input }))
}

/// The record's id, where the answer was read to its end.
fn call(address: SocketAddr, request: &str, cut: Cut) -> Option<String> {
    match cut {
        Cut::Never => {
            let answer = wire::body(&wire::ask(address, request).unwrap());
            let id = answer["data"]["activityRecord"]["activity"]["id"].as_str();
            Some(id.unwrap_or_else(|| panic!("it was refused: {answer}")).to_owned())
        }
        Cut::WithinTheRequest => {
            drop(wire::send(address, &request[..request.len() - 10]).unwrap());
            None
        }
        Cut::AfterTheRequest(patience) => {
            let wire = wire::send(address, request).unwrap();
            std::thread::sleep(patience);
            drop(wire);
            None
        }
        Cut::WithinTheAnswer => {
            wire::send(address, request).unwrap().read_exact(&mut [0; 9]).unwrap();
            None
        }
    }
}

/// The ids of all activities.
async fn activities(world: &World) -> Vec<String> {
    let all = "query($after: String) { activities(first: 100, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } }";
    let (mut there, mut after) = (vec![], Value::Null);
    loop {
        let page = world.office.post(all, json!({ "after": after })).await.expect_ok();
        let nodes = page.at("/activities/nodes").as_array().unwrap().clone();
        there.extend(nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()));
        if page.at("/activities/pageInfo/hasNextPage") == &json!(false) {
            return there;
        }
        after = page.at("/activities/pageInfo/endCursor").clone();
    }
}

/// Transactions that nobody works in. On SQLite the only writer would keep it, and the next write would wait in vain.
async fn open_transactions(world: &World) -> i64 {
    match world.app.kind {
        DbKind::Sqlite => 0,
        DbKind::Postgres | DbKind::RowSecurity => world
            .rows("pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'")
            .await,
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
