//! What graphql-js thinks of our answers. It runs under node, from `tests/oracle` (`npm ci` there once).

use std::env;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::{Answer, say_loudly};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/oracle");

/// A query and the answer it got.
pub struct Case<'a> {
    pub query: &'a str,
    pub variables: &'a Value,
    pub answer: &'a Answer,
}

/// What graphql-js has against each answer, in their order; None for one that it would have given too, byte for byte.
/// No judgment where it is not installed, which is said loudly.
pub fn objections(sdl: &str, cases: &[Case<'_>]) -> Option<Vec<Option<String>>> {
    if !is_installed() {
        return None;
    }
    let lines: String = cases.iter().map(|case| line(sdl, case)).collect();
    let verdicts = ask(&lines);
    assert_eq!(verdicts.len(), cases.len(), "a verdict for each case");
    Some(verdicts.iter().map(|verdict| verdict["why"].as_str().map(str::to_owned)).collect())
}

/// What graphql-http finds when it audits a server: `id`, `name`, `status`, and `reason` where it is not ok. None where
/// it is not installed.
pub fn audits(url: &str) -> Option<Vec<Value>> {
    is_installed().then(|| {
        let audit = Command::new("node").args(["audit.mjs", url]).current_dir(FOLDER).output().unwrap();
        assert!(audit.status.success(), "the audit failed: {}", String::from_utf8_lossy(&audit.stderr));
        let told = String::from_utf8_lossy(&audit.stdout);
        told.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    })
}

fn is_installed() -> bool {
    let modules = Path::new(FOLDER).join("node_modules");
    let is_there = ["graphql", "graphql-http"].iter().all(|name| modules.join(name).is_dir());
    let runs = || Command::new("node").arg("--version").output().is_ok_and(|told| told.status.success());
    let is_there = is_there && runs();
    if !is_there {
        let missing = "graphql-js is not installed (node, and npm ci in tests/oracle): answers are not compared with it";
        assert!(env::var_os("SANLIAN_REQUIRE_ORACLE").is_none(), "{missing}");
        say_loudly(missing);
    }
    is_there
}

/// The answer goes as it came: read and written again, its keys would lose their order.
fn line(sdl: &str, case: &Case<'_>) -> String {
    let (sdl, query, answer) = (json!(sdl), json!(case.query), &case.answer.text);
    format!("{{\"sdl\":{sdl},\"query\":{query},\"variables\":{},\"answer\":{answer}}}\n", case.variables)
}

fn ask(lines: &str) -> Vec<Value> {
    let mut node = Command::new("node")
        .arg("oracle.mjs")
        .current_dir(FOLDER)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = node.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || input.write_all(lines.as_bytes()).unwrap());
        let output = node.wait_with_output().unwrap();
        assert!(output.status.success(), "the oracle failed: {}", output.status);
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    })
}
