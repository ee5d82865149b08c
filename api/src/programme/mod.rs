//! Programmes 行动 and the data they own: link rules, duties, checklists, category sets, indicators. No code is written
//! for one particular programme.

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

/// A campaign run by an organisation, with its rules and checklists.
/// 由单位主办的行动,含其规则和清单。
#[derive(Description)]
pub struct Programme(pub programme::Model);

#[Object(use_type_description)]
impl Programme {
    /// Global id.
    /// 全局标识。
    pub async fn id(&self) -> ID {
        Gid::reference(SourceType::Programme, self.0.id).into()
    }

    /// Code, unique among all programmes.
    /// 行动代码,在所有行动中唯一。
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Name of the programme.
    /// 行动名称。
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// English name; null if none was given.
    /// 英文名称;未填写时为空。
    async fn name_en(&self) -> Option<&str> {
        self.0.name_en.as_deref()
    }

    /// Purpose of the programme, in prose; null if none was given.
    /// 行动说明;未填写时为空。
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// First day of the programme.
    /// 行动开始日期。
    async fn from(&self) -> Date {
        self.0.from_on
    }

    /// Last day of the programme; null while no end is set.
    /// 行动结束日期;未定结束时为空。
    async fn to(&self) -> Option<Date> {
        self.0.to_on
    }

    /// Organisation that runs the programme.
    /// 主办该行动的单位。
    async fn organisation(&self, ctx: &Context<'_>) -> Option<Result<Organisation>> {
        organisation::by_id(ctx, self.0.organisation_id).await.transpose()
    }

    /// Parent programme; records of this programme count in the parent too. Null at the top.
    /// 上级行动;本行动的记录同时计入上级。没有上级时为空。
    async fn parent(&self, ctx: &Context<'_>) -> Option<Result<Self>> {
        by_id(ctx, self.0.parent_id?).await.transpose()
    }

    /// Rules that say which helper may be linked to which target.
    /// 联系规则:哪类帮扶方可与哪类对象结对。
    async fn link_rules(&self, ctx: &Context<'_>) -> Result<Vec<LinkRule>> {
        let rows = loader::many(ctx.rows()?, LinkRulesOf(self.0.id)).await?;
        Ok(rows.into_iter().map(LinkRule).collect())
    }

    /// Duties of the programme, without the items of its checklists.
    /// 行动的任务规则,不含清单项目。
    async fn duty_rules(&self, ctx: &Context<'_>) -> Result<Vec<DutyRule>> {
        let rows = loader::many(ctx.rows()?, DutyRulesOf(self.0.id)).await?;
        Ok(rows.into_iter().filter(|row| row.checklist_id.is_none()).map(DutyRule).collect())
    }

    /// Checklists of the programme.
    /// 行动的清单。
    async fn checklists(&self, ctx: &Context<'_>) -> Result<Vec<Checklist>> {
        let rows = loader::many(ctx.rows()?, ChecklistsOf(self.0.id)).await?;
        Ok(rows.into_iter().map(Checklist).collect())
    }

    /// Category sets that the programme owns.
    /// 行动自有的类别集。
    async fn category_sets(&self, ctx: &Context<'_>) -> Result<Vec<CategorySet>> {
        let rows = loader::many(ctx.rows()?, CategorySetsOf(self.0.id)).await?;
        Ok(rows.into_iter().map(CategorySet).collect())
    }
}

/// Conditions on programmes; a programme must pass all that are given.
/// 行动筛选条件,须同时满足。
#[derive(InputObject, Default)]
pub struct ProgrammeFilter {
    /// Only the programme with this code.
    /// 仅限该代码的行动。
    code: Option<String>,
    /// Only programmes whose parent is this programme.
    /// 仅限直属该上级行动的行动。
    parent: Option<ID>,
    /// Only programmes that this organisation runs.
    /// 仅限该单位主办的行动。
    organisation: Option<ID>,
}

/// Sort key of programmes.
/// 行动的排序字段。
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum ProgrammeSort {
    /// By code.
    /// 按代码。
    #[default]
    Code,
    /// By first day.
    /// 按开始日期。
    From,
}

/// A programme named by its id or by its code.
/// 按全局标识或代码指定的行动。
#[derive(async_graphql::OneofObject)]
pub enum ProgrammeKey {
    /// Global id of the programme.
    /// 行动的全局标识。
    Id(ID),
    /// Code of the programme.
    /// 行动代码。
    Code(String),
}

#[derive(Default)]
pub struct ProgrammeQuery;

#[Object]
impl ProgrammeQuery {
    /// One programme; null if there is none with this id or code.
    /// 查询一项行动;没有该标识或代码时为空。
    async fn programme(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id or code of the programme.\n行动的标识或代码。")] by: ProgrammeKey,
    ) -> Option<Result<Programme>> {
        find(ctx, by, "by").await.transpose()
    }

    /// Programmes that pass the filter.
    /// 符合筛选条件的行动列表。
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn programmes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which programmes to list; all if absent.\n筛选条件,默认全部。")] filter: Option<
            ProgrammeFilter,
        >,
        #[graphql(desc = "Sort key; by code if absent.\n排序字段,默认按代码。")] order_by: Option<
            ProgrammeSort,
        >,
        #[graphql(desc = "Direction; ascending if absent.\n排序方向,默认升序。")] direction: Option<
            Direction,
        >,
        #[graphql(
            desc = "Number of items from the start, 1 to 100; 20 if absent.\n从头取的条数,1至100,默认20。"
        )]
        first: Option<i32>,
        #[graphql(desc = "Cursor after which the page begins.\n起始游标。")] after: Option<String>,
        #[graphql(desc = "Number of items from the end, 1 to 100.\n从尾取的条数,1至100。")] last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.\n截止游标。")] before: Option<String>,
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

    /// Indicators of the common catalogue and, if a programme is named, its own.
    /// 公共目录的指标;指定行动时另加其自有指标。
    async fn indicators(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Programme whose own indicators are listed as well.\n一并列出其自有指标的行动。")]
        programme: Option<ProgrammeKey>,
    ) -> Result<Vec<Indicator>> {
        let programme = match programme {
            Some(by) => find(ctx, by, "programme").await?.map(|programme| programme.0.id),
            None => None,
        };
        let scope = ctx.viewer()?.may(Action::ReadReference)?;
        let rows = rules::indicators(&ctx.app()?.db, &scope, programme).await?;
        Ok(rows.into_iter().map(Indicator).collect())
    }

    /// Category sets of the common catalogue: kinds, categories and designations that ship with every installation.
    /// 公共目录的类别集:随系统提供的类型、类别和认定。
    async fn catalogue(&self, ctx: &Context<'_>) -> Result<Vec<CategorySet>> {
        let scope = ctx.viewer()?.may(Action::ReadReference)?;
        let rows = rules::catalogue(&ctx.app()?.db, &scope).await?;
        Ok(rows.into_iter().map(CategorySet).collect())
    }
}

/// Finds a programme by its key; `field` is the input field that a malformed id is reported on.
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
