//! The database fails: once or for a while, before, within or after a commit. What was acknowledged is there, what is there
//! was acknowledged or is found by its key, and the same process goes on.

mod acts;
mod disk;
pub mod injected;
mod lost;
mod pool;

use serde_json::{Value, json};
use tests::world::visit;
use tests::{Answer, Client, World};

/// A visit under a key.
fn input(link: &str, key: &str) -> Value {
    let mut input = visit(link, "2022-02-01");
    input["idempotencyKey"] = key.into();
    input
}

const RECORD: &str = "mutation($input: ActivityRecordInput!) { activityRecord(input: $input) {
    activity { id } userErrors { code message } } }";

/// What became of an act, as its caller reads it.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Done(String),
    /// Nothing is said to be done; the same may be sent again.
    Busy,
}

async fn record(client: &Client, link: &str, key: &str) -> Told {
    told(&client.post(RECORD, json!({ "input": input(link, key) })).await)
}

/// A failure of the database is BUSY and nothing else: no fault of ours, nothing that the caller is to mend, and nothing that
/// is not there.
fn told(answer: &Answer) -> Told {
    if let Some(id) = answer.json["data"]["activityRecord"]["activity"]["id"].as_str() {
        return Told::Done(id.to_owned());
    }
    assert_eq!(answer.code(), Some("BUSY"), "{answer}");
    Told::Busy
}

/// How many acts are in the journal under a key.
async fn acts(world: &World, key: &str) -> i64 {
    world.rows(&format!("act WHERE idempotency_key = '{key}'")).await
}

async fn expect_sound(world: &World) {
    assert_eq!(api::verify::run(&world.app.db).await.unwrap().differences, Vec::<String>::new());
}

/// A world with a link, on the first of March, and the link's id.
async fn linked(world: World) -> (World, String) {
    let link = world.link(0, 0, "2022-01-01").await;
    world.app.go_to("2022-03-01");
    (world, link)
}
