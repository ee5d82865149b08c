//! How records are entered and changed: shared by the acts of all types.

use std::collections::HashMap;

use async_graphql::{Context, ID, InputObject};
use chrono::{DateTime, NaiveDate, Utc};
use entity::fact::{SourceType, Step, Verification};
use entity::fact_ref::RefRole;
use entity::ids::{LedgerId, RecordId};
use entity::record::Satisfaction;
use entity::values::{Money, Quantity};
use entity::{category as categories, category_set, record, record_ref, record_step};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, IntoActiveModel, QueryFilter, Set};
use serde::Serialize;
use uuid::Uuid;

use super::aggregate::{Aggregate, aggregates, with_parents};
use super::first_step;
use super::resolve::{Resolved, origin, resolve};
use crate::access::scope::Whole;
use crate::access::{Action, Within};
use crate::check;
use crate::error::{Error, ErrorCode, Result};
use crate::gid::Gid;
use crate::ledger::{Moves, Record, Subject, Tx};
use crate::link::ledger_of_target;

/// A catalogue that a code must come from.
pub type Kinds = &'static str;

/// What most records say of themselves 记录要素.
#[derive(InputObject, Serialize, Clone, Default)]
pub struct About {
    /// Id chosen by the caller; a fresh one where absent.
    pub id: Option<Uuid>,
    /// What it is about, in a line 标题.
    pub title: String,
    /// What happened, at length 内容.
    pub detail: Option<String>,
    /// The day it happened, in Asia/Shanghai 发生日期.
    pub happened_on: NaiveDate,
    /// When it was written down, where that was before it is sent 填写时间.
    pub recorded_at: Option<DateTime<Utc>>,
    /// Links it serves; helpers, targets and programmes follow from them 服务的结对.
    #[graphql(default)]
    pub links: Vec<ID>,
    /// Programmes it counts for, besides those of its links 所属行动.
    #[graphql(default)]
    pub programmes: Vec<ID>,
    /// Helpers besides those of its links 帮扶方.
    #[graphql(default)]
    pub helpers: Vec<ID>,
    /// Targets besides those of its links 帮扶对象.
    #[graphql(default)]
    pub targets: Vec<ID>,
    /// Seats that took part 参与席位.
    #[graphql(default)]
    pub participants: Vec<ID>,
    /// Where it happened; where its target lies if absent 地点.
    pub region: Option<ID>,
    /// The record it arose from 由何而来.
    pub origin: Option<ID>,
}

/// A record to be entered: what it is about, and what its type adds.
pub struct Entry<'a> {
    pub of: SourceType,
    pub about: &'a About,
    pub kind: String,
    pub category: String,
    pub until_on: Option<NaiveDate>,
    pub due_on: Option<NaiveDate>,
    pub quantity: Quantity,
    pub unit: Option<String>,
    pub amount: Money,
    pub persons: i64,
    pub reason: Option<String>,
    /// References that the type adds.
    pub refs: Vec<(RefRole, Uuid)>,
    /// Whether a day to come is allowed: plans are made ahead.
    pub ahead: bool,
}

impl<'a> Entry<'a> {
    #[must_use]
    pub const fn new(of: SourceType, about: &'a About) -> Self {
        Self {
            of,
            about,
            kind: String::new(),
            category: String::new(),
            until_on: None,
            due_on: None,
            quantity: Quantity(0),
            unit: None,
            amount: Money(0),
            persons: 0,
            reason: None,
            refs: vec![],
            ahead: false,
        }
    }
}

/// The ledger in which a record lies: that of its first link, its first target, or the place it names.
pub async fn ledger_of_about(ctx: &Context<'_>, about: &About) -> Result<LedgerId> {
    if let Some(link) = about.links.first() {
        return Ok(Gid::parse(link, "links", &[SourceType::Link])?.ledger);
    }
    match (about.targets.first(), &about.region) {
        (Some(target), _) => ledger_of_target(ctx, target, "targets").await,
        (None, Some(region)) => ledger_of_target(ctx, region, "region").await,
        (None, None) => Err(nowhere()),
    }
}

pub(super) fn nowhere() -> Error {
    Error::field("targets", ErrorCode::Required, "name a link, a target or a region: it must lie somewhere")
}

/// A code of a catalogue, as it must be.
pub async fn kind(tx: &Tx, kinds: Kinds, code: &str, field: &str) -> Result<String> {
    let set = Query::select()
        .column(category_set::Column::Id)
        .from(category_set::Entity)
        .and_where(category_set::Column::Code.eq(kinds))
        .to_owned();
    let found = categories::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(categories::Column::SetId.in_subquery(set))
        .filter(categories::Column::Code.eq(code))
        .one(tx.db())
        .await?;
    match found {
        Some(row) => Ok(row.code),
        None => Err(Error::field(field, ErrorCode::Invalid, format!("`{code}` is no code of {kinds}"))),
    }
}

/// The same where there may be none.
pub async fn category(tx: &Tx, kinds: Kinds, code: Option<&str>, field: &str) -> Result<String> {
    match code {
        Some(code) => kind(tx, kinds, code, field).await,
        None => Ok(String::new()),
    }
}

/// Enters a record: checks what it names, writes it with its references, and lets its facts begin.
pub async fn enter(tx: &mut Tx, entry: Entry<'_>) -> Result<Subject> {
    let record = write(tx, entry).await?;
    tx.created(&record);
    Ok(Subject { of: record.row.source_type, id: record.row.id.0 })
}

/// Writes a record whose facts are to begin when its type has added what belongs to it.
pub async fn write(tx: &Tx, entry: Entry<'_>) -> Result<Aggregate> {
    let about = entry.about;
    if !entry.ahead {
        check::has_come("happenedOn", about.happened_on, tx.today())?;
    }
    check::ends_after("until", about.happened_on, entry.until_on)?;
    let Resolved { mut refs, region, household } = resolve(tx, &entry).await?;
    refs.extend(entry.refs.iter().copied());
    let origin = origin(tx, about.origin.as_ref()).await?;
    refs.extend(origin.map(|id| (RefRole::Origin, id.0)));
    refs.sort_unstable();
    refs.dedup();
    let row = tx
        .insert(record::ActiveModel {
            ledger_id: Set(tx.ledger()),
            id: Set(RecordId(check::id(about.id)?)),
            source_type: Set(entry.of),
            kind: Set(entry.kind),
            category: Set(entry.category),
            step: Set(first_step(entry.of)),
            title: Set(check::text("title", &about.title)?),
            detail: Set(check::optional_text("detail", about.detail.as_deref())?),
            happened_on: Set(about.happened_on),
            until_on: Set(entry.until_on),
            due_on: Set(entry.due_on),
            region_id: Set(region),
            household_id: Set(household),
            origin_id: Set(origin),
            quantity: Set(entry.quantity),
            unit: Set(entry.unit),
            amount: Set(entry.amount),
            persons: Set(entry.persons),
            satisfaction: Set(None),
            verification: Set(first_verification(tx)),
            reason: Set(entry.reason),
            entered_by: Set(tx.account()),
            recorded_at: Set(check::recorded_at(about.recorded_at, tx.at())),
            received_at: Set(tx.at()),
            version: Set(tx.seq()),
        })
        .await?;
    tx.insert_many(ref_rows(tx.ledger(), row.id, &refs)).await?;
    let programmes = with_parents(tx.db(), &refs, &mut HashMap::new()).await?;
    Ok(Aggregate { row, refs, steps: vec![], funds: vec![], programmes })
}

/// What an office enters into its own ledger it has checked itself.
fn first_verification(tx: &Tx) -> Verification {
    if tx.viewer().keeps(tx.ledger()) { Verification::Verified } else { Verification::Submitted }
}

pub fn ref_rows(
    ledger: LedgerId,
    record: RecordId,
    refs: &[(RefRole, Uuid)],
) -> Vec<record_ref::ActiveModel> {
    let row = |&(role, id)| record_ref::ActiveModel {
        ledger_id: Set(ledger),
        record_id: Set(record),
        role: Set(role),
        ref_id: Set(id),
    };
    refs.iter().map(row).collect()
}

/// A record of the act's ledger and of that type, within scope, with all that belongs to it.
pub async fn of_type(
    tx: &Tx,
    id: &ID,
    field: &str,
    of: &[SourceType],
    expected: Option<i64>,
) -> Result<Aggregate> {
    let gid = Gid::parse(id, field, of)?;
    let row = record::Entity::within(tx.scope())
        .filter(record::Column::LedgerId.eq(tx.ledger()))
        .filter(record::Column::Id.eq(gid.id))
        .filter(record::Column::SourceType.eq(gid.of))
        .one(tx.db())
        .await?
        .ok_or_else(|| Error::missing(field))?;
    check::version(expected, row.version)?;
    let mut found = aggregates(tx.db(), tx.scope(), tx.ledger(), vec![row]).await?;
    found.pop().ok_or_else(|| Error::missing(field))
}

/// A member changes what they entered or took part in, and nothing else that they can see.
pub fn own_work(tx: &Tx, record: &Aggregate) -> Result<()> {
    let Some(own) = tx.scope().own().filter(|_| !tx.scope().holds(tx.ledger())) else { return Ok(()) };
    let took_part = |(_, id): &(RefRole, Uuid)| own.seats.iter().any(|seat| seat.0 == *id);
    if record.row.entered_by == tx.account() || record.refs.iter().any(took_part) {
        return Ok(());
    }
    Err(Error::Forbidden)
}

/// What changes when a record reaches a step.
#[derive(Default)]
pub struct Reached {
    pub note: Option<String>,
    pub reason: Option<String>,
    pub satisfaction: Option<Satisfaction>,
    pub helper: Option<(RefRole, Uuid)>,
}

/// Takes a record one step on.
pub async fn reach_step(
    tx: &mut Tx,
    mut record: Aggregate,
    step: Step,
    on: NaiveDate,
    reached: Reached,
) -> Result<Subject> {
    check::has_come("on", on, tx.today())?;
    let earliest = record.steps.last().map_or(record.row.happened_on, |step| step.on_day);
    check::ends_after("on", earliest, Some(on))?;
    let before = record.moves();
    let taken = tx
        .insert(record_step::ActiveModel {
            ledger_id: Set(tx.ledger()),
            record_id: Set(record.row.id),
            position: Set(i32::try_from(record.steps.len()).unwrap_or(i32::MAX)),
            step: Set(step),
            on_day: Set(on),
            note: Set(reached.note),
            entered_by: Set(tx.account()),
        })
        .await?;
    record.steps.push(taken);
    if let Some(helper) = reached.helper
        && !record.refs.contains(&helper)
    {
        tx.insert_many(ref_rows(tx.ledger(), record.row.id, &[helper])).await?;
        record.refs.push(helper);
    }
    let mut row = record.row.clone().into_active_model();
    row.step = Set(step);
    if reached.reason.is_some() {
        row.reason = Set(reached.reason);
    }
    if reached.satisfaction.is_some() {
        row.satisfaction = Set(reached.satisfaction);
    }
    amend(tx, record, row, before).await
}

/// Writes a changed record. What a helper changes must be checked again; what the office changes it has checked.
pub async fn amend(
    tx: &mut Tx,
    mut record: Aggregate,
    mut row: record::ActiveModel,
    before: Moves,
) -> Result<Subject> {
    if record.row.verification != Verification::Submitted && row.verification.is_unchanged() {
        row.verification = Set(first_verification(tx));
    }
    if record.row.verification == Verification::Rejected && row.reason.is_unchanged() {
        // It said why the record was rejected.
        row.reason = Set(None);
    }
    row.version = Set(tx.seq());
    record.row = tx.update(row).await?;
    tx.changed(&record, before).await?;
    Ok(Subject { of: record.row.source_type, id: record.row.id.0 })
}
