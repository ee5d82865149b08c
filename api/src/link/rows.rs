//! Rows of links: checks of helper and target against the rule, and the facts that a link yields.

use std::collections::HashMap;

use chrono::Days;
use entity::fact::{SourceType, Step};
use entity::fact_ref::{PartyKind, RefRole};
use entity::ids::{HouseholdId, LedgerId, LinkRuleId, ProgrammeId, RegionId};
use entity::values::Date;
use entity::{
    committee, household, household_designation, industry, link, link_rule, member, organisation, region,
    region_designation,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, Set, Statement, Value,
};
use uuid::Uuid;

use super::{keeper, limit};
use crate::access::scope::{Whole, one_of};
use crate::access::{Action, Scope, Within};
use crate::ledger::{Draft, Moves, Record, Tx, code};
use crate::programme::{goes_on, lineage, programme_by_id};
use crate::record;
use crate::roster;
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::message::Message;
use platform::say;

/// A link, with the ids of its rule's programme and of all parents.
pub struct Bound {
    pub row: link::Model,
    pub programmes: Vec<ProgrammeId>,
}

impl Record for Bound {
    fn of(&self) -> SourceType {
        SourceType::Link
    }

    fn id(&self) -> Uuid {
        self.row.id.0
    }

    fn facts(&self) -> Vec<Draft> {
        let row = &self.row;
        vec![
            Draft::new(SourceType::Link, row.id, Step::Active, row.region_id, row.from_on)
                .until(row.to_on)
                .refers(ends(row))
                .refers(self.programmes.iter().map(|programme| (RefRole::Programme, programme.0))),
        ]
    }

    fn moves(&self) -> Moves {
        let row = &self.row;
        Moves { household: row.household_id, village: Some(row.region_id), helper: Some(row.helper_id) }
    }
}

/// References of a link: itself, its rule, its target and its helper. Every record that serves the link has them, too.
pub fn ends(row: &link::Model) -> impl Iterator<Item = (RefRole, Uuid)> {
    let helper = RefRole::helper(row.helper_kind).map(|role| (role, row.helper_id));
    [
        (RefRole::Link, row.id.0),
        (RefRole::Rule, row.rule_id.0),
        (RefRole::target(row.target_kind), row.target_id),
    ]
    .into_iter()
    .chain(helper)
}

/// A helper or target, with the attributes that a rule looks at.
struct Party {
    /// Code of the kind, or of a region's level; empty for households and industries.
    kind: String,
    from: Option<Date>,
    to: Option<Date>,
    region: RegionId,
    keeper: LedgerId,
}

/// So many days ahead a link is entered: no rule of a place above waits longer for a link before it can end.
const AHEAD: Days = Days::new(366);

/// Checks a new link against its rule. Returns the region in which the target lies.
pub(super) async fn judge(tx: &Tx, rule: &link_rule::Model, new: &link::Model) -> Result<RegionId> {
    let reading = tx.may(Action::ReadReference)?;
    if tx.today().0.checked_add_days(AHEAD).is_some_and(|last| new.from_on.0 > last) {
        return Err(Error::field("from", ErrorCode::Invalid, say!("link-begins-too-late")));
    }
    if !within(new.from_on, Some(rule.valid_from), rule.valid_to) {
        let message = say!("link-rule-not-in-force", day = new.from_on);
        return Err(Error::field("from", ErrorCode::NotEligible, message));
    }
    goes_on(&programme_by_id(tx, rule.programme_id, "rule").await?, new.from_on, "from")?;
    limit::lock_helper(tx, &reading, new).await?;
    let helper =
        party(tx, &reading, new.helper_kind, new.helper_id).await?.ok_or_else(|| Error::missing("helper"))?;
    keeper::may_bind(tx, &reading, rule, helper.keeper).await?;
    if new.helper_kind != rule.helper_kind
        || !takes(rule, &helper.kind)
        || !within(new.from_on, helper.from, helper.to)
    {
        return Err(Error::field("helper", ErrorCode::NotEligible, say!("link-helper-unfit")));
    }
    let target =
        party(tx, &reading, new.target_kind, new.target_id).await?.ok_or_else(|| Error::missing("target"))?;
    record::none_erased(tx, &ends(new).collect::<Vec<_>>(), "target").await?;
    if new.target_kind != rule.target_kind || !within(new.from_on, target.from, target.to) {
        return Err(Error::field("target", ErrorCode::NotEligible, say!("link-target-unfit")));
    }
    check::ends_after("to", new.from_on, new.to_on)?;
    no_longer(&helper, new, |day| say!("link-outlasts-helper", day = day))?;
    no_longer(&target, new, |day| say!("link-outlasts-target", day = day))?;
    if !is_designated(tx, &reading, rule, new).await? {
        let message = say!("link-target-not-designated", day = new.from_on);
        return Err(Error::field("target", ErrorCode::NotEligible, message));
    }
    limit::judge(tx, rule, new, helper.keeper).await?;
    Ok(target.region)
}

/// Refuses a link that outlasts its helper or target. Either may have been ended in another ledger.
pub(super) async fn ends_with_its_parties(tx: &Tx, row: &link::Model) -> Result<()> {
    let reading = tx.may(Action::ReadReference)?;
    if let Some(helper) = party(tx, &reading, row.helper_kind, row.helper_id).await? {
        no_longer(&helper, row, |day| say!("link-outlasts-helper", day = day))?;
    }
    if let Some(target) = party(tx, &reading, row.target_kind, row.target_id).await? {
        no_longer(&target, row, |day| say!("link-outlasts-target", day = day))?;
    }
    Ok(())
}

/// Refuses a link that outlasts one of its parties; `message` says which, and the party's last day.
fn no_longer(party: &Party, row: &link::Model, message: fn(Date) -> Message) -> Result<()> {
    match party.to {
        // A party that another ledger has ended since, before the link began: the link ends on its first day.
        Some(last) if last < row.from_on && row.to_on == Some(row.from_on) => Ok(()),
        Some(last) if row.to_on.is_none_or(|to| to > last) => {
            Err(Error::field("to", ErrorCode::WrongStep, message(last.max(row.from_on))))
        }
        _ => Ok(()),
    }
}

/// Whether a link holds on a day.
pub fn holds_on(link: &link::Model, day: Date) -> bool {
    within(day, Some(link.from_on), link.to_on)
}

fn within(day: Date, from: Option<Date>, to: Option<Date>) -> bool {
    from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to)
}

#[expect(clippy::too_many_lines, reason = "it reads as a list, a kind of party at a time")]
async fn party(tx: &Tx, reading: &Scope, kind: PartyKind, id: Uuid) -> Result<Option<Party>> {
    let db = tx.db();
    let place = |region, keeper, kind: String| Party { kind, from: None, to: None, region, keeper };
    Ok(match kind {
        PartyKind::Member => {
            let seat = one::<member::Entity>(db, reading, member::Column::Id, id).await?;
            let Some(seat) = seat else { return Ok(None) };
            let at =
                one::<organisation::Entity>(db, reading, organisation::Column::Id, seat.organisation_id.0)
                    .await?;
            at.map(|at| Party {
                from: Some(seat.from_on),
                to: seat.to_on,
                ..place(at.region_id, seat.keeper_id, code(&seat.kind))
            })
        }
        PartyKind::Committee => {
            let row = one::<committee::Entity>(db, reading, committee::Column::Id, id).await?;
            let Some(row) = row else { return Ok(None) };
            let at =
                one::<organisation::Entity>(db, reading, organisation::Column::Id, row.organisation_id.0)
                    .await?;
            at.map(|at| Party {
                from: Some(row.from_on),
                to: row.to_on,
                ..place(at.region_id, row.keeper_id, code(&row.kind))
            })
        }
        PartyKind::Organisation => {
            one::<organisation::Entity>(db, reading, organisation::Column::Id, id).await?.map(|row| Party {
                from: row.from_on,
                to: row.to_on,
                ..place(row.region_id, row.keeper_id, code(&row.kind))
            })
        }
        PartyKind::Industry => {
            one::<industry::Entity>(db, reading, industry::Column::Id, id).await?.map(|row| Party {
                from: row.from_on,
                to: row.to_on,
                ..place(row.region_id, row.keeper_id, String::new())
            })
        }
        PartyKind::Region => {
            one::<region::Entity>(db, reading, region::Column::Id, id).await?.map(|row| Party {
                from: Some(row.valid_from),
                to: row.valid_to,
                ..place(row.id, row.keeper_id, code(&row.level))
            })
        }
        PartyKind::Household => household::Entity::within(&tx.may(Action::ReadHousehold)?)
            .filter(household::Column::LedgerId.eq(tx.ledger()))
            .filter(household::Column::Id.eq(id))
            .one(db)
            .await?
            .map(|row| Party {
                from: Some(row.registered_on),
                to: row.left_on,
                ..place(row.village_id, row.ledger_id, String::new())
            }),
    })
}

async fn one<E>(
    db: &impl ConnectionTrait,
    reading: &Scope,
    column: E::Column,
    id: Uuid,
) -> Result<Option<E::Model>>
where
    E: Whole + EntityTrait,
{
    Ok(E::whole(reading).filter(column.eq(id)).one(db).await?)
}

/// Whether the target has the designation that the rule asks for, on the first day of the link.
async fn is_designated(tx: &Tx, reading: &Scope, rule: &link_rule::Model, new: &link::Model) -> Result<bool> {
    let Some(wanted) = rule.target_designation_id else { return Ok(true) };
    let day = new.from_on;
    let held = match new.target_kind {
        PartyKind::Household => {
            use household_designation::Column;
            household_designation::Entity::within(&tx.may(Action::ReadHousehold)?)
                .filter(Column::LedgerId.eq(tx.ledger()))
                .filter(Column::HouseholdId.eq(new.target_id))
                .filter(Column::CategoryId.eq(wanted))
                .filter(Column::FromOn.lte(day))
                .filter(Condition::any().add(Column::ToOn.is_null()).add(Column::ToOn.gte(day)))
                .count(tx.db())
                .await?
        }
        PartyKind::Region => {
            use region_designation::Column;
            region_designation::Entity::whole(reading)
                .filter(Column::RegionId.eq(new.target_id))
                .filter(Column::CategoryId.eq(wanted))
                .filter(Column::FromOn.lte(day))
                .filter(Condition::any().add(Column::ToOn.is_null()).add(Column::ToOn.gte(day)))
                .count(tx.db())
                .await?
        }
        _ => 1,
    };
    Ok(held > 0)
}

/// Rules of these links, read in one statement.
pub async fn rules_of(tx: &Tx, links: &[link::Model]) -> Result<HashMap<LinkRuleId, link_rule::Model>> {
    let ids = links.iter().map(|row| row.rule_id.0);
    let rows = link_rule::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(one_of(tx.scope().backend(), link_rule::Column::Id, ids))
        .all(tx.db())
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Refuses a change after which a link of this helper or target, in the act's ledger, would not fit its rule: the
/// helper's kind has changed, or the target has lost the designation that it had on the link's first day.
pub async fn still_eligible(tx: &Tx, end: Uuid, field: &str) -> Result<()> {
    let Ok(scope) = tx.may(Action::KeepLink) else { return Ok(()) };
    let reading = tx.may(Action::ReadReference)?;
    let either = Condition::any().add(link::Column::TargetId.eq(end)).add(link::Column::HelperId.eq(end));
    let links = link::Entity::within(&scope)
        .filter(link::Column::LedgerId.eq(tx.ledger()))
        .filter(either)
        .all(tx.db())
        .await?;
    let rules = rules_of(tx, &links).await?;
    for row in links {
        let rule = rules.get(&row.rule_id).ok_or_else(|| Error::missing(field))?;
        let helper = party(tx, &reading, row.helper_kind, row.helper_id).await?;
        let fits = helper.is_none_or(|helper| takes(rule, &helper.kind));
        if !fits || !is_designated(tx, &reading, rule, &row).await? {
            let message = say!("link-rests-on-this", rule = rule.code, day = row.from_on);
            return Err(Error::field(field, ErrorCode::WrongStep, message));
        }
    }
    Ok(())
}

/// Whether a rule lets helpers of a kind take a link.
fn takes(rule: &link_rule::Model, kind: &String) -> bool {
    rule.helper_filter.0.is_empty() || rule.helper_filter.0.contains(kind)
}

/// Refuses a last day of a helper or target that one of its links in the act's ledger outlasts.
pub async fn none_after(tx: &Tx, end: Uuid, last: Date, field: &str) -> Result<()> {
    let Ok(scope) = tx.may(Action::KeepLink) else { return Ok(()) };
    let either = Condition::any().add(link::Column::TargetId.eq(end)).add(link::Column::HelperId.eq(end));
    let linked = link::Entity::within(&scope)
        .filter(link::Column::LedgerId.eq(tx.ledger()))
        .filter(either)
        .filter(roster::outlasts(link::Column::ToOn, last))
        .count(tx.db())
        .await?;
    if linked > 0 {
        return Err(Error::field(field, ErrorCode::WrongStep, say!("links-after-day")));
    }
    Ok(())
}

/// Refuses a last day of a programme after which a link under one of its rules begins, in any ledger.
pub async fn none_of_programme_after(tx: &Tx, programme: ProgrammeId, last: Date, field: &str) -> Result<()> {
    if !sees_links(tx, last, field)? {
        return Ok(());
    }
    let later = "SELECT 1 FROM link l JOIN link_rule r ON r.id = l.rule_id WHERE r.programme_id = $1 AND l.from_on > $2 LIMIT 1";
    if is_anywhere(tx, later, [programme.into(), last.into()]).await? {
        return Err(Error::field(field, ErrorCode::WrongStep, say!("programme-links-begin-later")));
    }
    none_named_after(tx, programme.0, last, field).await
}

/// Refuses a last day of a duty after which marks answer it, in any ledger.
pub async fn no_mark_after(tx: &Tx, duty: Uuid, last: Date, field: &str) -> Result<()> {
    if sees_links(tx, last, field)? { none_named_after(tx, duty, last, field).await } else { Ok(()) }
}

/// No exemption and no mark of a rule, a duty or a programme begins after its last day, in any ledger.
async fn none_named_after(tx: &Tx, named: Uuid, last: Date, field: &str) -> Result<()> {
    let later = "SELECT 1 FROM record r JOIN record_ref x ON x.ledger_id = r.ledger_id AND x.record_id = r.id
        WHERE x.ref_id = $1 AND r.source_type IN ('mark', 'exemption') AND r.verification <> 'rejected'
          AND r.happened_on > $2 LIMIT 1";
    if is_anywhere(tx, later, [named.into(), last.into()]).await? {
        return Err(Error::field(field, ErrorCode::WrongStep, say!("marks-after-day")));
    }
    Ok(())
}

/// No link under a rule begins after the rule's last day, in whatever ledger. An office that reads no links may only name a
/// day to come: refusals would tell it when links begin.
pub async fn none_under_after(tx: &Tx, rule: LinkRuleId, last: Date, field: &str) -> Result<()> {
    if !sees_links(tx, last, field)? {
        return Ok(());
    }
    let later = "SELECT 1 FROM link WHERE rule_id = $1 AND from_on > $2 LIMIT 1";
    if is_anywhere(tx, later, [rule.into(), last.into()]).await? {
        return Err(Error::field(field, ErrorCode::WrongStep, say!("link-rule-links-begin-later")));
    }
    none_named_after(tx, rule.0, last, field).await
}

/// True if the viewer reads links. An office that reads none ends a rule or a programme today or later, whatever links are planned:
/// refusals would tell it when they begin.
fn sees_links(tx: &Tx, last: Date, field: &str) -> Result<bool> {
    if tx.may(Action::ReadHousehold).is_ok() {
        return Ok(true);
    }
    if last < tx.today() {
        return Err(Error::field(field, ErrorCode::NotEligible, say!("end-in-past-unseen")));
    }
    Ok(false)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a rule holds in all ledgers, and that a row is there tells nothing of it"
)]
async fn is_anywhere(tx: &Tx, sql: &str, values: [Value; 2]) -> Result<bool> {
    let statement = Statement::from_sql_and_values(tx.scope().backend(), sql, values);
    tx.over_all_ledgers(async |db| Ok(db.query_one_raw(statement).await?.is_some())).await
}

/// Refuses a first day of a helper or target before which one of its links in the act's ledger begins.
pub async fn none_before(tx: &Tx, end: Uuid, first: Date, field: &str) -> Result<()> {
    let Ok(scope) = tx.may(Action::KeepLink) else { return Ok(()) };
    let either = Condition::any().add(link::Column::TargetId.eq(end)).add(link::Column::HelperId.eq(end));
    let linked = link::Entity::within(&scope)
        .filter(link::Column::LedgerId.eq(tx.ledger()))
        .filter(either)
        .filter(link::Column::FromOn.lt(first))
        .count(tx.db())
        .await?;
    if linked > 0 {
        return Err(Error::field(field, ErrorCode::WrongStep, say!("links-before-day")));
    }
    Ok(())
}

/// Moves the links of a household to its new region, without those that have ended.
pub async fn move_targets(tx: &mut Tx, household: HouseholdId, to: RegionId) -> Result<()> {
    let rows = link::Entity::within(&tx.may(Action::KeepLink)?)
        .filter(link::Column::LedgerId.eq(tx.ledger()))
        .filter(link::Column::HouseholdId.eq(household))
        .filter(roster::lasts(link::Column::ToOn, tx.today()))
        .all(tx.db())
        .await?;
    let rules = rules_of(tx, &rows).await?;
    for row in rows {
        let rule = rules.get(&row.rule_id).ok_or_else(|| Error::missing("rule"))?;
        let programmes = lineage(tx.db(), rule.programme_id).await?;
        let before = Bound { row: row.clone(), programmes: vec![] }.moves();
        let moved = link::ActiveModel { region_id: Set(to), version: Set(tx.seq()), ..row.into() };
        let row = tx.update(moved).await?;
        tx.changed(&Bound { row, programmes }, before).await?;
    }
    Ok(())
}

/// Id of the target if it is a household.
pub(super) fn household(kind: PartyKind, id: Uuid) -> Option<HouseholdId> {
    (kind == PartyKind::Household).then_some(HouseholdId(id))
}
