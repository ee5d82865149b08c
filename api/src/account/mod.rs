//! Accounts 账户: who signs in, and the viewer 当前账户: who asks, with the roles and seats that make up what is theirs.
//! Accounts are shown to administrators alone; a password leaves no trace but its hash.

mod first;
mod mutation;

use async_graphql::{Context, Description, ID, Object};
use entity::fact::SourceType;
use entity::ids::{LedgerId, MemberId};
use entity::role_grant::{self, Role};
use entity::values::Date;
use entity::{account, link};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::access::{Action, Within};
use crate::error::{Error, Result};
use crate::gid::Gid;
use crate::link::{Link, valid_on};
use crate::loader::{self, GrantsOf};
use crate::member::{self, Member, Person};
use crate::mutation::{Asking, Reread};
use crate::organisation::{self, Organisation};
use crate::region::{self, Region};

pub use first::{count, open_first_admin};
pub use mutation::{AccountMutation, AccountOpen, AccountPayload, GrantInput, Opening};

/// An account 账户.
#[derive(Description)]
pub struct Account(pub account::Model);

#[Object(use_type_description)]
impl Account {
    /// Global id.
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::Account, self.0.id).into()
    }

    /// Name to sign in with 账户名.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The person behind it 人员.
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        member::person(ctx, self.0.person_id?).await.transpose()
    }

    /// Roles granted to it, also past and future ones 角色.
    async fn grants(&self, ctx: &Context<'_>) -> Result<Vec<RoleGrant>> {
        let rows = loader::many(ctx.rows()?, GrantsOf(self.0.id)).await?;
        Ok(rows.into_iter().map(RoleGrant).collect())
    }

    /// Whether it may no longer sign in 是否停用.
    async fn is_disabled(&self) -> bool {
        self.0.disabled
    }
}

/// A role granted to an account, from a day to a day 角色授予.
#[derive(Description)]
pub struct RoleGrant(role_grant::Model);

#[Object(use_type_description)]
impl RoleGrant {
    /// The role 角色.
    async fn role(&self) -> Role {
        self.0.role
    }

    /// Where it holds; everywhere where absent 区划.
    async fn region(&self, ctx: &Context<'_>) -> Option<Result<Region>> {
        region::by_id(ctx, self.0.region_id?).await.transpose()
    }

    /// For which body 单位.
    async fn organisation(&self, ctx: &Context<'_>) -> Option<Result<Organisation>> {
        organisation::by_id(ctx, self.0.organisation_id?).await.transpose()
    }

    /// First day 起.
    async fn from(&self) -> Date {
        self.0.from_on
    }

    /// Last day 止.
    async fn to(&self) -> Option<Date> {
        self.0.to_on
    }
}

/// Who asks 当前账户.
#[derive(Description)]
pub struct CurrentViewer;

#[Object(name = "Viewer", use_type_description)]
impl CurrentViewer {
    /// Global id of the account 账户.
    async fn id(&self, ctx: &Context<'_>) -> Result<ID> {
        Ok(Gid::reference(SourceType::Account, ctx.viewer()?.account).into())
    }

    /// Name of the account 账户名.
    async fn account(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(ctx.viewer()?.name.clone())
    }

    /// The person behind the account 人员.
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        match ctx.viewer() {
            Ok(viewer) => member::person(ctx, viewer.person?).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// Roles granted to the account, today 角色.
    async fn grants(&self, ctx: &Context<'_>) -> Result<Vec<Grant>> {
        let grant = |grant: &crate::access::viewer::Grant| Grant {
            role: grant.role,
            region: grant.region,
            organisation: grant.organisation,
        };
        Ok(ctx.viewer()?.grants.iter().map(grant).collect())
    }

    /// Active seats of the person, each with its links 席位.
    async fn seats(&self, ctx: &Context<'_>) -> Result<Vec<Seat>> {
        Ok(ctx.viewer()?.seats.iter().map(|id| Seat(*id)).collect())
    }
}

/// A role held at a region 角色授予.
#[derive(Description)]
pub struct Grant {
    role: Role,
    region: Option<entity::ids::RegionId>,
    organisation: Option<entity::ids::OrganisationId>,
}

#[Object(use_type_description)]
impl Grant {
    /// The role 角色.
    async fn role(&self) -> Role {
        self.role
    }

    /// Where it holds; everywhere where absent 区划.
    async fn region(&self, ctx: &Context<'_>) -> Option<Result<Region>> {
        region::by_id(ctx, self.region?).await.transpose()
    }

    /// For which body 单位.
    async fn organisation(&self, ctx: &Context<'_>) -> Option<Result<Organisation>> {
        organisation::by_id(ctx, self.organisation?).await.transpose()
    }
}

/// One of the viewer's own seats 本人席位.
#[derive(Description)]
pub struct Seat(MemberId);

#[Object(use_type_description)]
impl Seat {
    /// The seat 席位.
    async fn member(&self, ctx: &Context<'_>) -> Option<Result<Member>> {
        member::by_id(ctx, self.0).await.transpose()
    }

    /// Its links that are active today 有效结对.
    async fn links(&self, ctx: &Context<'_>) -> Result<Vec<Link>> {
        let app = ctx.app()?;
        let rows = link::Entity::within(&ctx.viewer()?.may(Action::ReadHousehold)?)
            .filter(link::Column::HelperId.eq(self.0))
            .filter(valid_on(app.clock.today()))
            .order_by_asc(link::Column::FromOn)
            .order_by_asc(link::Column::Id)
            .all(&app.db.read)
            .await?;
        Ok(rows.into_iter().map(Link).collect())
    }
}

#[derive(Default)]
pub struct AccountQuery;

#[Object]
impl AccountQuery {
    /// Who asks 当前账户.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<CurrentViewer> {
        ctx.viewer()?;
        Ok(CurrentViewer)
    }
}

impl Reread for Account {
    async fn reread(ctx: &Context<'_>, ledger: LedgerId, id: Uuid) -> Result<Option<Self>> {
        let row = account::Entity::within(&ctx.viewer()?.may(Action::KeepAccount)?)
            .filter(account::Column::KeeperId.eq(ledger))
            .filter(account::Column::Id.eq(id))
            .one(&ctx.app()?.db.read)
            .await?;
        row.map(Account).map(Some).ok_or(Error::NotFound)
    }
}
