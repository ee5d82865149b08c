//! The published schema is what is checked in, and all of it is described, in English and in Chinese.

use serde_json::Value;
use tests::{TestApp, on_both};

/// Print it with `cargo run -- schema > schema.graphql`, and read the difference.
#[test]
fn the_schema_is_the_one_checked_in() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../schema.graphql");
    let checked_in = std::fs::read_to_string(path).unwrap();
    assert!(
        checked_in == api::sdl(),
        "schema.graphql is not what the code says: run `just schema` and review it"
    );
}

const INTROSPECT: &str = "{ __schema { types { name kind description
    fields { name description args { name description } } inputFields { name description } enumValues { name description } } } }";

on_both! {
    /// Types, fields, arguments and enum values all say what they are.
    async fn everything_is_described(app: TestApp) {
        let answer = app.stranger().post(INTROSPECT, Value::Null).await.expect_ok();
        let mut silent = vec![];
        let types = answer.at("/__schema/types").as_array().unwrap().clone();
        for kind in types.iter().filter(|kind| !kind["name"].as_str().unwrap().starts_with("__")) {
            let name = kind["name"].as_str().unwrap();
            // The library's connections, GraphQL's own scalar and the roots say it in their fields.
            if !name.ends_with("Connection") && !["ID", "Query", "Mutation"].contains(&name) {
                note(&mut silent, name, kind);
            }
            for part in ["fields", "inputFields", "enumValues"] {
                for member in kind[part].as_array().into_iter().flatten() {
                    let path = format!("{name}.{}", member["name"].as_str().unwrap());
                    note(&mut silent, &path, member);
                    for argument in member["args"].as_array().into_iter().flatten() {
                        note(&mut silent, &format!("{path}({})", argument["name"].as_str().unwrap()), argument);
                    }
                }
            }
        }
        assert_eq!(silent, Vec::<String>::new());
    }
}

/// Descriptions that the library writes, and GraphQL's own.
const OF_OTHERS: [&str; 16] = [
    "An edge in a connection",
    "The item at the end of the edge",
    "A cursor for use in pagination",
    "Information to aid in pagination",
    "Information about pagination in a connection",
    "A list of edges",
    "A list of nodes",
    "When paginating ",
    "A UUID is a unique 128-bit number",
    "Implement the DateTime<Utc> scalar",
    "The `Int` scalar",
    "The `Float` scalar",
    "The `String` scalar",
    "The `Boolean` scalar",
    "The `ID` scalar",
    "ID of",
];

/// A description is an English sentence, and a Chinese one on a line of its own.
fn note(silent: &mut Vec<String>, path: &str, what: &Value) {
    let text = what["description"].as_str().unwrap_or_default();
    let is_han = |letter: char| ('\u{4e00}'..='\u{9fff}').contains(&letter);
    let both = text.trim().rsplit_once('\n').is_some_and(|(english, chinese)| {
        english.starts_with(|letter: char| !is_han(letter))
            && chinese.contains(is_han)
            && chinese.ends_with('。')
    });
    if !both && !OF_OTHERS.iter().any(|known| text.starts_with(known)) {
        silent.push(format!("{path}: {text}"));
    }
}
