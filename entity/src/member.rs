//! `Member` 席位: a person's seat in an organisation. Seats are counted, not people.

use crate::values::Date;
use sea_orm::entity::prelude::*;

use crate::definition::Tags;
use crate::ids::{LedgerId, MemberId, OrganisationId, PersonId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "member")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MemberId,
    pub person_id: PersonId,
    pub organisation_id: OrganisationId,
    pub kind: MemberKind,
    /// Attributes of the seat as data: resident, principal …
    pub tags: Tags,
    pub from_on: Date,
    pub to_on: Option<Date>,
    pub keeper_id: LedgerId,
}

impl ActiveModelBehavior for ActiveModel {}

text_enum! {
    /// Kind of a seat 席位类型.
    MemberKind {
        /// 政协委员
        CppccMember,
        /// 人大代表
        NpcDeputy,
        /// 常委
        StandingMember,
        /// 领导
        Leader,
        /// 干部
        Cadre,
        /// 医务·教学人员
        Professional,
        /// 企业负责人
        EnterpriseHead,
    }
}
