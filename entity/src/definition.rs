//! Definition of an indicator: which facts it counts and what it measures. Typed JSON in one column, and the same types
//! in the API.

use async_graphql::{Enum, InputObject, SimpleObject};
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::fact::{SourceType, Step};
use crate::fact_ref::{PartyKind, RefRole};
use crate::values::BigInt;

/// A short list of codes in one column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Codes(pub Vec<String>);

/// Ids of categories in one column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Tags(pub Vec<Uuid>);

/// Definition of an indicator: one measure, or the ratio of two.
/// 指标定义:一项度量,或两项度量之比。
#[derive(
    Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult, InputObject, SimpleObject,
)]
#[graphql(input_name = "IndicatorDefinitionInput", name = "IndicatorDefinition")]
pub struct Definition {
    /// The measure, or the numerator of the ratio.
    /// 度量;有分母时为分子。
    pub measure: Measured,
    /// Further parts whose values are united with those of `measure` before counting, so that each value counts once.
    /// Only with DISTINCT.
    /// 与分子合并去重的其他部分;仅用于DISTINCT。
    #[serde(default)]
    #[graphql(default)]
    pub or: Vec<Measured>,
    /// Denominator of the ratio; with it the indicator is a rate in percent.
    /// 分母;填写后指标为百分比。
    #[serde(default)]
    pub denominator: Option<Measured>,
    /// If true, the numerator counts only values that the denominator counts, wherever the work was done: a share, such
    /// as participation. Only with DISTINCT in both.
    /// 为true时,分子只计分母中已计的对象,不限地点,如参与率;分子、分母均须为DISTINCT。
    #[serde(default)]
    #[graphql(default)]
    pub of_denominator: bool,
}

/// A filter on facts, and the measure of the facts that pass it.
/// 对事实的筛选,及对通过者的度量。
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, InputObject, SimpleObject)]
#[graphql(input_name = "MeasuredInput")]
#[serde(default)]
pub struct Measured {
    /// Record type or roster row whose facts are measured.
    /// 要度量的记录或名册类型。
    pub of: SourceType,
    /// Only facts of this step, unless the record was reopened since; the first step of the type if absent.
    /// 仅计达到此环节且未重新办理的;默认为该类型的首个环节。
    pub step: Option<Step>,
    /// Only these kinds, by code; all if empty.
    /// 仅计这些种类,填代码,默认全部。
    #[graphql(default)]
    pub kinds: Vec<String>,
    /// Only these categories, by code; all if empty.
    /// 仅计这些类别,填代码,默认全部。
    #[graphql(default)]
    pub categories: Vec<String>,
    /// None of these categories, by code.
    /// 不计这些类别,填代码。
    #[graphql(default)]
    pub except_categories: Vec<String>,
    /// Only facts with one of these tags, by category id; all if empty.
    /// 仅计带有其中任一标签的,填类别标识,默认全部。
    #[graphql(default)]
    pub tags: Vec<Uuid>,
    /// Only facts under one of these link rules, or of work for a link under one; all if empty.
    /// 仅计属于这些联系规则或服务于其结对的,默认全部。
    #[graphql(default)]
    pub rules: Vec<Uuid>,
    /// Only facts with a helper of one of these kinds; all if empty.
    /// 仅计帮扶方为这些主体类型的,默认全部。
    #[graphql(default)]
    pub helpers: Vec<PartyKind>,
    /// Only facts with a helper whose own kind has one of these codes, such as `OFFICE` or `LEADER`; all if empty.
    /// 仅计帮扶方自身类型为这些代码的,如OFFICE、LEADER,默认全部。
    #[graphql(default)]
    pub helper_kinds: Vec<String>,
    /// Only facts with a helping or participating seat that has one of these tags, by category id; all if empty.
    /// 仅计帮扶席位或参与席位带有其中任一标签的,填类别标识,默认全部。
    #[graphql(default)]
    pub helper_tags: Vec<Uuid>,
    /// Only facts with this helper.
    /// 仅计此帮扶方的。
    pub helper: Option<Uuid>,
    /// Only facts with a target of one of these kinds; all if empty.
    /// 仅计帮扶对象为这些主体类型的,默认全部。
    #[graphql(default)]
    pub targets: Vec<PartyKind>,
    /// Only facts with a target whose own kind has one of these codes: the kind of a seat, committee or organisation,
    /// or the level of a region; all if empty.
    /// 仅计帮扶对象自身类型或区划层级为这些代码的,默认全部。
    #[graphql(default)]
    pub target_kinds: Vec<String>,
    /// Only facts with a household or region as target that has this designation on the day that places the fact, by
    /// category id.
    /// 仅计农户或区划对象在归属日期具有此认定的,填类别标识。
    pub target_designation: Option<Uuid>,
    /// Only facts with this target.
    /// 仅计此帮扶对象的。
    pub target: Option<Uuid>,
    /// Only records that arose from a record of this type.
    /// 仅计由此类型记录产生的。
    pub origin: Option<SourceType>,
    /// Only facts in a region that has this designation on the day that places the fact, by category id.
    /// 仅计所在区划在归属日期具有此认定的,填类别标识。
    pub place_designation: Option<Uuid>,
    /// Only quantities of at least this many thousandths.
    /// 仅计数量不低于此值的,单位为千分之一。
    pub quantity_from: Option<BigInt>,
    /// Only quantities of at most this many thousandths.
    /// 仅计数量不高于此值的,单位为千分之一。
    pub quantity_to: Option<BigInt>,
    /// Measure of the facts that pass; COUNT if absent.
    /// 度量方式,默认COUNT。
    #[graphql(default_with = "Measure::Count")]
    pub measure: Measure,
    /// Reference whose different values are counted (DISTINCT), or per which the minimum is taken (MINIMUM); required
    /// for these two.
    /// 去重计数或求最小值所依据的引用角色;DISTINCT和MINIMUM必填。
    pub by: Option<RefRole>,
    /// Stock or flow; FLOW if absent.
    /// 时点或时期,默认FLOW。
    #[graphql(default_with = "TimeKind::Flow")]
    pub time: TimeKind,
    /// Date that places a flow; STEP if absent.
    /// 时期数的归属日期,默认STEP。
    #[graphql(default_with = "DateBasis::Step")]
    pub date: DateBasis,
}

impl Definition {
    /// All measured parts: the numerator, its alternatives and the denominator.
    pub fn parts(&self) -> impl Iterator<Item = &Measured> {
        std::iter::once(&self.measure).chain(&self.or).chain(&self.denominator)
    }
}

impl Measured {
    /// Length of the longest list in the filter.
    #[must_use]
    pub fn longest(&self) -> usize {
        let texts =
            [&self.kinds, &self.categories, &self.except_categories, &self.helper_kinds, &self.target_kinds];
        let ids = [&self.tags, &self.rules, &self.helper_tags];
        let parties = [&self.helpers, &self.targets];
        let lengths = texts.map(Vec::len).into_iter().chain(ids.map(Vec::len)).chain(parties.map(Vec::len));
        lengths.max().unwrap_or_default()
    }
}

impl Default for Measured {
    fn default() -> Self {
        Self {
            of: SourceType::Activity,
            step: None,
            kinds: vec![],
            categories: vec![],
            except_categories: vec![],
            tags: vec![],
            rules: vec![],
            helpers: vec![],
            helper_kinds: vec![],
            helper_tags: vec![],
            helper: None,
            targets: vec![],
            target_kinds: vec![],
            target_designation: None,
            target: None,
            origin: None,
            place_designation: None,
            quantity_from: None,
            quantity_to: None,
            measure: Measure::Count,
            by: None,
            time: TimeKind::Flow,
            date: DateBasis::Step,
        }
    }
}

/// Way of measuring the facts that pass a filter.
/// 度量方式。
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Measure {
    /// Number of facts.
    /// 件数。
    Count,
    /// Sum of the quantities, in thousandths.
    /// 数量合计,单位为千分之一。
    SumQuantity,
    /// Sum of the amounts, in fen.
    /// 金额合计,单位为分。
    SumAmount,
    /// Sum of the persons; somebody reached twice counts twice.
    /// 人次合计。
    SumPersons,
    /// Number of different values of the reference that `by` names.
    /// 按by所指引用去重计数。
    Distinct,
    /// Sum of the family members of the different target households.
    /// 去重后的对象农户人口合计。
    HouseholdPersons,
    /// Smallest number of facts of any subject in scope that `by` names, zeros included.
    /// 范围内by所指各主体件数的最小值,含零。
    Minimum,
    /// Latest quantity.
    /// 最新数量。
    Latest,
}

/// Way of choosing facts by time.
/// 时点或时期。
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TimeKind {
    /// Facts valid on the last day asked.
    /// 时点:所询期末日有效的。
    Stock,
    /// Facts that happened within the period.
    /// 时期:所询时期内发生的。
    Flow,
}

/// Date that places a flow in a period.
/// 时期数的归属日期。
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DateBasis {
    /// Day on which the step was reached, such as resolved or filed.
    /// 达到环节的日期,如解决、立案。
    Step,
    /// Day on which the record happened or was reported.
    /// 记录发生或上报的日期。
    Happened,
}
