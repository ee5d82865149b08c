//! A search key of a row of the roster: a part of its name.

use sea_orm::entity::prelude::*;

use crate::fact::SourceType;
use crate::ids::LedgerId;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "roster_name_key")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub owner_type: SourceType,
    /// In the form that `api::name` writes.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: Vec<u8>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub owner_id: Uuid,
    pub keeper_id: LedgerId,
}

impl ActiveModelBehavior for ActiveModel {}
