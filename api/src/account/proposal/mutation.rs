//! Answers to a proposed account: another person confirms or declines it, or the account that proposed it withdraws it.

use async_graphql::{Context, ID, InputObject, Object};
use entity::account_proposal::{self, AccountProposalState, Column};
use entity::fact::SourceType;
use entity::ids::{AccountId, AccountProposalId, LedgerId, PersonId};
use entity::{account_proposal_grant, role_grant};
use sea_orm::{ColumnTrait, QueryFilter, Set};
use serde::Serialize;

use super::AccountProposal;
use super::propose::AccountPropose;
use super::rows::subject;
use crate::access::Action;
use crate::access::scope::{proposals, proposed_grants};
use crate::account::gift;
use crate::account::gift::could_give;
use crate::account::grant::GrantInput;
use crate::account::mutation::{Opening, keeping_ledger};
use crate::ledger::{Act, Subject, Tx};
use crate::mutation::{Asking, Payload, Reread, run};
use crate::payload;
use crate::session::password;
use crate::session::policy::{self, Policy};
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;
use platform::say;

payload!(
    /// A proposed account, or the errors to correct.
    /// 开户申请结果,或需更正的错误。
    AccountProposalPayload {
        /// Proposal after the act; empty if there are errors.
        /// 操作后的开户申请;有错误时为空。
        proposal: AccountProposal
    }
);

#[derive(Default)]
pub struct AccountProposalMutation;

#[Object]
impl AccountProposalMutation {
    /// Proposes an account to an office or administrator that may open it.
    /// 向有权开户的一方申请开设账户。
    async fn account_propose(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account to propose.\n申请开设的账户。")] input: AccountPropose,
    ) -> Option<async_graphql::Result<AccountProposalPayload>> {
        run(ctx, proposing_ledger(ctx), input).await
    }

    /// Opens the proposed account with a first password, which the person must change at the first sign-in. The
    /// proposal is confirmed by another account of another person that could open the account itself.
    /// 确认开户申请并设置初始密码,本人首次登录时须更改。
    /// 须由有权开设该账户的另一人员以另一账户确认。
    async fn account_proposal_confirm(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The proposal to confirm.\n要确认的开户申请。")] input: AccountProposalConfirm,
    ) -> Option<async_graphql::Result<AccountProposalPayload>> {
        let confirming = async {
            let row = seen(ctx, &input.proposal).await?;
            let policy = ctx.app()?.settings.password_policy;
            let ledger = keeping_ledger(ctx, Some(row.region_id)).await?;
            Ok((ledger, input.hashed(policy, &row.name).await?))
        };
        match confirming.await {
            Ok((ledger, confirming)) => run(ctx, Ok(ledger), confirming).await,
            Err(Error::User(error)) => Some(Ok(AccountProposalPayload::new(None, vec![error]))),
            Err(error) => Some(Err(error.into())),
        }
    }

    /// Declines a proposed account. An account that may confirm the proposal may decline it.
    /// 退回开户申请;有权确认的账户可退回。
    async fn account_proposal_decline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The proposal to decline.\n要退回的开户申请。")] input: AccountProposalDecline,
    ) -> Option<async_graphql::Result<AccountProposalPayload>> {
        let ledger = async {
            let row = seen(ctx, &input.proposal).await?;
            keeping_ledger(ctx, Some(row.region_id)).await
        };
        run(ctx, ledger.await, input).await
    }

    /// Withdraws a proposed account; only the account that proposed it may do so.
    /// 撤回开户申请;仅提出申请的账户可撤回。
    async fn account_proposal_withdraw(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The proposal to withdraw.\n要撤回的开户申请。")] input: AccountProposalWithdraw,
    ) -> Option<async_graphql::Result<AccountProposalPayload>> {
        run(ctx, seen(ctx, &input.proposal).await.map(|row| row.keeper_id), input).await
    }
}

fn key(id: &ID) -> Result<AccountProposalId> {
    Gid::parse(id, "proposal", &[SourceType::AccountProposal]).map(|gid| AccountProposalId(gid.id))
}

/// A proposal that the viewer may see.
async fn seen(ctx: &Context<'_>, id: &ID) -> Result<account_proposal::Model> {
    match AccountProposal::reread(ctx, LedgerId::REFERENCE, key(id)?.0).await {
        Ok(Some(proposal)) => Ok(proposal.0),
        Ok(None) | Err(Error::NotFound) => Err(Error::missing("proposal")),
        Err(error) => Err(error),
    }
}

/// The ledger of a new proposal: the one for which the viewer keeps accounts, or the first of several.
fn proposing_ledger(ctx: &Context<'_>) -> Result<LedgerId> {
    let scope = ctx.viewer()?.may(AccountPropose::ACTION)?;
    scope.ledgers().first().copied().ok_or(Error::Forbidden)
}

/// A proposal that nobody has answered. Two answers at the same time come from two ledgers; the clock of the reference
/// tables lets one through after the other.
async fn open(tx: &Tx, id: &ID) -> Result<account_proposal::Model> {
    let found = proposals(tx.scope()).filter(Column::Id.eq(key(id)?)).one(tx.db()).await?;
    let row = found.ok_or_else(|| Error::missing("proposal"))?;
    if row.state != AccountProposalState::Open {
        return Err(Error::field("proposal", ErrorCode::WrongStep, say!("proposal-answered")));
    }
    Ok(row)
}

/// An open proposal made by another account and another person, and not for the viewer's own person.
async fn anothers(tx: &Tx, id: &ID) -> Result<account_proposal::Model> {
    let row = open(tx, id).await?;
    let own = |person: Option<PersonId>| person.is_some() && person == tx.viewer().person;
    if row.proposed_by == tx.account() || own(row.proposer_person_id) {
        return Err(Error::field("proposal", ErrorCode::NotEligible, say!("proposal-of-oneself")));
    }
    gift::is_not_oneself(tx, row.person_id, "proposal")?;
    Ok(row)
}

async fn grants_of(tx: &Tx, id: AccountProposalId) -> Result<Vec<account_proposal_grant::Model>> {
    let mut rows = proposed_grants(tx.scope(), [id]).all(tx.db()).await?;
    rows.sort_unstable_by_key(|row| row.position);
    Ok(rows)
}

async fn answer(
    tx: &Tx,
    row: account_proposal::Model,
    state: AccountProposalState,
    reason: Option<String>,
) -> Result<Subject> {
    let id = row.id;
    tx.update(account_proposal::ActiveModel {
        state: Set(state),
        answered_by: Set(Some(tx.account())),
        answered_at: Set(Some(tx.at())),
        answer_reason: Set(reason),
        ..row.into()
    })
    .await?;
    Ok(subject(id))
}

/// Proposed account to confirm.
/// 要确认的开户申请。
#[derive(InputObject)]
#[graphql(name = "AccountProposalConfirmInput")]
pub struct AccountProposalConfirm {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Proposal to confirm.
    /// 要确认的开户申请。
    pub proposal: ID,
    /// First password, which the person must change at the first sign-in. Sending the same key again does not change
    /// it.
    /// 初始密码,本人首次登录时须更改;同一幂等键重复提交不会再次更改密码。
    pub password: String,
}

impl AccountProposalConfirm {
    async fn hashed(self, policy: Policy, name: &str) -> Result<Confirming> {
        policy::check(policy, name, &self.password)?;
        Ok(Confirming {
            idempotency_key: self.idempotency_key,
            proposal: self.proposal,
            password_hash: password::hash(self.password).await?,
        })
    }
}

/// The confirmation as an act. The password's hash is not serialised.
#[derive(Serialize)]
struct Confirming {
    idempotency_key: String,
    proposal: ID,
    #[serde(skip)]
    password_hash: String,
}

impl Act for Confirming {
    const NAME: &'static str = "accountProposalConfirm";
    const ACTION: Action = Action::KeepAccount;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let row = anothers(tx, &self.proposal).await?;
        let grants = grants_of(tx, row.id).await?.iter().map(input).collect();
        let person = row.person_id.map(|id| Gid::reference(SourceType::Person, id).into());
        let key = self.idempotency_key.clone();
        let opening =
            Opening::of_proposal(key, (row.id.0, &row.name), self.password_hash.clone(), person, grants);
        opening.apply(tx).await?;
        answer(tx, row, AccountProposalState::Confirmed, None).await
    }
}

/// A proposed role as the input of a grant.
fn input(row: &account_proposal_grant::Model) -> GrantInput {
    GrantInput {
        role: row.role,
        region: Gid::reference(SourceType::Region, row.region_id).into(),
        organisation: row.organisation_id.map(|id| Gid::reference(SourceType::Organisation, id).into()),
        committee: row.committee_id.map(|id| Gid::reference(SourceType::Committee, id).into()),
        from: row.from_on,
        to: row.to_on,
    }
}

/// Proposed account to decline.
/// 要退回的开户申请。
#[derive(InputObject, Serialize)]
#[graphql(name = "AccountProposalDeclineInput")]
pub struct AccountProposalDecline {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Proposal to decline.
    /// 要退回的开户申请。
    pub proposal: ID,
    /// Reason why the proposal is declined; the office that proposed it can read it.
    /// 退回理由,提出申请的一方可见。
    pub reason: String,
}

impl Act for AccountProposalDecline {
    const NAME: &'static str = "accountProposalDecline";
    const ACTION: Action = Action::KeepAccount;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let row = anothers(tx, &self.proposal).await?;
        let mut may = gift::may_give_seats(tx, row.person_id).await?;
        for grant in grants_of(tx, row.id).await? {
            may = may && could_give(tx, &role(&grant)).await?;
        }
        if !may {
            return Err(Error::field("proposal", ErrorCode::NotEligible, say!("proposal-beyond-own")));
        }
        let reason = check::text("reason", &self.reason)?;
        answer(tx, row, AccountProposalState::Declined, Some(reason)).await
    }
}

fn role(row: &account_proposal_grant::Model) -> role_grant::Model {
    role_grant::Model {
        id: row.id,
        account_id: AccountId(row.proposal_id.0),
        role: row.role,
        region_id: Some(row.region_id),
        organisation_id: row.organisation_id,
        committee_id: row.committee_id,
        from_on: row.from_on,
        to_on: row.to_on,
    }
}

/// Proposed account to withdraw.
/// 要撤回的开户申请。
#[derive(InputObject, Serialize)]
#[graphql(name = "AccountProposalWithdrawInput")]
pub struct AccountProposalWithdraw {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Proposal to withdraw.
    /// 要撤回的开户申请。
    pub proposal: ID,
}

impl Act for AccountProposalWithdraw {
    const NAME: &'static str = "accountProposalWithdraw";
    const ACTION: Action = Action::KeepAccount;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let row = open(tx, &self.proposal).await?;
        if row.proposed_by != tx.account() {
            return Err(Error::field("proposal", ErrorCode::NotEligible, say!("proposal-of-another")));
        }
        answer(tx, row, AccountProposalState::Withdrawn, None).await
    }
}
