//! Programmes 行动 and all that is data in them: link rules, duties, checklists, category sets, indicators.
//! Nothing in the house knows a programme by name.

mod bond;
mod category;
mod duty;
mod edit;
mod indicator;
mod lineage;
mod mutation;
mod own;
mod rules;
mod tighten;
mod units;

use async_graphql::{Context, Description, Enum, ID, InputObject, Object};
use entity::fact::SourceType;
use entity::ids::{CategorySetId, ChecklistId, DutyRuleId, IndicatorId, LedgerId, LinkRuleId, ProgrammeId};
use entity::programme;
use entity::values::Date;
use sea_orm::{ColumnTrait, QueryFilter};
use uuid::Uuid;

use crate::access::Action;
use crate::access::scope::Whole;
use crate::loader::{self, CategorySetsOf, ChecklistsOf, DutyRulesOf, LinkRulesOf};
use crate::mutation::{Asking, Reread};
use crate::organisation::{self, Organisation};
use crate::page::{self, Direction, Nodes, Page, Sort};
use platform::error::Result;
use platform::gid::Gid;

pub use bond::{LinkRuleCreate, LinkRuleEnd};
pub use category::{CategoryAdd, CategoryInput, CategorySetCreate};
pub use duty::{ChecklistCreate, ChecklistItemInput, DutyRuleCreate, DutyRuleEnd};
pub use edit::{ProgrammeCreate, ProgrammeUpdate};
pub use indicator::{IndicatorDefine, IndicatorPublish, IndicatorUpdate};
pub use lineage::{goes_on, lineage, programme_by_id};
pub use mutation::{
    CategorySetPayload, ChecklistPayload, DutyRulePayload, IndicatorPayload, LinkRulePayload,
    ProgrammeMutation, ProgrammePayload,
};
pub use rules::indicators as rules_indicators;
pub use rules::{Category, CategorySet, Checklist, DutyRule, Indicator, LinkRule};

/// A campaign with its rules 行动.
#[derive(Description)]
pub struct Programme(pub programme::Model);

#[Object(use_type_description)]
impl Programme {
    /// Global id.
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::Programme, self.0.id).into()
    }

    /// Code, unique among programmes 代码.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Name 名称.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// English name 英文名称.
    async fn name_en(&self) -> Option<&str> {
        self.0.name_en.as_deref()
    }

    /// What it is for 说明.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// First day 起.
    async fn from(&self) -> Date {
        self.0.from_on
    }

    /// Last day, where it has one 止.
    async fn to(&self) -> Option<Date> {
        self.0.to_on
    }

    /// The body that runs it 主办单位.
    async fn organisation(&self, ctx: &Context<'_>) -> Option<Result<Organisation>> {
        organisation::by_id(ctx, self.0.organisation_id).await.transpose()
    }

    /// The programme it serves; what counts here counts there 上级行动.
    async fn parent(&self, ctx: &Context<'_>) -> Option<Result<Self>> {
        by_id(ctx, self.0.parent_id?).await.transpose()
    }

    /// Who may be linked to whom 联系规则.
    async fn link_rules(&self, ctx: &Context<'_>) -> Result<Vec<LinkRule>> {
        let rows = loader::many(ctx.rows()?, LinkRulesOf(self.0.id)).await?;
        Ok(rows.into_iter().map(LinkRule).collect())
    }

    /// What must be done, besides the checklists 任务规则.
    async fn duty_rules(&self, ctx: &Context<'_>) -> Result<Vec<DutyRule>> {
        let rows = loader::many(ctx.rows()?, DutyRulesOf(self.0.id)).await?;
        Ok(rows.into_iter().filter(|row| row.checklist_id.is_none()).map(DutyRule).collect())
    }

    /// Its checklists 清单.
    async fn checklists(&self, ctx: &Context<'_>) -> Result<Vec<Checklist>> {
        let rows = loader::many(ctx.rows()?, ChecklistsOf(self.0.id)).await?;
        Ok(rows.into_iter().map(Checklist).collect())
    }

    /// Its category sets 类别集.
    async fn category_sets(&self, ctx: &Context<'_>) -> Result<Vec<CategorySet>> {
        let rows = loader::many(ctx.rows()?, CategorySetsOf(self.0.id)).await?;
        Ok(rows.into_iter().map(CategorySet).collect())
    }
}

/// Which programmes 行动筛选.
#[derive(InputObject, Default)]
pub struct ProgrammeFilter {
    /// With this code 代码.
    code: Option<String>,
    /// Right under this programme 上级行动.
    parent: Option<ID>,
    /// Run by this organisation 主办单位.
    organisation: Option<ID>,
}

/// Sort key of programmes 行动排序.
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum ProgrammeSort {
    /// By code 代码.
    #[default]
    Code,
    /// By first day 起始日期.
    From,
}

/// How a programme is named in a query.
#[derive(async_graphql::OneofObject)]
pub enum ProgrammeKey {
    /// By global id.
    Id(ID),
    /// By code 代码.
    Code(String),
}

#[derive(Default)]
pub struct ProgrammeQuery;

#[Object]
impl ProgrammeQuery {
    /// One programme, by id or by code 行动.
    async fn programme(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id or its code")] by: ProgrammeKey,
    ) -> Option<Result<Programme>> {
        find(ctx, by, "by").await.transpose()
    }

    /// Programmes 行动列表.
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn programmes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which programmes; all where absent")] filter: Option<ProgrammeFilter>,
        #[graphql(desc = "Sort key; by code where absent")] order_by: Option<ProgrammeSort>,
        #[graphql(desc = "Direction; ascending where absent")] direction: Option<Direction>,
        #[graphql(desc = "That many from the start, 1–100; 20 where absent")] first: Option<i32>,
        #[graphql(desc = "After this cursor")] after: Option<String>,
        #[graphql(desc = "That many from the end, 1–100")] last: Option<i32>,
        #[graphql(desc = "Before this cursor")] before: Option<String>,
    ) -> Option<Result<Nodes<Programme>>> {
        let page = async {
            use programme::Column;
            let page = Page::of(first, after, last, before)?;
            let filter = filter.unwrap_or_default();
            let mut rows = programme::Entity::whole(&ctx.viewer()?.may(Action::ReadReference)?);
            if let Some(code) = filter.code {
                rows = rows.filter(Column::Code.eq(code));
            }
            if let Some(parent) = filter.parent {
                rows = rows.filter(
                    Column::ParentId.eq(Gid::parse(&parent, "filter.parent", &[SourceType::Programme])?.id),
                );
            }
            if let Some(organisation) = filter.organisation {
                let gid = Gid::parse(&organisation, "filter.organisation", &[SourceType::Organisation])?;
                rows = rows.filter(Column::OrganisationId.eq(gid.id));
            }
            let by = match order_by.unwrap_or_default() {
                ProgrammeSort::Code => Column::Code,
                ProgrammeSort::From => Column::FromOn,
            };
            let sort = Sort { by, id: Column::Id, direction: direction.unwrap_or_default() };
            page::read(&ctx.app()?.db, rows, sort, page, Programme).await
        };
        Some(page.await)
    }

    /// Indicators: the common catalogue's, and a programme's own 指标.
    async fn indicators(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "With those that this programme owns")] programme: Option<ProgrammeKey>,
    ) -> Result<Vec<Indicator>> {
        let programme = match programme {
            Some(by) => find(ctx, by, "programme").await?.map(|programme| programme.0.id),
            None => None,
        };
        let scope = ctx.viewer()?.may(Action::ReadReference)?;
        let rows = rules::indicators(&ctx.app()?.db, &scope, programme).await?;
        Ok(rows.into_iter().map(Indicator).collect())
    }

    /// The common catalogue: kinds, categories and designations that ship with every installation 公共类别.
    async fn catalogue(&self, ctx: &Context<'_>) -> Result<Vec<CategorySet>> {
        let scope = ctx.viewer()?.may(Action::ReadReference)?;
        let rows = rules::catalogue(&ctx.app()?.db, &scope).await?;
        Ok(rows.into_iter().map(CategorySet).collect())
    }
}

/// The programme that a key names.
pub async fn find(ctx: &Context<'_>, by: ProgrammeKey, field: &str) -> Result<Option<Programme>> {
    match by {
        ProgrammeKey::Id(id) => {
            let gid = Gid::parse(&id, field, &[SourceType::Programme])?;
            ctx.viewer()?.may(Action::ReadReference)?;
            by_id(ctx, ProgrammeId(gid.id)).await
        }
        ProgrammeKey::Code(code) => {
            let row = programme::Entity::whole(&ctx.viewer()?.may(Action::ReadReference)?)
                .filter(programme::Column::Code.eq(code))
                .one(&ctx.app()?.db)
                .await?;
            Ok(row.map(Programme))
        }
    }
}

/// A programme by its id.
pub async fn by_id(ctx: &Context<'_>, id: ProgrammeId) -> Result<Option<Programme>> {
    Ok(loader::one(ctx.rows()?, id).await?.map(Programme))
}

/// A link rule by its id.
pub async fn rule_by_id(ctx: &Context<'_>, id: LinkRuleId) -> Result<Option<LinkRule>> {
    Ok(loader::one(ctx.rows()?, id).await?.map(LinkRule))
}

macro_rules! reread {
    ($($object:ident: $id:ident),*) => {$(
        impl Reread for $object {
            async fn reread(ctx: &Context<'_>, _: LedgerId, id: Uuid) -> Result<Option<Self>> {
                ctx.viewer()?.may(Action::ReadReference)?;
                Ok(loader::one(ctx.rows()?, $id(id)).await?.map($object))
            }
        }
    )*};
}

reread!(
    Programme: ProgrammeId, LinkRule: LinkRuleId, DutyRule: DutyRuleId, Checklist: ChecklistId, Indicator: IndicatorId,
    CategorySet: CategorySetId
);
