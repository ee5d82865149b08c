//! Changes applications, rotates their secrets, and disables them.

use async_graphql::{ID, InputObject, MaybeUndefined};
use chrono::Duration;
use entity::account;
use entity::application::{self, ApplicationScope};
use entity::fact::SourceType;
use entity::ids::AccountId;
use entity::role_grant;
use entity::values::Date;
use sea_orm::{ActiveModelTrait, ColumnTrait, IntoActiveModel, QueryFilter, Set};
use serde::Serialize;

use super::mutation::{answered_for, body, grant, rate, scopes};
use super::of_programs;
use crate::access::Action;
use crate::access::scope::{application_of, grants_of};
use crate::account::could_give;
use crate::ledger::{Act, Subject, Tx};
use crate::session;
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;
use platform::say;

/// Hours for which the old secret stays valid after a rotation: the default and the maximum.
const USUAL_OVERLAP: i32 = 24;
const LONGEST_OVERLAP: i32 = 24 * 7;

const fn subject(id: AccountId) -> Subject {
    Subject { of: SourceType::Application, id: id.0 }
}

/// An application with its account and its role; the viewer must be able to give that role.
async fn kept(tx: &Tx, id: &ID) -> Result<(account::Model, application::Model, role_grant::Model)> {
    let missing = || Error::missing("application");
    let id = Gid::parse(id, "application", &[SourceType::Application])?.id;
    let rows = of_programs(tx.viewer())?.filter(account::Column::KeeperId.eq(tx.ledger()));
    let account = rows.filter(account::Column::Id.eq(id)).one(tx.db()).await?.ok_or_else(missing)?;
    let row = application_of(tx.scope(), &account).one(tx.db()).await?.ok_or_else(missing)?;
    let role = grants_of(tx.scope(), &account).one(tx.db()).await?.ok_or_else(missing)?;
    if could_give(tx, &role).await? { Ok((account, row, role)) } else { Err(missing()) }
}

/// Changes of an application; absent fields stay as they are.
/// 应用的变更;未填的字段保持不变。
#[derive(InputObject, Serialize)]
#[graphql(name = "ApplicationUpdateInput")]
pub struct ApplicationUpdate {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Application to change.
    /// 要变更的应用。
    pub application: ID,
    /// Name of the application, not used by another application or account.
    /// 应用名称,不得与其他应用或账户重名。
    pub name: Option<String>,
    /// Organisation that answers for the application. Null removes it, which needs a contact.
    /// 责任单位;填null则清除,此时须有联系人。
    pub organisation: MaybeUndefined<ID>,
    /// Person who answers for the application, and how to reach them. Null removes the contact, which needs an
    /// organisation.
    /// 责任人及其联系方式;填null则清除,此时须有责任单位。
    pub contact: MaybeUndefined<String>,
    /// Region about which the application may ask, with all regions below it.
    /// 应用可查询的区划,含其下级区划。
    pub region: Option<ID>,
    /// Kinds of data for which the application may ask, at least one.
    /// 授权范围,即应用可查询的数据种类,至少一项。
    pub scopes: Option<Vec<ApplicationScope>>,
    /// Number of requests that the application may make in a minute, 1 to 6000.
    /// 每分钟请求数上限,1至6000。
    pub rate_per_minute: Option<i32>,
    /// First day on which the application may ask.
    /// 授权生效日期。
    pub from: Option<Date>,
    /// Last day on which the application may ask. Null removes it.
    /// 授权终止日期;填null则长期有效。
    pub to: MaybeUndefined<Date>,
}

impl ApplicationUpdate {
    async fn said(&self, tx: &Tx, row: application::Model) -> Result<()> {
        let mut row = row.into_active_model();
        match &self.organisation {
            MaybeUndefined::Undefined => {}
            MaybeUndefined::Null => row.organisation_id = Set(None),
            MaybeUndefined::Value(id) => row.organisation_id = Set(body(tx, Some(id)).await?),
        }
        if !self.contact.is_undefined() {
            let contact = self.contact.value().map(String::as_str);
            row.contact = Set(check::optional_text("contact", contact)?);
        }
        if let Some(asked) = &self.scopes {
            row.scopes = Set(scopes(asked)?);
        }
        if let Some(asked) = self.rate_per_minute {
            row.rate = Set(rate(asked)?);
        }
        answered_for(&row)?;
        tx.update(row).await?;
        Ok(())
    }

    /// Changes the one role in place; the journal keeps its former values.
    async fn placed(&self, tx: &Tx, role: role_grant::Model) -> Result<()> {
        let there = role.region_id.map(|region| Gid::reference(SourceType::Region, region).into());
        let region = self.region.clone().or(there).ok_or_else(|| Error::missing("region"))?;
        let to = match self.to {
            MaybeUndefined::Undefined => role.to_on,
            MaybeUndefined::Null => None,
            MaybeUndefined::Value(to) => Some(to),
        };
        let grant = grant(region, self.from.unwrap_or(role.from_on), to);
        let moved = grant.checked(tx, role.account_id, "").await?;
        tx.update(role_grant::ActiveModel {
            id: Set(role.id),
            ..role_grant::ActiveModel::from(moved).reset_all()
        })
        .await?;
        Ok(())
    }
}

impl Act for ApplicationUpdate {
    const NAME: &'static str = "applicationUpdate";
    const ACTION: Action = Action::KeepApplication;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let (account, row, role) = kept(tx, &self.application).await?;
        let id = account.id;
        self.said(tx, row).await?;
        self.placed(tx, role).await?;
        if let Some(name) = &self.name {
            let name = Set(check::account_name("name", name)?);
            tx.update(account::ActiveModel { name, ..account.into() }).await?;
        }
        Ok(subject(id))
    }
}

/// Application that gets a new secret.
/// 要更换密钥的应用。
#[derive(InputObject, Serialize)]
#[graphql(name = "ApplicationSecretRotateInput")]
pub struct ApplicationSecretRotate {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Application that gets a new secret.
    /// 要更换密钥的应用。
    pub application: ID,
    /// Hours for which the present secret stays valid, 0 to 168; 24 if absent. Send 0 if the secret has leaked: it ends
    /// at once, with every token of the application.
    /// 现有密钥继续有效的小时数,0至168,默认24;密钥泄露时填0,密钥与应用的全部令牌立即失效。
    pub overlap_hours: Option<i32>,
}

/// The rotation as an act. The secret's hash is not serialised.
#[derive(Serialize)]
pub struct Rotating {
    #[serde(flatten)]
    pub(super) input: ApplicationSecretRotate,
    #[serde(skip)]
    pub(super) secret_hash: String,
}

impl Act for Rotating {
    const NAME: &'static str = "applicationSecretRotate";
    const ACTION: Action = Action::KeepApplication;

    fn idempotency_key(&self) -> &str {
        &self.input.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let hours = self.input.overlap_hours.unwrap_or(USUAL_OVERLAP);
        if !(0..=LONGEST_OVERLAP).contains(&hours) {
            let message = say!("application-overlap", longest = LONGEST_OVERLAP);
            return Err(Error::field("overlapHours", ErrorCode::Invalid, message));
        }
        let (account, row, _) = kept(tx, &self.input.application).await?;
        let old = (hours > 0).then(|| (row.secret_hash.clone(), tx.at() + Duration::hours(hours.into())));
        let (old_hash, old_until) = old.unzip();
        if hours == 0 {
            session::disabled(tx.db(), account.id, tx.at()).await?;
        }
        tx.update(application::ActiveModel {
            secret_hash: Set(self.secret_hash.clone()),
            old_secret_hash: Set(old_hash),
            old_secret_until: Set(old_until),
            ..row.into()
        })
        .await?;
        Ok(subject(account.id))
    }
}

/// Application to disable or enable.
/// 要停用或启用的应用。
#[derive(InputObject, Serialize)]
#[graphql(name = "ApplicationDisableInput")]
pub struct ApplicationDisable {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Application to change.
    /// 要变更的应用。
    pub application: ID,
    /// True, the default, to disable the application and end its tokens at once; false to enable it.
    /// true(默认)为停用,其令牌立即失效;false为启用。
    #[graphql(default = true)]
    pub is_disabled: bool,
}

impl Act for ApplicationDisable {
    const NAME: &'static str = "applicationDisable";
    const ACTION: Action = Action::KeepApplication;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let (account, ..) = kept(tx, &self.application).await?;
        let id = account.id;
        if self.is_disabled {
            session::disabled(tx.db(), id, tx.at()).await?;
        }
        tx.update(account::ActiveModel { disabled: Set(self.is_disabled), ..account.into() }).await?;
        Ok(subject(id))
    }
}
