//! A session 会话: what one sign-in has begun, with all refresh tokens that follow from it.

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
    /// Who the provider said it is, where no password began it.
    pub identity_id: Option<IdentityId>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What ended a session before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum EndedBy {
    SignOut,
    /// A refresh token that had been replaced came again.
    Reuse,
    Password,
    Disabled,
}
