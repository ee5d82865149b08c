//! Pattern of an indicator's figures for viewers who must not see figures under five 小数隐去: one per cut-off, the
//! same for all of them. It belongs to no ledger, since everybody may know it.

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
    /// Last day of the knowledge that the figures rest on.
    #[sea_orm(primary_key, auto_increment = false)]
    pub cut_off: Date,
    /// Number of the pattern among those of its indicator. It is unique, so that of two servers computing at once one
    /// insert wins: each pattern is compared with all before it.
    pub nth: i32,
    pub blocks: Json,
}

impl ActiveModelBehavior for ActiveModel {}
