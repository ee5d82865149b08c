//! The settings of a server, from a file, the environment and the command line; and what its listener lets in.

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tests::{Ran, Shell, on_both, ran, wire};

fn prepared(shell: &Shell) {
    for words in ["migrate up", "keys make"] {
        let ran = shell.run(words);
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
}

/// What `config check` says of a setting: its value, and where that is from.
#[track_caller]
fn told<'a>(ran: &'a Ran, name: &str) -> (&'a str, &'a str) {
    let line = ran.out.lines().find(|line| line.split_whitespace().next() == Some(name));
    let rest = line.unwrap_or_else(|| panic!("no {name} in {ran:?}"))[name.len()..].trim_start();
    let (value, from) = rest.split_once("  ").unwrap();
    (value, from.trim())
}

fn check(command: &mut Command) -> Ran {
    ran(command)
}

on_both! {
    /// The command line comes before the environment, that before the file, and that before what is built in.
    async fn a_setting_is_made_once(shell: Shell) {
        prepared(&shell);
        let file = "listen = \"127.0.0.1:7001\"\nrequests = 11\nbudget = 500\ntrusted-proxies = [\"10.0.0.0/8\", \"::1\"]\ntrust_clock = true\n";
        std::fs::write(shell.path("sanlian.toml"), file).unwrap();
        let mut command = shell.command("config check --config sanlian.toml --budget 700");
        let checked = check(command.env("SANLIAN_REQUESTS", "12").env("SANLIAN_OIDC_CLIENT_SECRET", "canary-secret"));
        assert_eq!(told(&checked, "budget"), ("700", "command line"));
        assert_eq!(told(&checked, "requests"), ("12", "SANLIAN_REQUESTS"));
        assert_eq!(told(&checked, "listen"), ("127.0.0.1:7001", "file, or built in"));
        assert_eq!(told(&checked, "trusted-proxies").0, "10.0.0.0/8,::1");
        assert_eq!(told(&checked, "trust-clock").0, "true");
        assert_eq!(told(&checked, "database").0, "(hidden)");
        assert!(!checked.out.contains("canary-secret") && !checked.err.contains("canary-secret"), "{checked:?}");
        assert_eq!(checked.code, Some(0), "{checked:?}");
        assert!(checked.out.ends_with("a server can start with these settings\n"), "{checked:?}");
    }

    /// All that is wrong is said at once, and each sentence says what to do.
    async fn all_that_is_wrong_is_said(shell: Shell) {
        std::fs::write(shell.path("no.pem"), "no certificate").unwrap();
        let checked = check(&mut shell.command("config check --access-log-days 10 --tls-cert no.pem --tls-key no.pem"));
        let wrong: Vec<&str> = checked.out.lines().filter_map(|line| line.strip_prefix("wrong: ")).collect();
        assert_eq!((checked.code, wrong.len()), (Some(1), 3), "{checked:?}");
        assert!(wrong[0].contains("raise --access-log-days") && wrong[1].contains("see --tls-cert"), "{wrong:?}");
        assert!(wrong[2].contains("sanlian migrate up"), "{wrong:?}");
    }
}

/// A name that nobody knows, or a value that does not fit, is named with its file.
#[tokio::test]
async fn a_wrong_file_is_named() {
    let shell = Shell::fresh(tests::DbKind::Sqlite).await.unwrap();
    for (text, sentence) in [
        ("lisen = \"x\"", "no setting `lisen`"),
        ("listen = \"nowhere\"", "nowhere"),
        ("[listen]\nport = 1", "`listen` is no text"),
        ("listen = ", "is no TOML"),
    ] {
        std::fs::write(shell.path("sanlian.toml"), text).unwrap();
        let ran = shell.run("config check --config sanlian.toml");
        assert!(ran.code != Some(0) && ran.err.contains(sentence), "{text}: {ran:?}");
    }
    let ran = shell.run("serve --config missing.toml");
    assert!(ran.err.contains("cannot read missing.toml"), "{ran:?}");
}

/// A server on SQLite, with these words besides.
async fn serving(words: &str) -> (Shell, tests::Served) {
    let shell = Shell::fresh(tests::DbKind::Sqlite).await.unwrap();
    prepared(&shell);
    let served = shell.serve_with(words, "info");
    (shell, served)
}

/// Who sends headers for ever is hung up on, and who sends too many is told so.
#[tokio::test]
async fn headers_are_bounded() {
    let (_shell, served) = serving("").await;
    let flood = |headers: &str| {
        format!("GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n")
    };
    let many = "x-many: y\r\n".repeat(200);
    let large = format!("x-large: {}\r\n", "y".repeat(1_000_000));
    for headers in [many, large] {
        let answer = wire::ask(served.address, &flood(&headers));
        let refused =
            answer.as_ref().map_or(true, |answer| answer.starts_with("HTTP/1.1 431 ") || answer.is_empty());
        assert!(refused, "{answer:?}");
    }
    let slow = "GET /health/live HTTP/1.1\r\nhost: localhost\r\nx-slow: ";
    // It ends with a 408 or at once, long before this client would.
    let ended = wire::ask(served.address, slow);
    assert!(!ended.is_ok_and(|answer| answer.starts_with("HTTP/1.1 200 ")));
    assert!(wire::ask(served.address, &wire::get("/health/live")).unwrap().starts_with("HTTP/1.1 200 "));
}

/// Who sends a body by the drop is hung up on, while others are served.
#[tokio::test]
async fn bodies_come_in_time() {
    let (_shell, served) = serving("--time-limit 1").await;
    let address = served.address;
    let begun = "POST /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{";
    let slow: Vec<_> = (0..100).map(|_| std::thread::spawn(move || wire::ask(address, begun))).collect();
    let query = wire::post(None, "{ __typename }", &Value::Null);
    assert!(wire::ask(address, &query).unwrap().starts_with("HTTP/1.1 200 "));
    for ended in slow {
        let answer = ended.join().unwrap().unwrap();
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }
}

/// Who says nothing, or half of how HTTP/2 begins, is hung up on.
#[tokio::test]
async fn silence_has_an_end() {
    let (_shell, served) = serving("--time-limit 1").await;
    let address = served.address;
    let silent =
        ["", "PRI * HTTP/2.0\r\n"].map(|begun| std::thread::spawn(move || wire::ask(address, begun)));
    for ended in silent {
        // A client that had to give up would be told that it would block.
        let ended = ended.join().unwrap();
        assert!(
            !ended.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock),
            "{ended:?}"
        );
    }
}

/// With a certificate it speaks HTTPS, by HTTP/2 where the client can.
#[tokio::test]
async fn it_speaks_https() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let shell = Shell::fresh(tests::DbKind::Sqlite).await.unwrap();
    prepared(&shell);
    std::fs::write(shell.path("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(shell.path("key.pem"), made.signing_key.serialize_pem()).unwrap();
    let mut served = shell.serve_with("--tls-cert cert.pem --tls-key key.pem", "info");
    let root = reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    let local = SocketAddr::from(([127, 0, 0, 1], served.address.port()));
    let client = reqwest::Client::builder().tls_certs_only([root]).resolve("localhost", local);
    let client = client.timeout(Duration::from_secs(30)).build().unwrap();
    let answer = client.get(format!("https://localhost:{}/health/ready", local.port())).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, reqwest::Version::HTTP_2));
    assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");
    let plain = wire::ask(served.address, &wire::get("/health/live"));
    assert!(!plain.is_ok_and(|answer| answer.starts_with("HTTP/1.1 200 ")));
    assert_eq!(served.stop(), Some(0));
}

/// The metrics have an address of their own; the log tells of requests in order, and of no value.
#[tokio::test]
async fn metrics_have_an_address_of_their_own() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (shell, served) = serving(&format!("--metrics {free} --slow-ms 0")).await;
    let query = "query Mine($name: String) { households(filter: { nameContains: $name }) { totalCount } }";
    let variables = serde_json::json!({ "name": "canary" });
    let _: Value = wire::body(&wire::ask(served.address, &wire::post(None, query, &variables)).unwrap());
    let told = wire::ask(free, &wire::get("/metrics")).unwrap();
    assert!(
        told.contains("sanlian_requests_total{operation=\"other\",kind=\"query\",status=\"200\"} 1"),
        "{told}"
    );
    assert!(wire::ask(served.address, &wire::get("/metrics")).unwrap().starts_with("HTTP/1.1 404 "));
    let log = served.log();
    assert!(log.contains("answered") && log.contains("slow") && log.contains("document="), "{log}");
    assert!(!log.contains("canary") && !log.contains("Mine"), "{log}");
    drop(shell);
}
