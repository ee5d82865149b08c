//! A child programme may tighten a rule of its parents, never loosen it. A new rule is compared with the rules of the
//! same code in all parents. It is also compared with those in all children: a tighter parent's rule would leave them
//! looser (ADR 12).

use entity::duty_rule::{self, DutyPeriod};
use entity::ids::ProgrammeId;
use entity::link_rule::{self, Obligation};
use entity::programme;
use entity::values::{Date, Quantity};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, Statement};

use super::own::above;
use crate::access::Action;
use crate::access::scope::{Whole, one_of};
use crate::ledger::Tx;
use platform::error::{Error, ErrorCode, Result};
use platform::say;

/// A link rule or a duty, as it is compared with those of the same code in other programmes.
pub(super) trait Ruled: Sized {
    /// True for duties: messages call them so.
    const IS_DUTY: bool;
    fn code(&self) -> &str;
    fn programme(&self) -> ProgrammeId;
    fn from(&self) -> Date;
    fn to(&self) -> Option<Date>;
    /// Rules with this code in these programmes, of all times.
    async fn of_code(tx: &Tx, programmes: &[ProgrammeId], code: &str) -> Result<Vec<Self>>;
    /// The first input field in which this rule is looser than `upper`; `code` if the two are about different parties.
    /// `links` are the link rules of the programmes to compare.
    fn loosens(&self, upper: &Self, links: &[link_rule::Model]) -> Option<&'static str>;
}

/// Refuses a new rule that is looser than a parent's, or tighter than a child's.
pub(super) async fn tightens<R: Ruled>(tx: &Tx, new: &R) -> Result<()> {
    let above = above(tx, new.programme()).await?;
    let below = below(tx, new.programme()).await?;
    let all: Vec<ProgrammeId> = above.iter().chain(&below).copied().collect();
    if all.is_empty() {
        return Ok(());
    }
    let mut others = R::of_code(tx, &all, new.code()).await?;
    others.retain(|rule| rule.to().is_none_or(|to| to >= new.from()));
    let links = links_of(tx, below.iter().copied().chain([new.programme()])).await?;
    let (upper, lower): (Vec<R>, Vec<R>) =
        others.into_iter().partition(|rule| above.contains(&rule.programme()));
    if let Some(field) = upper.iter().find_map(|rule| new.loosens(rule, &links)) {
        return Err(loosened(new, field));
    }
    let loose = |rule: &R| rule.loosens(new, &links).map(|field| (rule.programme(), field));
    let loose: Vec<(ProgrammeId, &str)> = lower.iter().filter_map(loose).collect();
    match loose.first() {
        None => Ok(()),
        Some((_, field)) => Err(left_loose(tx, new, field, loose.iter().map(|(id, _)| *id)).await?),
    }
}

fn loosened<R: Ruled>(new: &R, field: &str) -> Error {
    let code = new.code();
    let message = match field {
        "code" => say!("rule-above-of-other-parties", code = code),
        _ if R::IS_DUTY => say!("duty-loosened", field = field, code = code),
        _ => say!("link-rule-loosened", field = field, code = code),
    };
    Error::field(field, ErrorCode::Invalid, message)
}

async fn left_loose<R: Ruled>(
    tx: &Tx,
    new: &R,
    field: &str,
    programmes: impl Iterator<Item = ProgrammeId>,
) -> Result<Error> {
    let rows = programme::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(one_of(tx.scope().backend(), programme::Column::Id, programmes.map(|id| id.0)))
        .all(tx.db())
        .await?;
    let mut codes: Vec<String> = rows.into_iter().map(|row| format!("`{}`", row.code)).collect();
    codes.sort_unstable();
    let (code, codes) = (new.code(), codes.join(", "));
    let message = match field {
        "code" => say!("rule-below-of-other-parties", code = code, programmes = codes),
        _ if R::IS_DUTY => say!("duty-left-looser", field = field, code = code, programmes = codes),
        _ => say!("link-rule-left-looser", field = field, code = code, programmes = codes),
    };
    Ok(Error::field(field, ErrorCode::Invalid, message))
}

const BELOW: &str = "WITH RECURSIVE down AS (
        SELECT id FROM programme WHERE parent_id = $1
        UNION ALL
        SELECT p.id FROM programme p JOIN down ON p.parent_id = down.id
    ) SELECT id FROM down";

/// Ids of all children of a programme, at any depth.
#[expect(
    clippy::disallowed_methods,
    reason = "programmes are reference data, and this walks down in one statement"
)]
pub(super) async fn below(tx: &Tx, programme: ProgrammeId) -> Result<Vec<ProgrammeId>> {
    let backend = tx.scope().backend();
    let rows =
        tx.db().query_all_raw(Statement::from_sql_and_values(backend, BELOW, [programme.into()])).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index(0).map(ProgrammeId)).collect::<Result<_, _>>()?)
}

async fn links_of(tx: &Tx, programmes: impl Iterator<Item = ProgrammeId>) -> Result<Vec<link_rule::Model>> {
    Ok(link_rule::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(one_of(tx.scope().backend(), link_rule::Column::ProgrammeId, programmes.map(|id| id.0)))
        .all(tx.db())
        .await?)
}

macro_rules! ruled {
    ($table:ident, $is_duty:literal, $loosens:ident) => {
        impl Ruled for $table::Model {
            const IS_DUTY: bool = $is_duty;

            fn code(&self) -> &str {
                &self.code
            }

            fn programme(&self) -> ProgrammeId {
                self.programme_id
            }

            fn from(&self) -> Date {
                self.valid_from
            }

            fn to(&self) -> Option<Date> {
                self.valid_to
            }

            async fn of_code(tx: &Tx, programmes: &[ProgrammeId], code: &str) -> Result<Vec<Self>> {
                let ids = programmes.iter().map(|id| id.0);
                Ok($table::Entity::whole(&tx.may(Action::ReadReference)?)
                    .filter(one_of(tx.scope().backend(), $table::Column::ProgrammeId, ids))
                    .filter($table::Column::Code.eq(code))
                    .all(tx.db())
                    .await?)
            }

            fn loosens(&self, upper: &Self, links: &[link_rule::Model]) -> Option<&'static str> {
                $loosens(self, upper, links)
            }
        }
    };
}

ruled!(link_rule, false, loosens_link_rule);
ruled!(duty_rule, true, loosens_duty);

fn loosens_link_rule(
    own: &link_rule::Model,
    upper: &link_rule::Model,
    _: &[link_rule::Model],
) -> Option<&'static str> {
    let same = own.helper_kind == upper.helper_kind && own.target_kind == upper.target_kind;
    let wanted = upper.target_designation_id;
    first(&[
        ("code", !same),
        ("helperFilter", !covers(&upper.helper_filter.0, &own.helper_filter.0)),
        ("targetDesignation", wanted.is_some() && own.target_designation_id != wanted),
        ("minPerHelper", less(own.min_per_helper, upper.min_per_helper)),
        ("maxPerHelper", more(own.max_per_helper, upper.max_per_helper)),
        ("minPerTarget", less(own.min_per_target, upper.min_per_target)),
        ("maxPerTarget", more(own.max_per_target, upper.max_per_target)),
        ("isPlanRequired", upper.plan_required && !own.plan_required),
        ("isAgreementRequired", upper.agreement_required && !own.agreement_required),
        ("isExemptionAllowed", own.exemption_allowed && !upper.exemption_allowed),
        ("obligation", frees(own.obligation, upper.obligation)),
    ])
}

/// A child's duty must apply to every subject of the parent's duty. Link rules of the parent's duty that the child
/// programme does not have are left out of the comparison.
fn loosens_duty(
    own: &duty_rule::Model,
    upper: &duty_rule::Model,
    links: &[link_rule::Model],
) -> Option<&'static str> {
    let (often, upper_often) = (times_a_year(own.period), times_a_year(upper.period));
    let has = |code: &&String| {
        links.iter().any(|rule| rule.programme_id == own.programme_id && rule.code == **code)
    };
    let mut linked = upper.link_rules.0.iter().filter(has);
    let named = &own.link_rules.0;
    let covered = !upper.link_rules.0.is_empty() && linked.all(|code| named.contains(code));
    first(&[
        ("code", own.subject != upper.subject),
        ("indicator", own.indicator_id != upper.indicator_id),
        ("linkRules", !named.is_empty() && !covered),
        ("subjectKinds", !covers(&own.subject_kinds.0, &upper.subject_kinds.0)),
        ("period", often < upper_often),
        ("period", upper_often.is_none() && own.period != upper.period),
        ("target", yearly(own.period, own.target) < yearly(upper.period, upper.target)),
        ("obligation", frees(own.obligation, upper.obligation)),
    ])
}

fn first(loosened: &[(&'static str, bool)]) -> Option<&'static str> {
    loosened.iter().find(|(_, loosened)| *loosened).map(|(field, _)| *field)
}

/// True if all `narrow` codes are among the `wide` ones; an empty list stands for all codes.
fn covers(wide: &[String], narrow: &[String]) -> bool {
    wide.is_empty() || !narrow.is_empty() && narrow.iter().all(|code| wide.contains(code))
}

fn frees(own: Obligation, upper: Obligation) -> bool {
    upper == Obligation::Mandatory && own != Obligation::Mandatory
}

/// True if the own minimum is missing or lower than the parent's.
fn less(own: Option<i32>, above: Option<i32>) -> bool {
    above.is_some_and(|above| own.unwrap_or(0) < above)
}

/// True if the own maximum is missing or higher than the parent's.
fn more(own: Option<i32>, above: Option<i32>) -> bool {
    above.is_some_and(|above| own.is_none_or(|own| own > above))
}

/// Number of periods in a year; none for duties that do not recur by the calendar.
const fn times_a_year(period: DutyPeriod) -> Option<i64> {
    Some(match period {
        DutyPeriod::Week => 52,
        DutyPeriod::TwoWeeks => 26,
        DutyPeriod::Month => 12,
        DutyPeriod::TwoMonths => 6,
        DutyPeriod::Quarter => 4,
        DutyPeriod::HalfYear => 2,
        DutyPeriod::Year => 1,
        DutyPeriod::Programme | DutyPeriod::Once | DutyPeriod::AdHoc => return None,
    })
}

fn yearly(period: DutyPeriod, target: Quantity) -> i64 {
    target.0 * times_a_year(period).unwrap_or(1)
}
