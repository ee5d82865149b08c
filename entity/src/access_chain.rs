//! A chain of the access log: the lines that one server process has written, with hashes of its beginning and end. Its
//! number is one more than that of the chain before it.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::ids::KeyId;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "access_chain")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// The key of all hashes of the chain.
    pub key_id: KeyId,
    pub began_at: DateTime<Utc>,
    /// Last line of the chain before, when this one began.
    pub previous_seq: i64,
    pub previous_hash: String,
    /// First line that is kept; lines before it have expired.
    pub kept_from: i64,
    /// Hash of the line before `kept_from`.
    pub kept_hash: String,
    pub kept_seal: String,
    /// Last line of the chain.
    pub head_seq: i64,
    pub head_at: DateTime<Utc>,
    pub head_hash: String,
    pub head_seal: String,
}

impl ActiveModelBehavior for ActiveModel {}
