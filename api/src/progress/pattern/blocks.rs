//! Blocks: which spots are shown apart from others. Each element counts at a spot; spots are joined in blocks, and a
//! figure is shown if it is a sum of whole blocks. Four rules hold for the blocks of all cut-offs together:
//! 1. A block rests on nobody or on enough people.
//! 2. Of any two blocks, also of different cut-offs, one contains the other or they are disjoint.
//! 3. If one block contains another of another cut-off, the change of the larger one between the two cut-offs rests on
//!    nobody or on enough people.
//! 4. If a smaller block of another cut-off was too small to show, the rest of the larger block must have changed by
//!    enough people since. Otherwise an attacker could subtract the unchanged rest.
//!
//! Spots that rest on nobody are blocks by themselves, so exact figures stay exact beside hidden ones. If all spots
//! that rest on people rest on too few even together, they are not shown.
//!
//! By rule 1, figures of one cut-off can be added and subtracted over levels, periods, groups and programmes: the
//! results are sums of blocks. By rule 2, blocks of several cut-offs can only cancel out in pairs, within one block; by
//! rule 3, the remainder of a pair is no secret.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Least number of people or households behind a figure that is shown.
pub const ENOUGH: usize = 5;

/// A person or household behind a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Who {
    pub id: usize,
    /// True if some viewers of the blocks see the records of this person themselves: for them the person hides nobody
    /// else.
    pub known: bool,
}

/// A thing that counts, with the people it rests on, if any.
#[derive(Clone, Debug)]
pub struct Element {
    /// Number of the part of the figure in which it counts; parts of a rate are never added up.
    pub part: usize,
    pub value: i64,
    pub people: Vec<Who>,
    /// Number of its record. A record that moves from one spot to another does not change a block that contains both.
    pub record: usize,
    /// Spot at which it counts: now, then at each earlier pattern; none if it does not count.
    pub at: Vec<Option<usize>>,
}

/// Block of each spot in an earlier pattern. A spot where nothing counted is a block by itself, because it was known to
/// be empty.
pub type Earlier = Vec<usize>;

/// Input from which blocks are made.
pub struct Given {
    pub spots: usize,
    pub parts: usize,
    pub elements: Vec<Element>,
    pub earlier: Vec<Earlier>,
}

/// People that something rests on, `ENOUGH` of them at most.
#[derive(Clone, Debug, Default)]
struct Counted {
    all: Vec<usize>,
    /// People whose records no viewer of the blocks sees, `ENOUGH` of them at most.
    unknown: Vec<usize>,
}

impl Counted {
    fn add(&mut self, who: Who) {
        for (people, counts) in [(&mut self.all, true), (&mut self.unknown, !who.known)] {
            if counts && people.len() < ENOUGH && !people.contains(&who.id) {
                people.push(who.id);
            }
        }
    }

    fn is_few(&self) -> bool {
        [&self.all, &self.unknown].iter().any(|people| (1..ENOUGH).contains(&people.len()))
    }

    fn is_enough(&self) -> bool {
        self.unknown.len() >= ENOUGH
    }
}

/// Spots joined in blocks.
pub struct Blocks<'a> {
    given: &'a Given,
    /// Elements that count at each spot: now, then at each earlier pattern.
    there: Vec<Vec<Vec<usize>>>,
    /// For each earlier pattern and spot, the elements that have come to the spot since, or gone from it.
    changed: Vec<Vec<Vec<usize>>>,
    /// For each earlier pattern, the elements that came or went and are the only change of their record.
    only_change: Vec<HashSet<usize>>,
    /// For each earlier pattern, the spots of each block.
    earlier: Vec<Vec<Vec<usize>>>,
    block: Vec<usize>,
    spots: Vec<Vec<usize>>,
    /// True if even the sum of all spots that rest on people is too small to show. These spots are the first block
    /// then.
    is_untold: bool,
}

impl<'a> Blocks<'a> {
    /// Starts with one block of all spots that rest on people, or shared a block in an earlier pattern, and a block for
    /// each other spot.
    pub fn new(given: &'a Given) -> Self {
        let mut there = vec![vec![vec![]; given.spots]; given.earlier.len() + 1];
        let mut changed = vec![vec![vec![]; given.spots]; given.earlier.len()];
        for (nth, element) in given.elements.iter().enumerate() {
            let here = element.at.first().copied().flatten();
            for (at, there) in element.at.iter().zip(&mut there) {
                if let Some(spot) = at {
                    there[*spot].push(nth);
                }
            }
            for (then, changed) in element.at.iter().skip(1).zip(&mut changed) {
                if *then != here {
                    for spot in [here, *then].into_iter().flatten() {
                        changed[spot].push(nth);
                    }
                }
            }
        }
        let only_change = (1..=given.earlier.len()).map(|then| only_changes(given, then)).collect();
        let earlier: Vec<Vec<Vec<usize>>> = given.earlier.iter().map(|block| spots_of(block)).collect();
        let (mut block, mut spots) = (vec![0; given.spots], vec![vec![]]);
        for spot in 0..given.spots {
            let rests_on_people = there[0][spot].iter().any(|nth| !given.elements[*nth].people.is_empty());
            let was_alone =
                given.earlier.iter().zip(&earlier).all(|(block, spots)| spots[block[spot]].len() == 1);
            if rests_on_people || !was_alone {
                spots[0].push(spot);
            } else {
                block[spot] = spots.len();
                spots.push(vec![spot]);
            }
        }
        let is_untold = false;
        let mut blocks = Self { given, there, changed, only_change, earlier, block, spots, is_untold };
        let all: Vec<usize> = (0..given.spots).collect();
        blocks.is_untold = blocks.few_at(0, &blocks.spots[0]) || !blocks.changes_are_safe(&all);
        blocks
    }

    /// Spots that may be split; none if they are not shown at all.
    pub fn together(&self) -> Vec<usize> {
        if self.is_untold { vec![] } else { self.spots[0].clone() }
    }

    /// Spots that are not shown.
    pub fn untold(&self) -> &[usize] {
        if self.is_untold { &self.spots[0] } else { &[] }
    }

    /// Splits blocks so that these spots are apart from all others. False, and nothing is split, if that would reveal a
    /// value that is too small.
    pub fn tell_apart(&mut self, these: &[usize]) -> bool {
        if self.is_untold {
            return false;
        }
        let mut is_in = vec![false; self.given.spots];
        let mut inside: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for spot in these {
            is_in[*spot] = true;
            inside.entry(self.block[*spot]).or_default().push(*spot);
        }
        inside.retain(|block, spots| spots.len() < self.spots[*block].len());
        let others = |block: &usize| self.spots[*block].iter().copied().filter(|spot| !is_in[*spot]);
        let outside: Vec<Vec<usize>> = inside.keys().map(|block| others(block).collect()).collect();
        if inside.values().chain(&outside).any(|spots| self.few_at(0, spots) || self.crosses(spots)) {
            return false;
        }
        self.split(inside, outside)
    }

    fn split(&mut self, inside: BTreeMap<usize, Vec<usize>>, outside: Vec<Vec<usize>>) -> bool {
        let (blocks, mut touched) = (self.spots.len(), vec![]);
        let mut old = vec![];
        for ((block, inside), outside) in inside.into_iter().zip(outside) {
            for spot in &inside {
                self.block[*spot] = self.spots.len();
            }
            self.spots.push(inside);
            let whole = std::mem::replace(&mut self.spots[block], outside);
            touched.extend(&whole);
            old.push((block, whole));
        }
        if self.changes_are_safe(&touched) {
            return true;
        }
        self.spots.truncate(blocks);
        for (block, whole) in old {
            for spot in &whole {
                self.block[*spot] = block;
            }
            self.spots[block] = whole;
        }
        false
    }

    /// True if these spots overlap an earlier block, and neither contains the other.
    fn crosses(&self, spots: &[usize]) -> bool {
        self.given.earlier.iter().zip(&self.earlier).any(|(block, blocks)| {
            let mut inside: BTreeMap<usize, usize> = BTreeMap::new();
            for spot in spots {
                *inside.entry(block[*spot]).or_default() += 1;
            }
            inside.into_iter().any(|(block, met)| met < blocks[block].len() && met < spots.len())
        })
    }

    /// True if the elements at these spots at a moment rest on somebody, but on too few.
    fn few_at(&self, moment: usize, spots: &[usize]) -> bool {
        self.count_at(moment, spots).iter().any(Counted::is_few)
    }

    fn count_at(&self, moment: usize, spots: &[usize]) -> Vec<Counted> {
        self.count(spots.iter().flat_map(|spot| &self.there[moment][*spot]))
    }

    /// True if the blocks at these spots and the earlier blocks there can be shown side by side (rules 3 and 4).
    fn changes_are_safe(&self, around: &[usize]) -> bool {
        (0..self.earlier.len()).all(|pattern| {
            let mut seen = vec![false; self.given.spots];
            around.iter().all(|spot| {
                if seen[*spot] {
                    return true;
                }
                let (spots, moment) = self.larger(pattern, *spot);
                for spot in spots {
                    seen[*spot] = true;
                }
                !self.changes(pattern, spots).iter().any(Counted::is_few)
                    && self.others_have_changed(pattern, spots, moment)
            })
        })
    }

    /// Of the blocks of a spot now and in an earlier pattern, the larger one, and the moment at which it is shown (0
    /// for now).
    fn larger(&self, pattern: usize, spot: usize) -> (&[usize], usize) {
        let now = &self.spots[self.block[spot]];
        let then = &self.earlier[pattern][self.given.earlier[pattern][spot]];
        if then.len() > now.len() { (then, pattern + 1) } else { (now, 0) }
    }

    /// Rule 4. Of the smaller blocks within `larger`, as counted when `larger` was shown: if any rested on too few, the
    /// blocks that rested on enough must have changed by enough.
    fn others_have_changed(&self, pattern: usize, larger: &[usize], moment: usize) -> bool {
        if larger.iter().all(|spot| self.changed[pattern][*spot].is_empty()) {
            return true;
        }
        let smaller = if moment == 0 { &self.given.earlier[pattern] } else { &self.block };
        let mut within: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for spot in larger {
            within.entry(smaller[*spot]).or_default().push(*spot);
        }
        if within.len() == 1 {
            return true;
        }
        let counted = within.values().map(|spots| (spots, self.count_at(moment, spots)));
        let counted: Vec<(&Vec<usize>, Vec<Counted>)> = counted.collect();
        (0..self.given.parts).all(|part| {
            if !counted.iter().any(|(_, parts)| parts[part].is_few()) {
                return true;
            }
            let many = counted.iter().filter(|(_, parts)| parts[part].is_enough());
            let many: Vec<usize> = many.flat_map(|(spots, _)| spots.iter().copied()).collect();
            self.changes(pattern, &many)[part].is_enough()
        })
    }

    /// People behind the change of these spots, put together, since an earlier pattern, for each part.
    fn changes(&self, pattern: usize, spots: &[usize]) -> Vec<Counted> {
        let changed = || spots.iter().flat_map(|spot| &self.changed[pattern][*spot]);
        let only = self.count(changed().filter(|nth| self.only_change[pattern].contains(*nth)));
        if changed().next().is_none() || only.iter().all(Counted::is_enough) {
            return only;
        }
        let is_here = |spot: Option<usize>| spot.is_some_and(|spot| spots.contains(&spot));
        let elements: BTreeSet<usize> = changed().copied().collect();
        let mut sums: BTreeMap<(usize, usize), (i64, Vec<usize>)> = BTreeMap::new();
        for nth in elements {
            let element = &self.given.elements[nth];
            let (sum, of) = sums.entry((element.part, element.record)).or_default();
            *sum += element.value * i64::from(is_here(element.at[0]));
            *sum -= element.value * i64::from(is_here(element.at[pattern + 1]));
            of.push(nth);
        }
        sums.retain(|_, (sum, _)| *sum != 0);
        self.count(sums.values().flat_map(|(_, of)| of))
    }

    /// People behind these elements, for each part.
    fn count<'b>(&'b self, elements: impl Iterator<Item = &'b usize>) -> Vec<Counted> {
        let mut parts = vec![Counted::default(); self.given.parts];
        let mut open = self.given.parts;
        for nth in elements {
            let element = &self.given.elements[*nth];
            let part = &mut parts[element.part];
            let was_enough = part.is_enough();
            element.people.iter().for_each(|who| part.add(*who));
            open -= usize::from(!was_enough && part.is_enough());
            if open == 0 {
                break;
            }
        }
        parts
    }

    /// Blocks that are shown, each with the value of each part and its spots.
    pub fn told(&self) -> impl Iterator<Item = (Vec<i64>, &[usize])> {
        let value = |spots: &Vec<usize>| {
            let mut values = vec![0_i64; self.given.parts];
            for nth in spots.iter().flat_map(|spot| &self.there[0][*spot]) {
                let element = &self.given.elements[*nth];
                values[element.part] = values[element.part].saturating_add(element.value);
            }
            values
        };
        let is_empty = |spots: &&Vec<usize>| spots.iter().all(|spot| self.there[0][*spot].is_empty());
        self.spots
            .iter()
            .skip(usize::from(self.is_untold))
            .filter(move |spots| !is_empty(spots))
            .map(move |spots| (value(spots), spots.as_slice()))
    }
}

/// Elements that came or went since an earlier pattern and are the only change of their record.
fn only_changes(given: &Given, then: usize) -> HashSet<usize> {
    let mut of: HashMap<(usize, usize), Option<usize>> = HashMap::new();
    for (nth, element) in given.elements.iter().enumerate() {
        if element.at[0] != element.at[then] {
            let is_plain = element.value != 0 && (element.at[0].is_none() || element.at[then].is_none());
            let only = is_plain.then_some(nth);
            of.entry((element.part, element.record)).and_modify(|only| *only = None).or_insert(only);
        }
    }
    of.into_values().flatten().collect()
}

/// The spots of each block.
fn spots_of(blocks: &[usize]) -> Vec<Vec<usize>> {
    let mut spots = vec![vec![]; blocks.iter().max().map_or(0, |last| last + 1)];
    blocks.iter().enumerate().for_each(|(spot, block)| spots[*block].push(spot));
    spots
}
