//! Registering applications. A secret is made before the act and hashed on its way in: neither it nor its hash is part of
//! what an idempotency key stands for, and a repeat under the same key answers none.

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

payload!(
    /// An application, or what is to be mended 应用结果.
    ApplicationPayload {
        /// The application as it is now 应用.
        application: Application
    }
);

/// An application with its new secret, or what is to be mended 应用密钥结果.
#[derive(SimpleObject)]
pub struct ApplicationSecretPayload {
    /// The application as it is now 应用.
    application: Option<Application>,
    /// The secret, this once: `client_secret`. Nothing where the key was used before; let the secret be rotated where it
    /// was lost on its way 密钥.
    secret: Option<String>,
    /// What the person can mend; nothing was written where there is any 可更正的错误.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct ApplicationMutation;

#[Object]
impl ApplicationMutation {
    /// Registers a third-party application; its secret is shown this once 登记应用.
    async fn application_register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: ApplicationRegister,
    ) -> Option<async_graphql::Result<ApplicationSecretPayload>> {
        Some(shown_once(ctx, |secret_hash| Registering { input, secret_hash }).await)
    }

    /// Changes what is said of an application; absent fields stay. It bites with the next request 应用变更.
    async fn application_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: ApplicationUpdate,
    ) -> Option<async_graphql::Result<ApplicationPayload>> {
        run(ctx, Ok(LedgerId::REFERENCE), input).await
    }

    /// Gives an application another secret, shown this once; the one before goes on for a while 更换应用密钥.
    async fn application_secret_rotate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: ApplicationSecretRotate,
    ) -> Option<async_graphql::Result<ApplicationSecretPayload>> {
        Some(shown_once(ctx, |secret_hash| Rotating { input, secret_hash }).await)
    }

    /// Stops an application, with every token it has, or lets it ask again 停用·启用应用.
    async fn application_disable(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: ApplicationDisable,
    ) -> Option<async_graphql::Result<ApplicationPayload>> {
        run(ctx, Ok(LedgerId::REFERENCE), input).await
    }
}

/// Runs an act that keeps the hash of a new secret, and answers the secret if it was this one that it kept.
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

/// How often an application asks where nothing is said.
const USUAL_RATE: i32 = 60;
const HIGHEST_RATE: i32 = 6_000;

/// An application to be registered 登记应用.
#[derive(InputObject, Serialize)]
#[graphql(name = "ApplicationRegisterInput")]
pub struct ApplicationRegister {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Id chosen by the caller; a fresh one where absent.
    pub id: Option<Uuid>,
    /// Name, of no other application or account 名称.
    pub name: String,
    /// The body that answers for it; needed where there is no contact 责任单位.
    pub organisation: Option<ID>,
    /// Who answers for it, and how they are reached; needed where there is no organisation 联系人.
    pub contact: Option<String>,
    /// Where it may ask: a region and all below it 区划.
    pub region: ID,
    /// What it may ask for, at least one 授权范围.
    pub scopes: Vec<ApplicationScope>,
    /// How many requests it may make in a minute, 1–6000; 60 where absent 每分钟请求数上限.
    pub rate_per_minute: Option<i32>,
    /// First day 起.
    pub from: Date,
    /// Last day, where it is known 止.
    pub to: Option<Date>,
}

/// An application to be registered, as it enters the ledger.
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
                id: Set(AccountId(check::id(input.id)?)),
                name: Set(check::text("name", &input.name)?),
                // The hash of no password: nothing that is typed fits it.
                password_hash: Set(String::new()),
                person_id: Set(None),
                disabled: Set(false),
                keeper_id: Set(tx.ledger()),
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

/// The role of an application, at its region for its days.
pub(super) fn grant(region: ID, from: Date, to: Option<Date>) -> GrantInput {
    GrantInput { role: Role::Client, region, organisation: None, committee: None, from, to }
}

pub(super) async fn body(tx: &Tx, id: Option<&ID>) -> Result<Option<OrganisationId>> {
    let Some(id) = id else { return Ok(None) };
    let id = Gid::parse(id, "organisation", &[SourceType::Organisation])?.id;
    Ok(Some(roster::known::<organisation::Entity>(tx, id, "organisation").await?.id))
}

/// Somebody answers for every application.
pub(super) fn answered_for(row: &application::ActiveModel) -> Result<()> {
    if row.organisation_id.as_ref().is_some() || row.contact.as_ref().is_some() {
        return Ok(());
    }
    let message = "an organisation or a contact answers for an application";
    Err(Error::field("contact", ErrorCode::Required, message))
}

pub(super) fn scopes(scopes: &[ApplicationScope]) -> Result<String> {
    let scopes = Scopes::of(scopes.iter().copied());
    if scopes.is_empty() {
        return Err(Error::field("scopes", ErrorCode::Required, "an application has at least one scope"));
    }
    Ok(scopes.text())
}

pub(super) fn rate(rate: i32) -> Result<i32> {
    if (1..=HIGHEST_RATE).contains(&rate) {
        return Ok(rate);
    }
    let message = format!("`ratePerMinute` is a number from 1 to {HIGHEST_RATE}");
    Err(Error::field("ratePerMinute", ErrorCode::Invalid, message))
}
