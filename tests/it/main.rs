//! What the service promises, a file per feature.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should say so and stop"
)]

mod harness;
mod programme;
mod records;
mod roster;
