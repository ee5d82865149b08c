//! State of an account's password, and the version that the account's tokens must have. The row comes with the first
//! sign-in; a transaction that changes the account's sessions locks the row first.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::ids::AccountId;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credential")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    pub version: i32,
    pub password_since: DateTime<Utc>,
    pub must_change: bool,
}

impl ActiveModelBehavior for ActiveModel {}
