//! Keeping applications: what is said of them, their secrets, and their end.

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

/// How long a secret goes on beside its successor where nothing is said, and at most.
const USUAL_OVERLAP: i32 = 24;
const LONGEST_OVERLAP: i32 = 24 * 7;

const fn subject(id: AccountId) -> Subject {
    Subject { of: SourceType::Application, id: id.0 }
}

/// An application with its role, which the viewer could have registered.
async fn kept(tx: &Tx, id: &ID) -> Result<(account::Model, application::Model, role_grant::Model)> {
    let missing = || Error::missing("application");
    let id = Gid::parse(id, "application", &[SourceType::Application])?.id;
    let rows = of_programs(tx.viewer())?.filter(account::Column::KeeperId.eq(tx.ledger()));
    let account = rows.filter(account::Column::Id.eq(id)).one(tx.db()).await?.ok_or_else(missing)?;
    let row = application_of(tx.scope(), &account).one(tx.db()).await?.ok_or_else(missing)?;
    let role = grants_of(tx.scope(), &account).one(tx.db()).await?.ok_or_else(missing)?;
    if could_give(tx, &role).await? { Ok((account, row, role)) } else { Err(missing()) }
}

/// What changes in an application 应用变更.
#[derive(InputObject, Serialize)]
#[graphql(name = "ApplicationUpdateInput")]
pub struct ApplicationUpdate {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which application 应用.
    pub application: ID,
    /// Name, of no other application or account 名称.
    pub name: Option<String>,
    /// The body that answers for it 责任单位.
    pub organisation: MaybeUndefined<ID>,
    /// Who answers for it, and how they are reached 联系人.
    pub contact: MaybeUndefined<String>,
    /// Where it may ask: a region and all below it 区划.
    pub region: Option<ID>,
    /// What it may ask for, at least one 授权范围.
    pub scopes: Option<Vec<ApplicationScope>>,
    /// How many requests it may make in a minute, 1–6000 每分钟请求数上限.
    pub rate_per_minute: Option<i32>,
    /// First day 起.
    pub from: Option<Date>,
    /// Last day 止.
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

    /// Its one role is moved, not given anew: which it was when is in the journal.
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
            let name = Set(check::text("name", name)?);
            tx.update(account::ActiveModel { name, ..account.into() }).await?;
        }
        Ok(subject(id))
    }
}

/// Another secret for an application 更换应用密钥.
#[derive(InputObject, Serialize)]
#[graphql(name = "ApplicationSecretRotateInput")]
pub struct ApplicationSecretRotate {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which application 应用.
    pub application: ID,
    /// For how many hours the present secret goes on, 0–168; 24 where absent. At 0, for a secret that others know, every
    /// token dies with it at once 旧密钥保留小时数.
    pub overlap_hours: Option<i32>,
}

/// A new secret, as it enters the ledger.
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
            let message = format!("`overlapHours` is a number from 0 to {LONGEST_OVERLAP}");
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

/// An application to be stopped, or let again 停用·启用应用.
#[derive(InputObject, Serialize)]
#[graphql(name = "ApplicationDisableInput")]
pub struct ApplicationDisable {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which application 应用.
    pub application: ID,
    /// Whether it is stopped 是否停用.
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
