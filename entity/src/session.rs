//! A session 会话: one sign-in, with all refresh tokens that follow from it.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, IdentityId, SessionId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    pub account_id: AccountId,
    pub began_at: DateTime<Utc>,
    pub used_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub ended_by: Option<EndedBy>,
    /// The identity at the provider with which the session began; none if a password began it.
    pub identity_id: Option<IdentityId>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Event that ended a session early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum EndedBy {
    SignOut,
    /// A refresh token was used again after it had been replaced.
    Reuse,
    Password,
    Disabled,
}
