//! The document guard: what a GraphQL document asks for is known, and bounded, before anything is done for it.
//!
//! A text is scanned before it is parsed (`text`), and measured before it is validated (`measure`). Both take time in
//! proportion to the text, whatever its fragments would grow to: each is measured once. It knows no schema but what it
//! is told (`shape`), and neither network nor database.

mod escapes;
mod known;
mod measure;
mod refusal;
mod shape;
mod text;
mod typename;

use std::collections::BTreeSet;

use async_graphql_parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql_parser::{Positioned, parse_query};
use async_graphql_value::{ConstValue, Name, Variables};

pub use known::Known;
pub use measure::Measure;
use measure::Pass;
pub use refusal::{Limit, Refusal};
pub use shape::Shape;

/// What a document may ask for. Numbers count what fragments grow to where they are spread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the text.
    pub bytes: u64,
    /// Names, numbers, strings, signs and comments of the text: what the parser takes its time for.
    pub tokens: u64,
    /// Characters of a name.
    pub name: u64,
    /// Brackets within brackets, of any sort.
    pub nesting: u64,
    /// Fields within fields.
    pub depth: u64,
    /// Fields and fragments, of all operations and fragments together.
    pub selections: u64,
    pub aliases: u64,
    /// Directives, of fields and fragments.
    pub directives: u64,
    /// Fields of the root.
    pub roots: u64,
    /// Fields of a mutation's root.
    pub acts: u64,
    /// Values that the answer may hold.
    pub cost: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 32 * 1024,
            tokens: 2_500,
            name: 100,
            nesting: 40,
            depth: 16,
            selections: 2_000,
            aliases: 200,
            directives: 100,
            roots: 50,
            acts: 10,
            cost: 50_000,
        }
    }
}

/// Sets within sets, by way of fragments too: the executor goes no deeper than 32.
const HEIGHT: u64 = 30;

/// What of a request bears on its document.
pub struct Asked<'a> {
    pub text: &'a str,
    pub operation: Option<&'a str>,
    pub variables: &'a Variables,
}

/// A document that may be validated.
#[derive(Debug)]
pub struct Checked {
    pub document: ExecutableDocument,
    pub summary: Summary,
}

/// What the operation is that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The name of the operation that is asked for, where it has one.
    pub operation: Option<String>,
    /// What it does.
    pub kind: OperationType,
    /// How many values its answer may hold.
    pub cost: u64,
    /// Names of the fields of its root.
    pub roots: BTreeSet<String>,
    /// Whether any operation asks for the schema.
    pub introspects: bool,
}

/// The work that a document made: tokens scanned and selections measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    pub tokens: u64,
    pub steps: u64,
}

/// Reads a document as far as its limits let it be read.
pub fn read(asked: &Asked<'_>, shape: &Shape, limits: &Limits) -> (Work, Result<Checked, Refusal>) {
    let mut work = Work::default();
    let checked = parsed(asked.text, limits, &mut work.tokens).and_then(|document| {
        let summary = summary(&document, asked, shape, limits, &mut work.steps)?;
        given(&document, asked)?;
        Ok(Checked { document, summary })
    });
    (work, checked)
}

/// Parses a text that is within the limits of texts.
fn parsed(text: &str, limits: &Limits, tokens: &mut u64) -> Result<ExecutableDocument, Refusal> {
    text::scan(text, limits, tokens)?;
    let mut document = parse_query(escapes::known(text)).map_err(|error| Refusal::of_parser(&error))?;
    typename::mended(&mut document);
    Ok(document)
}

/// Measures a document.
fn summary(
    document: &ExecutableDocument,
    asked: &Asked<'_>,
    shape: &Shape,
    limits: &Limits,
    steps: &mut u64,
) -> Result<Summary, Refusal> {
    let chosen = chosen(&document.operations, asked.operation);
    let values = |name: &Name| value(name, asked.variables, chosen);
    let mut pass = Pass::new(&document.fragments, shape, &values);
    let outcome = whole(document, &mut pass, chosen, limits);
    *steps = pass.steps();
    let (cost, chosen) = (outcome?, chosen.ok_or(Refusal::Operation)?);
    let (operation, introspects) = (named(&document.operations, asked.operation), introspects(document));
    let mut roots = BTreeSet::new();
    root_fields(document, &chosen.node.selection_set.node, &mut BTreeSet::new(), &mut roots);
    Ok(Summary { operation, kind: chosen.node.ty, cost, roots, introspects })
}

/// The fields of a root, through each fragment once.
fn root_fields<'a>(
    document: &'a ExecutableDocument,
    set: &'a SelectionSet,
    spread: &mut BTreeSet<&'a Name>,
    roots: &mut BTreeSet<String>,
) {
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => {
                roots.insert(field.node.name.node.to_string());
            }
            Selection::InlineFragment(fragment) => {
                root_fields(document, &fragment.node.selection_set.node, spread, roots);
            }
            Selection::FragmentSpread(fragment) => {
                let name = &fragment.node.fragment_name.node;
                if let Some(fragment) = document.fragments.get(name).filter(|_| spread.insert(name)) {
                    root_fields(document, &fragment.node.selection_set.node, spread, roots);
                }
            }
        }
    }
}

/// Whether a root of it is the schema; a field below has no such name.
fn introspects(document: &ExecutableDocument) -> bool {
    fn within(set: &SelectionSet) -> bool {
        set.items.iter().any(|item| match &item.node {
            Selection::Field(field) => field.node.name.node == "__schema" || field.node.name.node == "__type",
            Selection::InlineFragment(fragment) => within(&fragment.node.selection_set.node),
            // Looked at by itself.
            Selection::FragmentSpread(_) => false,
        })
    }
    let mut operations = document.operations.iter();
    operations.any(|(_, operation)| within(&operation.node.selection_set.node))
        || document.fragments.values().any(|fragment| within(&fragment.node.selection_set.node))
}

/// Measures all there is, and what the chosen operation costs: the dearest where none is chosen.
fn whole<'a>(
    document: &'a ExecutableDocument,
    pass: &mut Pass<'a>,
    chosen: Option<&'a Positioned<OperationDefinition>>,
    limits: &Limits,
) -> Result<u64, Refusal> {
    let (mut selections, mut cost) = (0_u64, 0);
    let mut names: Vec<&Name> = document.fragments.keys().collect();
    names.sort();
    for name in names {
        let measure = pass.fragment(name)?;
        selections = selections.saturating_add(measure.selections);
    }
    for (_, operation) in document.operations.iter() {
        let measure = pass.operation(&operation.node)?;
        selections = selections.saturating_add(measure.selections);
        within(&measure, operation.node.ty, limits)?;
        if chosen.is_none_or(|chosen| std::ptr::eq(chosen, operation)) {
            cost = cost.max(measure.cost());
        }
    }
    Limit::Selections.hold(selections, limits.selections)?;
    Limit::Cost.hold(cost, limits.cost)?;
    Ok(cost)
}

fn within(measure: &Measure, kind: OperationType, limits: &Limits) -> Result<(), Refusal> {
    Limit::Depth.hold(measure.depth, limits.depth)?;
    Limit::Height.hold(measure.height, HEIGHT)?;
    Limit::Aliases.hold(measure.aliases, limits.aliases)?;
    Limit::Directives.hold(measure.directives, limits.directives)?;
    if kind == OperationType::Mutation {
        Limit::Acts.hold(measure.roots, limits.acts)
    } else {
        Limit::Roots.hold(measure.roots, limits.roots)
    }
}

/// All variables are given that have to be.
fn given(document: &ExecutableDocument, asked: &Asked<'_>) -> Result<(), Refusal> {
    let variables = asked.variables;
    let Some(operation) = chosen(&document.operations, asked.operation) else { return Ok(()) };
    let is_null = |name| variables.get(name).is_none_or(|value| *value == ConstValue::Null);
    let mut defined = operation.node.variable_definitions.iter();
    let missing = defined.find(|defined| {
        let variable = &defined.node;
        let needed = match variables.get(&variable.name.node) {
            Some(_) => true,
            None => variable.default_value.is_none(),
        };
        needed && !variable.var_type.node.nullable && is_null(&variable.name.node)
    });
    missing.map_or(Ok(()), |variable| Err(Refusal::Variable { at: variable.pos }))
}

/// The operation that is asked for.
fn chosen<'a>(
    operations: &'a DocumentOperations,
    name: Option<&str>,
) -> Option<&'a Positioned<OperationDefinition>> {
    match (operations, name) {
        (DocumentOperations::Single(operation), None) => Some(operation),
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Multiple(all), Some(name)) => all.get(name),
        (DocumentOperations::Multiple(all), None) => all.values().next().filter(|_| all.len() == 1),
    }
}

/// The name of the operation that is asked for, where it has one.
fn named(operations: &DocumentOperations, asked: Option<&str>) -> Option<String> {
    let DocumentOperations::Multiple(all) = operations else { return None };
    let (name, _) =
        all.iter().find(|(name, _)| asked.map_or(all.len() == 1, |asked| name.as_str() == asked))?;
    Some(name.to_string())
}

/// What a variable stands for.
fn value<'a>(
    name: &Name,
    variables: &'a Variables,
    chosen: Option<&'a Positioned<OperationDefinition>>,
) -> Option<&'a ConstValue> {
    variables.get(name).or_else(|| {
        let mut defined = chosen?.node.variable_definitions.iter();
        defined.find(|defined| defined.node.name.node == *name)?.node.default_value()
    })
}

#[cfg(test)]
mod tests;
