//! Outline of the schema: costs by which documents are measured, and mutations that show a secret.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use async_graphql::OutputType;
use async_graphql::parser::types::OperationType;
use async_graphql::registry::Registry;
use guard::Shape;

use super::values::Types;
use crate::{Mutation, Query, node};

/// The schema's types and costs, without resolvers.
pub struct Outline {
    pub types: Types,
    pub shape: Shape,
    query: String,
    pub mutation: String,
    /// Mutations with one of the payloads `SECRETS`.
    secrets: BTreeSet<String>,
}

/// Payloads that hold a token, a secret or a personal value in clear.
const SECRETS: [&str; 4] =
    ["SignInPayload", "ApplicationSecretPayload", "RevealPayload", "PersonalCopyPayload"];

impl Outline {
    /// Name of the root type.
    pub fn root(&self, kind: OperationType) -> Option<&str> {
        match kind {
            OperationType::Query => Some(&self.query),
            OperationType::Mutation => Some(&self.mutation),
            OperationType::Subscription => None,
        }
    }

    pub fn shows_secrets(&self, roots: &BTreeSet<String>) -> bool {
        !self.secrets.is_disjoint(roots)
    }
}

/// Fields that do more work than their values show, because facts are counted and summed: type, field, and its cost
/// in values.
const WORK: [(&str, &str, u64); 12] = [
    ("Query", "progress", 200),
    ("Query", "publicFigures", 200),
    ("Progress", "freshness", 20),
    ("Progress", "groups", 100),
    ("Progress", "behind", 100),
    ("Progress", "unlinked", 100),
    ("ProgressGroup", "figures", 10),
    ("ProgressGroup", "ruleCompliance", 10),
    ("ProgressGroup", "targetCompliance", 10),
    ("ProgressGroup", "dutyCompliance", 10),
    ("ProgressGroup", "checklists", 10),
    ("ProgressGroup", "freshness", 10),
];

pub static OUTLINE: LazyLock<Outline> = LazyLock::new(|| {
    let mut registry = Registry::default();
    let roots = [Query::create_type_info(&mut registry), Mutation::create_type_info(&mut registry)];
    <node::Node as OutputType>::create_type_info(&mut registry);
    let [query, mutation] = roots.map(|root| root.trim_end_matches('!').to_owned());
    let (mut shape, mut secrets) = (Shape::new(&query, &mutation), BTreeSet::new());
    for (on, of) in &registry.types {
        for field in of.fields().into_iter().flat_map(|fields| fields.values()) {
            shape.field(on, &field.name, &field.ty);
            if *on == mutation && SECRETS.contains(&field.ty.trim_end_matches('!')) {
                secrets.insert(field.name.clone());
            }
        }
    }
    for (on, name, work) in WORK {
        shape.works(on, name, work);
    }
    Outline { types: registry.types, shape, query, mutation, secrets }
});
