//! Facts, which records and roster rows yield: written once, and only ever ended. Cells are sums over facts, kept
//! ready.

use std::collections::BTreeMap;

use entity::fact::{SourceType, Step, Verification};
use entity::fact_ref::RefRole;
use entity::ids::{FactId, HouseholdId, LedgerId, ProgrammeId, RegionId};
use entity::values::{Date, Day, Money, Quantity};
use entity::{cell, fact, fact_ref};
use sea_orm::Set;
use uuid::Uuid;

/// Code of an enum's value in facts and indicators, such as `SPECIAL_COMMITTEE`.
pub fn code<E: sea_orm::ActiveEnum<Value = String>>(value: &E) -> String {
    value.to_value().to_uppercase()
}

/// A record or roster row, which yields facts and lines of the feed.
pub trait Record {
    fn of(&self) -> SourceType;
    fn id(&self) -> Uuid;
    /// All facts that hold of the row now.
    fn facts(&self) -> Vec<Draft>;
    /// Household, village and helper whose phones must be told of a change.
    fn moves(&self) -> Moves {
        Moves::default()
    }
}

/// Household, village and helper that a change concerns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moves {
    pub household: Option<HouseholdId>,
    pub village: Option<RegionId>,
    pub helper: Option<Uuid>,
}

/// A fact before it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub of: SourceType,
    pub source: Uuid,
    pub step: Step,
    pub kind: String,
    pub category: String,
    pub region: RegionId,
    pub on: Day,
    pub base: Day,
    pub until: Day,
    pub verification: Verification,
    pub quantity: Quantity,
    pub amount: Money,
    pub persons: i64,
    /// Sorted, without repeats.
    pub refs: Vec<(RefRole, Uuid)>,
}

impl Draft {
    /// A fact on a day at a place: verified, without end, quantities or references.
    #[must_use]
    pub fn new(
        of: SourceType,
        source: impl Into<platform::gid::Key>,
        step: Step,
        region: RegionId,
        on: Date,
    ) -> Self {
        Self {
            of,
            source: source.into().uuid(),
            step,
            kind: String::new(),
            category: String::new(),
            region,
            on: Day::of(on),
            base: Day::of(on),
            until: Day::NEVER,
            verification: Verification::Verified,
            quantity: Quantity(0),
            amount: Money(0),
            persons: 0,
            refs: vec![],
        }
    }

    #[must_use]
    pub fn kind(mut self, kind: impl Into<String>) -> Self {
        self.kind = kind.into();
        self
    }

    #[must_use]
    pub fn category(mut self, category: impl Into<String>) -> Self {
        self.category = category.into();
        self
    }

    #[must_use]
    pub fn until(mut self, last: Option<Date>) -> Self {
        self.until = Day::until(last);
        self
    }

    #[must_use]
    pub fn refers(mut self, refs: impl IntoIterator<Item = (RefRole, Uuid)>) -> Self {
        self.refs.extend(refs);
        self.refs.sort_unstable();
        self.refs.dedup();
        self
    }

    pub(super) fn rows(&self, ledger: LedgerId, seq: i64) -> (fact::ActiveModel, Vec<fact_ref::ActiveModel>) {
        let id = FactId::fresh();
        let row = fact::ActiveModel {
            ledger_id: Set(ledger),
            id: Set(id),
            source_type: Set(self.of),
            source_id: Set(self.source),
            step: Set(self.step),
            kind: Set(self.kind.clone()),
            category: Set(self.category.clone()),
            region_id: Set(self.region),
            on_day: Set(self.on),
            on_month: Set(self.on.month()),
            base_day: Set(self.base),
            until_day: Set(self.until),
            verification: Set(self.verification),
            quantity: Set(self.quantity),
            amount: Set(self.amount),
            persons: Set(self.persons),
            from_seq: Set(seq),
            until_seq: Set(fact::OPEN),
        };
        let refs = self.refs.iter().map(|(role, to)| fact_ref::ActiveModel {
            ledger_id: Set(ledger),
            fact_id: Set(id),
            role: Set(*role),
            ref_id: Set(*to),
        });
        (row, refs.collect())
    }

    /// A stored fact with its references.
    #[must_use]
    pub fn read(row: &fact::Model, mut refs: Vec<(RefRole, Uuid)>) -> Self {
        refs.sort_unstable();
        Self {
            of: row.source_type,
            source: row.source_id,
            step: row.step,
            kind: row.kind.clone(),
            category: row.category.clone(),
            region: row.region_id,
            on: row.on_day,
            base: row.base_day,
            until: row.until_day,
            verification: row.verification,
            quantity: row.quantity,
            amount: row.amount,
            persons: row.persons,
            refs,
        }
    }
}

/// Key of a cell within a ledger.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CellKey {
    pub programme: ProgrammeId,
    pub of: SourceType,
    pub step: Step,
    pub month: i32,
    pub kind: String,
    pub category: String,
    pub parties: String,
    pub verification: Verification,
}

impl CellKey {
    #[must_use]
    pub fn of(cell: &cell::Model) -> Self {
        Self {
            programme: cell.programme_id,
            of: cell.source_type,
            step: cell.step,
            month: cell.month,
            kind: cell.kind.clone(),
            category: cell.category.clone(),
            parties: cell.parties.clone(),
            verification: cell.verification,
        }
    }
}

/// Sums that a cell holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    pub begun: i64,
    pub quantity: i64,
    pub amount: i64,
    pub persons: i64,
    pub ended: i64,
}

impl Sums {
    pub(super) fn add(&mut self, other: Self, sign: i64) {
        self.begun = self.begun.saturating_add(sign * other.begun);
        self.quantity = self.quantity.saturating_add(sign * other.quantity);
        self.amount = self.amount.saturating_add(sign * other.amount);
        self.persons = self.persons.saturating_add(sign * other.persons);
        self.ended = self.ended.saturating_add(sign * other.ended);
    }

    #[must_use]
    pub fn of(cell: &cell::Model) -> Self {
        let (quantity, amount) = (cell.quantity.0, cell.amount.0);
        Self { begun: cell.begun, quantity, amount, persons: cell.persons, ended: cell.ended }
    }
}

/// The programme of cells that count every record of a ledger, whatever its programmes.
pub const ALL_PROGRAMMES: ProgrammeId = ProgrammeId(Uuid::nil());

/// Adds a fact to its cells (`sign` 1) or takes it out (-1): one cell of all programmes, and one per programme that
/// it names.
pub fn cells_of(fact: &Draft, sign: i64, cells: &mut BTreeMap<CellKey, Sums>) {
    let begun =
        Sums { begun: 1, quantity: fact.quantity.0, amount: fact.amount.0, persons: fact.persons, ended: 0 };
    let ended = Sums { ended: 1, ..Sums::default() };
    for programme in programmes(fact) {
        let key = |month| CellKey {
            programme,
            of: fact.of,
            step: fact.step,
            month,
            kind: fact.kind.clone(),
            category: fact.category.clone(),
            parties: parties(&fact.refs),
            verification: fact.verification,
        };
        cells.entry(key(fact.on.month())).or_default().add(begun, sign);
        if fact.until != Day::NEVER {
            cells.entry(key(Day(fact.until.0 + 1).month())).or_default().add(ended, sign);
        }
    }
}

fn programmes(fact: &Draft) -> impl Iterator<Item = ProgrammeId> {
    let own = fact.refs.iter().filter(|(role, _)| *role == RefRole::Programme);
    std::iter::once(ALL_PROGRAMMES).chain(own.map(|(_, id)| ProgrammeId(*id)))
}

/// The roles of helpers and targets among the references, sorted and joined.
#[must_use]
pub fn parties(refs: &[(RefRole, Uuid)]) -> String {
    let mut roles: Vec<String> = refs
        .iter()
        .map(|(role, _)| sea_orm::ActiveEnum::to_value(role))
        .filter(|role| role.starts_with("helper_") || role.starts_with("target_"))
        .collect();
    roles.sort_unstable();
    roles.dedup();
    roles.join("+")
}
