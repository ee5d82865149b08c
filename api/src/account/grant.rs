//! Grants and ends roles. Nobody grants a role that may do or see more than their own (`access::giving`), and nobody
//! grants a role to themselves.

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
use platform::say;

/// Role to grant, with its place and its days.
/// 要授予的角色及其适用范围与起止日期。
#[derive(InputObject, Serialize)]
pub struct GrantInput {
    /// Role to grant.
    /// 要授予的角色。
    pub role: Role,
    /// Region at which the role holds: a county, city or province for an office of that level, a village for
    /// VILLAGE_TEAM, any region for other roles.
    /// 角色适用的区划:办公室为同级区划,驻村工作组为村,其他角色不限级别。
    pub region: ID,
    /// Organisation for which the role holds; required for DEPARTMENT.
    /// 角色所属单位;承办单位角色必填。
    pub organisation: Option<ID>,
    /// Committee for which the role holds; required for COMMITTEE, ignored for other roles.
    /// 角色所属委室;专委会角色必填,其他角色不采用。
    pub committee: Option<ID>,
    /// First day of the role.
    /// 角色生效日期。
    pub from: Date,
    /// Last day of the role; absent if it has no end.
    /// 角色终止日期;长期有效的不填。
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
        let days = (given.from_on, given.to_on);
        check::apart(&format!("{path}role"), say!("grant-held"), days, same)?;
        tx.insert(role_grant::ActiveModel::from(given)).await?;
        Ok(())
    }

    /// Refuses a role that the account's keeper could not give: the keeper may know the account's password.
    async fn lies_within_keeper(&self, tx: &Tx, account: &account::Model, path: &str) -> Result<()> {
        let Some(keeper) = gift::keeper(tx, account).await? else { return Ok(()) };
        let given = self.read(tx, account.id, path).await?;
        if gift::of_role(tx, &given).await?.may_be_given_by(&[keeper]) {
            return Ok(());
        }
        Err(Error::field(&format!("{path}role"), ErrorCode::NotEligible, say!("grant-beyond-keeper")))
    }

    pub(super) fn is_for_people(&self, path: &str) -> Result<()> {
        if self.role == Role::Client {
            let message = say!("grant-of-applications");
            return Err(Error::field(&format!("{path}role"), ErrorCode::NotEligible, message));
        }
        Ok(())
    }

    /// The grant to insert; an error if the viewer may not give the role.
    pub(crate) async fn checked(&self, tx: &Tx, account: AccountId, path: &str) -> Result<role_grant::Model> {
        let given = self.read(tx, account, path).await?;
        if !tx.viewer().may_give(&gift::of_role(tx, &given).await?) {
            let message = say!("grant-beyond-own");
            return Err(Error::field(&format!("{path}role"), ErrorCode::NotEligible, message));
        }
        Ok(given)
    }

    /// The grant to insert, whether or not the viewer may give the role.
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

    /// Reads the region, which must be of the level at which the role holds.
    async fn place(&self, tx: &Tx, field: &str) -> Result<region::Model> {
        let row = regions::known(tx, regions::key(&self.region, field)?, field).await?;
        if level(self.role).is_none_or(|level| level == row.level) {
            return Ok(row);
        }
        Err(Error::field(field, ErrorCode::Invalid, say!("grant-region-level")))
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

    /// Refuses a role that begins after the last day of its region, organisation or committee.
    fn begins_by(&self, field: &str, last: Option<Date>) -> Result<()> {
        match last {
            Some(last) if last < self.from => {
                let message = say!("grant-place-ended", field = field, day = last);
                Err(Error::field(field, ErrorCode::NotEligible, message))
            }
            _ => Ok(()),
        }
    }

    /// Reads the committee of a COMMITTEE role; its organisation must lie in the region.
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
    Error::field(field, ErrorCode::Required, say!("grant-needs", field = field))
}

/// Role to grant to an account.
/// 要授予账户的角色。
#[derive(InputObject, Serialize)]
#[graphql(name = "GrantGiveInput")]
pub struct GrantGive {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Account that receives the role.
    /// 获得角色的账户。
    pub account: ID,
    /// Role with its place and its days.
    /// 角色及其适用范围与起止日期。
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
        self.grant.lies_within_keeper(tx, &account, "grant.").await?;
        self.grant.give(tx, &account, "grant.").await?;
        Ok(subject(account.id))
    }
}

/// Role of an account to end.
/// 要终止的账户角色。
#[derive(InputObject, Serialize)]
#[graphql(name = "GrantEndInput")]
pub struct GrantEnd {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Account that holds the role.
    /// 持有该角色的账户。
    pub account: ID,
    /// Key of the grant to end: `RoleGrant.key`.
    /// 要终止的授予记录的标识(RoleGrant.key)。
    pub grant: Uuid,
    /// Last day of the role, not before its first day. The day before today ends the role at once.
    /// 角色终止日期,不得早于生效日期;填今天的前一天则立即终止。
    pub to: Date,
}

impl Act for GrantEnd {
    const NAME: &'static str = "grantEnd";
    const ACTION: Action = Action::KeepAccount;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    /// The last day must not lie before the first day, nor after a last day that is set already.
    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let (account, grants) = account_kept(tx, &self.account).await?;
        let grant = grants.into_iter().find(|grant| grant.id.0 == self.grant);
        let grant = grant.ok_or_else(|| Error::missing("grant"))?;
        check::ends_after("to", grant.from_on, Some(self.to))?;
        if let Some(last) = grant.to_on.filter(|last| *last < self.to) {
            return Err(Error::field("to", ErrorCode::WrongStep, say!("grant-ends-before", day = last)));
        }
        tx.update(role_grant::ActiveModel { to_on: Set(Some(self.to)), ..grant.into() }).await?;
        Ok(subject(account.id))
    }
}
