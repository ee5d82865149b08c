//! The demonstration's records of work, and its unfinished present quarter.

use std::collections::HashMap;

use chrono::{Datelike, Days};
use entity::fact::SourceType;
use entity::member::MemberKind;
use entity::values::{Date, Day, Money, Quantity};

use super::data::{
    ActivityRow, ContributionRow, Key, MarkRow, NeedRow, PerLink, Present, ProjectRow, ProposalRow, Records,
};
use super::{Actor, Loader};
use crate::activity::ActivityRecord;
use crate::contribution::ContributionRecord;
use crate::link::{LinkHandOver, LinkPaper, PaperToWrite};
use crate::mark::MarkSet;
use crate::member::MemberAppoint;
use crate::need::{NeedAdvance, NeedReport, NeedStep};
use crate::project::{ProjectCreate, ProjectFundInput, ProjectHouseholdsAdd};
use crate::proposal::ProposalFile;
use crate::record::{About, RecordReject};
use platform::check::day_before;
use platform::error::Result;

impl Loader {
    pub(super) fn records(&mut self, records: &Records) -> Result<()> {
        for (nth, (link, on, title)) in records.household_visits.rows.iter().enumerate() {
            self.visit(&format!("HV-{nth}"), &records.household_visits, *link, *on, *title, Actor::County)?;
        }
        records.activities.iter().try_for_each(|row| self.activity(row))?;
        records.projects.iter().try_for_each(|row| self.project(row))?;
        for (nth, row) in records.contributions.iter().enumerate() {
            self.contribution(nth, row)?;
        }
        for (nth, row) in records.proposals.iter().enumerate() {
            self.proposal(nth, row)?;
        }
        records.needs.iter().try_for_each(|row| self.need(row))?;
        records.marks.iter().try_for_each(|row| self.mark(row))
    }

    /// Plans of households, by the link with which each is made. A plan names the day from which it holds.
    pub(super) fn plans(&mut self, plans: &PerLink<Date>) -> HashMap<Key, LinkPaper> {
        let mut by_link = HashMap::new();
        for (link, on, title) in &plans.rows {
            let new = PaperToWrite {
                id: Some(self.record(SourceType::Plan, &plan_key(&link_key(*link)), *on)),
                title: plans.titles[*title].clone(),
                detail: None,
                kind: Some(plans.kind.clone()),
                from: Some(*on),
                until: None,
            };
            by_link.insert(link_key(*link), LinkPaper::New(new));
        }
        by_link
    }

    /// Common part of a record under some links; helpers, targets and programme follow from the links.
    fn about(&mut self, key: &str, of: SourceType, on: Date, title: &str, links: &[Key]) -> Result<About> {
        let id = Some(self.record(of, key, on));
        Ok(About {
            id,
            title: title.to_owned(),
            happened_on: on,
            links: self.all(links)?,
            ..About::default()
        })
    }

    fn visit(
        &mut self,
        key: &str,
        visits: &PerLink<impl Sized>,
        link: usize,
        on: Date,
        title: usize,
        by: Actor,
    ) -> Result<()> {
        let mut about =
            self.about(key, SourceType::Activity, on, &visits.titles[title], &[link_key(link)])?;
        about.participants = self.helper_of.get(&link_key(link)).cloned().into_iter().collect();
        let idempotency_key = format!("demo:{key}");
        let kind = visits.kind.clone();
        self.wait(on, by, ActivityRecord { idempotency_key, about, kind, persons: None });
        Ok(())
    }

    /// Adds programme, place, helpers and targets to a record; its place is the county if the row names neither place
    /// nor targets.
    fn full(&mut self, about: About, place: Option<&Key>, helpers: &[Key], targets: &[Key]) -> Result<About> {
        let programme = self.programme.clone();
        let place = place.cloned().or_else(|| targets.is_empty().then(|| super::roster::COUNTY.to_owned()));
        Ok(About {
            programmes: vec![self.id(&programme)?],
            region: place.map(|place| self.id(&place)).transpose()?,
            helpers: self.all(helpers)?,
            targets: self.all(targets)?,
            ..about
        })
    }

    fn activity(&mut self, row: &ActivityRow) -> Result<()> {
        let about = self.about(&row.key, SourceType::Activity, row.on, &row.title, &row.links)?;
        let mut about = self.full(about, row.place.as_ref(), &row.helpers, &row.targets)?;
        about.participants = self.all(&row.participants)?;
        let idempotency_key = format!("demo:{}", row.key);
        let (kind, persons) = (row.kind.clone(), Some(row.persons));
        self.wait(row.on, Actor::County, ActivityRecord { idempotency_key, about, kind, persons });
        Ok(())
    }

    fn project(&mut self, row: &ProjectRow) -> Result<()> {
        let about = self.about(&row.key, SourceType::Project, row.on, &row.title, &row.links)?;
        let about = self.full(about, row.place.as_ref(), &row.helpers, &row.targets)?;
        let fund = |(source, amount, granted_on): &(String, i64, Date)| ProjectFundInput {
            source: source.clone(),
            amount: Money(*amount),
            granted_on: *granted_on,
        };
        let granted = row.funds.iter().map(|(_, _, on)| *on).max().unwrap_or(row.on);
        let create = ProjectCreate {
            idempotency_key: format!("demo:{}", row.key),
            about,
            category: row.category.clone(),
            persons: Some(row.persons),
            funds: row.funds.iter().map(fund).collect(),
        };
        self.wait(row.on.max(granted), Actor::County, create);
        if let Some(on) = row.driven_on {
            let households: Vec<Key> = row.driven.iter().map(|nth| format!("H-{nth}")).collect();
            let add = ProjectHouseholdsAdd {
                idempotency_key: format!("demo:{}:driven", row.key),
                project: self.id(&row.key)?,
                expected_version: None,
                households: self.all(&households)?,
                on,
            };
            self.wait(on.max(granted), Actor::County, add);
        }
        Ok(())
    }

    fn contribution(&mut self, nth: usize, row: &ContributionRow) -> Result<()> {
        let about =
            self.about(&format!("SV-{nth}"), SourceType::Contribution, row.on, &row.title, &row.links)?;
        let record = ContributionRecord {
            idempotency_key: format!("demo:SV-{nth}"),
            about: self.full(about, row.place.as_ref(), &row.helpers, &row.targets)?,
            kind: row.kind.clone(),
            quantity: Some(Quantity::whole(row.quantity)),
            unit: Some(row.unit.clone()),
            amount: Some(Money(row.amount)),
        };
        self.wait(row.on, Actor::County, record);
        Ok(())
    }

    fn proposal(&mut self, nth: usize, row: &ProposalRow) -> Result<()> {
        let about = self.about(&format!("SG-{nth}"), SourceType::Proposal, row.on, &row.title, &row.links)?;
        let mut about = self.full(about, None, &row.helpers, &row.targets)?;
        about.origin = row.origin.as_deref().map(|origin| self.id(origin)).transpose()?;
        let idempotency_key = format!("demo:SG-{nth}");
        let kind = row.kind.clone();
        self.wait(row.on, Actor::County, ProposalFile { idempotency_key, about, kind });
        Ok(())
    }

    fn need(&mut self, row: &NeedRow) -> Result<()> {
        let about = self.about(&row.key, SourceType::Need, row.reported_on, &row.title, &row.links)?;
        let mut about = self.full(about, None, &[], std::slice::from_ref(&row.target))?;
        about.origin = row.origin.as_deref().map(|origin| self.id(origin)).transpose()?;
        let report = NeedReport {
            idempotency_key: format!("demo:{}", row.key),
            about,
            category: row.category.clone(),
            due_on: Some(row.due_on),
            persons: Some(row.persons),
        };
        self.wait(row.reported_on, Actor::County, report);
        let helper = row.helpers.first().map(|helper| self.id(helper)).transpose()?;
        let mut course = vec![
            (NeedStep::Match, row.matched_on),
            (NeedStep::Start, row.in_progress_on),
            (NeedStep::Resolve, row.resolved_on),
        ];
        course.extend(row.confirmed_on.map(|on| (NeedStep::Confirm, on)));
        for (step, on) in course {
            let advance = NeedAdvance {
                idempotency_key: format!("demo:{}:{step:?}", row.key),
                need: self.id(&row.key)?,
                expected_version: None,
                step,
                on,
                helper: helper.clone().filter(|_| step == NeedStep::Match),
                note: None,
                reason: None,
                satisfaction: row.satisfaction.filter(|_| step == NeedStep::Confirm),
            };
            self.wait(on, Actor::County, advance);
        }
        Ok(())
    }

    fn mark(&mut self, row: &MarkRow) -> Result<()> {
        for (subject, on) in &row.subjects {
            let key = format!("{}:{subject}", row.duty);
            let set = MarkSet {
                idempotency_key: format!("demo:{key}"),
                id: Some(self.record(SourceType::Mark, &key, *on)),
                duty: self.id(&row.duty)?,
                subject: self.id(subject)?,
                on: *on,
                quantity: Some(Quantity::whole(row.quantity)),
                title: Some(row.title.clone()),
                detail: None,
            };
            self.wait(*on, Actor::County, set);
        }
        Ok(())
    }

    /// The present quarter: some visits, new seats without a link, needs that nobody has taken up, a rejected record,
    /// and a link that is handed over.
    pub(super) fn present(&mut self, present: &Present, today: Date) -> Result<()> {
        let day = days_ago(today);
        for (nth, (link, ago, title)) in present.visits.rows.iter().enumerate() {
            let by = if *link <= 2 { Actor::Member } else { Actor::County };
            self.visit(&format!("PV-{nth}-{today}"), &present.visits, *link, day(*ago), *title, by)?;
        }
        for (member, person, name, party, committee, ago) in &present.new_members {
            let from = day(*ago);
            self.person(person, name, *party, None, from)?;
            let id = Some(self.reference(SourceType::Member, member, from));
            let appoint = MemberAppoint {
                idempotency_key: format!("demo:{member}"),
                id,
                person: self.id(person)?,
                organisation: self.id("CPPCC-QC")?,
                kind: MemberKind::CppccMember,
                tags: vec![],
                from,
            };
            self.wait(from, Actor::County, appoint);
            self.joins(committee, person, entity::committee_member::CommitteeRole::Member, from)?;
        }
        for (nth, need) in present.needs.iter().enumerate() {
            let on = day(need.days_ago);
            let about = self.about(&format!("PN-{nth}"), SourceType::Need, on, &need.title, &need.links)?;
            let report = NeedReport {
                idempotency_key: format!("demo:PN-{nth}"),
                about,
                category: need.category.clone(),
                due_on: None,
                persons: Some(need.persons),
            };
            self.wait(on, Actor::County, report);
        }
        self.corrected(present, day)
    }

    fn corrected(&mut self, present: &Present, day: impl Fn(i64) -> Date) -> Result<()> {
        let rejected = &present.rejected;
        let on = day(rejected.days_ago);
        let about = self.about("PR-1", SourceType::Activity, on, &rejected.title, &rejected.links)?;
        let (idempotency_key, kind) = ("demo:PR-1".to_owned(), rejected.kind.clone());
        self.wait(on, Actor::County, ActivityRecord { idempotency_key, about, kind, persons: None });
        let reject = RecordReject {
            idempotency_key: "demo:PR-1:reject".to_owned(),
            record: self.id("PR-1")?,
            expected_version: None,
            reason: rejected.reason.clone(),
        };
        self.wait(on, Actor::County, reject);
        let handover = &present.handover;
        let over = LinkHandOver {
            idempotency_key: "demo:handover".to_owned(),
            link: self.id(&handover.link)?,
            expected_version: None,
            helper: self.id(&handover.helper)?,
            on: day(handover.days_ago),
            to: None,
            end_reason: None,
            reason: handover.reason.clone(),
            plan: Some(LinkPaper::Known(self.id(&plan_key(&handover.link))?)),
            agreement: None,
        };
        self.wait(day(handover.days_ago), Actor::County, over);
        Ok(())
    }
}

/// Days of the present quarter, counted back from yesterday, so that nothing lies ahead of the clock.
fn days_ago(today: Date) -> impl Fn(i64) -> Date {
    let first = Date::from_ymd_opt(today.year(), today.month0() / 3 * 3 + 1, 1).unwrap_or(today);
    let last = day_before(today).max(first);
    let length = i64::from(Day::of(last).0 - Day::of(first).0) + 1;
    move |ago| last.checked_sub_days(Days::new((ago % length).unsigned_abs())).unwrap_or(last)
}

/// Key of a household link, numbered like its household.
fn link_key(nth: usize) -> Key {
    format!("HL-{nth}")
}

/// Key of the plan with which a link is made.
fn plan_key(link: &str) -> Key {
    format!("{link}/plan")
}
