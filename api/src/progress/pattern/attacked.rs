//! The attacker at the blocks themselves: he has the sums of all blocks of all cut-offs, knows besides where records
//! came, went, moved and stood still, and solves for what is behind them.

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

/// Where a record counted at each cut-off, and whose it is.
type Life = (usize, Vec<Option<usize>>);

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
        for (region, most) in most.into_iter().enumerate() {
            for _ in 0..dice.throw(most + 1) {
                let mut at = vec![None; cut_off];
                at.push(Some(region * MONTHS + dice.throw(MONTHS)));
                lives.push((region * 9 + dice.throw(9), at));
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

/// The blocks that are told at each cut-off, each made in the sight of those before.
fn told(lives: &[Life]) -> Vec<Option<Vec<Vec<usize>>>> {
    let mut told: Vec<Option<Vec<Vec<usize>>>> = vec![];
    for cut_off in 0..CUT_OFFS {
        let element = |(nth, (whose, at)): (usize, &Life)| Element {
            part: 0,
            value: 1,
            record: nth,
            people: vec![Who { id: *whose, known: false }],
            at: std::iter::once(cut_off)
                .chain((0..cut_off).filter(|before| told[*before].is_some()))
                .map(|cut_off| at[cut_off])
                .collect(),
        };
        let earlier = |blocks: &Vec<Vec<usize>>| {
            let mut block: Vec<usize> = (blocks.len()..blocks.len() + SPOTS).collect();
            for (nth, spots) in blocks.iter().enumerate() {
                for spot in spots {
                    block[*spot] = nth;
                }
            }
            block
        };
        let elements = lives.iter().enumerate().map(element).collect();
        let given =
            Given { spots: SPOTS, parts: 1, elements, earlier: told.iter().flatten().map(earlier).collect() };
        let blocks = Blocks::new(&given).map(|mut blocks| {
            for cell in cells() {
                blocks.tell_apart(&cell);
            }
            blocks.told().map(|(_, spots)| spots.to_vec()).collect()
        });
        told.push(blocks);
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

/// What is left of a vector when all that the rows can say is taken away.
fn rest(rows: &[Vec<u64>], mut vector: Vec<u64>) -> Vec<u64> {
    for row in rows {
        let pivot = row.iter().position(|n| *n != 0).unwrap();
        let by = vector[pivot];
        vector.iter_mut().zip(row).for_each(|(n, of)| *n = (*n + PRIME - times(by, *of)) % PRIME);
    }
    vector
}

/// Whoever has the sums of all blocks of all cut-offs solves for what came, went and stayed where: a group of
/// records with the same life, or a figure of a spot, or its change, comes out only if it rests on enough.
#[expect(clippy::too_many_lines, reason = "one elimination, step by step")]
fn found(lives: &[Life], told: &[Option<Vec<Vec<usize>>>]) -> Vec<String> {
    let mut groups: Vec<(&Vec<Option<usize>>, Vec<usize>)> = vec![];
    for (whose, at) in lives {
        match groups.iter_mut().find(|(known, _)| *known == at) {
            Some((_, people)) if people.contains(whose) => {}
            Some((_, people)) => people.push(*whose),
            None => groups.push((at, vec![*whose])),
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
    for (cut_off, blocks) in told.iter().enumerate() {
        let Some(blocks) = blocks else { continue };
        // Where nothing counts, that is told, too.
        let empty = (0..SPOTS).filter(|spot| !blocks.iter().flatten().any(|known| known == spot));
        for spots in blocks.iter().cloned().chain(empty.map(|spot| vec![spot])) {
            let there = |at: &[Option<usize>]| at[cut_off].is_some_and(|spot| spots.contains(&spot));
            let mut row = rest(&rows, vector(&|at| i8::from(there(at))));
            if let Some(by) = row.iter().copied().find(|n| *n != 0).map(inverse) {
                for n in &mut row {
                    *n = times(*n, by);
                }
                rows.push(row);
            }
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
    let (mut blocks, mut spots) = (0, 0);
    for seed in 0..150 {
        let lives = lives(&mut Dice(seed));
        let told = told(&lives);
        assert_eq!(found(&lives, &told), Vec::<String>::new(), "of {seed}: {told:?}");
        blocks += told.iter().flatten().flatten().count();
        spots += told.iter().flatten().flatten().flatten().count();
    }
    assert!(blocks * 5 > spots, "{blocks} blocks of {spots} spots: next to nothing is told");
}
