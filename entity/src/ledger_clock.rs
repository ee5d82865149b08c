//! The clock of a ledger: the number and time of its last act. Every write locks this row first.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::ids::LedgerId;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_clock")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub ledger_id: LedgerId,
    pub seq: i64,
    pub ticked_at: DateTime<Utc>,
}

impl ActiveModelBehavior for ActiveModel {}
