//! A role 拟授角色 that a proposed account is to have.

use crate::values::Date;
use sea_orm::entity::prelude::*;

use crate::ids::{AccountProposalId, CommitteeId, GrantId, OrganisationId, RegionId};
use crate::role_grant::Role;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_proposal_grant")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GrantId,
    pub proposal_id: AccountProposalId,
    /// Position of the role in the list, from 0.
    pub position: i32,
    pub role: Role,
    pub region_id: RegionId,
    pub organisation_id: Option<OrganisationId>,
    pub committee_id: Option<CommitteeId>,
    pub from_on: Date,
    pub to_on: Option<Date>,
}

impl ActiveModelBehavior for ActiveModel {}
