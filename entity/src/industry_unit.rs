//! A park 园区 or an operator 经营主体 of an industry.

use crate::values::Date;
use sea_orm::entity::prelude::*;

use crate::ids::{IndustryId, IndustryUnitId, LedgerId, RegionId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "industry_unit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IndustryUnitId,
    pub industry_id: IndustryId,
    pub kind: IndustryUnitKind,
    pub name: String,
    pub region_id: RegionId,
    pub from_on: Date,
    pub to_on: Option<Date>,
    pub keeper_id: LedgerId,
}

impl ActiveModelBehavior for ActiveModel {}

text_enum! {
    /// Kind of a unit of an industry.
    /// 产业单元类型。
    IndustryUnitKind {
        /// Park.
        /// 园区。
        Park,
        /// Operator of a new type in agriculture, such as a cooperative or a family farm.
        /// 新型农业经营主体,如合作社、家庭农场。
        Operator,
    }
}
