//! The answer: groups, each with what was asked of it. Only what is asked is computed, once for all groups.

use std::collections::HashMap;

use async_graphql::{Context, Description, Object};
use chrono::{DateTime, NaiveDate, Utc};
use entity::definition::Definition;
use entity::ids::{ChecklistId, LedgerId, RecordId};
use entity::{indicator, link_rule, programme, region};
use sea_orm::{ColumnTrait, FromQueryResult, QueryFilter};
use uuid::Uuid;

use super::duties;
use super::duty::{self, Duty};
use super::figure::{
    ChecklistFigure, DutyFigure, Figure, Freshness, RuleFigure, duty_standings, last_period, measure_all,
    periods, zero_is_known,
};
use super::group::{self, Group};
use super::kept_below;
use super::question::{GroupBy, Question};
use super::rule::{self, RuleGroup};
use super::sql::Binder;
use crate::access::Action;
use crate::access::scope::Whole;
use crate::clock::start_of_day;
use crate::error::{Error, ErrorCode, Result};
use crate::link::{self, Helper, Link};
use crate::loader::{self, DutyRulesOf, LinkRulesOf};
use crate::member::{self, Member};
use crate::mutation::Asking;
use crate::page::{self, Nodes, Page};
use crate::programme::{Programme, rules_indicators};
use crate::region::Region;

/// The progress of a region in a period 进展.
#[derive(Description)]
pub struct Progress {
    place: region::Model,
    programme: Option<programme::Model>,
    question: Question,
    asked_as_of: Option<DateTime<Utc>>,
    indicators: Vec<indicator::Model>,
}

impl Progress {
    pub(super) async fn new(
        ctx: &Context<'_>,
        place: region::Model,
        programme: Option<programme::Model>,
        question: Question,
        asked_as_of: Option<DateTime<Utc>>,
        wanted: Option<Vec<String>>,
    ) -> Result<Self> {
        let scope = ctx.viewer()?.may(Action::ReadReference)?;
        let owner = programme.as_ref().map(|programme| programme.id);
        let mut indicators = rules_indicators(&ctx.app()?.db.read, &scope, owner).await?;
        if let Some(wanted) = wanted {
            indicators = chosen(&indicators, &wanted)?;
        }
        Ok(Self { place, programme, question, asked_as_of, indicators })
    }
}

/// The indicators of these codes, in the order asked for; a programme's own comes before the catalogue's.
fn chosen(indicators: &[indicator::Model], wanted: &[String]) -> Result<Vec<indicator::Model>> {
    let of_code = |code: &String| {
        let mut found = indicators.iter().filter(|row| row.code == *code);
        let first = found.next();
        found.find(|row| row.programme_id.is_some()).or(first).cloned().ok_or_else(|| Error::Protocol {
            code: ErrorCode::Invalid,
            message: format!("there is no indicator `{code}`"),
        })
    };
    wanted.iter().map(of_code).collect()
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
    async fn from(&self) -> NaiveDate {
        self.question.period.from
    }

    /// Last day of the period 止.
    async fn to(&self) -> NaiveDate {
        self.question.period.to
    }

    /// As known when: the instant asked for, or now 截至时点.
    async fn as_of(&self, ctx: &Context<'_>) -> Result<DateTime<Utc>> {
        let now = ctx.app()?.clock.now();
        Ok(self.asked_as_of.map_or(now, |as_of| as_of.min(now)))
    }

    /// Whose data the answer rests on 数据时效.
    async fn freshness(&self, ctx: &Context<'_>) -> Result<Freshness> {
        freshness(ctx, &self.question).await
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
        Some(self.who_is_unlinked(ctx, &rule, Page::of(first, after, last, before)).await)
    }
}

/// What is asked of the groups.
#[expect(clippy::struct_excessive_bools, reason = "each field may be asked for without the others")]
struct Asked {
    figures: bool,
    rules: bool,
    duties: bool,
    checklists: bool,
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
            duties: asks("dutyCompliance"),
            checklists: asks("checklists"),
        }
    }
}

/// A group of an answer 分组.
#[derive(Description)]
pub struct ProgressGroup {
    group: Group,
    question: Question,
    figures: Vec<Figure>,
    rules: Vec<RuleFigure>,
    duties: Vec<DutyFigure>,
    checklists: Vec<ChecklistFigure>,
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
    async fn month(&self) -> Option<NaiveDate> {
        self.group.month.map(|month| month.from)
    }

    /// Its figures, one per indicator 指标数据.
    async fn figures(&self) -> &[Figure] {
        &self.figures
    }

    /// How link rules are met 规则达标.
    async fn rule_compliance(&self) -> &[RuleFigure] {
        &self.rules
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
        freshness(ctx, &self.question).await
    }
}

impl Progress {
    /// Fills a page of groups with what is asked.
    async fn fill(&self, ctx: &Context<'_>, groups: Vec<Group>, asked: &Asked) -> Result<Vec<ProgressGroup>> {
        if self.question.group_by == GroupBy::Month {
            let mut filled = vec![];
            for group in groups {
                let question =
                    group.month.map_or_else(|| self.question.clone(), |month| self.question.during(month));
                filled.extend(self.filled(ctx, question, vec![group], asked).await?);
            }
            return Ok(filled);
        }
        let question = self.narrowed(ctx, &groups).await?;
        self.filled(ctx, question, groups, asked).await
    }

    /// The question, of the ledgers that the groups of a page are about.
    async fn narrowed(&self, ctx: &Context<'_>, groups: &[Group]) -> Result<Question> {
        if !matches!(self.question.group_by, GroupBy::City | GroupBy::County) {
            return Ok(self.question.clone());
        }
        let mut ledgers: Vec<LedgerId> = vec![];
        for ledgers_of in self.ledgers_of_groups(ctx, groups).await?.into_values() {
            ledgers.extend(ledgers_of);
        }
        Ok(Question { ledgers, ..self.question.clone() })
    }

    /// The ledgers of the question that are kept by each group's region or below it.
    async fn ledgers_of_groups(
        &self,
        ctx: &Context<'_>,
        groups: &[Group],
    ) -> Result<HashMap<Uuid, Vec<LedgerId>>> {
        let scope = ctx.viewer()?.may(Action::ReadProgress)?;
        let kept = kept_below(ctx, &scope, self.place.id).await?;
        let places = region::Entity::whole(&scope)
            .filter(region::Column::Id.is_in(kept.iter().map(|row| row.region_id)))
            .all(&ctx.app()?.db.read)
            .await?;
        let mut of: HashMap<Uuid, Vec<LedgerId>> = HashMap::new();
        for (ledger, place) in
            kept.iter().filter_map(|row| Some((row, places.iter().find(|at| at.id == row.region_id)?)))
        {
            let above = [Some(place.id), place.county_id, place.city_id];
            for group in groups.iter().filter(|group| above.contains(&group::region_id(group))) {
                let known = of.entry(group.key.unwrap_or_default()).or_default();
                if self.question.ledgers.contains(&ledger.id) && !known.contains(&ledger.id) {
                    known.push(ledger.id);
                }
            }
        }
        Ok(of)
    }

    async fn filled(
        &self,
        ctx: &Context<'_>,
        question: Question,
        groups: Vec<Group>,
        asked: &Asked,
    ) -> Result<Vec<ProgressGroup>> {
        let by_region = matches!(question.group_by, GroupBy::City | GroupBy::County);
        let mut ledgers =
            if by_region { self.ledgers_of_groups(ctx, &groups).await? } else { HashMap::new() };
        let nothing_to_ask = question.ledgers.is_empty();
        let mut filled: Vec<ProgressGroup> = groups
            .into_iter()
            .map(|group| {
                let own = group.key.and_then(|key| ledgers.remove(&key));
                let ledgers = if by_region { own.unwrap_or_default() } else { question.ledgers.clone() };
                let question = Question { ledgers, ..question.clone() };
                ProgressGroup {
                    group,
                    question,
                    figures: vec![],
                    rules: vec![],
                    duties: vec![],
                    checklists: vec![],
                }
            })
            .collect();
        if nothing_to_ask {
            return Ok(filled);
        }
        if asked.figures {
            self.figures(ctx, &question, &mut filled).await?;
        }
        if asked.rules {
            self.rules(ctx, &question, &mut filled).await?;
        }
        if asked.duties || asked.checklists {
            self.duties(ctx, &question, asked, &mut filled).await?;
        }
        Ok(filled)
    }

    async fn figures(
        &self,
        ctx: &Context<'_>,
        question: &Question,
        groups: &mut [ProgressGroup],
    ) -> Result<()> {
        let definitions: Vec<Definition> = self.indicators.iter().map(|row| row.definition.clone()).collect();
        let parts = measure_all(&ctx.app()?.db.read, question, &definitions).await?;
        let values: HashMap<(usize, Option<Uuid>), i64> =
            parts.into_iter().map(|part| ((part.nth, part.group), part.value)).collect();
        for group in groups {
            let value = |part| values.get(&(part, group.group.key)).copied();
            let mut parts = 0..;
            let mut next = || parts.next().and_then(value);
            for row in &self.indicators {
                let numerator = next();
                let denominator = row.definition.denominator.as_ref().map(|_| next().unwrap_or_default());
                if numerator.is_some() || zero_is_known(&row.definition) {
                    let numerator = numerator.unwrap_or_default();
                    group.figures.push(Figure { indicator: row.clone(), numerator, denominator });
                }
            }
        }
        Ok(())
    }

    /// The groups of link rules of the programme.
    async fn rule_groups(&self, ctx: &Context<'_>) -> Result<Vec<RuleGroup>> {
        let Some(programme) = &self.programme else { return Ok(vec![]) };
        let last = self.question.period.to;
        let below = duties::rules_below(&ctx.app()?.db, &[programme.id]).await?;
        let all: Vec<link_rule::Model> = below.into_iter().map(|(_, rule)| rule).collect();
        let holds = |row: &&link_rule::Model| {
            row.programme_id == programme.id
                && row.valid_from <= last
                && row.valid_to.is_none_or(|to| to >= last)
        };
        Ok(rule::groups(all.iter().filter(holds).cloned().collect(), &all))
    }

    async fn rules(
        &self,
        ctx: &Context<'_>,
        question: &Question,
        groups: &mut [ProgressGroup],
    ) -> Result<()> {
        for rules in self.rule_groups(ctx).await? {
            let found = rule::compliance(&ctx.app()?.db.read, question, &rules).await?;
            for group in &mut *groups {
                let found =
                    found.iter().find(|found| found.grp == group.group.key).cloned().unwrap_or_default();
                group.rules.push(RuleFigure { group: rules.clone(), found });
            }
        }
        Ok(())
    }

    /// The duties of the programme that held at the end of any period asked about.
    async fn all_duties(&self, ctx: &Context<'_>) -> Result<Vec<Duty>> {
        let Some(programme) = &self.programme else { return Ok(vec![]) };
        let listed = duties::of_programmes(&ctx.app()?.db, &[programme.id]).await?;
        let asked = |duty: &Duty| !periods(&self.question, duty).is_empty();
        Ok(listed.into_iter().map(|listed| listed.duty).filter(asked).collect())
    }

    async fn duties(
        &self,
        ctx: &Context<'_>,
        question: &Question,
        asked: &Asked,
        groups: &mut [ProgressGroup],
    ) -> Result<()> {
        for duty in self.all_duties(ctx).await? {
            let list: Option<ChecklistId> = duty.rule.checklist_id;
            if (list.is_some() && !asked.checklists) || (list.is_none() && !asked.duties) {
                continue;
            }
            let found = duty_standings(&ctx.app()?.db.read, question, &duty).await?;
            for group in &mut *groups {
                let found =
                    found.iter().find(|found| found.grp == group.group.key).cloned().unwrap_or_default();
                let figure = DutyFigure { duty: duty.clone(), found };
                match list {
                    None => group.duties.push(figure),
                    Some(list) => match group.checklists.iter_mut().find(|known| known.checklist == list) {
                        Some(known) => known.items.push(figure),
                        None => {
                            group.checklists.push(ChecklistFigure { checklist: list, items: vec![figure] });
                        }
                    },
                }
            }
        }
        Ok(())
    }

    async fn who_is_behind(
        &self,
        ctx: &Context<'_>,
        code: &str,
        page: Result<Page>,
    ) -> Result<Nodes<Behind>> {
        ctx.viewer()?.may(Action::ReadHousehold)?;
        let page = page?;
        let duty = self.all_duties(ctx).await?.into_iter().find(|duty| duty.rule.code == code);
        let duty = duty.ok_or_else(|| unknown("duty", code))?;
        let question = self.question.during(last_period(&self.question, &duty));
        let question = Question { group_by: GroupBy::Total, ..question };
        let rows = duty::behind(&ctx.app()?.db.read, &question, &duty).await?;
        page::computed(&page, rows.into_iter().map(|row| (row.id.to_string(), Behind(row))).collect())
    }

    async fn who_is_unlinked(
        &self,
        ctx: &Context<'_>,
        code: &str,
        page: Result<Page>,
    ) -> Result<Nodes<Unlinked>> {
        ctx.viewer()?.may(Action::ReadHousehold)?;
        let page = page?;
        let rules = self.rule_groups(ctx).await?.into_iter().find(|group| group.code == code);
        let rules = rules.ok_or_else(|| unknown("rule", code))?;
        let question = Question { group_by: GroupBy::Total, ..self.question.clone() };
        let rows = rule::unmet(&ctx.app()?.db.read, &question, &rules).await?;
        page::computed(&page, rows.into_iter().map(|row| (row.id.to_string(), Unlinked(row))).collect())
    }
}

fn unknown(what: &str, code: &str) -> Error {
    Error::Protocol { code: ErrorCode::Invalid, message: format!("the programme has no {what} `{code}`") }
}

/// A subject that owes a duty yet 未完成对象.
#[derive(Description)]
pub struct Behind(duty::Behind);

#[Object(use_type_description)]
impl Behind {
    /// The link, where a link has the duty 结对联系.
    async fn link(&self, ctx: &Context<'_>) -> Option<Result<Link>> {
        link::by_id(ctx, LedgerId(self.0.ledger_id), RecordId(self.0.id)).await.transpose()
    }

    /// The helper, where a seat, committee or organisation has the duty 帮扶方.
    async fn helper(&self, ctx: &Context<'_>) -> Option<Result<Helper>> {
        group::helper(ctx, self.0.id).await.transpose()
    }

    /// How much was owed 应完成.
    async fn owed(&self) -> entity::values::Quantity {
        entity::values::Quantity(self.0.owed)
    }

    /// How much of it is done 已完成.
    async fn done(&self) -> entity::values::Quantity {
        entity::values::Quantity(self.0.done)
    }
}

/// A subject that does not meet a rule 未达标对象.
#[derive(Description)]
pub struct Unlinked(rule::Unmet);

#[Object(use_type_description)]
impl Unlinked {
    /// The seat, where a seat must meet the rule 席位.
    async fn member(&self, ctx: &Context<'_>) -> Option<Result<Member>> {
        member::by_id(ctx, entity::ids::MemberId(self.0.id)).await.transpose()
    }

    /// Who must meet the rule 帮扶方.
    async fn helper(&self, ctx: &Context<'_>) -> Option<Result<Helper>> {
        group::helper(ctx, self.0.id).await.transpose()
    }

    /// How many links it has under the rules 已有结对数.
    async fn links(&self) -> i64 {
        self.0.links
    }
}

#[derive(FromQueryResult)]
struct Ticks {
    latest: Option<DateTime<Utc>>,
    oldest: Option<DateTime<Utc>>,
    ledgers: i64,
    silent: i64,
}

async fn freshness(ctx: &Context<'_>, question: &Question) -> Result<Freshness> {
    let app = ctx.app()?;
    let mut bind = Binder::new(app.db.backend());
    let since = bind.bind(start_of_day(question.period.from));
    let ledgers = bind.ledgers("c.ledger_id", &question.ledgers);
    let sql = format!(
        "SELECT MAX(c.ticked_at) AS latest, MIN(c.ticked_at) AS oldest, COUNT(*) AS ledgers,
             COUNT(CASE WHEN c.ticked_at < {since} THEN 1 END) AS silent FROM ledger_clock c WHERE {ledgers}"
    );
    let found = bind.all::<Ticks>(&app.db.read, sql).await?.pop();
    let count = |n: i64| i32::try_from(n).unwrap_or(i32::MAX);
    Ok(match found {
        Some(row) => Freshness {
            latest: row.latest,
            oldest: row.oldest,
            ledgers: count(row.ledgers),
            silent: count(row.silent),
        },
        None => Freshness { latest: None, oldest: None, ledgers: 0, silent: 0 },
    })
}
