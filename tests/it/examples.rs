//! The operations of `examples/`: each says who asks it, and is answered.

use std::fs;
use std::path::PathBuf;

use chrono::Datelike;
use futures::future::join_all;
use serde_json::{Value, json};
use tests::{Answer, TestApp};

/// An operation as it lies there.
struct Example {
    /// Its path without the ending: `phone/mine`.
    name: String,
    query: String,
    /// As text, with `{{…}}` where something is filled in; empty where it has none.
    variables: String,
    /// The demo's account that asks it; nobody where absent.
    account: Option<String>,
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples"))
}

fn all() -> Vec<Example> {
    let mut all = vec![];
    for group in fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()) {
        for file in fs::read_dir(&group).unwrap().map(|entry| entry.unwrap().path()) {
            if file.extension().is_some_and(|ending| ending == "graphql") {
                let name = format!("{}/{}", text(group.file_name()), text(file.file_stem()));
                let query = fs::read_to_string(&file).unwrap();
                let variables = fs::read_to_string(file.with_extension("json")).unwrap_or_default();
                let account = between(&query, "Asked as `", "`").map(str::to_owned);
                all.push(Example { name, query, variables, account });
            }
        }
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn text(name: Option<&std::ffi::OsStr>) -> &str {
    name.unwrap().to_str().unwrap()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split_once(after).map(|(found, _)| found)
}

/// Asks all of them on a demo. The demo takes long to load: whoever has it calls this.
pub async fn are_answered(app: &TestApp) {
    let all = all();
    for example in &all {
        let data = asked(app, &all, example).await;
        let empty = empty_lists(&data);
        assert!(empty.is_empty(), "{} finds nothing: {empty:?} in {data:#}", example.name);
    }
}

/// The same, each by several at once: three times as many as a pool of two connections holds. Nobody is turned away, and
/// nobody waits for a connection that waits for another.
pub async fn are_answered_at_once(app: &TestApp) {
    let all = all();
    for example in &all {
        let variables = filled(app, &all, example).await;
        join_all((0..6).map(|_| answered(app, example, variables.clone()))).await;
    }
    // And all kinds beside each other.
    let mut filled_in = vec![];
    for example in &all {
        filled_in.push((example, filled(app, &all, example).await));
    }
    join_all(filled_in.into_iter().map(|(example, variables)| answered(app, example, variables))).await;
}

async fn answered(app: &TestApp, example: &Example, variables: Value) -> Answer {
    let client = match &example.account {
        Some(account) => app.signed_in(api::session::account_named(app, account).await.unwrap().unwrap().id),
        None => app.stranger(),
    };
    let answer = client.post(&example.query, variables).await;
    assert!(answer.status.is_success() && answer.errors().is_empty(), "{}: {answer}", example.name);
    answer
}

async fn asked(app: &TestApp, all: &[Example], example: &Example) -> Value {
    let answer = answered(app, example, filled(app, all, example).await).await;
    let said = format!("{}: {answer}", example.name);
    for (_, value) in answer.data().as_object().unwrap() {
        assert!(!value.is_null(), "{said}");
        assert!(value.get("userErrors").is_none_or(|errors| errors == &json!([])), "{said}");
    }
    answer.data().clone()
}

/// Fills the variables as the page does.
async fn filled(app: &TestApp, all: &[Example], example: &Example) -> Value {
    let mut text = example.variables.clone();
    while let Some(hole) = between(&text, "\"{{", "}}\"").map(str::to_owned) {
        let value = match hole.as_str() {
            "new" => json!(tests::world::key()),
            "today" => json!(app.clock.today()),
            "quarter" => {
                let today = app.clock.today();
                json!({ "year": today.year(), "quarter": today.month0() / 3 + 1 })
            }
            elsewhere => {
                let (name, pointer) = elsewhere.split_once(':').unwrap();
                let other = all.iter().find(|other| other.name == name).unwrap();
                let data = Box::pin(asked(app, all, other)).await;
                data.pointer(pointer).unwrap_or_else(|| panic!("nothing at {hole} in {data:#}")).clone()
            }
        };
        text = text.replacen(&format!("\"{{{{{hole}}}}}\""), &value.to_string(), 1);
    }
    if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() }
}

/// Where lists of rows are empty.
fn empty_lists(data: &Value) -> Vec<String> {
    let root = data.as_object().unwrap().iter();
    let lists = root.flat_map(|(name, value)| {
        let below = value.as_object().into_iter().flatten();
        let below =
            below.map(move |(field, value)| (format!("{name}/{field}"), value.get("nodes").unwrap_or(value)));
        std::iter::once((name.clone(), value)).chain(below)
    });
    let empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
    lists
        .filter(|(path, value)| empty(value) && !path.ends_with("userErrors"))
        .map(|(path, _)| path)
        .collect()
}

/// Each kind of user has some; each says in two languages what it is, and who asks it.
#[test]
fn each_says_who_asks_it() {
    let all = all();
    for folder in ["phone", "front-end", "script", "office", "public"] {
        assert!(all.iter().any(|one| one.name.starts_with(&format!("{folder}/"))), "{folder} has none");
    }
    for Example { name, query, account, .. } in &all {
        let mut lines = query.lines();
        let title = lines.next().unwrap();
        assert!(title.starts_with("# ") && title.matches(" · ").count() == 1, "{name}: {title}");
        assert_eq!(lines.next(), Some("#"), "{name}");
        let asked = lines.next().unwrap();
        let said = if account.is_some() { "# Asked as `" } else { "# Asked without a token: " };
        assert!(asked.starts_with(said), "{name}: {asked}");
        let operation = |line: &str| {
            let named = line.strip_prefix("query ").or_else(|| line.strip_prefix("mutation "));
            named.is_some_and(|name| name.starts_with(char::is_uppercase))
        };
        assert_eq!(
            query.lines().filter(|line| operation(line)).count(),
            1,
            "{name} has no operation with a name"
        );
    }
}
