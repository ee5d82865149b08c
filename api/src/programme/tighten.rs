//! A lower level may tighten a duty of the programmes above, never loosen it.

use entity::duty_rule::{self, DutyPeriod, DutySubject};
use entity::ids::ProgrammeId;
use entity::link_rule::Obligation;
use entity::values::{Date, Quantity};
use sea_orm::{ColumnTrait, QueryFilter};

use super::own::above;
use crate::access::Action;
use crate::access::scope::Whole;
use crate::error::{Error, ErrorCode, Result};
use crate::ledger::Tx;

/// A duty to be laid down, as far as it can be compared with one above.
pub(super) struct Proposed<'a> {
    pub code: &'a str,
    pub subject: DutySubject,
    pub period: DutyPeriod,
    pub target: Quantity,
    pub obligation: Obligation,
    pub from: Date,
}

impl Proposed<'_> {
    /// Compares it with the duties of the same code that hold in the programmes above.
    pub async fn loosens_nothing(&self, tx: &Tx, programme: ProgrammeId) -> Result<()> {
        use duty_rule::Column;
        let higher = duty_rule::Entity::whole(&tx.may(Action::ReadReference)?)
            .filter(Column::ProgrammeId.is_in(above(tx, programme).await?))
            .filter(Column::Code.eq(self.code))
            .all(tx.db())
            .await?;
        let holds = |duty: &&duty_rule::Model| duty.valid_to.is_none_or(|to| to >= self.from);
        higher.iter().filter(holds).try_for_each(|duty| self.tightens(duty))
    }

    fn tightens(&self, duty: &duty_rule::Model) -> Result<()> {
        if self.subject != duty.subject {
            let message =
                format!("`{}` of a programme above is another subject's: choose another code", duty.code);
            return Err(Error::field("code", ErrorCode::Invalid, message));
        }
        let mandatory = duty.obligation == Obligation::Mandatory;
        let loosened = [
            ("period", times_a_year(self.period) < times_a_year(duty.period)),
            ("period", times_a_year(duty.period).is_none() && self.period != duty.period),
            ("target", yearly(self.period, self.target) < yearly(duty.period, duty.target)),
            ("obligation", mandatory && self.obligation != Obligation::Mandatory),
        ];
        let Some((field, _)) = loosened.iter().find(|(_, loosened)| *loosened) else { return Ok(()) };
        let message = format!(
            "`{field}` would loosen the duty `{}` of a programme above: it may be tightened only",
            duty.code
        );
        Err(Error::field(field, ErrorCode::Invalid, message))
    }
}

/// How often a duty that comes round does so.
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
