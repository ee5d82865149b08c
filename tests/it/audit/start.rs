//! What stops a server before it starts, and `sanlian audit verify`, as their user meets them.

use sea_orm::ConnectionTrait;
use serde_json::Value;
use tests::{Ran, Shell, World, on_both, ran, wire};

use super::tamper;

const SERVE: &str = "serve --listen 127.0.0.1:0";

/// The sentence of a command that did not work.
#[track_caller]
fn refused(ran: &Ran) -> &str {
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{ran:?}");
    ran.err.trim_end().strip_prefix("sanlian: ").unwrap_or_else(|| panic!("{ran:?}"))
}

#[track_caller]
fn printed(ran: Ran) -> String {
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    ran.out
}

#[expect(clippy::disallowed_methods, reason = "an intruder does not come by the door")]
async fn execute(shell: &Shell, sql: &str) {
    platform::db::Db::owner(&shell.url).await.unwrap().execute_unprepared(sql).await.unwrap();
}

on_both! {
    /// A server makes no keys: they are made on purpose, or with the first account.
    async fn keys_must_be_there(shell: Shell) {
        printed(shell.run("migrate up"));
        let told = shell.run(SERVE);
        assert!(refused(&told).starts_with("there are no keys that seal personal values, "), "{told:?}");
        assert!(refused(&told).contains(": make them with `sanlian keys make`, or name the file with --seal-keys"));
        printed(shell.run("keys make"));
        std::fs::remove_file(shell.path("token.key")).unwrap();
        let told = shell.run(SERVE);
        assert!(refused(&told).starts_with("there are no keys that sign tokens, "), "{told:?}");
        printed(shell.run("keys make"));
        assert_eq!(shell.serve().stop(), Some(0));
    }

    /// A secret that somebody has made up.
    async fn a_weak_key_is_refused(shell: Shell) {
        printed(shell.run("migrate up"));
        printed(shell.run("keys make"));
        let weak = "1 aes-256-gcm AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
        let told = ran(shell.command(SERVE).env("SANLIAN_SEAL_KEYS", weak));
        assert!(refused(&told).starts_with("key 1 in SANLIAN_SEAL_KEYS is weak: "), "{told:?}");
        assert!(!told.err.contains("AQEB"));
    }

    /// Logs are kept as long as the law asks.
    async fn a_log_is_kept(shell: Shell) {
        printed(shell.run("migrate up"));
        printed(shell.run("keys make"));
        let told = shell.run(&format!("{SERVE} --access-log-days 179"));
        assert!(refused(&told).starts_with("the access log must be kept for 180 days at least, and 179 are set"), "{told:?}");
        let told = ran(shell.command("demo --listen 127.0.0.1:0").env("SANLIAN_ACCESS_LOG_DAYS", "0"));
        assert!(refused(&told).contains("and 0 are set"), "{told:?}");
    }

    /// A clock that is behind what is written already is wrong, unless somebody says that the other one was.
    async fn a_clock_that_is_behind_is_refused(shell: Shell) {
        printed(shell.run("migrate up"));
        printed(shell.run("keys make"));
        execute(&shell, "UPDATE ledger_clock SET ticked_at = '2222-01-01 00:00:00+00:00'").await;
        let told = shell.run(SERVE);
        assert!(refused(&told).contains(", and the database was written to at 2222-01-01T00:00:00Z: set it right"), "{told:?}");
        let told = ran(shell.command("serve --listen 8.8.8.8:1").env("SANLIAN_TRUST_CLOCK", "true"));
        assert!(refused(&told).starts_with("cannot listen on "), "{told:?}");
    }

    /// One that a newer program has changed.
    async fn a_newer_database_is_left_alone(shell: Shell) {
        printed(shell.run("migrate up"));
        printed(shell.run("keys make"));
        execute(&shell, "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m999_later', 0)").await;
        for words in [SERVE, "verify", "audit verify"] {
            let told = shell.run(words);
            assert!(refused(&told).starts_with("the database is newer than this program, which does not know the migration m999_later: "), "{told:?}");
        }
    }

    /// From its start to its end a server leaves a chain, and the operator one for each token.
    async fn a_server_leaves_a_chain(shell: Shell) {
        printed(shell.run("migrate up"));
        printed(ran(shell.command("admin root").env("SANLIAN_ADMIN_PASSWORD", "Correct horse 9 battery")));
        let token = printed(shell.run("token root"));
        let mut served = shell.serve();
        let ask = wire::post(Some(token.trim_end()), "{ households { nodes { id } } }", &Value::Null);
        assert_eq!(wire::body(&wire::ask(served.address, &ask).unwrap())["errors"][0]["extensions"]["code"], "FORBIDDEN");
        assert_eq!(served.stop(), Some(0));
        let told = printed(shell.run("audit verify"));
        let last = "1 journals hold, and 2 chains of the access log with 6 lines\n";
        assert!(told.ends_with(last) && told.lines().count() == 3, "{told}");
        assert!(served.log().contains("access-log 2 line 3 "), "{}", served.log());
        let heads = shell.path("heads.txt");
        std::fs::write(&heads, &told).unwrap();
        let again = format!("audit verify --against {}", heads.display());
        assert_eq!(printed(shell.run(&again)), told);
        execute(&shell, "DELETE FROM access_line WHERE chain_id = 2").await;
        execute(&shell, "DELETE FROM access_chain WHERE id = 2").await;
        assert!(printed(shell.run("audit verify")).contains(" 1 chains "));
        let ran = shell.run(&again);
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), "access-log 2: it was noted, and is gone\n"), "{ran:?}");
        assert!(ran.err.starts_with("sanlian: 1 differences: nothing was changed; "), "{ran:?}");
        assert!(refused(&shell.run("audit verify --against seal.keys")).contains(" holds nothing that `sanlian audit verify` has printed"));
    }

    /// Both ways of verifying name a line of a journal that was touched.
    async fn a_touched_journal_is_named(world: World) {
        let shell = Shell::beside(&world.app);
        assert!(printed(shell.run("audit verify")).ends_with("5 journals hold, and 0 chains of the access log with 0 lines\n"));
        tamper(&world.app, "UPDATE act SET action = 'linkEnd' WHERE ledger_id = 3 AND seq = 5").await;
        for words in ["verify", "audit verify"] {
            let ran = shell.run(words);
            let told = "ledger 3: line 5 does not follow from line 4: it was changed, inserted or swapped\n";
            assert_eq!((ran.code, ran.out.as_str()), (Some(1), told), "{words}: {ran:?}");
        }
    }
}

/// Keys that others on the machine could have read.
#[cfg(unix)]
#[tokio::test]
async fn a_file_that_everybody_reads_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let shell = Shell::fresh(tests::DbKind::Sqlite).await.unwrap();
    printed(shell.run("migrate up"));
    printed(shell.run("keys make"));
    for (file, remedy) in [("seal.keys", "sanlian rekey"), ("token.key", "sanlian keys rotate --leaked")] {
        let path = shell.path(file);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let ran = shell.run(SERVE);
        let told = refused(&ran);
        assert!(told.starts_with("everybody on this machine may read the "), "{told}");
        assert!(told.contains(&format!("run `chmod 600 {0}`, and `{remedy}`", path.display())), "{told}");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}
