//! One engine for all indicators: a filter and a measure become one `SELECT` over facts, or over cells (sums kept
//! ready) if these suffice. No indicator has code of its own.

use entity::definition::{DateBasis, Definition, Measure, Measured, TimeKind};
use entity::fact::OPEN;
use entity::fact_ref::{PartyKind, RefRole};
use sea_orm::ActiveEnum;

use super::condition::{itself, names_programmes, passed, under};
use super::pattern::{is_region, may_rest_on_people, personal_roles};
use super::question::{GroupBy, Question};
use super::sql::Binder;

/// `SELECT grp, value` of an indicator's numerator, or of its only measure.
pub fn numerator(question: &Question, definition: &Definition, bind: &mut Binder) -> String {
    let parts = || std::iter::once(&definition.measure).chain(&definition.or);
    let union = |question: &Question, bind: &mut Binder| {
        let each: Vec<_> = parts().map(|part| told_apart(question, part, bind)).collect();
        each.join(" UNION ")
    };
    match &definition.denominator {
        Some(whole) if definition.of_denominator => {
            let whole = told_apart(question, whole, bind);
            let counted = union(&question.everywhere(), bind);
            format!(
                "SELECT s.grp, COUNT(DISTINCT s.id) AS value FROM ({whole}) s
                 WHERE s.id IN (SELECT u.id FROM ({counted}) u) GROUP BY s.grp"
            )
        }
        _ if definition.or.is_empty() => select(question, &definition.measure, bind),
        _ => {
            let counted = union(question, bind);
            different(&counted)
        }
    }
}

/// `SELECT grp, value`: the number of different ids per group.
fn different(things: &str) -> String {
    format!("SELECT u.grp, COUNT(DISTINCT u.id) AS value FROM ({things}) u GROUP BY u.grp")
}

/// `SELECT grp, id` of the references whose different values a part counts.
fn told_apart(question: &Question, measured: &Measured, bind: &mut Binder) -> String {
    let (key, joins) = question.group("f");
    let from = source(measured, bind);
    let by = measured.by.unwrap_or(RefRole::TargetHousehold).to_value();
    let passed = passed(question, measured, bind, "f");
    if is_region(measured) {
        return format!("SELECT {key} AS grp, f.source_id AS id FROM {from} f {joins} WHERE {passed}");
    }
    format!(
        "SELECT {key} AS grp, d.ref_id AS id FROM {from} f
             JOIN fact_ref d ON d.ledger_id = f.ledger_id AND d.fact_id = f.id AND d.role = '{by}' {joins}
             WHERE {passed}"
    )
}

/// Table or subquery that holds the facts of a part.
fn source(measured: &Measured, bind: &Binder) -> String {
    if is_region(measured) { regions(bind) } else { "fact".to_owned() }
}

/// Subquery of the regions of the tree, in the shape of facts, each in the ledger of its county, city or province. The
/// tree has no clock: a question about the past reads the regions as known today.
pub fn regions(bind: &Binder) -> String {
    let (from, to) = (bind.day("r.valid_from"), bind.day("r.valid_to"));
    format!(
        "(SELECT COALESCE(lc.id, li.id, lp.id) AS ledger_id, r.id, r.id AS source_id, 'region' AS source_type,
             'recorded' AS step, UPPER(r.level) AS kind, '' AS category, r.id AS region_id, {from} AS on_day,
             {from} AS base_day, {to} AS until_day, 'verified' AS verification, 0 AS quantity,
             0 AS from_seq, {OPEN} AS until_seq
         FROM region r LEFT JOIN ledger lc ON lc.region_id = r.county_id
             LEFT JOIN ledger li ON li.region_id = r.city_id LEFT JOIN ledger lp ON lp.region_id = r.province_id)"
    )
}

/// `SELECT grp, value` of a measured part, over cells if they suffice.
pub fn select(question: &Question, measured: &Measured, bind: &mut Binder) -> String {
    if cells_suffice(question, measured) {
        from_cells(question, measured, bind)
    } else {
        from_facts(question, measured, bind)
    }
}

/// True if cells suffice: they hold the present, whole months, whole ledgers, and only a fact's own fields.
pub fn cells_suffice(question: &Question, measured: &Measured) -> bool {
    let additive = match measured.measure {
        Measure::Count => true,
        Measure::SumQuantity | Measure::SumAmount | Measure::SumPersons => measured.time == TimeKind::Flow,
        Measure::Distinct | Measure::HouseholdPersons | Measure::Minimum | Measure::Latest => false,
    };
    let days = match measured.time {
        TimeKind::Flow => measured.date == DateBasis::Step && question.period.whole_months().is_some(),
        TimeKind::Stock => question.period.ends_a_month(),
    };
    let plain = !is_region(measured)
        && measured.tags.is_empty()
        && measured.rules.is_empty()
        && measured.helper_kinds.is_empty()
        && measured.helper_tags.is_empty()
        && measured.helper.is_none()
        && measured.target.is_none()
        && measured.target_kinds.is_empty()
        && measured.target_designation.is_none()
        && measured.place_designation.is_none()
        && measured.origin.is_none()
        && measured.quantity_from.is_none()
        && measured.quantity_to.is_none();
    let grouped =
        matches!(question.group_by, GroupBy::Total | GroupBy::City | GroupBy::County | GroupBy::Month);
    additive && days && plain && grouped && question.as_of.is_none() && question.place.is_none()
}

fn from_cells(question: &Question, measured: &Measured, bind: &mut Binder) -> String {
    let (key, joins) = question.group("f");
    let last = entity::values::month_number(question.period.to);
    let (value, months) = match (measured.time, measured.measure) {
        (TimeKind::Stock, _) => ("(f.begun - f.ended)", format!("f.month <= {last}")),
        (TimeKind::Flow, measure) => {
            let column = match measure {
                Measure::SumQuantity => "f.quantity",
                Measure::SumAmount => "f.amount",
                Measure::SumPersons => "f.persons",
                _ => "f.begun",
            };
            let first = entity::values::month_number(question.period.from);
            (column, format!("f.month BETWEEN {first} AND {last}"))
        }
    };
    let programme = question.programme.filter(|_| names_programmes(measured.of));
    let conditions = [
        bind.ledgers("f.ledger_id", &question.ledgers),
        format!("f.programme_id = {}", bind.bind(programme.unwrap_or(crate::ledger::ALL_PROGRAMMES))),
        itself(question, measured, bind, "f"),
        months,
        parties(&measured.helpers, RefRole::helper),
        parties(&measured.targets, |kind| Some(RefRole::target(kind))),
    ];
    format!(
        "SELECT {key} AS grp, {} AS value FROM cell f {joins} WHERE {} GROUP BY 1",
        bind.sum(value, 1, 1),
        conditions.join(" AND ")
    )
}

/// Condition: the facts of the cell `f` have a party of one of these kinds.
fn parties(kinds: &[PartyKind], role: impl Fn(PartyKind) -> Option<RefRole>) -> String {
    if kinds.is_empty() {
        return "TRUE".to_owned();
    }
    let any: Vec<String> = kinds
        .iter()
        .filter_map(|kind| role(*kind))
        .map(|role| format!("'+' || f.parties || '+' LIKE '%+{}+%'", role.to_value()))
        .collect();
    if any.is_empty() { "FALSE".to_owned() } else { format!("({})", any.join(" OR ")) }
}

fn from_facts(question: &Question, measured: &Measured, bind: &mut Binder) -> String {
    match measured.measure {
        Measure::Count => whole(question, measured, bind, "COUNT(*)"),
        Measure::SumQuantity => whole(question, measured, bind, &bind.sum("f.quantity", 1, 1)),
        Measure::SumAmount => whole(question, measured, bind, &bind.sum("f.amount", 1, 1)),
        Measure::SumPersons => whole(question, measured, bind, &bind.sum("f.persons", 1, 1)),
        Measure::Distinct => different(&told_apart(question, measured, bind)),
        Measure::HouseholdPersons => household_persons(question, measured, bind),
        Measure::Minimum => minimum(question, measured, bind),
        Measure::Latest => latest(question, measured, bind),
    }
}

/// `SELECT grp, value` of an aggregate over facts.
fn whole(question: &Question, measured: &Measured, bind: &mut Binder, value: &str) -> String {
    let (key, joins) = question.group("f");
    let from = source(measured, bind);
    let passed = passed(question, measured, bind, "f");
    format!(
        "SELECT {key} AS grp, CAST({value} AS BIGINT) AS value FROM {from} f {joins} WHERE {passed} GROUP BY 1"
    )
}

/// `SELECT grp, value`: the number of facts that count and name people who hold no seat. No row if there are none.
pub fn naming_people(question: &Question, definition: &Definition, bind: &mut Binder) -> String {
    let (key, joins) = question.group("f");
    let naming = |part: &Measured, bind: &mut Binder| {
        let (passed, roles) = (passed(question, part, bind, "f"), bind.enums("n.role", &personal_roles()));
        format!(
            "SELECT {key} AS grp, COUNT(*) AS value FROM fact f {joins} WHERE {passed} AND EXISTS (SELECT 1 FROM
                 fact_ref n WHERE n.ledger_id = f.ledger_id AND n.fact_id = f.id AND {roles}) GROUP BY 1"
        )
    };
    let parts = definition.parts().filter(|part| may_rest_on_people(part));
    let each: Vec<String> = parts.map(|part| naming(part, bind)).collect();
    format!(
        "SELECT n.grp, CAST(SUM(n.value) AS BIGINT) AS value FROM ({}) n GROUP BY n.grp",
        each.join(" UNION ALL ")
    )
}

/// `SELECT grp, value`: the quantity of the latest fact per group.
fn latest(question: &Question, measured: &Measured, bind: &mut Binder) -> String {
    let (key, joins) = question.group("f");
    let passed = passed(question, measured, bind, "f");
    format!(
        "SELECT z.grp, z.value FROM (SELECT {key} AS grp, f.quantity AS value,
             ROW_NUMBER() OVER (PARTITION BY {key} ORDER BY f.on_day DESC, f.from_seq DESC, f.id DESC) AS nth
             FROM fact f {joins} WHERE {passed}) z WHERE z.nth = 1"
    )
}

/// `SELECT grp, value`: the number of family members, on the last day, of the different target households of the facts.
/// `CROSS JOIN` makes SQLite find these households first: without statistics it would walk through all households for
/// each fact.
fn household_persons(question: &Question, measured: &Measured, bind: &mut Binder) -> String {
    let (key, joins) = question.group("f");
    let passed = passed(question, measured, bind, "f");
    let (known, clock, last) = (question.known(bind, "m"), question.clock("m"), question.period.last().0);
    format!(
        "SELECT s.grp, COUNT(DISTINCT m.source_id) AS value FROM (
             SELECT DISTINCT {key} AS grp, d.ledger_id, d.ref_id FROM fact f {joins}
             JOIN fact_ref d ON d.ledger_id = f.ledger_id AND d.fact_id = f.id AND d.role = 'target_household'
             WHERE {passed}) s
         CROSS JOIN fact_ref h CROSS JOIN fact m {clock}
         WHERE h.ledger_id = s.ledger_id AND h.ref_id = s.ref_id AND h.role = 'target_household'
           AND m.ledger_id = h.ledger_id AND m.id = h.fact_id AND m.source_type = 'family_member'
           AND m.on_day <= {last} AND m.until_day >= {last} AND {known} GROUP BY s.grp"
    )
}

/// `SELECT grp, value`: the least number of facts of any subject that is linked on the last day, under the named rules
/// if there are any. A subject without facts counts as 0.
fn minimum(question: &Question, measured: &Measured, bind: &mut Binder) -> String {
    let passed = passed(question, measured, bind, "f");
    let (key, joins) = question.group("l");
    let by = measured.by.unwrap_or(RefRole::TargetHousehold).to_value();
    let last = question.period.last().0;
    let known = question.known(bind, "l");
    let programme = question.of_programme(bind, "l");
    let placed = question.placed(bind, "l");
    let (under, clock) = (under(&measured.rules, bind, "l"), question.clock("f"));
    format!(
        "SELECT s.grp, CAST(MIN(COALESCE(c.n, 0)) AS BIGINT) AS value FROM (
             SELECT DISTINCT {key} AS grp, r.ref_id FROM fact l {joins}
             JOIN fact_ref r ON r.ledger_id = l.ledger_id AND r.fact_id = l.id AND r.role = '{by}'
             WHERE {known} AND {programme} AND {placed} AND {under} AND l.source_type = 'link' AND l.step = 'active'
               AND l.on_day <= {last} AND l.until_day >= {last}) s
         LEFT JOIN (SELECT d.ref_id, COUNT(*) AS n FROM fact f
                 JOIN fact_ref d ON d.ledger_id = f.ledger_id AND d.fact_id = f.id AND d.role = '{by}' {clock}
                 WHERE {passed} GROUP BY d.ref_id) c ON c.ref_id = s.ref_id
         GROUP BY s.grp"
    )
}
