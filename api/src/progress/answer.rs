//! The answer: groups, each with the parts that the request selects. Only these are computed, once for all groups of a
//! page.

use std::time::Instant;

use async_graphql::{Context, Description, Object};
use chrono::{DateTime, Utc};
use entity::ids::RegionId;
use entity::values::Date;
use entity::{indicator, programme, region};

use super::behind::{Behind, Unlinked};
use super::coarse::Coarse;
use super::figure::{ChecklistFigure, DutyFigure, Figure, Freshness, RuleFigure};
use super::fill::freshness;
use super::group::{self, Group};
use super::question::Question;
use super::rule::Side;
use crate::access::Action;
use crate::link::Helper;
use crate::loader::{self, DutyRulesOf, LinkRulesOf};
use crate::mutation::Asking;
use crate::page::{self, Nodes, Page};
use crate::programme::{Programme, rules_indicators};
use crate::region::Region;
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::say;

/// The progress of a region in a period.
/// 某区划在某一时期的进展。
#[derive(Description)]
pub struct Progress {
    pub(super) place: region::Model,
    pub(super) programme: Option<programme::Model>,
    pub(super) question: Question,
    /// Set for viewers who must not see figures under five.
    pub(super) coarse: Option<Coarse>,
    pub(super) indicators: Vec<indicator::Model>,
    /// Instant from which the time limit counts.
    pub(super) began: Instant,
}

impl Progress {
    pub(super) async fn new(
        ctx: &Context<'_>,
        place: region::Model,
        programme: Option<programme::Model>,
        question: Question,
        coarse: Option<Coarse>,
        wanted: Option<Vec<String>>,
    ) -> Result<Self> {
        let scope = ctx.viewer()?.may(Action::ReadReference)?;
        let owner = programme.as_ref().map(|programme| programme.id);
        let mut indicators = rules_indicators(&ctx.app()?.db, &scope, owner).await?;
        if coarse.is_some() {
            // An office could define an indicator of its own that singles out one household.
            indicators.retain(|row| row.programme_id.is_none() || row.public);
        }
        if let Some(wanted) = wanted {
            indicators = chosen(&indicators, &wanted)?;
        }
        Ok(Self { place, programme, question, coarse, indicators, began: Instant::now() })
    }
}

/// Greatest number of indicators in a question: each is a part of one statement, whose size is limited.
const MOST_INDICATORS: usize = 200;

/// Indicators of these codes, each once, in the order asked for. Of two with the same code, the programme's own is
/// taken before the catalogue's.
pub(super) fn chosen(indicators: &[indicator::Model], wanted: &[String]) -> Result<Vec<indicator::Model>> {
    if wanted.len() > MOST_INDICATORS {
        let message = say!("progress-indicators-at-a-time", most = MOST_INDICATORS);
        return Err(Error::Protocol { code: ErrorCode::Invalid, message });
    }
    let of_code = |code: &String| {
        let mut found = indicators.iter().filter(|row| row.code == *code);
        let first = found.next();
        found.find(|row| row.programme_id.is_some()).or(first).cloned().ok_or_else(|| Error::Protocol {
            code: ErrorCode::Invalid,
            message: say!("progress-indicator-unknown", code = code),
        })
    };
    check::distinct(wanted).into_iter().map(of_code).collect()
}

#[Object(use_type_description)]
impl Progress {
    /// Region that the answer is about.
    /// 所查询的区划。
    async fn region(&self) -> Region {
        Region(self.place.clone())
    }

    /// Programme whose work counts; null if all work does.
    /// 计入的行动;计入全部工作时为空。
    async fn programme(&self) -> Option<Programme> {
        self.programme.clone().map(Programme)
    }

    /// First day of the period.
    /// 时期的起始日。
    async fn from(&self) -> Date {
        self.question.period.from
    }

    /// Last day of the period.
    /// 时期的截止日。
    async fn to(&self) -> Date {
        self.question.period.to
    }

    /// Instant as of which the ledgers are read: the one asked for, or now; if small figures are hidden, the end of the
    /// month before it.
    /// 截至时点:所问的时点或当前;隐去小数的,为其上月末。
    async fn as_of(&self, ctx: &Context<'_>) -> Result<DateTime<Utc>> {
        let now = ctx.app()?.clock.now();
        Ok(self.question.as_of.as_ref().map_or(now, |as_of| as_of.at))
    }

    /// Ledgers behind the answer, and how recent their data are.
    /// 答复所依据的台账及其数据时效。
    async fn freshness(&self, ctx: &Context<'_>) -> Result<Freshness> {
        freshness(ctx, &self.question, Some(self.place.id)).await
    }

    /// Highest version of the indicators asked for and of the programme's rules and duties; null if there are none.
    /// 所问指标及该行动的联系规则、任务规则的最高版本号;没有时为空。
    async fn rule_version(&self, ctx: &Context<'_>) -> Result<Option<i64>> {
        let indicators = self.indicators.iter().map(|row| row.version).max();
        let Some(programme) = &self.programme else { return Ok(indicators) };
        let rules = loader::many(ctx.rows()?, LinkRulesOf(programme.id)).await?;
        let duties = loader::many(ctx.rows()?, DutyRulesOf(programme.id)).await?;
        let rules = rules.iter().map(|row| row.version).max();
        Ok(duties.iter().map(|row| row.version).max().max(rules).max(indicators))
    }

    /// Groups of the answer, in order, including those without data.
    /// 各分组,依次列出,含无数据的分组。
    async fn groups(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Number of items from the start, 1 to 100; 20 if absent.\n从头取的条数,1至100,默认20。"
        )]
        first: Option<i32>,
        #[graphql(desc = "Cursor after which the page begins.\n起始游标。")] after: Option<String>,
        #[graphql(desc = "Number of items from the end, 1 to 100.\n从尾取的条数,1至100。")] last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.\n截止游标。")] before: Option<String>,
    ) -> Result<Nodes<ProgressGroup>> {
        let page = Page::of(first, after, last, before)?;
        let asked = Asked::of(ctx);
        let scope = ctx.viewer()?.may(Action::ReadProgress)?;
        let groups = group::all(ctx, &scope, &self.place, &self.question).await?;
        let rows = groups.into_iter().map(|group| (group.cursor(), group)).collect();
        page::computed_with(&page, rows, async |groups| self.fill(ctx, groups, &asked).await).await
    }

    /// Subjects (links, seats, households and others) that still owe something of a duty, in the last of its periods
    /// that the question covers.
    /// 某项任务尚未完成的对象,以所问时期内该任务的最后一个周期为准。
    async fn behind(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Code of the duty.\n任务规则代码。")] duty: String,
        #[graphql(
            desc = "Number of items from the start, 1 to 100; 20 if absent.\n从头取的条数,1至100,默认20。"
        )]
        first: Option<i32>,
        #[graphql(desc = "Cursor after which the page begins.\n起始游标。")] after: Option<String>,
        #[graphql(desc = "Number of items from the end, 1 to 100.\n从尾取的条数,1至100。")] last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.\n截止游标。")] before: Option<String>,
    ) -> Option<Result<Nodes<Behind>>> {
        Some(self.who_is_behind(ctx, &duty, Page::of(first, after, last, before)).await)
    }

    /// Helpers that do not meet a rule, or a group of rules.
    /// 未达到某条规则或某组规则的帮扶方。
    async fn unlinked(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Code of the rule, or of the group of rules.\n规则或规则组的代码。")] rule: String,
        #[graphql(
            desc = "Number of items from the start, 1 to 100; 20 if absent.\n从头取的条数,1至100,默认20。"
        )]
        first: Option<i32>,
        #[graphql(desc = "Cursor after which the page begins.\n起始游标。")] after: Option<String>,
        #[graphql(desc = "Number of items from the end, 1 to 100.\n从尾取的条数,1至100。")] last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.\n截止游标。")] before: Option<String>,
    ) -> Option<Result<Nodes<Unlinked>>> {
        Some(self.who_is_unlinked(ctx, Side::Helper, &rule, Page::of(first, after, last, before)).await)
    }

    /// Targets, such as households or villages, that have fewer links than a rule asks for.
    /// 结对数少于规则要求的帮扶对象,如农户或村。
    async fn unlinked_targets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Code of the rule.\n规则代码。")] rule: String,
        #[graphql(
            desc = "Number of items from the start, 1 to 100; 20 if absent.\n从头取的条数,1至100,默认20。"
        )]
        first: Option<i32>,
        #[graphql(desc = "Cursor after which the page begins.\n起始游标。")] after: Option<String>,
        #[graphql(desc = "Number of items from the end, 1 to 100.\n从尾取的条数,1至100。")] last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.\n截止游标。")] before: Option<String>,
    ) -> Option<Result<Nodes<Unlinked>>> {
        Some(self.who_is_unlinked(ctx, Side::Target, &rule, Page::of(first, after, last, before)).await)
    }
}

/// Parts of the groups that the request selects.
#[expect(clippy::struct_excessive_bools, reason = "each field may be asked for without the others")]
pub(super) struct Asked {
    pub(super) figures: bool,
    pub(super) rules: bool,
    pub(super) targets: bool,
    pub(super) duties: bool,
    pub(super) checklists: bool,
}

impl Asked {
    fn of(ctx: &Context<'_>) -> Self {
        let asks = |field: &str| {
            let look = ctx.look_ahead();
            look.field("nodes").field(field).exists()
                || look.field("edges").field("node").field(field).exists()
        };
        Self {
            figures: asks("figures"),
            rules: asks("ruleCompliance"),
            targets: asks("targetCompliance"),
            duties: asks("dutyCompliance"),
            checklists: asks("checklists"),
        }
    }
}

/// One group of an answer.
/// 答复中的一个分组。
#[derive(Description)]
pub struct ProgressGroup {
    pub(super) place: RegionId,
    pub(super) group: Group,
    pub(super) question: Question,
    pub(super) figures: Vec<Figure>,
    pub(super) rules: Vec<RuleFigure>,
    pub(super) targets: Vec<RuleFigure>,
    pub(super) duties: Vec<DutyFigure>,
    pub(super) checklists: Vec<ChecklistFigure>,
}

#[Object(use_type_description)]
impl ProgressGroup {
    /// Region that the group is about; null if groups are not regions.
    /// 本组对应的区划;不按区划分组时为空。
    async fn region(&self) -> Option<Region> {
        self.group.region.clone().map(Region)
    }

    /// Helper that the group is about; null if groups are not helpers.
    /// 本组对应的帮扶方;不按帮扶方分组时为空。
    async fn helper(&self, ctx: &Context<'_>) -> Option<Result<Helper>> {
        let key = self.group.key.filter(|_| self.group.region.is_none())?;
        group::helper(ctx, key).await.transpose()
    }

    /// First day of the group's month, or of the period if it begins within that month; null if groups are not months.
    /// 本组月份的首日,时期自月中开始的为时期首日;不按月分组时为空。
    async fn month(&self) -> Option<Date> {
        self.group.month.map(|month| month.from)
    }

    /// Figures of the group, one per indicator. An indicator of the latest value has none if nothing was entered.
    /// 本组的指标数据,每个指标一条;取最新值的指标无记录时不列出。
    async fn figures(&self) -> &[Figure] {
        &self.figures
    }

    /// Compliance of helpers with link rules that ask for a least number of links per helper. Rules of one group must
    /// be met together.
    /// 帮扶方的规则达标情况:规则要求每个帮扶方至少结对若干;同组规则须同时达标。
    async fn rule_compliance(&self) -> &[RuleFigure] {
        &self.rules
    }

    /// Compliance of targets with link rules that ask for a least number of links per target, each rule by itself. In
    /// scope are targets with the designation that the rule asks for; without one, all targets of its kind, and of
    /// regions all villages.
    /// 帮扶对象的规则达标情况:规则要求每个对象至少结对若干,逐条计算。
    /// 范围为具有规则所要求认定的对象;未要求认定的为全部同类对象,区划则为全部村。
    async fn target_compliance(&self) -> &[RuleFigure] {
        &self.targets
    }

    /// Completion of the duties that belong to no checklist.
    /// 各项任务的完成情况,不含清单项目。
    async fn duty_compliance(&self) -> &[DutyFigure] {
        &self.duties
    }

    /// Completion of the checklists.
    /// 各份清单的完成情况。
    async fn checklists(&self) -> &[ChecklistFigure] {
        &self.checklists
    }

    /// Ledgers behind the group, and how recent their data are.
    /// 本组所依据的台账及其数据时效。
    async fn freshness(&self, ctx: &Context<'_>) -> Result<Freshness> {
        freshness(ctx, &self.question, self.group.within(self.question.group_by, self.place)).await
    }
}
