//! Answers to a proposed account: another person confirms or declines it, or the account that proposed it takes it back.

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

payload!(
    /// A proposed account, or what is to be mended 开户申请结果.
    AccountProposalPayload {
        /// The proposal as it is now 开户申请.
        proposal: AccountProposal
    }
);

#[derive(Default)]
pub struct AccountProposalMutation;

#[Object]
impl AccountProposalMutation {
    /// Asks somebody who may to open an account 申请开户.
    async fn account_propose(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account to propose")] input: AccountPropose,
    ) -> Option<async_graphql::Result<AccountProposalPayload>> {
        run(ctx, proposing_ledger(ctx), input).await
    }

    /// Opens the proposed account with a first password, which must be changed at the first sign-in. Only another account
    /// of another person may, that could open the account itself 确认开户申请.
    async fn account_proposal_confirm(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The proposal to confirm")] input: AccountProposalConfirm,
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

    /// Declines a proposed account; who may confirm it may decline it 退回开户申请.
    async fn account_proposal_decline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The proposal to decline")] input: AccountProposalDecline,
    ) -> Option<async_graphql::Result<AccountProposalPayload>> {
        let ledger = async {
            let row = seen(ctx, &input.proposal).await?;
            keeping_ledger(ctx, Some(row.region_id)).await
        };
        run(ctx, ledger.await, input).await
    }

    /// Takes a proposed account back 撤回开户申请.
    async fn account_proposal_withdraw(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The proposal to take back")] input: AccountProposalWithdraw,
    ) -> Option<async_graphql::Result<AccountProposalPayload>> {
        run(ctx, seen(ctx, &input.proposal).await.map(|row| row.keeper_id), input).await
    }
}

fn key(id: &ID) -> Result<AccountProposalId> {
    Gid::parse(id, "proposal", &[SourceType::AccountProposal]).map(|gid| AccountProposalId(gid.id))
}

/// A proposal that the viewer is shown.
async fn seen(ctx: &Context<'_>, id: &ID) -> Result<account_proposal::Model> {
    match AccountProposal::reread(ctx, LedgerId::REFERENCE, key(id)?.0).await {
        Ok(Some(proposal)) => Ok(proposal.0),
        Ok(None) | Err(Error::NotFound) => Err(Error::missing("proposal")),
        Err(error) => Err(error),
    }
}

/// A proposal lies in the ledger whose office makes it; in the first, if the viewer keeps accounts of several.
fn proposing_ledger(ctx: &Context<'_>) -> Result<LedgerId> {
    let scope = ctx.viewer()?.may(AccountPropose::ACTION)?;
    scope.ledgers().first().copied().ok_or(Error::Forbidden)
}

/// A proposal that nobody has answered. Two answers at once come from two ledgers: the clock of the reference tables
/// lets one through after the other.
async fn open(tx: &Tx, id: &ID) -> Result<account_proposal::Model> {
    let found = proposals(tx.scope()).filter(Column::Id.eq(key(id)?)).one(tx.db()).await?;
    let row = found.ok_or_else(|| Error::missing("proposal"))?;
    if row.state != AccountProposalState::Open {
        return Err(Error::field("proposal", ErrorCode::WrongStep, "the proposal has been answered"));
    }
    Ok(row)
}

/// An open proposal of another account and another person.
async fn anothers(tx: &Tx, id: &ID) -> Result<account_proposal::Model> {
    let row = open(tx, id).await?;
    let own = |person: Option<PersonId>| person.is_some() && person == tx.viewer().person;
    if row.proposed_by == tx.account() || own(row.proposer_person_id) {
        let message = "somebody else answers a proposal, with an account and a person of their own";
        return Err(Error::field("proposal", ErrorCode::NotEligible, message));
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

/// A proposed account to be opened 确认开户申请.
#[derive(InputObject)]
#[graphql(name = "AccountProposalConfirmInput")]
pub struct AccountProposalConfirm {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which proposal 开户申请.
    pub proposal: ID,
    /// The first password, until the person signs in and sets their own; a repeat under the same key does not change it
    /// 密码.
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

/// A confirmation, as it enters the ledger.
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

/// A proposed role, as it is given.
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

/// A proposed account to be declined 退回开户申请.
#[derive(InputObject, Serialize)]
#[graphql(name = "AccountProposalDeclineInput")]
pub struct AccountProposalDecline {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which proposal 开户申请.
    pub proposal: ID,
    /// Why it is declined; the office that proposed it is told 退回理由.
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
            let message = "who may confirm a proposal may decline it";
            return Err(Error::field("proposal", ErrorCode::NotEligible, message));
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

/// A proposed account to be taken back 撤回开户申请.
#[derive(InputObject, Serialize)]
#[graphql(name = "AccountProposalWithdrawInput")]
pub struct AccountProposalWithdraw {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which proposal 开户申请.
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
            let message = "only the account that made a proposal takes it back";
            return Err(Error::field("proposal", ErrorCode::NotEligible, message));
        }
        answer(tx, row, AccountProposalState::Withdrawn, None).await
    }
}
