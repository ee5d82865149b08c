//! `Region` 行政区划: a node of the tree of places. Ancestors are columns, so that a subtree is one index range.

use crate::values::{Date, RegionCode};
use sea_orm::entity::prelude::*;

use crate::ids::{LedgerId, RegionId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "region")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RegionId,
    pub code: Option<RegionCode>,
    pub level: RegionLevel,
    pub name: String,
    pub parent_id: Option<RegionId>,
    /// The region itself or its ancestor at each level; a parent is never inferred from a code's prefix.
    pub province_id: Option<RegionId>,
    pub city_id: Option<RegionId>,
    pub county_id: Option<RegionId>,
    pub township_id: Option<RegionId>,
    pub valid_from: Date,
    pub valid_to: Option<Date>,
    /// The region that took this one's place after a merge or an upgrade.
    pub successor_id: Option<RegionId>,
    pub keeper_id: LedgerId,
}

impl ActiveModelBehavior for ActiveModel {}

text_enum! {
    /// Level of a region in the tree.
    /// 行政层级。
    RegionLevel {
        /// Province.
        /// 省。
        Province,
        /// City.
        /// 市。
        City,
        /// County, county-level city or district.
        /// 县(市、区)。
        County,
        /// Township or street.
        /// 乡镇(街道)。
        Township,
        /// Village or community.
        /// 村(社区)。
        Village,
    }
}

impl RegionLevel {
    /// The level right below; none below a village.
    #[must_use]
    pub const fn below(self) -> Option<Self> {
        match self {
            Self::Province => Some(Self::City),
            Self::City => Some(Self::County),
            Self::County => Some(Self::Township),
            Self::Township => Some(Self::Village),
            Self::Village => None,
        }
    }

    /// The column that holds a region's ancestor at this level.
    #[must_use]
    pub const fn column(self) -> Column {
        match self {
            Self::Province => Column::ProvinceId,
            Self::City => Column::CityId,
            Self::County => Column::CountyId,
            Self::Township => Column::TownshipId,
            Self::Village => Column::Id,
        }
    }
}
