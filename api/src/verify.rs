//! Verifies derived data: journals are whole, facts equal a recount from records and roster, cells equal a recount
//! from facts. It reads everything and writes nothing.
#![expect(clippy::disallowed_methods, reason = "an operator's recount reads whole tables")]

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::fact_ref::RefRole;
use entity::ids::{
    CategoryId, CommitteeId, FactId, HouseholdId, LedgerId, OrganisationId, ProgrammeId, RegionId,
};
use entity::values::Day;
use entity::{
    category, cell, committee, committee_member, fact, fact_ref, family_member, household,
    household_designation, industry, industry_unit, ledger, link, link_rule, member, organisation, person,
    record, region, region_designation, village,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::access::{Scope, Within};
use crate::access_log::{self, Walked};
use crate::household::{Family, Registered};
use crate::ledger::{CellKey, Draft, Record, Sums, cells_of, code, walk};
use crate::link::Bound;
use crate::programme::lineage;
use crate::record::aggregates;
use crate::region::Described;
use crate::{committee as committees, member as members};
use platform::chain::Head;
use platform::db::{Db, Pool};
use platform::error::Result;
use platform::seal::Keys;

/// Result of a recount.
#[derive(Debug, Default)]
pub struct Report {
    pub ledgers: usize,
    pub facts: usize,
    pub cells: usize,
    /// Differences, each a sentence that names the ledger and the row.
    pub differences: Vec<String>,
}

/// Recounts all ledgers.
pub async fn run(db: &Db) -> Result<Report> {
    let db = &db.read;
    let mut report = Report::default();
    for ledger in ledgers(db).await? {
        report.ledgers += 1;
        report.differences.extend(walk(db, ledger, &[]).await?.differences());
        let known = known(db, ledger).await?;
        let wanted = recounted(db, ledger).await?;
        report.facts += known.len();
        compare(ledger, &known, &wanted, &mut report.differences);
        report.cells += compare_cells(db, ledger, &known, &mut report.differences).await?;
    }
    Ok(report)
}

/// All ledgers, and the clock of the reference tables.
async fn ledgers(db: &impl ConnectionTrait) -> Result<Vec<LedgerId>> {
    let rows = ledger::Entity::find().order_by_asc(ledger::Column::Id).all(db).await?;
    Ok(std::iter::once(LedgerId::REFERENCE).chain(rows.iter().map(|row| row.id)).collect())
}

/// Walks the journals of all ledgers and the chains of the access log, and compares them with heads noted before.
pub async fn audit(db: &Db, keys: &Keys, noted: &[Head]) -> Result<Walked> {
    let mut found = access_log::verify(db, keys, noted).await?;
    let ledgers = ledgers(&db.read).await?;
    for ledger in &ledgers {
        let walk = walk(&db.read, *ledger, noted).await?;
        // An empty journal has no head to note.
        found.heads.extend(Some(walk.head()).filter(|head| head.seq > 0));
        found.journals += 1;
        found.differences.extend(walk.differences());
    }
    let known = |head: &&Head| ledgers.iter().any(|ledger| head.chain == format!("ledger {}", ledger.0));
    let gone = noted.iter().filter(|head| head.chain.starts_with("ledger ") && !known(head));
    found.differences.extend(gone.map(|head| format!("{}: it was noted, and is gone", head.chain)));
    Ok(found)
}

/// The facts that a ledger holds now.
async fn known(db: &Pool, ledger: LedgerId) -> Result<Vec<Draft>> {
    let rows = fact::Entity::find()
        .filter(fact::Column::LedgerId.eq(ledger))
        .filter(fact::Column::UntilSeq.eq(fact::OPEN))
        .all(db)
        .await?;
    let mut refs: HashMap<FactId, Vec<(RefRole, Uuid)>> = HashMap::new();
    for row in fact_ref::Entity::find().filter(fact_ref::Column::LedgerId.eq(ledger)).all(db).await? {
        refs.entry(row.fact_id).or_default().push((row.role, row.ref_id));
    }
    Ok(rows.iter().map(|row| Draft::read(row, refs.remove(&row.id).unwrap_or_default())).collect())
}

/// The facts that the records and roster of a ledger yield.
async fn recounted(db: &Pool, ledger: LedgerId) -> Result<Vec<Draft>> {
    let scope = Scope::of_operator(db.get_database_backend(), ledger);
    let codes: Codes =
        category::Entity::find().all(db).await?.into_iter().map(|row| (row.id, row.code)).collect();
    let mut facts = households(db, ledger, &codes).await?;
    facts.extend(links(db, ledger).await?);
    let rows = record::Entity::within(&scope).all(db).await?;
    for batch in rows.chunks(500) {
        for record in aggregates(db, &scope, ledger, batch.to_vec()).await? {
            facts.extend(record.facts());
        }
    }
    facts.extend(roster(db, ledger, &codes).await?);
    Ok(facts)
}

/// Codes of categories.
type Codes = HashMap<CategoryId, String>;

async fn households(db: &Pool, ledger: LedgerId, codes: &Codes) -> Result<Vec<Draft>> {
    let mut designations: HashMap<HouseholdId, Vec<(household_designation::Model, String)>> = HashMap::new();
    let of_ledger = household_designation::Column::LedgerId.eq(ledger);
    for row in household_designation::Entity::find().filter(of_ledger).all(db).await? {
        let code = codes.get(&row.category_id).cloned().unwrap_or_default();
        designations.entry(row.household_id).or_default().push((row, code));
    }
    let mut families: HashMap<HouseholdId, Vec<family_member::Model>> = HashMap::new();
    for row in
        family_member::Entity::find().filter(family_member::Column::LedgerId.eq(ledger)).all(db).await?
    {
        families.entry(row.household_id).or_default().push(row);
    }
    let mut facts = vec![];
    for row in household::Entity::find().filter(household::Column::LedgerId.eq(ledger)).all(db).await? {
        for member in families.remove(&row.id).unwrap_or_default() {
            facts.extend(Family { row: &member, household: &row }.facts());
        }
        let designations = designations.remove(&row.id).unwrap_or_default();
        facts.extend(Registered { row, designations }.facts());
    }
    Ok(facts)
}

async fn links(db: &Pool, ledger: LedgerId) -> Result<Vec<Draft>> {
    let mut programmes: HashMap<Uuid, Vec<ProgrammeId>> = HashMap::new();
    for rule in link_rule::Entity::find().all(db).await? {
        programmes.insert(rule.id.0, lineage(db, rule.programme_id).await?);
    }
    let rows = link::Entity::find().filter(link::Column::LedgerId.eq(ledger)).all(db).await?;
    let bound = |row: link::Model| {
        let programmes = programmes.get(&row.rule_id.0).cloned().unwrap_or_default();
        Bound { row, programmes }.facts()
    };
    Ok(rows.into_iter().flat_map(bound).collect())
}

async fn roster(db: &Pool, keeper: LedgerId, codes: &Codes) -> Result<Vec<Draft>> {
    let mut facts = vec![];
    let all = organisation::Entity::find().all(db).await?;
    let place: HashMap<OrganisationId, RegionId> = all.iter().map(|row| (row.id, row.region_id)).collect();
    let at = |organisation| place.get(&organisation).copied().unwrap_or(RegionId(Uuid::nil()));
    for row in all.iter().filter(|row| row.keeper_id == keeper) {
        facts.extend(row.facts());
    }
    let rows = committee::Entity::find().all(db).await?;
    let committees: HashMap<CommitteeId, OrganisationId> =
        rows.iter().map(|row| (row.id, row.organisation_id)).collect();
    for row in rows.into_iter().filter(|row| row.keeper_id == keeper) {
        facts.extend(committees::Placed(&row, at(row.organisation_id)).facts());
    }
    for row in member::Entity::find().filter(member::Column::KeeperId.eq(keeper)).all(db).await? {
        facts.extend(members::Placed(&row, at(row.organisation_id)).facts());
    }
    for row in
        committee_member::Entity::find().filter(committee_member::Column::KeeperId.eq(keeper)).all(db).await?
    {
        let organisation = committees.get(&row.committee_id).copied();
        let place = organisation.map_or(RegionId(Uuid::nil()), at);
        facts.extend(committees::Sitting(&row, place).facts());
    }
    for row in industry::Entity::find().filter(industry::Column::KeeperId.eq(keeper)).all(db).await? {
        facts.extend(row.facts());
    }
    for row in
        industry_unit::Entity::find().filter(industry_unit::Column::KeeperId.eq(keeper)).all(db).await?
    {
        facts.extend(row.facts());
    }
    for row in person::Entity::find().filter(person::Column::KeeperId.eq(keeper)).all(db).await? {
        facts.extend(row.facts());
    }
    facts.extend(places(db, keeper, codes).await?);
    Ok(facts)
}

/// Facts of regions for which the ledger is the nearest, and which it entered or which are described, designated or
/// ended.
async fn places(db: &Pool, keeper: LedgerId, codes: &Codes) -> Result<Vec<Draft>> {
    let ledgers: HashMap<RegionId, LedgerId> =
        ledger::Entity::find().all(db).await?.into_iter().map(|row| (row.region_id, row.id)).collect();
    let mut designations: HashMap<RegionId, Vec<(region_designation::Model, String)>> = HashMap::new();
    for row in region_designation::Entity::find().all(db).await? {
        let code = codes.get(&row.category_id).cloned().unwrap_or_default();
        designations.entry(row.region_id).or_default().push((row, code));
    }
    let described: HashSet<RegionId> =
        village::Entity::find().all(db).await?.into_iter().map(|row| row.region_id).collect();
    let mut facts = vec![];
    for row in region::Entity::find().all(db).await? {
        let above = [Some(row.id), row.township_id, row.county_id, row.city_id, row.province_id];
        let home = above.into_iter().flatten().find_map(|place| ledgers.get(&place));
        let spoken_of = row.keeper_id == keeper
            || row.valid_to.is_some()
            || described.contains(&row.id)
            || designations.contains_key(&row.id);
        if home == Some(&keeper) && spoken_of && keeper != LedgerId::REFERENCE {
            let designations = designations.remove(&row.id).unwrap_or_default();
            facts.extend(Described { row, designations }.facts());
        }
    }
    Ok(facts)
}

fn compare(ledger: LedgerId, known: &[Draft], wanted: &[Draft], differences: &mut Vec<String>) {
    let mut balance: HashMap<String, (&Draft, i64)> = HashMap::new();
    for (facts, sign) in [(known, -1), (wanted, 1)] {
        for fact in facts {
            balance.entry(format!("{fact:?}")).or_insert((fact, 0)).1 += sign;
        }
    }
    for (fact, n) in balance.into_values().filter(|(_, n)| *n != 0) {
        let what = if n > 0 { "is missing" } else { "does not follow from a record" };
        differences.push(format!("ledger {}: a fact {what}: {}", ledger.0, told(fact)));
    }
}

/// A fact in words, for an operator who looks for its record.
fn told(fact: &Draft) -> String {
    let day = |day: Day| day.date().map_or("open".to_owned(), |date| date.to_string());
    format!(
        "{} {} {} {}, {} to {}, {}, quantity {}, amount {}, persons {}, {} references",
        code(&fact.of),
        fact.source,
        code(&fact.step),
        [&*fact.kind, &*fact.category].join(" "),
        day(fact.on),
        day(fact.until),
        code(&fact.verification),
        fact.quantity.0,
        fact.amount.0,
        fact.persons,
        fact.refs.len(),
    )
}

async fn compare_cells(
    db: &Pool,
    ledger: LedgerId,
    facts: &[Draft],
    differences: &mut Vec<String>,
) -> Result<usize> {
    let mut wanted: BTreeMap<CellKey, Sums> = BTreeMap::new();
    for fact in facts {
        cells_of(fact, 1, &mut wanted);
    }
    let rows = cell::Entity::find().filter(cell::Column::LedgerId.eq(ledger)).all(db).await?;
    for row in &rows {
        let key = CellKey::of(row);
        let wanted = wanted.remove(&key).unwrap_or_default();
        if wanted != Sums::of(row) {
            let (key, held, wanted) = (told_key(&key), told_sums(&Sums::of(row)), told_sums(&wanted));
            differences
                .push(format!("ledger {}: a cell differs: {key}: {held}; facts give {wanted}", ledger.0));
        }
    }
    for (key, sums) in wanted.into_iter().filter(|(_, sums)| *sums != Sums::default()) {
        let (key, sums) = (told_key(&key), told_sums(&sums));
        differences.push(format!("ledger {}: a cell is missing: {key}: {sums}", ledger.0));
    }
    Ok(rows.len())
}

/// A cell's key in words.
fn told_key(key: &CellKey) -> String {
    let (year, month) = (key.month.div_euclid(12), key.month.rem_euclid(12) + 1);
    let (of, step, verification) = (code(&key.of), code(&key.step), code(&key.verification));
    let kinds = [&*key.kind, &*key.category, &*key.parties].join(" ");
    format!("programme {}, {of} {step} {kinds} in {year}-{month:02}, {verification}", key.programme.0)
}

fn told_sums(sums: &Sums) -> String {
    let Sums { begun, quantity, amount, persons, ended } = sums;
    format!("begun {begun}, ended {ended}, quantity {quantity}, amount {amount}, persons {persons}")
}
