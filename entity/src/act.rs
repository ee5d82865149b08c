//! The journal of a ledger: one line per act, numbered, timed and hash-chained. It also answers repeated idempotency
//! keys.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::fact::SourceType;
use crate::ids::{AccountId, LedgerId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "act")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub ledger_id: LedgerId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub at: DateTime<Utc>,
    pub account_id: AccountId,
    /// The mutation's name.
    pub action: String,
    pub idempotency_key: String,
    pub input_hash: String,
    pub subject_type: SourceType,
    pub subject_id: Uuid,
    /// SHA-256 over the line before and this one.
    pub hash: String,
}

impl ActiveModelBehavior for ActiveModel {}
