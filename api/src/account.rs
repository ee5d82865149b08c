//! The viewer 当前账户: who asks, with the roles and seats that make up what is theirs.

use async_graphql::{Context, ID, Object};
use entity::fact::SourceType;
use entity::ids::MemberId;
use entity::link;
use entity::role_grant::Role;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};

use crate::access::{Action, Within};
use crate::error::Result;
use crate::gid::Gid;
use crate::link::{Link, valid_on};
use crate::member::{self, Member, Person};
use crate::mutation::Asking;
use crate::organisation::{self, Organisation};
use crate::region::{self, Region};

/// Who asks 当前账户.
pub struct CurrentViewer;

#[Object(name = "Viewer")]
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
pub struct Grant {
    role: Role,
    region: entity::ids::RegionId,
    organisation: Option<entity::ids::OrganisationId>,
}

#[Object]
impl Grant {
    /// The role 角色.
    async fn role(&self) -> Role {
        self.role
    }

    /// Where it holds 区划.
    async fn region(&self, ctx: &Context<'_>) -> Option<Result<Region>> {
        region::by_id(ctx, self.region).await.transpose()
    }

    /// For which body 单位.
    async fn organisation(&self, ctx: &Context<'_>) -> Option<Result<Organisation>> {
        organisation::by_id(ctx, self.organisation?).await.transpose()
    }
}

/// One of the viewer's own seats 本人席位.
pub struct Seat(MemberId);

#[Object]
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
