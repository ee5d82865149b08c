//! Suppression 小数隐去: which figures are shown to viewers who must not see figures under five, as one pattern per
//! indicator, frame and cut-off.
//!
//! A pattern covers the whole tree of places, whatever part was asked about first, and is kept, so that all viewers are
//! shown the same. It holds blocks (see `blocks`), each safe to show, so the table itself is no secret. A new pattern
//! is made safe beside all earlier ones of its indicator; `nth` in its key is unique, so no two are made at once.

#[cfg(test)]
mod attacked;
mod basis;
mod blocks;
mod read;
mod store;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::Datelike;
use entity::definition::TimeKind;
use entity::ids::{LedgerId, RegionId};
use entity::indicator;
use entity::values::{Date, Day, month_number};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use basis::{Basis, is_region, may_rest_on_people, names_nobody, personal_roles};
use blocks::{Blocks, Earlier, Element, Given};
pub use read::known;
use read::{Moment, Names, Reader};
pub use store::history;

use super::period::Period;
use super::question::Question;
use platform::error::Result;

/// Ledger, month, and number of a set of programmes.
type Place = (i32, i32, usize);

/// Time that the figures of one pattern cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Calendar year, for flows: its months, quarters and half-years add up to it.
    Year(i32),
    /// Day, for stocks.
    Day(Day),
}

impl Frame {
    /// Frame of an indicator's figures for a calendar period.
    #[must_use]
    pub fn of(indicator: &indicator::Model, period: Period) -> Self {
        match indicator.definition.measure.time {
            TimeKind::Flow => Self::Year(period.to.year()),
            TimeKind::Stock => Self::Day(period.last()),
        }
    }

    fn read(number: i32, like: Self) -> Self {
        match like {
            Self::Year(_) => Self::Year(number),
            Self::Day(_) => Self::Day(Day(number)),
        }
    }

    const fn number(self) -> i32 {
        match self {
            Self::Year(number) | Self::Day(Day(number)) => number,
        }
    }

    fn days(self) -> (i32, i32) {
        let day = |month, day| Date::from_ymd_opt(self.number(), month, day).map_or(0, |day| Day::of(day).0);
        match self {
            Self::Year(_) => (day(1, 1), day(12, 31)),
            Self::Day(day) => (day.0, day.0),
        }
    }

    fn holds(self, from: i32, until: i32) -> bool {
        let (first, last) = self.days();
        match self {
            Self::Year(_) => (first..=last).contains(&from),
            Self::Day(_) => from <= last && until >= first,
        }
    }

    fn month(self, day: Day) -> i32 {
        match self {
            Self::Year(_) => day.month(),
            Self::Day(_) => 0,
        }
    }

    /// True if figures of one frame can reveal figures of the other: stocks of any two days, flows of the same year.
    fn meets(self, other: Self) -> bool {
        matches!(self, Self::Day(_)) || self == other
    }

    /// First and last months of the calendar periods: year, half-years and quarters, the longest first; and a separate
    /// list of single months.
    fn periods(self) -> [Vec<(i32, i32)>; 2] {
        let Self::Year(year) = self else { return [vec![(0, 0)], vec![]] };
        let parts = |length: i32| (0..12 / length).map(move |nth| (year * 12 + nth * length, length));
        let spans = |length| parts(length).map(|(first, length)| (first, first + length - 1));
        [[12, 6, 3].into_iter().flat_map(spans).collect(), spans(1).collect()]
    }
}

/// Coordinates of a figure: ledgers, months and programme.
pub struct Cell<'a> {
    pub ledgers: &'a HashSet<i32>,
    pub months: (i32, i32),
    pub programme: Option<Uuid>,
}

impl Cell<'_> {
    /// First and last month of a period, as a frame numbers months.
    #[must_use]
    pub fn months(frame: Frame, period: Period) -> (i32, i32) {
        match frame {
            Frame::Year(_) => (month_number(period.from), month_number(period.to)),
            Frame::Day(_) => (0, 0),
        }
    }

    fn counts(&self, spot: &[Place], programmes: &[Vec<Uuid>]) -> bool {
        spot.iter().any(|(ledger, month, set)| {
            self.ledgers.contains(ledger)
                && (self.months.0..=self.months.1).contains(month)
                && self.programme.is_none_or(|id| programmes[*set].contains(&id))
        })
    }
}

/// Blocks that are shown, as of one cut-off.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Pattern {
    /// Clock value of each ledger at the cut-off.
    known: BTreeMap<i32, i64>,
    programmes: Vec<Vec<Uuid>>,
    /// None if nothing is shown.
    blocks: Option<Vec<Block>>,
    /// Spots that are not shown, while others are.
    #[serde(default)]
    untold: Vec<Vec<Place>>,
}

/// Spots whose sum is shown, with the value of each part.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Block {
    values: Vec<i64>,
    spots: Vec<Vec<Place>>,
}

impl Pattern {
    /// Values of a cell that is a sum of whole blocks; none for any other cell.
    #[must_use]
    pub fn told(&self, cell: &Cell<'_>) -> Option<[i64; 2]> {
        if self.untold.iter().any(|spot| cell.counts(spot, &self.programmes)) {
            return None;
        }
        let mut sum = [0; 2];
        for block in self.blocks.as_ref()? {
            let counted = block.spots.iter().filter(|spot| cell.counts(spot, &self.programmes)).count();
            if counted == 0 {
                continue;
            }
            if counted < block.spots.len() {
                return None;
            }
            sum.iter_mut()
                .zip(&block.values)
                .for_each(|(sum, value)| *sum = i64::saturating_add(*sum, *value));
        }
        Some(sum)
    }

    fn is_empty(&self) -> bool {
        self.blocks.as_ref().is_some_and(Vec::is_empty) && self.untold.is_empty()
    }

    /// Block of each spot in this pattern. All its spots must have been numbered in `names`.
    fn earlier(&self, names: &Names, spots: &HashMap<Spelled, usize>) -> Earlier {
        let blocks = self.blocks.as_deref().unwrap_or_default();
        let mut block = vec![None; names.spots.len()];
        for (nth, known) in blocks.iter().enumerate() {
            for spot in &known.spots {
                if let Some(spot) = spots.get(&spelled(spot, &self.programmes)) {
                    block[*spot] = Some(nth);
                }
            }
        }
        let mut next = blocks.len()..;
        block.into_iter().map(|known| known.or_else(|| next.next()).unwrap_or_default()).collect()
    }

    /// Removes the spots that this pattern does not show from the elements, as of its moment.
    fn forget_untold(&self, moment: usize, elements: &mut [Element], spots: &HashMap<Spelled, usize>) {
        let untold =
            self.untold.iter().filter_map(|spot| spots.get(&spelled(spot, &self.programmes)).copied());
        let untold: HashSet<usize> = untold.collect();
        for element in elements {
            element.at[moment] = element.at[moment].filter(|spot| !untold.contains(spot));
        }
    }

    /// Pattern of an indicator that has no facts.
    fn of_nothing() -> Self {
        Self { blocks: Some(vec![]), ..Self::default() }
    }
}

/// A spot with programmes instead of numbers of sets, so that spots of different patterns can be compared.
type Spelled = Vec<(i32, i32, Vec<Uuid>)>;

/// Writes out the programmes of a spot.
fn spelled(spot: &[Place], programmes: &[Vec<Uuid>]) -> Spelled {
    let mut spelled: Spelled =
        spot.iter().map(|(ledger, month, set)| (*ledger, *month, programmes[*set].clone())).collect();
    spelled.sort_unstable();
    spelled
}

/// A tree of places with the ledgers kept in it.
pub struct Tree {
    pub root: RegionId,
    /// Each with the city and the county it lies in; the ledger of a province has neither.
    pub ledgers: Vec<(LedgerId, Option<RegionId>, Option<RegionId>)>,
}

impl Tree {
    /// Sets of ledgers that a figure can be about, the largest first: all, those of each city, those of each county,
    /// each alone.
    fn regions(&self) -> Vec<HashSet<i32>> {
        let mut regions: Vec<BTreeSet<i32>> = vec![self.ledgers.iter().map(|row| row.0.0).collect()];
        let mut cities: BTreeMap<Uuid, BTreeSet<i32>> = BTreeMap::new();
        let mut counties: BTreeMap<Uuid, BTreeSet<i32>> = BTreeMap::new();
        for (ledger, city, county) in &self.ledgers {
            for (above, of) in [(city, &mut cities), (county, &mut counties)] {
                if let Some(above) = above {
                    of.entry(above.0).or_default().insert(ledger.0);
                }
            }
        }
        regions.extend(cities.into_values().chain(counties.into_values()));
        regions.extend(self.ledgers.iter().map(|row| BTreeSet::from([row.0.0])));
        let mut known = HashSet::new();
        regions.retain(|region| known.insert(region.clone()));
        regions.into_iter().map(|region| region.into_iter().collect()).collect()
    }

    /// Ledgers kept by a province itself: its office sees their records.
    fn known(&self) -> HashSet<i32> {
        let provinces = self.ledgers.iter().filter(|(_, city, county)| city.is_none() && county.is_none());
        provinces.map(|row| row.0.0).collect()
    }
}

/// Makes the pattern of a frame at a cut-off, safe beside the earlier patterns in `before`.
async fn made(
    db: &impl sea_orm::ConnectionTrait,
    tree: &Tree,
    indicator: &indicator::Model,
    frame: Frame,
    known: BTreeMap<i32, i64>,
    before: &[(Frame, Pattern)],
) -> Result<Pattern> {
    let ledgers: Vec<LedgerId> = tree.ledgers.iter().map(|row| row.0).collect();
    let date = |day| Day(day).date().unwrap_or_default();
    let period = Period { from: date(frame.days().0), to: date(frame.days().1) };
    let question = Question::of_verified(ledgers, period, period.to);
    let mut moments = vec![Moment { known: known.clone(), frame }];
    moments.extend(before.iter().map(|(frame, old)| Moment { known: old.known.clone(), frame: *frame }));
    let known_ledgers = tree.known();
    let reader = Reader { db, question: &question, known: &known_ledgers, moments };
    let mut names = Names::default();
    let mut elements = reader.elements(&indicator.definition, &mut names).await?;
    let spots: HashMap<_, _> =
        (0..names.spots.len()).map(|nth| (spelled(&names.spots[nth], &names.programmes), nth)).collect();
    let earlier = before.iter().map(|(_, old)| old.earlier(&names, &spots)).collect();
    for (nth, (_, old)) in before.iter().enumerate() {
        old.forget_untold(nth + 1, &mut elements, &spots);
    }
    let parts = read::parts(&indicator.definition);
    let given = Given { spots: names.spots.len(), parts, elements, earlier };
    Ok(told(tree, frame, known, &names, &given))
}

fn told(tree: &Tree, frame: Frame, known: BTreeMap<i32, i64>, names: &Names, given: &Given) -> Pattern {
    let mut blocks = Blocks::new(given);
    let together = blocks.together();
    let programmes: BTreeSet<Uuid> = names.programmes.iter().flatten().copied().collect();
    let regions = tree.regions();
    for periods in frame.periods() {
        for ledgers in &regions {
            for programme in std::iter::once(None).chain(programmes.iter().copied().map(Some)) {
                let whole = Cell { ledgers, months: (i32::MIN, i32::MAX), programme };
                let counts =
                    |cell: &Cell<'_>, spot: usize| cell.counts(&names.spots[spot], &names.programmes);
                let there: Vec<usize> =
                    together.iter().copied().filter(|spot| counts(&whole, *spot)).collect();
                for months in periods.iter().filter(|_| !there.is_empty()) {
                    let cell = Cell { months: *months, ..whole };
                    let spots: Vec<usize> =
                        there.iter().copied().filter(|spot| counts(&cell, *spot)).collect();
                    blocks.tell_apart(&spots);
                }
            }
        }
    }
    let spots_of = |spots: &[usize]| spots.iter().map(|spot| names.spots[*spot].clone()).collect();
    let block = |(values, spots): (Vec<i64>, &[usize])| Block {
        values: values.into_iter().take(2).collect(),
        spots: spots_of(spots),
    };
    let untold = spots_of(blocks.untold());
    let blocks = Some(blocks.told().map(block).collect());
    Pattern { blocks, untold, known, programmes: names.programmes.clone() }
}

/// Patterns of a frame, the newest first.
pub struct History(Vec<(Date, Pattern)>);

impl History {
    /// History of an indicator that has no facts.
    fn of_nothing(cut_off: Date) -> Self {
        Self(vec![(cut_off, Pattern::of_nothing())])
    }

    /// Values of a cell at the newest cut-off that shows them, with that cut-off.
    #[must_use]
    pub fn told(&self, cell: &Cell<'_>) -> Option<([i64; 2], Date)> {
        self.0.iter().find_map(|(cut_off, pattern)| Some((pattern.told(cell)?, *cut_off)))
    }
}
