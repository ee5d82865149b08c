//! Connections that PostgreSQL ends, as it does when it restarts.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use sea_orm::{ConnectionTrait, DatabaseConnection};
use serde_json::{Value, json};
use tests::{DbKind, Restarting, TestApp, World};

use super::{Told, acts, expect_sound, linked, record};

/// Who write while something happens, and as many who read.
const CALLERS: u32 = 30;

const TERMINATE: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()";

#[expect(clippy::disallowed_methods, reason = "a test breaks what it tests")]
async fn terminate(owner: &DatabaseConnection) {
    owner.execute_unprepared(TERMINATE).await.unwrap();
}

/// Whatever waits in the pool is stale: the first to ask are told nothing of it, readers, writers and those who sign in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_restart_nobody_is_told() {
    let Some(app) = TestApp::fresh(DbKind::Postgres).await else { return };
    let (world, link) = linked(World::on(app).await).await;
    let owner = world.app.owner().await;
    let households = "{ households(first: 3) { nodes { headName } totalCount } viewer { account } }";
    for turn in 0..3 {
        // As many connections as the pool holds are open, and then all are ended.
        let asked = join_all((0..24).map(|_| world.office.post(households, Value::Null))).await;
        for answer in asked {
            let _ = answer.expect_ok();
        }
        terminate(&owner).await;
        match turn {
            0 => drop(world.office.post(households, Value::Null).await.expect_ok()),
            1 => assert!(matches!(record(&world.members[0].client, &link, "stale").await, Told::Done(_))),
            _ => {
                let sign_in =
                    "mutation { signIn(input: { account: \"county\", password: \"correct horse battery\" }) {
                    token userErrors { code } } }";
                let signed = world.app.stranger().post(sign_in, Value::Null).await.expect_ok();
                assert!(signed.at("/signIn/token").is_string(), "{signed}");
            }
        }
        let asked = join_all((0..24).map(|_| world.office.post(households, Value::Null))).await;
        for answer in asked {
            let _ = answer.expect_ok();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_acknowledged_while_connections_end_is_there() {
    let Some(app) = TestApp::fresh(DbKind::Postgres).await else { return };
    let (world, link) = linked(World::on(app).await).await;
    let owner = world.app.owner().await;
    let ending = async {
        for _ in 0..10 {
            terminate(&owner).await;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    goes_on(&world, &link, Duration::from_secs(2), ending).await;
}

/// The server is stopped and started, and then it crashes and recovers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_acknowledged_while_the_server_restarts_is_there() {
    let Some(server) = Restarting::fresh().await.map(Arc::new) else { return };
    let (world, link) = linked(World::on(TestApp::at(&server).await).await).await;
    let restarting = async {
        for mode in ["fast", "immediate"] {
            let server = Arc::clone(&server);
            tokio::time::sleep(Duration::from_millis(500)).await;
            tokio::task::spawn_blocking(move || server.restart(mode)).await.unwrap();
        }
    };
    goes_on(&world, &link, Duration::from_secs(6), restarting).await;
}

/// While something happens to the database members write and offices read: everybody is answered or told to come again, and
/// every act that was acknowledged is there once.
async fn goes_on(world: &World, link: &str, time: Duration, happening: impl Future<Output = ()>) {
    let at = |nth: u32| tokio::time::sleep(time / CALLERS * nth);
    let writing = join_all((0..CALLERS).map(|nth| async move {
        at(nth).await;
        let key = format!("goes-on-{nth}");
        let told = record(&world.members[0].client, link, &key).await;
        (key, told)
    }));
    let households = "{ households(first: 2) { nodes { headName village { name } } } }";
    let reading = join_all((0..CALLERS).map(|nth| async move {
        at(nth).await;
        let answer = world.office.post(households, json!(null)).await;
        assert!(answer.errors().is_empty() || answer.code() == Some("BUSY"), "{answer}");
    }));
    let ((), written, _) = tokio::join!(happening, writing, reading);
    let done = written.iter().filter(|(_, told)| matches!(told, Told::Done(_))).count();
    assert!(done > 0, "none of {} was done", written.len());
    for (key, told) in &written {
        let there = acts(world, key).await;
        assert!(*told == Told::Busy || there == 1, "{key} was acknowledged and is not there");
        let Told::Done(id) = record(&world.members[0].client, link, key).await else { panic!("{key}") };
        assert!(*told == Told::Busy || *told == Told::Done(id), "{key} stands for two records");
        assert_eq!(acts(world, key).await, 1, "{key}");
    }
    expect_sound(world).await;
}
