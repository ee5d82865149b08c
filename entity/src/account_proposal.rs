//! An account that one office asks another to open 开户申请.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, AccountProposalId, LedgerId, PersonId, RegionId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_proposal")]
pub struct Model {
    /// The id of the account, once it is open.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountProposalId,
    /// The ledger whose office proposes it.
    pub keeper_id: LedgerId,
    pub name: String,
    pub person_id: Option<PersonId>,
    /// The region of its first role, or of the ledger that keeps its person.
    pub region_id: RegionId,
    pub reason: String,
    pub state: AccountProposalState,
    pub proposed_by: AccountId,
    /// The person behind the account that proposed it.
    pub proposer_person_id: Option<PersonId>,
    pub proposed_at: DateTime<Utc>,
    pub answered_by: Option<AccountId>,
    pub answered_at: Option<DateTime<Utc>>,
    pub answer_reason: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

text_enum! {
    /// How far a proposed account has come 开户申请状态.
    AccountProposalState {
        /// 待确认: nobody has answered
        Open,
        /// 已开户: somebody else has confirmed it, and the account is open
        Confirmed,
        /// 已退回: somebody else has declined it
        Declined,
        /// 已撤回: the account that proposed it has taken it back
        Withdrawn,
    }
}
