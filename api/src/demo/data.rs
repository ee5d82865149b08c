//! The scenario in `data/demo/qingchuan.json`. Tuples are rows; keys refer to rows of other lists.

use entity::committee::CommitteeKind;
use entity::committee_member::CommitteeRole;
use entity::duty_rule::{DutyPeriod, DutySubject};
use entity::fact_ref::PartyKind;
use entity::industry_unit::IndustryUnitKind;
use entity::link_rule::Obligation;
use entity::member::MemberKind;
use entity::organisation::{OrganisationKind, System};
use entity::record::Satisfaction;
use entity::role_grant::Role;
use entity::values::Date;
use serde::Deserialize;

/// Key by which other rows refer to a row.
pub type Key = String;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scenario {
    pub home: Home,
    pub organisations: Vec<(Key, String, String, OrganisationKind, System)>,
    pub committees: Vec<(Key, Key, String, CommitteeKind, Date)>,
    pub persons: Vec<(Key, String, bool, Option<String>)>,
    pub members: Vec<(Key, Key, Key, MemberKind, Date)>,
    pub committee_members: Vec<(Key, Key, CommitteeRole, Date, Option<Date>)>,
    pub industries: Vec<(Key, String, String, Option<i32>)>,
    pub industry_units: Vec<(Key, IndustryUnitKind, String, String, Date)>,
    pub villages: Vec<(Key, String, i32, i32, Option<String>)>,
    pub region_designations: Vec<(String, String, Date)>,
    pub households_from: Date,
    pub households: Vec<HouseholdRow>,
    pub programmes: Vec<ProgrammeRow>,
    pub link_rules: Vec<LinkRuleRow>,
    pub duty_rules: Vec<DutyRuleRow>,
    pub checklists: Vec<ChecklistRow>,
    pub links: Vec<(Key, Key, Key, Key, Date)>,
    pub records: Records,
    pub present: Present,
    pub accounts: Vec<AccountRow>,
}

/// Name, password, role, region, organisation, person.
pub type AccountRow = (String, String, Option<Role>, String, Option<Key>, Option<Key>);

#[derive(Deserialize)]
pub struct Home {
    pub programme: String,
}

/// Village, number, head, address, housing, safe water, medical cover, designations, family, income by year.
pub type HouseholdRow = (
    String,
    String,
    String,
    String,
    String,
    bool,
    bool,
    Vec<(String, Date)>,
    Vec<(String, String, i32)>,
    Vec<(i32, i64, i64, i64, i64)>,
);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProgrammeRow {
    pub code: String,
    pub parent: Option<String>,
    pub organisation: Key,
    pub name: String,
    pub name_en: String,
    pub from: Date,
    pub description: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkRuleRow {
    pub code: String,
    pub name: String,
    pub group: Option<String>,
    pub helper_kind: PartyKind,
    pub helper_filter: Vec<String>,
    pub target_kind: PartyKind,
    pub target_designation: Option<String>,
    pub min_per_helper: Option<i32>,
    pub max_per_helper: Option<i32>,
    pub plan_required: bool,
    pub exemption_allowed: bool,
    pub obligation: Obligation,
    pub from: Date,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DutyRuleRow {
    pub code: String,
    pub name: String,
    pub subject: DutySubject,
    pub link_rules: Vec<String>,
    pub indicator: String,
    pub target: i64,
    pub period: DutyPeriod,
    pub obligation: Obligation,
    pub from: Date,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChecklistRow {
    pub code: String,
    pub name: String,
    pub subject: DutySubject,
    pub link_rules: Vec<String>,
    pub period: DutyPeriod,
    pub obligation: Obligation,
    pub from: Date,
    pub items: Vec<ItemRow>,
}

#[derive(Deserialize)]
pub struct ItemRow {
    pub code: String,
    pub name: String,
    pub target: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Records {
    pub household_visits: PerLink<Date>,
    pub household_plans: PerLink<Date>,
    pub activities: Vec<ActivityRow>,
    pub projects: Vec<ProjectRow>,
    pub contributions: Vec<ContributionRow>,
    pub proposals: Vec<ProposalRow>,
    pub needs: Vec<NeedRow>,
    pub marks: Vec<MarkRow>,
}

/// Records of household links: number of the link, day, number of the title.
#[derive(Deserialize)]
pub struct PerLink<T> {
    pub kind: String,
    pub titles: Vec<String>,
    pub rows: Vec<(usize, T, usize)>,
}

#[derive(Deserialize)]
pub struct ActivityRow {
    pub key: Key,
    pub kind: String,
    pub on: Date,
    pub title: String,
    pub place: Option<Key>,
    pub helpers: Vec<Key>,
    pub targets: Vec<Key>,
    pub participants: Vec<Key>,
    pub links: Vec<Key>,
    pub persons: i32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectRow {
    pub key: Key,
    pub category: String,
    pub on: Date,
    pub title: String,
    pub place: Option<Key>,
    pub helpers: Vec<Key>,
    pub targets: Vec<Key>,
    pub links: Vec<Key>,
    pub persons: i32,
    pub funds: Vec<(String, i64, Date)>,
    pub driven_on: Option<Date>,
    pub driven: Vec<usize>,
}

#[derive(Deserialize)]
pub struct ContributionRow {
    pub kind: String,
    pub on: Date,
    pub title: String,
    pub place: Option<Key>,
    pub helpers: Vec<Key>,
    pub targets: Vec<Key>,
    pub links: Vec<Key>,
    pub quantity: i64,
    pub unit: String,
    pub amount: i64,
}

#[derive(Deserialize)]
pub struct ProposalRow {
    pub kind: String,
    pub on: Date,
    pub title: String,
    pub helpers: Vec<Key>,
    pub targets: Vec<Key>,
    pub links: Vec<Key>,
    pub origin: Option<Key>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NeedRow {
    pub key: Key,
    pub target: Key,
    pub category: String,
    pub title: String,
    pub reported_on: Date,
    pub due_on: Date,
    pub matched_on: Date,
    pub in_progress_on: Date,
    pub resolved_on: Date,
    pub confirmed_on: Option<Date>,
    pub satisfaction: Option<Satisfaction>,
    pub helpers: Vec<Key>,
    pub links: Vec<Key>,
    pub persons: i32,
    pub origin: Option<Key>,
}

#[derive(Deserialize)]
pub struct MarkRow {
    pub duty: String,
    pub title: String,
    pub quantity: i64,
    pub subjects: Vec<(Key, Date)>,
}

/// The unfinished present quarter; days are counted back from today.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Present {
    pub visits: PerLink<i64>,
    /// Seat, person, name, Party member, committee, days ago.
    pub new_members: Vec<(Key, Key, String, bool, Key, i64)>,
    pub needs: Vec<PresentNeed>,
    pub rejected: Rejected,
    pub handover: Handover,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PresentNeed {
    pub category: String,
    pub title: String,
    pub days_ago: i64,
    pub links: Vec<Key>,
    pub persons: i32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rejected {
    pub kind: String,
    pub title: String,
    pub days_ago: i64,
    pub links: Vec<Key>,
    pub reason: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Handover {
    pub link: Key,
    pub helper: Key,
    pub days_ago: i64,
    pub reason: String,
}

/// A row of `data/regions.csv`.
#[derive(Deserialize)]
pub struct Place {
    pub code: String,
    pub level: String,
    pub parent: Option<String>,
    pub name: String,
}
