//! A code for one who has come back from an OpenID Connect provider, good once and for a moment; and that the state they
//! came with has been used. Both are known by their hashes.

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
    /// What the verifier of the one who began must hash to.
    pub challenge: String,
    pub until: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
}

impl ActiveModelBehavior for ActiveModel {}
