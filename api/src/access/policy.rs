//! The policy: the actions that a role may do, and how far each reaches, in one exhaustive match that reads as a table.
//! A new role or action does not compile until the table names it.

use entity::application::ApplicationScope;
use entity::fact::SourceType;
use entity::region::RegionLevel;
use entity::role_grant::Role;
use platform::db::Turn;
use sea_orm::EnumIter;

/// An action that needs permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter)]
pub enum Action {
    /// Read places, bodies, industries, programmes, rules and indicators.
    ReadReference,
    /// Read people by name, with their seats.
    ReadPeople,
    /// Read households and what hangs on them, with links.
    ReadHousehold,
    /// Read records of work: activities, needs, projects …
    ReadRecord,
    /// Read aggregates.
    ReadProgress,
    /// Read aggregates of many places, bodies or helpers at once.
    ReadBulk,
    /// Read aggregates exactly, however few people or households they rest on, and for any question.
    ReadExactly,
    /// Read the lines of the journal: who did what.
    ReadAudit,
    /// Write places and open ledgers.
    KeepRegion,
    /// Write accounts and grants.
    KeepAccount,
    /// Write third-party applications.
    KeepApplication,
    /// Write the roster: bodies, people, seats, industries.
    KeepRoster,
    /// Write households, their members and income.
    KeepHousehold,
    /// Write programmes, rules, checklists, categories, indicators.
    KeepRules,
    /// Publish indicators, which are then answered without a token.
    PublishFigures,
    /// Write links and exemptions.
    KeepLink,
    /// Record work: activities, contributions, outcomes, marks, plans, projects, proposals.
    RecordWork,
    /// Report needs and advance them.
    WorkNeed,
    /// Verify and reject records.
    Verify,
    /// See sealed personal values in clear, for a reason, and find their owners by them.
    Reveal,
    /// Find households by phone number.
    FindByPhone,
    /// Answer people about their own data (copies, corrections, erasure), and set how long data are kept.
    AnswerForData,
}

impl Action {
    /// How an act begins that does this: most acts on regions, accounts, the roster and rules write reference rows.
    #[must_use]
    pub const fn turn(self) -> Turn {
        use Action::{KeepAccount, KeepApplication, KeepRegion, KeepRoster, KeepRules, PublishFigures};
        match self {
            KeepRegion | KeepAccount | KeepApplication | KeepRoster | KeepRules | PublishFigures => {
                Turn::Alone
            }
            _ => Turn::Together,
        }
    }
}

/// How far a role reaches with an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Not at all.
    Nowhere,
    /// The ledger that the grant's own region keeps.
    OwnLedger,
    /// The ledgers of the grant's own region and of all regions below.
    LedgersBelow,
    /// Rows that the links of the viewer's seats, or of the grant's committee, lead to.
    OwnLinks,
    /// The grant's own region and all below it, within the ledger that is kept for them.
    OwnArea,
    /// As `OwnArea`, needs alone.
    NeedsOfArea,
    /// Needs and proposals that name the grant's organisation.
    Assigned,
    /// The reference ledger, which belongs to no region.
    Reference,
    /// The reference ledger and the ledgers of all regions below; of all regions if the grant names none.
    ReferenceAndBelow,
    /// The ledgers of all regions below; the reference ledger, too, if these are all ledgers.
    LedgersBelowOrAll,
    /// Reference tables, whole.
    Everywhere,
}

/// Types of records that are assigned to a department.
pub const ASSIGNED: &[SourceType] = &[SourceType::Need, SourceType::Proposal];
/// Types of records that a collector keeps.
pub const COLLECTED: &[SourceType] = &[SourceType::Need];

/// Actor of an action: a granted role, the seats of the account's person, or an application by one of its scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    Granted(Role),
    Member,
    Application(ApplicationScope),
}

/// Table: how far `actor` reaches with `action`.
#[must_use]
#[rustfmt::skip]
#[allow(
    clippy::enum_glob_use, clippy::match_same_arms, clippy::too_many_lines,
    reason = "it reads as a table, a role at a time"
)]
pub const fn reach(actor: Actor, action: Action) -> Reach {
    use Action::*;
    use Actor::{Application, Granted, Member};
    use ApplicationScope::{Bulk, Figures, Progress};
    use Reach::*;
    use Role::*;
    match (actor, action) {
        (Granted(CountyOffice), ReadReference | ReadPeople) => Everywhere,
        (Granted(CountyOffice),
            ReadHousehold | ReadRecord | ReadProgress | ReadBulk | ReadExactly) => LedgersBelow,
        (Granted(CountyOffice),
            KeepRoster | KeepHousehold | KeepRules | PublishFigures | KeepLink | RecordWork | WorkNeed | Verify | KeepRegion | KeepAccount
            | Reveal | FindByPhone | AnswerForData) => OwnLedger,
        (Granted(CountyOffice), ReadAudit | KeepApplication) => Nowhere,

        (Granted(CityOffice), ReadReference | ReadPeople) => Everywhere,
        (Granted(CityOffice),
            ReadHousehold | ReadRecord | ReadProgress | ReadBulk | ReadExactly) => LedgersBelow,
        (Granted(CityOffice),
            KeepRoster | KeepRules | PublishFigures | KeepLink | RecordWork | WorkNeed | Verify | KeepAccount | AnswerForData) => OwnLedger,
        (Granted(CityOffice),
            KeepApplication | KeepRegion | KeepHousehold | ReadAudit | Reveal | FindByPhone) => Nowhere,

        (Granted(ProvinceOffice), ReadReference | ReadPeople) => Everywhere,
        (Granted(ProvinceOffice), ReadProgress | ReadBulk) => LedgersBelow,
        (Granted(ProvinceOffice),
            KeepRoster | KeepRules | PublishFigures | ReadRecord | RecordWork | WorkNeed | Verify | KeepAccount | AnswerForData) => OwnLedger,
        (Granted(ProvinceOffice),
            ReadExactly | KeepApplication | ReadHousehold | KeepRegion | KeepHousehold | KeepLink | ReadAudit | Reveal | FindByPhone) => Nowhere,

        (Granted(Committee), ReadReference | ReadPeople) => Everywhere,
        (Granted(Committee),
            ReadHousehold | ReadRecord | RecordWork | WorkNeed) => OwnLinks,
        (Granted(Committee),
            ReadExactly | PublishFigures | ReadBulk | KeepApplication | ReadProgress | ReadAudit | KeepRegion | KeepAccount | KeepRoster | KeepHousehold | KeepRules | KeepLink | Verify | Reveal | FindByPhone | AnswerForData) => Nowhere,

        (Granted(VillageTeam), ReadReference | ReadPeople) => Everywhere,
        (Granted(VillageTeam),
            ReadHousehold | ReadRecord | RecordWork | WorkNeed) => OwnArea,
        (Granted(VillageTeam),
            ReadExactly | PublishFigures | ReadBulk | KeepApplication | ReadProgress | ReadAudit | KeepRegion | KeepAccount | KeepRoster | KeepHousehold | KeepRules | KeepLink | Verify | Reveal | FindByPhone | AnswerForData) => Nowhere,

        (Granted(Collector), ReadReference | ReadPeople) => Everywhere,
        (Granted(Collector), ReadHousehold) => OwnArea,
        (Granted(Collector), ReadRecord | WorkNeed) => NeedsOfArea,
        (Granted(Collector),
            ReadExactly | PublishFigures | ReadBulk | KeepApplication | ReadProgress | ReadAudit | KeepRegion | KeepAccount | KeepRoster | KeepHousehold | KeepRules | KeepLink | RecordWork | Verify | Reveal | FindByPhone | AnswerForData) => Nowhere,

        (Granted(Department), ReadReference | ReadPeople) => Everywhere,
        (Granted(Department), ReadRecord | WorkNeed) => Assigned,
        (Granted(Department),
            ReadExactly | PublishFigures | ReadBulk | KeepApplication | ReadHousehold | ReadProgress | ReadAudit | KeepRegion | KeepAccount | KeepRoster | KeepHousehold | KeepRules | KeepLink
            | RecordWork | Verify | Reveal | FindByPhone | AnswerForData) => Nowhere,

        (Granted(Inspector), ReadReference | ReadPeople) => Everywhere,
        (Granted(Inspector),
            ReadHousehold | ReadRecord | ReadProgress | ReadBulk | ReadExactly) => LedgersBelow,
        (Granted(Inspector),
            PublishFigures | KeepApplication | ReadAudit | KeepRegion | KeepAccount | KeepRoster | KeepHousehold | KeepRules | KeepLink | RecordWork | WorkNeed
            | Verify | Reveal | FindByPhone | AnswerForData) => Nowhere,

        (Granted(Auditor), ReadAudit) => LedgersBelowOrAll,
        (Granted(Auditor),
            ReadExactly | PublishFigures | ReadBulk | KeepApplication | ReadReference | ReadPeople | ReadHousehold | ReadRecord | ReadProgress | KeepRegion | KeepAccount | KeepRoster
            | KeepHousehold | KeepRules | KeepLink | RecordWork | WorkNeed | Verify | Reveal | FindByPhone | AnswerForData) => Nowhere,

        (Granted(Admin), ReadReference | ReadPeople) => Everywhere,
        (Granted(Admin), KeepRegion | PublishFigures) => Reference,
        (Granted(Admin), KeepAccount | KeepApplication) => ReferenceAndBelow,
        (Granted(Admin),
            ReadExactly | ReadBulk | ReadHousehold | ReadRecord | ReadProgress | ReadAudit | KeepRoster | KeepHousehold | KeepRules | KeepLink | RecordWork
            | WorkNeed | Verify | Reveal | FindByPhone | AnswerForData) => Nowhere,

        (Member, ReadReference | ReadPeople) => Everywhere,
        (Member, ReadHousehold | ReadRecord | RecordWork | WorkNeed | FindByPhone) => OwnLinks,
        (Member,
            ReadExactly | PublishFigures | ReadBulk | KeepApplication | ReadProgress | ReadAudit | KeepRegion | KeepAccount | KeepRoster | KeepHousehold | KeepRules | KeepLink | Verify | Reveal | AnswerForData) => Nowhere,

        // CLIENT, which only applications hold, opens nothing by itself; each scope of an application opens its part.
        (Granted(Client),
            ReadExactly | PublishFigures | ReadReference | ReadProgress | ReadBulk | ReadPeople | ReadHousehold | ReadRecord | ReadAudit | KeepRegion | KeepAccount | KeepApplication | KeepRoster | KeepHousehold
            | KeepRules | KeepLink | RecordWork | WorkNeed | Verify | Reveal | FindByPhone | AnswerForData) => Nowhere,

        (Application(Figures), ReadReference) => Everywhere,
        (Application(Figures),
            ReadExactly | PublishFigures | ReadProgress | ReadBulk | ReadPeople | ReadHousehold | ReadRecord | ReadAudit | KeepRegion | KeepAccount | KeepApplication | KeepRoster | KeepHousehold
            | KeepRules | KeepLink | RecordWork | WorkNeed | Verify | Reveal | FindByPhone | AnswerForData) => Nowhere,

        (Application(Progress), ReadReference) => Everywhere,
        (Application(Progress), ReadProgress) => LedgersBelow,
        (Application(Progress),
            ReadExactly | PublishFigures | ReadBulk | ReadPeople | ReadHousehold | ReadRecord | ReadAudit | KeepRegion | KeepAccount | KeepApplication | KeepRoster | KeepHousehold
            | KeepRules | KeepLink | RecordWork | WorkNeed | Verify | Reveal | FindByPhone | AnswerForData) => Nowhere,

        (Application(Bulk), ReadReference) => Everywhere,
        (Application(Bulk), ReadProgress | ReadBulk) => LedgersBelow,
        (Application(Bulk),
            ReadExactly | PublishFigures | ReadPeople | ReadHousehold | ReadRecord | ReadAudit | KeepRegion | KeepAccount | KeepApplication | KeepRoster | KeepHousehold
            | KeepRules | KeepLink | RecordWork | WorkNeed | Verify | Reveal | FindByPhone | AnswerForData) => Nowhere,
    }
}

/// Level of the regions at which a role holds; `None` means any.
#[must_use]
pub const fn level(role: Role) -> Option<RegionLevel> {
    match role {
        Role::CountyOffice => Some(RegionLevel::County),
        Role::CityOffice => Some(RegionLevel::City),
        Role::ProvinceOffice => Some(RegionLevel::Province),
        Role::VillageTeam => Some(RegionLevel::Village),
        Role::Committee
        | Role::Collector
        | Role::Department
        | Role::Inspector
        | Role::Auditor
        | Role::Admin
        | Role::Client => None,
    }
}
