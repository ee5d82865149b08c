//! One source of a project's funds.

use crate::values::{Date, Money};
use sea_orm::entity::prelude::*;

use crate::ids::{LedgerId, ProjectFundId, RecordId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "project_fund")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub ledger_id: LedgerId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProjectFundId,
    pub project_id: RecordId,
    /// Code of the source, from the catalogue.
    pub source: String,
    pub amount: Money,
    pub granted_on: Date,
}

impl ActiveModelBehavior for ActiveModel {}
