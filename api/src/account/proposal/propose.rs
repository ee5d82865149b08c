//! Proposes an account. Nothing is given yet, so an office may propose roles that it may not grant.

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
use platform::say;

/// Account to propose.
/// 申请开设的账户。
#[derive(InputObject, Serialize)]
#[graphql(name = "AccountProposeInput")]
pub struct AccountPropose {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// UUID chosen by the caller, which becomes the account's; the server makes one if absent.
    /// 由调用方选择的UUID,开户后即账户的UUID;默认由服务器生成。
    pub id: Option<Uuid>,
    /// Name to sign in with.
    /// 登录账户名。
    pub name: String,
    /// Person for whose seats the account is to act; absent if it has none.
    /// 账户拟对应的人员;未对应人员的不填。
    pub person: Option<ID>,
    /// Roles that the account is to have. A proposal names at least one role, or a person.
    /// 账户拟有的角色;申请至少须有一个角色或对应人员。
    #[graphql(default)]
    pub grants: Vec<GrantInput>,
    /// Reason why the account is needed; it is stored with the proposal.
    /// 申请理由,随申请保存。
    pub reason: String,
}

impl Act for AccountPropose {
    const NAME: &'static str = "accountPropose";
    const ACTION: Action = Action::KeepAccount;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let id = AccountProposalId(tx.new_id(self.id).await?);
        let grants = self.grants(tx, id).await?;
        let person = self.person(tx).await?;
        let region = self.region(tx, &grants, person.as_ref()).await?;
        tx.insert(account_proposal::ActiveModel {
            id: Set(id),
            keeper_id: Set(tx.ledger()),
            name: Set(check::account_name("name", &self.name)?),
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

    /// Region of the proposal: that of the first role, or of the ledger that keeps the person. Offices around it see
    /// the proposal.
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
            return Err(Error::field("grants", ErrorCode::Required, say!("proposal-without-role-or-person")));
        };
        let keeper = ledger::Entity::whole(&tx.may(Action::ReadReference)?)
            .filter(ledger::Column::Id.eq(person.keeper_id))
            .one(tx.db())
            .await?;
        keeper.map(|row| row.region_id).ok_or_else(|| Error::missing("person"))
    }
}
