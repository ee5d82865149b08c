//! The harness: the whole service in process, a fresh database for each test, people as clients.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot start should say so and stop"
)]

mod app;
mod client;
mod cluster;
pub mod list;
pub mod oracle;
mod postgres;
mod shell;
mod sqlite;
mod template;
pub mod wire;
pub mod world;

pub use app::{DbKind, TestApp};
pub use client::{Answer, Client};
pub use shell::{Ran, Served, Shell, ran};
pub use world::World;

/// Writes tests that hold on both databases: `async fn name(app: TestApp) { … }` becomes `name::sqlite` and
/// `name::postgres`, each with a service and a database of its own; so with a `Shell`, and all that has such a `fresh`.
#[macro_export]
macro_rules! on_both {
    ($($(#[$attribute:meta])* async fn $name:ident($app:ident: $type:ty) $body:block)*) => {$(
        $(#[$attribute])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn run($app: $type) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                if let Some(app) = <$type>::fresh($crate::DbKind::Sqlite).await {
                    Box::pin(run(app)).await;
                }
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if let Some(app) = <$type>::fresh($crate::DbKind::Postgres).await {
                    Box::pin(run(app)).await;
                }
            }
        }
    )*};
}

/// Says it past the capture of test output.
fn say_loudly(what: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "\n*** {what} ***\n");
}
