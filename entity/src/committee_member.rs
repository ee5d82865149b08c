//! A person's dated place in a committee. The person may belong to another organisation.

use crate::values::Date;
use sea_orm::entity::prelude::*;

use crate::ids::{CommitteeId, CommitteeMemberId, LedgerId, PersonId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "committee_member")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CommitteeMemberId,
    pub committee_id: CommitteeId,
    pub person_id: PersonId,
    pub role: CommitteeRole,
    pub from_on: Date,
    pub to_on: Option<Date>,
    pub keeper_id: LedgerId,
}

impl ActiveModelBehavior for ActiveModel {}

text_enum! {
    /// Role of a person in a committee.
    /// 委室内职务。
    CommitteeRole {
        /// Director of a committee, or leader of a group.
        /// 主任或组长。
        Head,
        /// Deputy director or deputy leader.
        /// 副主任或副组长。
        Deputy,
        /// Ordinary member.
        /// 成员。
        Member,
        /// Liaison.
        /// 联络员。
        Liaison,
    }
}
