//! Everything that the schema lets one ask, made from the schema itself: a new field is asked without a word here.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

use super::place::Forest;

const SCHEMA: &str = "{ __schema { types { kind name enumValues { name } possibleTypes { name }
    inputFields { name type { name } }
    fields { name args { name defaultValue type { kind name } } type { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } }";

pub struct Questions {
    all: Vec<(String, Value)>,
    searches: Vec<(String, String)>,
}

struct Types(BTreeMap<String, Value>);

/// The named type under lists and non-nulls.
fn named(mut kind: &Value) -> &Value {
    while kind["name"].is_null() {
        kind = &kind["ofType"];
    }
    kind
}

impl Types {
    /// All fields of a type that need no argument, so many levels deep.
    fn selection(&self, name: &str, depth: usize) -> String {
        let of = &self.0[name];
        let mut text = String::from("__typename ");
        if let Some(possible) = of["possibleTypes"].as_array() {
            for one in possible {
                let one = one["name"].as_str().unwrap();
                let _ = write!(text, "... on {one} {{ {} }} ", self.selection_as(one, depth));
            }
            return text;
        }
        for field in of["fields"].as_array().unwrap() {
            text += &self.field(field, depth).unwrap_or_default();
        }
        text
    }

    /// The same with an alias for each field: two types of a union may differ in what a field answers.
    fn selection_as(&self, name: &str, depth: usize) -> String {
        let fields = self.0[name]["fields"].as_array().unwrap().iter();
        fields
            .filter_map(|field| {
                let text = self.field(field, depth)?;
                Some(format!("{}_{}: {text}", name.to_lowercase(), field["name"].as_str()?))
            })
            .collect()
    }

    fn field(&self, field: &Value, depth: usize) -> Option<String> {
        let needs =
            |argument: &Value| argument["type"]["kind"] == "NON_NULL" && argument["defaultValue"].is_null();
        if field["args"].as_array()?.iter().any(needs) {
            return None;
        }
        let (name, of) = (field["name"].as_str()?, named(&field["type"]));
        let inner = of["name"].as_str()?;
        match of["kind"].as_str()? {
            "SCALAR" | "ENUM" => Some(format!("{name} ")),
            _ if depth == 0 => None,
            _ if inner.ends_with("Connection") => {
                let node = self.node_of(inner)?;
                Some(format!("{name} {{ totalCount nodes {{ {} }} }} ", self.selection(node, depth - 1)))
            }
            _ => Some(format!("{name} {{ {} }} ", self.selection(inner, depth - 1))),
        }
    }

    fn node_of(&self, connection: &str) -> Option<&str> {
        let fields = self.0[connection]["fields"].as_array()?;
        let nodes = fields.iter().find(|field| field["name"] == "nodes")?;
        named(&nodes["type"])["name"].as_str()
    }
}

impl Questions {
    pub async fn of(forest: &Forest) -> Self {
        let answer = forest.app.stranger().post(SCHEMA, Value::Null).await.expect_ok();
        let types = answer.at("/__schema/types").as_array().unwrap().iter();
        let types = Types(types.map(|of| (of["name"].as_str().unwrap().to_owned(), of.clone())).collect());
        let mut questions = Self { all: vec![], searches: vec![] };
        for field in types.0["Query"]["fields"].as_array().unwrap() {
            questions.root(&types, field);
        }
        questions.nodes(&types, forest);
        questions.progress(&types, forest);
        assert!(questions.all.len() > 40 && questions.searches.len() > 5);
        questions
    }

    fn root(&mut self, types: &Types, field: &Value) {
        let (name, of) = (field["name"].as_str().unwrap(), named(&field["type"])["name"].as_str().unwrap());
        if let Some(text) = types.field(field, 3).filter(|_| !of.ends_with("Connection")) {
            self.all.push((format!("{{ {text} }}"), Value::Null));
        }
        if !of.ends_with("Connection") {
            return;
        }
        let nodes = types.selection(types.node_of(of).unwrap(), 2);
        self.all.push((
            format!("{{ {name}(first: 100) {{ totalCount edges {{ cursor }} nodes {{ {nodes} }} }} }}"),
            Value::Null,
        ));
        let arguments = field["args"].as_array().unwrap();
        for argument in arguments.iter().filter(|argument| argument["name"] == "filter") {
            let filter = argument["type"]["name"].as_str().unwrap();
            for input in types.0[filter]["inputFields"].as_array().unwrap() {
                if input["type"]["name"] == "String" {
                    let key = input["name"].as_str().unwrap();
                    let query = format!(
                        "query($text: String) {{ {name}(filter: {{ {key}: $text }}) {{ totalCount }} }}"
                    );
                    self.searches.push((query, format!("/{name}/totalCount")));
                }
            }
        }
        // A cursor of somebody else's list, and one that nobody has issued.
        for cursor in ["eyIxIjpbXX0", "WyIxIix7InQiOiLmiLfpm4AwMDAifSxudWxsXQ", "%"] {
            let query = format!(
                "query($after: String) {{ {name}(first: 100, after: $after) {{ totalCount nodes {{ id }} }} }}"
            );
            self.all.push((query, json!({ "after": cursor })));
        }
    }

    fn nodes(&mut self, types: &Types, forest: &Forest) {
        let of = types.selection("Node", 1);
        let ids = forest.ids();
        for ids in ids.chunks(100) {
            self.all.push((
                format!("query($ids: [ID!]!) {{ nodes(ids: $ids) {{ {of} }} }}"),
                json!({ "ids": ids }),
            ));
        }
        let deep = types.selection("Node", 2);
        for id in ids.iter().step_by(5) {
            self.all.push((format!("query($id: ID!) {{ node(id: $id) {{ {deep} }} }}"), json!({ "id": id })));
        }
    }

    fn progress(&mut self, types: &Types, forest: &Forest) {
        let answer = types.selection("Progress", 3);
        let groups = types.0["GroupBy"]["enumValues"]
            .as_array()
            .unwrap()
            .iter()
            .map(|value| value["name"].as_str().unwrap());
        for group in groups {
            let query = format!(
                "query($region: ID!) {{ progress(input: {{ region: {{ id: $region }}, period: {{ year: 2022 }}, groupBy: {group} }}) {{ {answer} }} }}"
            );
            for region in forest.region_ids().into_iter().step_by(2) {
                self.all.push((query.clone(), json!({ "region": region })));
            }
        }
    }

    /// A sixteenth of all questions, another one for each asker: all of them would take minutes.
    pub fn of_asker(&self, nth: usize) -> impl Iterator<Item = (&str, &Value)> {
        self.all.iter().skip(nth % 16).step_by(16).map(|(query, variables)| (query.as_str(), variables))
    }

    pub fn searches(&self) -> impl Iterator<Item = (&str, &str)> {
        self.searches.iter().map(|(query, path)| (query.as_str(), path.as_str()))
    }
}
