//! The lines that one request leaves in the access log: personal data that it was shown in clear, refusals and exports.
//! A client may give aliases to the fields of its answer; the log holds the names of the schema.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Context, ID, PathSegment, Request, Response, ServerError, Value};
use entity::access_line::{AccessKind, AccessResult};
use entity::fact::SourceType;
use entity::ids::LedgerId;
use uuid::Uuid;

use super::{AccessLog, Happened, Line};
use crate::access::Datum;
use crate::session::asker::Asker;
use platform::error::{Error, ErrorCode, code_name};
use platform::gid::Gid;

/// Events that gather while a request is answered.
#[derive(Default)]
pub struct Trail(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    shown: BTreeMap<(LedgerId, SourceType, Uuid), BTreeSet<Datum>>,
    refused: BTreeMap<(String, AccessResult), (Option<LedgerId>, u32)>,
    exported: Vec<(String, LedgerId)>,
}

impl Trail {
    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn trail<'a>(ctx: &Context<'a>) -> Option<&'a Arc<Trail>> {
    ctx.data_opt::<Arc<Trail>>()
}

/// Notes that a personal datum was shown in clear.
pub fn shown(ctx: &Context<'_>, ledger: LedgerId, whose: (SourceType, Uuid), datum: Datum) {
    if let Some(trail) = trail(ctx) {
        trail.seen().shown.entry((ledger, whose.0, whose.1)).or_default().insert(datum);
    }
}

/// Notes a refusal that becomes no error of the answer, or whose ledger is known.
pub fn refused(ctx: &Context<'_>, operation: &str, ledger: Option<LedgerId>, result: AccessResult) {
    if let Some(trail) = trail(ctx) {
        let mut seen = trail.seen();
        seen.refused.entry((operation.to_owned(), result)).or_insert((ledger, 0)).1 += 1;
    }
}

/// Notes that data of a ledger were exported.
pub fn exported(ctx: &Context<'_>, operation: &str, ledger: LedgerId) {
    if let Some(trail) = trail(ctx) {
        trail.seen().exported.push((operation.to_owned(), ledger));
    }
}

/// The kind of refusal that an error is; none for an error of another kind.
#[must_use]
pub fn result_of(error: &Error) -> Option<AccessResult> {
    match error.code() {
        ErrorCode::Forbidden => Some(AccessResult::Forbidden),
        ErrorCode::NotFound => Some(AccessResult::NotFound),
        _ => None,
    }
}

/// The parts of a request that are needed when it has been answered.
pub struct Asked {
    asker: Asker,
    query: String,
    operation: Option<String>,
    /// Variables of texts, which may be ids.
    texts: BTreeMap<String, String>,
}

/// Greatest length of a global id.
const ID_LENGTH: usize = 100;

impl Asked {
    #[must_use]
    pub fn of(request: &Request, asker: Asker) -> Self {
        let texts = request.variables.iter().filter_map(|(name, value)| match value {
            Value::String(text) if text.len() <= ID_LENGTH => Some((name.to_string(), text.clone())),
            _ => None,
        });
        Self {
            asker,
            texts: texts.collect(),
            query: request.query.clone(),
            operation: request.operation_name.clone(),
        }
    }

    /// Writes the lines of the request to the log.
    pub fn tell(&self, log: &AccessLog, trail: &Trail, answer: &Response) {
        let mut seen = std::mem::take(&mut *trail.seen());
        let is_refusal = |error: &&ServerError| result(error, &self.asker).is_some();
        let refusals: Vec<&ServerError> = answer.errors.iter().filter(is_refusal).collect();
        if seen.shown.is_empty() && seen.refused.is_empty() && seen.exported.is_empty() && refusals.is_empty()
        {
            return;
        }
        // The request was carried out, so its query can be parsed.
        let Ok(document) = parse_query(&self.query) else { return };
        let own: BTreeSet<_> = seen.refused.keys().cloned().collect();
        for error in refusals {
            let (Some(result), named) = (result(error, &self.asker), self.named(&document, &error.path))
            else {
                continue;
            };
            let (operation, ledger) = named.unwrap_or_default();
            if !own.contains(&(operation.clone(), result)) {
                seen.refused.entry((operation, result)).or_insert((ledger, 0)).1 += 1;
            }
        }
        self.tell_all(log, seen, &self.roots(&document));
    }

    fn tell_all(&self, log: &AccessLog, seen: Seen, roots: &str) {
        let at = log.now();
        let line = |kind, result, times, rest: &dyn Fn(&mut Happened)| {
            let mut what = self.asker.happened(kind, result);
            rest(&mut what);
            log.tell(Line { at, request: Some(self.asker.request), times, what });
        };
        for ((ledger, of, id), data) in seen.shown {
            line(AccessKind::UnmaskedRead, AccessResult::Succeeded, 1, &|what| {
                roots.clone_into(&mut what.operation);
                (what.ledger, what.subject) = (Some(ledger), Some((of, id)));
                what.data = data.iter().map(|datum| datum.code()).collect::<Vec<_>>().join("+");
            });
        }
        for ((operation, result), (ledger, times)) in seen.refused {
            line(AccessKind::Refusal, result, times, &|what| {
                (what.operation, what.ledger) = (operation.clone(), ledger);
            });
        }
        for (operation, ledger) in seen.exported {
            line(AccessKind::Export, AccessResult::Succeeded, 1, &|what| {
                (what.operation, what.ledger) = (operation.clone(), Some(ledger));
            });
        }
    }

    fn selection<'a>(&self, document: &'a ExecutableDocument) -> Option<&'a SelectionSet> {
        let wanted = |name: Option<&str>| self.operation.is_none() || name == self.operation.as_deref();
        let mut operations = document.operations.iter();
        let (_, operation) = operations.find(|(name, _)| wanted(name.map(async_graphql::Name::as_str)))?;
        Some(&operation.node.selection_set.node)
    }

    /// The fields of the root, by their names in the schema.
    fn roots(&self, document: &ExecutableDocument) -> String {
        let Some(selection) = self.selection(document) else { return String::new() };
        let mut fields = vec![];
        flatten(document, selection, 0, &mut fields);
        let names: BTreeSet<&str> = fields.iter().map(|field| field.name.node.as_str()).collect();
        names.into_iter().collect::<Vec<_>>().join("+")
    }

    /// The path of an error by the schema's names, and the ledger that the root field's argument `id` names.
    fn named(
        &self,
        document: &ExecutableDocument,
        path: &[PathSegment],
    ) -> Option<(String, Option<LedgerId>)> {
        let keys: Vec<&str> = path
            .iter()
            .filter_map(|part| if let PathSegment::Field(key) = part { Some(key.as_str()) } else { None })
            .collect();
        let mut found = vec![];
        follow(document, self.selection(document)?, &keys, &mut found);
        let names: Vec<&str> = found.iter().map(|field| field.name.node.as_str()).collect();
        Some((names.join("."), found.first().and_then(|root| self.ledger(root))))
    }

    fn ledger(&self, root: &Field) -> Option<LedgerId> {
        let text =
            |name: async_graphql::Name| self.texts.get(name.as_str()).cloned().map(Value::String).ok_or(());
        let Ok(Value::String(id)) = root.get_argument("id")?.node.clone().into_const_with(text) else {
            return None;
        };
        let gid = Gid::decode(&ID(id))?;
        Some(gid.ledger).filter(|ledger| *ledger != LedgerId::REFERENCE)
    }
}

/// The kind of refusal that an error of the answer is. A request without a token that is unauthenticated counts as
/// none.
fn result(error: &ServerError, asker: &Asker) -> Option<AccessResult> {
    let Some(Value::Enum(code)) = error.extensions.as_ref()?.get("code") else { return None };
    let is = |wanted| code.as_str() == code_name(wanted);
    if is(ErrorCode::Forbidden) {
        Some(AccessResult::Forbidden)
    } else if is(ErrorCode::NotFound) {
        Some(AccessResult::NotFound)
    } else if is(ErrorCode::Unauthenticated) && asker.bearer.is_some() {
        Some(AccessResult::Unauthenticated)
    } else {
        None
    }
}

/// Greatest depth of fragments within fragments. A query that was carried out has no circle; the limit holds without
/// that.
const DEPTH: usize = 32;

/// All fields of a selection, also those in fragments.
fn flatten<'a>(
    document: &'a ExecutableDocument,
    set: &'a SelectionSet,
    depth: usize,
    fields: &mut Vec<&'a Field>,
) {
    for item in set.items.iter().filter(|_| depth < DEPTH) {
        match &item.node {
            Selection::Field(field) => fields.push(&field.node),
            Selection::InlineFragment(part) => {
                flatten(document, &part.node.selection_set.node, depth + 1, fields);
            }
            Selection::FragmentSpread(spread) => {
                if let Some(part) = document.fragments.get(&spread.node.fragment_name.node) {
                    flatten(document, &part.node.selection_set.node, depth + 1, fields);
                }
            }
        }
    }
}

/// Finds the fields on a path of response keys; false if there is no such path.
fn follow<'a>(
    document: &'a ExecutableDocument,
    set: &'a SelectionSet,
    keys: &[&str],
    found: &mut Vec<&'a Field>,
) -> bool {
    let Some((key, rest)) = keys.split_first() else { return true };
    let mut fields = vec![];
    flatten(document, set, 0, &mut fields);
    for field in fields.into_iter().filter(|field| field.response_key().node.as_str() == *key) {
        found.push(field);
        if follow(document, &field.selection_set.node, rest, found) {
            return true;
        }
        found.pop();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_calls_a_field_is_not_written() {
        let query = "query A { viewer { account } }
            query B($id: ID!) { p13812341234: household(id: $id) { ...Who } people { nodes { name } } }
            fragment Who on Household { x13812341234: members { y: phone } }";
        let mut request = Request::new(query).operation_name("B");
        let id = Gid::record(SourceType::Household, LedgerId(7), Uuid::from_u128(42)).text();
        request.variables.insert(async_graphql::Name::new("id"), id.into());
        let asked = Asked::of(&request, Asker::default());
        let document = parse_query(query).unwrap();
        assert_eq!(asked.roots(&document), "household+people");
        let path =
            |keys: &[&str]| keys.iter().map(|key| PathSegment::Field((*key).to_owned())).collect::<Vec<_>>();
        let named = asked.named(&document, &path(&["p13812341234", "x13812341234", "y"]));
        assert_eq!(named, Some(("household.members.phone".to_owned(), Some(LedgerId(7)))));
        let circle = parse_query("query B { ...A } fragment A on Query { ...A }").unwrap();
        assert_eq!(asked.roots(&circle), "");
    }
}
