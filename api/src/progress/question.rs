//! The question that an answer is about (ledgers, place, programme, period, as-of, groups), and the SQL conditions that
//! follow from it.

use async_graphql::Enum;
use entity::fact::{OPEN, Verification};
use entity::ids::{LedgerId, ProgrammeId, RegionId};
use entity::values::Date;

use super::as_of::{self, AsOf};
use super::period::Period;
use super::sql::Binder;

/// Field by which an answer is split into groups.
/// 分组方式。
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum GroupBy {
    /// One group of everything.
    /// 合计。
    #[default]
    Total,
    /// Cities, by the ledger of a record; work of the province itself is a group of its own.
    /// 按市:依记录所在台账;省级自身的工作另列一组。
    City,
    /// Counties, by the ledger of a record; work of cities and of the province themselves is a group each.
    /// 按县:依记录所在台账;市级、省级自身的工作另列各组。
    County,
    /// Townships, by the place of a record; records of larger places are a group for each place.
    /// 按乡镇:依记录地点;地点为更高层级的另列各组。
    Township,
    /// Villages, by the place of a record; records of larger places are a group for each place.
    /// 按村:依记录地点;地点为更高层级的另列各组。
    Village,
    /// Committees that helped.
    /// 按委室:作为帮扶方的委室。
    Committee,
    /// Helpers: seats, committees and organisations; a record with two helpers counts for both.
    /// 按帮扶方:席位、委室、单位;有两个帮扶方的记录分别计入。
    Helper,
    /// Calendar months.
    /// 按月。
    Month,
}

impl GroupBy {
    /// True if the groups are places, bodies or helpers: such an answer is a bulk read.
    #[must_use]
    pub const fn is_bulk(self) -> bool {
        !matches!(self, Self::Total | Self::Month)
    }
}

/// Question that all parts of an answer share.
#[derive(Clone, Debug)]
pub struct Question {
    pub ledgers: Vec<LedgerId>,
    /// All ledgers asked about; `ledgers` may be those of a page of groups only.
    pub all_ledgers: Vec<LedgerId>,
    /// Township or village to which the question is confined, with all places below it.
    pub place: Option<RegionId>,
    pub programme: Option<ProgrammeId>,
    pub period: Period,
    /// Clock values of the ledgers at a past instant; the present if absent.
    pub as_of: Option<AsOf>,
    pub group_by: GroupBy,
    pub verification: Vec<Verification>,
    /// Day of the question, or of its as-of: a duty's period that begins later is left out.
    pub today: Date,
}

impl Question {
    /// Question about the verified records of these ledgers in a period.
    #[must_use]
    pub fn of_verified(ledgers: Vec<LedgerId>, period: Period, today: Date) -> Self {
        Self {
            all_ledgers: ledgers.clone(),
            ledgers,
            place: None,
            programme: None,
            period,
            as_of: None,
            group_by: GroupBy::Total,
            verification: vec![Verification::Verified],
            today,
        }
    }

    /// `WITH` clause for a question about the past: the clock values of all ledgers, also of those that only helpers
    /// belong to. Empty for the present.
    pub fn with(&self, bind: &mut Binder) -> String {
        self.as_of.as_ref().map_or_else(String::new, |as_of| as_of.with(bind))
    }

    /// Condition: the fact `f` lies in one of the ledgers and was known. Needs the join of `clock`.
    pub fn known(&self, bind: &mut Binder, f: &str) -> String {
        let ledgers = bind.ledgers(&format!("{f}.ledger_id"), &self.ledgers);
        let known = match (&self.as_of, &self.ledgers[..]) {
            (Some(as_of), [one]) => {
                let number = bind.bind(as_of.of(one.0));
                format!("{f}.from_seq <= {number} AND {f}.until_seq > {number}")
            }
            _ => self.known_anywhere(f),
        };
        format!("{ledgers} AND {known}")
    }

    /// Join that `known` needs; empty for a single ledger, whose clock value is bound.
    #[must_use]
    pub fn clock(&self, f: &str) -> String {
        if self.ledgers.len() == 1 { String::new() } else { self.clock_anywhere(f) }
    }

    /// Condition: the fact `f` was known, in whichever ledger it lies. Needs the join of `clock_anywhere`.
    pub fn known_anywhere(&self, f: &str) -> String {
        if self.as_of.is_some() { as_of::was_known(f) } else { format!("{f}.until_seq = {OPEN}") }
    }

    /// Join that `known_anywhere` needs.
    #[must_use]
    pub fn clock_anywhere(&self, f: &str) -> String {
        if self.as_of.is_some() { as_of::clock_of(f) } else { String::new() }
    }

    /// Condition: the fact `f` lies at the place of the question or below it.
    pub fn placed(&self, bind: &mut Binder, f: &str) -> String {
        let Some(place) = self.place else { return "TRUE".to_owned() };
        let place = bind.bind(place);
        format!("{f}.region_id IN (SELECT id FROM region WHERE id = {place} OR township_id = {place})")
    }

    /// Condition: the fact `f` names the programme of the question.
    pub fn of_programme(&self, bind: &mut Binder, f: &str) -> String {
        let Some(programme) = self.programme else { return "TRUE".to_owned() };
        let programme = bind.bind(programme);
        format!(
            "EXISTS (SELECT 1 FROM fact_ref p WHERE p.ledger_id = {f}.ledger_id AND p.ref_id = {programme}
                 AND p.role = 'programme' AND p.fact_id = {f}.id)"
        )
    }

    /// SQL of a fact's group key, and the joins that it needs, that of `clock` included.
    #[must_use]
    pub fn group(&self, f: &str) -> (&'static str, String) {
        let (key, joins) = self.key(f);
        (key, format!("{joins} {}", self.clock(f)))
    }

    fn key(&self, f: &str) -> (&'static str, String) {
        let kept = format!("JOIN ledger gl ON gl.id = {f}.ledger_id JOIN region gr ON gr.id = gl.region_id");
        let place = format!("JOIN region gr ON gr.id = {f}.region_id");
        let helper = |roles: &str| {
            format!(
                "JOIN fact_ref gh ON gh.ledger_id = {f}.ledger_id AND gh.fact_id = {f}.id AND gh.role {roles}"
            )
        };
        match self.group_by {
            GroupBy::Total | GroupBy::Month => ("CAST(NULL AS uuid)", String::new()),
            GroupBy::City => ("COALESCE(gr.city_id, gr.id)", kept),
            GroupBy::County => ("COALESCE(gr.county_id, gr.id)", kept),
            GroupBy::Township => ("COALESCE(gr.township_id, gr.id)", place),
            GroupBy::Village => ("gr.id", place),
            GroupBy::Committee => ("gh.ref_id", helper("= 'helper_committee'")),
            GroupBy::Helper => {
                ("gh.ref_id", helper("IN ('helper_member', 'helper_committee', 'helper_organisation')"))
            }
        }
    }

    /// The same question over all its ledgers, without place and groups. In a share, the denominator picks subjects by
    /// place and group; the numerator counts their work wherever it lies.
    #[must_use]
    pub fn everywhere(&self) -> Self {
        let ledgers = self.all_ledgers.clone();
        Self { ledgers, place: None, group_by: GroupBy::Total, ..self.clone() }
    }

    /// The same question for another period.
    #[must_use]
    pub fn during(&self, period: Period) -> Self {
        Self { period, ..self.clone() }
    }
}
