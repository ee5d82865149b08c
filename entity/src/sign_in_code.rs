//! A code for a person coming back from an OpenID Connect provider, valid once and for a moment. The row also marks the
//! person's `state` as used. Code and state are stored as hashes.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::ids::IdentityId;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_in_code")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub state_hash: String,
    pub code_hash: String,
    pub identity_id: IdentityId,
    /// Hash that the code verifier of the client must have.
    pub challenge: String,
    pub until: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
}

impl ActiveModelBehavior for ActiveModel {}
