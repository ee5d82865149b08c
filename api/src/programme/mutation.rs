//! Acts on programmes and their rules, as they are called; each is run in the ledger that keeps the programme.

use async_graphql::{Context, ID, Object};
use entity::fact::SourceType;
use entity::ids::{
    CategorySetId, DutyRuleId, IndicatorId, LedgerId, LinkRuleId, OrganisationId, ProgrammeId,
};

use super::{
    CategoryAdd, CategorySet, CategorySetCreate, Checklist, ChecklistCreate, DutyRule, DutyRuleCreate,
    DutyRuleEnd, Indicator, IndicatorDefine, IndicatorPublish, IndicatorUpdate, LinkRule, LinkRuleCreate,
    LinkRuleEnd, Programme, ProgrammeCreate, ProgrammeUpdate,
};
use crate::ledger::ledger_for;
use crate::loader;
use crate::mutation::{Asking, run};
use crate::payload;
use platform::error::{Error, Result};
use platform::gid::Gid;

payload!(
    /// A programme, or what is to be mended 行动结果.
    ProgrammePayload {
        /// The programme as it is now 行动.
        programme: Programme
    }
);

payload!(
    /// A link rule, or what is to be mended 联系规则结果.
    LinkRulePayload {
        /// The link rule as it is now 联系规则.
        link_rule: LinkRule
    }
);

payload!(
    /// A checklist, or what is to be mended 清单结果.
    ChecklistPayload {
        /// The checklist as it is now 清单.
        checklist: Checklist
    }
);

payload!(
    /// A duty, or what is to be mended 任务规则结果.
    DutyRulePayload {
        /// The duty as it is now 任务规则.
        duty_rule: DutyRule
    }
);

payload!(
    /// A category set, or what is to be mended 类别集结果.
    CategorySetPayload {
        /// The set as it is now 类别集.
        category_set: CategorySet
    }
);

payload!(
    /// An indicator, or what is to be mended 指标结果.
    IndicatorPayload {
        /// The indicator as it is now 指标.
        indicator: Indicator
    }
);

#[derive(Default)]
pub struct ProgrammeMutation;

#[Object]
impl ProgrammeMutation {
    /// Sets up a programme, in the ledger kept for its organisation's region 新建行动.
    async fn programme_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: ProgrammeCreate,
    ) -> Option<async_graphql::Result<ProgrammePayload>> {
        run(ctx, ledger_of_organisation(ctx, &input.organisation).await, input).await
    }

    /// Changes what is said of a programme; absent fields stay 行动变更.
    async fn programme_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: ProgrammeUpdate,
    ) -> Option<async_graphql::Result<ProgrammePayload>> {
        run(ctx, keeper_of_programme(ctx, &input.programme).await, input).await
    }

    /// Lays down who may be linked to whom; it may tighten the rule of the same code above, never loosen it 新建联系规则.
    async fn link_rule_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: LinkRuleCreate,
    ) -> Option<async_graphql::Result<LinkRulePayload>> {
        run(ctx, keeper_of_programme(ctx, &input.programme).await, input).await
    }

    /// Ends a link rule; links under it stay as they are 终止联系规则.
    async fn link_rule_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: LinkRuleEnd,
    ) -> Option<async_graphql::Result<LinkRulePayload>> {
        run(ctx, keeper_of_link_rule(ctx, &input.rule).await, input).await
    }

    /// Lays down a checklist with its items, each answered by marks 新建清单.
    async fn checklist_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: ChecklistCreate,
    ) -> Option<async_graphql::Result<ChecklistPayload>> {
        run(ctx, keeper_of_programme(ctx, &input.programme).await, input).await
    }

    /// Lays down a duty: how much of what a subject must have done per period 新建任务规则.
    async fn duty_rule_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: DutyRuleCreate,
    ) -> Option<async_graphql::Result<DutyRulePayload>> {
        run(ctx, keeper_of_programme(ctx, &input.programme).await, input).await
    }

    /// Ends a duty, or an item of a checklist 终止任务规则.
    async fn duty_rule_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: DutyRuleEnd,
    ) -> Option<async_graphql::Result<DutyRulePayload>> {
        run(ctx, keeper_of_duty_rule(ctx, &input.rule).await, input).await
    }

    /// Gives a programme a set of categories of its own 新建类别集.
    async fn category_set_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: CategorySetCreate,
    ) -> Option<async_graphql::Result<CategorySetPayload>> {
        run(ctx, keeper_of_programme(ctx, &input.programme).await, input).await
    }

    /// Adds a category to a programme's own set 新增类别.
    async fn category_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: CategoryAdd,
    ) -> Option<async_graphql::Result<CategorySetPayload>> {
        run(ctx, keeper_of_category_set(ctx, &input.set).await, input).await
    }

    /// Defines an indicator of a programme 新建指标.
    async fn indicator_define(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: IndicatorDefine,
    ) -> Option<async_graphql::Result<IndicatorPayload>> {
        run(ctx, keeper_of_programme(ctx, &input.programme).await, input).await
    }

    /// Changes a programme's indicator; its code stays 指标变更.
    async fn indicator_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: IndicatorUpdate,
    ) -> Option<async_graphql::Result<IndicatorPayload>> {
        run(ctx, keeper_of_indicator(ctx, &input.indicator).await, input).await
    }

    /// Tells everybody an indicator's figures of quarters that are over, without any token, or no more. The catalogue's
    /// are made public by those who keep the house 指标公开.
    async fn indicator_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: IndicatorPublish,
    ) -> Option<async_graphql::Result<IndicatorPayload>> {
        run(ctx, keeper_of_indicator(ctx, &input.indicator).await, input).await
    }
}

/// The ledger that keeps what an input names.
macro_rules! keepers {
    ($($name:ident($field:literal, $of:ident: $key:ident)),* $(,)?) => {$(
        async fn $name(ctx: &Context<'_>, id: &ID) -> Result<LedgerId> {
            let gid = Gid::parse(id, $field, &[SourceType::$of])?;
            let row = loader::one(ctx.rows()?, $key(gid.id)).await?;
            row.map(|row| row.keeper_id).ok_or_else(|| Error::missing($field))
        }
    )*};
}

keepers!(
    keeper_of_programme("programme", Programme: ProgrammeId),
    keeper_of_link_rule("rule", LinkRule: LinkRuleId),
    keeper_of_duty_rule("rule", DutyRule: DutyRuleId),
    keeper_of_category_set("set", CategorySet: CategorySetId),
    keeper_of_indicator("indicator", Indicator: IndicatorId),
);

async fn ledger_of_organisation(ctx: &Context<'_>, id: &ID) -> Result<LedgerId> {
    let gid = Gid::parse(id, "organisation", &[SourceType::Organisation])?;
    let row = loader::one(ctx.rows()?, OrganisationId(gid.id)).await?;
    let row = row.ok_or_else(|| Error::missing("organisation"))?;
    ledger_for(&ctx.app()?.db, row.region_id, "organisation").await
}
