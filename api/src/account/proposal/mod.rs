//! Proposed accounts 开户申请. An office that may not open an account asks an office or administrator that may. The
//! confirming side sets the first password and keeps the account, so the proposing office never acts through it.

mod mutation;
mod propose;
mod rows;

use async_graphql::{Context, Description, Enum, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use entity::account_proposal::{self, AccountProposalState, Column};
use entity::account_proposal_grant;
use entity::fact::SourceType;
use entity::ids::LedgerId;
use entity::role_grant::Role;
use entity::values::Date;
use sea_orm::{ColumnTrait, Condition, ExprTrait, QueryFilter, Select};
use uuid::Uuid;

use crate::access::Action;
use crate::access::scope::{made_in, one_of, proposals};
use crate::committee::{self, Committee};
use crate::loader::{self, ProposedGrantsOf};
use crate::member::{self, Person};
use crate::mutation::{Asking, Reread};
use crate::organisation::{self, Organisation};
use crate::page::{self, Direction, Nodes, Page, Sort};
use crate::region::{self, Ledger, Region};
use platform::error::{Error, Result};
use platform::gid::Gid;

pub use mutation::{AccountProposalMutation, AccountProposalPayload};

/// Account that one office asks another to open.
/// 由一方申请、由另一方开设的账户。
#[derive(Description)]
pub struct AccountProposal(pub account_proposal::Model);

#[Object(use_type_description)]
impl AccountProposal {
    /// Global id.
    /// 全局标识。
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::AccountProposal, self.0.id).into()
    }

    /// Name to sign in with.
    /// 登录账户名。
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Person for whose seats the account is to act; empty if it has none.
    /// 账户拟对应的人员;未对应人员的为空。
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        member::person(ctx, self.0.person_id?).await.transpose()
    }

    /// Roles that the account is to have.
    /// 账户拟有的角色。
    async fn grants(&self, ctx: &Context<'_>) -> Result<Vec<ProposedGrant>> {
        let rows = loader::many(ctx.rows()?, ProposedGrantsOf(self.0.id)).await?;
        Ok(rows.into_iter().map(ProposedGrant).collect())
    }

    /// Reason why the account is needed.
    /// 申请理由。
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// State of the proposal.
    /// 申请的状态。
    async fn state(&self) -> AccountProposalState {
        self.0.state
    }

    /// Ledger whose office proposed the account; empty if an administrator proposed it.
    /// 提出申请的台账;由管理员申请的为空。
    async fn ledger(&self, ctx: &Context<'_>) -> Option<Result<Ledger>> {
        match ctx.rows() {
            Ok(rows) => loader::one(rows, self.0.keeper_id).await.map(|row| row.map(Ledger)).transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// Person of the account that made the proposal; empty if that account has none.
    /// 申请人;申请账户未对应人员的为空。
    async fn proposer(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        member::person(ctx, self.0.proposer_person_id?).await.transpose()
    }

    /// True if the asking account made the proposal.
    /// 是否由本账户申请。
    async fn is_own(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(ctx.viewer()?.account == self.0.proposed_by)
    }

    /// Time at which the account was proposed.
    /// 申请时间。
    async fn proposed_at(&self) -> DateTime<Utc> {
        self.0.proposed_at
    }

    /// Time at which the proposal was confirmed, declined or withdrawn; empty while it is open.
    /// 确认、退回或撤回的时间;待确认的为空。
    async fn answered_at(&self) -> Option<DateTime<Utc>> {
        self.0.answered_at
    }

    /// Reason why the proposal was declined; empty if it was not.
    /// 退回理由;未退回的为空。
    async fn answer_reason(&self) -> Option<&str> {
        self.0.answer_reason.as_deref()
    }

    /// Global id of the account; empty until the proposal is confirmed. The side that confirmed it keeps the account.
    /// 账户的全局标识;确认前为空;账户由确认方管理。
    async fn account(&self) -> Option<ID> {
        let is_open = self.0.state == AccountProposalState::Confirmed;
        is_open.then(|| Gid::reference(SourceType::Account, self.0.id.0).into())
    }
}

/// Role that a proposed account is to have.
/// 账户拟有的角色。
#[derive(Description)]
pub struct ProposedGrant(account_proposal_grant::Model);

#[Object(use_type_description)]
impl ProposedGrant {
    /// Role to grant.
    /// 拟授予的角色。
    async fn role(&self) -> Role {
        self.0.role
    }

    /// Region at which the role is to hold.
    /// 角色拟适用的区划。
    async fn region(&self, ctx: &Context<'_>) -> Option<Result<Region>> {
        region::by_id(ctx, self.0.region_id).await.transpose()
    }

    /// Organisation for which the role is to hold; empty if it is bound to none.
    /// 角色拟属单位;不限单位的为空。
    async fn organisation(&self, ctx: &Context<'_>) -> Option<Result<Organisation>> {
        organisation::by_id(ctx, self.0.organisation_id?).await.transpose()
    }

    /// Committee for which the role is to hold; empty if it is bound to none.
    /// 角色拟属委室;不限委室的为空。
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

/// Conditions on proposed accounts; a proposal must meet all of them.
/// 开户申请的筛选条件,须全部满足。
#[derive(InputObject, Default)]
pub struct AccountProposalFilter {
    /// State of the proposal.
    /// 申请的状态。
    state: Option<AccountProposalState>,
    /// True for proposals that the asking account may answer now, false for all others.
    /// true为待本账户确认的申请,false为其他申请。
    is_to_answer: Option<bool>,
}

/// Sort key of a list of proposed accounts.
/// 开户申请列表的排序字段。
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum AccountProposalSort {
    /// By order of entry.
    /// 按录入顺序。
    #[default]
    Entered,
}

#[derive(Default)]
pub struct AccountProposalQuery;

#[Object]
impl AccountProposalQuery {
    /// A proposed account that you may see; NOT_FOUND for any other.
    /// 本账户可见的一份开户申请;其他申请返回NOT_FOUND。
    async fn account_proposal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the proposal.\n开户申请的全局标识。")] id: ID,
    ) -> Option<Result<AccountProposal>> {
        match Gid::parse(&id, "id", &[SourceType::AccountProposal]) {
            Ok(gid) => AccountProposal::reread(ctx, gid.ledger, gid.id).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// Proposed accounts that you may see: those of ledgers for which you keep accounts, and those that you may answer
    /// or have answered.
    /// 本账户可见的开户申请列表:由本账户管理账户的台账所提出的,以及待本账户确认和由其办理的。
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn account_proposals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which proposals to list; all if absent.\n筛选条件,默认全部申请。")] filter: Option<
            AccountProposalFilter,
        >,
        #[graphql(desc = "Sort key; by order of entry if absent.\n排序字段,默认按录入顺序。")]
        order_by: Option<AccountProposalSort>,
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
    ) -> Option<Result<Nodes<AccountProposal>>> {
        let page = async {
            let page = Page::of(first, after, last, before)?;
            let rows = selected(ctx, filter.unwrap_or_default()).await?;
            let AccountProposalSort::Entered = order_by.unwrap_or_default();
            let sort = Sort { by: Column::Id, id: Column::Id, direction: direction.unwrap_or_default() };
            page::read(&ctx.app()?.db, rows, sort, page, AccountProposal).await
        };
        Some(page.await)
    }
}

/// Proposals of the viewer's ledgers, and proposals that the viewer may answer or has answered.
async fn selected(
    ctx: &Context<'_>,
    filter: AccountProposalFilter,
) -> Result<Select<account_proposal::Entity>> {
    let (viewer, app) = (ctx.viewer()?, ctx.app()?);
    let scope = viewer.may(Action::KeepAccount)?;
    let open = proposals(&scope).filter(Column::State.eq(AccountProposalState::Open));
    let to_answer = rows::answerable(ctx, rows::newest(open, &app.db).await?).await?;
    let to_answer = one_of(app.db.backend(), Column::Id, to_answer.into_iter().map(|row| row.id.0));
    let shown = Condition::any()
        .add(made_in(&scope))
        .add(Column::AnsweredBy.eq(viewer.account))
        .add(to_answer.clone());
    let mut rows = proposals(&scope).filter(shown);
    if let Some(state) = filter.state {
        rows = rows.filter(Column::State.eq(state));
    }
    if let Some(wanted) = filter.is_to_answer {
        rows = rows.filter(if wanted { to_answer } else { to_answer.not() });
    }
    Ok(rows)
}

impl Reread for AccountProposal {
    async fn reread(ctx: &Context<'_>, _: LedgerId, id: Uuid) -> Result<Option<Self>> {
        let viewer = ctx.viewer()?;
        let scope = viewer.may(Action::KeepAccount)?;
        let row = proposals(&scope).filter(Column::Id.eq(id)).one(&ctx.app()?.db).await?;
        let row = row.ok_or(Error::NotFound)?;
        let own = scope.holds(row.keeper_id) || row.answered_by == Some(viewer.account);
        if own || !rows::answerable(ctx, vec![row.clone()]).await?.is_empty() {
            return Ok(Some(Self(row)));
        }
        Err(Error::NotFound)
    }
}
