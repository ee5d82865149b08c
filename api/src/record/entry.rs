//! How records are entered and changed: shared by the acts of all types.

use std::collections::{BTreeSet, HashMap};

use async_graphql::{Context, ID, InputObject};
use chrono::{DateTime, Utc};
use entity::fact::{SourceType, Step, Verification};
use entity::fact_ref::RefRole;
use entity::ids::{LedgerId, ProgrammeId, RecordId};
use entity::record::Satisfaction;
use entity::values::{Date, Money, Quantity};
use entity::{category, category_set, programme, record, record_ref, record_step};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, IntoActiveModel, PaginatorTrait, QueryFilter, Set};
use serde::Serialize;
use uuid::Uuid;

use super::aggregate::{Aggregate, aggregates, with_parents};
use super::lifetime::{counts_anew, none_erased, still_stands, were_there};
use super::resolve::{Resolved, origin, resolve};
use super::unit::{Measured, in_unit_of_kind};
use crate::access::scope::{Whole, one_of};
use crate::access::{Action, Within};
use crate::exemption::stands_alone;
use crate::ledger::{Moves, Record, Subject, Tx};
use crate::link::ledger_of_target;
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;

/// A code that must come from a set: of the catalogue, or of one of the record's programmes.
#[derive(Clone, Copy)]
pub struct Coded<'a> {
    pub set: &'static str,
    pub code: &'a str,
    pub field: &'a str,
}

/// What most records say of themselves 记录要素.
#[derive(InputObject, Serialize, Clone, Default)]
#[graphql(name = "RecordInput")]
pub struct About {
    /// Id chosen by the caller; a fresh one where absent.
    pub id: Option<Uuid>,
    /// What it is about, in a line 标题.
    pub title: String,
    /// What happened, at length 内容.
    pub detail: Option<String>,
    /// The day it happened, in Asia/Shanghai 发生日期.
    pub happened_on: Date,
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
    /// Keys of categories, of the catalogue or of its programmes, that it is tagged with 标签.
    #[graphql(default)]
    pub tags: Vec<Uuid>,
}

/// A record to be entered: what it is about, and what its type adds.
pub struct Entry<'a> {
    pub of: SourceType,
    pub about: &'a About,
    pub kind: Option<Coded<'a>>,
    pub category: Option<Coded<'a>>,
    pub until_on: Option<Date>,
    pub due_on: Option<Date>,
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
            kind: None,
            category: None,
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

    /// The same, with a code of its kind.
    #[must_use]
    pub const fn kind(mut self, set: &'static str, code: &'a str) -> Self {
        self.kind = Some(Coded { set, code, field: "kind" });
        self
    }

    /// The same, with a code of its category.
    #[must_use]
    pub const fn category(mut self, set: &'static str, code: &'a str) -> Self {
        self.category = Some(Coded { set, code, field: "category" });
        self
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

/// The code, where a set of that name has it.
pub async fn coded(tx: &Tx, wanted: Coded<'_>, programmes: &[ProgrammeId]) -> Result<String> {
    categories(tx, wanted, programmes).await.map(|_| wanted.code.to_owned())
}

/// The categories of the code, one at least, of sets of that name: the catalogue's and the programmes' own.
async fn categories(tx: &Tx, wanted: Coded<'_>, programmes: &[ProgrammeId]) -> Result<Vec<category::Model>> {
    let of_name = usable_sets(programmes).and_where(category_set::Column::Code.eq(wanted.set)).to_owned();
    let found = category::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(category::Column::SetId.in_subquery(of_name))
        .filter(category::Column::Code.eq(wanted.code))
        .all(tx.db())
        .await?;
    if found.is_empty() {
        let message = format!("`{}` is no code of {}", wanted.code, wanted.set);
        return Err(Error::field(wanted.field, ErrorCode::Invalid, message));
    }
    Ok(found)
}

async fn coded_if_any(tx: &Tx, wanted: Option<Coded<'_>>, programmes: &[ProgrammeId]) -> Result<String> {
    match wanted {
        Some(wanted) => coded(tx, wanted, programmes).await,
        None => Ok(String::new()),
    }
}

/// Category sets of the catalogue and of these programmes.
fn usable_sets(programmes: &[ProgrammeId]) -> SelectStatement {
    use category_set::Column;
    let of_these = Condition::any()
        .add(Column::ProgrammeId.is_null())
        .add(Column::ProgrammeId.is_in(programmes.iter().copied()));
    Query::select().column(Column::Id).from(category_set::Entity).cond_where(of_these).to_owned()
}

/// The tags named, each once; all of them are categories of usable sets.
async fn tags(tx: &Tx, about: &About, programmes: &[ProgrammeId]) -> Result<BTreeSet<Uuid>> {
    let tags: BTreeSet<Uuid> = about.tags.iter().copied().collect();
    if tags.is_empty() {
        return Ok(tags);
    }
    let found = category::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(one_of(tx.scope().backend(), category::Column::Id, tags.iter().copied()))
        .filter(category::Column::SetId.in_subquery(usable_sets(programmes)))
        .count(tx.db())
        .await?;
    if found == tags.len() as u64 { Ok(tags) } else { Err(Error::missing("tags")) }
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
    check::happens("happenedOn", about.happened_on, entry.ahead, tx.today())?;
    check::ends_after("until", about.happened_on, entry.until_on)?;
    let Resolved { mut refs, region, household } = resolve(tx, &entry).await?;
    refs.extend(entry.refs.iter().copied());
    let origin = origin(tx, about.origin.as_ref()).await?;
    refs.extend(origin.map(|id| (RefRole::Origin, id.0)));
    let programmes = with_parents(tx.db(), &refs, &mut HashMap::new()).await?;
    refs.extend(tags(tx, about, &programmes).await?.into_iter().map(|id| (RefRole::Tag, id)));
    refs.sort_unstable();
    refs.dedup();
    let Measured { quantity, unit } = measured(tx, &entry, &programmes).await?;
    let row = tx
        .insert(record::ActiveModel {
            ledger_id: Set(tx.ledger()),
            id: Set(RecordId(check::id(about.id)?)),
            source_type: Set(entry.of),
            kind: Set(entry.kind.map(|kind| kind.code.to_owned()).unwrap_or_default()),
            category: Set(coded_if_any(tx, entry.category, &programmes).await?),
            step: Set(entry.of.first_step()),
            title: Set(check::text("title", &about.title)?),
            detail: Set(check::optional_prose("detail", about.detail.as_deref())?),
            happened_on: Set(about.happened_on),
            until_on: Set(entry.until_on),
            due_on: Set(entry.due_on),
            region_id: Set(region),
            household_id: Set(household),
            origin_id: Set(origin),
            quantity: Set(quantity),
            unit: Set(unit),
            amount: Set(entry.amount),
            persons: Set(entry.persons),
            satisfaction: Set(None),
            verification: Set(first_verification(tx, &refs).await?),
            reason: Set(entry.reason),
            rejection: Set(None),
            entered_by: Set(tx.account()),
            recorded_at: Set(check::recorded_at("recordedAt", about.recorded_at, tx.at())?),
            received_at: Set(tx.at()),
            version: Set(tx.seq()),
        })
        .await?;
    tx.insert_many(ref_rows(tx.ledger(), row.id, &refs)).await?;
    Ok(Aggregate { row, refs, steps: vec![], funds: vec![], driven: vec![], programmes })
}

/// Quantity and unit of a record, in the unit of its kind.
async fn measured(tx: &Tx, entry: &Entry<'_>, programmes: &[ProgrammeId]) -> Result<Measured> {
    let kinds = match entry.kind {
        Some(kind) => categories(tx, kind, programmes).await?,
        None => vec![],
    };
    let said = Measured { quantity: entry.quantity, unit: entry.unit.clone() };
    in_unit_of_kind(tx, entry.of, &kinds, programmes, said).await
}

/// What an office enters it has checked itself, where it may verify.
async fn first_verification(tx: &Tx, refs: &[(RefRole, Uuid)]) -> Result<Verification> {
    let checked = tx.viewer().keeps(tx.ledger()) && may_verify(tx, refs).await?;
    Ok(if checked { Verification::Verified } else { Verification::Submitted })
}

/// An office of an organisation verifies what belongs to a programme of that organisation, or to none.
pub(super) async fn may_verify(tx: &Tx, refs: &[(RefRole, Uuid)]) -> Result<bool> {
    let Some(offices) = tx.viewer().verifies_for(tx.ledger()) else { return Ok(true) };
    let programmes = refs.iter().filter(|(role, _)| *role == RefRole::Programme).map(|(_, id)| *id);
    let programmes: Vec<Uuid> = programmes.collect();
    if programmes.is_empty() {
        return Ok(true);
    }
    let own = programme::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(programme::Column::Id.is_in(programmes))
        .filter(programme::Column::OrganisationId.is_in(offices))
        .count(tx.db())
        .await?;
    Ok(own > 0)
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
    let record = found.pop().ok_or_else(|| Error::missing(field))?;
    none_erased(tx, &record.refs, field).await?;
    Ok(record)
}

/// Who does not keep the ledger changes what they entered or took part in, and the needs of their area; nothing else
/// that they can see.
pub fn own_work(tx: &Tx, record: &Aggregate) -> Result<()> {
    let (scope, row) = (tx.scope(), &record.row);
    let took_part = |(_, id): &(RefRole, Uuid)| scope.own().iter().any(|own| own.helpers.contains(id));
    let need_there = row.source_type == SourceType::Need && scope.holds_place(row.ledger_id, row.region_id);
    if scope.holds(tx.ledger())
        || need_there
        || row.entered_by == tx.account()
        || record.refs.iter().any(took_part)
    {
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
    on: Date,
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
    were_there(tx, &record.refs, on).await?;
    let mut row = record.row.clone().into_active_model();
    row.step = Set(step);
    if reached.reason.is_some() {
        row.reason = Set(reached.reason);
    }
    if reached.satisfaction.is_some() || step == Step::Reopened {
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
        row.verification = Set(first_verification(tx, &record.refs).await?);
    }
    if row.rejection.is_unchanged() {
        row.rejection = Set(None);
    }
    row.version = Set(tx.seq());
    let was = record.row.clone();
    record.row = tx.update(row).await?;
    if counts_anew(&was, &record.row) {
        still_stands(tx, &record).await?;
    }
    stands_alone(tx, &record).await?;
    tx.changed(&record, before).await?;
    Ok(Subject { of: record.row.source_type, id: record.row.id.0 })
}
