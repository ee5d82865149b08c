//! A proposal 开户申请 that another office open an account.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, AccountProposalId, LedgerId, PersonId, RegionId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_proposal")]
pub struct Model {
    /// Becomes the account's id when the account is opened.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountProposalId,
    /// The ledger whose office proposes the account.
    pub keeper_id: LedgerId,
    pub name: String,
    pub person_id: Option<PersonId>,
    /// Region of the account's first role, or of the ledger that keeps its person.
    pub region_id: RegionId,
    pub reason: String,
    pub state: AccountProposalState,
    pub proposed_by: AccountId,
    /// The person of the proposing account.
    pub proposer_person_id: Option<PersonId>,
    pub proposed_at: DateTime<Utc>,
    pub answered_by: Option<AccountId>,
    pub answered_at: Option<DateTime<Utc>>,
    pub answer_reason: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

text_enum! {
    /// State of a proposal to open an account.
    /// 开户申请的状态。
    AccountProposalState {
        /// Nobody has answered yet.
        /// 待确认。
        Open,
        /// Somebody else has confirmed the proposal, and the account is open.
        /// 已由他人确认并开户。
        Confirmed,
        /// Somebody else has declined the proposal.
        /// 已由他人退回。
        Declined,
        /// The proposing account has withdrawn the proposal.
        /// 已由申请人撤回。
        Withdrawn,
    }
}
