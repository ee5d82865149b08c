//! Lines chained by hash: each holds one over the line before and itself. Walking a chain tells which lines were
//! changed, dropped, inserted or swapped, and whether it still holds what somebody noted of it before.

use std::collections::BTreeMap;

/// So many sentences are told of one chain, and then how many more there are.
const TOLD: usize = 20;

/// How many lines are read at a time.
pub const PAGE: u64 = 1000;

/// Where a chain ended when somebody looked, for comparison later: a chain that is cut short does not show it by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// `ledger 3`, `access-log 1`.
    pub chain: String,
    pub seq: i64,
    pub hash: String,
}

impl Head {
    /// Reads what `Display` writes.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [kind @ ("ledger" | "access-log"), number, "line", seq, hash] = words[..] else { return None };
        let number: i32 = number.parse().ok()?;
        Some(Self { chain: format!("{kind} {number}"), seq: seq.parse().ok()?, hash: hash.to_owned() })
    }
}

impl std::fmt::Display for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} line {} {}", self.chain, self.seq, self.hash)
    }
}

/// A walk along a chain.
pub struct Walk {
    name: String,
    has_gaps: bool,
    seq: i64,
    hash: String,
    noted: BTreeMap<i64, String>,
    broken: Vec<String>,
}

impl Walk {
    /// Begins after a line with that number and hash. In a chain that has gaps numbers grow, but not by one.
    #[must_use]
    pub fn after(name: String, seq: i64, hash: String, has_gaps: bool) -> Self {
        Self { name, has_gaps, seq, hash, noted: BTreeMap::new(), broken: vec![] }
    }

    /// Compares with what somebody noted before.
    #[must_use]
    pub fn against(mut self, noted: &[Head]) -> Self {
        let ours = noted.iter().filter(|head| head.chain == self.name);
        self.noted = ours.map(|head| (head.seq, head.hash.clone())).collect();
        // What has expired is told by the hash before the first line that is kept; of lines before that, nothing.
        let kept = self.noted.split_off(&self.seq);
        self.noted = kept;
        self.compare();
        self
    }

    /// The next line: its number, the hash that it holds, and the one it should hold after another.
    pub fn step(&mut self, seq: i64, held: &str, follows: impl FnOnce(&str) -> String) {
        let next = self.seq + 1;
        if seq > next && !self.has_gaps {
            let last = seq - 1;
            self.tell(if last == next {
                format!("line {next} is missing")
            } else {
                format!("lines {next} to {last} are missing")
            });
        } else if held != follows(&self.hash) {
            let before = self.seq;
            self.tell(format!(
                "line {seq} does not follow from line {before}: it was changed, inserted or swapped{}",
                if self.has_gaps { ", or lines before it were dropped" } else { "" }
            ));
        }
        (self.seq, self.hash) = (seq, held.to_owned());
        self.compare();
    }

    fn compare(&mut self) {
        if let Some(noted) = self.noted.remove(&self.seq)
            && noted != self.hash
        {
            self.tell(format!("line {} is another than was noted", self.seq));
        }
    }

    /// Something else that is wrong with it.
    pub fn tell(&mut self, what: String) {
        self.broken.push(what);
    }

    #[must_use]
    pub const fn seq(&self) -> i64 {
        self.seq
    }

    #[must_use]
    pub fn head(&self) -> Head {
        Head { chain: self.name.clone(), seq: self.seq, hash: self.hash.clone() }
    }

    /// What is wrong, each a sentence that names the chain and the line.
    #[must_use]
    pub fn differences(mut self) -> Vec<String> {
        let gone: Vec<i64> = self.noted.keys().copied().collect();
        for seq in gone {
            self.tell(format!("line {seq} was noted, and is gone"));
        }
        let more = self.broken.len().saturating_sub(TOLD);
        self.broken.truncate(TOLD);
        if more > 0 {
            self.broken.push(format!("and {more} more"));
        }
        self.broken.into_iter().map(|what| format!("{}: {what}", self.name)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

    fn hash(before: &str, line: &str) -> String {
        format!("({before}{line})")
    }

    /// Lines with their numbers and hashes.
    fn chain() -> Vec<(i64, &'static str, String)> {
        let mut before = String::new();
        let next = |(seq, line): (i64, &&'static str)| {
            before = hash(&before, line);
            (seq, *line, before.clone())
        };
        (1..).zip(&LINES).map(next).collect()
    }

    fn told(lines: &[(i64, &str, String)], noted: &[Head]) -> Vec<String> {
        let mut walk = Walk::after("ledger 1".to_owned(), 0, String::new(), false).against(noted);
        for (seq, line, held) in lines {
            walk.step(*seq, held, |before| hash(before, line));
        }
        walk.differences()
    }

    #[test]
    fn every_way_to_touch_it_is_told() {
        assert_eq!(told(&chain(), &[]), [""; 0]);
        let mut changed = chain();
        changed[2].1 = "x";
        assert_eq!(told(&changed, &[]).len(), 1);
        assert!(told(&changed, &[])[0].starts_with("ledger 1: line 3 does not follow from line 2: "));
        let mut dropped = chain();
        dropped.drain(1..3);
        assert_eq!(told(&dropped, &[]), ["ledger 1: lines 2 to 3 are missing"]);
        let mut swapped = chain();
        let (first, second) = (swapped[1].clone(), swapped[2].clone());
        (swapped[1].1, swapped[1].2) = (second.1, second.2);
        (swapped[2].1, swapped[2].2) = (first.1, first.2);
        assert_eq!(told(&swapped, &[]).len(), 3);
        let mut inserted = chain();
        inserted.push((7, "g", "made up".to_owned()));
        assert!(told(&inserted, &[])[0].contains("line 7"));
    }

    #[test]
    fn a_chain_cut_short_shows_by_what_was_noted() {
        let whole = chain();
        let noted: Vec<Head> = [(3, 2), (6, 5)]
            .map(|(seq, at)| Head { chain: "ledger 1".to_owned(), seq, hash: whole[at].2.clone() })
            .into();
        assert_eq!(told(&whole, &noted), [""; 0]);
        assert_eq!(told(&whole[..4], &noted), ["ledger 1: line 6 was noted, and is gone"]);
        let mut before = String::new();
        let written_anew: Vec<_> = (1..)
            .zip(["a", "b", "x", "d", "e", "f"])
            .map(|(seq, line)| {
                before = hash(&before, line);
                (seq, line, before.clone())
            })
            .collect();
        assert_eq!(told(&written_anew, &[]), [""; 0]);
        assert_eq!(told(&written_anew, &noted).len(), 2);
        assert_eq!(Head::parse(&noted[0].to_string()).as_ref(), Some(&noted[0]));
        assert_eq!(Head::parse("ledger x line 1 a"), None);
    }
}
