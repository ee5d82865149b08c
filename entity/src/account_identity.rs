//! Who an account is at an OpenID Connect provider 外部身份: the issuer and what it calls the person. Linked and unlinked
//! by those who keep the account; a name or an address of the person's plays no part.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, IdentityId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_identity")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IdentityId,
    pub account_id: AccountId,
    pub issuer: String,
    pub subject: String,
    pub linked_at: DateTime<Utc>,
    pub unlinked_at: Option<DateTime<Utc>>,
}

impl ActiveModelBehavior for ActiveModel {}
