//! Reads the elements of a figure from facts: each with its value, the people it rests on, and the spot where it
//! counted, now and at each earlier pattern. Two statements per part, whatever the number of places.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::definition::{Definition, Measure, Measured, TimeKind};
use entity::fact_ref::RefRole;
use entity::ids::LedgerId;
use entity::values::Day;
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::basis::{counts_seats, is_personal, personal_roles, rests_on};
use super::blocks::{ENOUGH, Element, Who};
use super::{Frame, Place};
use crate::progress::as_of::AsOf;
use crate::progress::condition::{day, fulfilled};
use crate::progress::question::Question;
use crate::progress::sql::Binder;
use platform::error::Result;

/// Moment of a pattern: the clock values of the ledgers, and the frame of the figures.
pub struct Moment {
    pub known: BTreeMap<i32, i64>,
    pub frame: Frame,
}

/// Spots, people and sets of programmes, each with a number.
#[derive(Default)]
pub struct Names {
    pub spots: Vec<Vec<Place>>,
    numbers: HashMap<Vec<Place>, usize>,
    pub programmes: Vec<Vec<Uuid>>,
    ids: HashMap<Uuid, usize>,
}

impl Names {
    pub fn spot(&mut self, places: Vec<Place>) -> usize {
        if let Some(known) = self.numbers.get(&places) {
            return *known;
        }
        self.spots.push(places.clone());
        self.numbers.insert(places, self.spots.len() - 1);
        self.spots.len() - 1
    }

    pub fn programmes(&mut self, ids: Vec<Uuid>) -> usize {
        let known = self.programmes.iter().position(|known| *known == ids);
        known.unwrap_or_else(|| {
            self.programmes.push(ids);
            self.programmes.len() - 1
        })
    }

    /// The number of a person, household or record.
    fn number(&mut self, id: Uuid) -> usize {
        let next = self.ids.len();
        *self.ids.entry(id).or_insert(next)
    }
}

#[derive(FromQueryResult)]
struct FactRow {
    ledger_id: i32,
    id: Uuid,
    source_id: Uuid,
    day: i32,
    until_day: i32,
    from_seq: i64,
    until_seq: i64,
    value: i64,
    persons: i64,
}

#[derive(FromQueryResult)]
struct RefRow {
    id: Uuid,
    role: RefRole,
    ref_id: Uuid,
}

/// A fact with its references.
struct Fact {
    row: FactRow,
    refs: Vec<(RefRole, Uuid)>,
}

/// Elements, each with its key: the id of the record, or of the reference whose different values are counted.
type Keyed = Vec<(Uuid, Element)>;

pub struct Reader<'a, C> {
    pub db: &'a C,
    /// Question over all ledgers of the tree.
    pub question: &'a Question,
    /// Ledgers whose records some viewers of the blocks see themselves: those kept by a province.
    pub known: &'a HashSet<i32>,
    /// Moment of the new pattern, then those of the earlier patterns.
    pub moments: Vec<Moment>,
}

impl<C: ConnectionTrait> Reader<'_, C> {
    /// All elements. Of a rate, part 0 is the numerator, part 1 the denominator, part 2 the denominator without the
    /// elements of the numerator.
    pub async fn elements(&self, definition: &Definition, names: &mut Names) -> Result<Vec<Element>> {
        let mut facts = vec![];
        for part in std::iter::once(&definition.measure).chain(&definition.or) {
            let found = self.facts(part).await?;
            facts.extend(found.into_iter().map(|fact| (part, fact)));
        }
        let above = self.keyed(0, facts, names);
        let Some(below) = &definition.denominator else { return Ok(plain(above)) };
        let facts = self.facts(below).await?;
        let below = self.keyed(1, facts.into_iter().map(|fact| (below, fact)).collect(), names);
        let rest = without(&below, &above);
        Ok([plain(above), plain(below), rest].concat())
    }

    async fn facts(&self, part: &Measured) -> Result<Vec<Fact>> {
        let mut bind = Binder::new(self.db.get_database_backend());
        let (which, day) = (self.which(part, &mut bind), day(part));
        let value = match part.measure {
            Measure::SumQuantity => "f.quantity",
            Measure::SumAmount => "f.amount",
            Measure::SumPersons => "f.persons",
            _ => "1",
        };
        let sql = format!(
            "SELECT f.ledger_id, f.id, f.source_id, f.{day} AS day, f.until_day, f.from_seq, f.until_seq,
                 CAST({value} AS BIGINT) AS value, f.persons FROM fact f WHERE {which} ORDER BY f.ledger_id, f.id"
        );
        let rows = bind.all::<FactRow>(self.db, sql).await?;
        let mut bind = Binder::new(self.db.get_database_backend());
        let which = self.which(part, &mut bind);
        let mut roles = vec![RefRole::Programme];
        roles.extend(personal_roles());
        roles.extend(part.by.filter(|by| !is_personal(*by)));
        let roles = bind.enums("r.role", &roles);
        let sql = format!(
            "SELECT f.id, r.role, r.ref_id FROM fact f JOIN fact_ref r ON r.ledger_id = f.ledger_id
                 AND r.fact_id = f.id AND {roles} WHERE {which} ORDER BY f.id, r.role, r.ref_id"
        );
        let mut refs: HashMap<Uuid, Vec<(RefRole, Uuid)>> = HashMap::new();
        for row in bind.all::<RefRow>(self.db, sql).await? {
            refs.entry(row.id).or_default().push((row.role, row.ref_id));
        }
        let fact = |row: FactRow| Fact { refs: refs.remove(&row.id).unwrap_or_default(), row };
        // A fact of 0 is left out: else four households with 0 would count as cover for the amount of a fifth.
        Ok(rows.into_iter().filter(|row| row.value != 0).map(fact).collect())
    }

    /// Condition: the fact may count at one of the moments; `place` decides at which.
    fn which(&self, part: &Measured, bind: &mut Binder) -> String {
        let ledgers = bind.ledgers("f.ledger_id", &self.question.ledgers);
        let fulfilled = fulfilled(self.question, part, bind, "f");
        let days = self.moments.iter().map(|moment| moment.frame.days());
        let first = days.clone().map(|(first, _)| first).min().unwrap_or_default();
        let last = days.map(|(_, last)| last).max().unwrap_or_default();
        let day = day(part);
        let days = match part.time {
            TimeKind::Flow => format!("f.{day} BETWEEN {first} AND {last}"),
            TimeKind::Stock => format!("f.on_day <= {last} AND f.until_day >= {first}"),
        };
        format!("{ledgers} AND {fulfilled} AND {days}")
    }

    /// Place where a fact counted at a moment; none if it was not known then, or lies outside the frame.
    fn place(fact: &Fact, moment: &Moment, names: &mut Names) -> Option<Place> {
        let row = &fact.row;
        let known = moment.known.get(&row.ledger_id).copied().unwrap_or_default();
        let was_known = row.from_seq <= known && row.until_seq > known;
        if !was_known || !moment.frame.holds(row.day, row.until_day) {
            return None;
        }
        let programmes = fact.refs.iter().filter(|(role, _)| *role == RefRole::Programme).map(|(_, id)| *id);
        let mut programmes: Vec<Uuid> = programmes.collect();
        programmes.sort_unstable();
        let programmes = names.programmes(programmes);
        Some((row.ledger_id, moment.frame.month(Day(row.day)), programmes))
    }

    fn keyed(&self, nth: usize, facts: Vec<(&Measured, Fact)>, names: &mut Names) -> Keyed {
        let mut apart: BTreeMap<Uuid, Apart> = BTreeMap::new();
        let mut keyed = vec![];
        for (part, fact) in facts {
            let at: Vec<Option<Place>> =
                self.moments.iter().map(|moment| Self::place(&fact, moment, names)).collect();
            if part.measure != Measure::Distinct {
                let people = self.people(part, &fact, names);
                let spot = |place: Option<Place>, names: &mut Names| place.map(|at| names.spot(vec![at]));
                let at = at.into_iter().map(|place| spot(place, names)).collect();
                let record = names.number(fact.row.source_id);
                let element = Element { part: nth, value: fact.row.value, people, record, at };
                keyed.push((fact.row.source_id, element));
                continue;
            }
            let by = part.by.unwrap_or(RefRole::TargetHousehold);
            for (_, id) in fact.refs.iter().filter(|(role, _)| *role == by) {
                let people = if rests_on(part.of, by) {
                    vec![self.who(*id, &fact, names)]
                } else {
                    self.people(part, &fact, names)
                };
                apart.entry(*id).or_insert_with(|| Apart::of(at.len())).add(&at, &people);
            }
        }
        for (id, apart) in apart {
            let people = apart.people();
            let spot = |places: BTreeMap<Place, Vec<Who>>, names: &mut Names| {
                (!places.is_empty()).then(|| names.spot(places.into_keys().collect()))
            };
            let at = apart.0.into_iter().map(|places| spot(places, names)).collect();
            let record = names.number(id);
            keyed.push((id, Element { part: nth, value: 1, people, record, at }));
        }
        keyed
    }

    fn who(&self, id: Uuid, fact: &Fact, names: &mut Names) -> Who {
        Who { id: names.number(id), known: self.known.contains(&fact.row.ledger_id) }
    }

    /// People that a fact rests on. Persons given as a number only are assumed to be the same in all facts of a ledger,
    /// so that they are as few as possible.
    fn people(&self, part: &Measured, fact: &Fact, names: &mut Names) -> Vec<Who> {
        if counts_seats(part) {
            return vec![];
        }
        let people = fact.refs.iter().filter(|(role, _)| rests_on(part.of, *role));
        let mut ids: Vec<Uuid> = people.map(|(_, id)| *id).collect();
        if part.measure == Measure::SumPersons && ids.is_empty() {
            let some = u64::try_from(fact.row.persons).unwrap_or_default().min(ENOUGH as u64);
            let ledger = u64::from(fact.row.ledger_id.unsigned_abs());
            ids.extend((0..some).map(|nth| Uuid::from_u64_pair(ledger, nth)));
        }
        ids.into_iter().map(|id| self.who(id, fact, names)).collect()
    }
}

/// Places where one of the different values counts, for each moment, with the people that its facts there rest on.
struct Apart(Vec<BTreeMap<Place, Vec<Who>>>);

impl Apart {
    fn of(moments: usize) -> Self {
        Self(vec![BTreeMap::new(); moments])
    }

    fn add(&mut self, at: &[Option<Place>], people: &[Who]) {
        for (places, at) in self.0.iter_mut().zip(at) {
            let Some(at) = at else { continue };
            let known = places.entry(*at).or_default();
            let new: Vec<Who> = people.iter().filter(|who| !known.contains(who)).copied().collect();
            known.extend(new);
        }
    }

    /// The smallest group of people that the value rests on at any place: a figure of that place alone rests on no
    /// others.
    fn people(&self) -> Vec<Who> {
        let named = self.0.iter().flat_map(BTreeMap::values).filter(|people| !people.is_empty());
        named.min_by_key(|people| people.len()).cloned().unwrap_or_default()
    }
}

fn plain(keyed: Keyed) -> Vec<Element> {
    keyed.into_iter().map(|(_, element)| element).collect()
}

/// Elements of the denominator that are not in the numerator, at each moment: nine of ten reveals the tenth.
fn without(below: &Keyed, above: &Keyed) -> Vec<Element> {
    let mut there: HashMap<Uuid, Vec<bool>> = HashMap::new();
    for (key, element) in above {
        let there = there.entry(*key).or_insert_with(|| vec![false; element.at.len()]);
        there.iter_mut().zip(&element.at).for_each(|(there, at)| *there |= at.is_some());
    }
    let rest = |(key, element): &(Uuid, Element)| {
        let there = there.get(key);
        let is_there = |moment: usize| there.is_some_and(|there| there[moment]);
        let at = element.at.iter().enumerate();
        let at = at.map(|(moment, at)| at.filter(|_| !is_there(moment))).collect();
        Element { part: 2, at, ..element.clone() }
    };
    below.iter().map(rest).collect()
}

/// Number of parts of a figure: three for a rate (see `Reader::elements`), else one.
pub const fn parts(definition: &Definition) -> usize {
    if definition.denominator.is_some() { 3 } else { 1 }
}

/// Clock values of ledgers just before an instant; ledgers that had no act by then are left out.
pub async fn known(
    db: &impl ConnectionTrait,
    ledgers: &[LedgerId],
    before: chrono::DateTime<chrono::Utc>,
) -> Result<BTreeMap<i32, i64>> {
    let as_of = AsOf::at(db, before - chrono::Duration::microseconds(1)).await?;
    let known = ledgers.iter().map(|ledger| (ledger.0, as_of.of(ledger.0)));
    Ok(known.filter(|(_, seq)| *seq > 0).collect())
}
