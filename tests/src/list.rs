//! Lists read to their end, page by page, from the start or from the end.

use serde_json::{Value, json};

use crate::Client;

/// A connection, read in pages of two.
#[derive(Clone, Copy, Debug, Default)]
pub struct List<'a> {
    pub field: &'a str,
    /// A field with its arguments whose connection it is, where it is none of the root's.
    pub of: Option<&'a str>,
    pub arguments: &'a str,
    /// What is read of each node.
    pub node: &'a str,
}

impl List<'_> {
    /// All nodes in the order of the list. Every page must say truly whether others lie around it.
    pub async fn paged(&self, client: &Client, backwards: bool) -> Vec<Value> {
        let (cursor, [more, less]) = if backwards {
            ("startCursor", ["hasPreviousPage", "hasNextPage"])
        } else {
            ("endCursor", ["hasNextPage", "hasPreviousPage"])
        };
        let (query, path) = (self.query(backwards), self.path());
        let (mut nodes, mut at) = (vec![], Value::Null);
        loop {
            let answer = client.post(&query, json!({ "cursor": at })).await.expect_ok();
            let page = answer.at(&path);
            let new = page["nodes"].as_array().unwrap().clone();
            let begun = !nodes.is_empty();
            let place = if backwards { 0 } else { nodes.len() };
            nodes.splice(place..place, new);
            let is_last = page["totalCount"] == json!(nodes.len());
            let told = (&page["pageInfo"][less], &page["pageInfo"][more]);
            assert_eq!(told, (&json!(begun), &json!(!is_last)), "{query} {answer}");
            if is_last {
                return nodes;
            }
            at = page["pageInfo"][cursor].clone();
        }
    }

    fn query(&self, backwards: bool) -> String {
        let Self { field, arguments, node, .. } = self;
        let (size, from) = if backwards { ("last", "before") } else { ("first", "after") };
        let page = format!(
            "{field}({size}: 2 {from}: $cursor {arguments}) {{ totalCount nodes {{ {node} }}
                pageInfo {{ startCursor endCursor hasNextPage hasPreviousPage }} }}"
        );
        let page = self.of.map_or(page.clone(), |of| format!("{of} {{ {page} }}"));
        format!("query($cursor: String) {{ {page} }}")
    }

    fn path(&self) -> String {
        let of = self.of.map(|of| format!("/{}", of.split('(').next().unwrap_or(of)));
        format!("{}/{}", of.unwrap_or_default(), self.field)
    }
}
