//! A refresh token 刷新令牌 of a session, by its hash. One of a session's tokens is good; the others have been
//! replaced.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::ids::SessionId;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_token")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: String,
    pub session_id: SessionId,
    pub issued_at: DateTime<Utc>,
    pub replaced_at: Option<DateTime<Utc>>,
    /// The token that replaced this one, readable only to a caller who has this one.
    pub successor: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
