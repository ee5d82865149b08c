//! Every sentence that the program says is in the catalogue, in every language, with the same values; and no other is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::AREAS;

/// Sentences of a file: the values that each fills in.
fn sentences(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut id = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some((name, _)) = line.split_once(" =").filter(|_| !line.starts_with(' ')) {
            name.clone_into(&mut id);
            assert!(found.insert(id.clone(), BTreeSet::new()).is_none(), "{id} is there twice");
        }
        for part in line.split("{ $").skip(1) {
            let name: String =
                part.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect();
            found.get_mut(&id).unwrap().insert(name);
        }
    }
    found
}

/// Sentences that the sources of these crates say, with their values.
fn said() -> BTreeMap<String, BTreeSet<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut said = BTreeMap::new();
    let mut folders: Vec<PathBuf> = ["platform/src", "api/src", "cli/src"].map(|name| root.join(name)).into();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs")
                && !path.ends_with("catalogue/tests.rs")
            {
                let text = std::fs::read_to_string(path).unwrap();
                for call in text.split("say!(").skip(1) {
                    let call = call.trim_start();
                    let Some(rest) = call.strip_prefix('"') else { continue };
                    let (id, rest) = rest.split_once('"').unwrap();
                    said.entry(id.to_owned()).or_insert_with(|| names(rest));
                }
            }
        }
    }
    said
}

/// Names of the values in the rest of a call: `, day = last, code = rule.code)`.
fn names(rest: &str) -> BTreeSet<String> {
    let (mut depth, mut at_name, mut name, mut names) = (0, false, String::new(), BTreeSet::new());
    for letter in rest.chars() {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => break,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => (at_name, name) = (true, String::new()),
            '=' if depth == 0 && at_name => {
                names.insert(name.trim().to_owned());
                at_name = false;
            }
            other if at_name => name.push(other),
            _ => {}
        }
    }
    names
}

#[test]
fn the_catalogue_has_what_is_said() {
    let (mut english, mut chinese) = (BTreeMap::new(), BTreeMap::new());
    for (_, en, zh) in AREAS {
        english.extend(sentences(en));
        chinese.extend(sentences(zh));
    }
    assert_eq!(english, chinese, "both languages have the same sentences with the same values");
    let (said, mut known) = (said(), english);
    known.remove("verbatim");
    assert_eq!(
        said.keys().collect::<Vec<_>>(),
        known.keys().collect::<Vec<_>>(),
        "what is said is in the catalogue"
    );
    for (id, names) in said {
        assert!(
            known[&id].is_subset(&names),
            "{id}: the sentence wants {:?}, and is given {names:?}",
            known[&id]
        );
    }
}
