//! What a role may do, and how far it reaches. One exhaustive match that reads as a table: a new role or a new
//! action does not compile until it has its place here.

use entity::role_grant::Role;

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Read places, bodies, seats, industries, programmes, rules and indicators.
    ReadReference,
    /// Read households and what hangs on them, with links.
    ReadHousehold,
    /// Read records of work: activities, needs, projects …
    ReadRecord,
    /// Read aggregates.
    ReadProgress,
    /// Write places and open ledgers.
    KeepRegion,
    /// Write accounts and grants.
    KeepAccount,
    /// Write the roster: bodies, people, seats, industries.
    KeepRoster,
    /// Write households, their members and income.
    KeepHousehold,
    /// Write programmes, rules, checklists, categories, indicators.
    KeepRules,
    /// Write links and exemptions.
    KeepLink,
    /// Record work: activities, contributions, outcomes, marks, plans, projects, proposals.
    RecordWork,
    /// Report needs and carry them on.
    WorkNeed,
    /// Verify and reject records.
    Verify,
    /// Be shown sealed personal values in clear for a reason, and find their owners by them.
    Reveal,
    /// Find households by a phone.
    FindByPhone,
}

/// How far a role reaches with an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Not at all.
    Nowhere,
    /// The ledger that the grant's own region keeps.
    OwnLedger,
    /// That ledger and those of all regions below.
    LedgersBelow,
    /// What one's own links lead to.
    OwnLinks,
    /// The reference tables' own clock: what belongs to no ledger.
    Reference,
    /// Reference tables, whole.
    Everywhere,
}

/// Who acts: a granted role, or the seats of the account's person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    Granted(Role),
    Member,
}

/// The table.
#[must_use]
#[rustfmt::skip]
#[allow(clippy::enum_glob_use, clippy::match_same_arms, reason = "it reads as a table, a role at a time")]
pub const fn reach(actor: Actor, action: Action) -> Reach {
    use Action::*;
    use Actor::{Granted, Member};
    use Reach::*;
    use Role::*;
    match (actor, action) {
        (_, ReadReference) => Everywhere,

        (Granted(CountyOffice),
            ReadHousehold | ReadRecord | ReadProgress) => LedgersBelow,
        (Granted(CountyOffice),
            KeepRoster | KeepHousehold | KeepRules | KeepLink | RecordWork | WorkNeed | Verify | KeepRegion
            | Reveal | FindByPhone) => OwnLedger,
        (Granted(CountyOffice), KeepAccount) => Nowhere,

        (Granted(CityOffice),
            ReadHousehold | ReadRecord | ReadProgress) => LedgersBelow,
        (Granted(CityOffice),
            KeepRoster | KeepRules | KeepLink | RecordWork | WorkNeed | Verify) => OwnLedger,
        (Granted(CityOffice),
            KeepRegion | KeepAccount | KeepHousehold | Reveal | FindByPhone) => Nowhere,

        (Granted(ProvinceOffice), ReadProgress) => LedgersBelow,
        (Granted(ProvinceOffice), KeepRoster | KeepRules) => OwnLedger,
        (Granted(ProvinceOffice),
            ReadHousehold | ReadRecord | KeepRegion | KeepAccount | KeepHousehold | KeepLink | RecordWork | WorkNeed | Verify
            | Reveal | FindByPhone) => Nowhere,

        (Granted(Admin), KeepRegion | KeepAccount) => Reference,
        (Granted(Admin),
            ReadHousehold | ReadRecord | ReadProgress | KeepRoster | KeepHousehold | KeepRules | KeepLink | RecordWork
            | WorkNeed | Verify | Reveal | FindByPhone) => Nowhere,

        (Member, ReadHousehold | ReadRecord | RecordWork | WorkNeed | FindByPhone) => OwnLinks,
        (Member,
            ReadProgress | KeepRegion | KeepAccount | KeepRoster | KeepHousehold | KeepRules | KeepLink | Verify
            | Reveal) => Nowhere,
    }
}
