//! What a figure is made of, read from facts: each thing that counts, where, with those it rests on, now and as each
//! earlier pattern knew it. Two statements a part, whatever the number of places.

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

/// What was known when, of which time.
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

/// A fact with what it refers to.
struct Fact {
    row: FactRow,
    refs: Vec<(RefRole, Uuid)>,
}

/// What an element is told apart by, with the element.
type Keyed = Vec<(Uuid, Element)>;

pub struct Reader<'a, C> {
    pub db: &'a C,
    /// All ledgers of the tree.
    pub question: &'a Question,
    /// Ledgers whose records are known to some who are shown blocks.
    pub known: &'a HashSet<i32>,
    /// The present moment, and those of the earlier patterns.
    pub moments: Vec<Moment>,
}

impl<C: ConnectionTrait> Reader<'_, C> {
    /// All elements: of a rate those above, those below, and those below that are not above.
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
        // Four households with nothing would hide the amount of the fifth from nobody.
        Ok(rows.into_iter().filter(|row| row.value != 0).map(fact).collect())
    }

    /// Facts that count at any of the moments, as far as one statement can say.
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

    /// Where a fact counted at a moment.
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

    /// Those that a fact rests on. Of persons that are only a number, as few as they could be.
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

/// Where something that is told apart counts at each moment, with those that its facts there rest on.
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

    /// The fewest that it rests on anywhere: a figure of one place or month rests on no others.
    fn people(&self) -> Vec<Who> {
        let named = self.0.iter().flat_map(BTreeMap::values).filter(|people| !people.is_empty());
        named.min_by_key(|people| people.len()).cloned().unwrap_or_default()
    }
}

fn plain(keyed: Keyed) -> Vec<Element> {
    keyed.into_iter().map(|(_, element)| element).collect()
}

/// Those below that are not above, at each moment: nine of ten says something of the tenth.
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

/// The number of parts that are kept apart.
pub const fn parts(definition: &Definition) -> usize {
    if definition.denominator.is_some() { 3 } else { 1 }
}

/// What those ledgers knew just before an instant that knew anything.
pub async fn known(
    db: &impl ConnectionTrait,
    ledgers: &[LedgerId],
    before: chrono::DateTime<chrono::Utc>,
) -> Result<BTreeMap<i32, i64>> {
    let as_of = AsOf::at(db, before - chrono::Duration::microseconds(1)).await?;
    let known = ledgers.iter().map(|ledger| (ledger.0, as_of.of(ledger.0)));
    Ok(known.filter(|(_, seq)| *seq > 0).collect())
}
