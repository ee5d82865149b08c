//! A rule of retention 保存期限: how long a ledger keeps personal data of one type of subject after its last day.

use sea_orm::entity::prelude::*;

use crate::fact::SourceType;
use crate::ids::LedgerId;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "retention_rule")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub ledger_id: LedgerId,
    /// `Household`, `FamilyMember` or `Person`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_type: SourceType,
    /// Months after the last day.
    pub months: i32,
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}
