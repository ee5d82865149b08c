//! What an indicator looks for and measures: typed JSON in one column, and the same types in the API.

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

/// A measure, or the ratio of two.
#[derive(
    Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult, InputObject, SimpleObject,
)]
#[graphql(input_name = "IndicatorDefinitionInput", name = "IndicatorDefinition")]
pub struct Definition {
    /// What is measured, or the upper part of the ratio 分子.
    pub measure: Measured,
    /// What counts as well, told apart once over all of them: only with DISTINCT 或.
    #[serde(default)]
    #[graphql(default)]
    pub or: Vec<Measured>,
    /// The lower part of the ratio 分母, where the indicator is a rate in percent.
    #[serde(default)]
    pub denominator: Option<Measured>,
    /// Only what the denominator counts, wherever its work lies: a share, as in participation 占比.
    #[serde(default)]
    #[graphql(default)]
    pub of_denominator: bool,
}

/// A filter and what is measured of the facts that pass it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, InputObject, SimpleObject)]
#[graphql(input_name = "MeasuredInput")]
#[serde(default)]
pub struct Measured {
    /// Record type or roster row 记录类型.
    pub of: SourceType,
    /// Only what has reached this step and was not reopened; the first step of the type where there is none.
    pub step: Option<Step>,
    /// Only these kinds, by code; all where empty.
    #[graphql(default)]
    pub kinds: Vec<String>,
    /// Only these categories, by code; all where empty.
    #[graphql(default)]
    pub categories: Vec<String>,
    /// None of these categories, by code.
    #[graphql(default)]
    pub except_categories: Vec<String>,
    /// Only with one of these tags, by category id; all where empty.
    #[graphql(default)]
    pub tags: Vec<Uuid>,
    /// Only under, or serving a link under, one of these rules; all where empty.
    #[graphql(default)]
    pub rules: Vec<Uuid>,
    /// Only with a helper of one of these kinds; all where empty.
    #[graphql(default)]
    pub helpers: Vec<PartyKind>,
    /// Only with a helper whose own kind is one of these codes (`OFFICE`, `LEADER` …); all where empty.
    #[graphql(default)]
    pub helper_kinds: Vec<String>,
    /// Only with a helper, a seat, that has one of these tags, by category id; all where empty.
    #[graphql(default)]
    pub helper_tags: Vec<Uuid>,
    /// Only with this very helper.
    pub helper: Option<Uuid>,
    /// Only with a target of one of these kinds; all where empty.
    #[graphql(default)]
    pub targets: Vec<PartyKind>,
    /// Only with a target whose own kind is one of these codes: of seat, committee or organisation, or a region's level;
    /// all where empty.
    #[graphql(default)]
    pub target_kinds: Vec<String>,
    /// Only with a target that has this designation on the day the fact is placed by, by category id.
    pub target_designation: Option<Uuid>,
    /// Only with this very target.
    pub target: Option<Uuid>,
    /// Only what arose from a record of this type.
    pub origin: Option<SourceType>,
    /// Only at places that have this designation on the day the fact is placed by, by category id.
    pub place_designation: Option<Uuid>,
    /// Only quantities of at least this many thousandths.
    pub quantity_from: Option<BigInt>,
    /// Only quantities of at most this many thousandths.
    pub quantity_to: Option<BigInt>,
    /// What is measured 度量.
    #[graphql(default_with = "Measure::Count")]
    pub measure: Measure,
    /// What is told apart, or the subject of which the least is taken, for the measures that need it.
    pub by: Option<RefRole>,
    /// Stock or flow 时点·时期.
    #[graphql(default_with = "TimeKind::Flow")]
    pub time: TimeKind,
    /// The date that places a flow.
    #[graphql(default_with = "DateBasis::Step")]
    pub date: DateBasis,
}

impl Definition {
    /// All that is measured for it.
    pub fn parts(&self) -> impl Iterator<Item = &Measured> {
        std::iter::once(&self.measure).chain(&self.or).chain(&self.denominator)
    }
}

impl Measured {
    /// How many values its longest list holds.
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

/// What is measured 度量.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Measure {
    /// How many 件数.
    Count,
    /// Sum of the quantities, in thousandths 数量合计.
    SumQuantity,
    /// Sum of the amounts, in fen 金额合计.
    SumAmount,
    /// Sum of the persons 人次合计.
    SumPersons,
    /// How many different ones of what `by` names 去重计数.
    Distinct,
    /// Sum of the family members of the different target households 涉及人口.
    HouseholdPersons,
    /// The least count of any subject in scope that `by` names, zeros included 最少.
    Minimum,
    /// The latest quantity 最新值.
    Latest,
}

/// Stock or flow 时点·时期.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TimeKind {
    /// Valid on the last day asked 时点.
    Stock,
    /// Happened within the period 时期.
    Flow,
}

/// The date that places a flow 归属日期.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DateBasis {
    /// The day the step was reached: resolved, filed, published 环节日期.
    Step,
    /// The day the record happened or was reported 发生日期.
    Happened,
}
