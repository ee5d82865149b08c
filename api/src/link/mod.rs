//! Links 结对: a helper bound to a target under a rule, from a day to a day. The act that makes a link checks the rule
//! under the ledger's lock, so that two acts at once cannot both pass a limit.

mod keeper;
mod limit;
mod mutation;
mod paper;
mod party;
mod rows;

use async_graphql::{Context, Description, Enum, ID, InputObject, Object};
use entity::fact::{SourceType, Step};
use entity::fact_ref::PartyKind;
use entity::ids::{LedgerId, RecordId};
use entity::link;
use entity::values::Date;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QuerySelect, QueryTrait, Select};
use uuid::Uuid;

use crate::access::{Action, Scope, Within};
use crate::household::{self, Household};
use crate::loader::{self, LinkRow};
use crate::mutation::{Asking, Reread};
use crate::page::{self, Direction, Nodes, Page, Sort};
use crate::plan::{self, Plan};
use crate::programme::{self, LinkRule};
use crate::progress::standing::{self, Standing};
use crate::region::{self, Region};
use platform::error::{Error, Result};
use platform::gid::Gid;

pub use keeper::may_name;
pub use mutation::ledger_of_target;
pub use mutation::{LinkCreate, LinkEnd, LinkHandOver, LinkMutation, LinkPayload};
pub use paper::{LinkPaper, PaperToWrite};
pub use party::{Helper, Target};
pub use rows::{
    Bound, ends, holds_on, move_targets, no_mark_after, none_after, none_before, none_of_programme_after,
    none_under_after, rules_of, still_eligible,
};

/// A link: a helper bound to a target under a rule, from a day to a day.
/// 结对:帮扶方按联系规则在一段时间内结对帮扶对象。
#[derive(Description)]
pub struct Link(pub link::Model);

impl Link {
    #[must_use]
    pub const fn of(row: link::Model) -> Self {
        Self(row)
    }

    /// The link's latest plan or agreement; none if the viewer may not read the link's records.
    async fn latest(&self, ctx: &Context<'_>, agreement: bool) -> Result<Option<Plan>> {
        match ctx.viewer()?.may(Action::ReadRecord) {
            Ok(scope) if scope.holds_link(&self.0) => {
                plan::of_link(ctx, self.0.ledger_id, self.0.id, agreement).await
            }
            Ok(_) | Err(Error::Forbidden) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[Object(use_type_description)]
impl Link {
    /// Global id.
    /// 全局标识。
    pub async fn id(&self) -> ID {
        Gid::record(SourceType::Link, self.0.ledger_id, self.0.id).into()
    }

    /// Rule under which the link is made.
    /// 结对所依据的联系规则。
    async fn rule(&self, ctx: &Context<'_>) -> Option<Result<LinkRule>> {
        programme::rule_by_id(ctx, self.0.rule_id).await.transpose()
    }

    /// Helper of the link.
    /// 帮扶方。
    async fn helper(&self, ctx: &Context<'_>) -> Option<Result<Helper>> {
        Helper::by_id(ctx, self.0.helper_kind, self.0.helper_id).await.transpose()
    }

    /// Target of the link; null if the viewer may not see it.
    /// 帮扶对象;查看者无权查看时为空。
    async fn target(&self, ctx: &Context<'_>) -> Option<Result<Target>> {
        Target::by_id(ctx, self.0.ledger_id, self.0.target_kind, self.0.target_id).await.transpose()
    }

    /// The target if it is a household; null otherwise, or if the viewer may not see the household.
    /// 帮扶对象为农户时的该农户;否则,或查看者无权查看时为空。
    async fn household(&self, ctx: &Context<'_>) -> Option<Result<Household>> {
        household::by_id(ctx, self.0.ledger_id, self.0.household_id?).await.transpose()
    }

    /// Region in which the target lies.
    /// 帮扶对象所在区划。
    async fn region(&self, ctx: &Context<'_>) -> Option<Result<Region>> {
        region::by_id(ctx, self.0.region_id).await.transpose()
    }

    /// First day of the link.
    /// 结对开始日期。
    async fn from(&self) -> Date {
        self.0.from_on
    }

    /// Last day of the link; null while no end is set.
    /// 结对结束日期;未定结束时为空。
    async fn to(&self) -> Option<Date> {
        self.0.to_on
    }

    /// State today: PLANNED before the first day, ENDED after the last, ACTIVE between.
    /// 当前状态:开始日期之前为计划中,结束日期之后为已结束,其间为生效。
    async fn step(&self, ctx: &Context<'_>) -> Result<Step> {
        let today = ctx.app()?.clock.today();
        Ok(match self.0.to_on {
            _ if self.0.from_on > today => Step::Planned,
            Some(to) if to < today => Step::Ended,
            _ => Step::Active,
        })
    }

    /// Reason for the end; null while no end is set.
    /// 结束原因;未定结束时为空。
    async fn end_reason(&self) -> Option<&str> {
        self.0.end_reason.as_deref()
    }

    /// Link that succeeded this one in a handover; null if there was none.
    /// 交接后的后续结对;未交接时为空。
    async fn successor(&self, ctx: &Context<'_>) -> Option<Result<Self>> {
        by_id(ctx, self.0.ledger_id, self.0.successor_id?).await.transpose()
    }

    /// Remark; null if none was given.
    /// 备注;未填写时为空。
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// Latest plan of the link; null if there is none, or if the viewer may not read the link's records.
    /// 最新的帮扶规划;没有规划或查看者无权查看时为空。
    async fn plan(&self, ctx: &Context<'_>) -> Option<Result<Plan>> {
        self.latest(ctx, false).await.transpose()
    }

    /// Latest agreement of helper and target; null if there is none, or if the viewer may not read the link's records.
    /// 最新的帮扶协议;没有协议或查看者无权查看时为空。
    async fn agreement(&self, ctx: &Context<'_>) -> Option<Result<Plan>> {
        self.latest(ctx, true).await.transpose()
    }

    /// Duties of the link as they stand today: contacts, next due days and checklists.
    /// 结对当前的任务进度:联系情况、下次截止日和清单。
    async fn standing(&self, ctx: &Context<'_>) -> Result<Standing> {
        standing::of_link(ctx, self.0.ledger_id, self.0.id).await
    }

    /// Number of the act that last changed the link; send it as `expectedVersion` when changing the link.
    /// 最近一次变更结对的操作序号;变更时作为预期版本提交。
    async fn version(&self) -> i64 {
        self.0.version
    }
}

/// Conditions on links; a link must pass all that are given.
/// 结对筛选条件,须同时满足。
#[derive(InputObject, Default)]
pub struct LinkFilter {
    /// Only links whose target lies in this region or below it.
    /// 仅限帮扶对象位于该区划及其下级的结对。
    region: Option<ID>,
    /// Only links under this rule.
    /// 仅限依据该联系规则的结对。
    rule: Option<ID>,
    /// Only links of this helper.
    /// 仅限该帮扶方的结对。
    helper: Option<ID>,
    /// Only links to this target.
    /// 仅限该帮扶对象的结对。
    target: Option<ID>,
    /// Only links to targets of this type.
    /// 仅限该类帮扶对象的结对。
    target_kind: Option<PartyKind>,
    /// Only links that are valid on this day.
    /// 仅限在该日有效的结对。
    valid_on: Option<Date>,
}

/// Sort key of links.
/// 结对的排序字段。
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum LinkSort {
    /// By order of entry.
    /// 按录入顺序。
    #[default]
    Entered,
    /// By first day.
    /// 按开始日期。
    From,
}

#[derive(Default)]
pub struct LinkQuery;

#[Object]
impl LinkQuery {
    /// One link; the error NOT_FOUND if there is none that the viewer may see.
    /// 查询一个结对;没有查看者可见的结对时返回 NOT_FOUND 错误。
    async fn link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the link.\n结对的全局标识。")] id: ID,
    ) -> Option<Result<Link>> {
        match Gid::parse(&id, "id", &[SourceType::Link]) {
            Ok(gid) => Link::reread(ctx, gid.ledger, gid.id).await.transpose(),
            Err(_) => Some(Err(Error::NotFound)),
        }
    }

    /// Links that the viewer may see and that pass the filter.
    /// 查看者可见且符合筛选条件的结对列表。
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn links(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which links to list; all if absent.\n筛选条件,默认全部。")] filter: Option<
            LinkFilter,
        >,
        #[graphql(desc = "Sort key; by order of entry if absent.\n排序字段,默认按录入顺序。")]
        order_by: Option<LinkSort>,
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
    ) -> Option<Result<Nodes<Link>>> {
        let page = async {
            let page = Page::of(first, after, last, before)?;
            let rows = selected(ctx, filter.unwrap_or_default())?;
            let by = match order_by.unwrap_or_default() {
                LinkSort::Entered => link::Column::Id,
                LinkSort::From => link::Column::FromOn,
            };
            let sort = Sort { by, id: link::Column::Id, direction: direction.unwrap_or_default() };
            page::read(&ctx.app()?.db, rows, sort, page, Link).await
        };
        Some(page.await)
    }
}

fn selected(ctx: &Context<'_>, filter: LinkFilter) -> Result<Select<link::Entity>> {
    use link::Column;
    let scope = ctx.viewer()?.may(Action::ReadHousehold)?;
    let mut rows = link::Entity::within(&scope);
    if let Some(region) = filter.region {
        rows = rows
            .filter(Column::RegionId.in_subquery(region::ids_below(region::key(&region, "filter.region")?)));
    }
    if let Some(rule) = filter.rule {
        rows = rows.filter(Column::RuleId.eq(Gid::parse(&rule, "filter.rule", &[SourceType::LinkRule])?.id));
    }
    if let Some(helper) = filter.helper {
        rows = rows.filter(Column::HelperId.eq(Gid::parse(&helper, "filter.helper", PartyKind::HELPERS)?.id));
    }
    if let Some(target) = filter.target {
        rows = rows.filter(shown_target(&scope, Gid::parse(&target, "filter.target", PartyKind::TARGETS)?));
    }
    if let Some(kind) = filter.target_kind {
        rows = rows.filter(Column::TargetKind.eq(kind));
    }
    if let Some(day) = filter.valid_on {
        rows = rows.filter(valid_on(day));
    }
    Ok(rows)
}

/// Links to this target, as far as the viewer may see it. Example: a helper sees its past link, but not the household
/// behind the link, so that a filter on the household finds nothing.
fn shown_target(scope: &Scope, target: Gid) -> Condition {
    use entity::household::{Column as Home, Entity as Homes};
    use link::Column;
    let to = Condition::all().add(Column::TargetId.eq(target.id));
    if target.of != SourceType::Household {
        return to.add(Column::TargetKind.ne(PartyKind::Household));
    }
    let visible = Homes::within(scope)
        .select_only()
        .column(Home::Id)
        .filter(Home::LedgerId.eq(target.ledger))
        .filter(Home::Id.eq(target.id));
    to.add(Column::LedgerId.eq(target.ledger)).add(Column::HouseholdId.in_subquery(visible.into_query()))
}

/// Links that are valid on a day.
#[must_use]
pub fn valid_on(day: Date) -> Condition {
    overlapping(day, Some(day))
}

/// Links that are valid on any day of a span.
#[must_use]
pub fn overlapping(from: Date, to: Option<Date>) -> Condition {
    let ends_late = Condition::any().add(link::Column::ToOn.is_null()).add(link::Column::ToOn.gte(from));
    let starts_early = to.map(|to| link::Column::FromOn.lte(to));
    Condition::all().add(ends_late).add_option(starts_early)
}

/// The link that a visible row refers to; none if the viewer may not see the link.
pub async fn by_id(ctx: &Context<'_>, ledger: LedgerId, id: RecordId) -> Result<Option<Link>> {
    let Ok(scope) = ctx.viewer()?.may(Action::ReadHousehold) else { return Ok(None) };
    let rows = loader::many(ctx.rows()?, LinkRow(ledger, id)).await?;
    Ok(rows.into_iter().find(|row| scope.shows_link(row)).map(Link))
}

impl Reread for Link {
    async fn reread(ctx: &Context<'_>, ledger: LedgerId, id: Uuid) -> Result<Option<Self>> {
        let row = link::Entity::within(&ctx.viewer()?.may(Action::ReadHousehold)?)
            .filter(link::Column::LedgerId.eq(ledger))
            .filter(link::Column::Id.eq(id))
            .one(&ctx.app()?.db)
            .await?;
        row.map(Link).map(Some).ok_or(Error::NotFound)
    }
}
