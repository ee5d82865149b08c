//! A GraphQL document 可信文档 that callers may name by its hash instead of sending the text.

use sea_orm::entity::prelude::*;

use crate::ids::{LedgerId, TrustedDocumentId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "trusted_document")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TrustedDocumentId,
    /// SHA-256 of the text, in hexadecimal.
    #[sea_orm(unique)]
    pub hash: String,
    pub name: String,
    pub text: String,
    pub withdrawn: bool,
    pub keeper_id: LedgerId,
}

impl ActiveModelBehavior for ActiveModel {}
