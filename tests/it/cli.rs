//! The command line, as its user runs it: what it prints, where, and with which exit code.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tests::{DbKind, Ran, Shell, World, on_both, ran, wire};

/// How many changes of the schema there are.
const CHANGES: usize = 28;

const COMMANDS: [&str; 12] = [
    "demo", "serve", "config", "migrate", "schema", "admin", "token", "keys", "verify", "audit", "rekey",
    "help",
];

/// What was printed by a command that did its work: it says nothing else.
#[track_caller]
fn printed(ran: Ran) -> String {
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    ran.out
}

/// The sentence of a command that did not work, which prints nothing.
#[track_caller]
fn refused(ran: &Ran) -> &str {
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{ran:?}");
    let sentence = ran.err.strip_prefix("sanlian: ").and_then(|sentence| sentence.strip_suffix('\n'));
    sentence
        .filter(|sentence| !sentence.contains('\n'))
        .unwrap_or_else(|| panic!("not one sentence: {ran:?}"))
}

/// What each change is, `applied` or `pending`, in their order.
fn status(shell: &Shell) -> Vec<String> {
    let list = printed(shell.run("migrate status"));
    let names: Vec<&str> = list.lines().map(|line| &line[11..]).collect();
    assert!(names.is_sorted() && names.iter().all(|name| name.starts_with('m')), "{list}");
    list.lines().map(|line| line[..10].trim_end().to_owned()).collect()
}

/// The states of the token keys, as they are listed.
fn states(shell: &Shell) -> Vec<String> {
    let list = printed(shell.run("keys list"));
    list.lines().map(|line| line.split_whitespace().next().unwrap().to_owned()).collect()
}

/// A shell whose user needs no database.
async fn shell() -> Shell {
    Shell::fresh(DbKind::Sqlite).await.unwrap()
}

#[tokio::test]
async fn the_schema_is_printed_without_a_database() {
    let shell = shell().await;
    let checked_in = include_str!("../../schema.graphql");
    assert!(printed(ran(&mut shell.bare("schema"))) == checked_in, "it prints another schema");
    assert_eq!(shell.files(), [""; 0]);
}

/// As with `schema | head -1`.
#[tokio::test]
async fn a_reader_who_goes_away_is_no_failure() {
    let shell = shell().await;
    for words in ["schema", "migrate status"] {
        let mut command = shell.command(words);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut reader = BufReader::with_capacity(16, child.stdout.take().unwrap());
        if words == "schema" {
            reader.read_line(&mut String::new()).unwrap();
        }
        drop(reader);
        let output = child.wait_with_output().unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), complaint.as_ref()), (Some(0), ""), "{words}");
    }
}

#[tokio::test]
async fn help_lists_every_command() {
    let shell = shell().await;
    let help = printed(shell.run("--help"));
    let (_, list) = help.split_once("Commands:\n").unwrap();
    let list = list.lines().take_while(|line| !line.is_empty());
    let listed: Vec<&str> = list.map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(listed, COMMANDS);
    for command in &COMMANDS[..10] {
        let help = printed(shell.run(&format!("{command} --help")));
        assert!(help.contains(&format!("Usage: sanlian {command}")), "{help}");
    }
}

/// It says how it is used, and nothing is done.
#[tokio::test]
async fn wrong_usage_exits_with_two() {
    let shell = shell().await;
    for words in [
        "",
        "reign",
        "schema now",
        "migrate",
        "migrate down some",
        "migrate down -1",
        "admin",
        "token",
        "token root --minutes 0",
        "token root --minutes 1441",
        "keys",
        "keys forge",
        "serve --listen nowhere",
        "verify --deep",
        "audit",
        "audit verify --deep",
        "serve --access-log-days some",
        "rekey all",
        "serve --reveals-per-day some",
    ] {
        let wrong = shell.run(words);
        assert_eq!((wrong.code, wrong.out.as_str()), (Some(2), ""), "{words}: {wrong:?}");
        assert!(wrong.err.contains("Usage:") || wrong.err.contains("--help"), "{words}: {wrong:?}");
    }
    assert_eq!(shell.files(), [""; 0]);
    assert_eq!(status(&shell), ["pending"; CHANGES]);
}

on_both! {
    async fn migrations_go_up_and_down(shell: Shell) {
        assert_eq!(status(&shell), ["pending"; CHANGES]);
        assert_eq!(printed(shell.run("migrate up")), "");
        assert_eq!(status(&shell), ["applied"; CHANGES]);
        assert_eq!(printed(shell.run("migrate down 3")), "");
        assert_eq!(status(&shell), [["applied"; CHANGES - 3].as_slice(), &["pending"; 3]].concat());
        assert_eq!(printed(shell.run("migrate down")), "");
        assert_eq!(status(&shell), [["applied"; CHANGES - 4].as_slice(), &["pending"; 4]].concat());
        for _ in 0..2 {
            assert_eq!(printed(shell.run("migrate up")), "");
            assert_eq!(status(&shell), ["applied"; CHANGES]);
        }
        assert_eq!(printed(shell.run("verify")), "1 ledgers, 0 facts and 0 cells equal a recount\n");
    }

    /// It is said what to do first, and the database stays as it is.
    async fn a_database_without_the_schema_is_not_served(shell: Shell) {
        for words in ["serve --listen 127.0.0.1:0", "verify", "rekey", "token root", "admin root"] {
            let ran = shell.run(words);
            let sentence = format!("the database lacks {CHANGES} migrations: run `sanlian migrate up` with the same --database first");
            assert_eq!(refused(&ran), sentence);
        }
        printed(shell.run("migrate up"));
        printed(shell.run("migrate down"));
        assert!(refused(&shell.run("serve --listen 127.0.0.1:0")).starts_with("the database lacks 1 migrations"));
        assert_eq!(status(&shell).iter().filter(|status| *status == "pending").count(), 1);
    }

    /// Of a server that has no account: once, with a password that will do.
    async fn the_first_administrator_is_opened_once(shell: Shell) {
        printed(shell.run("migrate up"));
        assert_eq!(
            refused(&shell.run("admin root")),
            "there is no password: set SANLIAN_ADMIN_PASSWORD, or write it to standard input"
        );
        let admin = |name: &str, password: &str| {
            ran(shell.command(&format!("admin {name}")).env("SANLIAN_ADMIN_PASSWORD", password))
        };
        assert_eq!(refused(&admin("root", "short")), "a password has 8 to 200 characters");
        assert_eq!(refused(&shell.run("token root")), "there is no account `root` that may sign in");
        let opened = printed(admin("root", "Correct horse 9 battery"));
        assert!(opened.starts_with("account `root` (") && opened.lines().count() == 1, "{opened}");
        assert!(!opened.contains("correct horse"), "{opened}");
        for name in ["root", "second"] {
            let sentence = "there are accounts already: an administrator opens more with the mutation `accountOpen`";
            assert_eq!(refused(&admin(name, "Correct horse 9 battery")), sentence);
        }
        assert_eq!(refused(&shell.run("token second")), "there is no account `second` that may sign in");
    }

    /// The password of standard input signs in, a printed token is accepted, and a signal ends it in peace.
    async fn it_serves_until_it_is_told_to_stop(shell: Shell) {
        printed(shell.run("migrate up"));
        printed(ran(shell.command("admin root").stdin(shell.typed("Correct horse 9 battery\r\nand more\n"))));
        let token = printed(shell.run("token root"));
        let mut served = shell.serve();
        assert!(wire::ask(served.address, &wire::get("/health/live")).unwrap().starts_with("HTTP/1.1 200 "));
        let ask = |token: Option<&str>, query: &str| {
            wire::body(&wire::ask(served.address, &wire::post(token, query, &Value::Null)).unwrap())
        };
        let (who, mine) = ("{ viewer { account grants { role } } }", json!({ "account": "root", "grants": [{ "role": "ADMIN" }] }));
        assert_eq!(ask(Some(token.trim_end()), who)["data"]["viewer"], mine);
        let sign_in = "mutation { signIn(input: { account: \"root\", password: \"Correct horse 9 battery\" }) { token } }";
        let signed_in = ask(None, sign_in);
        assert_eq!(ask(signed_in["data"]["signIn"]["token"].as_str(), who)["data"]["viewer"], mine);
        assert_eq!(ask(Some("forged"), who)["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
        assert_eq!(served.stop(), Some(0));
        assert!(wire::ask(served.address, &wire::get("/health/live")).is_err());
    }

    /// A provider of which half is said stops the start.
    async fn half_a_provider_is_not_served(shell: Shell) {
        printed(shell.run("migrate up"));
        let mut serve = shell.command("serve --listen 127.0.0.1:0");
        serve.env("SANLIAN_OIDC_ISSUER", "https://id.example").env("SANLIAN_OIDC_RETURN_URLS", "https://app.example/in");
        let sentence = "the setting SANLIAN_OIDC_CLIENT_ID is missing or wrong: it wants a value, where SANLIAN_OIDC_ISSUER is set";
        assert_eq!(refused(&ran(&mut serve)), sentence);
        let insecure = ran(serve.env("SANLIAN_OIDC_CLIENT_ID", "x").env("SANLIAN_OIDC_CLIENT_SECRET", "hidden").env("SANLIAN_OIDC_REDIRECT_URL", "http://api.example/x"));
        assert!(refused(&insecure).starts_with("the setting SANLIAN_OIDC_REDIRECT_URL is missing or wrong"), "{insecure:?}");
        assert!(!insecure.err.contains("hidden"));
    }

    /// The server that runs goes on, with the old tokens and the new ones; what it publishes has both keys.
    async fn keys_rotate_while_it_serves(shell: Shell) {
        printed(shell.run("migrate up"));
        printed(ran(shell.command("admin root").env("SANLIAN_ADMIN_PASSWORD", "Correct horse 9 battery")));
        let old = printed(shell.run("token root"));
        let served = shell.serve();
        let ask = |token: &str| {
            let question = wire::post(Some(token.trim_end()), "{ viewer { account } }", &Value::Null);
            wire::body(&wire::ask(served.address, &question).unwrap())["data"]["viewer"]["account"].clone()
        };
        let published = || wire::ask(served.address, &wire::get("/.well-known/jwks.json")).unwrap();
        let before = published();
        assert!(before.contains("cache-control: public, max-age=300"), "{before}");
        assert_eq!(wire::body(&before)["keys"].as_array().unwrap().len(), 2);
        assert_eq!(states(&shell), ["current", "next"]);
        let hasty = shell.run("keys rotate");
        assert!(refused(&hasty).starts_with("the next key has been published for less than 10 minutes"), "{hasty:?}");
        let printed_key = printed(shell.run("keys rotate --at-once"));
        assert_eq!(states(&shell), ["current", "next", "previous"]);
        let kid = &wire::body(&before)["keys"][1]["kid"];
        assert_eq!(printed_key, format!("{} signs from now on\n", kid.as_str().unwrap()));
        // Its key is one that the server knows already.
        let new = printed(shell.run("token root"));
        assert_eq!((ask(&old), ask(&new)), (json!("root"), json!("root")));
        printed(shell.run("keys rotate --leaked"));
        assert_eq!(states(&shell), ["current", "next"]);
        let latest = printed(shell.run("token root"));
        // It looks for a key that it does not know, every two seconds at most.
        std::thread::sleep(std::time::Duration::from_millis(2_100));
        assert_eq!((ask(&latest), ask(&old), ask(&new)), (json!("root"), Value::Null, Value::Null));
        assert_eq!(wire::body(&published())["keys"].as_array().unwrap().len(), 2);
    }

    /// A fact and a cell that somebody has touched are named; put back, all is well: verifying mends nothing.
    async fn verify_names_what_differs(world: World) {
        let link = world.link(0, 0, "2022-01-01").await;
        world.app.go_to("2022-03-01");
        world.visit(&world.office, &link, "2022-02-01").await;
        let shell = Shell::beside(&world.app);
        let sound = printed(shell.run("verify"));
        assert!(sound.ends_with(" cells equal a recount\n") && sound.lines().count() == 1, "{sound}");
        let touched = [
            ("fact", "UPDATE fact SET persons = persons + 7 WHERE source_type = 'activity'", vec!["a cell differs", "a fact does not follow from a record", "a fact is missing"]),
            ("cell", "UPDATE cell SET begun = begun + 7 WHERE source_type = 'activity'", vec!["a cell differs"]),
        ];
        for (what, sql, wanted) in touched {
            tamper(&world, sql).await;
            let ran = shell.run("verify");
            assert_eq!(ran.code, Some(1), "{what}: {ran:?}");
            let mut told: Vec<&str> = ran.out.lines().map(difference).collect();
            told.sort_unstable();
            told.dedup();
            assert_eq!(told, wanted, "{what}");
            let count = format!("sanlian: {} differences: nothing was changed; ", ran.out.lines().count());
            assert!(ran.err.starts_with(&count) && ran.err.lines().count() == 1, "{what}: {ran:?}");
            tamper(&world, &sql.replace("+ 7", "- 7")).await;
            assert_eq!(printed(shell.run("verify")), sound, "{what}");
        }
    }

    /// It says what to do instead, and nothing is changed.
    async fn the_demo_leaves_other_data_alone(world: World) {
        let before = everything(&world).await;
        let shell = Shell::beside(&world.app);
        let ran = shell.run("demo --listen 127.0.0.1:0");
        assert_eq!(
            refused(&ran),
            "this database holds data that are not the demo's, and is left alone: name an empty one with --data or \
             --database, or serve this one with `sanlian serve`"
        );
        assert_eq!(everything(&world).await, before);
    }

    /// What another service keeps is not even migrated.
    async fn the_demo_leaves_another_service_alone(shell: Shell) {
        let db = platform::db::Db::owner(&shell.url).await.unwrap();
        plant(&db, "CREATE TABLE theirs (id integer)").await;
        assert!(refused(&shell.run("demo --listen 127.0.0.1:0")).starts_with("this database holds data"));
        assert_eq!(api::setup::tables(&db).await.unwrap(), ["theirs"]);
    }
}

#[expect(clippy::disallowed_methods, reason = "another service does not come by the door")]
async fn plant(db: &sea_orm::DatabaseConnection, sql: &str) {
    use sea_orm::ConnectionTrait;
    db.execute_unprepared(sql).await.unwrap();
}

/// Nothing starts with keys that others on the machine could have read.
#[cfg(unix)]
#[tokio::test]
async fn keys_that_everybody_reads_are_refused() {
    use std::os::unix::fs::PermissionsExt;
    let shell = shell().await;
    printed(shell.run("migrate up"));
    printed(shell.run("keys list"));
    let file = shell.path("token.key");
    for (mode, good) in [(0o600, true), (0o640, true), (0o644, false), (0o604, false)] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        for words in ["keys list", "token root"] {
            let ran = shell.run(words);
            let complaint = format!(
                "everybody on this machine may read the token keys {}: run `chmod 600",
                file.display()
            );
            assert_eq!(ran.err.contains(&complaint), !good, "{mode:o} {ran:?}");
        }
    }
}

#[tokio::test]
async fn asking_about_a_database_makes_none() {
    let shell = Shell::fresh(DbKind::Sqlite).await.unwrap();
    for words in ["verify", "serve", "token root", "migrate status", "migrate down"] {
        let ran = shell.run(&format!("{words} --database sqlite:nowhere/at-all.db"));
        assert!(refused(&ran).starts_with("there is no database nowhere/at-all.db: "), "{words}: {ran:?}");
    }
    assert_eq!(shell.files(), [""; 0]);
}

/// A difference without its ledger and its row.
fn difference(line: &str) -> &str {
    let what = line.strip_prefix("ledger ").and_then(|line| line.split_once(": ")).unwrap().1;
    what.split_once(':').unwrap().0
}

#[expect(clippy::disallowed_methods, reason = "an intruder does not come by the door")]
async fn tamper(world: &World, sql: &str) {
    let done = world.app.owner().await.execute_unprepared(sql).await.unwrap();
    assert!(done.rows_affected() > 0, "{sql}");
}

/// How many rows there are of what the demo would write.
async fn everything(world: &World) -> Vec<i64> {
    let mut counts = vec![];
    for table in
        ["account", "region", "ledger", "person", "category", "indicator", "household", "link", "act", "fact"]
    {
        counts.push(world.rows(table).await);
    }
    counts
}
