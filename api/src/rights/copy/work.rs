//! Work for or by a subject: its links, its records, and the occasions on which its sealed values were shown.

use std::collections::HashMap;

use entity::fact::SourceType;
use entity::ids::{HouseholdId, PersonId};
use entity::reveal::RevealPurpose;
use entity::{link, link_rule, record, record_ref, reveal};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::super::{Whose, about};
use super::{CopiedLink, CopiedRecord, CopiedReveal, places};
use crate::access::scope::{Whole, one_of};
use crate::access::{Action, Within};
use crate::ledger::Tx;
use crate::personal;
use platform::error::Result;
use platform::gid::Gid;

/// Links of a household with their helpers, and its records, with the text of those about this household alone.
pub(super) async fn of_household(
    tx: &Tx,
    household: HouseholdId,
) -> Result<(Vec<CopiedLink>, Vec<CopiedRecord>)> {
    let (rows, records) = (about::links(tx, household).await?, about::records(tx, household).await?);
    let mut links = links(tx, &rows).await?;
    for (link, row) in links.iter_mut().zip(&rows) {
        link.helper = about::helper(tx, row).await?;
    }
    let shared = about::shared(tx, household, &records).await?;
    let records = records.into_iter().map(|row| {
        let alone = !shared.contains(&row.id);
        record(row, alone)
    });
    Ok((links, records.collect()))
}

/// Links of a person's seats, and records in which the seats took part. Texts are left out: they are about the people
/// helped.
pub(super) async fn of_person(tx: &Tx, person: PersonId) -> Result<(Vec<CopiedLink>, Vec<CopiedRecord>)> {
    let (Ok(homes), Ok(records)) = (tx.may(Action::ReadHousehold), tx.may(Action::ReadRecord)) else {
        return Ok((vec![], vec![]));
    };
    let seats: Vec<Uuid> = about::seats(tx, person).await?.iter().map(|seat| seat.id.0).collect();
    let helping = link::Entity::within(&homes)
        .filter(one_of(homes.backend(), link::Column::HelperId, seats.iter().copied()))
        .order_by_asc(link::Column::FromOn)
        .all(tx.db())
        .await?;
    let taking_part = record_ref::Entity::within(&records)
        .select_only()
        .column(record_ref::Column::RecordId)
        .filter(record_ref::Column::LedgerId.eq(tx.ledger()))
        .filter(one_of(records.backend(), record_ref::Column::RefId, seats));
    let rows = record::Entity::within(&records)
        .filter(record::Column::LedgerId.eq(tx.ledger()))
        .filter(record::Column::Id.in_subquery(taking_part.into_query()))
        .order_by_asc(record::Column::HappenedOn)
        .order_by_asc(record::Column::Id)
        .all(tx.db())
        .await?;
    Ok((links(tx, &helping).await?, rows.into_iter().map(|row| record(row, false)).collect()))
}

async fn links(tx: &Tx, rows: &[link::Model]) -> Result<Vec<CopiedLink>> {
    let these = one_of(tx.scope().backend(), link_rule::Column::Id, rows.iter().map(|row| row.rule_id.0));
    let rules = link_rule::Entity::whole(tx.scope()).filter(these).all(tx.db()).await?;
    let rules: HashMap<_, _> = rules.into_iter().map(|rule| (rule.id, rule.name)).collect();
    let places = places(tx, rows.iter().map(|row| row.region_id)).await?;
    let copied = |row: &link::Model| CopiedLink {
        id: Gid::record(SourceType::Link, row.ledger_id, row.id).into(),
        rule: rules.get(&row.rule_id).cloned().unwrap_or_default(),
        helper: None,
        region: places.get(&row.region_id).cloned().unwrap_or_default(),
        from: row.from_on,
        to: row.to_on,
    };
    Ok(rows.iter().map(copied).collect())
}

fn record(row: record::Model, alone: bool) -> CopiedRecord {
    CopiedRecord {
        id: Gid::record(row.source_type, row.ledger_id, row.id).into(),
        of: row.source_type,
        kind: row.kind,
        step: row.step,
        happened_on: row.happened_on,
        title: alone.then_some(row.title),
        detail: row.detail.filter(|_| alone),
        amount: row.amount,
    }
}

/// Occasions on which values of the subject were shown. Those of a household count for its family members as well,
/// except copies made for the household.
pub(super) async fn reveals(tx: &Tx, whose: &Whose) -> Result<Vec<CopiedReveal>> {
    use reveal::Column;
    let mut theirs = Column::OwnerId.eq(whose.key().1);
    if let Whose::FamilyMember(_, home) = whose {
        let copied = Column::Purpose.eq(RevealPurpose::OwnCopy);
        theirs = theirs.or(Column::OwnerId.eq(home.id).and(copied.not()));
    }
    let rows = reveal::Entity::within(tx.scope())
        .filter(Column::LedgerId.eq(tx.ledger()))
        .filter(theirs)
        .order_by_asc(Column::Seq)
        .all(tx.db())
        .await?;
    let told = |row: reveal::Model| {
        let kinds = personal::kinds(&row);
        CopiedReveal { on: row.on_day, purpose: row.purpose, kinds }
    };
    Ok(rows.into_iter().map(told).collect())
}
