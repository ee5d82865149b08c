//! Industries 产业 of a county, with their tier, parks and operators.

use async_graphql::{Context, ID, Object};
use chrono::NaiveDate;
use entity::fact::{SourceType, Step};
use entity::fact_ref::RefRole;
use entity::ids::{IndustryId, LedgerId};
use entity::industry;
use entity::industry_unit::{self, IndustryUnitKind};
use uuid::Uuid;

use crate::access::Action;
use crate::error::Result;
use crate::gid::Gid;
use crate::ledger::{BEGINNING, Draft, Record};
use crate::loader::{self, UnitsOf};
use crate::mutation::{Asking, Reread};
use crate::region::{self, Region};

/// An industry of a county 产业.
pub struct Industry(pub industry::Model);

#[Object]
impl Industry {
    /// Global id.
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::Industry, self.0.id).into()
    }

    /// Name 名称.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Tier in the county's system, counted from 1: in "2+3+3" from 1 to 3 层次.
    async fn tier(&self) -> Option<i32> {
        self.0.tier
    }

    /// The industry it is part of 上级产业.
    async fn parent(&self, ctx: &Context<'_>) -> Option<Result<Self>> {
        by_id(ctx, self.0.parent_id?).await.transpose()
    }

    /// The county it belongs to 所在区划.
    async fn region(&self, ctx: &Context<'_>) -> Option<Result<Region>> {
        region::by_id(ctx, self.0.region_id).await.transpose()
    }

    /// Its parks and operators, also past ones 园区与经营主体.
    async fn units(&self, ctx: &Context<'_>) -> Result<Vec<IndustryUnit>> {
        let rows = loader::many(ctx.rows()?, UnitsOf(self.0.id)).await?;
        Ok(rows.into_iter().map(IndustryUnit).collect())
    }
}

/// A park or an operator of an industry 园区·经营主体.
pub struct IndustryUnit(pub industry_unit::Model);

#[Object]
impl IndustryUnit {
    /// Name 名称.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Park or operator 类型.
    async fn kind(&self) -> IndustryUnitKind {
        self.0.kind
    }

    /// Where it is 所在区划.
    async fn region(&self, ctx: &Context<'_>) -> Option<Result<Region>> {
        region::by_id(ctx, self.0.region_id).await.transpose()
    }

    /// First day 起.
    async fn from(&self) -> NaiveDate {
        self.0.from_on
    }

    /// Last day, where it has ended 止.
    async fn to(&self) -> Option<NaiveDate> {
        self.0.to_on
    }
}

#[derive(Default)]
pub struct IndustryQuery;

#[Object]
impl IndustryQuery {
    /// One industry 产业.
    async fn industry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id")] id: ID,
    ) -> Option<Result<Industry>> {
        match Gid::parse(&id, "id", &[SourceType::Industry]) {
            Ok(gid) => by_id(ctx, IndustryId(gid.id)).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }
}

/// An industry by its id.
pub async fn by_id(ctx: &Context<'_>, id: IndustryId) -> Result<Option<Industry>> {
    Ok(loader::one(ctx.rows()?, id).await?.map(Industry))
}

impl Reread for Industry {
    async fn reread(ctx: &Context<'_>, _: LedgerId, id: Uuid) -> Result<Option<Self>> {
        ctx.viewer()?.may(Action::ReadReference)?;
        by_id(ctx, IndustryId(id)).await
    }
}

impl Record for industry::Model {
    fn of(&self) -> SourceType {
        SourceType::Industry
    }

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn facts(&self) -> Vec<Draft> {
        let tier = self.tier.map(|tier| tier.to_string()).unwrap_or_default();
        vec![
            Draft::new(SourceType::Industry, self.id, Step::Recorded, self.region_id, BEGINNING)
                .category(tier)
                .refers([(RefRole::TargetIndustry, self.id.0)]),
        ]
    }
}
