//! Third-party applications 第三方应用: programs of others that ask in their own name, within one region and the scopes
//! granted to them. An application is an account of its own kind: it is a viewer, acts in the journal and gets tokens
//! like any account. It has no password, one role, and a secret that is shown once and stored as a hash.

mod keep;
mod mutation;

use async_graphql::{Context, Description, Enum, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use entity::application::{self, ApplicationScope, Scopes};
use entity::fact::SourceType;
use entity::ids::LedgerId;
use entity::values::Date;
use entity::{account, role_grant};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, QueryFilter, Select};
use uuid::Uuid;

use crate::access::{Action, Viewer};
use crate::loader::{self, ApplicationOf, GrantsOf};
use crate::mutation::{Asking, Reread};
use crate::organisation::{self, Organisation};
use crate::page::{self, Direction, Nodes, Page, Sort};
use crate::region::{self, Region};
use crate::roster;
use platform::error::{Error, Result};
use platform::gid::Gid;

pub use mutation::{ApplicationMutation, ApplicationPayload};

/// Third-party application, which asks in its own name.
/// 以自身名义查询的第三方应用。
#[derive(Description)]
pub struct Application(pub account::Model);

impl Application {
    async fn row(&self, ctx: &Context<'_>) -> Result<application::Model> {
        loader::one(ctx.rows()?, ApplicationOf(self.0.id)).await?.ok_or(Error::NotFound)
    }

    async fn grant(&self, ctx: &Context<'_>) -> Result<role_grant::Model> {
        let grants = loader::many(ctx.rows()?, GrantsOf(self.0.id)).await?;
        grants.into_iter().next().ok_or(Error::NotFound)
    }
}

#[Object(use_type_description)]
impl Application {
    /// Global id.
    /// 全局标识。
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::Application, self.0.id).into()
    }

    /// Identifier that the application sends as `client_id` to get a token.
    /// 应用获取令牌时提交的客户端标识(client_id)。
    async fn client_id(&self) -> String {
        self.0.id.0.to_string()
    }

    /// Name of the application.
    /// 应用名称。
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Organisation that answers for the application; empty if only a contact does.
    /// 责任单位;仅有联系人的为空。
    async fn organisation(&self, ctx: &Context<'_>) -> Option<Result<Organisation>> {
        match self.row(ctx).await {
            Ok(row) => organisation::by_id(ctx, row.organisation_id?).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// Person who answers for the application, and how to reach them; empty if only an organisation does.
    /// 责任人及其联系方式;仅有责任单位的为空。
    async fn contact(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.row(ctx).await.map(|row| row.contact).transpose()
    }

    /// Region about which the application may ask, with all regions below it.
    /// 应用可查询的区划,含其下级区划。
    async fn region(&self, ctx: &Context<'_>) -> Option<Result<Region>> {
        match self.grant(ctx).await {
            Ok(grant) => region::by_id(ctx, grant.region_id?).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// Kinds of data for which the application may ask.
    /// 授权范围,即应用可查询的数据种类。
    async fn scopes(&self, ctx: &Context<'_>) -> Result<Vec<ApplicationScope>> {
        Ok(Scopes::parse(&self.row(ctx).await?.scopes).unwrap_or_default().iter().collect())
    }

    /// Number of requests that the application may make in a minute.
    /// 每分钟请求数上限。
    async fn rate_per_minute(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(self.row(ctx).await?.rate)
    }

    /// First day on which the application may ask.
    /// 授权生效日期。
    async fn from(&self, ctx: &Context<'_>) -> Result<Date> {
        Ok(self.grant(ctx).await?.from_on)
    }

    /// Last day on which the application may ask; empty if it has no end.
    /// 授权终止日期;长期有效的为空。
    async fn to(&self, ctx: &Context<'_>) -> Option<Result<Date>> {
        self.grant(ctx).await.map(|grant| grant.to_on).transpose()
    }

    /// True if the application is disabled.
    /// 应用是否已停用。
    async fn is_disabled(&self) -> bool {
        self.0.disabled
    }

    /// Time at which the previous secret ends; empty if none is valid.
    /// 旧密钥的失效时间;没有有效旧密钥的为空。
    async fn previous_secret_until(&self, ctx: &Context<'_>) -> Option<Result<DateTime<Utc>>> {
        match (self.row(ctx).await, ctx.app()) {
            (Ok(row), Ok(app)) => row.old_secret_until.filter(|until| *until > app.clock.now()).map(Ok),
            (Err(error), _) | (_, Err(error)) => Some(Err(error)),
        }
    }
}

/// Conditions on applications; an application must meet all of them.
/// 应用的筛选条件,须全部满足。
#[derive(InputObject, Default)]
pub struct ApplicationFilter {
    /// True for disabled applications, false for enabled ones.
    /// true为已停用的应用,false为启用的应用。
    is_disabled: Option<bool>,
    /// Text that the application's name contains.
    /// 应用名称包含的文字。
    name_contains: Option<String>,
}

/// Sort key of a list of applications.
/// 应用列表的排序字段。
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum ApplicationSort {
    /// By name of the application.
    /// 按应用名称。
    #[default]
    Name,
    /// By order of entry.
    /// 按录入顺序。
    Entered,
}

/// Condition that an account is an application's. No password opens such an account, and acts on accounts leave it
/// alone.
#[must_use]
pub fn has_account() -> Expr {
    let its = Query::select()
        .expr(Expr::val(1))
        .from(application::Entity)
        .and_where(
            Expr::col((application::Entity, application::Column::AccountId))
                .equals((account::Entity, account::Column::Id)),
        )
        .to_owned();
    Expr::exists(its)
}

/// Accounts of applications that the viewer keeps; `account` reads accounts of people.
fn of_programs(viewer: &Viewer) -> Result<Select<account::Entity>> {
    Ok(viewer.accounts(Action::KeepApplication)?.filter(has_account()))
}

fn selected(ctx: &Context<'_>, filter: ApplicationFilter) -> Result<Select<account::Entity>> {
    let mut rows = of_programs(ctx.viewer()?)?;
    if let Some(disabled) = filter.is_disabled {
        rows = rows.filter(account::Column::Disabled.eq(disabled));
    }
    if let Some(part) = filter.name_contains {
        rows = rows.filter(roster::contains(ctx.app()?.db.backend(), account::Column::Name, &part));
    }
    Ok(rows)
}

#[derive(Default)]
pub struct ApplicationQuery;

#[Object]
impl ApplicationQuery {
    /// A third-party application that you keep; NOT_FOUND for any other.
    /// 由本账户管理的一个第三方应用;其他应用返回NOT_FOUND。
    async fn application(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the application.\n应用的全局标识。")] id: ID,
    ) -> Option<Result<Application>> {
        match Gid::parse(&id, "id", &[SourceType::Application]) {
            Ok(gid) => Application::reread(ctx, gid.ledger, gid.id).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// Third-party applications that you keep.
    /// 由本账户管理的第三方应用列表。
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn applications(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which applications to list; all if absent.\n筛选条件,默认全部应用。")]
        filter: Option<ApplicationFilter>,
        #[graphql(desc = "Sort key; by name if absent.\n排序字段,默认按名称。")] order_by: Option<
            ApplicationSort,
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
    ) -> Option<Result<Nodes<Application>>> {
        let page = async {
            let page = Page::of(first, after, last, before)?;
            let rows = selected(ctx, filter.unwrap_or_default())?;
            let by = match order_by.unwrap_or_default() {
                ApplicationSort::Name => account::Column::Name,
                ApplicationSort::Entered => account::Column::Id,
            };
            let sort = Sort { by, id: account::Column::Id, direction: direction.unwrap_or_default() };
            page::read(&ctx.app()?.db, rows, sort, page, Application).await
        };
        Some(page.await)
    }
}

impl Reread for Application {
    async fn reread(ctx: &Context<'_>, _: LedgerId, id: Uuid) -> Result<Option<Self>> {
        let row = of_programs(ctx.viewer()?)?.filter(account::Column::Id.eq(id)).one(&ctx.app()?.db).await?;
        row.map(Application).map(Some).ok_or(Error::NotFound)
    }
}
