//! Third-party applications 第三方应用: programs of others that ask in their own name, within one region and what their
//! scopes say. An application is an account of its own kind: what is true of accounts as viewers, in the journal and in
//! tokens is true of it. It has no password, one role, and a secret that is shown once and stored as a hash.

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

/// A third-party application 应用.
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
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::Application, self.0.id).into()
    }

    /// What the application calls itself by when it asks for a token: `client_id` 客户端标识.
    async fn client_id(&self) -> String {
        self.0.id.0.to_string()
    }

    /// Name 名称.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The body that answers for it 责任单位.
    async fn organisation(&self, ctx: &Context<'_>) -> Option<Result<Organisation>> {
        match self.row(ctx).await {
            Ok(row) => organisation::by_id(ctx, row.organisation_id?).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// Who answers for it, and how they are reached 联系人.
    async fn contact(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.row(ctx).await.map(|row| row.contact).transpose()
    }

    /// Where it may ask: a region and all below it 区划.
    async fn region(&self, ctx: &Context<'_>) -> Option<Result<Region>> {
        match self.grant(ctx).await {
            Ok(grant) => region::by_id(ctx, grant.region_id?).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// What it may ask for 授权范围.
    async fn scopes(&self, ctx: &Context<'_>) -> Result<Vec<ApplicationScope>> {
        Ok(Scopes::parse(&self.row(ctx).await?.scopes).unwrap_or_default().iter().collect())
    }

    /// How many requests it may make in a minute 每分钟请求数上限.
    async fn rate_per_minute(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(self.row(ctx).await?.rate)
    }

    /// First day 起.
    async fn from(&self, ctx: &Context<'_>) -> Result<Date> {
        Ok(self.grant(ctx).await?.from_on)
    }

    /// Last day 止.
    async fn to(&self, ctx: &Context<'_>) -> Option<Result<Date>> {
        self.grant(ctx).await.map(|grant| grant.to_on).transpose()
    }

    /// Whether it is stopped 是否停用.
    async fn is_disabled(&self) -> bool {
        self.0.disabled
    }

    /// Until when the secret before the present one goes on; absent where it does not 旧密钥有效期至.
    async fn previous_secret_until(&self, ctx: &Context<'_>) -> Option<Result<DateTime<Utc>>> {
        match (self.row(ctx).await, ctx.app()) {
            (Ok(row), Ok(app)) => row.old_secret_until.filter(|until| *until > app.clock.now()).map(Ok),
            (Err(error), _) | (_, Err(error)) => Some(Err(error)),
        }
    }
}

/// Which applications 应用筛选.
#[derive(InputObject, Default)]
pub struct ApplicationFilter {
    /// That are stopped, or are not 是否停用.
    is_disabled: Option<bool>,
    /// Whose name contains this 名称.
    name_contains: Option<String>,
}

/// Sort key of applications 应用排序.
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum ApplicationSort {
    /// By name 名称.
    #[default]
    Name,
    /// As entered 录入顺序.
    Entered,
}

/// The account is an application's: no password opens it, and the acts on accounts leave it alone.
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

/// Accounts of applications: those of people are kept elsewhere.
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
    /// One third-party application, for those who keep them 应用.
    async fn application(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id")] id: ID,
    ) -> Option<Result<Application>> {
        match Gid::parse(&id, "id", &[SourceType::Application]) {
            Ok(gid) => Application::reread(ctx, gid.ledger, gid.id).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// Third-party applications, for those who keep them 应用列表.
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn applications(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which applications; all where absent")] filter: Option<ApplicationFilter>,
        #[graphql(desc = "Sort key; by name where absent")] order_by: Option<ApplicationSort>,
        #[graphql(desc = "Direction; ascending where absent")] direction: Option<Direction>,
        #[graphql(desc = "That many from the start, 1–100; 20 where absent")] first: Option<i32>,
        #[graphql(desc = "After this cursor")] after: Option<String>,
        #[graphql(desc = "That many from the end, 1–100")] last: Option<i32>,
        #[graphql(desc = "Before this cursor")] before: Option<String>,
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
