//! Granting roles and ending them. Nobody gives a role that may do or see more than their own (`access::giving`), and
//! nobody gives themselves one.

use async_graphql::{ID, InputObject};
use entity::fact::SourceType;
use entity::ids::{AccountId, CommitteeId, GrantId, OrganisationId};
use entity::role_grant::{self, Column, Role};
use entity::values::Date;
use entity::{account, committee, organisation, region};
use sea_orm::{ColumnTrait, QueryFilter, Set};
use serde::Serialize;
use uuid::Uuid;

use super::gift;
use super::keep::{account_kept, account_to_give, subject};
use crate::access::Action;
use crate::access::policy::level;
use crate::access::scope::grants_of;
use crate::ledger::{Act, Subject, Tx};
use crate::region::{self as regions, lies_in};
use crate::roster;
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;

/// A role to be granted 角色授予.
#[derive(InputObject, Serialize)]
pub struct GrantInput {
    /// The role 角色.
    pub role: Role,
    /// Where it holds: an office's at its own level, a village team's at a village 区划.
    pub region: ID,
    /// For which body; a department's role needs one 单位.
    pub organisation: Option<ID>,
    /// For which committee; a committee's role needs one 委室.
    pub committee: Option<ID>,
    /// First day 起.
    pub from: Date,
    /// Last day, where it is known 止.
    pub to: Option<Date>,
}

impl GrantInput {
    pub(super) async fn give(&self, tx: &Tx, account: &account::Model, path: &str) -> Result<()> {
        self.is_for_people(path)?;
        let given = self.checked(tx, account.id, path).await?;
        let same = grants_of(tx.scope(), account)
            .filter(Column::Role.eq(given.role))
            .filter(Column::RegionId.eq(given.region_id))
            .all(tx.db())
            .await?
            .into_iter()
            .filter(|held| {
                (held.organisation_id, held.committee_id) == (given.organisation_id, given.committee_id)
            })
            .map(|held| (held.from_on, held.to_on));
        let message = "the account has this role there in that time";
        check::apart(&format!("{path}role"), message, (given.from_on, given.to_on), same)?;
        tx.insert(role_grant::ActiveModel::from(given)).await?;
        Ok(())
    }

    pub(super) fn is_for_people(&self, path: &str) -> Result<()> {
        if self.role == Role::Client {
            let message = "this role is held by applications alone: register one with `applicationRegister`";
            return Err(Error::field(&format!("{path}role"), ErrorCode::NotEligible, message));
        }
        Ok(())
    }

    /// The role, where the viewer may give it.
    pub(crate) async fn checked(&self, tx: &Tx, account: AccountId, path: &str) -> Result<role_grant::Model> {
        let given = self.read(tx, account, path).await?;
        if !tx.viewer().may_give(&gift::of_role(tx, &given).await?) {
            let message = "you may not grant this role here, since it may do or see what you may not: \
                propose the account with `accountPropose` to somebody who may";
            return Err(Error::field(&format!("{path}role"), ErrorCode::NotEligible, message));
        }
        Ok(given)
    }

    /// The role, whoever gives it.
    pub(super) async fn read(&self, tx: &Tx, account: AccountId, path: &str) -> Result<role_grant::Model> {
        let field = |name: &str| format!("{path}{name}");
        check::span((&field("from"), self.from), (&field("to"), self.to))?;
        let region = self.place(tx, &field("region")).await?;
        self.begins_by(&field("region"), region.valid_to)?;
        Ok(role_grant::Model {
            id: GrantId::fresh(),
            account_id: account,
            role: self.role,
            region_id: Some(region.id),
            organisation_id: self.body(tx, &field("organisation")).await?,
            committee_id: self.committee(tx, &region, &field("committee")).await?,
            from_on: self.from,
            to_on: self.to,
        })
    }

    /// The region, which must be of the level that the role holds at.
    async fn place(&self, tx: &Tx, field: &str) -> Result<region::Model> {
        let row = regions::known(tx, regions::key(&self.region, field)?, field).await?;
        if level(self.role).is_none_or(|level| level == row.level) {
            return Ok(row);
        }
        let message = "the role holds at a region of its own level";
        Err(Error::field(field, ErrorCode::Invalid, message))
    }

    async fn body(&self, tx: &Tx, field: &str) -> Result<Option<OrganisationId>> {
        let Some(id) = &self.organisation else {
            return if self.role == Role::Department { Err(missing(field)) } else { Ok(None) };
        };
        let id = Gid::parse(id, field, &[SourceType::Organisation])?.id;
        let row = roster::known::<organisation::Entity>(tx, id, field).await?;
        self.begins_by(field, row.to_on)?;
        Ok(Some(row.id))
    }

    /// A role does not begin after the end of what it is for.
    fn begins_by(&self, field: &str, last: Option<Date>) -> Result<()> {
        match last {
            Some(last) if last < self.from => {
                let message = format!("`{field}` ended on {last}, before the role begins");
                Err(Error::field(field, ErrorCode::NotEligible, message))
            }
            _ => Ok(()),
        }
    }

    /// The committee, of an organisation in the region.
    async fn committee(&self, tx: &Tx, within: &region::Model, field: &str) -> Result<Option<CommitteeId>> {
        let (Some(id), Role::Committee) = (&self.committee, self.role) else {
            return if self.role == Role::Committee { Err(missing(field)) } else { Ok(None) };
        };
        let id = Gid::parse(id, field, &[SourceType::Committee])?.id;
        let row = roster::known::<committee::Entity>(tx, id, field).await?;
        self.begins_by(field, row.to_on)?;
        let body = roster::known::<organisation::Entity>(tx, row.organisation_id.0, field).await?;
        let at = regions::known(tx, body.region_id, field).await?;
        if lies_in(&at, within.id) { Ok(Some(row.id)) } else { Err(Error::missing(field)) }
    }
}

fn missing(field: &str) -> Error {
    Error::field(field, ErrorCode::Required, format!("`{field}` is needed for this role"))
}

/// A role for an account 授予角色.
#[derive(InputObject, Serialize)]
#[graphql(name = "GrantGiveInput")]
pub struct GrantGive {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// To whom 账户.
    pub account: ID,
    /// Which role, where, from when 角色.
    pub grant: GrantInput,
}

impl Act for GrantGive {
    const NAME: &'static str = "grantGive";
    const ACTION: Action = Action::KeepAccount;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let account = account_to_give(tx, &self.account).await?;
        gift::is_anothers(tx, &account)?;
        self.grant.give(tx, &account, "grant.").await?;
        Ok(subject(account.id))
    }
}

/// The end of a role 终止角色.
#[derive(InputObject, Serialize)]
#[graphql(name = "GrantEndInput")]
pub struct GrantEnd {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Whose 账户.
    pub account: ID,
    /// Key of the role granted 角色授予.
    pub grant: Uuid,
    /// Last day; the day before today ends it at once 止.
    pub to: Date,
}

impl Act for GrantEnd {
    const NAME: &'static str = "grantEnd";
    const ACTION: Action = Action::KeepAccount;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    /// A role that has not begun by its last day was never held: it ends before its first day as on it.
    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let (account, grants) = account_kept(tx, &self.account).await?;
        let grant = grants.into_iter().find(|grant| grant.id.0 == self.grant);
        let grant = grant.ok_or_else(|| Error::missing("grant"))?;
        check::ends_after("to", grant.from_on, Some(self.to))?;
        if grant.to_on.is_some_and(|to| to < self.to) {
            return Err(Error::field("to", ErrorCode::WrongStep, "the role ends before that day already"));
        }
        tx.update(role_grant::ActiveModel { to_on: Set(Some(self.to)), ..grant.into() }).await?;
        Ok(subject(account.id))
    }
}
