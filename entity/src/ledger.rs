//! `ledger` 台账: a ledger and the region that keeps it. A record about a household lies in the household's ledger.

use sea_orm::entity::prelude::*;

use crate::ids::{LedgerId, RegionId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LedgerId,
    pub region_id: RegionId,
    pub name: String,
}

impl ActiveModelBehavior for ActiveModel {}
