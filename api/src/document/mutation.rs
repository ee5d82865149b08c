//! Registers documents, and withdraws them. A text never changes: its hash is its id.

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
    /// A trusted document, or the errors to correct.
    /// 可信文档结果,或需更正的错误。
    TrustedDocumentPayload {
        /// Document after the mutation; null if there are errors.
        /// 变更后的可信文档;有错误时为空。
        trusted_document: TrustedDocument
    }
);

#[derive(Default)]
pub struct DocumentMutation;

#[Object]
impl DocumentMutation {
    /// Registers a document, which callers may then name by the SHA-256 of its text.
    /// 登记可信文档,此后可按正文的SHA-256调用。
    async fn trusted_document_register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The document to register.\n要登记的文档。")] input: TrustedDocumentRegister,
    ) -> Option<async_graphql::Result<TrustedDocumentPayload>> {
        let ledger = fits(ctx, &input.text).await.map(|()| LedgerId::REFERENCE);
        run(ctx, ledger, input).await
    }

    /// Withdraws a document, or restores it; every server follows within a minute.
    /// 撤回或恢复可信文档,各服务器在一分钟内生效。
    async fn trusted_document_withdraw(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The document to withdraw or restore.\n要撤回或恢复的文档。")]
        input: TrustedDocumentWithdraw,
    ) -> Option<async_graphql::Result<TrustedDocumentPayload>> {
        run(ctx, Ok(LedgerId::REFERENCE), input).await
    }
}

/// Document to register.
/// 要登记的可信文档。
#[derive(InputObject, Serialize)]
#[graphql(name = "TrustedDocumentRegisterInput")]
pub struct TrustedDocumentRegister {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// UUID chosen by the caller; the server makes one if absent.
    /// 由调用方选择的UUID;默认由服务器生成。
    pub id: Option<Uuid>,
    /// Name of the document, which says its purpose.
    /// 文档名称,说明其用途。
    pub name: String,
    /// Text of the document; each of its operations must fit the schema and the server's default limits.
    /// 文档正文;其中每个操作都须符合接口定义和默认限额。
    pub text: String,
}

/// Checks that the text is a document that fits the schema and the default limits.
async fn fits(ctx: &Context<'_>, text: &str) -> Result<()> {
    ctx.viewer()?.may(TrustedDocumentRegister::ACTION)?;
    let checked = ctx.app()?.documents.checked(text.to_owned(), &Limits::default()).await;
    checked.map(drop).map_err(|wrong| Error::field("text", ErrorCode::Invalid, wrong))
}

/// Documents are for all callers of a server: an administrator of one region neither adds nor withdraws any.
fn is_for_all(tx: &Tx) -> Result<()> {
    if tx.viewer().administers_everywhere() { Ok(()) } else { Err(Error::Forbidden) }
}

impl Act for TrustedDocumentRegister {
    const NAME: &'static str = "trustedDocumentRegister";
    const ACTION: Action = Action::KeepApplication;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        is_for_all(tx)?;
        let row = tx
            .insert(ActiveModel {
                id: Set(TrustedDocumentId(tx.new_id(self.id).await?)),
                hash: Set(known::hash(&self.text)),
                name: Set(check::name("name", &self.name)?),
                text: Set(self.text.clone()),
                withdrawn: Set(false),
                keeper_id: Set(tx.ledger()),
            })
            .await?;
        Ok(Subject { of: SourceType::TrustedDocument, id: row.id.0 })
    }
}

/// Document to withdraw or restore.
/// 要撤回或恢复的可信文档。
#[derive(InputObject, Serialize)]
#[graphql(name = "TrustedDocumentWithdrawInput")]
pub struct TrustedDocumentWithdraw {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Global id of the document.
    /// 可信文档的全局标识。
    pub trusted_document: ID,
    /// True to withdraw the document, false to restore it; true if absent.
    /// true为撤回,false为恢复,默认true。
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
        is_for_all(tx)?;
        let field = "trustedDocument";
        let id = Gid::parse(&self.trusted_document, field, &[SourceType::TrustedDocument])?.id;
        let rows = Entity::within(tx.scope()).filter(Column::KeeperId.eq(tx.ledger()));
        let row = rows.filter(Column::Id.eq(id)).one(tx.db()).await?;
        let row = row.ok_or_else(|| Error::missing(field))?;
        tx.update(ActiveModel { withdrawn: Set(self.is_withdrawn), ..row.into() }).await?;
        Ok(Subject { of: SourceType::TrustedDocument, id })
    }
}
