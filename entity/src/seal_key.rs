//! Keys that seal personal values, by number; their secrets are the server's. The newest key seals.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::ids::KeyId;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seal_key")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: KeyId,
    /// Tells the key from another of the same number.
    pub print: String,
    pub since: DateTime<Utc>,
}

impl ActiveModelBehavior for ActiveModel {}
