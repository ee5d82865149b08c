//! Fills the groups of a page with the parts that the request selects, each part computed once for all groups.

use std::collections::HashMap;

use async_graphql::Context;
use chrono::{DateTime, Utc};
use entity::ids::{ChecklistId, LedgerId, RegionId};
use entity::region::RegionLevel;
use entity::values::Date;
use entity::{ledger, link_rule, region};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, FromQueryResult, PaginatorTrait, QueryFilter};
use uuid::Uuid;

use super::answer::{Asked, Progress, ProgressGroup};
use super::coarse::refused;
use super::duties;
use super::duty::Duty;
use super::figure::{ChecklistFigure, DutyFigure, Freshness, RuleFigure, duty_standings, periods};
use super::group::{self, Group};
use super::kept_below;
use super::question::{GroupBy, Question};
use super::rule::{self, RuleGroup, Side};
use super::sql::Binder;
use super::told::{Ledgers, Telling};
use crate::access::Action;
use crate::access::scope::Whole;
use crate::mutation::Asking;
use crate::region::below;
use crate::roster;
use platform::clock::start_of_day;
use platform::error::Result;
use platform::say;

impl Progress {
    /// Fills a page of groups with the parts that the request selects.
    pub(super) async fn fill(
        &self,
        ctx: &Context<'_>,
        groups: Vec<Group>,
        asked: &Asked,
    ) -> Result<Vec<ProgressGroup>> {
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

    /// The question, confined to the ledgers of the groups on the page.
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

    /// Ledgers of the question by group. A ledger belongs to the group of its city or county; the ledger of a higher
    /// region to the group of that region.
    async fn ledgers_of_groups(
        &self,
        ctx: &Context<'_>,
        groups: &[Group],
    ) -> Result<HashMap<Uuid, Vec<LedgerId>>> {
        let scope = ctx.viewer()?.may(Action::ReadProgress)?;
        let kept = kept_below(ctx, &scope, self.place.id).await?;
        let places = region::Entity::whole(&scope)
            .filter(region::Column::Id.is_in(kept.iter().map(|row| row.region_id)))
            .all(&ctx.app()?.db)
            .await?;
        let mut of: HashMap<Uuid, Vec<LedgerId>> = HashMap::new();
        for (ledger, place) in
            kept.iter().filter_map(|row| Some((row, places.iter().find(|at| at.id == row.region_id)?)))
        {
            let at = match self.question.group_by {
                GroupBy::City => place.city_id.unwrap_or(place.id),
                _ => place.county_id.unwrap_or(place.id),
            };
            for group in groups.iter().filter(|group| group::region_id(group) == Some(at)) {
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
                    place: self.place.id,
                    group,
                    question,
                    figures: vec![],
                    rules: vec![],
                    targets: vec![],
                    duties: vec![],
                    checklists: vec![],
                }
            })
            .collect();
        if asked.figures {
            self.figures(ctx, &question, &mut filled).await?;
        }
        if nothing_to_ask {
            return Ok(filled);
        }
        if self.coarse.is_some() && (asked.rules || asked.targets || asked.duties || asked.checklists) {
            return Err(refused(say!("progress-coarse-subjects")));
        }
        for (side, asked) in [(Side::Helper, asked.rules), (Side::Target, asked.targets)] {
            if asked {
                self.rules(ctx, &question, side, &mut filled).await?;
            }
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
        let app = ctx.app()?;
        let (coarse, indicators) = (self.coarse.as_ref(), self.indicators.as_slice());
        let telling = Telling { app, db: &app.db, coarse, question, indicators, began: self.began };
        let ledgers: Vec<Ledgers> =
            groups.iter().map(|group| (group.group.key, group.question.ledgers.clone())).collect();
        for (group, figures) in groups.iter_mut().zip(telling.figures(&ledgers).await?) {
            group.figures = figures;
        }
        Ok(())
    }

    /// Groups of the programme's link rules that are in force on the last day, on one side.
    pub(super) async fn rule_groups(&self, ctx: &Context<'_>, side: Side) -> Result<Vec<RuleGroup>> {
        let Some(programme) = &self.programme else { return Ok(vec![]) };
        let last = self.question.period.to;
        let below = duties::rules_below(&ctx.app()?.db, &[programme.id]).await?;
        let all: Vec<link_rule::Model> = below.into_iter().map(|(_, rule)| rule).collect();
        let holds = |row: &&link_rule::Model| {
            row.programme_id == programme.id
                && row.valid_from <= last
                && row.valid_to.is_none_or(|to| to >= last)
        };
        let held = all.iter().filter(holds).cloned().collect();
        Ok(match side {
            Side::Helper => rule::groups(held, &all),
            Side::Target => rule::of_targets(held, &all),
        })
    }

    async fn rules(
        &self,
        ctx: &Context<'_>,
        question: &Question,
        side: Side,
        groups: &mut [ProgressGroup],
    ) -> Result<()> {
        for rules in self.rule_groups(ctx, side).await? {
            let found = rule::compliance(&ctx.app()?.db, question, &rules).await?;
            for group in &mut *groups {
                let found =
                    found.iter().find(|found| found.grp == group.group.key).cloned().unwrap_or_default();
                let figure = RuleFigure { group: rules.clone(), found };
                match side {
                    Side::Helper => group.rules.push(figure),
                    Side::Target => group.targets.push(figure),
                }
            }
        }
        Ok(())
    }

    /// Duties of the programme that are in force at the end of any of their periods within the question.
    pub(super) async fn all_duties(&self, ctx: &Context<'_>) -> Result<Vec<Duty>> {
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
            let found = duty_standings(&ctx.app()?.db, question, &duty).await?;
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
}

#[derive(FromQueryResult)]
struct Ticks {
    latest: Option<DateTime<Utc>>,
    oldest: Option<DateTime<Utc>>,
    ledgers: i64,
    silent: i64,
}

/// Ledgers behind an answer, and how recent their data are. `within` is the region whose counties without a ledger are
/// counted; none are counted if absent.
pub(super) async fn freshness(
    ctx: &Context<'_>,
    question: &Question,
    within: Option<RegionId>,
) -> Result<Freshness> {
    let app = ctx.app()?;
    let mut bind = Binder::new(app.db.backend());
    let since = bind.bind(start_of_day(question.period.from));
    let ledgers = bind.ledgers("c.ledger_id", &question.ledgers);
    let sql = format!(
        "SELECT MAX(c.ticked_at) AS latest, MIN(c.ticked_at) AS oldest, COUNT(*) AS ledgers,
             COUNT(CASE WHEN c.ticked_at < {since} THEN 1 END) AS silent FROM ledger_clock c WHERE {ledgers}"
    );
    let found = bind.all::<Ticks>(&app.db, sql).await?.pop();
    let count = |n: i64| i32::try_from(n).unwrap_or(i32::MAX);
    let missing = match within {
        Some(within) => counties_without_ledger(ctx, within, question.period.to).await?,
        None => 0,
    };
    Ok(match found {
        Some(row) => Freshness {
            latest: row.latest,
            oldest: row.oldest,
            ledgers: count(row.ledgers),
            silent: count(row.silent),
            missing,
        },
        None => Freshness { latest: None, oldest: None, ledgers: 0, silent: 0, missing },
    })
}

/// Number of counties of a region, on a day, that keep no ledger.
async fn counties_without_ledger(ctx: &Context<'_>, within: RegionId, on: Date) -> Result<i32> {
    let kept = Query::select().column(ledger::Column::RegionId).from(ledger::Entity).to_owned();
    let counties = region::Entity::whole(&ctx.viewer()?.may(Action::ReadProgress)?)
        .filter(below(within))
        .filter(region::Column::Level.eq(RegionLevel::County))
        .filter(region::Column::ValidFrom.lte(on))
        .filter(roster::lasts(region::Column::ValidTo, on))
        .filter(region::Column::Id.not_in_subquery(kept));
    Ok(i32::try_from(counties.count(&ctx.app()?.db).await?).unwrap_or(i32::MAX))
}
