//! Where values are sharp: signs, sums, names, days, and spells that meet; and checks that hold at every door.

mod counties;
mod days;
mod doors;
mod ids;
mod lifetimes;
mod names;
mod numbers;
mod spells;
mod sums;
mod together;
mod units;

use serde_json::Value;
use tests::{Client, World};

/// A refused mutation as `CODE field`, of which nothing was written.
async fn told(world: &World, by: &Client, mutation: &str, input: Value) -> String {
    let acts = world.rows("act").await;
    let answer = by.act_plainly(mutation, input).await;
    let told = match answer.data().pointer(&format!("/{mutation}/userErrors/0")) {
        Some(error) => {
            format!("{} {}", error["code"].as_str().unwrap(), error["field"].as_str().unwrap_or("-"))
        }
        None => format!("{} -", answer.code().unwrap_or("NOTHING")),
    };
    if told != "NOTHING -" {
        assert_eq!(world.rows("act").await, acts, "{mutation} wrote something: {answer}");
    }
    told
}

/// The sentence of a refusal.
async fn sentence(by: &Client, mutation: &str, input: Value) -> String {
    let answer = by.act_plainly(mutation, input).await;
    answer.text_at(&format!("/{mutation}/userErrors/0/message")).to_owned()
}
