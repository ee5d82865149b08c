//! A search key of a household: a part of the name of its head or of a family member.

use sea_orm::entity::prelude::*;

use crate::fact::SourceType;
use crate::ids::{HouseholdId, LedgerId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "household_name_key")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub ledger_id: LedgerId,
    /// In the form that `api::name` writes.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: Vec<u8>,
    /// The household itself, or that of the family member.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: HouseholdId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub owner_type: SourceType,
    #[sea_orm(primary_key, auto_increment = false)]
    pub owner_id: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}
