//! Organisations 单位: bodies with a region, so with a level, and a system.

use async_graphql::{Context, ID, Object};
use entity::fact::{SourceType, Step};
use entity::fact_ref::RefRole;
use entity::ids::{LedgerId, OrganisationId};
use entity::organisation::{self, OrganisationKind, System};
use uuid::Uuid;

use crate::access::Action;
use crate::committee::Committee;
use crate::error::Result;
use crate::gid::Gid;
use crate::ledger::{BEGINNING, Draft, Record, code};
use crate::loader::{self, CommitteesOf};
use crate::mutation::{Asking, Reread};
use crate::region::{self, Region};

/// An organisation 单位.
pub struct Organisation(pub organisation::Model);

#[Object]
impl Organisation {
    /// Global id.
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::Organisation, self.0.id).into()
    }

    /// Name 名称.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Kind 类型.
    async fn kind(&self) -> OrganisationKind {
        self.0.kind
    }

    /// System 系统.
    async fn system(&self) -> System {
        self.0.system
    }

    /// Where it is, and so its level 所在区划.
    async fn region(&self, ctx: &Context<'_>) -> Option<Result<Region>> {
        region::by_id(ctx, self.0.region_id).await.transpose()
    }

    /// Its committees 内设委室.
    async fn committees(&self, ctx: &Context<'_>) -> Result<Vec<Committee>> {
        let rows = loader::many(ctx.rows()?, CommitteesOf(self.0.id)).await?;
        Ok(rows.into_iter().map(Committee).collect())
    }
}

#[derive(Default)]
pub struct OrganisationQuery;

#[Object]
impl OrganisationQuery {
    /// One organisation 单位.
    async fn organisation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id")] id: ID,
    ) -> Option<Result<Organisation>> {
        match Gid::parse(&id, "id", &[SourceType::Organisation]) {
            Ok(gid) => by_id(ctx, OrganisationId(gid.id)).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }
}

/// An organisation by its id.
pub async fn by_id(ctx: &Context<'_>, id: OrganisationId) -> Result<Option<Organisation>> {
    Ok(loader::one(ctx.rows()?, id).await?.map(Organisation))
}

impl Reread for Organisation {
    async fn reread(ctx: &Context<'_>, _: LedgerId, id: Uuid) -> Result<Option<Self>> {
        ctx.viewer()?.may(Action::ReadReference)?;
        by_id(ctx, OrganisationId(id)).await
    }
}

impl Record for organisation::Model {
    fn of(&self) -> SourceType {
        SourceType::Organisation
    }

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn facts(&self) -> Vec<Draft> {
        vec![
            Draft::new(SourceType::Organisation, self.id, Step::Recorded, self.region_id, BEGINNING)
                .kind(code(&self.kind))
                .refers([(RefRole::HelperOrganisation, self.id.0)]),
        ]
    }
}
