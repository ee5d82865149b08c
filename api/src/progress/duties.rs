//! Duties of programmes, with the link rules and indicators needed to count them.
#![expect(
    clippy::disallowed_methods,
    reason = "rules are reference data, read for a question that has its scope"
)]

use entity::definition::{Measure, Measured};
use entity::fact::{SourceType, Step};
use entity::ids::{IndicatorId, LinkRuleId, ProgrammeId};
use entity::values::Quantity;
use entity::{duty_rule, indicator, link_rule, programme};
use sea_orm::{EntityTrait, FromQueryResult, QueryFilter, QueryOrder};

use super::duty::Duty;
use super::sql::Binder;
use crate::access::scope::one_of;
use platform::db::RequestDb;
use platform::error::Result;

/// A duty, and the link rules whose links have it.
pub struct Listed {
    pub duty: Duty,
    pub rules: Vec<LinkRuleId>,
}

#[derive(FromQueryResult)]
struct Above {
    id: ProgrammeId,
}

/// Duties of the programmes that these link rules belong to, and of all programmes above. If a lower programme has a
/// duty of the same code, links under its rules have that one instead.
pub async fn of_rules(db: &RequestDb, rules: &[LinkRuleId]) -> Result<Vec<Listed>> {
    let mut bind = Binder::new(db.backend());
    let these = bind.ids("r.id", &rules.iter().map(|rule| rule.0).collect::<Vec<_>>());
    let sql = format!(
        "WITH RECURSIVE up AS (
             SELECT r.programme_id AS id, 0 AS height FROM link_rule r WHERE {these}
             UNION ALL
             SELECT p.parent_id, u.height + 1 FROM programme p JOIN up u ON p.id = u.id WHERE p.parent_id IS NOT NULL
         ) SELECT id FROM up GROUP BY id ORDER BY MAX(height), id"
    );
    let upwards = bind.all::<Above>(db, sql).await?;
    let programmes: Vec<ProgrammeId> = upwards.into_iter().map(|row| row.id).collect();
    let mut duties = of_programmes(db, &programmes).await?;
    let height = |duty: &Duty| programmes.iter().position(|id| *id == duty.rule.programme_id);
    duties.sort_by_key(|listed| height(&listed.duty));
    for nth in 1..duties.len() {
        let (lower, higher) = duties.split_at_mut(nth);
        let Listed { duty, rules } = &mut higher[0];
        let same = |other: &Duty| {
            other.rule.code == duty.rule.code && other.rule.programme_id != duty.rule.programme_id
        };
        for other in lower.iter().filter(|other| same(&other.duty)) {
            rules.retain(|rule| !other.rules.contains(rule));
        }
    }
    Ok(duties)
}

/// Duties of programmes, in the order of their positions.
pub async fn of_programmes(db: &RequestDb, programmes: &[ProgrammeId]) -> Result<Vec<Listed>> {
    let ids = || programmes.iter().map(|programme| programme.0);
    let backend = db.backend();
    let all = programme::Entity::find().filter(one_of(backend, programme::Column::Id, ids())).all(db).await?;
    let rules = rules_below(db, programmes).await?;
    let duties = duty_rule::Entity::find()
        .filter(one_of(backend, duty_rule::Column::ProgrammeId, ids()))
        .order_by_asc(duty_rule::Column::Position)
        .order_by_asc(duty_rule::Column::Id)
        .all(db)
        .await?;
    let wanted: Vec<IndicatorId> = duties.iter().filter_map(|duty| duty.indicator_id).collect();
    let indicators = if wanted.is_empty() {
        vec![]
    } else {
        indicator::Entity::find()
            .filter(one_of(backend, indicator::Column::Id, wanted.iter().map(|id| id.0)))
            .all(db)
            .await?
    };
    Ok(duties
        .into_iter()
        .map(|rule| {
            let of_programme = rules.iter().filter(|(above, _)| *above == rule.programme_id);
            let named = of_programme
                .filter(|(_, link)| rule.link_rules.0.is_empty() || rule.link_rules.0.contains(&link.code));
            let link_rules: Vec<LinkRuleId> = named.map(|(_, link)| link.id).collect();
            let indicator = indicators.iter().find(|indicator| Some(indicator.id) == rule.indicator_id);
            let measured = indicator.map(|indicator| indicator.definition.measure.clone());
            let divisor = indicator.map_or(1, |indicator| indicator.divisor);
            let from = all.iter().find(|row| row.id == rule.programme_id).map(|row| row.from_on);
            let programme_from = from.unwrap_or(rule.valid_from);
            Listed {
                rules: link_rules.clone(),
                duty: Duty { rule, measured, divisor, link_rules, programme_from },
            }
        })
        .collect())
}

#[derive(FromQueryResult)]
struct Below {
    above: ProgrammeId,
    id: ProgrammeId,
}

/// Link rules of programmes and of all programmes below, each with the programme it was found for. A link under a rule
/// of the same code below, or under an earlier rule of that code, serves the programme's rule as well.
pub async fn rules_below(
    db: &RequestDb,
    programmes: &[ProgrammeId],
) -> Result<Vec<(ProgrammeId, link_rule::Model)>> {
    let mut bind = Binder::new(db.backend());
    let these = bind.ids("id", &programmes.iter().map(|programme| programme.0).collect::<Vec<_>>());
    let sql = format!(
        "WITH RECURSIVE down AS (
             SELECT id AS above, id FROM programme WHERE {these}
             UNION ALL
             SELECT d.above, p.id FROM programme p JOIN down d ON p.parent_id = d.id
         ) SELECT above, id FROM down"
    );
    let below = bind.all::<Below>(db, sql).await?;
    let rules = link_rule::Entity::find()
        .filter(one_of(db.backend(), link_rule::Column::ProgrammeId, below.iter().map(|row| row.id.0)))
        .order_by_asc(link_rule::Column::Id)
        .all(db)
        .await?;
    let of = |row: &Below| {
        let (above, id) = (row.above, row.id);
        rules.iter().filter(move |rule| rule.programme_id == id).map(move |rule| (above, rule.clone()))
    };
    Ok(below.iter().flat_map(of).collect())
}

/// How a duty is counted over facts `m`: the filter, the SQL of the sum in thousandths, and the condition that a mark
/// answers this duty (`TRUE` for an indicator).
pub fn counted(duty: &Duty, bind: &mut Binder, m: &str) -> (Measured, String, String) {
    if let Some(measured) = &duty.measured {
        let summed = match measured.measure {
            Measure::SumQuantity => format!("{m}.quantity"),
            Measure::SumAmount => format!("{m}.amount"),
            Measure::SumPersons => format!("{m}.persons"),
            _ => "1".to_owned(),
        };
        let value = bind.sum(&summed, Quantity::SCALE, duty.divisor);
        return (measured.clone(), value, "TRUE".to_owned());
    }
    let marks = Measured { of: SourceType::Mark, step: Some(Step::Recorded), ..Measured::default() };
    let rule = bind.bind(duty.rule.id);
    let answers = format!(
        "EXISTS (SELECT 1 FROM fact_ref y WHERE y.ledger_id = {m}.ledger_id AND y.fact_id = {m}.id
                     AND y.role = 'duty' AND y.ref_id = {rule})"
    );
    (marks, bind.sum(&format!("{m}.quantity"), 1, 1), answers)
}
