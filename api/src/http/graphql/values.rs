//! Checks values of variables against their types, before execution. Documents that were validated before are not
//! checked by the library, and for others its message would quote the value.

use std::collections::BTreeMap;

use async_graphql::Positioned;
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, VariableDefinition};
use async_graphql::registry::{MetaInputValue, MetaType, MetaTypeName};
use async_graphql::{Name, Pos, Value, Variables};

use platform::error::ErrorCode;

pub type Types = BTreeMap<String, MetaType>;

/// A value that does not fit: where it is, and why.
pub struct Unfit {
    pub at: Pos,
    pub why: String,
    pub code: ErrorCode,
}

/// The first value that does not fit its variable.
pub fn unfit(
    types: &Types,
    document: &ExecutableDocument,
    operation: Option<&str>,
    variables: &Variables,
) -> Option<Unfit> {
    let chosen = chosen(document, operation)?;
    of_operation(types, chosen, variables)
}

/// The operation that is asked for.
pub fn chosen<'a>(
    document: &'a ExecutableDocument,
    operation: Option<&str>,
) -> Option<&'a OperationDefinition> {
    let mut operations = document.operations.iter();
    let chosen = |name: Option<&Name>| operation.is_none() || name.map(Name::as_str) == operation;
    operations.find(|(name, _)| chosen(*name)).map(|(_, operation)| &operation.node)
}

/// The defaults of an operation's variables.
pub fn defaults(document: &ExecutableDocument, operation: Option<&str>) -> Vec<(Name, Value)> {
    let definitions = chosen(document, operation).into_iter().flat_map(|chosen| &chosen.variable_definitions);
    let default = |definition: &Positioned<VariableDefinition>| {
        let default = definition.node.default_value.as_ref()?;
        Some((definition.node.name.node.clone(), default.node.clone()))
    };
    definitions.filter_map(default).collect()
}

fn of_operation(types: &Types, operation: &OperationDefinition, variables: &Variables) -> Option<Unfit> {
    operation.variable_definitions.iter().find_map(|variable| {
        let name = &variable.node.name.node;
        let (value, of) = (variables.get(name)?, variable.node.var_type.to_string());
        let (path, of) = wrong(types, &of, value, name.to_string())?;
        Some(Unfit { at: variable.pos, why: format!("`${path}` is no {of}"), code: ErrorCode::Invalid })
    })
}

/// Path to a value that does not fit, and the type expected there.
fn wrong(types: &Types, of: &str, value: &Value, path: String) -> Option<(String, String)> {
    let unless = |fits: bool, path: String| (!fits).then(|| (path, of.to_owned()));
    match (MetaTypeName::create(of), value) {
        (MetaTypeName::NonNull(_), Value::Null) => unless(false, path),
        (_, Value::Null) => None,
        (MetaTypeName::NonNull(of), _) => wrong(types, of, value, path),
        (MetaTypeName::List(of), Value::List(values)) => {
            let mut values = values.iter().enumerate();
            values.find_map(|(at, value)| wrong(types, of, value, format!("{path}.{at}")))
        }
        // A single value stands for a list of one.
        (MetaTypeName::List(of), one) => wrong(types, of, one, path),
        (MetaTypeName::Named(_), _) => match (types.get(of)?, value) {
            (MetaType::Scalar { is_valid, .. }, value) => {
                unless(is_valid.as_ref().is_none_or(|is_valid| is_valid(value)), path)
            }
            (MetaType::Enum { enum_values, .. }, Value::Enum(name)) => {
                unless(enum_values.contains_key(name.as_str()), path)
            }
            (MetaType::Enum { enum_values, .. }, Value::String(name)) => {
                unless(enum_values.contains_key(name), path)
            }
            (MetaType::InputObject { input_fields, oneof, .. }, Value::Object(fields)) => {
                let one = fields.len() == 1 && !fields.values().any(|value| *value == Value::Null);
                if *oneof && !one {
                    return unless(false, path);
                }
                if let Some(unknown) = fields.keys().find(|name| !input_fields.contains_key(name.as_str())) {
                    return unless(false, format!("{path}.{unknown}"));
                }
                let mut known = input_fields.values();
                known.find_map(|field| of_field(types, field, fields.get(field.name.as_str()), &path))
            }
            _ => unless(false, path),
        },
    }
}

fn of_field(
    types: &Types,
    field: &MetaInputValue,
    value: Option<&Value>,
    path: &str,
) -> Option<(String, String)> {
    let path = format!("{path}.{}", field.name);
    match value {
        Some(value) => wrong(types, &field.ty, value, path),
        None if field.default_value.is_none() && field.ty.ends_with('!') => Some((path, field.ty.clone())),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::registry::Registry;
    use async_graphql::{InputObject, InputType, OneofObject};
    use serde_json::json;

    use super::*;

    #[derive(InputObject)]
    #[allow(dead_code, reason = "its type is all that is asked for")]
    struct Whole {
        number: i32,
        #[graphql(default = 3)]
        usual: i32,
        texts: Option<Vec<String>>,
        one: Option<OneOf>,
    }

    #[derive(OneofObject)]
    #[allow(dead_code, reason = "its type is all that is asked for")]
    enum OneOf {
        A(bool),
        B(crate::page::Direction),
    }

    /// `unfit` refuses the values that the library's strict validation refuses.
    #[test]
    fn values_fit_as_the_library_has_it() {
        let mut registry = Registry::default();
        Whole::create_type_info(&mut registry);
        let document =
            async_graphql::parser::parse_query("query($whole: Whole!, $list: [String!]) { __typename }")
                .unwrap();
        let ask = |variables: serde_json::Value| {
            let unfit = unfit(&registry.types, &document, None, &Variables::from_json(variables));
            unfit.map(|unfit| unfit.why.replacen("`$", "", 1).replacen("` is no ", ": ", 1))
        };
        for fine in [
            json!({ "whole": { "number": 1 } }),
            json!({ "whole": { "number": 1, "usual": 2, "texts": ["a"], "one": { "b": "ASC" } }, "list": ["a"] }),
            json!({ "whole": { "number": 1, "texts": "a", "one": null }, "list": null }),
        ] {
            assert_eq!(ask(fine.clone()), None, "{fine}");
        }
        for (wrong, told) in [
            (json!({ "whole": null }), "whole: Whole!"),
            (json!({ "whole": {} }), "whole.number: Int!"),
            (json!({ "whole": [] }), "whole: Whole"),
            (json!({ "whole": { "number": "1" } }), "whole.number: Int"),
            (json!({ "whole": { "number": 1, "other": 1 } }), "whole.other: Whole"),
            (json!({ "whole": { "number": 1, "usual": null } }), "whole.usual: Int!"),
            (json!({ "whole": { "number": 1, "texts": ["a", null] } }), "whole.texts.1: String!"),
            (json!({ "whole": { "number": 1, "one": {} } }), "whole.one: OneOf"),
            (json!({ "whole": { "number": 1, "one": { "a": null } } }), "whole.one: OneOf"),
            (json!({ "whole": { "number": 1, "one": { "a": true, "b": "ASC" } } }), "whole.one: OneOf"),
            (json!({ "whole": { "number": 1, "one": { "b": "UP" } } }), "whole.one.b: Direction"),
            (json!({ "list": [1] }), "list.0: String"),
        ] {
            assert_eq!(ask(wrong.clone()).as_deref(), Some(told), "{wrong}");
        }
    }
}
