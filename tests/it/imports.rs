//! Files of the service that import each other in a circle. Nobody can read one file of a circle without the others: the list may
//! only get shorter.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Circles that there still are.
const KNOWN: &[&[&str]] = &[
    &["application/keep", "application/mutation"],
    &["committee", "member", "organisation", "programme", "programme/rules"],
    &[
        "exemption", "household", "link", "link/limit", "link/mutation", "link/paper", "link/party", "link/rows", "mark", "need",
        "plan", "record/entry", "record/fields", "record/lifetime", "record/resolve",
    ],
    &["household/later", "household/mutation"],
    &["http", "http/graphql"],
    &["progress/answer", "progress/behind", "progress/fill"],
    &["progress/apart", "progress/coarse", "progress/figure", "progress/pending", "progress/told"],
    &["progress/duties", "progress/duty"],
    &["progress/pattern", "progress/pattern/read"],
    &["rights/answer", "rights/copy", "rights/erase", "rights/retention"],
    &["session/family", "session/oidc"],
];

type Module = Vec<String>;

/// A path that a `use` names, and whether it is exported again.
struct Import {
    path: Vec<String>,
    is_exported: bool,
}

fn sources(folder: &Path, module: &Module, found: &mut BTreeMap<Module, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let mut below = module.clone();
        if path.is_dir() {
            below.push(stem);
            sources(&path, &below, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") && stem != "tests" {
            if !["lib", "mod"].contains(&stem.as_str()) {
                below.push(stem);
            }
            let text = fs::read_to_string(&path).unwrap();
            let before_tests = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            found.insert(below, before_tests.to_owned());
        }
    }
}

/// The paths of all `use` statements.
fn imports(text: &str) -> Vec<Import> {
    let mut found = vec![];
    let mut statement = String::new();
    for line in text.lines() {
        let start = line.trim_start_matches("pub ").trim_start_matches("pub(crate) ").trim_start_matches("pub(super) ");
        if statement.is_empty() && !start.starts_with("use ") {
            continue;
        }
        statement.push_str(line.trim());
        if line.ends_with(';') {
            let is_exported = statement.starts_with("pub");
            let tree = statement.split_once("use ").unwrap().1.trim_end_matches(';');
            let mut paths = vec![];
            expand(tree, &[], &mut paths);
            found.extend(paths.into_iter().map(|path| Import { path, is_exported }));
            statement.clear();
        }
    }
    found
}

/// `a::{b, c::{d, e}}` as `a::b`, `a::c::d`, `a::c::e`.
fn expand(tree: &str, above: &[String], paths: &mut Vec<Vec<String>>) {
    let tree = tree.trim();
    let mut path = above.to_vec();
    if let Some((head, rest)) = tree.split_once('{') {
        path.extend(head.split("::").filter(|part| !part.is_empty()).map(str::to_owned));
        let inner = rest.strip_suffix('}').unwrap_or(rest);
        let (mut depth, mut part) = (0, String::new());
        for letter in inner.chars().chain([',']) {
            match letter {
                ',' if depth == 0 => {
                    if !part.trim().is_empty() {
                        expand(&part, &path, paths);
                    }
                    part.clear();
                    continue;
                }
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            part.push(letter);
        }
    } else {
        let name = tree.split(" as ").next().unwrap();
        path.extend(name.split("::").filter(|part| *part != "self").map(str::to_owned));
        paths.push(path);
    }
}

/// The path from the crate's root; none if it leads to another crate.
fn absolute(path: &[String], module: &Module, modules: &BTreeMap<Module, String>) -> Option<Vec<String>> {
    let (first, rest) = path.split_first()?;
    match first.as_str() {
        "crate" => Some(rest.to_vec()),
        "super" => {
            let parent = module[..module.len().checked_sub(1)?].to_vec();
            match rest.first() {
                Some(next) if next == "super" => absolute(rest, &parent, modules),
                _ => Some([parent, rest.to_vec()].concat()),
            }
        }
        _ => {
            let child = [module.clone(), vec![first.clone()]].concat();
            modules.contains_key(&child).then(|| [child, rest.to_vec()].concat())
        }
    }
}

/// The file that a path from the root leads to: what a module exports again is looked for where it comes from.
fn file(path: &[String], modules: &BTreeMap<Module, String>, exports: &BTreeMap<Vec<String>, Vec<String>>) -> Option<Module> {
    let mut path = path.to_vec();
    for _ in 0..5 {
        let Some(next) = (1..=path.len()).rev().find_map(|length| {
            let target = exports.get(&path[..length])?;
            Some([target.clone(), path[length..].to_vec()].concat())
        }) else {
            break;
        };
        path = next;
    }
    (1..=path.len()).rev().map(|length| path[..length].to_vec()).find(|module| modules.contains_key(module))
}

fn edges() -> BTreeMap<Module, BTreeSet<Module>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("api/src");
    let mut modules = BTreeMap::new();
    sources(&root, &vec![], &mut modules);
    let mut exports = BTreeMap::new();
    for (module, text) in &modules {
        for import in imports(text).into_iter().filter(|import| import.is_exported) {
            if let Some(path) = absolute(&import.path, module, &modules) {
                let name = import.path.last().unwrap().clone();
                exports.insert([module.clone(), vec![name]].concat(), path);
            }
        }
    }
    let mut edges: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
    for (module, text) in &modules {
        let out = edges.entry(module.clone()).or_default();
        for import in imports(text).into_iter().filter(|import| !import.is_exported) {
            let target = absolute(&import.path, module, &modules).and_then(|path| file(&path, &modules, &exports));
            out.extend(target.filter(|target| target != module));
        }
    }
    edges
}

/// Everything that a file leads to.
fn reachable(from: &Module, edges: &BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<Module> {
    let (mut seen, mut next) = (BTreeSet::new(), vec![from.clone()]);
    while let Some(module) = next.pop() {
        for target in edges.get(&module).into_iter().flatten() {
            if seen.insert(target.clone()) {
                next.push(target.clone());
            }
        }
    }
    seen
}

#[test]
fn files_make_no_new_circle() {
    let edges = edges();
    let leads: BTreeMap<&Module, BTreeSet<Module>> = edges.keys().map(|module| (module, reachable(module, &edges))).collect();
    let mut circles: BTreeSet<Vec<String>> = BTreeSet::new();
    for module in edges.keys().filter(|module| leads[module].contains(*module)) {
        let circle = leads[module].iter().filter(|other| leads.get(other).is_some_and(|back| back.contains(module)));
        circles.insert(circle.map(|module| module.join("/")).collect());
    }
    let known: BTreeSet<Vec<String>> =
        KNOWN.iter().map(|circle| circle.iter().map(|file| (*file).to_owned()).collect()).collect();
    assert_eq!(circles, known, "a file that imports one must not be imported by it, on whatever way");
}
