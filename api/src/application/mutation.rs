//! Registers applications. A secret is made before the act, and only its hash is stored. An idempotency key is not
//! compared with the secret or its hash, and a repeat under the same key returns no secret.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::application::{self, ApplicationScope, Scopes};
use entity::fact::SourceType;
use entity::ids::{AccountId, LedgerId, OrganisationId};
use entity::role_grant::Role;
use entity::values::Date;
use entity::{account, organisation};
use sea_orm::Set;
use serde::Serialize;
use uuid::Uuid;

use super::Application;
use super::keep::{ApplicationDisable, ApplicationSecretRotate, ApplicationUpdate, Rotating};
use crate::access::Action;
use crate::account::GrantInput;
use crate::ledger::{Act, Subject, Tx};
use crate::mutation::{self, run};
use crate::payload;
use crate::roster;
use crate::session::client::fresh_secret;
use platform::check;
use platform::error::{Error, ErrorCode, Result, UserError};
use platform::gid::Gid;
use platform::say;

payload!(
    /// An application, or the errors to correct.
    /// 应用结果,或需更正的错误。
    ApplicationPayload {
        /// Application after the act; empty if there are errors.
        /// 操作后的应用;有错误时为空。
        application: Application
    }
);

/// An application with its new secret, or the errors to correct.
/// 应用及其新密钥,或需更正的错误。
#[derive(SimpleObject)]
pub struct ApplicationSecretPayload {
    /// Application after the act; empty if there are errors.
    /// 操作后的应用;有错误时为空。
    application: Option<Application>,
    /// New secret, shown this once; the application sends it as `client_secret`. Empty if the idempotency key was used
    /// before. If the secret was lost on its way, rotate it.
    /// 新密钥(client_secret),仅显示这一次;幂等键已使用过的为空。途中丢失的请更换密钥。
    secret: Option<String>,
    /// Errors that the caller can correct; nothing was written if there are any.
    /// 可更正的错误;有错误时未写入任何内容。
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct ApplicationMutation;

#[Object]
impl ApplicationMutation {
    /// Registers a third-party application; its secret is shown this once.
    /// 登记第三方应用;其密钥仅显示这一次。
    async fn application_register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The application to register.\n要登记的应用。")] input: ApplicationRegister,
    ) -> Option<async_graphql::Result<ApplicationSecretPayload>> {
        Some(shown_once(ctx, |secret_hash| Registering { input, secret_hash }).await)
    }

    /// Changes an application; absent fields stay as they are. The change holds from the next request on.
    /// 变更应用;未填的字段保持不变。变更自下一次请求起生效。
    async fn application_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes of the application.\n应用的变更。")] input: ApplicationUpdate,
    ) -> Option<async_graphql::Result<ApplicationPayload>> {
        run(ctx, Ok(LedgerId::REFERENCE), input).await
    }

    /// Gives an application a new secret, shown this once; the present secret stays valid for `overlapHours`.
    /// 更换应用密钥,新密钥仅显示这一次;现有密钥在overlapHours内继续有效。
    async fn application_secret_rotate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The application that gets a new secret.\n要更换密钥的应用。")]
        input: ApplicationSecretRotate,
    ) -> Option<async_graphql::Result<ApplicationSecretPayload>> {
        Some(shown_once(ctx, |secret_hash| Rotating { input, secret_hash }).await)
    }

    /// Disables an application and ends its tokens, or enables it.
    /// 停用应用并使其令牌失效,或启用应用。
    async fn application_disable(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The application to disable or enable.\n要停用或启用的应用。")]
        input: ApplicationDisable,
    ) -> Option<async_graphql::Result<ApplicationPayload>> {
        run(ctx, Ok(LedgerId::REFERENCE), input).await
    }
}

/// Runs an act that stores the hash of a new secret. Returns the secret unless the act is a repeat, which stores
/// nothing.
async fn shown_once<A: Act>(
    ctx: &Context<'_>,
    act: impl FnOnce(String) -> A,
) -> async_graphql::Result<ApplicationSecretPayload> {
    let done = async {
        let (secret, hash) = fresh_secret()?;
        let (application, repeated) = mutation::done(ctx, Ok(LedgerId::REFERENCE), act(hash)).await?;
        Ok((application, (!repeated).then_some(secret)))
    };
    match done.await {
        Ok((application, secret)) => {
            Ok(ApplicationSecretPayload { application, secret, user_errors: vec![] })
        }
        Err(Error::User(error)) => {
            Ok(ApplicationSecretPayload { application: None, secret: None, user_errors: vec![error] })
        }
        Err(error) => Err(error.into()),
    }
}

/// Requests in a minute: the default and the maximum.
const USUAL_RATE: i32 = 60;
const HIGHEST_RATE: i32 = 6_000;

/// Application to register.
/// 要登记的应用。
#[derive(InputObject, Serialize)]
#[graphql(name = "ApplicationRegisterInput")]
pub struct ApplicationRegister {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// UUID chosen by the caller; the server makes one if absent.
    /// 由调用方选择的UUID;默认由服务器生成。
    pub id: Option<Uuid>,
    /// Name of the application, not used by another application or account.
    /// 应用名称,不得与其他应用或账户重名。
    pub name: String,
    /// Organisation that answers for the application; required if there is no contact.
    /// 责任单位;无联系人时必填。
    pub organisation: Option<ID>,
    /// Person who answers for the application, and how to reach them; required if there is no organisation.
    /// 责任人及其联系方式;无责任单位时必填。
    pub contact: Option<String>,
    /// Region about which the application may ask, with all regions below it.
    /// 应用可查询的区划,含其下级区划。
    pub region: ID,
    /// Kinds of data for which the application may ask, at least one.
    /// 授权范围,即应用可查询的数据种类,至少一项。
    pub scopes: Vec<ApplicationScope>,
    /// Number of requests that the application may make in a minute, 1 to 6000; 60 if absent.
    /// 每分钟请求数上限,1至6000,默认60。
    pub rate_per_minute: Option<i32>,
    /// First day on which the application may ask.
    /// 授权生效日期。
    pub from: Date,
    /// Last day on which the application may ask; absent if it has no end.
    /// 授权终止日期;长期有效的不填。
    pub to: Option<Date>,
}

/// The registration as an act. The secret's hash is not serialised.
#[derive(Serialize)]
pub struct Registering {
    #[serde(flatten)]
    input: ApplicationRegister,
    #[serde(skip)]
    secret_hash: String,
}

impl Act for Registering {
    const NAME: &'static str = "applicationRegister";
    const ACTION: Action = Action::KeepApplication;

    fn idempotency_key(&self) -> &str {
        &self.input.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let input = &self.input;
        let row = tx
            .insert(account::ActiveModel {
                id: Set(AccountId(tx.new_id(input.id).await?)),
                name: Set(check::account_name("name", &input.name)?),
                // The hash of no password: nothing that is typed fits it.
                password_hash: Set(String::new()),
                person_id: Set(None),
                disabled: Set(false),
                keeper_id: Set(tx.ledger()),
                within_id: Set(None),
            })
            .await?;
        let row_of = application::ActiveModel {
            account_id: Set(row.id),
            organisation_id: Set(body(tx, input.organisation.as_ref()).await?),
            contact: Set(check::optional_text("contact", input.contact.as_deref())?),
            scopes: Set(scopes(&input.scopes)?),
            rate: Set(rate(input.rate_per_minute.unwrap_or(USUAL_RATE))?),
            secret_hash: Set(self.secret_hash.clone()),
            old_secret_hash: Set(None),
            old_secret_until: Set(None),
        };
        answered_for(&row_of)?;
        tx.insert(row_of).await?;
        let grant = grant(input.region.clone(), input.from, input.to);
        tx.insert(entity::role_grant::ActiveModel::from(grant.checked(tx, row.id, "").await?)).await?;
        Ok(Subject { of: SourceType::Application, id: row.id.0 })
    }
}

/// The CLIENT role of an application, at its region and for its days.
pub(super) fn grant(region: ID, from: Date, to: Option<Date>) -> GrantInput {
    GrantInput { role: Role::Client, region, organisation: None, committee: None, from, to }
}

pub(super) async fn body(tx: &Tx, id: Option<&ID>) -> Result<Option<OrganisationId>> {
    let Some(id) = id else { return Ok(None) };
    let id = Gid::parse(id, "organisation", &[SourceType::Organisation])?.id;
    Ok(Some(roster::known::<organisation::Entity>(tx, id, "organisation").await?.id))
}

/// Refuses an application without an organisation and without a contact.
pub(super) fn answered_for(row: &application::ActiveModel) -> Result<()> {
    if row.organisation_id.as_ref().is_some() || row.contact.as_ref().is_some() {
        return Ok(());
    }
    Err(Error::field("contact", ErrorCode::Required, say!("application-unanswered-for")))
}

pub(super) fn scopes(scopes: &[ApplicationScope]) -> Result<String> {
    let scopes = Scopes::of(scopes.iter().copied());
    if scopes.is_empty() {
        return Err(Error::field("scopes", ErrorCode::Required, say!("application-without-scope")));
    }
    Ok(scopes.text())
}

pub(super) fn rate(rate: i32) -> Result<i32> {
    if (1..=HIGHEST_RATE).contains(&rate) {
        return Ok(rate);
    }
    Err(Error::field("ratePerMinute", ErrorCode::Invalid, say!("application-rate", highest = HIGHEST_RATE)))
}
