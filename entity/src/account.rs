//! An account 账户, with which a person signs in.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, LedgerId, PersonId, RegionId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountId,
    pub name: String,
    pub password_hash: String,
    pub person_id: Option<PersonId>,
    pub disabled: bool,
    pub keeper_id: LedgerId,
    /// The region of the administrators who set its passwords: it opens links of this region's ledgers alone. Absent if
    /// only administrators of all regions did, or an office.
    pub within_id: Option<RegionId>,
}

impl ActiveModelBehavior for ActiveModel {}
