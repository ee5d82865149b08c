//! Rule compliance 规则达标: how many subjects in scope, without the exempt, meet a group of link rules. On the
//! helper's side the rules of a group are met together; on the target's side each rule stands alone, because each has
//! targets of its own.

use entity::fact::{SourceType, Step};
use entity::fact_ref::RefRole;
use entity::link_rule;
use sea_orm::{ActiveEnum, ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::measure::regions;
use super::question::Question;
use super::sql::Binder;
use platform::error::Result;

/// Side of a link that must meet a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Helper,
    Target,
}

/// Link rules that are met together, or one that stands alone.
#[derive(Clone, Debug)]
pub struct RuleGroup {
    pub side: Side,
    pub code: String,
    pub rules: Vec<link_rule::Model>,
    /// For each rule, the ids of the rules whose links count for it: those of its code, of any time, in its programme
    /// or below.
    pub served_by: Vec<Vec<Uuid>>,
}

/// Compliance with a group of rules, in one group of the answer.
#[derive(Clone, Debug, Default, FromQueryResult)]
pub struct Compliance {
    pub grp: Option<Uuid>,
    /// Subjects in scope, without the exempt.
    pub subjects: i64,
    /// Subjects in scope that meet every rule.
    pub met: i64,
    /// Subjects in scope that have a link under at least one of the rules.
    pub floor: i64,
    pub exempt: i64,
}

/// A subject that does not meet the rules.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Unmet {
    pub ledger_id: i32,
    pub id: Uuid,
    /// Number of its links under the rules.
    pub links: i64,
}

/// Groups of the rules that ask for a least number of links per helper. `all` are the rules of the programme and below,
/// of any time: links under rules of the same code count.
#[must_use]
pub fn groups(rules: Vec<link_rule::Model>, all: &[link_rule::Model]) -> Vec<RuleGroup> {
    let mut groups: Vec<RuleGroup> = vec![];
    for rule in rules.into_iter().filter(|rule| rule.min_per_helper.is_some_and(|least| least > 0)) {
        let code = rule.group_code.clone().unwrap_or_else(|| rule.code.clone());
        let served_by = served_by(&rule, all);
        let at = groups.iter().position(|group| group.code == code).unwrap_or_else(|| {
            groups.push(RuleGroup { side: Side::Helper, code, rules: vec![], served_by: vec![] });
            groups.len() - 1
        });
        groups[at].rules.push(rule);
        groups[at].served_by.push(served_by);
    }
    groups
}

/// Rules that ask for a least number of links per target, each as a group of its own.
#[must_use]
pub fn of_targets(rules: Vec<link_rule::Model>, all: &[link_rule::Model]) -> Vec<RuleGroup> {
    let asks = |rule: &link_rule::Model| rule.min_per_target.is_some_and(|least| least > 0);
    let alone = |rule: link_rule::Model| RuleGroup {
        side: Side::Target,
        code: rule.code.clone(),
        served_by: vec![served_by(&rule, all)],
        rules: vec![rule],
    };
    rules.into_iter().filter(asks).map(alone).collect()
}

fn served_by(rule: &link_rule::Model, all: &[link_rule::Model]) -> Vec<Uuid> {
    all.iter().filter(|other| other.code == rule.code).map(|other| other.id.0).collect()
}

pub async fn compliance(
    db: &impl ConnectionTrait,
    question: &Question,
    group: &RuleGroup,
) -> Result<Vec<Compliance>> {
    let mut bind = Binder::new(db.get_database_backend());
    let with = question.with(&mut bind);
    let subjects = subjects(question, group, &mut bind);
    let counted = |condition: &str| {
        format!("CAST(COALESCE(SUM(CASE WHEN {condition} THEN 1 ELSE 0 END), 0) AS BIGINT)")
    };
    let met = met(group);
    let sql = format!(
        "{with} SELECT grp, {} AS subjects, {} AS met, {} AS floor, {} AS exempt FROM ({subjects}) j GROUP BY grp",
        counted("exempt = 0"),
        counted(&format!("exempt = 0 AND {met}")),
        counted(&format!("exempt = 0 AND {} > 0", links(group))),
        counted("exempt > 0"),
    );
    bind.all::<Compliance>(db, sql).await
}

/// Subjects that do not meet the rules, in the order of their ids.
pub async fn unmet(db: &impl ConnectionTrait, question: &Question, group: &RuleGroup) -> Result<Vec<Unmet>> {
    let mut bind = Binder::new(db.get_database_backend());
    let with = question.with(&mut bind);
    let subjects = subjects(question, group, &mut bind);
    let (met, links) = (met(group), links(group));
    let sql = format!(
        "{with} SELECT ledger_id, id, CAST({links} AS BIGINT) AS links FROM ({subjects}) j WHERE exempt = 0 AND NOT ({met}) ORDER BY id"
    );
    bind.all::<Unmet>(db, sql).await
}

fn met(group: &RuleGroup) -> String {
    let each = group.rules.iter().enumerate().map(|(nth, rule)| {
        let least = match group.side {
            Side::Helper => rule.min_per_helper,
            Side::Target => rule.min_per_target,
        };
        let least = least.unwrap_or(1);
        format!("links_{nth} >= {least}")
    });
    each.collect::<Vec<_>>().join(" AND ")
}

fn links(group: &RuleGroup) -> String {
    let each: Vec<_> = (0..group.rules.len()).map(|nth| format!("links_{nth}")).collect();
    format!("({})", each.join(" + "))
}

/// `SELECT` of the subjects of the roster, with their links under each rule and their exemptions, on the last day.
fn subjects(question: &Question, group: &RuleGroup, bind: &mut Binder) -> String {
    let (key, joins) = question.group("f");
    let rule = &group.rules[0];
    let (Subjects { of, which }, part) = match group.side {
        Side::Helper => (helpers(question, rule, bind), RefRole::helper(rule.helper_kind)),
        Side::Target => (targets(question, rule, bind), Some(RefRole::target(rule.target_kind))),
    };
    let part = part.unwrap_or(RefRole::HelperMember).to_value();
    let placed = question.placed(bind, "f");
    let (mut columns, mut tables) = (vec![], vec![]);
    for (nth, rules) in group.served_by.iter().enumerate() {
        columns.push(format!("COALESCE(t{nth}.n, 0) AS links_{nth}"));
        let links = served(question, bind, &part, "link", rules);
        tables.push(format!("{links} t{nth} ON t{nth}.ref_id = f.source_id"));
    }
    // Only helpers can be exempt.
    let exempt = match group.side {
        Side::Helper => {
            let excused = served(question, bind, &part, "exemption", &group.served_by.concat());
            tables.push(format!("{excused} x ON x.ref_id = f.source_id"));
            "COALESCE(x.n, 0)"
        }
        Side::Target => "0",
    };
    format!(
        "SELECT {key} AS grp, f.ledger_id, f.source_id AS id, {}, {exempt} AS exempt FROM {of} f {joins} {}
         WHERE {placed} AND {which}",
        columns.join(", "),
        tables.join(" "),
    )
}

/// Subjects that must meet a rule, each once: the table of alias `f`, and the condition that picks its rows.
struct Subjects {
    of: String,
    which: String,
}

/// Seats, committees or organisations of the rule's kinds.
fn helpers(question: &Question, rule: &link_rule::Model, bind: &mut Binder) -> Subjects {
    let of = rule.helper_kind.source();
    let kinds = match &rule.helper_filter.0[..] {
        [] => "TRUE".to_owned(),
        kinds => bind.texts("f.kind", kinds.iter().cloned()),
    };
    facts(format!("{} AND {kinds}", there(question, of, Step::Recorded, bind)))
}

fn facts(which: String) -> Subjects {
    Subjects { of: "fact".to_owned(), which }
}

/// Targets of the rule: those with the designation it asks for; without one, all of the rule's kind of target; of
/// regions, all villages.
fn targets(question: &Question, rule: &link_rule::Model, bind: &mut Binder) -> Subjects {
    let of = rule.target_kind.source();
    match (rule.target_designation_id, of) {
        (Some(wanted), _) => {
            let wanted = bind.bind(wanted);
            let designated = there(question, of, Step::Designated, bind);
            facts(format!(
                "{designated} AND EXISTS (SELECT 1 FROM fact_ref d WHERE d.ledger_id = f.ledger_id
                     AND d.fact_id = f.id AND d.role = 'tag' AND d.ref_id = {wanted})"
            ))
        }
        (None, SourceType::Region) => {
            let villages = format!("{} AND f.kind = 'VILLAGE'", there(question, of, Step::Recorded, bind));
            Subjects { of: regions(bind), which: villages }
        }
        (None, of) => facts(there(question, of, Step::Recorded, bind)),
    }
}

/// Condition: the fact `f` is of this type and step, was known, and holds on the last day.
fn there(question: &Question, of: SourceType, step: Step, bind: &mut Binder) -> String {
    let last = question.period.last().0;
    let known = question.known(bind, "f");
    let of = bind.enums("f.source_type", &[of]);
    let step = bind.enums("f.step", &[step]);
    format!("{known} AND {of} AND {step} AND f.on_day <= {last} AND f.until_day >= {last}")
}

/// `LEFT JOIN` of the number of links, or exemptions, that each subject has under the rules on the last day, in any
/// ledger of the question. One pass over the facts that name the rules, whatever the number of subjects.
fn served(question: &Question, bind: &mut Binder, role: &str, of: &str, rules: &[Uuid]) -> String {
    let last = question.period.last().0;
    let (known, clock) = (question.known(bind, "v"), question.clock("v"));
    let anywhere = bind.ledgers("r.ledger_id", &question.ledgers);
    let rules = bind.ids("r.ref_id", rules);
    let of = bind.bind(of);
    format!(
        "LEFT JOIN (SELECT w.ref_id, COUNT(DISTINCT v.source_id) AS n FROM fact_ref r
             JOIN fact v ON v.ledger_id = r.ledger_id AND v.id = r.fact_id
             JOIN fact_ref w ON w.ledger_id = v.ledger_id AND w.fact_id = v.id AND w.role = '{role}' {clock}
             WHERE {anywhere} AND {rules} AND r.role = 'rule' AND {known}
               AND v.source_type = {of} AND v.step = 'active' AND v.verification = 'verified'
               AND v.on_day <= {last} AND v.until_day >= {last} GROUP BY w.ref_id)"
    )
}
