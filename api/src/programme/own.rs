//! Look-ups and checks shared by acts on programmes and rules. An office changes only programmes that its ledger keeps.

use std::collections::HashSet;

use async_graphql::ID;
use entity::committee::CommitteeKind;
use entity::duty_rule::DutySubject;
use entity::fact::SourceType;
use entity::fact_ref::PartyKind;
use entity::ids::{CategorySetId, ProgrammeId};
use entity::member::MemberKind;
use entity::organisation::OrganisationKind;
use entity::region::RegionLevel;
use entity::values::Date;
use entity::{category, category_set, link_rule, programme};
use sea_orm::{ActiveEnum, ColumnTrait, Condition, Iterable, QueryFilter};

use super::lineage::{goes_on, lineage};
use crate::access::Action;
use crate::access::scope::Whole;
use crate::ledger::{Tx, code};
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;
use platform::say;

/// Finds a programme that the act's ledger keeps.
pub(super) async fn own(tx: &Tx, id: &ID) -> Result<programme::Model> {
    let row = known(tx, id, "programme").await?;
    if row.keeper_id == tx.ledger() { Ok(row) } else { Err(Error::missing("programme")) }
}

/// Finds a programme, whichever ledger keeps it.
pub(super) async fn known(tx: &Tx, id: &ID, field: &str) -> Result<programme::Model> {
    let id = ProgrammeId(Gid::parse(id, field, &[SourceType::Programme])?.id);
    crate::programme::programme_by_id(tx, id, field).await
}

/// Ids of all parents of a programme, the nearest first.
pub(super) async fn above(tx: &Tx, programme: ProgrammeId) -> Result<Vec<ProgrammeId>> {
    let all = lineage(tx.db(), programme).await?;
    Ok(all.into_iter().filter(|id| *id != programme).collect())
}

/// Category sets that an indicator of a programme may name: the catalogue's, the programme's and those of its parents.
pub(super) async fn sets(tx: &Tx, programme: ProgrammeId) -> Result<Vec<category_set::Model>> {
    use category_set::Column;
    let lineage = lineage(tx.db(), programme).await?;
    Ok(category_set::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(Condition::any().add(Column::ProgrammeId.is_null()).add(Column::ProgrammeId.is_in(lineage)))
        .all(tx.db())
        .await?)
}

/// Categories of these sets.
pub(super) async fn categories(
    tx: &Tx,
    sets: impl IntoIterator<Item = CategorySetId> + Send,
) -> Result<Vec<category::Model>> {
    let sets: Vec<CategorySetId> = sets.into_iter().collect();
    Ok(category::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(category::Column::SetId.is_in(sets))
        .all(tx.db())
        .await?)
}

/// Finds a category of the common catalogue; an unknown code is an error on `field`.
pub(super) async fn catalogued(tx: &Tx, set: &str, code: &str, field: &str) -> Result<category::Model> {
    let message = || say!("category-unknown", code = code, set = set);
    let found = category_of_catalogue(tx, set, code).await?;
    found.ok_or_else(|| Error::field(field, ErrorCode::Invalid, message()))
}

/// Finds a category of the common catalogue; none if the set has no such code.
pub(super) async fn category_of_catalogue(tx: &Tx, set: &str, code: &str) -> Result<Option<category::Model>> {
    let sets = category_set::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(category_set::Column::ProgrammeId.is_null())
        .filter(category_set::Column::Code.eq(set))
        .all(tx.db())
        .await?;
    let found = categories(tx, sets.into_iter().map(|set| set.id)).await?;
    Ok(found.into_iter().find(|category| category.code == code))
}

/// Refuses a code that is no link rule of the programme.
pub(super) async fn link_rules(tx: &Tx, programme: ProgrammeId, codes: &[String]) -> Result<Vec<String>> {
    let rows = link_rule::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(link_rule::Column::ProgrammeId.eq(programme))
        .all(tx.db())
        .await?;
    for code in codes {
        if !rows.iter().any(|row| row.code == *code) {
            let message = say!("link-rule-unknown", code = code);
            return Err(Error::field("linkRules", ErrorCode::Invalid, message));
        }
    }
    Ok(codes.to_vec())
}

/// Kinds that helpers of a party type can have; empty if parties of that type cannot help.
pub(super) fn kinds_of_helper(kind: PartyKind) -> Vec<String> {
    match kind {
        PartyKind::Member => all::<MemberKind>(),
        PartyKind::Committee => all::<CommitteeKind>(),
        PartyKind::Organisation => all::<OrganisationKind>(),
        PartyKind::Household | PartyKind::Region | PartyKind::Industry => vec![],
    }
}

/// Kinds that subjects of a duty can have. A region's kind is its level; links, households and programmes have none.
pub(super) fn kinds_of_subject(subject: DutySubject) -> Vec<String> {
    match subject {
        DutySubject::Member => all::<MemberKind>(),
        DutySubject::Committee => all::<CommitteeKind>(),
        DutySubject::Organisation => all::<OrganisationKind>(),
        DutySubject::Region => all::<RegionLevel>(),
        DutySubject::Link | DutySubject::Household | DutySubject::Programme => vec![],
    }
}

/// All codes of an enum, as written in facts and filters.
pub(super) fn all<E: ActiveEnum<Value = String> + Iterable>() -> Vec<String> {
    E::iter().map(|value| code(&value)).collect()
}

/// Refuses a code that is not in `known`.
pub(super) fn among(field: &str, codes: &[String], known: &[String]) -> Result<Vec<String>> {
    match codes.iter().find(|code| !known.contains(code)) {
        None => Ok(codes.to_vec()),
        Some(code) if known.is_empty() => Err(Error::field(
            field,
            ErrorCode::Invalid,
            say!("party-without-kinds", field = field, code = code),
        )),
        Some(code) => {
            let message = say!("kind-unknown", code = code, known = known.join(", "));
            Err(Error::field(field, ErrorCode::Invalid, message))
        }
    }
}

/// Refuses a code that one input names twice.
pub(super) fn once<'a>(field: &str, codes: impl IntoIterator<Item = &'a str>) -> Result<()> {
    let mut seen = HashSet::new();
    match codes.into_iter().find(|code| !seen.insert(*code)) {
        Some(code) => Err(Error::field(field, ErrorCode::AlreadyExists, say!("code-twice", code = code))),
        None => Ok(()),
    }
}

/// Refuses a rule if another of the same code holds on its first day or later; `ends` are the last days of the others.
pub(super) fn no_overlap(from: Date, ends: impl IntoIterator<Item = Option<Date>>) -> Result<()> {
    let meets = |to: Option<Date>| to.is_none_or(|to| to >= from);
    if ends.into_iter().any(meets) {
        return Err(Error::field("code", ErrorCode::AlreadyExists, say!("rule-code-overlaps")));
    }
    Ok(())
}

/// Refuses a first day of a rule before its programme begins or after it ends.
pub(super) fn begins_within(programme: &programme::Model, from: Date) -> Result<()> {
    platform::check::day("from", from)?;
    if from < programme.from_on {
        let message = say!("rule-begins-before-programme", day = programme.from_on);
        return Err(Error::field("from", ErrorCode::NotEligible, message));
    }
    goes_on(programme, from, "from")
}

/// The last day of a rule; refused if the rule has one already, or begins later.
pub(super) fn ends(from: Date, known: Option<Date>, to: Date) -> Result<Date> {
    if known.is_some() {
        return Err(Error::field("to", ErrorCode::WrongStep, say!("rule-ended")));
    }
    platform::check::ends_after("to", from, Some(to)).map(|()| to)
}
