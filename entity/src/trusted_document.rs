//! A GraphQL document that callers need only name 可信文档.

use sea_orm::entity::prelude::*;

use crate::ids::{LedgerId, TrustedDocumentId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "trusted_document")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TrustedDocumentId,
    /// The SHA-256 of the text, in hexadecimal.
    #[sea_orm(unique)]
    pub hash: String,
    pub name: String,
    pub text: String,
    pub withdrawn: bool,
    pub keeper_id: LedgerId,
}

impl ActiveModelBehavior for ActiveModel {}
