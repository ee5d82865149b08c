//! What of an indicator's figures is shown to those who may not see small ones 小数隐去: one pattern per cut-off for all
//! who ask. It belongs to no ledger: it holds what everybody may know.

use sea_orm::entity::prelude::*;

use crate::ids::{IndicatorId, RegionId};
use crate::values::Date;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "figure_pattern")]
pub struct Model {
    /// The top of the tree of places.
    #[sea_orm(primary_key, auto_increment = false)]
    pub root_id: RegionId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub indicator_id: IndicatorId,
    /// The year of a flow, the day of a stock.
    #[sea_orm(primary_key, auto_increment = false)]
    pub frame: i32,
    /// The last day of what was known.
    #[sea_orm(primary_key, auto_increment = false)]
    pub cut_off: Date,
    /// The how many-eth of the indicator: each is compared with all before it, so no two are made at once.
    pub nth: i32,
    pub blocks: Json,
}

impl ActiveModelBehavior for ActiveModel {}
