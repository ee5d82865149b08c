//! Rows of a ledger about one household: its links, the records that name the household or its links, and its helpers.

use std::collections::HashSet;

use entity::fact_ref::{PartyKind, RefRole};
use entity::ids::{HouseholdId, PersonId, RecordId};
use entity::{committee, link, member, organisation, person, project_household, record, record_ref};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use crate::access::scope::{Whole, one_of};
use crate::access::{Action, Within};
use crate::ledger::Tx;
use crate::roster::Kept;
use platform::error::Result;

/// All links of a household, ended ones included.
pub(super) async fn links(tx: &Tx, household: HouseholdId) -> Result<Vec<link::Model>> {
    Ok(link::Entity::within(&tx.may(Action::ReadHousehold)?)
        .filter(link::Column::LedgerId.eq(tx.ledger()))
        .filter(link::Column::HouseholdId.eq(household))
        .order_by_asc(link::Column::FromOn)
        .all(tx.db())
        .await?)
}

/// Records whose household it is, and records that refer to the household or to one of its links.
pub(super) async fn records(tx: &Tx, household: HouseholdId) -> Result<Vec<record::Model>> {
    use record::Column;
    let (scope, links) = (tx.may(Action::ReadRecord)?, links(tx, household).await?);
    let names = links.iter().map(|link| link.id.0).chain([household.0]);
    let naming = record_ref::Entity::within(&scope)
        .select_only()
        .column(record_ref::Column::RecordId)
        .filter(record_ref::Column::LedgerId.eq(tx.ledger()))
        .filter(one_of(scope.backend(), record_ref::Column::RefId, names));
    Ok(record::Entity::within(&scope)
        .filter(Column::LedgerId.eq(tx.ledger()))
        .filter(Column::HouseholdId.eq(household).or(Column::Id.in_subquery(naming.into_query())))
        .order_by_asc(Column::HappenedOn)
        .order_by_asc(Column::Id)
        .all(tx.db())
        .await?)
}

/// Ids of those of the given records that name another household, as a target or as one that a project drives.
pub(super) async fn shared(
    tx: &Tx,
    household: HouseholdId,
    rows: &[record::Model],
) -> Result<HashSet<RecordId>> {
    let (scope, ids) = (tx.may(Action::ReadRecord)?, rows.iter().map(|row| row.id.0));
    let others = record_ref::Entity::within(&scope)
        .filter(record_ref::Column::LedgerId.eq(tx.ledger()))
        .filter(one_of(scope.backend(), record_ref::Column::RecordId, ids.clone()))
        .filter(record_ref::Column::Role.eq(RefRole::TargetHousehold))
        .filter(record_ref::Column::RefId.ne(household))
        .all(tx.db())
        .await?;
    let driven = project_household::Entity::within(&scope)
        .filter(project_household::Column::LedgerId.eq(tx.ledger()))
        .filter(one_of(scope.backend(), project_household::Column::ProjectId, ids))
        .filter(project_household::Column::HouseholdId.ne(household))
        .all(tx.db())
        .await?;
    Ok(others.iter().map(|row| row.record_id).chain(driven.iter().map(|row| row.project_id)).collect())
}

/// All seats that a person holds or has held.
pub(super) async fn seats(tx: &Tx, person: PersonId) -> Result<Vec<member::Model>> {
    let of = member::Column::PersonId.eq(person);
    let rows = member::Entity::whole(tx.scope()).filter(of).order_by_asc(member::Column::FromOn);
    Ok(rows.all(tx.db()).await?)
}

/// Name of the person, committee or organisation that helps under a link.
pub(super) async fn helper(tx: &Tx, link: &link::Model) -> Result<Option<String>> {
    let (scope, id) = (tx.scope(), link.helper_id);
    Ok(match link.helper_kind {
        PartyKind::Member => {
            let holder = member::Entity::whole(scope)
                .select_only()
                .column(member::Column::PersonId)
                .filter(member::Column::Id.eq(id))
                .into_query();
            let row = person::Entity::readable(tx.viewer())?.filter(person::Column::Id.in_subquery(holder));
            row.one(tx.db()).await?.map(|row| row.name)
        }
        PartyKind::Committee => {
            let row = committee::Entity::whole(scope).filter(committee::Column::Id.eq(id));
            row.one(tx.db()).await?.map(|row| row.name)
        }
        _ => {
            let row = organisation::Entity::whole(scope).filter(organisation::Column::Id.eq(id));
            row.one(tx.db()).await?.map(|row| row.name)
        }
    })
}
