//! Refuses a null that would widen a question: a blank cell in a filter must not mean everything. A field that is
//! left out, or a variable that is not given, narrows nothing. Mutations say for each field what null means; only
//! their filters are checked.

use std::collections::BTreeSet;

use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet};
use async_graphql::registry::{MetaInputValue, MetaType, MetaTypeName};
use async_graphql::{Name, Positioned, Value as Given, Variables};
use async_graphql_value::Value;

use super::outline::Outline;
use super::values::{Types, Unfit, chosen};
use platform::error::ErrorCode;

/// Arguments in which null has a meaning of its own: the first page, the usual order, the present, one total,
/// verified records.
const USUAL: [&str; 9] =
    ["first", "last", "after", "before", "orderBy", "direction", "asOf", "groupBy", "verification"];

/// The first null that would widen what is asked for.
pub fn unfit(
    outline: &Outline,
    document: &ExecutableDocument,
    operation: Option<&str>,
    variables: &Variables,
) -> Option<Unfit> {
    let operation = chosen(document, operation)?;
    let mut search = Search { outline, document, operation, variables, spread: BTreeSet::new() };
    let root = outline.root(operation.ty)?;
    search.set(&operation.selection_set.node, root)
}

struct Search<'a> {
    outline: &'a Outline,
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
    /// Fragments that have been visited.
    spread: BTreeSet<&'a Name>,
}

impl<'a> Search<'a> {
    fn set(&mut self, set: &'a SelectionSet, on: &'a str) -> Option<Unfit> {
        set.items.iter().find_map(|item| match &item.node {
            Selection::Field(field) => self.field(&field.node, on),
            Selection::InlineFragment(inline) => {
                let condition = inline.node.type_condition.as_ref();
                let on = condition.map_or(on, |condition| condition.node.on.node.as_str());
                self.set(&inline.node.selection_set.node, on)
            }
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                let fragment = self.document.fragments.get(name).filter(|_| self.spread.insert(name))?;
                let on = fragment.node.type_condition.node.on.node.as_str();
                self.set(&fragment.node.selection_set.node, on)
            }
        })
    }

    fn field(&mut self, field: &'a Field, on: &'a str) -> Option<Unfit> {
        // Validation refuses a field that its type does not have.
        let known = self.outline.types.get(on)?.field_by_name(&field.name.node)?;
        let is_act = self.outline.mutation == on;
        let found = field.arguments.iter().find_map(|(name, value)| {
            let argument = known.args.get(name.node.as_str())?;
            self.argument(argument, value, is_act)
        });
        found.or_else(|| self.set(&field.selection_set.node, MetaTypeName::concrete_typename(&known.ty)))
    }

    fn argument(&self, of: &MetaInputValue, value: &Positioned<Value>, is_act: bool) -> Option<Unfit> {
        let narrows = !is_act && !USUAL.contains(&of.name.as_str());
        let path = self.null(&of.ty, &value.node, narrows, !is_act)?;
        let path = format!("{}{path}", of.name);
        let why = format!("`{path}` is null, which would narrow nothing: leave it out, or give a value");
        Some(Unfit { at: value.pos, why, code: ErrorCode::Required })
    }

    /// Path to a null that would widen. In a query (`asks`) every input narrows, in a mutation only a filter does.
    fn null(&self, of: &str, value: &Value, narrows: bool, asks: bool) -> Option<String> {
        let types = &self.outline.types;
        match value {
            Value::Variable(name) => null_given(types, of, self.given(name)?, narrows, asks),
            Value::Null => widens(of, narrows),
            Value::List(items) => items.iter().enumerate().find_map(|(at, item)| {
                Some(format!(".{at}{}", self.null(item_of(of), item, narrows, asks)?))
            }),
            Value::Object(fields) => fields.iter().find_map(|(name, value)| {
                let (field, narrows) = field_of(types, of, name, asks)?;
                Some(format!(".{name}{}", self.null(&field.ty, value, narrows, asks)?))
            }),
            _ => None,
        }
    }

    /// Value of a variable, or its default; `None` if there is neither.
    fn given(&self, name: &Name) -> Option<&Given> {
        self.variables.get(name).or_else(|| {
            let mut defined = self.operation.variable_definitions.iter();
            let defined = defined.find(|defined| defined.node.name.node == *name)?;
            // Not the method of this name, which answers null if there is no default.
            defined.node.default_value.as_ref().map(|value| &value.node)
        })
    }
}

fn null_given(types: &Types, of: &str, value: &Given, narrows: bool, asks: bool) -> Option<String> {
    match value {
        Given::Null => widens(of, narrows),
        Given::List(items) => items.iter().enumerate().find_map(|(at, item)| {
            Some(format!(".{at}{}", null_given(types, item_of(of), item, narrows, asks)?))
        }),
        Given::Object(fields) => fields.iter().find_map(|(name, value)| {
            let (field, narrows) = field_of(types, of, name, asks)?;
            Some(format!(".{name}{}", null_given(types, &field.ty, value, narrows, asks)?))
        }),
        _ => None,
    }
}

/// Only a nullable type takes a null; validation refuses it elsewhere.
fn widens(of: &str, narrows: bool) -> Option<String> {
    (narrows && !of.ends_with('!')).then(String::new)
}

/// Type of a list's items; the type itself where a single value stands for a list.
fn item_of(of: &str) -> &str {
    match MetaTypeName::create(of) {
        MetaTypeName::NonNull(of) => item_of(of),
        MetaTypeName::List(of) | MetaTypeName::Named(of) => of,
    }
}

/// A field of an input object, and whether it narrows, so that a null would widen.
fn field_of<'a>(types: &'a Types, of: &str, name: &Name, asks: bool) -> Option<(&'a MetaInputValue, bool)> {
    let of = MetaTypeName::concrete_typename(of);
    let MetaType::InputObject { input_fields, .. } = types.get(of)? else { return None };
    let narrows = of.ends_with("Filter") || (asks && !USUAL.contains(&name.as_str()));
    Some((input_fields.get(name.as_str())?, narrows))
}
