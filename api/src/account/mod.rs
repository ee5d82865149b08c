//! Accounts 账户, which sign in, and the viewer 当前账户, the asking account with its roles and seats. An account is
//! shown to the offices and administrators that keep it. Of a password only the hash is stored.

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

/// Account with which a person signs in; `Application` is the account of a program.
/// 人员登录所用的账户;第三方应用见Application。
#[derive(Description)]
pub struct Account(pub account::Model);

#[Object(use_type_description)]
impl Account {
    /// Global id.
    /// 全局标识。
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::Account, self.0.id).into()
    }

    /// Name to sign in with.
    /// 登录账户名。
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Person for whose seats the account acts; empty if it has none.
    /// 账户对应的人员,账户以其席位行事;未对应人员的为空。
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        member::person(ctx, self.0.person_id?).await.transpose()
    }

    /// Roles granted to the account: past, present and future ones.
    /// 授予账户的角色,含已终止的和尚未生效的。
    async fn grants(&self, ctx: &Context<'_>) -> Result<Vec<RoleGrant>> {
        let rows = loader::many(ctx.rows()?, GrantsOf(self.0.id)).await?;
        Ok(rows.into_iter().map(RoleGrant).collect())
    }

    /// Identities at the OpenID Connect provider that are or were linked to the account.
    /// 账户已关联或曾关联的外部身份。
    async fn identities(&self, ctx: &Context<'_>) -> Result<Vec<AccountIdentity>> {
        let rows = loader::many(ctx.rows()?, IdentitiesOf(self.0.id)).await?;
        Ok(rows.into_iter().map(AccountIdentity).collect())
    }

    /// True if the account is disabled and cannot sign in.
    /// 账户是否已停用;停用的不能登录。
    async fn is_disabled(&self) -> bool {
        self.0.disabled
    }
}

/// Role granted to an account, from a day to a day.
/// 授予账户的角色及其起止日期。
#[derive(Description)]
pub struct RoleGrant(role_grant::Model);

#[Object(use_type_description)]
impl RoleGrant {
    /// Key by which `grantEnd` names the grant.
    /// 授予记录的标识,终止角色时使用。
    async fn key(&self) -> Uuid {
        self.0.id.0
    }

    /// Role granted.
    /// 授予的角色。
    async fn role(&self) -> Role {
        self.0.role
    }

    /// Region at which the role holds; empty if it holds everywhere.
    /// 角色适用的区划;适用于全部区划的为空。
    async fn region(&self, ctx: &Context<'_>) -> Option<Result<Region>> {
        region::by_id(ctx, self.0.region_id?).await.transpose()
    }

    /// Organisation for which the role holds; empty if it is bound to none.
    /// 角色所属单位;不限单位的为空。
    async fn organisation(&self, ctx: &Context<'_>) -> Option<Result<Organisation>> {
        organisation::by_id(ctx, self.0.organisation_id?).await.transpose()
    }

    /// Committee for which the role holds; empty if it is bound to none.
    /// 角色所属委室;不限委室的为空。
    async fn committee(&self, ctx: &Context<'_>) -> Option<Result<Committee>> {
        committee::by_id(ctx, self.0.committee_id?).await.transpose()
    }

    /// First day of the role.
    /// 角色生效日期。
    async fn from(&self) -> Date {
        self.0.from_on
    }

    /// Last day of the role; empty if it has no end.
    /// 角色终止日期;长期有效的为空。
    async fn to(&self) -> Option<Date> {
        self.0.to_on
    }
}

/// The asking account, with its roles and seats.
/// 当前账户及其角色与席位。
#[derive(Description)]
pub struct CurrentViewer;

#[Object(name = "Viewer", use_type_description)]
impl CurrentViewer {
    /// Global id of the account.
    /// 账户的全局标识。
    async fn id(&self, ctx: &Context<'_>) -> Result<ID> {
        Ok(Gid::reference(SourceType::Account, ctx.viewer()?.account).into())
    }

    /// Name of the account.
    /// 账户名。
    async fn account(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(ctx.viewer()?.name.clone())
    }

    /// Person for whose seats the account acts; empty if it has none.
    /// 账户对应的人员,账户以其席位行事;未对应人员的为空。
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        match ctx.viewer() {
            Ok(viewer) => member::person(ctx, viewer.person?).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// Roles that the account holds today.
    /// 账户今天有效的角色。
    async fn grants(&self, ctx: &Context<'_>) -> Result<Vec<Grant>> {
        let grant = |grant: &crate::access::viewer::Grant| Grant {
            role: grant.role,
            region: grant.region,
            organisation: grant.organisation,
            committee: grant.committee,
        };
        Ok(ctx.viewer()?.grants.iter().map(grant).collect())
    }

    /// Active seats of the person, each with its links.
    /// 该人员的有效席位及其结对。
    async fn seats(&self, ctx: &Context<'_>) -> Result<Vec<Seat>> {
        Ok(ctx.viewer()?.seats.iter().map(|id| Seat(*id)).collect())
    }
}

/// Role that the asking account holds today.
/// 当前账户今天有效的角色。
#[derive(Description)]
pub struct Grant {
    role: Role,
    region: Option<entity::ids::RegionId>,
    organisation: Option<entity::ids::OrganisationId>,
    committee: Option<entity::ids::CommitteeId>,
}

#[Object(use_type_description)]
impl Grant {
    /// Role held.
    /// 持有的角色。
    async fn role(&self) -> Role {
        self.role
    }

    /// Region at which the role holds; empty if it holds everywhere.
    /// 角色适用的区划;适用于全部区划的为空。
    async fn region(&self, ctx: &Context<'_>) -> Option<Result<Region>> {
        region::by_id(ctx, self.region?).await.transpose()
    }

    /// Organisation for which the role holds; empty if it is bound to none.
    /// 角色所属单位;不限单位的为空。
    async fn organisation(&self, ctx: &Context<'_>) -> Option<Result<Organisation>> {
        organisation::by_id(ctx, self.organisation?).await.transpose()
    }

    /// Committee for which the role holds; empty if it is bound to none.
    /// 角色所属委室;不限委室的为空。
    async fn committee(&self, ctx: &Context<'_>) -> Option<Result<Committee>> {
        committee::by_id(ctx, self.committee?).await.transpose()
    }
}

/// Seat of the asking account's person.
/// 当前账户本人的席位。
#[derive(Description)]
pub struct Seat(MemberId);

#[Object(use_type_description)]
impl Seat {
    /// The seat in its organisation.
    /// 在单位中的席位。
    async fn member(&self, ctx: &Context<'_>) -> Option<Result<Member>> {
        member::by_id(ctx, self.0).await.transpose()
    }

    /// Links of the seat that are active today.
    /// 该席位今天有效的结对。
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

/// Conditions on accounts; an account must meet all of them.
/// 账户的筛选条件,须全部满足。
#[derive(InputObject, Default)]
pub struct AccountFilter {
    /// Role that the account holds today.
    /// 账户今天持有的角色。
    role: Option<Role>,
    /// True for disabled accounts, false for enabled ones.
    /// true为已停用的账户,false为启用的账户。
    is_disabled: Option<bool>,
    /// Text that the account's name contains.
    /// 账户名包含的文字。
    name_contains: Option<String>,
}

/// Sort key of a list of accounts.
/// 账户列表的排序字段。
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum AccountSort {
    /// By name of the account.
    /// 按账户名。
    #[default]
    Name,
    /// By order of entry.
    /// 按录入顺序。
    Entered,
}

/// Accounts of people that the viewer keeps; `application` reads accounts of applications.
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
    /// The asking account, with its roles and seats.
    /// 当前账户及其角色与席位。
    async fn viewer(&self, ctx: &Context<'_>) -> Result<CurrentViewer> {
        ctx.viewer()?;
        Ok(CurrentViewer)
    }

    /// An account that you keep; NOT_FOUND for any other.
    /// 由本账户管理的一个账户;其他账户返回NOT_FOUND。
    async fn account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the account.\n账户的全局标识。")] id: ID,
    ) -> Option<Result<Account>> {
        match Gid::parse(&id, "id", &[SourceType::Account]) {
            Ok(gid) => Account::reread(ctx, gid.ledger, gid.id).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// Accounts that you keep.
    /// 由本账户管理的账户列表。
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn accounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which accounts to list; all if absent.\n筛选条件,默认全部账户。")] filter: Option<
            AccountFilter,
        >,
        #[graphql(desc = "Sort key; by name if absent.\n排序字段,默认按名称。")] order_by: Option<
            AccountSort,
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
