//! `Organisation` 单位: a body with a region, so with a level, and a system.

use crate::values::Date;
use sea_orm::entity::prelude::*;

use crate::ids::{LedgerId, OrganisationId, RegionId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organisation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrganisationId,
    pub region_id: RegionId,
    pub name: String,
    pub kind: OrganisationKind,
    pub system: System,
    /// None where it is older than the records.
    pub from_on: Option<Date>,
    pub to_on: Option<Date>,
    pub keeper_id: LedgerId,
}

impl ActiveModelBehavior for ActiveModel {}

text_enum! {
    /// Kind of an organisation 单位类型.
    OrganisationKind {
        /// 政协
        Cppcc,
        /// 人大
        Npc,
        /// 党委
        PartyCommittee,
        /// 政府部门
        Department,
        /// 企业
        Enterprise,
        /// 民主党派支部
        DemocraticParty,
        /// 乡友会·商会
        Association,
        /// 工商联
        Federation,
        /// 合作社
        Cooperative,
        /// 学校
        School,
        /// 医院
        Hospital,
        /// 其他
        Other,
    }
}

text_enum! {
    /// The system an organisation belongs to 系统; figures of different systems are not added together unless asked.
    System {
        /// 政协系统
        Cppcc,
        /// 人大系统
        Npc,
        /// 党委系统
        Party,
        /// 政府系统
        Government,
        /// 社会
        Society,
    }
}
