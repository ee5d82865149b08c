//! Figures: what an answer consists of.

use async_graphql::{Context, Description, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::definition::{Definition, Measure};
use entity::indicator;
use entity::link_rule;
use entity::values::BigInt;
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::duty::{self, Duty};
use super::measure;
use super::period::Period;
use super::question::Question;
use super::rule::{self, RuleGroup};
use super::sql::Binder;
use super::told::FigureWithheld;
use crate::loader;
use crate::mutation::Asking;
use crate::programme::{Checklist, DutyRule, Indicator, LinkRule};
use platform::error::{Error, Result};

/// A figure of an indicator 数据.
#[derive(Description, Clone)]
pub struct Figure {
    indicator: indicator::Model,
    /// Upper and lower part, or why there are none.
    parts: std::result::Result<(i64, Option<i64>), Absent>,
    as_of: Option<DateTime<Utc>>,
}

/// Why a figure has no parts.
#[derive(Clone, Copy)]
enum Absent {
    Withheld(FigureWithheld),
    /// It took too long.
    Late,
}

impl Figure {
    #[must_use]
    pub const fn told(indicator: indicator::Model, numerator: i64, denominator: Option<i64>) -> Self {
        Self { indicator, parts: Ok((numerator, denominator)), as_of: None }
    }

    /// The same, of an earlier time than the rest of the answer.
    #[must_use]
    pub const fn known_at(mut self, as_of: Option<DateTime<Utc>>) -> Self {
        self.as_of = as_of;
        self
    }

    #[must_use]
    pub const fn missing(indicator: indicator::Model, why: FigureWithheld) -> Self {
        Self { indicator, parts: Err(Absent::Withheld(why)), as_of: None }
    }

    /// It took too long, and the others are told.
    #[must_use]
    pub const fn late(indicator: indicator::Model) -> Self {
        Self { indicator, parts: Err(Absent::Late), as_of: None }
    }

    pub const fn withhold(&mut self, why: FigureWithheld) {
        (self.parts, self.as_of) = (Err(Absent::Withheld(why)), None);
    }

    /// Whether nothing counts in it, above or below.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        matches!(self.parts, Ok((0, None | Some(0))))
    }

    #[must_use]
    pub const fn definition(&self) -> &Definition {
        &self.indicator.definition
    }

    /// Its parts; none where they are withheld, an error where they took too long.
    fn parts(&self) -> Result<Option<(i64, Option<i64>)>> {
        match self.parts {
            Ok(parts) => Ok(Some(parts)),
            Err(Absent::Withheld(_)) => Ok(None),
            Err(Absent::Late) => Err(Error::timed_out()),
        }
    }
}

#[Object(use_type_description)]
impl Figure {
    /// The indicator 指标.
    async fn indicator(&self) -> Indicator {
        Indicator(self.indicator.clone())
    }

    /// Code of the indicator 指标代码.
    async fn code(&self) -> &str {
        &self.indicator.code
    }

    /// Name of the indicator 指标名称.
    async fn name(&self) -> &str {
        &self.indicator.name
    }

    /// The value, in the indicator's unit; of a rate in percent, absent where nothing is in the denominator; absent
    /// where it is withheld 数值.
    async fn value(&self) -> Option<Result<f64>> {
        let of = |(numerator, denominator)| value(numerator, denominator, self.indicator.divisor);
        self.parts().map(|parts| parts.and_then(of)).transpose()
    }

    /// Why this figure has no value, numerator and denominator; null if it has them 缺数原因.
    async fn withheld(&self) -> Option<FigureWithheld> {
        match self.parts {
            Err(Absent::Withheld(why)) => Some(why),
            _ => None,
        }
    }

    /// As known when, where that is earlier than the rest of the answer: it has changed since by what rests on too few
    /// to be told 数据截至.
    async fn as_of(&self) -> Option<DateTime<Utc>> {
        self.as_of
    }

    /// Unit of the value 单位.
    async fn unit(&self) -> &str {
        &self.indicator.unit
    }

    /// What was measured, exact: counts, fen, or thousandths; absent where it is withheld 分子·精确值.
    async fn numerator(&self) -> Option<Result<BigInt>> {
        self.parts().map(|parts| parts.map(|(numerator, _)| BigInt(numerator))).transpose()
    }

    /// The lower part of a rate; absent where it is withheld 分母.
    async fn denominator(&self) -> Option<Result<BigInt>> {
        let below = |parts: Option<(i64, Option<i64>)>| parts.and_then(|(_, below)| below).map(BigInt);
        self.parts().map(below).transpose()
    }
}

#[expect(clippy::cast_precision_loss, reason = "exact values stand beside it")]
fn value(numerator: i64, denominator: Option<i64>, divisor: i64) -> Option<f64> {
    match denominator {
        None => Some(numerator as f64 / divisor as f64),
        Some(0) => None,
        Some(denominator) => Some(100.0 * numerator as f64 / denominator as f64),
    }
}

/// A rate in percent, rounded to a tenth for show; the counts stand beside it.
#[expect(clippy::cast_precision_loss, reason = "exact counts stand beside it")]
fn rate(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| 100.0 * part as f64 / whole as f64)
}

/// How a group of link rules is met 规则达标.
#[derive(Description, Clone)]
pub struct RuleFigure {
    pub group: RuleGroup,
    pub found: rule::Compliance,
}

#[Object(name = "RuleCompliance", use_type_description)]
impl RuleFigure {
    /// Code of the group, or of the rule that stands alone 规则组.
    async fn code(&self) -> &str {
        &self.group.code
    }

    /// The rules that must be met together 规则.
    async fn rules(&self) -> Vec<LinkRule> {
        self.group.rules.iter().cloned().map(|row: link_rule::Model| LinkRule(row)).collect()
    }

    /// Percent of subjects that meet every rule, absent where there is none 达标率.
    async fn rate(&self) -> Option<f64> {
        rate(self.found.met, self.found.subjects)
    }

    /// Subjects that meet every rule 达标数.
    async fn numerator(&self) -> i64 {
        self.found.met
    }

    /// Subjects in scope on the last day, less the exempt 应达标数.
    async fn denominator(&self) -> i64 {
        self.found.subjects
    }

    /// Subjects with a link under at least one of the rules 至少有一个结对.
    async fn linked(&self) -> i64 {
        self.found.floor
    }

    /// Subjects that are exempt 豁免数.
    async fn exempt(&self) -> i64 {
        self.found.exempt
    }
}

/// How a duty stands 任务完成.
#[derive(Description, Clone)]
pub struct DutyFigure {
    pub duty: Duty,
    pub found: duty::Standing,
}

#[Object(name = "DutyCompliance", use_type_description)]
impl DutyFigure {
    /// The duty 任务规则.
    async fn rule(&self) -> DutyRule {
        DutyRule(self.duty.rule.clone())
    }

    /// Code of the duty 代码.
    async fn code(&self) -> &str {
        &self.duty.rule.code
    }

    /// Percent of subjects due that have done all they owed 完成率.
    async fn rate(&self) -> Option<f64> {
        rate(self.found.met, self.found.due)
    }

    /// Subjects that have done all they owed, summed over the duty's periods 完成数.
    async fn numerator(&self) -> i64 {
        self.found.met
    }

    /// Subjects that owed something, summed over the duty's periods 应完成数.
    async fn denominator(&self) -> i64 {
        self.found.due
    }

    /// Subjects that were there too short a time to owe anything 不足期数.
    async fn partial(&self) -> i64 {
        self.found.partial
    }

    /// Subjects that owe something yet 未完成数.
    async fn behind(&self) -> i64 {
        self.found.due - self.found.met
    }
}

/// How a checklist stands 清单完成.
#[derive(Description, Clone)]
pub struct ChecklistFigure {
    pub checklist: entity::ids::ChecklistId,
    pub items: Vec<DutyFigure>,
}

#[Object(name = "ChecklistCompletion", use_type_description)]
impl ChecklistFigure {
    /// The checklist 清单.
    async fn checklist(&self, ctx: &Context<'_>) -> Option<Result<Checklist>> {
        let row = match ctx.rows() {
            Ok(rows) => loader::one(rows, self.checklist).await,
            Err(error) => Err(error),
        };
        row.map(|row| row.map(Checklist)).transpose()
    }

    /// Percent of units done 完成率.
    async fn rate(&self) -> Option<f64> {
        rate(self.sum(|found| found.done), self.sum(|found| found.owed))
    }

    /// Units done, of each subject and item no more than its target 完成数.
    async fn numerator(&self) -> entity::values::Quantity {
        entity::values::Quantity(self.sum(|found| found.done))
    }

    /// Units asked for 目标数.
    async fn denominator(&self) -> entity::values::Quantity {
        entity::values::Quantity(self.sum(|found| found.owed))
    }

    /// Each item, by subjects 项目.
    async fn items(&self) -> &[DutyFigure] {
        &self.items
    }
}

impl ChecklistFigure {
    fn sum(&self, of: impl Fn(&duty::Standing) -> i64) -> i64 {
        self.items.iter().map(|item| of(&item.found)).fold(0, i64::saturating_add)
    }
}

/// Whose data an answer rests on, and how late they are 数据时效.
#[derive(Clone, SimpleObject)]
pub struct Freshness {
    /// The last act in any of the ledgers 最近更新.
    pub latest: Option<DateTime<Utc>>,
    /// The last act in the ledger that has been silent longest 最早的最近更新.
    pub oldest: Option<DateTime<Utc>>,
    /// How many ledgers the answer rests on 台账数.
    pub ledgers: i32,
    /// How many of them have had no act since the period began: their data may be missing 期内无更新的台账数.
    pub silent: i32,
    /// How many counties there keep no ledger on the last day: the answer knows nothing of them 未建台账的县数.
    pub missing: i32,
}

#[derive(FromQueryResult)]
struct Measurement {
    nth: i32,
    grp: Option<Uuid>,
    value: i64,
}

/// A part of an indicator's value, of one group.
pub struct Part {
    pub nth: usize,
    pub group: Option<Uuid>,
    pub value: i64,
}

/// Measures all indicators in one statement; a ratio has two parts, numerator first.
pub async fn measure_all(
    db: &impl ConnectionTrait,
    question: &Question,
    of: &[Definition],
) -> Result<Vec<Part>> {
    if of.is_empty() {
        return Ok(vec![]);
    }
    let mut bind = Binder::new(db.get_database_backend());
    let with = question.with(&mut bind);
    let mut parts = vec![];
    for definition in of {
        parts.push(measure::numerator(question, definition, &mut bind));
        parts.extend(definition.denominator.iter().map(|below| measure::select(question, below, &mut bind)));
    }
    run(db, bind, with, parts).await
}

/// How many facts that count in each indicator name people, by group: none where there are none.
pub async fn naming_people(
    db: &impl ConnectionTrait,
    question: &Question,
    of: &[&Definition],
) -> Result<Vec<Part>> {
    if of.is_empty() {
        return Ok(vec![]);
    }
    let mut bind = Binder::new(db.get_database_backend());
    let with = question.with(&mut bind);
    let parts = of.iter().map(|definition| measure::naming_people(question, definition, &mut bind)).collect();
    run(db, bind, with, parts).await
}

/// Runs the selects of parts as one statement.
async fn run(db: &impl ConnectionTrait, bind: Binder, with: String, parts: Vec<String>) -> Result<Vec<Part>> {
    let numbered = |(nth, part): (usize, &String)| {
        format!("SELECT CAST({nth} AS INTEGER) AS nth, q{nth}.grp, q{nth}.value FROM ({part}) q{nth}")
    };
    let selects: Vec<String> = parts.iter().enumerate().map(numbered).collect();
    let rows = bind.all::<Measurement>(db, with + &selects.join(" UNION ALL ")).await?;
    let part = |row: Measurement| Part {
        nth: usize::try_from(row.nth).unwrap_or_default(),
        group: row.grp,
        value: row.value,
    };
    Ok(rows.into_iter().map(part).collect())
}

/// Whether a measure of nothing is a known zero; the latest of nothing is unknown.
#[must_use]
pub fn zero_is_known(definition: &Definition) -> bool {
    definition.measure.measure != Measure::Latest
}

/// The periods of a duty that a question is about, as far as the duty held on their last days.
#[must_use]
pub fn periods(question: &Question, duty: &Duty) -> Vec<Period> {
    let mut periods = question.period.duty_periods(duty.rule.period, duty.programme_from);
    periods.retain(|period| duty.holds_on(period.to) && period.from <= question.today);
    periods
}

/// Adds up how a duty stands over its periods within the period asked for.
pub async fn duty_standings(
    db: &impl ConnectionTrait,
    question: &Question,
    duty: &Duty,
) -> Result<Vec<duty::Standing>> {
    let mut sums: Vec<duty::Standing> = vec![];
    for period in periods(question, duty) {
        for found in duty::standing(db, &question.during(period), duty).await? {
            match sums.iter_mut().find(|sum| sum.grp == found.grp) {
                Some(sum) => {
                    sum.due += found.due;
                    sum.met += found.met;
                    sum.partial += found.partial;
                    sum.done = sum.done.saturating_add(found.done);
                    sum.owed = sum.owed.saturating_add(found.owed);
                }
                None => sums.push(found),
            }
        }
    }
    Ok(sums)
}

/// The last period of a duty within the period asked for: who is behind is told of that one.
#[must_use]
pub fn last_period(question: &Question, duty: &Duty) -> Period {
    periods(question, duty).into_iter().max_by_key(|period| period.to).unwrap_or(question.period)
}
