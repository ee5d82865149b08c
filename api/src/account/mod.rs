//! Accounts 账户: who signs in, and the viewer 当前账户: who asks, with the roles and seats that make up what is theirs.
//! Accounts are shown to those who keep them; a password leaves no trace but its hash.

mod first;
mod gift;
mod grant;
mod identity;
mod keep;
mod mutation;
mod proposal;

use async_graphql::{Context, Description, Enum, ID, InputObject, Object};
use entity::fact::SourceType;
use entity::ids::{LedgerId, MemberId};
use entity::role_grant::{self, Role};
use entity::values::Date;
use entity::{account, link};
use sea_orm::sea_query::{ExprTrait, Query};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, Select};
use uuid::Uuid;

use crate::access::{Action, Viewer, Within};
use crate::application;
use crate::committee::{self, Committee};
use crate::link::{Link, valid_on};
use crate::loader::{self, GrantsOf, IdentitiesOf};
use crate::member::{self, Member, Person};
use crate::mutation::{Asking, Reread};
use crate::organisation::{self, Organisation};
use crate::page::{self, Direction, Nodes, Page, Sort};
use crate::region::{self, Region};
use crate::roster;
use platform::error::{Error, Result};
use platform::gid::Gid;

pub use first::{count, open_first_admin};
pub use gift::could_give;
pub use grant::GrantInput;
pub use identity::{AccountIdentity, IdentityMutation};
pub use mutation::{AccountMutation, AccountOpen, AccountPayload, Opening};
pub use proposal::{AccountProposal, AccountProposalMutation, AccountProposalPayload, AccountProposalQuery};

/// An account 账户.
#[derive(Description)]
pub struct Account(pub account::Model);

#[Object(use_type_description)]
impl Account {
    /// Global id.
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::Account, self.0.id).into()
    }

    /// Name to sign in with 账户名.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The person behind it 人员.
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        member::person(ctx, self.0.person_id?).await.transpose()
    }

    /// Roles granted to it, also past and future ones 角色.
    async fn grants(&self, ctx: &Context<'_>) -> Result<Vec<RoleGrant>> {
        let rows = loader::many(ctx.rows()?, GrantsOf(self.0.id)).await?;
        Ok(rows.into_iter().map(RoleGrant).collect())
    }

    /// Who it is at the provider, also who it was 外部身份.
    async fn identities(&self, ctx: &Context<'_>) -> Result<Vec<AccountIdentity>> {
        let rows = loader::many(ctx.rows()?, IdentitiesOf(self.0.id)).await?;
        Ok(rows.into_iter().map(AccountIdentity).collect())
    }

    /// Whether it may no longer sign in 是否停用.
    async fn is_disabled(&self) -> bool {
        self.0.disabled
    }
}

/// A role granted to an account, from a day to a day 角色授予.
#[derive(Description)]
pub struct RoleGrant(role_grant::Model);

#[Object(use_type_description)]
impl RoleGrant {
    /// What names it when it is ended 标识.
    async fn key(&self) -> Uuid {
        self.0.id.0
    }

    /// The role 角色.
    async fn role(&self) -> Role {
        self.0.role
    }

    /// Where it holds; everywhere where absent 区划.
    async fn region(&self, ctx: &Context<'_>) -> Option<Result<Region>> {
        region::by_id(ctx, self.0.region_id?).await.transpose()
    }

    /// For which body 单位.
    async fn organisation(&self, ctx: &Context<'_>) -> Option<Result<Organisation>> {
        organisation::by_id(ctx, self.0.organisation_id?).await.transpose()
    }

    /// For which committee 委室.
    async fn committee(&self, ctx: &Context<'_>) -> Option<Result<Committee>> {
        committee::by_id(ctx, self.0.committee_id?).await.transpose()
    }

    /// First day 起.
    async fn from(&self) -> Date {
        self.0.from_on
    }

    /// Last day 止.
    async fn to(&self) -> Option<Date> {
        self.0.to_on
    }
}

/// Who asks 当前账户.
#[derive(Description)]
pub struct CurrentViewer;

#[Object(name = "Viewer", use_type_description)]
impl CurrentViewer {
    /// Global id of the account 账户.
    async fn id(&self, ctx: &Context<'_>) -> Result<ID> {
        Ok(Gid::reference(SourceType::Account, ctx.viewer()?.account).into())
    }

    /// Name of the account 账户名.
    async fn account(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(ctx.viewer()?.name.clone())
    }

    /// The person behind the account 人员.
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        match ctx.viewer() {
            Ok(viewer) => member::person(ctx, viewer.person?).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// Roles granted to the account, today 角色.
    async fn grants(&self, ctx: &Context<'_>) -> Result<Vec<Grant>> {
        let grant = |grant: &crate::access::viewer::Grant| Grant {
            role: grant.role,
            region: grant.region,
            organisation: grant.organisation,
            committee: grant.committee,
        };
        Ok(ctx.viewer()?.grants.iter().map(grant).collect())
    }

    /// Active seats of the person, each with its links 席位.
    async fn seats(&self, ctx: &Context<'_>) -> Result<Vec<Seat>> {
        Ok(ctx.viewer()?.seats.iter().map(|id| Seat(*id)).collect())
    }
}

/// A role held at a region 角色授予.
#[derive(Description)]
pub struct Grant {
    role: Role,
    region: Option<entity::ids::RegionId>,
    organisation: Option<entity::ids::OrganisationId>,
    committee: Option<entity::ids::CommitteeId>,
}

#[Object(use_type_description)]
impl Grant {
    /// The role 角色.
    async fn role(&self) -> Role {
        self.role
    }

    /// Where it holds; everywhere where absent 区划.
    async fn region(&self, ctx: &Context<'_>) -> Option<Result<Region>> {
        region::by_id(ctx, self.region?).await.transpose()
    }

    /// For which body 单位.
    async fn organisation(&self, ctx: &Context<'_>) -> Option<Result<Organisation>> {
        organisation::by_id(ctx, self.organisation?).await.transpose()
    }

    /// For which committee 委室.
    async fn committee(&self, ctx: &Context<'_>) -> Option<Result<Committee>> {
        committee::by_id(ctx, self.committee?).await.transpose()
    }
}

/// One of the viewer's own seats 本人席位.
#[derive(Description)]
pub struct Seat(MemberId);

#[Object(use_type_description)]
impl Seat {
    /// The seat 席位.
    async fn member(&self, ctx: &Context<'_>) -> Option<Result<Member>> {
        member::by_id(ctx, self.0).await.transpose()
    }

    /// Its links that are active today 有效结对.
    async fn links(&self, ctx: &Context<'_>) -> Result<Vec<Link>> {
        let app = ctx.app()?;
        let rows = link::Entity::within(&ctx.viewer()?.may(Action::ReadHousehold)?)
            .filter(link::Column::HelperId.eq(self.0))
            .filter(valid_on(app.clock.today()))
            .order_by_asc(link::Column::FromOn)
            .order_by_asc(link::Column::Id)
            .all(&app.db)
            .await?;
        Ok(rows.into_iter().map(Link).collect())
    }
}

/// Which accounts 账户筛选.
#[derive(InputObject, Default)]
pub struct AccountFilter {
    /// That hold this role today 角色.
    role: Option<Role>,
    /// That may no longer sign in, or may 是否停用.
    is_disabled: Option<bool>,
    /// Whose name contains this 账户名.
    name_contains: Option<String>,
}

/// Sort key of accounts 账户排序.
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum AccountSort {
    /// By name 账户名.
    #[default]
    Name,
    /// As entered 录入顺序.
    Entered,
}

/// Accounts of people: those of applications are kept elsewhere.
fn of_people(viewer: &Viewer) -> Result<Select<account::Entity>> {
    Ok(viewer.accounts(Action::KeepAccount)?.filter(application::has_account().not()))
}

fn selected(ctx: &Context<'_>, filter: AccountFilter) -> Result<Select<account::Entity>> {
    use role_grant::Column;
    let app = ctx.app()?;
    let mut rows = of_people(ctx.viewer()?)?;
    if let Some(role) = filter.role {
        let today = app.clock.today();
        let held = Query::select()
            .column(Column::AccountId)
            .from(role_grant::Entity)
            .and_where(Column::Role.eq(role))
            .cond_where(roster::valid_on(Column::FromOn, Column::ToOn, today))
            .to_owned();
        rows = rows.filter(account::Column::Id.in_subquery(held));
    }
    if let Some(disabled) = filter.is_disabled {
        rows = rows.filter(account::Column::Disabled.eq(disabled));
    }
    if let Some(part) = filter.name_contains {
        rows = rows.filter(roster::contains(app.db.backend(), account::Column::Name, &part));
    }
    Ok(rows)
}

#[derive(Default)]
pub struct AccountQuery;

#[Object]
impl AccountQuery {
    /// Who asks 当前账户.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<CurrentViewer> {
        ctx.viewer()?;
        Ok(CurrentViewer)
    }

    /// One account that you keep 账户.
    async fn account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id")] id: ID,
    ) -> Option<Result<Account>> {
        match Gid::parse(&id, "id", &[SourceType::Account]) {
            Ok(gid) => Account::reread(ctx, gid.ledger, gid.id).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// Accounts that you keep 账户列表.
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn accounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which accounts; all where absent")] filter: Option<AccountFilter>,
        #[graphql(desc = "Sort key; by name where absent")] order_by: Option<AccountSort>,
        #[graphql(desc = "Direction; ascending where absent")] direction: Option<Direction>,
        #[graphql(desc = "That many from the start, 1–100; 20 where absent")] first: Option<i32>,
        #[graphql(desc = "After this cursor")] after: Option<String>,
        #[graphql(desc = "That many from the end, 1–100")] last: Option<i32>,
        #[graphql(desc = "Before this cursor")] before: Option<String>,
    ) -> Option<Result<Nodes<Account>>> {
        let page = async {
            let page = Page::of(first, after, last, before)?;
            let rows = selected(ctx, filter.unwrap_or_default())?;
            let by = match order_by.unwrap_or_default() {
                AccountSort::Name => account::Column::Name,
                AccountSort::Entered => account::Column::Id,
            };
            let sort = Sort { by, id: account::Column::Id, direction: direction.unwrap_or_default() };
            page::read(&ctx.app()?.db, rows, sort, page, Account).await
        };
        Some(page.await)
    }
}

impl Reread for Account {
    async fn reread(ctx: &Context<'_>, _: LedgerId, id: Uuid) -> Result<Option<Self>> {
        let row = of_people(ctx.viewer()?)?.filter(account::Column::Id.eq(id)).one(&ctx.app()?.db).await?;
        row.map(Account).map(Some).ok_or(Error::NotFound)
    }
}
