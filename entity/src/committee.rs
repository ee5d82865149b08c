//! `Committee` 委室·小组: a body inside an organisation.

use crate::values::Date;
use sea_orm::entity::prelude::*;

use crate::ids::{CommitteeId, LedgerId, OrganisationId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "committee")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CommitteeId,
    pub organisation_id: OrganisationId,
    pub parent_id: Option<CommitteeId>,
    pub name: String,
    pub kind: CommitteeKind,
    pub from_on: Date,
    pub to_on: Option<Date>,
    pub keeper_id: LedgerId,
}

impl ActiveModelBehavior for ActiveModel {}

text_enum! {
    /// Kind of a committee.
    /// 委室类型。
    CommitteeKind {
        /// Special committee.
        /// 专门委员会。
        SpecialCommittee,
        /// Office.
        /// 办公室。
        Office,
        /// Members' activity group.
        /// 委员活动小组。
        ActivityGroup,
        /// Sector of a CPPCC body.
        /// 政协界别。
        Sector,
        /// Leading group.
        /// 领导小组。
        LeadingGroup,
        /// Work group.
        /// 工作组。
        WorkGroup,
    }
}
