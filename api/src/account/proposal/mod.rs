//! Proposed accounts 开户申请. An office that may not open an account asks somebody who may. The other one sets the first
//! password and keeps the account, so that the office that asked never acts through it.

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

/// An account that one office asks another to open 开户申请.
#[derive(Description)]
pub struct AccountProposal(pub account_proposal::Model);

#[Object(use_type_description)]
impl AccountProposal {
    /// Global id.
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::AccountProposal, self.0.id).into()
    }

    /// Name to sign in with 账户名.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The person for whose seats the account is to act 人员.
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        member::person(ctx, self.0.person_id?).await.transpose()
    }

    /// The roles that the account is to have 拟授角色.
    async fn grants(&self, ctx: &Context<'_>) -> Result<Vec<ProposedGrant>> {
        let rows = loader::many(ctx.rows()?, ProposedGrantsOf(self.0.id)).await?;
        Ok(rows.into_iter().map(ProposedGrant).collect())
    }

    /// Why the account is needed 申请理由.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// How far the proposal has come 状态.
    async fn state(&self) -> AccountProposalState {
        self.0.state
    }

    /// The ledger whose office proposes the account; absent if an administrator does 申请台账.
    async fn ledger(&self, ctx: &Context<'_>) -> Option<Result<Ledger>> {
        match ctx.rows() {
            Ok(rows) => loader::one(rows, self.0.keeper_id).await.map(|row| row.map(Ledger)).transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// The person behind the account that proposes it, if there is one 申请人.
    async fn proposer(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        member::person(ctx, self.0.proposer_person_id?).await.transpose()
    }

    /// Whether the asker's own account proposes it 是否本账户申请.
    async fn is_own(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(ctx.viewer()?.account == self.0.proposed_by)
    }

    /// When the account was proposed 申请时间.
    async fn proposed_at(&self) -> DateTime<Utc> {
        self.0.proposed_at
    }

    /// When the proposal was answered or withdrawn 办理时间.
    async fn answered_at(&self) -> Option<DateTime<Utc>> {
        self.0.answered_at
    }

    /// Why the proposal was declined 退回理由.
    async fn answer_reason(&self) -> Option<&str> {
        self.0.answer_reason.as_deref()
    }

    /// Global id of the account, once it is open; the office that confirmed it keeps the account 账户.
    async fn account(&self) -> Option<ID> {
        let is_open = self.0.state == AccountProposalState::Confirmed;
        is_open.then(|| Gid::reference(SourceType::Account, self.0.id.0).into())
    }
}

/// A role that a proposed account is to have 拟授角色.
#[derive(Description)]
pub struct ProposedGrant(account_proposal_grant::Model);

#[Object(use_type_description)]
impl ProposedGrant {
    /// The role 角色.
    async fn role(&self) -> Role {
        self.0.role
    }

    /// The region at which it is to hold 区划.
    async fn region(&self, ctx: &Context<'_>) -> Option<Result<Region>> {
        region::by_id(ctx, self.0.region_id).await.transpose()
    }

    /// The body for which it is to hold 单位.
    async fn organisation(&self, ctx: &Context<'_>) -> Option<Result<Organisation>> {
        organisation::by_id(ctx, self.0.organisation_id?).await.transpose()
    }

    /// The committee for which it is to hold 委室.
    async fn committee(&self, ctx: &Context<'_>) -> Option<Result<Committee>> {
        committee::by_id(ctx, self.0.committee_id?).await.transpose()
    }

    /// First day 起.
    async fn from(&self) -> Date {
        self.0.from_on
    }

    /// Last day, if one was said 止.
    async fn to(&self) -> Option<Date> {
        self.0.to_on
    }
}

/// Which proposals 开户申请筛选.
#[derive(InputObject, Default)]
pub struct AccountProposalFilter {
    /// Proposals in this state 状态.
    state: Option<AccountProposalState>,
    /// Proposals that the asker may answer now, or may not 是否待本账户确认.
    is_to_answer: Option<bool>,
}

/// Sort key of proposals 开户申请排序.
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum AccountProposalSort {
    /// As entered 录入顺序.
    #[default]
    Entered,
}

#[derive(Default)]
pub struct AccountProposalQuery;

#[Object]
impl AccountProposalQuery {
    /// One proposed account 开户申请.
    async fn account_proposal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id")] id: ID,
    ) -> Option<Result<AccountProposal>> {
        match Gid::parse(&id, "id", &[SourceType::AccountProposal]) {
            Ok(gid) => AccountProposal::reread(ctx, gid.ledger, gid.id).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// Proposed accounts: those of the ledgers for which you keep accounts, and those that you may answer or have answered
    /// 开户申请列表.
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn account_proposals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which proposals; all where absent")] filter: Option<AccountProposalFilter>,
        #[graphql(desc = "Sort key; as entered where absent")] order_by: Option<AccountProposalSort>,
        #[graphql(desc = "Direction; ascending where absent")] direction: Option<Direction>,
        #[graphql(desc = "That many from the start, 1–100; 20 where absent")] first: Option<i32>,
        #[graphql(desc = "After this cursor")] after: Option<String>,
        #[graphql(desc = "That many from the end, 1–100")] last: Option<i32>,
        #[graphql(desc = "Before this cursor")] before: Option<String>,
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

/// Proposals of the viewer's own ledgers, and those that the viewer may answer or has answered.
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
