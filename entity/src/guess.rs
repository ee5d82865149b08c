//! Guesses at passwords, per guessed account name or per guesser's address, and the time from which guesses are checked
//! again.

use chrono::{DateTime, Utc};
use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "guess")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: String,
    pub tried: Moments,
    pub open_at: DateTime<Utc>,
    pub seen_at: DateTime<Utc>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Instants in microseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Moments(pub Vec<i64>);
