//! The published types of an answer (figures, compliance, freshness), and the statements that fill them.

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

/// Value of an indicator in one group.
/// 一个分组的一项指标数据。
#[derive(Description, Clone)]
pub struct Figure {
    indicator: indicator::Model,
    /// Numerator and denominator, or the reason for which they are missing.
    parts: std::result::Result<(i64, Option<i64>), Absent>,
    as_of: Option<DateTime<Utc>>,
}

/// Reason for which a figure has no parts.
#[derive(Clone, Copy)]
enum Absent {
    Withheld(FigureWithheld),
    /// The statement took too long.
    Late,
}

impl Figure {
    #[must_use]
    pub const fn told(indicator: indicator::Model, numerator: i64, denominator: Option<i64>) -> Self {
        Self { indicator, parts: Ok((numerator, denominator)), as_of: None }
    }

    /// The same figure, frozen at an earlier instant than the rest of the answer.
    #[must_use]
    pub const fn known_at(mut self, as_of: Option<DateTime<Utc>>) -> Self {
        self.as_of = as_of;
        self
    }

    #[must_use]
    pub const fn missing(indicator: indicator::Model, why: FigureWithheld) -> Self {
        Self { indicator, parts: Err(Absent::Withheld(why)), as_of: None }
    }

    /// A figure that took too long: its own fields fail, other figures of the answer do not.
    #[must_use]
    pub const fn late(indicator: indicator::Model) -> Self {
        Self { indicator, parts: Err(Absent::Late), as_of: None }
    }

    pub const fn withhold(&mut self, why: FigureWithheld) {
        (self.parts, self.as_of) = (Err(Absent::Withheld(why)), None);
    }

    /// True if neither numerator nor denominator counts anything.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        matches!(self.parts, Ok((0, None | Some(0))))
    }

    #[must_use]
    pub const fn definition(&self) -> &Definition {
        &self.indicator.definition
    }

    /// Numerator and denominator; none if withheld, an error if they took too long.
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
    /// Indicator of which this is the value.
    /// 数据所属的指标。
    async fn indicator(&self) -> Indicator {
        Indicator(self.indicator.clone())
    }

    /// Code of the indicator.
    /// 指标代码。
    async fn code(&self) -> &str {
        &self.indicator.code
    }

    /// Name of the indicator.
    /// 指标名称。
    async fn name(&self) -> &str {
        &self.indicator.name
    }

    /// Value in the indicator's unit; of a rate, in percent. Null if the denominator of a rate is zero, or if the value
    /// is withheld.
    /// 数值,以指标单位计;比率为百分数。分母为零或数据不予显示时为空。
    async fn value(&self) -> Option<Result<f64>> {
        let of = |(numerator, denominator)| value(numerator, denominator, self.indicator.divisor);
        self.parts().map(|parts| parts.and_then(of)).transpose()
    }

    /// Reason why value, numerator and denominator are missing; null if they are there.
    /// 数值、分子、分母缺失的原因;有数据时为空。
    async fn withheld(&self) -> Option<FigureWithheld> {
        match self.parts {
            Err(Absent::Withheld(why)) => Some(why),
            _ => None,
        }
    }

    /// Instant at which this value is frozen. Set if later changes are too small to show; null if the value is as
    /// recent as the rest of the answer.
    /// 该数值的截至时点:此后变化过小、不予显示时填写;与整个答复同时则为空。
    async fn as_of(&self) -> Option<DateTime<Utc>> {
        self.as_of
    }

    /// Unit of the value.
    /// 数值的单位。
    async fn unit(&self) -> &str {
        &self.indicator.unit
    }

    /// Exact measure, or numerator of a rate: a count, an amount in fen, or a quantity in thousandths. Null if
    /// withheld.
    /// 精确值,比率则为分子:件数、金额(分)或数量(千分之一);不予显示时为空。
    async fn numerator(&self) -> Option<Result<BigInt>> {
        self.parts().map(|parts| parts.map(|(numerator, _)| BigInt(numerator))).transpose()
    }

    /// Denominator of a rate; null if withheld or if the indicator is no rate.
    /// 比率的分母;不予显示或非比率时为空。
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

/// A rate in percent; none if `whole` is zero.
#[expect(clippy::cast_precision_loss, reason = "exact counts stand beside it")]
fn rate(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| 100.0 * part as f64 / whole as f64)
}

/// Compliance with one group of link rules.
/// 一组联系规则的达标情况。
#[derive(Description, Clone)]
pub struct RuleFigure {
    pub group: RuleGroup,
    pub found: rule::Compliance,
}

#[Object(name = "RuleCompliance", use_type_description)]
impl RuleFigure {
    /// Code of the group, or of the rule if it stands alone.
    /// 规则组代码;单独计算的规则为其代码。
    async fn code(&self) -> &str {
        &self.group.code
    }

    /// Rules that must be met together.
    /// 须同时达标的联系规则。
    async fn rules(&self) -> Vec<LinkRule> {
        self.group.rules.iter().cloned().map(|row: link_rule::Model| LinkRule(row)).collect()
    }

    /// Percent of subjects that meet every rule; null if there are no subjects.
    /// 达标率(百分数);无应达标对象时为空。
    async fn rate(&self) -> Option<f64> {
        rate(self.found.met, self.found.subjects)
    }

    /// Number of subjects that meet every rule.
    /// 达标数:每条规则均达标的对象数。
    async fn numerator(&self) -> i64 {
        self.found.met
    }

    /// Number of subjects in scope on the last day, without the exempt ones.
    /// 应达标数:期末在范围内的对象数,不含已豁免的。
    async fn denominator(&self) -> i64 {
        self.found.subjects
    }

    /// Number of these subjects that have a link under at least one of the rules.
    /// 应达标对象中至少有一个结对的对象数。
    async fn linked(&self) -> i64 {
        self.found.floor
    }

    /// Number of exempt subjects.
    /// 已豁免的对象数。
    async fn exempt(&self) -> i64 {
        self.found.exempt
    }
}

/// Completion of one duty.
/// 一项任务规则的完成情况。
#[derive(Description, Clone)]
pub struct DutyFigure {
    pub duty: Duty,
    pub found: duty::Standing,
}

#[Object(name = "DutyCompliance", use_type_description)]
impl DutyFigure {
    /// Duty that was judged.
    /// 所统计的任务规则。
    async fn rule(&self) -> DutyRule {
        DutyRule(self.duty.rule.clone())
    }

    /// Code of the duty.
    /// 任务规则代码。
    async fn code(&self) -> &str {
        &self.duty.rule.code
    }

    /// Percent of the subjects that owed something and have done all of it; null if none owed anything.
    /// 完成率(百分数):应完成对象中全部完成的比例;无应完成对象时为空。
    async fn rate(&self) -> Option<f64> {
        rate(self.found.met, self.found.due)
    }

    /// Number of subjects that have done all they owed, summed over the duty's periods.
    /// 完成数:应完成的事项已全部完成的对象数,按任务各周期累加。
    async fn numerator(&self) -> i64 {
        self.found.met
    }

    /// Number of subjects that owed something, summed over the duty's periods.
    /// 应完成数:有应完成事项的对象数,按任务各周期累加。
    async fn denominator(&self) -> i64 {
        self.found.due
    }

    /// Number of subjects that were there too short a time to owe anything, summed over the duty's periods.
    /// 不足期数:在期时间过短、无应完成事项的对象数,按任务各周期累加。
    async fn partial(&self) -> i64 {
        self.found.partial
    }

    /// Number of subjects that still owe something, summed over the duty's periods.
    /// 未完成数:尚有事项未完成的对象数,按任务各周期累加。
    async fn behind(&self) -> i64 {
        self.found.due - self.found.met
    }
}

/// Completion of one checklist.
/// 一份清单的完成情况。
#[derive(Description, Clone)]
pub struct ChecklistFigure {
    pub checklist: entity::ids::ChecklistId,
    pub items: Vec<DutyFigure>,
}

#[Object(name = "ChecklistCompletion", use_type_description)]
impl ChecklistFigure {
    /// Checklist that was judged.
    /// 所统计的清单。
    async fn checklist(&self, ctx: &Context<'_>) -> Option<Result<Checklist>> {
        let row = match ctx.rows() {
            Ok(rows) => loader::one(rows, self.checklist).await,
            Err(error) => Err(error),
        };
        row.map(|row| row.map(Checklist)).transpose()
    }

    /// Percent of the units asked for that are done; null if none are asked for.
    /// 完成率(百分数):目标数量中已完成的比例;无目标时为空。
    async fn rate(&self) -> Option<f64> {
        rate(self.sum(|found| found.done), self.sum(|found| found.owed))
    }

    /// Number of units done, of each subject and item at most its target.
    /// 已完成数量,每个主体的每一项以目标为限。
    async fn numerator(&self) -> entity::values::Quantity {
        entity::values::Quantity(self.sum(|found| found.done))
    }

    /// Number of units asked for.
    /// 目标数量。
    async fn denominator(&self) -> entity::values::Quantity {
        entity::values::Quantity(self.sum(|found| found.owed))
    }

    /// Items of the checklist, counted by subjects.
    /// 清单各项,按对象计数。
    async fn items(&self) -> &[DutyFigure] {
        &self.items
    }
}

impl ChecklistFigure {
    fn sum(&self, of: impl Fn(&duty::Standing) -> i64) -> i64 {
        self.items.iter().map(|item| of(&item.found)).fold(0, i64::saturating_add)
    }
}

/// Ledgers behind an answer, and how recent their data are.
/// 答复所依据的台账及其数据时效。
#[derive(Clone, SimpleObject)]
pub struct Freshness {
    /// Time of the last act in any of the ledgers; null if there is no ledger.
    /// 各台账中最近一次更新的时间;没有台账时为空。
    pub latest: Option<DateTime<Utc>>,
    /// Time of the last act in the ledger that has been silent longest; null if there is no ledger.
    /// 最久未更新的台账最近一次更新的时间;没有台账时为空。
    pub oldest: Option<DateTime<Utc>>,
    /// Number of ledgers that the answer rests on.
    /// 答复所依据的台账数。
    pub ledgers: i32,
    /// Number of these ledgers without any act since the period began: their data may be missing.
    /// 自时期开始以来无更新的台账数,其数据可能缺失。
    pub silent: i32,
    /// Number of counties there on the last day that keep no ledger: the answer knows nothing of them.
    /// 期末所查区划内未建台账的县数,答复不含其数据。
    pub missing: i32,
}

#[derive(FromQueryResult)]
struct Measurement {
    nth: i32,
    grp: Option<Uuid>,
    value: i64,
}

/// Value of one part of an indicator, numerator or denominator, in one group.
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

/// Number of facts that count in each indicator and name people, by group; no part if there are none.
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

/// True if the measure of no facts is zero. The LATEST of no facts is unknown.
#[must_use]
pub fn zero_is_known(definition: &Definition) -> bool {
    definition.measure.measure != Measure::Latest
}

/// Periods of a duty that a question covers: the duty is in force on their last day, and they have begun.
#[must_use]
pub fn periods(question: &Question, duty: &Duty) -> Vec<Period> {
    let mut periods = question.period.duty_periods(duty.rule.period, duty.programme_from);
    periods.retain(|period| duty.holds_on(period.to) && period.from <= question.today);
    periods
}

/// Standing of a duty per group, summed over the duty's periods within the question.
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

/// Last of the duty's periods within the question: `behind` lists the subjects of this period.
#[must_use]
pub fn last_period(question: &Question, duty: &Duty) -> Period {
    periods(question, duty).into_iter().max_by_key(|period| period.to).unwrap_or(question.period)
}
