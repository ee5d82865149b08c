//! Registering documents, and withdrawing them. A text never changes: its hash is its name.

use async_graphql::{Context, ID, InputObject, Object};
use entity::fact::SourceType;
use entity::ids::{LedgerId, TrustedDocumentId};
use entity::trusted_document::{ActiveModel, Column, Entity};
use guard::Limits;
use sea_orm::{ColumnTrait, QueryFilter, Set};
use serde::Serialize;
use uuid::Uuid;

use super::{TrustedDocument, known};
use crate::access::{Action, Within};
use crate::ledger::{Act, Subject, Tx};
use crate::mutation::{Asking, run};
use crate::payload;
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;

payload!(
    /// A trusted document, or what is to be mended 可信文档结果.
    TrustedDocumentPayload {
        /// The document as it is now 可信文档.
        trusted_document: TrustedDocument
    }
);

#[derive(Default)]
pub struct DocumentMutation;

#[Object]
impl DocumentMutation {
    /// Registers a document, which callers may then name by the SHA-256 of its text 登记可信文档.
    async fn trusted_document_register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: TrustedDocumentRegister,
    ) -> Option<async_graphql::Result<TrustedDocumentPayload>> {
        let ledger = fits(ctx, &input.text).await.map(|()| LedgerId::REFERENCE);
        run(ctx, ledger, input).await
    }

    /// Has a document carried out no more under its name, or again; every server knows within a minute 撤回·恢复可信文档.
    async fn trusted_document_withdraw(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: TrustedDocumentWithdraw,
    ) -> Option<async_graphql::Result<TrustedDocumentPayload>> {
        run(ctx, Ok(LedgerId::REFERENCE), input).await
    }
}

/// A document to be registered 登记可信文档.
#[derive(InputObject, Serialize)]
#[graphql(name = "TrustedDocumentRegisterInput")]
pub struct TrustedDocumentRegister {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Id chosen by the caller; a fresh one where absent.
    pub id: Option<Uuid>,
    /// What it is for 名称.
    pub name: String,
    /// The document, as it will be carried out: it fits the schema, and keeps to its limits 文档正文.
    pub text: String,
}

/// The text is a document that fits the schema.
async fn fits(ctx: &Context<'_>, text: &str) -> Result<()> {
    ctx.viewer()?.may(TrustedDocumentRegister::ACTION)?;
    let checked = ctx.app()?.documents.checked(text.to_owned(), &Limits::default()).await;
    checked.map(drop).map_err(|wrong| Error::field("text", ErrorCode::Invalid, wrong))
}

impl Act for TrustedDocumentRegister {
    const NAME: &'static str = "trustedDocumentRegister";
    const ACTION: Action = Action::KeepApplication;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let row = tx
            .insert(ActiveModel {
                id: Set(TrustedDocumentId(check::id(self.id)?)),
                hash: Set(known::hash(&self.text)),
                name: Set(check::text("name", &self.name)?),
                text: Set(self.text.clone()),
                withdrawn: Set(false),
                keeper_id: Set(tx.ledger()),
            })
            .await?;
        Ok(Subject { of: SourceType::TrustedDocument, id: row.id.0 })
    }
}

/// A document to be withdrawn, or carried out again 撤回·恢复可信文档.
#[derive(InputObject, Serialize)]
#[graphql(name = "TrustedDocumentWithdrawInput")]
pub struct TrustedDocumentWithdraw {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which document 可信文档.
    pub trusted_document: ID,
    /// Whether it is withdrawn 是否撤回.
    #[graphql(default = true)]
    pub is_withdrawn: bool,
}

impl Act for TrustedDocumentWithdraw {
    const NAME: &'static str = "trustedDocumentWithdraw";
    const ACTION: Action = Action::KeepApplication;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let field = "trustedDocument";
        let id = Gid::parse(&self.trusted_document, field, &[SourceType::TrustedDocument])?.id;
        let rows = Entity::within(tx.scope()).filter(Column::KeeperId.eq(tx.ledger()));
        let row = rows.filter(Column::Id.eq(id)).one(tx.db()).await?;
        let row = row.ok_or_else(|| Error::missing(field))?;
        tx.update(ActiveModel { withdrawn: Set(self.is_withdrawn), ..row.into() }).await?;
        Ok(Subject { of: SourceType::TrustedDocument, id })
    }
}
