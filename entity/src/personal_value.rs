//! A personal value of a person, a household or a family member, sealed; found by its keyed hash.

use sea_orm::entity::prelude::*;

use crate::fact::SourceType;
use crate::ids::{HouseholdId, KeyId, LedgerId};
use crate::personal::PersonalKind;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "personal_value")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub ledger_id: LedgerId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub owner_type: SourceType,
    #[sea_orm(primary_key, auto_increment = false)]
    pub owner_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: PersonalKind,
    /// The household itself, or that of the family member; none for a person.
    pub household_id: Option<HouseholdId>,
    pub sealed: Vec<u8>,
    /// The key of both the seal and the hash.
    pub key_id: KeyId,
    pub hash: Vec<u8>,
    /// The masked value, for viewers who must not see the value.
    pub masked: String,
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}
