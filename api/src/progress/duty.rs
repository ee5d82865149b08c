//! Duties 任务: what each subject owed in a period, and how much of it is done. Work is counted over the subject's own
//! records, by an indicator or by marks. A checklist is a list of duties, summed in units.

use entity::definition::Measured;
use entity::duty_rule::{self, DutyPeriod, DutySubject};
use entity::fact::SourceType;
use entity::fact_ref::RefRole;
use entity::ids::LinkRuleId;
use entity::values::{Date, Day, Quantity};
use sea_orm::{ActiveEnum, ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::condition::{passed, under};
use super::duties::counted;
use super::measure::regions;
use super::question::{GroupBy, Question};
use super::sql::Binder;
use platform::error::Result;

/// A duty, with the rows needed to count it.
#[derive(Clone, Debug)]
pub struct Duty {
    pub rule: duty_rule::Model,
    /// Measure of the duty's indicator; marks are counted if there is none.
    pub measured: Option<Measured>,
    /// Number of counted units that make one of the indicator's unit: 100 if fen are counted and the unit is yuan.
    pub divisor: i64,
    /// Link rules whose links have the duty: the rules that the duty names, or all of its programme and below.
    pub link_rules: Vec<LinkRuleId>,
    /// First day of the programme.
    pub programme_from: Date,
}

impl Duty {
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        self.rule.valid_from <= day && self.rule.valid_to.is_none_or(|to| to >= day)
    }
}

/// Standing of a duty in one group of the answer.
#[derive(Clone, Debug, Default, FromQueryResult)]
pub struct Standing {
    pub grp: Option<Uuid>,
    /// Subjects that owed something.
    pub due: i64,
    /// … and have done all of it.
    pub met: i64,
    /// Subjects that were there too short a time to owe anything.
    pub partial: i64,
    /// Thousandths done, of each subject at most what it owed.
    pub done: i64,
    /// Thousandths owed.
    pub owed: i64,
}

/// A subject that has not done what it owed.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Behind {
    pub ledger_id: i32,
    pub id: Uuid,
    pub owed: i64,
    pub done: i64,
}

/// The role in which a subject's records refer to it.
#[must_use]
pub const fn role(subject: DutySubject) -> RefRole {
    match subject {
        DutySubject::Link => RefRole::Link,
        DutySubject::Member => RefRole::HelperMember,
        DutySubject::Committee => RefRole::HelperCommittee,
        DutySubject::Organisation => RefRole::HelperOrganisation,
        DutySubject::Household => RefRole::TargetHousehold,
        DutySubject::Region => RefRole::TargetRegion,
        DutySubject::Programme => RefRole::Programme,
    }
}

/// Condition: the reference `w` makes a record the subject's own. A seat's own records are those that it helps in or
/// takes part in; a record that names it in both roles counts once.
pub fn own_work(subject: DutySubject) -> String {
    let own = format!("w.role = '{}'", role(subject).to_value());
    if subject != DutySubject::Member {
        return own;
    }
    format!(
        "({own} OR (w.role = 'participant' AND NOT EXISTS (SELECT 1 FROM fact_ref v WHERE v.ledger_id = w.ledger_id
             AND v.fact_id = w.fact_id AND v.ref_id = w.ref_id AND v.role = 'helper_member')))"
    )
}

/// Standing of the duty per group, in one period of the duty.
pub async fn standing(db: &impl ConnectionTrait, question: &Question, duty: &Duty) -> Result<Vec<Standing>> {
    let mut bind = Binder::new(db.get_database_backend());
    let with = question.with(&mut bind);
    let judged = judged(question, duty, &mut bind);
    let (done, owed) =
        (bind.sum("(CASE WHEN done < owed THEN done ELSE owed END)", 1, 1), bind.sum("owed", 1, 1));
    let sql = format!(
        "{with} SELECT grp,
             CAST(COALESCE(SUM(CASE WHEN owed > 0 THEN 1 ELSE 0 END), 0) AS BIGINT) AS due,
             CAST(COALESCE(SUM(CASE WHEN owed > 0 AND done >= owed THEN 1 ELSE 0 END), 0) AS BIGINT) AS met,
             CAST(COALESCE(SUM(CASE WHEN owed = 0 THEN 1 ELSE 0 END), 0) AS BIGINT) AS partial,
             {done} AS done, {owed} AS owed
         FROM ({judged}) j GROUP BY grp"
    );
    bind.all::<Standing>(db, sql).await
}

/// Subjects that still owe something, in the order of their ids.
pub async fn behind(db: &impl ConnectionTrait, question: &Question, duty: &Duty) -> Result<Vec<Behind>> {
    let mut bind = Binder::new(db.get_database_backend());
    let with = question.with(&mut bind);
    let judged = judged(question, duty, &mut bind);
    let sql = format!(
        "{with} SELECT ledger_id, id, CAST(owed AS BIGINT) AS owed, done FROM ({judged}) j WHERE done < owed ORDER BY id"
    );
    bind.all::<Behind>(db, sql).await
}

/// `SELECT` of the subjects, with what each owed and has done.
fn judged(question: &Question, duty: &Duty, bind: &mut Binder) -> String {
    let subjects = subjects(question, duty, bind);
    let done = done(question, duty, bind);
    let owed = owed(question, duty);
    format!(
        "SELECT s.grp, s.ledger_id, s.id, {owed} AS owed, COALESCE(d.n, 0) AS done
         FROM ({subjects}) s LEFT JOIN ({done}) d ON d.ref_id = s.id"
    )
}

/// `SELECT` of the subjects that were there, with their groups and their first and last days.
fn subjects(question: &Question, duty: &Duty, bind: &mut Binder) -> String {
    use DutySubject::{Household, Link, Programme, Region};
    let (subject, of_kinds) = (duty.rule.subject, &duty.rule.subject_kinds.0);
    if subject == Programme {
        return whole_programme(question, duty, bind);
    }
    let (key, joins) = question.group("l");
    let there = [question.known(bind, "l"), question.placed(bind, "l"), there(question, duty)].join(" AND ");
    let of_roster = !matches!(subject, Link | Household | Region) || !of_kinds.is_empty();
    let (from, which) = if of_roster {
        let kinds = kinds(of_kinds, bind, "l.kind");
        let of = bind.enums("l.source_type", &[source(subject)]);
        let from = if subject == Region { regions(bind) } else { "fact".to_owned() };
        (from, format!("{of} AND {kinds} AND l.step = 'recorded'"))
    } else {
        let (programme, under) = (question.of_programme(bind, "l"), under_rules(duty, bind));
        let which = format!("{programme} AND {under} AND l.source_type = 'link' AND l.step = 'active'");
        ("fact".to_owned(), which)
    };
    if of_roster || subject == Link {
        return format!(
            "SELECT {key} AS grp, l.ledger_id, l.source_id AS id, l.on_day, l.until_day
             FROM {from} l {joins} WHERE {there} AND {which}"
        );
    }
    let target = role(subject).to_value();
    format!(
        "SELECT {key} AS grp, l.ledger_id, h.ref_id AS id, MIN(l.on_day) AS on_day, MAX(l.until_day) AS until_day
         FROM {from} l JOIN fact_ref h ON h.ledger_id = l.ledger_id AND h.fact_id = l.id AND h.role = '{target}' {joins}
         WHERE {there} AND {which} GROUP BY 1, 2, 3"
    )
}

/// Condition: the subject was there. A duty that recurs (`is_cadence`) is owed by subjects that were there on any day
/// of the period, any other duty by subjects that were there on its last day.
fn there(question: &Question, duty: &Duty) -> String {
    let (first, last) = (question.period.first().0, question.period.last().0);
    let since = if is_cadence(duty) { first } else { last };
    format!("l.on_day <= {last} AND l.until_day >= {since}")
}

/// The type of a subject's own row.
pub const fn source(subject: DutySubject) -> SourceType {
    match subject {
        DutySubject::Link => SourceType::Link,
        DutySubject::Member => SourceType::Member,
        DutySubject::Committee => SourceType::Committee,
        DutySubject::Organisation => SourceType::Organisation,
        DutySubject::Household => SourceType::Household,
        DutySubject::Region => SourceType::Region,
        DutySubject::Programme => SourceType::Programme,
    }
}

/// The programme as the only subject. It belongs to no group, so it is there in totals and months only.
fn whole_programme(question: &Question, duty: &Duty, bind: &mut Binder) -> String {
    let (id, from) = (bind.bind(duty.rule.programme_id), Day::of(duty.programme_from).0);
    let ledger = question.ledgers.first().map_or(0, |ledger| ledger.0);
    let whole = matches!(question.group_by, GroupBy::Total | GroupBy::Month);
    format!(
        "SELECT CAST(NULL AS uuid) AS grp, {ledger} AS ledger_id, p.id, {from} AS on_day, {} AS until_day
         FROM programme p WHERE p.id = {id} AND {whole}",
        Day::NEVER.0
    )
}

fn kinds(kinds: &[String], bind: &mut Binder, column: &str) -> String {
    if kinds.is_empty() { "TRUE".to_owned() } else { bind.texts(column, kinds.iter().cloned()) }
}

fn under_rules(duty: &Duty, bind: &mut Binder) -> String {
    if duty.rule.link_rules.0.is_empty() {
        return "TRUE".to_owned();
    }
    match &duty.link_rules.iter().map(|id| id.0).collect::<Vec<_>>()[..] {
        [] => "FALSE".to_owned(),
        rules => under(rules, bind, "l"),
    }
}

/// True if the duty recurs in calendar periods and is owed in proportion. Items of checklists are owed whole.
pub fn is_cadence(duty: &Duty) -> bool {
    use DutyPeriod::{HalfYear, Month, Quarter, TwoMonths, TwoWeeks, Week, Year};
    duty.rule.checklist_id.is_none()
        && matches!(duty.rule.period, Week | TwoWeeks | Month | TwoMonths | Quarter | HalfYear | Year)
}

/// SQL of the thousandths owed: the target, if the subject was there every day of the period; otherwise its share by
/// days, in whole units. Of 3 visits a quarter, a subject of half a quarter owes 1.
fn owed(question: &Question, duty: &Duty) -> String {
    let target = duty.rule.target.0;
    if !is_cadence(duty) {
        return target.to_string();
    }
    let (first, last) = (question.period.first().0, question.period.last().0);
    let (days, scale) = (last - first + 1, Quantity::SCALE);
    let from = format!("(CASE WHEN s.on_day > {first} THEN s.on_day ELSE {first} END)");
    let to = format!("(CASE WHEN s.until_day < {last} THEN s.until_day ELSE {last} END)");
    let share = format!("({target} * ({to} - {from} + 1) / ({days} * {scale})) * {scale}");
    format!("(CASE WHEN s.on_day <= {first} AND s.until_day >= {last} THEN {target} ELSE {share} END)")
}

/// `SELECT` of the thousandths that each subject has done: its marks, or the indicator's measure over its own records.
/// One pass over the facts of the period, whatever the number of subjects; ids are unique over all ledgers.
fn done(question: &Question, duty: &Duty, bind: &mut Binder) -> String {
    let own_work = own_work(duty.rule.subject);
    let everywhere = Question { programme: None, place: None, ..question.clone() };
    let (measured, value, answers) = counted(duty, bind, "m");
    let (passed, clock) = (passed(&everywhere, &measured, bind, "m"), question.clock("m"));
    format!(
        "SELECT w.ref_id, CAST({value} AS BIGINT) AS n FROM fact m
         JOIN fact_ref w ON w.ledger_id = m.ledger_id AND w.fact_id = m.id AND {own_work} {clock}
         WHERE {passed} AND {answers} GROUP BY w.ref_id"
    )
}
