//! Blocks: what may be told apart. Everything that counts lies at a spot; spots are put together in blocks, and a figure
//! is shown where it is a sum of whole blocks. Three things are true of the blocks of all cut-offs together:
//! 1. a block rests on nobody or on enough people;
//! 2. any two blocks, also of different cut-offs, lie one in the other or apart;
//! 3. what changed between two cut-offs, in the larger of two blocks that lie one in the other, rests on nobody or on
//!    enough.
//!
//! 4. where one block holds another of another cut-off that rested on too few by itself when the larger one was told,
//!    what else is in the larger one has changed by enough: who takes it to have stood still is wrong.
//!
//! Spots that rest on nobody are blocks by themselves: whatever is exact stays so beside what is hidden. Where all that
//! rest on somebody are too few even together, they are no block: nothing is told of them.
//!
//! By the first, levels, periods, groups and programmes of one cut-off can be added and subtracted as one likes: what
//! comes out are sums of blocks. By the second, whatever of several cut-offs cancels out does so two by two, within one
//! block; and by the third, what is left then is no secret.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Figures that rest on fewer people or households are hidden.
pub const ENOUGH: usize = 5;

/// A person or household behind a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Who {
    pub id: usize,
    /// Known to some who are shown blocks, from what they keep themselves: hides nobody else from them.
    pub known: bool,
}

/// Something that counts, with those it rests on, if anybody.
#[derive(Clone, Debug)]
pub struct Element {
    /// Which part of the figure it counts in: those of a rate are kept apart.
    pub part: usize,
    pub value: i64,
    pub people: Vec<Who>,
    /// The record it is of: what goes from one spot and comes to another with it is no change where both are told
    /// together.
    pub record: usize,
    /// At which spot it counts: now, and in each earlier pattern.
    pub at: Vec<Option<usize>>,
}

/// The block of each spot in an earlier pattern; a spot where nothing counted was known to be empty, and is a block by
/// itself.
pub type Earlier = Vec<usize>;

/// All that the blocks are made of.
pub struct Given {
    pub spots: usize,
    pub parts: usize,
    pub elements: Vec<Element>,
    pub earlier: Vec<Earlier>,
}

/// People that something rests on, no more than are enough.
#[derive(Clone, Debug, Default)]
struct Counted {
    all: Vec<usize>,
    /// Those of them who are not known anyway.
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

/// Spots put together.
pub struct Blocks<'a> {
    given: &'a Given,
    /// Elements that count at each spot: now, and in each earlier pattern.
    there: Vec<Vec<Vec<usize>>>,
    /// For each earlier pattern, the elements that have come to a spot since, or gone from it.
    changed: Vec<Vec<Vec<usize>>>,
    /// For each earlier pattern, elements that came or went and are all that changed of their record.
    only_change: Vec<HashSet<usize>>,
    /// For each earlier pattern, the spots of each block.
    earlier: Vec<Vec<Vec<usize>>>,
    block: Vec<usize>,
    spots: Vec<Vec<usize>>,
    /// Whether even all that rests on anybody tells too much by its sum: it is the first block then, and no figure.
    is_untold: bool,
}

impl<'a> Blocks<'a> {
    /// One block of all that rests on anybody, and a block for each other spot.
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

    /// Spots that can still be told apart.
    pub fn together(&self) -> Vec<usize> {
        if self.is_untold { vec![] } else { self.spots[0].clone() }
    }

    /// Spots of which nothing is told.
    pub fn untold(&self) -> &[usize] {
        if self.is_untold { &self.spots[0] } else { &[] }
    }

    /// Tells these spots apart from all others, where that tells nothing too small.
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

    /// Whether these spots lie partly in and partly out of an earlier block that holds others, too.
    fn crosses(&self, spots: &[usize]) -> bool {
        self.given.earlier.iter().zip(&self.earlier).any(|(block, blocks)| {
            let mut inside: BTreeMap<usize, usize> = BTreeMap::new();
            for spot in spots {
                *inside.entry(block[*spot]).or_default() += 1;
            }
            inside.into_iter().any(|(block, met)| met < blocks[block].len() && met < spots.len())
        })
    }

    /// Whether what counted at these spots at a moment rests on somebody, but on too few.
    fn few_at(&self, moment: usize, spots: &[usize]) -> bool {
        self.count_at(moment, spots).iter().any(Counted::is_few)
    }

    fn count_at(&self, moment: usize, spots: &[usize]) -> Vec<Counted> {
        self.count(spots.iter().flat_map(|spot| &self.there[moment][*spot]))
    }

    /// Whether the blocks at these spots, and those of the earlier patterns there, can be told side by side.
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

    /// The larger of the blocks in which a spot lies now and in an earlier pattern, and when it is told.
    fn larger(&self, pattern: usize, spot: usize) -> (&[usize], usize) {
        let now = &self.spots[self.block[spot]];
        let then = &self.earlier[pattern][self.given.earlier[pattern][spot]];
        if then.len() > now.len() { (then, pattern + 1) } else { (now, 0) }
    }

    /// Whether those blocks within a larger one that rested on enough when it was told have changed by enough, where
    /// any of the others rested on too few.
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

    /// Whom it rests on what changed at these spots, put together, since an earlier pattern.
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

    /// Whom each part of these elements rests on.
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

    /// Each block with the value of each part.
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

/// Elements that came or went since an earlier pattern, where nothing else of their record did.
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
