//! The attacker: one who may not see small figures collects all that he is told, at every level, for every period,
//! group and programme, at each cut-off, while records are added, moved and rejected, and puts it together.
//!
//! What is told at a cut-off are sums over leaves: a ledger, a month, and whether the programme is meant. Leaves that
//! occur in the same sums only can be exchanged for each other without any sum noticing, so he cannot know of less than
//! such a class. The tests give him the sum of every class, which is more than he has, and then ask:
//! - does a class rest on somebody, but on fewer than five?
//! - does what changed between two cut-offs, in any set that is made of whole classes at both?
//! - is a hidden figure that rests on fewer than five a combination of those that are told (exact elimination)? May it be
//!   anything from some number to at least five more?

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use serde_json::{Value, json};
use tests::{TestApp, on_both};

use super::country::{Country, HOUSEHOLDS, groups};
use super::sums::Sums;

const ENOUGH: usize = 5;
const MONTHS: usize = 6;

/// The cut-offs at which he asks, each with a day of the month before it on which records are entered.
const WALK: [(&str, &str, &str); 4] = [
    ("2022-04-15", "2022-05-02", "2022-04-30"),
    ("2022-05-15", "2022-06-02", "2022-05-31"),
    ("2022-06-15", "2022-07-02", "2022-06-30"),
    ("2022-07-15", "2022-08-02", "2022-07-31"),
];

/// A set of leaves.
pub type Set = u128;

/// What is told of a set of leaves at a cut-off.
type Told = BTreeMap<(usize, Set), i64>;

/// Numbers that look random and are the same in each run.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % sides as u64).unwrap()
    }
}

/// A visit or a contribution as the test remembers it: known from one cut-off until another.
#[derive(Clone, Debug)]
struct Deed {
    id: String,
    county: usize,
    /// Of a village where there is none.
    household: Option<usize>,
    amount: i64,
    month: usize,
    of_programme: bool,
    from: usize,
    until: usize,
}

impl Deed {
    fn leaf(&self) -> Set {
        leaf(self.county, self.month, self.of_programme)
    }

    fn holds(&self, cut_off: usize) -> bool {
        (self.from..self.until).contains(&cut_off)
    }
}

/// Ledgers: those of the counties, then the cities' and the province's own.
const LEDGERS: usize = 8;

fn leaf(ledger: usize, month: usize, of_programme: bool) -> Set {
    1 << (ledger * MONTHS * 2 + month * 2 + usize::from(of_programme))
}

/// A figure that can be asked for.
fn cell(ledgers: &[usize], months: Range<usize>, only_programme: bool) -> Set {
    let mut set = 0;
    for ledger in ledgers {
        for month in months.clone() {
            set |= leaf(*ledger, month, true);
            if !only_programme {
                set |= leaf(*ledger, month, false);
            }
        }
    }
    set
}

/// What is done and counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Work {
    /// Visits to households.
    Visits,
    /// Contributions in cash, to households and to villages, also of nothing.
    Cash,
}

impl Work {
    const fn code(self) -> &'static str {
        match self {
            Self::Visits => "HOUSEHOLD_VISITS",
            Self::Cash => "CASH_GIVEN",
        }
    }
}

struct Attack {
    country: Country,
    work: Work,
    deeds: Vec<Deed>,
    dice: Dice,
    told: Told,
    asked: BTreeSet<Set>,
}

impl Attack {
    /// What happens before a cut-off: much in some places, little in others.
    async fn works(&mut self, cut_off: usize, day: &str) {
        self.country.app.go_to(day);
        let months = (cut_off + 4).min(MONTHS);
        for county in 0..self.country.counties.len() {
            let most = if cut_off == 0 { [40, 2, 14, 25, 5][county] } else { [9, 3, 2, 20, 1][county] };
            for _ in 0..self.dice.throw(most + 1) {
                let (household, month) = (self.dice.throw(HOUSEHOLDS), self.dice.throw(months));
                let of_programme = self.dice.throw(8) > 0;
                let on = format!("2022-{:02}-{:02}", month + 1, 1 + self.dice.throw(12));
                let (household, amount) = match self.work {
                    Work::Visits => (Some(household), 1),
                    Work::Cash => (
                        (self.dice.throw(3) > 0).then_some(household),
                        i64::try_from(self.dice.throw(5).min(1) * (10 + self.dice.throw(1000))).unwrap(),
                    ),
                };
                let id = match (self.work, household) {
                    (Work::Visits, Some(household)) => {
                        self.country.visit(county, household, &on, of_programme).await
                    }
                    _ => self.country.give(county, household, &on, amount, of_programme).await,
                };
                let (from, until) = (cut_off, usize::MAX);
                self.deeds.push(Deed { id, county, household, amount, month, of_programme, from, until });
            }
        }
        let changes = if cut_off == 0 { 0 } else { self.dice.throw(5) };
        for _ in 0..changes {
            let nth = self.dice.throw(self.deeds.len());
            let deed = self.deeds[nth].clone();
            if deed.until != usize::MAX || deed.from == cut_off {
                continue;
            }
            let office = &self.country.counties[deed.county].office;
            self.deeds[nth].until = cut_off;
            if self.dice.throw(2) == 0 {
                let input = json!({ "record": deed.id, "reason": "重复" });
                office.done("recordReject", "record", input).await;
            } else {
                let month = self.dice.throw(months);
                let on = format!("2022-{:02}-{:02}", month + 1, 12 + cut_off);
                let input = json!({ "record": deed.id, "happenedOn": on });
                office.done("recordAmend", "record", input).await;
                self.deeds.push(Deed { month, from: cut_off, ..deed });
            }
        }
    }

    /// Asks for everything that can be asked, at a cut-off.
    async fn asks(&mut self, cut_off: usize) {
        for (place, by, ledgers) in self.places() {
            for only_programme in [false, true] {
                self.asks_about(cut_off, &place, by, &ledgers, only_programme).await;
                if by == "TOTAL" {
                    self.asks_in_public(cut_off, &place, &ledgers[0].1, only_programme).await;
                }
            }
        }
    }

    /// Places with a way to group them, and the ledgers of each group.
    fn places(&self) -> Vec<(String, &'static str, Groups)> {
        let Country { province, cities, counties, .. } = &self.country;
        let counties: Vec<&String> = counties.iter().map(|county| &county.region).collect();
        let total = |ledgers: &[usize]| vec![("total".to_owned(), ledgers.to_vec())];
        let (first, second) = (&cities[0], &cities[1]);
        let mut each: Groups =
            counties.iter().enumerate().map(|(nth, county)| ((*county).clone(), vec![nth])).collect();
        each.extend([(first.clone(), vec![5]), (second.clone(), vec![6]), (province.clone(), vec![7])]);
        let whole = vec![
            (first.clone(), vec![0, 1, 2, 5]),
            (second.clone(), vec![3, 4, 6]),
            (province.clone(), vec![7]),
        ];
        let all: Vec<usize> = (0..LEDGERS).collect();
        vec![
            (province.clone(), "COUNTY", each),
            (province.clone(), "CITY", whole),
            (province.clone(), "TOTAL", total(&all)),
            (first.clone(), "TOTAL", total(&[0, 1, 2, 5])),
            (counties[1].clone(), "TOTAL", total(&[1])),
        ]
    }

    async fn asks_about(
        &mut self,
        cut_off: usize,
        place: &str,
        by: &str,
        ledgers: &Groups,
        only_programme: bool,
    ) {
        let programme = if only_programme { "programme: { code: \"HELP\" }" } else { "" };
        let code = self.work.code();
        let ask = |(nth, (period, _)): (usize, &(String, Range<usize>))| {
            format!(
                "q{nth}: progress(input: {{ region: {{ id: \"{place}\" }} {programme} period: {period} groupBy: {by}
                    indicators: [\"{code}\"] }}) {{ asOf groups(first: 100) {{ nodes {{ region {{ id }} month
                    figures {{ numerator withheld asOf }} }} }} }}"
            )
        };
        let periods = periods();
        let query: Vec<String> = periods.iter().enumerate().map(ask).collect();
        let query = format!("{{ {} }}", query.join(" "));
        let answer = self.country.province_office.post(&query, Value::Null).await.expect_ok();
        for (nth, (period, months)) in periods.iter().enumerate() {
            let told = groups(answer.at(&format!("/q{nth}")));
            for (group, ledgers) in ledgers {
                let set = cell(ledgers, months.clone(), only_programme);
                self.asked.insert(set);
                self.learns(cut_off, set, &told[group], &format!("{place} {period} {by} {group}"));
            }
        }
    }

    /// Asks without a token for quarters that are over: everybody is told the same.
    async fn asks_in_public(&mut self, cut_off: usize, place: &str, ledgers: &[usize], only_programme: bool) {
        let programme = if only_programme { "programme: \"HELP\"" } else { "" };
        let quarters = [(1, 0..3), (2, 3..6)];
        for (quarter, months) in quarters.into_iter().take(if cut_off < 2 { 1 } else { 2 }) {
            let query = format!(
                "{{ publicFigures(region: {{ id: \"{place}\" }} quarter: {{ year: 2022, quarter: {quarter} }} {programme}
                    indicators: [\"{}\"]) {{ numerator withheld asOf }} }}",
                self.work.code()
            );
            let answer = self.country.app.stranger().post(&query, Value::Null).await.expect_ok();
            let set = cell(ledgers, months, only_programme);
            self.asked.insert(set);
            self.learns(cut_off, set, answer.at("/publicFigures/0"), &format!("{place} {quarter} in public"));
        }
    }

    /// Notes what a figure tells.
    fn learns(&mut self, cut_off: usize, set: Set, figure: &Value, what: &str) {
        let Some(value) = figure["numerator"].as_i64() else {
            match figure["withheld"].as_str() {
                Some("HIDDEN") => {
                    let rested = (0..=cut_off).any(|at| self.people(at, set) > 0);
                    assert!(rested, "{what} is hidden and never rested on anybody");
                }
                Some("NOT_YET") => assert_eq!(self.counted(cut_off, set), 0, "{what} was known at {cut_off}"),
                why => panic!("{what} is withheld: {why:?}"),
            }
            return;
        };
        assert_eq!(figure["withheld"], Value::Null);
        let at = figure["asOf"].as_str().map_or(cut_off, cut_off_of);
        assert_eq!(value, self.counted(at, set), "{what} at {at} of {cut_off}");
        let before = self.told.insert((at, set), value);
        assert!(before.is_none_or(|before| before == value));
    }

    fn there(&self, cut_off: usize, set: Set) -> impl Iterator<Item = &Deed> {
        self.deeds.iter().filter(move |deed| deed.holds(cut_off) && deed.leaf() & set != 0)
    }

    fn counted(&self, cut_off: usize, set: Set) -> i64 {
        self.there(cut_off, set).map(|deed| deed.amount).sum()
    }

    /// How many households a set rests on.
    fn people(&self, cut_off: usize, set: Set) -> usize {
        people(self.there(cut_off, set))
    }

    /// How many households stand behind what changed in a set.
    fn people_changed(&self, before: usize, after: usize, set: Set) -> usize {
        let changed = |deed: &&Deed| deed.leaf() & set != 0 && deed.holds(before) != deed.holds(after);
        people(self.deeds.iter().filter(changed))
    }

    /// Leaves that occur in the same sums of a cut-off; those that occur in none are apart.
    fn classes(&self, cut_off: usize) -> (Vec<Set>, Set) {
        let sums: Vec<Set> = self.told.keys().filter(|(at, _)| *at == cut_off).map(|(_, set)| *set).collect();
        let (mut classes, mut unknown): (HashMap<Vec<bool>, Set>, Set) = (HashMap::new(), 0);
        for nth in 0..LEDGERS * MONTHS * 2 {
            let occurs: Vec<bool> = sums.iter().map(|set| set >> nth & 1 == 1).collect();
            if occurs.contains(&true) {
                *classes.entry(occurs).or_default() |= 1 << nth;
            } else {
                unknown |= 1 << nth;
            }
        }
        (classes.into_values().collect(), unknown)
    }

    /// What he finds out, as sentences.
    fn findings(&self) -> Vec<String> {
        let mut findings = vec![];
        let few = |people: usize| (1..ENOUGH).contains(&people);
        for cut_off in 0..WALK.len() {
            let (classes, unknown) = self.classes(cut_off);
            for class in &classes {
                let people = self.people(cut_off, *class);
                if few(people) {
                    findings.push(format!("at {cut_off} a class rests on {people}: {class:b}"));
                }
            }
            let sums = self.sums(cut_off);
            for set in self.asked.iter().filter(|set| few(self.people(cut_off, **set))) {
                if sums.combine_to(*set) {
                    findings.push(format!("at {cut_off} a small figure is a combination: {set:b}"));
                }
                let straddling = classes.iter().filter(|class| *class & set != 0 && *class & !set != 0);
                let width: i64 = straddling.map(|class| self.counted(cut_off, *class)).sum();
                if set & unknown == 0 && width < 5 {
                    findings.push(format!("at {cut_off} a small figure is known to within {width}: {set:b}"));
                }
            }
            for before in 0..cut_off {
                for set in self.told_by_both(before, cut_off) {
                    let people = self.people_changed(before, cut_off, set);
                    if few(people) {
                        findings
                            .push(format!("from {before} to {cut_off} a change rests on {people}: {set:b}"));
                    }
                }
            }
        }
        findings
    }

    /// The smallest sets that are made of whole classes at both cut-offs.
    fn told_by_both(&self, before: usize, after: usize) -> Vec<Set> {
        let ((then, dark_then), (now, dark_now)) = (self.classes(before), self.classes(after));
        let dark = dark_then | dark_now;
        let mut sets: Vec<Set> = vec![];
        for class in then.into_iter().chain(now) {
            let (met, rest): (Vec<Set>, Vec<Set>) = sets.into_iter().partition(|set| set & class != 0);
            sets = rest;
            sets.push(met.into_iter().fold(class, |all, set| all | set));
        }
        sets.retain(|set| set & dark == 0);
        sets
    }

    fn sums(&self, cut_off: usize) -> Sums {
        let mut sums = Sums::of(LEDGERS * MONTHS * 2);
        for (_, set) in self.told.keys().filter(|(at, _)| *at == cut_off) {
            sums.add(*set);
        }
        sums
    }
}

/// Groups by their name, each with its ledgers.
type Groups = Vec<(String, Vec<usize>)>;

fn people<'a>(deeds: impl Iterator<Item = &'a Deed>) -> usize {
    let given = deeds.filter(|deed| deed.amount != 0);
    given.filter_map(|deed| Some((deed.county, deed.household?))).collect::<BTreeSet<_>>().len()
}

fn cut_off_of(as_of: &str) -> usize {
    WALK.iter().position(|(.., last)| as_of.starts_with(last)).unwrap()
}

/// Calendar periods with their months.
fn periods() -> Vec<(String, Range<usize>)> {
    let mut periods = vec![
        ("{ year: 2022 }".to_owned(), 0..MONTHS),
        ("{ span: { from: \"2022-01-01\", to: \"2022-06-30\" } }".to_owned(), 0..6),
        ("{ quarter: { year: 2022, quarter: 1 } }".to_owned(), 0..3),
        ("{ quarter: { year: 2022, quarter: 2 } }".to_owned(), 3..6),
    ];
    for month in 0..MONTHS {
        let nth = month + 1;
        periods.push((format!("{{ month: {{ year: 2022, month: {nth} }} }}"), month..nth));
    }
    periods
}

on_both! {
    /// Whatever he adds and subtracts, nothing that rests on fewer than five comes to light; and he is told a lot.
    async fn the_attacker_finds_nothing(app: TestApp) {
        attacked(app, 1, Work::Visits).await;
    }

    /// So in another country.
    async fn the_attacker_finds_nothing_elsewhere(app: TestApp) {
        attacked(app, 2, Work::Visits).await;
    }

    /// So of sums of money, where villages are given some and households others.
    async fn the_attacker_finds_no_households_money(app: TestApp) {
        attacked(app, 3, Work::Cash).await;
    }
}

async fn attacked(app: TestApp, seed: u64, work: Work) {
    let country = Country::on(app).await;
    country.publish(work.code()).await;
    let (deeds, told, asked) = (vec![], Told::new(), BTreeSet::new());
    let mut attack = Attack { country, work, deeds, dice: Dice(seed), told, asked };
    for (cut_off, (works_on, ask, _)) in WALK.iter().enumerate() {
        attack.works(cut_off, works_on).await;
        if cut_off > 0 {
            // What was entered since the last cut-off changes nothing that was told.
            attack.asks(cut_off - 1).await;
        }
        attack.country.app.go_to(ask);
        attack.asks(cut_off).await;
    }
    assert_eq!(attack.findings(), Vec::<String>::new());
    let all = attack.asked.len() * WALK.len();
    let (told, hidden) = (attack.told.len(), all - attack.told.len());
    let large = (0..WALK.len()).flat_map(|at| attack.asked.iter().map(move |set| (at, *set)));
    let large = large.filter(|(at, set)| attack.people(*at, *set) >= ENOUGH).count();
    println!("{told} told, {hidden} not told at their cut-off, {large} rest on enough");
    assert!(told * 3 > all && hidden * 20 > all, "{told} told, {hidden} hidden of {all}");
}
