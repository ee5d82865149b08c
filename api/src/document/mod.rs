//! Trusted documents 可信文档: operations that are known here, which callers name by the SHA-256 of their text and need not
//! send. Operators put them into a folder, or register them.

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

/// A document that callers need only name 可信文档.
#[derive(Description)]
pub struct TrustedDocument(pub trusted_document::Model);

#[Object(use_type_description)]
impl TrustedDocument {
    /// Global id.
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::TrustedDocument, self.0.id).into()
    }

    /// By which it is asked for: the SHA-256 of its text, in hexadecimal 文档哈希.
    async fn document_id(&self) -> &str {
        &self.0.hash
    }

    /// Name 名称.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The document itself 文档正文.
    async fn text(&self) -> &str {
        &self.0.text
    }

    /// Whether it is carried out no more 是否撤回.
    async fn is_withdrawn(&self) -> bool {
        self.0.withdrawn
    }
}

/// Which trusted documents 可信文档筛选.
#[derive(InputObject, Default)]
pub struct TrustedDocumentFilter {
    /// That are withdrawn, or are not 是否撤回.
    is_withdrawn: Option<bool>,
    /// Whose name contains this 名称.
    name_contains: Option<String>,
}

/// Sort key of trusted documents 可信文档排序.
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum TrustedDocumentSort {
    /// By name 名称.
    #[default]
    Name,
    /// As entered 录入顺序.
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
    /// One registered document, for those who keep applications 可信文档.
    async fn trusted_document(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id")] id: ID,
    ) -> Option<Result<TrustedDocument>> {
        match Gid::parse(&id, "id", &[SourceType::TrustedDocument]) {
            Ok(gid) => TrustedDocument::reread(ctx, gid.ledger, gid.id).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// Registered documents, for those who keep applications; those of the server's folder are not among them
    /// 可信文档列表.
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn trusted_documents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which documents; all where absent")] filter: Option<TrustedDocumentFilter>,
        #[graphql(desc = "Sort key; by name where absent")] order_by: Option<TrustedDocumentSort>,
        #[graphql(desc = "Direction; ascending where absent")] direction: Option<Direction>,
        #[graphql(desc = "That many from the start, 1–100; 20 where absent")] first: Option<i32>,
        #[graphql(desc = "After this cursor")] after: Option<String>,
        #[graphql(desc = "That many from the end, 1–100")] last: Option<i32>,
        #[graphql(desc = "Before this cursor")] before: Option<String>,
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
