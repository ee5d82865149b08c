//! A chain of the access log: what one server process has written, and where it begins and ends. Its number is one
//! more than that of the chain before it.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::ids::KeyId;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "access_chain")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// The key of all its hashes.
    pub key_id: KeyId,
    pub began_at: DateTime<Utc>,
    /// Where the chain before it stood at that time.
    pub previous_seq: i64,
    pub previous_hash: String,
    /// The first line that is kept; those before it have expired.
    pub kept_from: i64,
    /// The hash before that line.
    pub kept_hash: String,
    pub kept_seal: String,
    /// The last line.
    pub head_seq: i64,
    pub head_at: DateTime<Utc>,
    pub head_hash: String,
    pub head_seal: String,
}

impl ActiveModelBehavior for ActiveModel {}
