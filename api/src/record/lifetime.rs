//! Lifetimes: a record may name a seat, body, household, region or industry only for a day on which it exists. The acts
//! that enter, amend or verify a record check this, and so do the acts that give such a row a first or last day.

use std::collections::BTreeMap;

use entity::fact::{SourceType, Step, Verification};
use entity::fact_ref::RefRole;
use entity::values::Date;
use entity::{
    committee, household, industry, link, member, organisation, project_household, record, record_step,
    region,
};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, Select};
use uuid::Uuid;

use super::aggregate::Aggregate;
use super::query::referring;
use crate::access::scope::{Ledgered, Whole, one_of};
use crate::access::{Action, Within};
use crate::ledger::Tx;
use crate::link::{self as links, holds_on};
use crate::mark::duty_in_force;
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::message::Message;
use platform::say;

/// First and last day of a row that records name; none where the row has no such day.
type Lifetime = (Option<Date>, Option<Date>);

/// Refuses rows that do not exist at all or, if a day is given, not on that day.
pub async fn are_there(tx: &Tx, field: &str, named: &[(RefRole, Uuid)], day: Option<Date>) -> Result<()> {
    let Found { all, lifetimes } = found(tx, named).await?;
    if !all {
        return Err(Error::missing(field));
    }
    day.map_or(Ok(()), |day| all_there_on(&lifetimes, day, field))
}

/// Refuses a household whose data were erased.
pub async fn none_erased(tx: &Tx, named: &[(RefRole, Uuid)], field: &str) -> Result<()> {
    let ids = named.iter().filter(|(role, _)| *role == RefRole::TargetHousehold).map(|(_, id)| *id);
    let ids: Vec<Uuid> = ids.collect();
    if ids.is_empty() {
        return Ok(());
    }
    let erased = household::Entity::within(tx.scope())
        .filter(household::Column::LedgerId.eq(tx.ledger()))
        .filter(one_of(tx.scope().backend(), household::Column::Id, ids))
        .filter(household::Column::ErasedOn.is_not_null())
        .one(tx.db())
        .await?;
    check::not_erased(erased.and_then(|row| row.erased_on), field)
}

/// True if a record must be checked again: its day has changed, or the act takes back its rejection.
pub(super) fn counts_anew(was: &record::Model, row: &record::Model) -> bool {
    row.verification != Verification::Rejected
        && (was.happened_on != row.happened_on || was.verification == Verification::Rejected)
}

/// Refuses a record if its duty is not in force on its day, a link does not hold, or a row that it names does not
/// exist. A plan is checked for its duty alone. Households and links outside the viewer's scope are not checked.
pub(super) async fn still_stands(tx: &Tx, record: &Aggregate) -> Result<()> {
    const FIELD: &str = "happenedOn";
    let (day, refs) = (record.row.happened_on, &record.refs);
    if let Some((_, duty)) = refs.iter().find(|(role, _)| *role == RefRole::Duty) {
        duty_in_force(tx, *duty, day, FIELD).await?;
    }
    if record.row.source_type == SourceType::Plan {
        return Ok(());
    }
    let links = refs.iter().filter(|(role, _)| *role == RefRole::Link).map(|(_, id)| *id);
    let links = link::Entity::within(tx.scope())
        .filter(link::Column::LedgerId.eq(tx.ledger()))
        .filter(one_of(tx.scope().backend(), link::Column::Id, links))
        .all(tx.db())
        .await?;
    if !links.iter().all(|link| holds_on(link, day)) {
        return Err(Error::field(FIELD, ErrorCode::NotEligible, say!("record-link-not-active")));
    }
    let place = (RefRole::TargetRegion, record.row.region_id.0);
    let others = refs.iter().copied().filter(|(role, _)| !is_helper(*role));
    let named: Vec<_> = others.chain([place]).collect();
    all_there_on(&found(tx, &named).await?.lifetimes, day, FIELD)?;
    if let Some(last) = record.steps.iter().map(|step| step.on_day).max() {
        were_there(tx, refs, last).await.map_err(|error| error.on(FIELD))?;
    }
    were_matched(tx, record).await.map_err(|error| error.on(FIELD))?;
    let mut driven: BTreeMap<Date, Vec<(RefRole, Uuid)>> = BTreeMap::new();
    for row in &record.driven {
        driven.entry(row.on_day).or_default().push((RefRole::TargetHousehold, row.household_id.0));
    }
    for (day, households) in driven {
        all_there_on(&found(tx, &households).await?.lifetimes, day, FIELD)?;
    }
    Ok(())
}

/// Refuses a step on a day on which a party that is helped is not there. A region that has been merged into another leaves its
/// needs behind, and others go on for a helper who is gone.
pub(super) async fn were_there(tx: &Tx, refs: &[(RefRole, Uuid)], on: Date) -> Result<()> {
    let helped: Vec<_> = refs.iter().copied().filter(|(role, _)| is_helped(*role)).collect();
    all_there_on(&found(tx, &helped).await?.lifetimes, on, "on")
}

/// Each helper is there on the record's day, or on a day on which a need was matched; and on each such day one of them is.
async fn were_matched(tx: &Tx, record: &Aggregate) -> Result<()> {
    let mut helpers = vec![];
    for helper in record.refs.iter().copied().filter(|(role, _)| is_helper(*role)) {
        helpers.push(found(tx, &[helper]).await?.lifetimes);
    }
    let matched = record.steps.iter().filter(|step| step.step == Step::Matched).map(|step| step.on_day);
    let (first, matched): (Date, Vec<Date>) = (record.row.happened_on, matched.collect());
    let is_there = |helper: &Vec<Lifetime>, day: Date| all_there_on(helper, day, "on").is_ok();
    for helper in &helpers {
        if !matched.iter().any(|day| is_there(helper, *day)) {
            all_there_on(helper, first, "on")?;
        }
    }
    for day in matched {
        if let (Some(helper), false) = (helpers.first(), helpers.iter().any(|helper| is_there(helper, day))) {
            all_there_on(helper, day, "on")?;
        }
    }
    Ok(())
}

/// Refuses a day on which this party is not there.
pub(super) async fn was_there(tx: &Tx, party: (RefRole, Uuid), on: Date) -> Result<()> {
    all_there_on(&found(tx, &[party]).await?.lifetimes, on, "on")
}

const fn is_helper(role: RefRole) -> bool {
    matches!(role, RefRole::HelperMember | RefRole::HelperCommittee | RefRole::HelperOrganisation)
}

const fn is_helped(role: RefRole) -> bool {
    use RefRole::{TargetCommittee, TargetHousehold, TargetIndustry, TargetMember, TargetOrganisation};
    matches!(role, TargetHousehold | TargetIndustry | TargetMember | TargetCommittee | TargetOrganisation)
}

/// Lifetimes of the rows that were found, and whether all rows were.
struct Found {
    all: bool,
    lifetimes: Vec<Lifetime>,
}

/// Finds the rows that are named, with one statement for each of their types.
async fn found(tx: &Tx, named: &[(RefRole, Uuid)]) -> Result<Found> {
    let mut found = Found { all: true, lifetimes: vec![] };
    for of in [
        SourceType::Member,
        SourceType::Committee,
        SourceType::Organisation,
        SourceType::Household,
        SourceType::Region,
        SourceType::Industry,
    ] {
        let ids = named.iter().filter(|(role, _)| party(*role) == Some(of)).map(|(_, id)| *id);
        let mut ids: Vec<Uuid> = ids.collect();
        ids.sort_unstable();
        ids.dedup();
        if !ids.is_empty() {
            let lifetimes = lifetimes(tx, of, &ids).await?;
            found.all &= lifetimes.len() == ids.len();
            found.lifetimes.extend(lifetimes);
        }
    }
    Ok(found)
}

fn all_there_on(lifetimes: &[Lifetime], day: Date, field: &str) -> Result<()> {
    for (from, to) in lifetimes {
        let message = match (*from, *to) {
            (Some(first), _) if day < first => say!("record-party-begins-later", first = first, day = day),
            (_, Some(last)) if day > last => say!("record-party-ended", last = last, day = day),
            _ => continue,
        };
        return Err(Error::field(field, ErrorCode::NotEligible, message));
    }
    Ok(())
}

/// Type of the row behind a role, if rows of that type have a first or last day.
const fn party(role: RefRole) -> Option<SourceType> {
    match role {
        RefRole::HelperMember | RefRole::TargetMember | RefRole::Participant => Some(SourceType::Member),
        RefRole::HelperCommittee | RefRole::TargetCommittee => Some(SourceType::Committee),
        RefRole::HelperOrganisation | RefRole::TargetOrganisation => Some(SourceType::Organisation),
        RefRole::TargetHousehold => Some(SourceType::Household),
        RefRole::TargetRegion => Some(SourceType::Region),
        RefRole::TargetIndustry => Some(SourceType::Industry),
        RefRole::Programme
        | RefRole::Rule
        | RefRole::Link
        | RefRole::Duty
        | RefRole::Tag
        | RefRole::DrivenHousehold
        | RefRole::Person
        | RefRole::Organisation
        | RefRole::Committee
        | RefRole::Origin => None,
    }
}

async fn lifetimes(tx: &Tx, of: SourceType, ids: &[Uuid]) -> Result<Vec<Lifetime>> {
    let reading = tx.may(Action::ReadReference)?;
    macro_rules! of_table {
        ($rows:expr, $table:ident . $from:ident .. $to:ident) => {{
            use $table::Column;
            spans($rows, tx, ids, [Column::Id, Column::$from, Column::$to]).await
        }};
    }
    match of {
        SourceType::Member => of_table!(member::Entity::whole(&reading), member.FromOn..ToOn),
        SourceType::Committee => of_table!(committee::Entity::whole(&reading), committee.FromOn..ToOn),
        SourceType::Organisation => {
            of_table!(organisation::Entity::whole(&reading), organisation.FromOn..ToOn)
        }
        SourceType::Industry => of_table!(industry::Entity::whole(&reading), industry.FromOn..ToOn),
        SourceType::Region => of_table!(region::Entity::whole(&reading), region.ValidFrom..ValidTo),
        _ => {
            let rows =
                household::Entity::within(tx.scope()).filter(household::Column::LedgerId.eq(tx.ledger()));
            of_table!(rows, household.RegisteredOn..LeftOn)
        }
    }
}

async fn spans<E: EntityTrait>(
    rows: Select<E>,
    tx: &Tx,
    ids: &[Uuid],
    [id, from, to]: [E::Column; 3],
) -> Result<Vec<Lifetime>> {
    Ok(rows
        .select_only()
        .columns([from, to])
        .filter(one_of(tx.scope().backend(), id, ids.iter().copied()))
        .into_tuple()
        .all(tx.db())
        .await?)
}

/// Refuses a first day of a party after one of its links or records, and a last day before one of its links, its
/// records, a step of these, or the day on which a project began to drive it.
pub async fn nothing_outside(
    tx: &Tx,
    party: Uuid,
    (first, last): (Option<Date>, Option<Date>),
    field: &str,
) -> Result<()> {
    if let Some(first) = first {
        links::none_before(tx, party, first, field).await?;
        let earlier = naming(party).add(record::Column::HappenedOn.lt(first));
        none_where(tx, earlier, happened_before, field).await?;
    }
    if let Some(last) = last {
        links::none_after(tx, party, last, field).await?;
        let steps = record_step::Column::OnDay.gt(last);
        let steps = of_record(record_step::Entity, record_step::Column::RecordId, steps);
        let later = Condition::any().add(record::Column::HappenedOn.gt(last)).add(steps);
        let drives =
            project_household::Column::OnDay.gt(last).and(project_household::Column::HouseholdId.eq(party));
        let drives = of_record(project_household::Entity, project_household::Column::ProjectId, drives);
        none_where(tx, Condition::any().add(naming(party).add(later)).add(drives), happened_after, field)
            .await?;
    }
    Ok(())
}

/// Refuses a last day of a row if a record that names it happened later: such a record could not be entered either.
pub async fn none_after(tx: &Tx, named: Uuid, last: Date, field: &str) -> Result<()> {
    none_where(tx, naming(named).add(record::Column::HappenedOn.gt(last)), happened_after, field).await
}

/// Condition for records that name a row, or lie in it if it is a region.
fn naming(named: Uuid) -> Condition {
    let named = Condition::any().add(referring(named)).add(record::Column::RegionId.eq(named));
    Condition::all().add(named)
}

/// True if a row of `table` belongs to the record and meets `is_such`.
fn of_record<E: Ledgered>(table: E, record: E::Column, is_such: Expr) -> Expr {
    let same = |one: E::Column, other: record::Column| {
        Expr::col(one.as_column_ref()).eq(Expr::col(other.as_column_ref()))
    };
    let rows = Query::select()
        .expr(Expr::val(1))
        .from(table)
        .and_where(same(E::LEDGER, record::Column::LedgerId))
        .and_where(same(record, record::Column::Id))
        .and_where(is_such)
        .to_owned();
    Expr::exists(rows)
}

fn happened_before(records: u64) -> Message {
    say!("records-before-day", records = records)
}

fn happened_after(records: u64) -> Message {
    say!("records-after-day", records = records)
}

async fn none_where(tx: &Tx, outside: Condition, refusal: fn(u64) -> Message, field: &str) -> Result<()> {
    let outside = record::Entity::within(&tx.may(Action::RecordWork)?)
        .filter(record::Column::LedgerId.eq(tx.ledger()))
        .filter(record::Column::SourceType.ne(SourceType::Plan))
        .filter(record::Column::Verification.ne(Verification::Rejected))
        .filter(outside)
        .count(tx.db())
        .await?;
    if outside > 0 {
        return Err(Error::field(field, ErrorCode::WrongStep, refusal(outside)));
    }
    Ok(())
}
