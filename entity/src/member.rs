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
    /// Categories that describe the seat: resident, principal …
    pub tags: Tags,
    pub from_on: Date,
    pub to_on: Option<Date>,
    pub keeper_id: LedgerId,
}

impl ActiveModelBehavior for ActiveModel {}

text_enum! {
    /// Kind of a seat.
    /// 席位类型。
    MemberKind {
        /// Member of a CPPCC body.
        /// 政协委员。
        CppccMember,
        /// Deputy of an NPC body.
        /// 人大代表。
        NpcDeputy,
        /// Member of a standing committee.
        /// 常委。
        StandingMember,
        /// Leader.
        /// 领导。
        Leader,
        /// Cadre.
        /// 干部。
        Cadre,
        /// Member of medical or teaching staff.
        /// 医务、教学人员。
        Professional,
        /// Head of an enterprise.
        /// 企业负责人。
        EnterpriseHead,
    }
}
