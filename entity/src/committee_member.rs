//! A person's dated place in a committee, also from another organisation.

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
    /// Role in a committee 职务.
    CommitteeRole {
        /// 主任·组长
        Head,
        /// 副主任·副组长
        Deputy,
        /// 成员
        Member,
        /// 联络员
        Liaison,
    }
}
