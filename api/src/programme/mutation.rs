//! GraphQL mutations on programmes and their rules. Each act runs in the ledger that keeps the programme.

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
    /// A programme, or the errors to correct.
    /// 行动结果,或需更正的错误。
    ProgrammePayload {
        /// The programme as it is now; null if there are errors.
        /// 行动的当前状态;有错误时为空。
        programme: Programme
    }
);

payload!(
    /// A link rule, or the errors to correct.
    /// 联系规则结果,或需更正的错误。
    LinkRulePayload {
        /// The link rule as it is now; null if there are errors.
        /// 联系规则的当前状态;有错误时为空。
        link_rule: LinkRule
    }
);

payload!(
    /// A checklist, or the errors to correct.
    /// 清单结果,或需更正的错误。
    ChecklistPayload {
        /// The checklist as it is now; null if there are errors.
        /// 清单的当前状态;有错误时为空。
        checklist: Checklist
    }
);

payload!(
    /// A duty, or the errors to correct.
    /// 任务规则结果,或需更正的错误。
    DutyRulePayload {
        /// The duty as it is now; null if there are errors.
        /// 任务规则的当前状态;有错误时为空。
        duty_rule: DutyRule
    }
);

payload!(
    /// A category set, or the errors to correct.
    /// 类别集结果,或需更正的错误。
    CategorySetPayload {
        /// The category set as it is now; null if there are errors.
        /// 类别集的当前状态;有错误时为空。
        category_set: CategorySet
    }
);

payload!(
    /// An indicator, or the errors to correct.
    /// 指标结果,或需更正的错误。
    IndicatorPayload {
        /// The indicator as it is now; null if there are errors.
        /// 指标的当前状态;有错误时为空。
        indicator: Indicator
    }
);

#[derive(Default)]
pub struct ProgrammeMutation;

#[Object]
impl ProgrammeMutation {
    /// Creates a programme in the ledger kept for its organisation's region.
    /// 新建行动,归入主办单位所在区划的台账。
    async fn programme_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The programme to create.\n要新建的行动。")] input: ProgrammeCreate,
    ) -> Option<async_graphql::Result<ProgrammePayload>> {
        run(ctx, ledger_of_organisation(ctx, &input.organisation).await, input).await
    }

    /// Changes the name, purpose or last day of a programme; absent fields stay.
    /// 变更行动的名称、说明或结束日期;未填写的字段保持不变。
    async fn programme_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The programme to change, and its new values.\n要变更的行动及新内容。")]
        input: ProgrammeUpdate,
    ) -> Option<async_graphql::Result<ProgrammePayload>> {
        run(ctx, keeper_of_programme(ctx, &input.programme).await, input).await
    }

    /// Creates a rule that says which helper may be linked to which target. A rule of the same code in a parent
    /// programme may be tightened, never loosened.
    /// 新建联系规则;对上级行动的同代码规则只能收紧,不能放宽。
    async fn link_rule_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link rule to create.\n要新建的联系规则。")] input: LinkRuleCreate,
    ) -> Option<async_graphql::Result<LinkRulePayload>> {
        run(ctx, keeper_of_programme(ctx, &input.programme).await, input).await
    }

    /// Ends a link rule; links under the rule stay as they are.
    /// 终止联系规则;已按该规则建立的结对不变。
    async fn link_rule_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link rule to end, and its last day.\n要终止的联系规则及其最后一日。")]
        input: LinkRuleEnd,
    ) -> Option<async_graphql::Result<LinkRulePayload>> {
        run(ctx, keeper_of_link_rule(ctx, &input.rule).await, input).await
    }

    /// Creates a checklist with its items; each item is fulfilled by marks.
    /// 新建清单及其项目;各项目按清单完成计量。
    async fn checklist_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The checklist to create.\n要新建的清单。")] input: ChecklistCreate,
    ) -> Option<async_graphql::Result<ChecklistPayload>> {
        run(ctx, keeper_of_programme(ctx, &input.programme).await, input).await
    }

    /// Creates a duty: the quantity that each subject must reach per period, by an indicator or by marks.
    /// 新建任务规则:各主体每周期须达到的数量,按指标或清单完成计量。
    async fn duty_rule_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The duty to create.\n要新建的任务规则。")] input: DutyRuleCreate,
    ) -> Option<async_graphql::Result<DutyRulePayload>> {
        run(ctx, keeper_of_programme(ctx, &input.programme).await, input).await
    }

    /// Ends a duty, or an item of a checklist.
    /// 终止任务规则或清单项目。
    async fn duty_rule_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The duty to end, and its last day.\n要终止的任务规则及其最后一日。")]
        input: DutyRuleEnd,
    ) -> Option<async_graphql::Result<DutyRulePayload>> {
        run(ctx, keeper_of_duty_rule(ctx, &input.rule).await, input).await
    }

    /// Creates a category set that a programme owns.
    /// 为行动新建自有的类别集。
    async fn category_set_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The category set to create.\n要新建的类别集。")] input: CategorySetCreate,
    ) -> Option<async_graphql::Result<CategorySetPayload>> {
        run(ctx, keeper_of_programme(ctx, &input.programme).await, input).await
    }

    /// Adds a category to a category set.
    /// 在类别集中新增类别。
    async fn category_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The category to add, and its set.\n要新增的类别及其所属类别集。")]
        input: CategoryAdd,
    ) -> Option<async_graphql::Result<CategorySetPayload>> {
        run(ctx, keeper_of_category_set(ctx, &input.set).await, input).await
    }

    /// Creates an indicator that a programme owns.
    /// 为行动新建自有的指标。
    async fn indicator_define(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The indicator to create.\n要新建的指标。")] input: IndicatorDefine,
    ) -> Option<async_graphql::Result<IndicatorPayload>> {
        run(ctx, keeper_of_programme(ctx, &input.programme).await, input).await
    }

    /// Changes an indicator that a programme owns; the code and absent fields stay.
    /// 变更行动自有的指标;代码和未填写的字段保持不变。
    async fn indicator_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The indicator to change, and its new values.\n要变更的指标及新内容。")]
        input: IndicatorUpdate,
    ) -> Option<async_graphql::Result<IndicatorPayload>> {
        run(ctx, keeper_of_indicator(ctx, &input.indicator).await, input).await
    }

    /// Publishes an indicator, or withdraws it. Anybody may read the figures of a public indicator without a token, for
    /// quarters that are over. Only an administrator of all regions publishes an indicator of the catalogue.
    /// 公开指标或取消公开。公开指标在已结束季度的数据,任何人无需令牌即可查看;公共目录的指标只能由不限区划的管理员公开。
    async fn indicator_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The indicator to publish or withdraw.\n要公开或取消公开的指标。")]
        input: IndicatorPublish,
    ) -> Option<async_graphql::Result<IndicatorPayload>> {
        run(ctx, keeper_of_indicator(ctx, &input.indicator).await, input).await
    }
}

/// Functions that find the ledger which keeps the row that an input names.
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
