//! Conditional requests: an answer that holds figures alone has an ETag, derived from all that the answer depends on.
//! A caller who has the answer gets 304, after one statement and without the work.
#![expect(clippy::disallowed_methods, reason = "clocks belong to no ledger's rows")]

use std::collections::BTreeSet;

use async_graphql::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use entity::ids::LedgerId;
use headers::{ETag, HeaderMapExt, IfNoneMatch};
use sea_orm::{ConnectionTrait, Statement};
use sha2::{Digest, Sha256};

use super::media::Media;
use crate::access::{Action, Viewer};
use crate::request::RequestApp;
use platform::error::{Error, Result};
use platform::message::Language;

/// Root fields that are answered from figures and reference tables alone.
const FIGURES: &[&str] = &["progress", "publicFigures", "indicators", "catalogue"];

/// Number and sum of the ledger clocks that an answer may depend on. Clocks only go forward, so equal sums mean equal
/// clocks.
const CLOCKS: &str =
    "SELECT CAST(COUNT(*) AS BIGINT) AS ledgers, CAST(SUM(seq) AS BIGINT) AS acts FROM ledger_clock";

/// ETag of an answer; `None` if it holds anything but figures.
pub async fn tag(
    app: &RequestApp,
    viewer: Option<&Viewer>,
    request: &Request,
    roots: &BTreeSet<String>,
    media: Media,
) -> Result<Option<ETag>> {
    if !holds_figures_alone(roots) {
        return Ok(None);
    }
    let statement = Statement::from_string(app.db.backend(), format!("{CLOCKS}{}", of(viewer)));
    let row = app.db.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| Error::internal("there are no clocks"))?;
    let clocks: (i64, Option<i64>) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    let variables = serde_json::to_string(&request.variables).map_err(Error::internal)?;
    let program = env!("SANLIAN_BUILT_AT");
    let all = format!(
        "{program}\n{:?}\n{:?}\n{media:?}\n{}\n{clocks:?}\n{viewer:?}\n{variables}\n{}",
        Language::current(),
        request.operation_name,
        app.clock.today(),
        request.query,
    );
    format!("\"{:x}\"", Sha256::digest(all)).parse().map(Some).map_err(Error::internal)
}

fn holds_figures_alone(roots: &BTreeSet<String>) -> bool {
    let mut fields = roots.iter().map(String::as_str).filter(|root| *root != "__typename").peekable();
    fields.peek().is_some() && fields.all(|root| FIGURES.contains(&root))
}

/// Restricts `CLOCKS` to the viewer's ledgers. If figures are suppressed, all clocks count: what one ledger shows
/// depends on its neighbours.
fn of(viewer: Option<&Viewer>) -> String {
    let Some(viewer) = viewer.filter(|viewer| viewer.may(Action::ReadExactly).is_ok()) else {
        return String::new();
    };
    let grants = viewer.grants.iter().flat_map(|grant| {
        grant.ledgers.iter().chain(&grant.own_ledger).chain(grant.area.as_ref().map(|(ledger, _)| ledger))
    });
    let links = viewer.links.iter().map(|link| &link.ledger);
    let ledgers: BTreeSet<i32> = grants.chain(links).chain([&LedgerId::REFERENCE]).map(|id| id.0).collect();
    let ledgers: Vec<String> = ledgers.iter().map(ToString::to_string).collect();
    format!(" WHERE ledger_id IN ({})", ledgers.join(", "))
}

/// Whether the caller has this answer. `If-None-Match: *` names no answer, and does not count.
pub fn has(headers: &HeaderMap, tag: &ETag) -> bool {
    let known = headers.typed_get::<IfNoneMatch>().filter(|known| *known != IfNoneMatch::any());
    known.is_some_and(|known| !known.precondition_passes(tag))
}

/// The tag as the caller knows it: weak if the caller's copy was compressed.
pub fn as_known(headers: &HeaderMap, tag: &ETag) -> ETag {
    let weak = tag_text(tag).map(|text| format!("W/{text}"));
    let mut given = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let known = weak.filter(|weak| given.any(|given| given.contains(weak)));
    known.and_then(|weak| weak.parse().ok()).unwrap_or_else(|| tag.clone())
}

fn tag_text(tag: &ETag) -> Option<String> {
    let mut headers = HeaderMap::new();
    headers.typed_insert(tag.clone());
    headers.get(header::ETAG)?.to_str().ok().map(str::to_owned)
}

/// Sets the tag of an answer; caches must ask each time whether it still holds.
pub fn tell(headers: &mut HeaderMap, tag: ETag) {
    headers.typed_insert(tag);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(
        header::VARY,
        HeaderValue::from_static("authorization, accept, accept-encoding, accept-language"),
    );
}
