//! Entering and changing records: shared by the acts of all types.

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
use super::lifetime::{counts_anew, none_erased, still_stands, was_there, were_there};
use super::resolve::{Resolved, origin, resolve};
use super::unit::{Measured, in_unit_of_kind};
use crate::access::scope::{Whole, one_of};
use crate::access::{Action, Within};
use crate::exemption::stands_alone;
use crate::ledger::{Moves, Record, Subject, Tx};
use crate::link::{ledger_of_target, may_name};
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;
use platform::say;

/// A code, and the set that must contain it: a set of the catalogue, or of one of the record's programmes.
#[derive(Clone, Copy)]
pub struct Coded<'a> {
    pub set: &'static str,
    pub code: &'a str,
    pub field: &'a str,
}

/// Elements that records of all types share: title, day, place, links and parties.
/// 记录的共同要素:标题、日期、地点、结对和相关方。
#[derive(InputObject, Serialize, Clone, Default)]
#[graphql(name = "RecordInput")]
pub struct About {
    /// UUID chosen by the caller; the server makes one if absent.
    /// 由调用方选择的UUID;默认由服务器生成。
    pub id: Option<Uuid>,
    /// Title in one line, at most 2000 characters.
    /// 标题,一行,不超过2000字。
    pub title: String,
    /// Details, with line breaks; at most 2000 characters.
    /// 详细内容,可分行,不超过2000字。
    pub detail: Option<String>,
    /// Day on which it happened, in Asia/Shanghai; not in the future, except for a plan.
    /// 发生日期(北京时间);除规划外不晚于今天。
    pub happened_on: Date,
    /// Time at which it was written down, if it is sent later; the time of arrival if absent.
    /// 填写时间,离线填写后补报的填写;默认为接收时间。
    pub recorded_at: Option<DateTime<Utc>>,
    /// Links that the record serves; each must hold on the day, except for a plan. They add their helpers, targets and
    /// programmes to the record.
    /// 服务的结对,除规划外须在当日有效;结对的帮扶方、帮扶对象和行动自动计入。
    #[graphql(default)]
    pub links: Vec<ID>,
    /// Programmes that the record counts for, besides those of its links.
    /// 所属行动,不必重复结对的行动。
    #[graphql(default)]
    pub programmes: Vec<ID>,
    /// Helpers besides those of the links: seats, committees or organisations.
    /// 结对以外的帮扶方:席位、委室或单位。
    #[graphql(default)]
    pub helpers: Vec<ID>,
    /// Targets besides those of the links: households, regions or industries.
    /// 结对以外的帮扶对象:农户、区划或产业。
    #[graphql(default)]
    pub targets: Vec<ID>,
    /// Seats that took part.
    /// 参与的席位。
    #[graphql(default)]
    pub participants: Vec<ID>,
    /// Region where it happened; if absent, the one where the first link or target lies.
    /// 发生地点;默认为首个结对或帮扶对象所在地。
    pub region: Option<ID>,
    /// Record that this one arose from, of the same ledger.
    /// 来源记录,须在同一台账。
    pub origin: Option<ID>,
    /// Keys of the categories to tag the record with, from the catalogue or its programmes.
    /// 标签的类别键,取自目录或所属行动。
    #[graphql(default)]
    pub tags: Vec<Uuid>,
}

/// A record to enter: the elements that all types share, and the columns that its own type fills.
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
    /// True if the day may lie in the future: plans are made ahead.
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

/// The ledger in which a record lies: that of its first link, else of its first target, else of its region.
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
    Error::field("targets", ErrorCode::Required, say!("record-nowhere"))
}

/// Returns the code if a usable set of that name contains it; refuses it otherwise.
pub async fn coded(tx: &Tx, wanted: Coded<'_>, programmes: &[ProgrammeId]) -> Result<String> {
    categories(tx, wanted, programmes).await.map(|_| wanted.code.to_owned())
}

/// Categories with the code in the sets of that name, the catalogue's and the programmes' own: at least one.
async fn categories(tx: &Tx, wanted: Coded<'_>, programmes: &[ProgrammeId]) -> Result<Vec<category::Model>> {
    let of_name = usable_sets(programmes).and_where(category_set::Column::Code.eq(wanted.set)).to_owned();
    let found = category::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(category::Column::SetId.in_subquery(of_name))
        .filter(category::Column::Code.eq(wanted.code))
        .all(tx.db())
        .await?;
    if found.is_empty() {
        let message = say!("record-code-not-in-set", code = wanted.code, set = wanted.set);
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

/// Keys of the tags, each once. Refuses a tag that is not a category of a usable set.
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

/// Enters a record: checks the rows that it names, writes it with its references, and opens its facts.
pub async fn enter(tx: &mut Tx, entry: Entry<'_>) -> Result<Subject> {
    let record = write(tx, entry).await?;
    tx.created(&record);
    Ok(Subject { of: record.row.source_type, id: record.row.id.0 })
}

/// Writes a record without opening its facts, so that its type can add rows first, such as the funds of a project. The
/// caller then opens them with `Tx::created`.
pub async fn write(tx: &Tx, entry: Entry<'_>) -> Result<Aggregate> {
    let about = entry.about;
    check::happens("happenedOn", about.happened_on, entry.ahead, tx.today())?;
    check::ends_after("until", about.happened_on, entry.until_on)?;
    let Resolved { mut refs, region, household } = resolve(tx, &entry).await?;
    for (_, id) in entry.refs.iter().filter(|(role, _)| *role == RefRole::Programme) {
        may_name(tx, ProgrammeId(*id), programme_field(entry.of)).await?;
    }
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
            id: Set(RecordId(tx.new_id(about.id).await?)),
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

/// The input field that names the programme of a record.
const fn programme_field(of: SourceType) -> &'static str {
    match of {
        SourceType::Mark => "duty",
        SourceType::Exemption => "rule",
        _ => "programmes",
    }
}

/// Quantity and unit of a record, converted to the unit of its kind.
async fn measured(tx: &Tx, entry: &Entry<'_>, programmes: &[ProgrammeId]) -> Result<Measured> {
    let kinds = match entry.kind {
        Some(kind) => categories(tx, kind, programmes).await?,
        None => vec![],
    };
    let said = Measured { quantity: entry.quantity, unit: entry.unit.clone() };
    in_unit_of_kind(tx, entry.of, &kinds, programmes, said).await
}

/// A record that begins to count is counted in the unit of its kind, which other records may have settled meanwhile.
async fn counted_in_unit(tx: &Tx, record: &Aggregate, row: &mut record::ActiveModel) -> Result<()> {
    let set = match record.row.source_type {
        SourceType::Contribution => "CONTRIBUTION_KIND",
        SourceType::Outcome => "OUTCOME_KIND",
        _ => return Ok(()),
    };
    let kind = Coded { set, code: &record.row.kind, field: "record" };
    let kinds = categories(tx, kind, &record.programmes).await?;
    let said = Measured { quantity: *row.quantity.as_ref(), unit: record.row.unit.clone() };
    let counted = in_unit_of_kind(tx, record.row.source_type, &kinds, &record.programmes, said).await;
    let Measured { quantity, unit } = counted.map_err(|error| error.on("record"))?;
    (row.quantity, row.unit) = (Set(quantity), Set(unit));
    Ok(())
}

/// VERIFIED if the viewer's office keeps the ledger and may verify the record: an office has checked what it enters.
/// SUBMITTED otherwise.
async fn first_verification(tx: &Tx, refs: &[(RefRole, Uuid)]) -> Result<Verification> {
    let checked = tx.viewer().keeps(tx.ledger()) && may_verify(tx, refs).await?;
    Ok(if checked { Verification::Verified } else { Verification::Submitted })
}

/// May the viewer's office verify a record with these references? An office bound to organisations verifies records of
/// their programmes and records without a programme, any other office all of them.
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

/// A record of one of these types, in the act's ledger and scope, with its references, steps and funds. Refuses it if
/// its version is not the expected one, or the data of a household it names were erased.
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

/// Refuses a change by a viewer whose scope does not hold the whole ledger, unless the account entered the record, the
/// record names a helper of the viewer's (a seat, committee or organisation), or it is a need of the viewer's area.
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

/// Changes to a record that come with a step.
#[derive(Default)]
pub struct Reached {
    pub note: Option<String>,
    pub reason: Option<String>,
    pub satisfaction: Option<Satisfaction>,
    pub helper: Option<(RefRole, Uuid)>,
}

/// Writes a step of a record, and the changes that come with it.
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
    if let Some(helper) = reached.helper {
        was_there(tx, helper, on).await?;
    }
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

/// Writes a changed record. A record that was verified or rejected becomes VERIFIED if the office that may verify it
/// made the change, and SUBMITTED if anybody else did. A reason for rejection is cleared unless the change sets one.
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
    if was.verification != Verification::Verified && *row.verification.as_ref() == Verification::Verified {
        counted_in_unit(tx, &record, &mut row).await?;
    }
    record.row = tx.update(row).await?;
    if counts_anew(&was, &record.row) {
        still_stands(tx, &record).await?;
    }
    stands_alone(tx, &record).await?;
    tx.changed(&record, before).await?;
    Ok(Subject { of: record.row.source_type, id: record.row.id.0 })
}
