//! Proposing an account: nothing is given yet, so whatever the office needs may be asked for.

use async_graphql::{ID, InputObject};
use entity::account_proposal::{self, AccountProposalState};
use entity::fact::SourceType;
use entity::ids::{AccountId, AccountProposalId, GrantId, RegionId};
use entity::{account_proposal_grant, ledger, person};
use sea_orm::{ColumnTrait, QueryFilter, Set};
use serde::Serialize;
use uuid::Uuid;

use super::rows::subject;
use crate::access::Action;
use crate::access::scope::Whole;
use crate::account::grant::GrantInput;
use crate::ledger::{Act, Subject, Tx};
use crate::roster;
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;

/// An account to be proposed 申请开户.
#[derive(InputObject, Serialize)]
#[graphql(name = "AccountProposeInput")]
pub struct AccountPropose {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Id chosen by the caller, which becomes the account's; a fresh one where absent.
    pub id: Option<Uuid>,
    /// Name to sign in with 账户名.
    pub name: String,
    /// The person for whose seats the account is to act 人员.
    pub person: Option<ID>,
    /// The roles that the account is to have; at least one, or a person 拟授角色.
    #[graphql(default)]
    pub grants: Vec<GrantInput>,
    /// Why the account is needed; it is kept 申请理由.
    pub reason: String,
}

impl Act for AccountPropose {
    const NAME: &'static str = "accountPropose";
    const ACTION: Action = Action::KeepAccount;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let id = AccountProposalId(check::id(self.id)?);
        let grants = self.grants(tx, id).await?;
        let person = self.person(tx).await?;
        let region = self.region(tx, &grants, person.as_ref()).await?;
        tx.insert(account_proposal::ActiveModel {
            id: Set(id),
            keeper_id: Set(tx.ledger()),
            name: Set(check::text("name", &self.name)?),
            person_id: Set(person.map(|person| person.id)),
            region_id: Set(region),
            reason: Set(check::text("reason", &self.reason)?),
            state: Set(AccountProposalState::Open),
            proposed_by: Set(tx.account()),
            proposer_person_id: Set(tx.viewer().person),
            proposed_at: Set(tx.at()),
            answered_by: Set(None),
            answered_at: Set(None),
            answer_reason: Set(None),
        })
        .await?;
        tx.insert_many(grants.into_iter().map(account_proposal_grant::ActiveModel::from).collect()).await?;
        Ok(subject(id))
    }
}

impl AccountPropose {
    async fn grants(&self, tx: &Tx, id: AccountProposalId) -> Result<Vec<account_proposal_grant::Model>> {
        let mut grants = vec![];
        for (position, grant) in (0..).zip(&self.grants) {
            let path = format!("grants.{position}.");
            grant.is_for_people(&path)?;
            let row = grant.read(tx, AccountId(id.0), &path).await?;
            grants.push(account_proposal_grant::Model {
                id: GrantId::fresh(),
                proposal_id: id,
                position,
                role: row.role,
                region_id: row.region_id.ok_or_else(|| Error::missing(&format!("{path}region")))?,
                organisation_id: row.organisation_id,
                committee_id: row.committee_id,
                from_on: row.from_on,
                to_on: row.to_on,
            });
        }
        Ok(grants)
    }

    async fn person(&self, tx: &Tx) -> Result<Option<person::Model>> {
        let Some(id) = &self.person else { return Ok(None) };
        let id = Gid::parse(id, "person", &[SourceType::Person])?.id;
        let row = roster::known::<person::Entity>(tx, id, "person").await?;
        check::not_erased(row.erased_on, "person")?;
        Ok(Some(row))
    }

    /// The region around which the proposal is shown to those who may answer it.
    async fn region(
        &self,
        tx: &Tx,
        grants: &[account_proposal_grant::Model],
        person: Option<&person::Model>,
    ) -> Result<RegionId> {
        if let Some(grant) = grants.first() {
            return Ok(grant.region_id);
        }
        let Some(person) = person else {
            let message = "an account has a role or a person: say at least one";
            return Err(Error::field("grants", ErrorCode::Required, message));
        };
        let keeper = ledger::Entity::whole(&tx.may(Action::ReadReference)?)
            .filter(ledger::Column::Id.eq(person.keeper_id))
            .one(tx.db())
            .await?;
        keeper.map(|row| row.region_id).ok_or_else(|| Error::missing("person"))
    }
}
