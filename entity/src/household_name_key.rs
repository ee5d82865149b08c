//! A key by which a household is found: a part of the name of its head or of one of its family.

use sea_orm::entity::prelude::*;

use crate::fact::SourceType;
use crate::ids::{HouseholdId, LedgerId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "household_name_key")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub ledger_id: LedgerId,
    /// As `api::name` writes it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: Vec<u8>,
    /// The household itself, or the one whose family the owner is in.
    #[sea_orm(primary_key, auto_increment = false)]
    pub household_id: HouseholdId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub owner_type: SourceType,
    #[sea_orm(primary_key, auto_increment = false)]
    pub owner_id: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}
