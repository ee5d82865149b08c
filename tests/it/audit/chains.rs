//! Chains of the access log: every way to touch them is found, and what is old goes without breaking them.

use api::access_log::AccessLog;
use chrono::Duration;
use platform::chain::Head;
use serde_json::json;
use tests::{TestApp, World, on_both};

use super::{auditor, number, ok, tamper, told};

/// A server that runs after the one of the test.
fn another(app: &TestApp) -> AccessLog {
    AccessLog::new(&app.db, app.clock.clone(), app.keys.clone())
}

async fn found(app: &TestApp, noted: &[Head]) -> Vec<String> {
    api::verify::audit(&app.db, &app.keys, noted).await.unwrap().differences
}

/// Some lines: one, two, three and so on to six, an end; and a chain after it.
async fn written(app: TestApp) -> World {
    let world = World::on(app).await;
    for household in 0..5 {
        let id = json!({ "id": world.households[household] });
        ok(&world.office, "query($id: ID!) { household(id: $id) { headName } }", id).await;
    }
    world.app.access_log.end().await.unwrap();
    another(&world.app).begin().await.unwrap();
    assert_eq!(number(&world.app, "SELECT COUNT(*) FROM access_line WHERE chain_id = 1").await, 7);
    assert_eq!(found(&world.app, &[]).await, [""; 0]);
    world
}

const KEPT: [&str; 2] = [
    "CREATE TABLE kept_chain AS SELECT * FROM access_chain",
    "CREATE TABLE kept_line AS SELECT * FROM access_line",
];
const BACK: [&str; 4] = [
    "DELETE FROM access_line",
    "DELETE FROM access_chain",
    "INSERT INTO access_chain SELECT * FROM kept_chain",
    "INSERT INTO access_line SELECT * FROM kept_line",
];

/// What is done, and what is told of it.
const TOUCHED: &[(&[&str], &[&str])] = &[
    (
        &["UPDATE access_line SET address = '6.6.6.6' WHERE chain_id = 1 AND seq = 3"],
        &["access-log 1: line 3 does not follow from line 2: it was changed, inserted or swapped"],
    ),
    (&["DELETE FROM access_line WHERE chain_id = 1 AND seq = 3"], &["access-log 1: line 3 is missing"]),
    (
        &["DELETE FROM access_line WHERE chain_id = 1 AND seq IN (2, 3, 4)"],
        &["access-log 1: lines 2 to 4 are missing"],
    ),
    (
        &[
            "UPDATE access_line SET seq = 99 WHERE chain_id = 1 AND seq = 3",
            "UPDATE access_line SET seq = 3 WHERE chain_id = 1 AND seq = 4",
            "UPDATE access_line SET seq = 4 WHERE chain_id = 1 AND seq = 99",
        ],
        &[
            "access-log 1: line 3 does not follow from line 2: it was changed, inserted or swapped",
            "access-log 1: line 4 does not follow from line 3: it was changed, inserted or swapped",
            "access-log 1: line 5 does not follow from line 4: it was changed, inserted or swapped",
        ],
    ),
    (
        &[
            "DELETE FROM access_line WHERE chain_id = 1 AND seq = 3",
            "UPDATE access_line SET seq = seq - 1 WHERE chain_id = 1 AND seq = 4",
            "UPDATE access_line SET seq = seq - 1 WHERE chain_id = 1 AND seq = 5",
            "UPDATE access_line SET seq = seq - 1 WHERE chain_id = 1 AND seq = 6",
            "UPDATE access_line SET seq = seq - 1 WHERE chain_id = 1 AND seq = 7",
        ],
        &[
            "access-log 1: line 3 does not follow from line 2: it was changed, inserted or swapped",
            "access-log 1: line 4 does not follow from line 3: it was changed, inserted or swapped",
            "access-log 1: line 5 does not follow from line 4: it was changed, inserted or swapped",
            "access-log 1: line 6 does not follow from line 5: it was changed, inserted or swapped",
            "access-log 1: it ends at line 6, and has ended at line 7: its end is missing",
            "access-log 1: line 7, which chain 2 saw, is gone",
        ],
    ),
    (
        &["INSERT INTO access_line SELECT chain_id, 8, at, kind, result, account_id, session_id, address, operation, ledger_id,
            subject_type, subject_id, data, times, request_id, hash FROM access_line WHERE chain_id = 1 AND seq = 3"],
        &[
            "access-log 1: line 8 does not follow from line 7: it was changed, inserted or swapped",
            "access-log 1: lines after 7 were inserted",
        ],
    ),
    (
        &["DELETE FROM access_line WHERE chain_id = 1 AND seq > 5"],
        &[
            "access-log 1: it ends at line 5, and has ended at line 7: its end is missing",
            "access-log 1: line 7, which chain 2 saw, is gone",
        ],
    ),
    // The end cut off, and the chain told that it ends there.
    (
        &[
            "DELETE FROM access_line WHERE chain_id = 1 AND seq > 5",
            "UPDATE access_chain SET head_seq = 5, head_hash = (SELECT hash FROM access_line WHERE chain_id = 1 AND seq = 5)
                WHERE id = 1",
        ],
        &["access-log 1: where it begins or ends was changed", "access-log 1: line 7, which chain 2 saw, is gone"],
    ),
    // The beginning cut off, as if it had expired.
    (
        &[
            "UPDATE access_chain SET kept_from = 4, kept_hash = (SELECT hash FROM access_line WHERE chain_id = 1 AND seq = 3)
                WHERE id = 1",
            "DELETE FROM access_line WHERE chain_id = 1 AND seq < 4",
        ],
        &["access-log 1: where it begins or ends was changed"],
    ),
    (
        &["DELETE FROM access_line WHERE chain_id = 1", "DELETE FROM access_chain WHERE id = 1"],
        &["access-log 1: the chain is missing"],
    ),
    (
        &["UPDATE access_chain SET previous_hash = 'x' WHERE id = 2"],
        &[
            "access-log 1: line 7 is another than chain 2 saw",
            "access-log 2: where it begins or ends was changed",
        ],
    ),
];

on_both! {
    /// Changed, dropped, swapped, moved up, inserted; cut off at the end or the start; a whole chain dropped.
    async fn whoever_touches_a_chain_is_found_out(app: TestApp) {
        let world = written(app).await;
        let app = &world.app;
        for sql in KEPT {
            tamper(app, sql).await;
        }
        for (touched, told) in TOUCHED {
            for sql in *touched {
                tamper(app, sql).await;
            }
            assert_eq!(found(app, &[]).await, *told, "{touched:?}");
            for sql in BACK {
                tamper(app, sql).await;
            }
            assert_eq!(found(app, &[]).await, [""; 0]);
        }
        // Every column counts.
        for (column, value) in [("at", "began_at"), ("kind", "'export'"), ("result", "'failed'"), ("account_id", "NULL"), ("operation", "'x'"),
            ("ledger_id", "4"), ("subject_type", "'person'"), ("subject_id", "account_id"), ("data", "''"), ("times", "2"), ("request_id", "NULL"), ("hash", "'x'")] {
            let value = if column == "at" { "'2021-12-31 01:00:00+00:00'" } else { value };
            tamper(app, &format!("UPDATE access_line SET {column} = {value} WHERE chain_id = 1 AND seq = 3")).await;
            assert!(found(app, &[]).await[0].starts_with("access-log 1: line 3 does not follow"), "{column}");
            for sql in BACK {
                tamper(app, sql).await;
            }
        }
    }

    /// The newest chain, whole, or a journal written anew: that shows by what somebody has kept apart.
    async fn what_was_noted_shows_the_rest(app: TestApp) {
        let world = written(app).await;
        let app = &world.app;
        let noted = api::verify::audit(&app.db, &app.keys, &[]).await.unwrap().heads;
        assert_eq!(noted.len(), 5);
        let kept: Vec<Head> = noted.iter().map(|head| Head::parse(&head.to_string()).unwrap()).collect();
        assert_eq!((&kept, found(app, &kept).await), (&noted, vec![]));
        let later = another(app);
        later.begin().await.unwrap();
        world.office.done("householdUpdate", "household", json!({ "household": world.households[0], "hasSafeWater": true })).await;
        assert_eq!(found(app, &kept).await, [""; 0]);
        tamper(app, "DELETE FROM access_line WHERE chain_id > 1").await;
        tamper(app, "DELETE FROM access_chain WHERE id > 1").await;
        assert_eq!(found(app, &[]).await, [""; 0]);
        assert_eq!(found(app, &kept).await, ["access-log 2: it was noted, and is gone"]);
        tamper(app, "DELETE FROM act WHERE ledger_id = 0 AND seq > 5").await;
        assert_eq!(found(app, &[]).await, [""; 0]);
        let told = found(app, &kept).await;
        assert!(told.len() == 2 && told[1].starts_with("ledger 0: line ") && told[1].ends_with(" was noted, and is gone"), "{told:?}");
        tamper(app, "DELETE FROM act WHERE ledger_id = 3 AND seq > 5").await;
        assert!(found(app, &[]).await[0].starts_with("ledger 3: the clock stands at "));
    }

    /// Chains of servers that begin at the same time are numbered one after another.
    async fn servers_begin_at_the_same_time(app: TestApp) {
        let servers: Vec<AccessLog> = (0..4).map(|_| another(&app)).collect();
        for done in futures::future::join_all(servers.iter().map(AccessLog::begin)).await {
            done.unwrap();
        }
        assert_eq!(number(&app, "SELECT CAST(MAX(id) AS BIGINT) FROM access_chain").await, 4);
        assert_eq!(found(&app, &[]).await, [""; 0]);
    }

    /// Old lines go, whole chains and the beginnings of those that go on; what is left holds. What was touched stays.
    async fn old_lines_expire(app: TestApp) {
        let world = written(app).await;
        let (app, auditor) = (&world.app, auditor(&world, &world.province).await);
        let running = another(app);
        running.begin().await.unwrap();
        let read = async |log: &AccessLog| {
            let what = api::access_log::Happened::new(entity::access_line::AccessKind::SignOut, entity::access_line::AccessResult::Succeeded);
            log.tell_now(None, what);
            log.flush().await.unwrap();
        };
        read(&running).await;
        app.clock.set(app.clock.now() + Duration::days(100));
        read(&running).await;
        let noted = api::verify::audit(&app.db, &app.keys, &[]).await.unwrap().heads;
        app.clock.set(app.clock.now() + Duration::days(150));
        // Less than the law asks for is never taken.
        for days in [0, 400] {
            running.expire(days.max(251)).await.unwrap();
            assert_eq!(number(app, "SELECT COUNT(*) FROM access_line").await, 11);
        }
        running.expire(1).await.unwrap();
        assert_eq!((number(app, "SELECT COUNT(*) FROM access_line").await, found(app, &noted).await), (1, vec![]));
        read(&running).await;
        another(app).begin().await.unwrap();
        assert_eq!(found(app, &noted).await, [""; 0]);
        assert_eq!(told(app, &auditor, json!({})).await.len(), 3);
        tamper(app, "UPDATE access_line SET times = 7 WHERE chain_id = 3 AND seq = 3").await;
        app.clock.set(app.clock.now() + Duration::days(500));
        assert!(running.expire(365).await.unwrap_err().detail().starts_with("access-log 3: line 3 does not follow"));
        assert_eq!(found(app, &[]).await.len(), 1);
        assert!(number(app, "SELECT COUNT(*) FROM access_line WHERE chain_id = 3").await > 1);
    }

    /// A batch that was written, though its writer was told that it was not, is not written twice; and where a chain is
    /// gone, what is told goes into the next.
    async fn a_writer_goes_on(app: TestApp) {
        let world = written(app).await;
        let app = &world.app;
        let running = another(app);
        running.begin().await.unwrap();
        tamper(app, "DELETE FROM access_line WHERE chain_id = 3").await;
        tamper(app, "DELETE FROM access_chain WHERE id = 3").await;
        running.tell_now(None, api::access_log::Happened::new(entity::access_line::AccessKind::SignOut, entity::access_line::AccessResult::Succeeded));
        assert!(running.flush().await.unwrap_err().detail().contains("somebody changed it"));
        running.flush().await.unwrap();
        assert_eq!(number(app, "SELECT COUNT(*) FROM access_line WHERE kind = 'sign_out'").await, 1);
    }
}
