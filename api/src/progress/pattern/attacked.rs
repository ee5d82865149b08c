//! An attack on the blocks. The attacker has the sums of all blocks of all cut-offs, knows where records came, went,
//! moved and stood still, and knows everything that rests on nobody. He solves these equations for values that rest on
//! too few people.

use super::blocks::*;

const REGIONS: usize = 3;
const MONTHS: usize = 4;
const SPOTS: usize = REGIONS * MONTHS;
const CUT_OFFS: usize = 4;

struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % sides as u64).unwrap()
    }
}

/// The person that a record rests on, if any, and the spot where it counted at each cut-off.
type Life = (Option<usize>, Vec<Option<usize>>);

/// Answer at a cut-off: the spots of each block, and the spots that are not shown.
#[derive(Debug)]
struct Told {
    blocks: Vec<Vec<usize>>,
    untold: Vec<usize>,
}

fn lives(dice: &mut Dice) -> Vec<Life> {
    let mut lives: Vec<Life> = vec![];
    for cut_off in 0..CUT_OFFS {
        for (_, at) in &mut lives {
            let last = at[cut_off - 1];
            let moved = match dice.throw(30) {
                0 => None,
                1 => Some(dice.throw(SPOTS)),
                _ => last,
            };
            at.push(last.and(moved));
        }
        let most = [[40, 9, 14], [6, 3, 20], [2, 1, 9], [8, 8, 2]][cut_off];
        // The share of records that rest on a person: a half, three quarters, or one in thirty.
        let of_nobody = [2, 4, 30][usize::try_from(dice.0 % 3).unwrap()];
        for (region, most) in most.into_iter().enumerate() {
            for _ in 0..dice.throw(most + 1) {
                let mut at = vec![None; cut_off];
                at.push(Some(region * MONTHS + dice.throw(MONTHS)));
                let whose = region * 9 + dice.throw(9);
                let is_anybodys =
                    if of_nobody == 30 { dice.throw(30) == 0 } else { dice.throw(of_nobody) > 0 };
                lives.push((is_anybodys.then_some(whose), at));
            }
        }
    }
    lives
}

fn cells() -> Vec<Vec<usize>> {
    let regions: [&[usize]; 5] = [&[0, 1, 2], &[0, 1], &[0], &[1], &[2]];
    let periods: [&[usize]; 7] = [&[0, 1, 2, 3], &[0, 1], &[2, 3], &[0], &[1], &[2], &[3]];
    let spots = |regions: &[usize], months: &[usize]| -> Vec<usize> {
        regions.iter().flat_map(|region| months.iter().map(move |month| region * MONTHS + month)).collect()
    };
    regions.iter().flat_map(|of| periods.iter().map(|months| spots(of, months))).collect()
}

/// Answers at each cut-off, each safe beside all earlier ones.
fn told(lives: &[Life]) -> Vec<Told> {
    let mut told: Vec<Told> = vec![];
    for cut_off in 0..CUT_OFFS {
        let was_told = |before: usize, at: &[Option<usize>]| {
            at[before].filter(|spot| before == cut_off || !told[before].untold.contains(spot))
        };
        let element = |(nth, (whose, at)): (usize, &Life)| Element {
            part: 0,
            value: 1,
            record: nth,
            people: whose.iter().map(|id| Who { id: *id, known: false }).collect(),
            at: std::iter::once(cut_off).chain(0..cut_off).map(|before| was_told(before, at)).collect(),
        };
        let earlier = |told: &Told| {
            let blocks = &told.blocks;
            let mut block: Vec<usize> = (blocks.len()..blocks.len() + SPOTS).collect();
            for (nth, spots) in blocks.iter().enumerate() {
                for spot in spots {
                    block[*spot] = nth;
                }
            }
            block
        };
        let elements = lives.iter().enumerate().map(element).collect();
        let given = Given { spots: SPOTS, parts: 1, elements, earlier: told.iter().map(earlier).collect() };
        let mut blocks = Blocks::new(&given);
        for cell in cells() {
            blocks.tell_apart(&cell);
        }
        let untold = blocks.untold().to_vec();
        told.push(Told { blocks: blocks.told().map(|(_, spots)| spots.to_vec()).collect(), untold });
    }
    told
}

const PRIME: u64 = (1 << 61) - 1;

fn times(a: u64, b: u64) -> u64 {
    u64::try_from(u128::from(a) * u128::from(b) % u128::from(PRIME)).unwrap()
}

fn inverse(a: u64) -> u64 {
    let (mut result, mut power, mut exponent) = (1, a, PRIME - 2);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = times(result, power);
        }
        power = times(power, power);
        exponent >>= 1;
    }
    result
}

/// Remainder of a vector after elimination by the rows; zero if the rows determine it.
fn rest(rows: &[Vec<u64>], mut vector: Vec<u64>) -> Vec<u64> {
    for row in rows {
        let pivot = row.iter().position(|n| *n != 0).unwrap();
        let by = vector[pivot];
        vector.iter_mut().zip(row).for_each(|(n, of)| *n = (*n + PRIME - times(by, *of)) % PRIME);
    }
    vector
}

/// Values that the attacker can compute although they rest on too few: the number of records with the same life, the
/// figure of a cell at a cut-off, or its change between two cut-offs.
#[expect(clippy::too_many_lines, reason = "one elimination, step by step")]
fn found(lives: &[Life], told: &[Told]) -> Vec<String> {
    let mut groups: Vec<(&Vec<Option<usize>>, Vec<usize>)> = vec![];
    for (whose, at) in lives {
        match groups.iter_mut().find(|(known, _)| *known == at) {
            Some((_, people)) if whose.is_none_or(|whose| people.contains(&whose)) => {}
            Some((_, people)) => people.extend(whose),
            None => groups.push((at, whose.iter().copied().collect())),
        }
    }
    let vector = |counts: &dyn Fn(&[Option<usize>]) -> i8| -> Vec<u64> {
        groups
            .iter()
            .map(|(at, _)| match counts(at) {
                0 => 0,
                1 => 1,
                _ => PRIME - 1,
            })
            .collect()
    };
    let mut rows: Vec<Vec<u64>> = vec![];
    let mut learn = |sum: Vec<u64>| {
        let mut row = rest(&rows, sum);
        if let Some(by) = row.iter().copied().find(|n| *n != 0).map(inverse) {
            for n in &mut row {
                *n = times(*n, by);
            }
            rows.push(row);
        }
    };
    for (life, _) in groups.iter().filter(|(_, people)| people.is_empty()) {
        learn(vector(&|at| i8::from(at == life.as_slice())));
    }
    for (cut_off, Told { blocks, untold }) in told.iter().enumerate() {
        // Spots where nothing counts are known to be empty.
        let empty =
            (0..SPOTS).filter(|spot| !blocks.iter().flatten().chain(untold).any(|known| known == spot));
        for spots in blocks.iter().cloned().chain(empty.map(|spot| vec![spot])) {
            let there = |at: &[Option<usize>]| at[cut_off].is_some_and(|spot| spots.contains(&spot));
            learn(vector(&|at| i8::from(there(at))));
        }
    }
    let mut found = vec![];
    let mut look = |what: String, counts: &dyn Fn(&[Option<usize>]) -> i8| {
        let wanted = vector(counts);
        let mut people: Vec<usize> = groups
            .iter()
            .zip(&wanted)
            .filter(|(_, n)| **n != 0)
            .flat_map(|((_, people), _)| people.clone())
            .collect();
        people.sort_unstable();
        people.dedup();
        if (1..ENOUGH).contains(&people.len()) && rest(&rows, wanted).iter().all(|n| *n == 0) {
            found.push(what);
        }
    };
    for (life, _) in &groups {
        look(format!("a life {life:?}"), &|at| i8::from(at == life.as_slice()));
    }
    for cell in cells() {
        let there = |at: Option<usize>| i8::from(at.is_some_and(|spot| cell.contains(&spot)));
        for after in 0..CUT_OFFS {
            look(format!("{cell:?} at {after}"), &|at| there(at[after]));
            for before in 0..after {
                look(format!("{cell:?} from {before} to {after}"), &|at| {
                    there(at[after]) - there(at[before])
                });
            }
        }
    }
    found
}

#[test]
fn nothing_small_comes_out() {
    let (mut blocks, mut spots, mut untold) = (0, 0, 0);
    for seed in 0..240 {
        let lives = lives(&mut Dice(seed));
        let told = told(&lives);
        assert_eq!(found(&lives, &told), Vec::<String>::new(), "of {seed}: {told:?}");
        blocks += told.iter().map(|told| told.blocks.len()).sum::<usize>();
        spots += told.iter().flat_map(|told| &told.blocks).flatten().count();
        untold += told.iter().filter(|told| !told.untold.is_empty()).count();
    }
    assert!(blocks * 5 > spots, "{blocks} blocks of {spots} spots: next to nothing is told");
    assert!(untold > 20, "only {untold} cut-offs hold too few even together");
}

/// Work for villages is shown exactly beside work for one household, which is not shown.
#[test]
fn what_is_exact_stays_so() {
    let element = |spot: usize, people: &[usize]| Element {
        part: 0,
        value: 1,
        record: spot,
        people: people.iter().map(|id| Who { id: *id, known: false }).collect(),
        at: vec![Some(spot)],
    };
    let elements = vec![element(0, &[]), element(1, &[]), element(1, &[7]), element(2, &[])];
    let given = Given { spots: 3, parts: 1, elements, earlier: vec![] };
    let blocks = Blocks::new(&given);
    assert_eq!(blocks.untold(), [1]);
    let told: Vec<_> = blocks.told().map(|(values, spots)| (values[0], spots.to_vec())).collect();
    assert_eq!(told, [(1, vec![0]), (1, vec![2])]);
}
