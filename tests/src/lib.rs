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
pub use postgres::Restarting;
pub use shell::{Ran, Served, Shell, ran};
pub use world::World;

/// Writes tests that hold on both databases: `async fn name(app: TestApp) { … }` becomes `name::sqlite` and
/// `name::postgres`, each with a service and a database of its own; so with a `Shell`, and all that has such a `fresh`.
#[macro_export]
macro_rules! on_both {
    ($($tests:tt)*) => { $crate::on_each! { [sqlite Sqlite, postgres Postgres] $($tests)* } };
}

/// The same, and a third time on PostgreSQL with the service's own filter of rows switched off, as `name::row_security`.
#[macro_export]
macro_rules! on_all {
    ($($tests:tt)*) => {
        $crate::on_each! { [sqlite Sqlite, postgres Postgres, row_security RowSecurity] $($tests)* }
    };
}

#[macro_export]
macro_rules! on_each {
    ($kinds:tt $($(#[$attribute:meta])* async fn $name:ident($app:ident: $type:ty) $body:block)*) => {$(
        $(#[$attribute])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn run($app: $type) $body

            async fn on(kind: $crate::DbKind) {
                if let Some(app) = <$type>::fresh(kind).await {
                    Box::pin(run(app)).await;
                }
            }

            $crate::test_on! { $kinds }
        }
    )*};
}

#[macro_export]
macro_rules! test_on {
    ([$($test:ident $kind:ident),*]) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            on($crate::DbKind::$kind).await;
        }
    )*};
}

/// Says it past the capture of test output.
fn say_loudly(what: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "\n*** {what} ***\n");
}
