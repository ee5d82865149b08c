//! SQL conditions that a fact must pass to be measured: its own fields, its day and place, and its references.

use entity::definition::{DateBasis, Measured, TimeKind};
use entity::fact::SourceType;
use entity::fact_ref::RefRole;
use uuid::Uuid;

use super::question::Question;
use super::sql::Binder;

/// True if facts of this type name programmes; rows of the roster do not.
pub const fn names_programmes(of: SourceType) -> bool {
    use SourceType::{Activity, Contribution, Exemption, Link, Mark, Need, Outcome, Plan, Project, Proposal};
    matches!(
        of,
        Link | Exemption | Activity | Need | Project | Contribution | Outcome | Plan | Mark | Proposal
    )
}

/// All conditions that a fact `f` must pass to be measured.
pub fn passed(question: &Question, measured: &Measured, bind: &mut Binder, f: &str) -> String {
    let mut all = vec![question.known(bind, f), question.placed(bind, f)];
    if names_programmes(measured.of) {
        all.push(question.of_programme(bind, f));
    }
    let (first, last) = (question.period.first().0, question.period.last().0);
    all.push(match measured.time {
        TimeKind::Stock => format!("{f}.on_day <= {last} AND {f}.until_day >= {last}"),
        TimeKind::Flow => format!("{f}.{} BETWEEN {first} AND {last}", day(measured)),
    });
    all.push(fulfilled(question, measured, bind, f));
    all.join(" AND ")
}

/// Column with the day that places a flow.
pub const fn day(measured: &Measured) -> &'static str {
    match measured.date {
        DateBasis::Step => "on_day",
        DateBasis::Happened => "base_day",
    }
}

/// Conditions on the fact `f` itself and its references, without time, place and programme.
pub fn fulfilled(question: &Question, measured: &Measured, bind: &mut Binder, f: &str) -> String {
    let mut all = vec![itself(question, measured, bind, f)];
    references(question, measured, bind, f, &mut all);
    designations(question, measured, bind, f, &mut all);
    for (limit, compared) in [(measured.quantity_from, ">="), (measured.quantity_to, "<=")] {
        if let Some(limit) = limit {
            all.push(format!("{f}.quantity {compared} {}", limit.0));
        }
    }
    all.join(" AND ")
}

/// Condition: the fact `f` refers, in one of the roles, to a row that passes `condition` on `x`.
fn refers(bind: &mut Binder, f: &str, roles: &[RefRole], condition: &str) -> String {
    let roles = bind.enums("x.role", roles);
    format!(
        "EXISTS (SELECT 1 FROM fact_ref x WHERE x.ledger_id = {f}.ledger_id AND x.fact_id = {f}.id AND {roles} AND {condition})"
    )
}

const HELPERS: [RefRole; 3] = [RefRole::HelperMember, RefRole::HelperCommittee, RefRole::HelperOrganisation];
const TARGETS: [RefRole; 6] = [
    RefRole::TargetHousehold,
    RefRole::TargetRegion,
    RefRole::TargetIndustry,
    RefRole::TargetOrganisation,
    RefRole::TargetCommittee,
    RefRole::TargetMember,
];

/// Condition: the fact `f` names one of the rules; true if no rules are given.
pub fn under(rules: &[Uuid], bind: &mut Binder, f: &str) -> String {
    if rules.is_empty() {
        return "TRUE".to_owned();
    }
    let ids = bind.ids("x.ref_id", rules);
    refers(bind, f, &[RefRole::Rule], &ids)
}

fn references(question: &Question, measured: &Measured, bind: &mut Binder, f: &str, all: &mut Vec<String>) {
    if !measured.tags.is_empty() {
        let ids = bind.ids("x.ref_id", &measured.tags);
        all.push(refers(bind, f, &[RefRole::Tag], &ids));
    }
    all.push(under(&measured.rules, bind, f));
    if !measured.helpers.is_empty() {
        let roles: Vec<_> = measured.helpers.iter().filter_map(|kind| RefRole::helper(*kind)).collect();
        all.push(refers(bind, f, &roles, "TRUE"));
    }
    if !measured.targets.is_empty() {
        let roles: Vec<_> = measured.targets.iter().map(|kind| RefRole::target(*kind)).collect();
        all.push(refers(bind, f, &roles, "TRUE"));
    }
    if let Some(helper) = measured.helper {
        let id = bind.ids("x.ref_id", &[helper]);
        all.push(refers(bind, f, &HELPERS, &id));
    }
    if let Some(target) = measured.target {
        let id = bind.ids("x.ref_id", &[target]);
        all.push(refers(bind, f, &TARGETS, &id));
    }
    if !measured.helper_kinds.is_empty() {
        let kinds = bind.texts("h.kind", measured.helper_kinds.iter().cloned());
        let of_kind = described(question, &["member", "committee", "organisation"], &kinds);
        all.push(refers(bind, f, &HELPERS, &format!("({of_kind})")));
    }
    if !measured.helper_tags.is_empty() {
        let tags = bind.ids("t.ref_id", &measured.helper_tags);
        let tagged = format!(
            "EXISTS (SELECT 1 FROM fact_ref t WHERE t.ledger_id = h.ledger_id AND t.fact_id = h.id
                 AND t.role = 'tag' AND {tags})"
        );
        let tagged = described(question, &["member"], &tagged);
        all.push(refers(bind, f, &[RefRole::HelperMember, RefRole::Participant], &tagged));
    }
    if !measured.target_kinds.is_empty() {
        let kinds = bind.texts("h.kind", measured.target_kinds.iter().cloned());
        let levels = bind.texts("UPPER(p.level)", measured.target_kinds.iter().cloned());
        let of_kind = described(question, &["member", "committee", "organisation"], &kinds);
        let of_level = format!("EXISTS (SELECT 1 FROM region p WHERE p.id = x.ref_id AND {levels})");
        all.push(refers(bind, f, &TARGETS, &format!("({of_kind} OR {of_level})")));
    }
    if let Some(origin) = measured.origin {
        let of = bind.enums("o.source_type", &[origin]);
        let record = format!(
            "EXISTS (SELECT 1 FROM record o WHERE o.ledger_id = x.ledger_id AND o.id = x.ref_id AND {of})"
        );
        all.push(refers(bind, f, &[RefRole::Origin], &record));
    }
}

/// Condition: `x` refers to a row, in one of these tables of the roster, whose fact `h` passes `condition`. In a
/// question about the past, the fact that was known then.
fn described(question: &Question, tables: &[&str], condition: &str) -> String {
    let (known, clock) = (question.known_anywhere("h"), question.clock_anywhere("h"));
    let each = tables.iter().map(|table| {
        format!(
            "EXISTS (SELECT 1 FROM {table} p JOIN fact h ON h.ledger_id = p.keeper_id AND h.source_id = p.id {clock}
                 WHERE p.id = x.ref_id AND h.step = 'recorded' AND {condition} AND {known})"
        )
    });
    each.collect::<Vec<_>>().join(" OR ")
}

/// Conditions on designations of the target and of the place: they held on the fact's day, or, for a stock of the
/// roster, on the last day of the period. In a question about the past, the designations known then.
fn designations(question: &Question, measured: &Measured, bind: &mut Binder, f: &str, all: &mut Vec<String>) {
    let of_roster = measured.time == TimeKind::Stock && !names_programmes(measured.of);
    let day = if of_roster { question.period.last().0.to_string() } else { format!("{f}.on_day") };
    let held = |wanted: Uuid, owner: &str, bind: &mut Binder| {
        let (known, clock, category) = (question.known(bind, "g"), question.clock("g"), bind.bind(wanted));
        format!(
            "EXISTS (SELECT 1 FROM fact g JOIN fact_ref t ON t.ledger_id = g.ledger_id AND t.fact_id = g.id {clock}
                 WHERE {known} AND g.source_id = {owner} AND g.step = 'designated' AND t.role = 'tag'
                   AND t.ref_id = {category} AND g.on_day <= {day} AND g.until_day >= {day})"
        )
    };
    if let Some(wanted) = measured.target_designation {
        let condition = held(wanted, "x.ref_id", bind);
        all.push(refers(bind, f, &[RefRole::TargetHousehold, RefRole::TargetRegion], &condition));
    }
    if let Some(wanted) = measured.place_designation {
        all.push(held(wanted, &format!("{f}.region_id"), bind));
    }
}

/// Conditions on fields that facts and cells share: type, step, verification, kind and category.
pub fn itself(question: &Question, measured: &Measured, bind: &mut Binder, f: &str) -> String {
    let step = measured.step.unwrap_or(measured.of.first_step());
    let mut conditions = vec![
        bind.enums(&format!("{f}.source_type"), &[measured.of]),
        bind.enums(&format!("{f}.step"), &[step]),
        bind.enums(&format!("{f}.verification"), &question.verification),
    ];
    if !measured.kinds.is_empty() {
        conditions.push(bind.texts(&format!("{f}.kind"), measured.kinds.iter().cloned()));
    }
    if !measured.categories.is_empty() {
        conditions.push(bind.texts(&format!("{f}.category"), measured.categories.iter().cloned()));
    }
    if !measured.except_categories.is_empty() {
        let others = measured.except_categories.iter().cloned();
        conditions.push(bind.other_texts(&format!("{f}.category"), others));
    }
    conditions.join(" AND ")
}
