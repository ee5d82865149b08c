//! The answer: groups, each with what was asked of it. Only what is asked is computed, once for all groups.

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

/// The progress of a region in a period 进展.
#[derive(Description)]
pub struct Progress {
    pub(super) place: region::Model,
    pub(super) programme: Option<programme::Model>,
    pub(super) question: Question,
    /// Of those who are shown a pattern of hidden figures.
    pub(super) coarse: Option<Coarse>,
    pub(super) indicators: Vec<indicator::Model>,
    /// When it was begun to be answered.
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
            // An office could define its own so as to look for one household.
            indicators.retain(|row| row.programme_id.is_none() || row.public);
        }
        if let Some(wanted) = wanted {
            indicators = chosen(&indicators, &wanted)?;
        }
        Ok(Self { place, programme, question, coarse, indicators, began: Instant::now() })
    }
}

/// Indicators that can be named at a time: each is a part of one statement, which has a limit of its own.
const MOST_INDICATORS: usize = 200;

/// The indicators of these codes, each once, in the order asked for; a programme's own comes before the catalogue's.
pub(super) fn chosen(indicators: &[indicator::Model], wanted: &[String]) -> Result<Vec<indicator::Model>> {
    if wanted.len() > MOST_INDICATORS {
        let message = format!("ask for at most {MOST_INDICATORS} indicators at a time");
        return Err(Error::Protocol { code: ErrorCode::Invalid, message });
    }
    let of_code = |code: &String| {
        let mut found = indicators.iter().filter(|row| row.code == *code);
        let first = found.next();
        found.find(|row| row.programme_id.is_some()).or(first).cloned().ok_or_else(|| Error::Protocol {
            code: ErrorCode::Invalid,
            message: format!("there is no indicator `{code}`"),
        })
    };
    check::distinct(wanted).into_iter().map(of_code).collect()
}

#[Object(use_type_description)]
impl Progress {
    /// Where 区划.
    async fn region(&self) -> Region {
        Region(self.place.clone())
    }

    /// Of which programme 行动.
    async fn programme(&self) -> Option<Programme> {
        self.programme.clone().map(Programme)
    }

    /// First day of the period 起.
    async fn from(&self) -> Date {
        self.question.period.from
    }

    /// Last day of the period 止.
    async fn to(&self) -> Date {
        self.question.period.to
    }

    /// As known when: the instant asked for, or now; where small figures are hidden, the end of the month before
    /// 截至时点.
    async fn as_of(&self, ctx: &Context<'_>) -> Result<DateTime<Utc>> {
        let now = ctx.app()?.clock.now();
        Ok(self.question.as_of.as_ref().map_or(now, |as_of| as_of.at))
    }

    /// Whose data the answer rests on 数据时效.
    async fn freshness(&self, ctx: &Context<'_>) -> Result<Freshness> {
        freshness(ctx, &self.question, Some(self.place.id)).await
    }

    /// The highest version of the indicators asked for and of the programme's rules and duties; absent where there
    /// are none 规则版本.
    async fn rule_version(&self, ctx: &Context<'_>) -> Result<Option<i64>> {
        let indicators = self.indicators.iter().map(|row| row.version).max();
        let Some(programme) = &self.programme else { return Ok(indicators) };
        let rules = loader::many(ctx.rows()?, LinkRulesOf(programme.id)).await?;
        let duties = loader::many(ctx.rows()?, DutyRulesOf(programme.id)).await?;
        let rules = rules.iter().map(|row| row.version).max();
        Ok(duties.iter().map(|row| row.version).max().max(rules).max(indicators))
    }

    /// The groups, in order; those of which nothing is known are there, too 分组数据.
    async fn groups(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "That many from the start, 1–100; 20 where absent")] first: Option<i32>,
        #[graphql(desc = "After this cursor")] after: Option<String>,
        #[graphql(desc = "That many from the end, 1–100")] last: Option<i32>,
        #[graphql(desc = "Before this cursor")] before: Option<String>,
    ) -> Result<Nodes<ProgressGroup>> {
        let page = Page::of(first, after, last, before)?;
        let asked = Asked::of(ctx);
        let scope = ctx.viewer()?.may(Action::ReadProgress)?;
        let groups = group::all(ctx, &scope, &self.place, &self.question).await?;
        let rows = groups.into_iter().map(|group| (group.cursor(), group)).collect();
        page::computed_with(&page, rows, async |groups| self.fill(ctx, groups, &asked).await).await
    }

    /// Links, seats and others that owe a duty yet, in the last of its periods that is asked about 未完成对象.
    async fn behind(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Code of the duty")] duty: String,
        #[graphql(desc = "That many from the start, 1–100; 20 where absent")] first: Option<i32>,
        #[graphql(desc = "After this cursor")] after: Option<String>,
        #[graphql(desc = "That many from the end, 1–100")] last: Option<i32>,
        #[graphql(desc = "Before this cursor")] before: Option<String>,
    ) -> Option<Result<Nodes<Behind>>> {
        Some(self.who_is_behind(ctx, &duty, Page::of(first, after, last, before)).await)
    }

    /// Seats that do not meet a rule, or a group of rules 未达标席位.
    async fn unlinked(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Code of the rule or the group of rules")] rule: String,
        #[graphql(desc = "That many from the start, 1–100; 20 where absent")] first: Option<i32>,
        #[graphql(desc = "After this cursor")] after: Option<String>,
        #[graphql(desc = "That many from the end, 1–100")] last: Option<i32>,
        #[graphql(desc = "Before this cursor")] before: Option<String>,
    ) -> Option<Result<Nodes<Unlinked>>> {
        Some(self.who_is_unlinked(ctx, Side::Helper, &rule, Page::of(first, after, last, before)).await)
    }

    /// Households, regions or industries that have fewer links than a rule asks for 结对不足的对象.
    async fn unlinked_targets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Code of the rule")] rule: String,
        #[graphql(desc = "That many from the start, 1–100; 20 where absent")] first: Option<i32>,
        #[graphql(desc = "After this cursor")] after: Option<String>,
        #[graphql(desc = "That many from the end, 1–100")] last: Option<i32>,
        #[graphql(desc = "Before this cursor")] before: Option<String>,
    ) -> Option<Result<Nodes<Unlinked>>> {
        Some(self.who_is_unlinked(ctx, Side::Target, &rule, Page::of(first, after, last, before)).await)
    }
}

/// What is asked of the groups.
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

/// A group of an answer 分组.
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
    /// The region it stands for 区划.
    async fn region(&self) -> Option<Region> {
        self.group.region.clone().map(Region)
    }

    /// The helper it stands for 帮扶方.
    async fn helper(&self, ctx: &Context<'_>) -> Option<Result<Helper>> {
        let key = self.group.key.filter(|_| self.group.region.is_none())?;
        group::helper(ctx, key).await.transpose()
    }

    /// First day of the month it stands for 月份.
    async fn month(&self) -> Option<Date> {
        self.group.month.map(|month| month.from)
    }

    /// Its figures, one per indicator 指标数据.
    async fn figures(&self) -> &[Figure] {
        &self.figures
    }

    /// How helpers meet link rules that ask for a least number of links of each; rules of a group together 规则达标.
    async fn rule_compliance(&self) -> &[RuleFigure] {
        &self.rules
    }

    /// How targets meet link rules that ask for a least number of links of each; every rule by itself. In scope are
    /// those with the designation the rule asks for; where it asks for none, all of its kind, of regions all villages
    /// 对象达标.
    async fn target_compliance(&self) -> &[RuleFigure] {
        &self.targets
    }

    /// How duties stand 任务完成.
    async fn duty_compliance(&self) -> &[DutyFigure] {
        &self.duties
    }

    /// How checklists stand 清单完成.
    async fn checklists(&self) -> &[ChecklistFigure] {
        &self.checklists
    }

    /// Whose data it rests on 数据时效.
    async fn freshness(&self, ctx: &Context<'_>) -> Result<Freshness> {
        freshness(ctx, &self.question, self.group.within(self.question.group_by, self.place)).await
    }
}
