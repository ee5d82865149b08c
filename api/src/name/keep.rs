//! Writes the search keys of a name, in the act that sets or changes it.

use entity::fact::SourceType;
use entity::ids::{
    CommitteeId, FamilyMemberId, HouseholdId, IndustryId, LedgerId, OrganisationId, PersonId, RegionId,
};
use entity::{household_name_key, roster_name_key};
use sea_orm::{ColumnTrait, Condition, Set};
use uuid::Uuid;

use super::key::keys;
use crate::ledger::Tx;
use platform::error::Result;

/// Owner of a name: the head or a family member of a household, or a row of the roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    pub(super) of: SourceType,
    pub(super) id: Uuid,
    pub(super) household: Option<HouseholdId>,
}

macro_rules! named {
    ($($id:ident => $of:ident),* $(,)?) => {$(
        impl From<$id> for Named {
            fn from(id: $id) -> Self {
                Self { of: SourceType::$of, id: id.0, household: None }
            }
        }
    )*};
}

named!(
    CommitteeId => Committee,
    IndustryId => Industry,
    OrganisationId => Organisation,
    PersonId => Person,
    RegionId => Region,
);

impl From<HouseholdId> for Named {
    /// The head of a household.
    fn from(id: HouseholdId) -> Self {
        Self { of: SourceType::Household, id: id.0, household: Some(id) }
    }
}

impl From<(FamilyMemberId, HouseholdId)> for Named {
    fn from((id, household): (FamilyMemberId, HouseholdId)) -> Self {
        Self { of: SourceType::FamilyMember, id: id.0, household: Some(household) }
    }
}

/// Replaces the owner's keys with those of `name`.
pub async fn keep(tx: &Tx, named: impl Into<Named>, name: &str) -> Result<()> {
    written(tx, named.into(), Some(name)).await
}

/// Removes the owner's keys, so that no search finds it by name.
pub async fn forget(tx: &Tx, named: impl Into<Named>) -> Result<()> {
    written(tx, named.into(), None).await
}

async fn written(tx: &Tx, named: Named, name: Option<&str>) -> Result<()> {
    if let Some(household) = named.household {
        use household_name_key::Column;
        let old = Condition::all()
            .add(Column::LedgerId.eq(tx.ledger()))
            .add(Column::HouseholdId.eq(household))
            .add(Column::OwnerType.eq(named.of))
            .add(Column::OwnerId.eq(named.id));
        let new = name.map(|name| of_household(tx.ledger(), named, household, name)).transpose()?;
        return tx.replace(old, new.unwrap_or_default()).await;
    }
    let old = Condition::all()
        .add(roster_name_key::Column::OwnerType.eq(named.of))
        .add(roster_name_key::Column::OwnerId.eq(named.id));
    let new = name.map(|name| rows(tx.ledger(), named, name)).transpose()?;
    tx.replace(old, new.unwrap_or_default()).await
}

/// Keys of a household's head or family member.
pub(super) fn of_household(
    ledger: LedgerId,
    named: Named,
    household: HouseholdId,
    name: &str,
) -> Result<Vec<household_name_key::ActiveModel>> {
    let row = |key: String| household_name_key::ActiveModel {
        ledger_id: Set(ledger),
        key: Set(key.into_bytes()),
        owner_type: Set(named.of),
        owner_id: Set(named.id),
        household_id: Set(household),
    };
    Ok(keys(name)?.into_iter().map(row).collect())
}

/// Keys of a row of the roster.
pub fn rows(
    keeper: LedgerId,
    named: impl Into<Named>,
    name: &str,
) -> Result<Vec<roster_name_key::ActiveModel>> {
    let named = named.into();
    let row = |key: String| roster_name_key::ActiveModel {
        owner_type: Set(named.of),
        key: Set(key.into_bytes()),
        owner_id: Set(named.id),
        keeper_id: Set(keeper),
    };
    Ok(keys(name)?.into_iter().map(row).collect())
}
