//! Answers for viewers who must not see figures under five: indicators of the catalogue and public ones, over calendar
//! periods and the tree of places, as of the end of a month. Figures that rest on people are read from a pattern.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Utc};
use entity::fact::Verification;
use entity::ids::{LedgerId, RegionId};
use entity::region::{self, RegionLevel};
use entity::values::Date;
use entity::{indicator, ledger};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::as_of::AsOf;
use super::figure::Figure;
use super::pattern::{Basis, Cell, Frame, History, Tree, history, known};
use super::period::Period;
use super::question::{GroupBy, Question};
use super::told::FigureWithheld;
use crate::access::Scope;
use crate::access::scope::Whole;
use crate::region::ids_below;
use crate::request::RequestApp;
use platform::clock::{day_in_shanghai, start_of_day};
use platform::error::{Error, ErrorCode, Result};
use platform::message::Message;
use platform::say;

/// Restrictions of an answer for a viewer who must not see figures under five.
pub struct Coarse {
    tree: Tree,
    /// Last day of the data shown; the end of a month.
    cut_off: Date,
    /// Instant asked about, if it lies in the past.
    asked_of: Option<DateTime<Utc>>,
}

/// The last day of the month before an instant.
fn cut_off(at: DateTime<Utc>) -> Date {
    let first = day_in_shanghai(at).first_of_month();
    first.pred_opt().unwrap_or(first)
}

/// The last instant of a day.
fn end_of(day: Date) -> DateTime<Utc> {
    start_of_day(day.succ_opt().unwrap_or(day)) - chrono::Duration::microseconds(1)
}

pub const fn refused(message: Message) -> Error {
    Error::Protocol { code: ErrorCode::Forbidden, message }
}

#[derive(FromQueryResult)]
struct Kept {
    id: LedgerId,
    city_id: Option<RegionId>,
    county_id: Option<RegionId>,
}

impl Coarse {
    /// Restrictions of an answer about `place`, now or at a past instant. The tree is that of its province, or of the
    /// highest region above it.
    pub async fn of(
        app: &RequestApp,
        scope: &Scope,
        place: &region::Model,
        as_of: Option<DateTime<Utc>>,
    ) -> Result<Self> {
        let root = place.province_id.or(place.city_id).or(place.county_id).unwrap_or(place.id);
        let kept = ledger::Entity::whole(scope)
            .join(
                JoinType::InnerJoin,
                ledger::Entity::belongs_to(region::Entity)
                    .from(ledger::Column::RegionId)
                    .to(region::Column::Id)
                    .into(),
            )
            .filter(ledger::Column::RegionId.in_subquery(ids_below(root)))
            .order_by_asc(ledger::Column::Id)
            .select_only()
            .column(ledger::Column::Id)
            .column(region::Column::CityId)
            .column(region::Column::CountyId)
            .into_model::<Kept>()
            .all(&app.db)
            .await?;
        let ledgers = kept.into_iter().map(|row| (row.id, row.city_id, row.county_id)).collect();
        let now = app.clock.now();
        let cut_off = cut_off(as_of.map_or(now, |as_of| as_of.min(now)));
        let asked_of = as_of.filter(|as_of| *as_of < now);
        Ok(Self { tree: Tree { root, ledgers }, cut_off, asked_of })
    }

    pub const fn asked_of(&self) -> Option<DateTime<Utc>> {
        self.asked_of
    }

    /// Clock values of some ledgers at the cut-off.
    pub async fn known(&self, db: &impl ConnectionTrait, ledgers: &[LedgerId]) -> Result<BTreeMap<i32, i64>> {
        known(db, ledgers, start_of_day(self.cut_off.succ_opt().unwrap_or(self.cut_off))).await
    }

    /// The question as of the cut-off; an error if it is too fine for such a viewer.
    pub async fn asks(
        &self,
        db: &impl ConnectionTrait,
        place: &region::Model,
        question: Question,
    ) -> Result<Question> {
        if matches!(place.level, RegionLevel::Township | RegionLevel::Village) {
            return Err(refused(say!("progress-coarse-place")));
        }
        if !matches!(question.group_by, GroupBy::Total | GroupBy::City | GroupBy::County | GroupBy::Month) {
            return Err(refused(say!("progress-coarse-groups")));
        }
        if question.verification != [Verification::Verified] {
            return Err(refused(say!("progress-coarse-unverified")));
        }
        if !is_calendar(question.period) {
            return Err(refused(say!("progress-coarse-period")));
        }
        let as_of = AsOf::at(db, end_of(self.cut_off)).await?;
        Ok(Question { as_of: Some(as_of), today: self.cut_off, ..question })
    }

    /// True if a period is over at the cut-off.
    pub fn is_over(&self, period: Period) -> bool {
        period.to <= self.cut_off
    }

    /// True if a period has begun at the cut-off.
    pub fn has_begun(&self, period: Period) -> bool {
        period.from <= self.cut_off
    }

    /// Patterns of an indicator's figures; none if these are exact, or withheld altogether.
    pub async fn history(
        &self,
        app: &RequestApp,
        indicator: &indicator::Model,
        period: Period,
    ) -> Result<Option<History>> {
        if Basis::of(indicator) != Basis::People {
            return Ok(None);
        }
        let frame = Frame::of(indicator, period);
        history(app, &self.tree, indicator, frame, self.cut_off).await.map(Some)
    }

    /// Figure of an indicator that rests on people, from the newest pattern that shows it; withheld if none does.
    pub fn figure(
        &self,
        history: Option<&History>,
        indicator: &indicator::Model,
        ledgers: &[LedgerId],
        question: &Question,
    ) -> Figure {
        let frame = Frame::of(indicator, question.period);
        let ledgers = ledgers.iter().map(|ledger| ledger.0).collect();
        let months = Cell::months(frame, question.period);
        let cell = Cell { ledgers: &ledgers, months, programme: question.programme.map(|id| id.0) };
        let denominator = |below| indicator.definition.denominator.as_ref().map(|_| below);
        match history.and_then(|history| history.told(&cell)) {
            Some(([above, below], at)) if at == self.cut_off => {
                Figure::told(indicator.clone(), above, denominator(below))
            }
            // An old zero would read as if there were still nothing, so it is withheld.
            Some(([above, below], at)) if above != 0 || below != 0 => {
                Figure::told(indicator.clone(), above, denominator(below)).known_at(Some(end_of(at)))
            }
            _ => Figure::missing(indicator.clone(), FigureWithheld::Hidden),
        }
    }
}

/// True for a month, quarter, half-year or year of the calendar.
fn is_calendar(period: Period) -> bool {
    let Some((first, last)) = period.whole_months() else { return false };
    let length = last - first + 1;
    matches!(length, 1 | 3 | 6 | 12) && period.from.month0().cast_signed() % length == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(from: &str, to: &str) -> Period {
        Period { from: from.parse().unwrap(), to: to.parse().unwrap() }
    }

    #[test]
    fn calendar_periods_begin_where_the_calendar_says() {
        for (from, to) in [
            ("2022-02-01", "2022-02-28"),
            ("2022-04-01", "2022-06-30"),
            ("2022-07-01", "2022-12-31"),
            ("2022-01-01", "2022-12-31"),
        ] {
            assert!(is_calendar(period(from, to)), "{from} {to}");
        }
        for (from, to) in [
            ("2022-02-01", "2022-04-30"),
            ("2022-01-01", "2022-06-29"),
            ("2022-04-01", "2022-09-30"),
            ("2022-01-01", "2023-12-31"),
            ("2022-01-02", "2022-01-31"),
        ] {
            assert!(!is_calendar(period(from, to)), "{from} {to}");
        }
    }

    #[test]
    fn a_cut_off_is_the_end_of_a_month_in_shanghai() {
        let before = |at: &str| cut_off(at.parse().unwrap()).to_string();
        assert_eq!(before("2022-03-31T15:59:59Z"), "2022-02-28");
        assert_eq!(before("2022-03-31T16:00:00Z"), "2022-03-31");
        assert_eq!(end_of("2022-03-31".parse().unwrap()).to_rfc3339(), "2022-03-31T15:59:59.999999+00:00");
    }
}
