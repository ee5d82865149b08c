//! A server that is stopped, or killed, in the middle of a storm: what it acknowledged is there.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tests::world::{key, visit};
use tests::{Served, Shell, TestApp, World, on_both, wire};

const WRITERS: usize = 8;

/// How long the storm goes on before the server is hit.
const STORM: Duration = Duration::from_millis(1_500);

on_both! {
    /// What is begun is finished, and it goes in peace.
    async fn a_signal_loses_nothing(app: TestApp) {
        stormed(app, |mut served| assert_eq!(served.stop(), Some(0))).await;
    }

    /// What is killed has no time for anything.
    async fn nor_does_a_kill(app: TestApp) {
        stormed(app, drop).await;
    }
}

async fn stormed(app: TestApp, end: impl FnOnce(Served)) {
    let world = World::on(app).await;
    let link = world.link(0, 0, "2022-01-01").await;
    let shell = Shell::beside(&world.app);
    let printed = shell.run("keys make");
    assert_eq!(printed.code, Some(0), "{printed:?}");
    let token = shell.run("token member1").out;
    let served = shell.serve();
    let address = served.address;
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let (token, link) = (token.trim().to_owned(), link.clone());
            std::thread::spawn(move || write(address, &token, &link))
        })
        .collect();
    std::thread::sleep(STORM);
    end(served);
    let acknowledged: Vec<String> = writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
    assert!(acknowledged.len() >= WRITERS, "{acknowledged:?}");
    for some in acknowledged.chunks(100) {
        let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        let there = world.office.post(query, json!({ "ids": some })).await.expect_ok();
        let missing = there.at("/nodes").as_array().unwrap().iter().filter(|node| node.is_null()).count();
        assert_eq!(missing, 0, "acknowledged writes are missing");
    }
    let report = api::verify::run(&world.app.db).await.unwrap();
    assert_eq!(report.differences, Vec::<String>::new());
    // Another server goes on where that one ended.
    let mut served = shell.serve();
    let answer = wire::ask(served.address, &wire::get("/health/ready")).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!(served.stop(), Some(0));
}

/// Writes for as long as it is answered; the ids of what was acknowledged.
fn write(address: SocketAddr, token: &str, link: &str) -> Vec<String> {
    let query = "mutation($input: ActivityRecordInput!) { activityRecord(input: $input) { activity { id } userErrors { code } } }";
    let mut acknowledged = vec![];
    loop {
        let mut input = visit(link, "2022-02-01");
        input["idempotencyKey"] = key().into();
        let answer = wire::ask(address, &wire::post(Some(token), query, &json!({ "input": input })));
        let Ok(answer) = answer.map(|answer| wire::body(&answer)) else { return acknowledged };
        if answer == Value::Null {
            return acknowledged;
        }
        let id = answer["data"]["activityRecord"]["activity"]["id"].as_str();
        acknowledged.push(id.unwrap_or_else(|| panic!("it was refused: {answer}")).to_owned());
    }
}
