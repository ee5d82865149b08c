//! Links 结对联系: a helper bound to a target under a rule, from a day to a day. The act that makes one judges the
//! rule within the ledger's lock, so that two who ask at once cannot both pass.

mod keeper;
mod ledgers;
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
pub use ledgers::{ledgers_of_committee, ledgers_of_person};
pub use mutation::ledger_of_target;
pub use mutation::{LinkCreate, LinkEnd, LinkHandOver, LinkMutation, LinkPayload};
pub use paper::{LinkPaper, PaperToWrite};
pub use party::{Helper, Target};
pub use rows::{
    Bound, ends, holds_on, move_targets, none_after, none_before, none_of_programme_after, none_under_after,
    rules_of, still_eligible,
};

/// A helper bound to a target under a rule 结对联系.
#[derive(Description)]
pub struct Link(pub link::Model);

impl Link {
    #[must_use]
    pub const fn of(row: link::Model) -> Self {
        Self(row)
    }

    /// Its latest plan, or agreement, for one who sees all that hangs on it.
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
    pub async fn id(&self) -> ID {
        Gid::record(SourceType::Link, self.0.ledger_id, self.0.id).into()
    }

    /// The rule it is made under 联系规则.
    async fn rule(&self, ctx: &Context<'_>) -> Option<Result<LinkRule>> {
        programme::rule_by_id(ctx, self.0.rule_id).await.transpose()
    }

    /// Who helps 帮扶方.
    async fn helper(&self, ctx: &Context<'_>) -> Option<Result<Helper>> {
        Helper::by_id(ctx, self.0.helper_kind, self.0.helper_id).await.transpose()
    }

    /// Who or what is helped 帮扶对象.
    async fn target(&self, ctx: &Context<'_>) -> Option<Result<Target>> {
        Target::by_id(ctx, self.0.ledger_id, self.0.target_kind, self.0.target_id).await.transpose()
    }

    /// The target, where it is a household 农户.
    async fn household(&self, ctx: &Context<'_>) -> Option<Result<Household>> {
        household::by_id(ctx, self.0.ledger_id, self.0.household_id?).await.transpose()
    }

    /// Where the target lies 所在区划.
    async fn region(&self, ctx: &Context<'_>) -> Option<Result<Region>> {
        region::by_id(ctx, self.0.region_id).await.transpose()
    }

    /// First day 起.
    async fn from(&self) -> Date {
        self.0.from_on
    }

    /// Last day, where it has an end 止.
    async fn to(&self) -> Option<Date> {
        self.0.to_on
    }

    /// PLANNED, ACTIVE or ENDED, today 状态.
    async fn step(&self, ctx: &Context<'_>) -> Result<Step> {
        let today = ctx.app()?.clock.today();
        Ok(match self.0.to_on {
            _ if self.0.from_on > today => Step::Planned,
            Some(to) if to < today => Step::Ended,
            _ => Step::Active,
        })
    }

    /// Why it ended 结束原因.
    async fn end_reason(&self) -> Option<&str> {
        self.0.end_reason.as_deref()
    }

    /// The link that took its place in a handover 交接后的结对.
    async fn successor(&self, ctx: &Context<'_>) -> Option<Result<Self>> {
        by_id(ctx, self.0.ledger_id, self.0.successor_id?).await.transpose()
    }

    /// Remark 备注.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// The latest plan made for it 帮扶规划.
    async fn plan(&self, ctx: &Context<'_>) -> Option<Result<Plan>> {
        self.latest(ctx, false).await.transpose()
    }

    /// The latest agreement between helper and target 帮扶协议.
    async fn agreement(&self, ctx: &Context<'_>) -> Option<Result<Plan>> {
        self.latest(ctx, true).await.transpose()
    }

    /// Contacts, what is due, and checklists, today 联系与清单进度.
    async fn standing(&self, ctx: &Context<'_>) -> Result<Standing> {
        standing::of_link(ctx, self.0.ledger_id, self.0.id).await
    }

    /// Number of the act that last changed it; guards edits 版本.
    async fn version(&self) -> i64 {
        self.0.version
    }
}

/// Which links 结对筛选.
#[derive(InputObject, Default)]
pub struct LinkFilter {
    /// Whose target lies in this region, at any level 所在区划.
    region: Option<ID>,
    /// Under this rule 规则.
    rule: Option<ID>,
    /// Of this helper 帮扶方.
    helper: Option<ID>,
    /// Of this target 帮扶对象.
    target: Option<ID>,
    /// With targets of this kind 对象类型.
    target_kind: Option<PartyKind>,
    /// Valid on this day 有效日期.
    valid_on: Option<Date>,
}

/// Sort key of links 结对排序.
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum LinkSort {
    /// As entered 录入顺序.
    #[default]
    Entered,
    /// By first day 起始日期.
    From,
}

#[derive(Default)]
pub struct LinkQuery;

#[Object]
impl LinkQuery {
    /// One link 结对联系.
    async fn link(&self, ctx: &Context<'_>, #[graphql(desc = "Its id")] id: ID) -> Option<Result<Link>> {
        match Gid::parse(&id, "id", &[SourceType::Link]) {
            Ok(gid) => Link::reread(ctx, gid.ledger, gid.id).await.transpose(),
            Err(_) => Some(Err(Error::NotFound)),
        }
    }

    /// Links that you may see 结对列表.
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn links(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which links; all where absent")] filter: Option<LinkFilter>,
        #[graphql(desc = "Sort key; as entered where absent")] order_by: Option<LinkSort>,
        #[graphql(desc = "Direction; ascending where absent")] direction: Option<Direction>,
        #[graphql(desc = "That many from the start, 1–100; 20 where absent")] first: Option<i32>,
        #[graphql(desc = "After this cursor")] after: Option<String>,
        #[graphql(desc = "That many from the end, 1–100")] last: Option<i32>,
        #[graphql(desc = "Before this cursor")] before: Option<String>,
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

/// Links to a target that is shown beside them: the household of a past link is not.
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

/// A link that a visible row refers to.
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
