//! What is asked: where, of which programme, when, as known when, and grouped by what.

use async_graphql::Enum;
use entity::fact::{OPEN, Verification};
use entity::ids::{LedgerId, ProgrammeId, RegionId};
use entity::values::Date;

use super::as_of::{self, AsOf};
use super::period::Period;
use super::sql::Binder;

/// What groups are made of 分组.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum GroupBy {
    /// One group of all 合计.
    #[default]
    Total,
    /// Cities, by the ledger a record lies in; what the province does itself is a group, too 按市.
    City,
    /// Counties, by the ledger a record lies in; what cities and the province do themselves are groups, too 按县.
    County,
    /// Townships, by place 按乡镇.
    Township,
    /// Villages, by place 按村.
    Village,
    /// Committees that helped 按委室.
    Committee,
    /// Helpers: seats, committees and organisations; a record with two counts for both 按帮扶方.
    Helper,
    /// Calendar months 按月.
    Month,
}

impl GroupBy {
    /// Whether the answer tells of many places, bodies or helpers.
    #[must_use]
    pub const fn is_bulk(self) -> bool {
        !matches!(self, Self::Total | Self::Month)
    }
}

/// A question that all parts of an answer share.
#[derive(Clone, Debug)]
pub struct Question {
    pub ledgers: Vec<LedgerId>,
    /// All that are asked about, where `ledgers` are those of some of the groups.
    pub all_ledgers: Vec<LedgerId>,
    /// A place smaller than a ledger, and all below it.
    pub place: Option<RegionId>,
    pub programme: Option<ProgrammeId>,
    pub period: Period,
    /// What the ledgers knew then; what they know now where absent.
    pub as_of: Option<AsOf>,
    pub group_by: GroupBy,
    pub verification: Vec<Verification>,
    /// The day it is asked on, or as of: what begins later is not due.
    pub today: Date,
}

impl Question {
    /// A question about what is verified in these ledgers, on these days.
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

    /// `WITH` for statements about the past: what each ledger knew, also those from which helpers come.
    pub fn with(&self, bind: &mut Binder) -> String {
        self.as_of.as_ref().map_or_else(String::new, |as_of| as_of.with(bind))
    }

    /// Facts of alias `f` that lie in the ledgers and were known. Their clock is joined by `clock`.
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

    /// The join that facts of alias `f` need to be `known`.
    #[must_use]
    pub fn clock(&self, f: &str) -> String {
        if self.ledgers.len() == 1 { String::new() } else { self.clock_anywhere(f) }
    }

    /// Facts of alias `f` that were known, in whichever ledger. Their clock is joined by `clock_anywhere`.
    pub fn known_anywhere(&self, f: &str) -> String {
        if self.as_of.is_some() { as_of::was_known(f) } else { format!("{f}.until_seq = {OPEN}") }
    }

    /// The join that facts of alias `f` need to be `known_anywhere`.
    #[must_use]
    pub fn clock_anywhere(&self, f: &str) -> String {
        if self.as_of.is_some() { as_of::clock_of(f) } else { String::new() }
    }

    /// Facts of alias `f` that lie at the place asked for.
    pub fn placed(&self, bind: &mut Binder, f: &str) -> String {
        let Some(place) = self.place else { return "TRUE".to_owned() };
        let place = bind.bind(place);
        format!("{f}.region_id IN (SELECT id FROM region WHERE id = {place} OR township_id = {place})")
    }

    /// Facts of alias `f` that name the programme.
    pub fn of_programme(&self, bind: &mut Binder, f: &str) -> String {
        let Some(programme) = self.programme else { return "TRUE".to_owned() };
        let programme = bind.bind(programme);
        format!(
            "EXISTS (SELECT 1 FROM fact_ref p WHERE p.ledger_id = {f}.ledger_id AND p.ref_id = {programme}
                 AND p.role = 'programme' AND p.fact_id = {f}.id)"
        )
    }

    /// The key of a fact's group, and the joins it takes, the one of its clock among them.
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

    /// The same question, wherever the work lies: of those who did it, their groups and places are asked elsewhere.
    #[must_use]
    pub fn everywhere(&self) -> Self {
        let ledgers = self.all_ledgers.clone();
        Self { ledgers, place: None, group_by: GroupBy::Total, ..self.clone() }
    }

    /// The same question of another period.
    #[must_use]
    pub fn during(&self, period: Period) -> Self {
        Self { period, ..self.clone() }
    }
}
