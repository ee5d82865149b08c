//! Trusted documents 可信文档: operations that the server knows, so that callers send the SHA-256 of the text in its
//! place. Operators put them into a folder, or register them.

pub mod check;
pub mod known;
mod mutation;

use async_graphql::{Context, Description, Enum, ID, InputObject, Object};
use entity::fact::SourceType;
use entity::ids::LedgerId;
use entity::trusted_document::{self, Column, Entity};
use sea_orm::{ColumnTrait, QueryFilter, Select};
use uuid::Uuid;

use crate::access::{Action, Within};
use crate::mutation::{Asking, Reread};
use crate::page::{self, Direction, Nodes, Page, Sort};
use crate::roster;
use platform::error::{Error, Result};
use platform::gid::Gid;

pub use mutation::{DocumentMutation, TrustedDocumentPayload};

/// Operation that the server knows, so that callers send its id in place of its text.
/// 可信文档:服务器已知的操作,调用方只需发送其标识。
#[derive(Description)]
pub struct TrustedDocument(pub trusted_document::Model);

#[Object(use_type_description)]
impl TrustedDocument {
    /// Global id.
    /// 全局标识。
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::TrustedDocument, self.0.id).into()
    }

    /// Id by which callers name the document: the SHA-256 of its text, in hexadecimal.
    /// 文档标识,即正文的SHA-256(十六进制)。
    async fn document_id(&self) -> &str {
        &self.0.hash
    }

    /// Name of the document.
    /// 文档名称。
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Text of the document.
    /// 文档正文。
    async fn text(&self) -> &str {
        &self.0.text
    }

    /// True if the document has been withdrawn: the server refuses its id.
    /// 是否已撤回;已撤回的文档不能再按标识执行。
    async fn is_withdrawn(&self) -> bool {
        self.0.withdrawn
    }
}

/// Conditions that trusted documents must meet.
/// 可信文档的筛选条件。
#[derive(InputObject, Default)]
pub struct TrustedDocumentFilter {
    /// True for withdrawn documents, false for the others; both if absent.
    /// true为已撤回的,false为未撤回的,默认全部。
    is_withdrawn: Option<bool>,
    /// Text that the document's name contains.
    /// 名称中包含的文字。
    name_contains: Option<String>,
}

/// Sort key of trusted documents.
/// 可信文档的排序字段。
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum TrustedDocumentSort {
    /// By name.
    /// 按名称。
    #[default]
    Name,
    /// By id, which follows the order of entry unless the caller chose the id.
    /// 按标识;标识由服务器生成时即录入顺序。
    Entered,
}

fn selected(ctx: &Context<'_>, filter: TrustedDocumentFilter) -> Result<Select<Entity>> {
    let mut rows = Entity::within(&ctx.viewer()?.may(Action::KeepApplication)?);
    if let Some(withdrawn) = filter.is_withdrawn {
        rows = rows.filter(Column::Withdrawn.eq(withdrawn));
    }
    if let Some(part) = filter.name_contains {
        rows = rows.filter(roster::contains(ctx.app()?.db.backend(), Column::Name, &part));
    }
    Ok(rows)
}

#[derive(Default)]
pub struct DocumentQuery;

#[Object]
impl DocumentQuery {
    /// Registered document of that id, for viewers who keep applications.
    /// 按标识查询已登记的可信文档,仅限应用管理者。
    async fn trusted_document(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the trusted document.\n可信文档的全局标识。")] id: ID,
    ) -> Option<Result<TrustedDocument>> {
        match Gid::parse(&id, "id", &[SourceType::TrustedDocument]) {
            Ok(gid) => TrustedDocument::reread(ctx, gid.ledger, gid.id).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// Registered documents, for viewers who keep applications; documents of the server's folder are not listed.
    /// 已登记的可信文档列表,仅限应用管理者;不含服务器目录中的文档。
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn trusted_documents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which trusted documents to list; all if absent.\n筛选条件,默认全部。")]
        filter: Option<TrustedDocumentFilter>,
        #[graphql(desc = "Sort key; by name if absent.\n排序字段,默认按名称。")] order_by: Option<
            TrustedDocumentSort,
        >,
        #[graphql(desc = "Direction; ascending if absent.\n排序方向,默认升序。")] direction: Option<
            Direction,
        >,
        #[graphql(
            desc = "Number of items from the start, 1 to 100; 20 if absent.\n从头取的条数,1至100,默认20。"
        )]
        first: Option<i32>,
        #[graphql(desc = "Cursor after which the page begins.\n起始游标。")] after: Option<String>,
        #[graphql(desc = "Number of items from the end, 1 to 100.\n从尾取的条数,1至100。")] last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.\n截止游标。")] before: Option<String>,
    ) -> Option<Result<Nodes<TrustedDocument>>> {
        let page = async {
            let page = Page::of(first, after, last, before)?;
            let rows = selected(ctx, filter.unwrap_or_default())?;
            let by = match order_by.unwrap_or_default() {
                TrustedDocumentSort::Name => Column::Name,
                TrustedDocumentSort::Entered => Column::Id,
            };
            let sort = Sort { by, id: Column::Id, direction: direction.unwrap_or_default() };
            page::read(&ctx.app()?.db, rows, sort, page, TrustedDocument).await
        };
        Some(page.await)
    }
}

impl Reread for TrustedDocument {
    async fn reread(ctx: &Context<'_>, _: LedgerId, id: Uuid) -> Result<Option<Self>> {
        let rows = Entity::within(&ctx.viewer()?.may(Action::KeepApplication)?);
        let row = rows.filter(Column::Id.eq(id)).one(&ctx.app()?.db).await?;
        row.map(TrustedDocument).map(Some).ok_or(Error::NotFound)
    }
}
