//! `Organisation` 单位: a body with a region, which gives it a level, and a system.

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
    /// None if the organisation is older than the records.
    pub from_on: Option<Date>,
    pub to_on: Option<Date>,
    pub keeper_id: LedgerId,
}

impl ActiveModelBehavior for ActiveModel {}

text_enum! {
    /// Kind of an organisation.
    /// 单位类型。
    OrganisationKind {
        /// CPPCC body.
        /// 政协。
        Cppcc,
        /// NPC body.
        /// 人大。
        Npc,
        /// Party committee.
        /// 党委。
        PartyCommittee,
        /// Government department.
        /// 政府部门。
        Department,
        /// Enterprise.
        /// 企业。
        Enterprise,
        /// Branch of a democratic party.
        /// 民主党派支部。
        DemocraticParty,
        /// Hometown association or chamber of commerce.
        /// 乡友会、商会。
        Association,
        /// Federation of industry and commerce.
        /// 工商联。
        Federation,
        /// Cooperative.
        /// 合作社。
        Cooperative,
        /// School.
        /// 学校。
        School,
        /// Hospital.
        /// 医院。
        Hospital,
        /// Organisation of another kind.
        /// 其他。
        Other,
    }
}

text_enum! {
    /// System to which an organisation belongs. Figures of different systems are not added together unless asked.
    /// 单位所属系统;不同系统的数字除非要求,不合并计算。
    System {
        /// CPPCC system.
        /// 政协系统。
        Cppcc,
        /// NPC system.
        /// 人大系统。
        Npc,
        /// Party system.
        /// 党委系统。
        Party,
        /// Government system.
        /// 政府系统。
        Government,
        /// Society: enterprises, associations and others outside these systems.
        /// 社会:企业、社团等系统外单位。
        Society,
    }
}
