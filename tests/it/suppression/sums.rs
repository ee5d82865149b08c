//! What follows from sums: exact elimination.

use super::attack::Set;

/// Sums in echelon form, exact modulo a prime far beyond any coefficient that could arise.
pub struct Sums {
    leaves: usize,
    rows: Vec<Vec<u64>>,
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

impl Sums {
    /// Of so many leaves, of which nothing is known.
    pub const fn of(leaves: usize) -> Self {
        Self { leaves, rows: vec![] }
    }

    /// What is left of a set when all that the sums can say is taken away.
    fn rest(&self, set: Set) -> Vec<u64> {
        let mut rest: Vec<u64> = (0..self.leaves).map(|nth| u64::from(set >> nth & 1 == 1)).collect();
        for row in &self.rows {
            let pivot = row.iter().position(|n| *n == 1).unwrap();
            let by = rest[pivot];
            if by != 0 {
                rest.iter_mut().zip(row).for_each(|(n, of)| *n = (*n + PRIME - times(by, *of)) % PRIME);
            }
        }
        rest
    }

    pub fn combine_to(&self, set: Set) -> bool {
        self.rest(set).iter().all(|n| *n == 0)
    }

    pub fn add(&mut self, set: Set) {
        let mut row = self.rest(set);
        let Some(pivot) = row.iter().position(|n| *n != 0) else { return };
        let by = inverse(row[pivot]);
        for n in &mut row {
            *n = times(*n, by);
        }
        self.rows.push(row);
    }
}
