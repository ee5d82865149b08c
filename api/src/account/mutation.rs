//! Opening accounts. A password is hashed before it enters the ledger: neither it nor its hash is part of what an
//! idempotency key stands for, since the salt differs each time.

use async_graphql::{Context, ID, InputObject, Object};
use entity::fact::SourceType;
use entity::ids::{AccountId, GrantId, LedgerId, OrganisationId, PersonId, RegionId};
use entity::region::RegionLevel;
use entity::role_grant::Role;
use entity::values::Date;
use entity::{account, organisation, person, region, role_grant};
use sea_orm::{ColumnTrait, QueryFilter, Set};
use serde::Serialize;
use uuid::Uuid;

use super::Account;
use crate::access::Action;
use crate::access::scope::Whole;
use crate::check;
use crate::error::{Error, ErrorCode, Result};
use crate::gid::Gid;
use crate::ledger::{Act, Subject, Tx};
use crate::mutation::{Asking, Payload, run};
use crate::payload;
use crate::session::password;
use crate::session::policy::{self, Policy};

payload!(
    /// An account, or what is to be mended 账户结果.
    AccountPayload {
        /// The account as it is now 账户.
        account: Account
    }
);

#[derive(Default)]
pub struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Opens an account with its roles 开设账户.
    async fn account_open(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: AccountOpen,
    ) -> Option<async_graphql::Result<AccountPayload>> {
        // A hash costs a core for a moment: only those who may ask get one.
        match ctx.viewer().and_then(|viewer| viewer.may(Opening::ACTION)) {
            Ok(_) => {}
            Err(error) => return Some(Err(error.into())),
        }
        let policy = match ctx.app() {
            Ok(app) => app.settings.password_policy,
            Err(error) => return Some(Err(error.into())),
        };
        match input.hashed(policy).await {
            Ok(opening) => run(ctx, Ok(LedgerId::REFERENCE), opening).await,
            Err(Error::User(error)) => Some(Ok(AccountPayload::new(None, vec![error]))),
            Err(error) => Some(Err(error.into())),
        }
    }
}

/// An account to be opened 开设账户.
#[derive(InputObject)]
pub struct AccountOpen {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Id chosen by the caller; a fresh one where absent.
    pub id: Option<Uuid>,
    /// Name to sign in with 账户名.
    pub name: String,
    /// Password, as the server's policy asks; a repeat under the same key does not change it 密码.
    pub password: String,
    /// The person behind it, whose seats it acts for 人员.
    pub person: Option<ID>,
    /// Roles granted to it 角色.
    #[graphql(default)]
    pub grants: Vec<GrantInput>,
}

/// A role to be granted 角色授予.
#[derive(InputObject, Serialize)]
pub struct GrantInput {
    /// The role 角色.
    pub role: Role,
    /// Where it holds: an office's at its own level 区划.
    pub region: ID,
    /// For which body 单位.
    pub organisation: Option<ID>,
    /// First day 起.
    pub from: Date,
}

impl AccountOpen {
    /// The act, which holds the hash only.
    pub async fn hashed(self, policy: Policy) -> Result<Opening> {
        policy::check(policy, &self.name, &self.password)?;
        Ok(Opening {
            idempotency_key: self.idempotency_key,
            id: self.id,
            name: self.name,
            password_hash: password::hash(self.password).await?,
            person: self.person,
            grants: self.grants,
        })
    }
}

/// An account to be opened, as it enters the ledger.
#[derive(Serialize)]
pub struct Opening {
    idempotency_key: String,
    id: Option<Uuid>,
    name: String,
    #[serde(skip)]
    password_hash: String,
    person: Option<ID>,
    grants: Vec<GrantInput>,
}

impl Act for Opening {
    const NAME: &'static str = "accountOpen";
    const ACTION: Action = Action::KeepAccount;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let row = tx
            .insert(account::ActiveModel {
                id: Set(AccountId(check::id(self.id)?)),
                name: Set(check::text("name", &self.name)?),
                password_hash: Set(self.password_hash.clone()),
                person_id: Set(person(tx, self.person.as_ref()).await?),
                disabled: Set(false),
                keeper_id: Set(tx.ledger()),
            })
            .await?;
        for grant in &self.grants {
            grant.give(tx, row.id).await?;
        }
        tx.tick_reference().await?;
        Ok(Subject { of: SourceType::Account, id: row.id.0 })
    }
}

async fn person(tx: &Tx, id: Option<&ID>) -> Result<Option<PersonId>> {
    let Some(id) = id else { return Ok(None) };
    let id = Gid::parse(id, "person", &[SourceType::Person])?.id;
    let row = person::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(person::Column::Id.eq(id))
        .one(tx.db())
        .await?;
    row.map(|row| Some(row.id)).ok_or_else(|| Error::missing("person"))
}

impl GrantInput {
    async fn give(&self, tx: &Tx, account: AccountId) -> Result<()> {
        let region = self.place(tx).await?;
        let organisation = self.body(tx).await?;
        tx.insert(role_grant::ActiveModel {
            id: Set(GrantId::fresh()),
            account_id: Set(account),
            role: Set(self.role),
            region_id: Set(Some(region)),
            organisation_id: Set(organisation),
            from_on: Set(self.from),
            to_on: Set(None),
        })
        .await?;
        Ok(())
    }

    /// The region, which an office must be of the level of.
    async fn place(&self, tx: &Tx) -> Result<RegionId> {
        let id = Gid::parse(&self.region, "grants.region", &[SourceType::Region])?.id;
        let row = region::Entity::whole(&tx.may(Action::ReadReference)?)
            .filter(region::Column::Id.eq(id))
            .one(tx.db())
            .await?
            .ok_or_else(|| Error::missing("grants.region"))?;
        let level = match self.role {
            Role::CountyOffice => RegionLevel::County,
            Role::CityOffice => RegionLevel::City,
            Role::ProvinceOffice => RegionLevel::Province,
            Role::Admin => row.level,
        };
        if row.level == level {
            return Ok(row.id);
        }
        let message = "an office's role holds at a region of its own level";
        Err(Error::field("grants.region", ErrorCode::Invalid, message))
    }

    async fn body(&self, tx: &Tx) -> Result<Option<OrganisationId>> {
        let Some(id) = &self.organisation else { return Ok(None) };
        let id = Gid::parse(id, "grants.organisation", &[SourceType::Organisation])?.id;
        let row = organisation::Entity::whole(&tx.may(Action::ReadReference)?)
            .filter(organisation::Column::Id.eq(id))
            .one(tx.db())
            .await?;
        row.map(|row| Some(row.id)).ok_or_else(|| Error::missing("grants.organisation"))
    }
}
