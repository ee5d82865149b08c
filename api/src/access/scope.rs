//! Where: the only way to rows. A `Scope` has private fields and is had from `Viewer::may` alone; each table declares
//! once how it lies in a ledger and how one's own links lead to it.
#![expect(clippy::disallowed_methods, reason = "the one place where `Entity::find` is written")]

use entity::fact::SourceType;
use entity::ids::{AccountId, AccountProposalId, HouseholdId, LedgerId, PersonId, RecordId, RegionId};
use entity::{
    access_line, account, account_identity, account_proposal, account_proposal_grant, application, ledger,
    link, record, region, role_grant,
};
use sea_orm::sea_query::{Expr, ExprTrait, Func, JoinType, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, Select, Value};
use uuid::Uuid;

use super::viewer::OwnLink;
use platform::error::Result;

/// A union of places: whole ledgers, what one's own links lead to, and areas within a ledger.
#[derive(Clone, Debug)]
pub struct Scope {
    backend: DbBackend,
    /// False where row-level security is shown to hold alone.
    filters: bool,
    everything: bool,
    ledgers: Vec<LedgerId>,
    own: Vec<Own>,
    areas: Vec<Area>,
}

/// What lies around a helper: a member's or a committee's active links, or what names a department.
#[derive(Clone, Debug)]
pub struct Own {
    pub account: AccountId,
    /// Seats, committees or organisations.
    pub helpers: Vec<Uuid>,
    /// Ledgers in which the links, or the records, lie.
    pub ledgers: Vec<LedgerId>,
    pub links: Vec<RecordId>,
    pub households: Vec<HouseholdId>,
    /// Helpers, links and targets: a record that refers to one of them is visible.
    pub refs: Vec<Uuid>,
    /// Records of these types alone, and neither links nor households; all where empty.
    pub only: &'static [SourceType],
    /// Targets with their ledgers, for membership without a statement.
    targets: Vec<(LedgerId, Uuid)>,
}

/// A region with all below it, within the ledger that is kept for them.
#[derive(Clone, Debug)]
pub struct Area {
    pub ledger: LedgerId,
    pub places: Vec<RegionId>,
    /// Records of these types alone; all where empty.
    pub only: &'static [SourceType],
}

impl Scope {
    pub(super) const fn nothing(backend: DbBackend, filters: bool) -> Self {
        Self { backend, filters, everything: false, ledgers: vec![], own: vec![], areas: vec![] }
    }

    /// One whole ledger, for an operator's recount on the machine itself; no request comes here.
    pub(crate) fn of_operator(backend: DbBackend, ledger: LedgerId) -> Self {
        Self { everything: true, ledgers: vec![ledger], ..Self::nothing(backend, true) }
    }

    /// Nobody's: reference tables, for those few answers that need no token.
    pub(crate) fn of_nobody(backend: DbBackend) -> Self {
        Self { everything: true, ..Self::nothing(backend, true) }
    }

    pub(super) const fn add_everything(&mut self) {
        self.everything = true;
    }

    pub(super) fn add_ledgers(&mut self, ledgers: &[LedgerId]) {
        self.ledgers.extend(ledgers);
        self.ledgers.sort_unstable();
        self.ledgers.dedup();
    }

    pub(super) fn add_own(&mut self, account: AccountId, helpers: &[Uuid], links: &[OwnLink]) {
        let mut ledgers: Vec<_> = links.iter().map(|link| link.ledger).collect();
        ledgers.sort_unstable();
        ledgers.dedup();
        self.own.push(Own {
            account,
            helpers: helpers.to_vec(),
            ledgers,
            links: links.iter().map(|link| link.id).collect(),
            households: links.iter().filter_map(|link| link.household).collect(),
            refs: helpers
                .iter()
                .copied()
                .chain(links.iter().flat_map(|link| [link.id.0, link.target]))
                .collect(),
            only: &[],
            targets: links.iter().map(|link| (link.ledger, link.target)).collect(),
        });
    }

    /// What names an organisation, of some types alone.
    pub(super) fn add_assigned(
        &mut self,
        account: AccountId,
        organisation: Uuid,
        ledgers: &[LedgerId],
        only: &'static [SourceType],
    ) {
        let helpers = vec![organisation];
        let (refs, ledgers) = (helpers.clone(), ledgers.to_vec());
        let (links, households, targets) = (vec![], vec![], vec![]);
        self.own.push(Own { account, helpers, ledgers, links, households, refs, only, targets });
    }

    pub(super) fn add_area(&mut self, area: Area) {
        self.areas.push(area);
    }

    pub(super) const fn is_nothing(&self) -> bool {
        !self.everything && self.ledgers.is_empty() && self.own.is_empty() && self.areas.is_empty()
    }

    /// Ledgers that are wholly in scope.
    #[must_use]
    pub fn ledgers(&self) -> &[LedgerId] {
        &self.ledgers
    }

    /// Whether the whole ledger is in scope.
    #[must_use]
    pub fn holds(&self, ledger: LedgerId) -> bool {
        self.ledgers.binary_search(&ledger).is_ok()
    }

    /// Whether a target of that id in that ledger is in scope.
    #[must_use]
    pub fn holds_target(&self, ledger: LedgerId, target: Uuid) -> bool {
        self.holds(ledger) || self.own.iter().any(|own| own.targets.contains(&(ledger, target)))
    }

    /// Whether a place is in scope, whole or as part of an area.
    #[must_use]
    pub fn holds_place(&self, ledger: LedgerId, place: RegionId) -> bool {
        self.holds(ledger)
            || self.areas.iter().any(|area| area.ledger == ledger && area.places.contains(&place))
    }

    /// Whether a household that lives there is in scope.
    #[must_use]
    pub fn holds_household(&self, ledger: LedgerId, household: HouseholdId, village: RegionId) -> bool {
        self.holds_target(ledger, household.0) || self.holds_place(ledger, village)
    }

    /// Whether a link is in scope, and all that hangs on it: of a past one of one's own, only itself is.
    #[must_use]
    pub fn holds_link(&self, link: &link::Model) -> bool {
        self.holds_place(link.ledger_id, link.region_id)
            || self.own.iter().any(|own| own.links.contains(&link.id))
    }

    /// Whether a link is in scope, be it a past one of one's own.
    #[must_use]
    pub fn shows_link(&self, link: &link::Model) -> bool {
        self.holds_link(link)
            || self.own.iter().any(|own| own.only.is_empty() && own.helpers.contains(&link.helper_id))
    }

    /// Whether a record that refers to these is in scope.
    #[must_use]
    pub fn shows_record(&self, row: &record::Model, refs: &[Uuid]) -> bool {
        let of_type = |only: &[SourceType]| only.is_empty() || only.contains(&row.source_type);
        let named = |own: &Own| row.entered_by == own.account || refs.iter().any(|id| own.refs.contains(id));
        let own = |own: &Own| own.ledgers.contains(&row.ledger_id) && of_type(own.only) && named(own);
        let there = |area: &Area| {
            area.ledger == row.ledger_id && area.places.contains(&row.region_id) && of_type(area.only)
        };
        self.holds(row.ledger_id) || self.own.iter().any(own) || self.areas.iter().any(there)
    }

    /// The ledgers an act may go to: whole ones, and those that one's own links and areas lie in.
    #[must_use]
    pub fn reaches(&self, ledger: LedgerId) -> bool {
        self.holds(ledger)
            || self.own.iter().any(|own| own.ledgers.contains(&ledger))
            || self.areas.iter().any(|area| area.ledger == ledger)
    }

    /// The one ledger that is wholly in scope, where there is just one.
    #[must_use]
    pub fn sole_ledger(&self) -> Option<LedgerId> {
        if let [ledger] = self.ledgers[..] { Some(ledger) } else { None }
    }

    #[must_use]
    pub fn own(&self) -> &[Own] {
        &self.own
    }

    #[must_use]
    pub fn areas(&self) -> &[Area] {
        &self.areas
    }

    #[must_use]
    pub const fn backend(&self) -> DbBackend {
        self.backend
    }
}

/// A table whose rows lie in ledgers.
pub trait Ledgered: EntityTrait {
    const LEDGER: Self::Column;

    /// Rows that one's own links lead to; none unless the table says how.
    fn own(_own: &Own, _backend: DbBackend) -> Option<Condition> {
        None
    }

    /// Rows for whoever may read the table at all; none unless the table says which.
    fn everywhere() -> Option<Condition> {
        None
    }

    /// Rows that lie in an area; none unless the table says how.
    fn area(_area: &Area, _backend: DbBackend) -> Option<Condition> {
        None
    }
}

/// The rows of a table within a scope.
pub trait Within: Ledgered {
    #[must_use]
    fn within(scope: &Scope) -> Select<Self> {
        Self::find().filter(condition::<Self>(scope))
    }
}

impl<E: Ledgered> Within for E {}

fn condition<E: Ledgered>(scope: &Scope) -> Condition {
    if !scope.filters {
        return Condition::all();
    }
    let backend = scope.backend;
    let own = scope.own.iter().filter_map(|own| E::own(own, backend));
    let areas = scope.areas.iter().filter_map(|area| E::area(area, backend));
    let everywhere = scope.everything.then(E::everywhere).flatten();
    own.chain(areas)
        .chain(everywhere)
        .fold(Condition::any().add(in_ledgers(backend, E::LEDGER, &scope.ledgers)), Condition::add)
}

/// A table that is small and whole everywhere; everyone who is signed in may read it.
pub trait Reference: EntityTrait {}

/// The rows of a reference table, for one who may read reference tables.
pub trait Whole: Reference {
    #[must_use]
    fn whole(_scope: &Scope) -> Select<Self> {
        Self::find()
    }
}

impl<E: Reference> Whole for E {}

/// The roles of an account; of none that is out of scope.
#[must_use]
pub fn grants_of(scope: &Scope, account: &account::Model) -> Select<role_grant::Entity> {
    of_account(scope, account, role_grant::Column::AccountId)
}

/// What an application's account has of its own; nothing where the account is out of scope.
#[must_use]
pub fn application_of(scope: &Scope, account: &account::Model) -> Select<application::Entity> {
    of_account(scope, account, application::Column::AccountId)
}

/// Who an account is at a provider; nobody where the account is out of scope.
#[must_use]
pub fn identities_of(scope: &Scope, account: &account::Model) -> Select<account_identity::Entity> {
    of_account(scope, account, account_identity::Column::AccountId)
}

fn of_account<E: EntityTrait>(scope: &Scope, account: &account::Model, column: E::Column) -> Select<E> {
    E::find().filter(column.eq(account.id)).filter(Expr::val(scope.holds(account.keeper_id)))
}

/// Proposed accounts of the ledgers in scope, and those for a region around which one of these ledgers is kept.
#[must_use]
pub fn proposals(scope: &Scope) -> Select<account_proposal::Entity> {
    use region::Column::{CityId, CountyId, Id, ProvinceId};
    if !scope.filters {
        return account_proposal::Entity::find();
    }
    let kept_at = |column: region::Column| {
        Expr::col((ledger::Entity, ledger::Column::RegionId)).equals((region::Entity, column))
    };
    let around = [Id, CountyId, CityId, ProvinceId]
        .into_iter()
        .fold(Condition::any(), |any, column| any.add(kept_at(column)));
    let kept_around = Query::select()
        .expr(Expr::val(1))
        .from(region::Entity)
        .join(JoinType::InnerJoin, ledger::Entity, around)
        .and_where(
            Expr::col((region::Entity, Id))
                .equals((account_proposal::Entity, account_proposal::Column::RegionId)),
        )
        .and_where(in_ledgers(scope.backend, ledger::Column::Id, &scope.ledgers))
        .to_owned();
    account_proposal::Entity::find()
        .filter(Condition::any().add(made_in(scope)).add(Expr::exists(kept_around)))
}

/// All proposed accounts of a person, for what is done with that person's own data.
#[must_use]
pub fn proposals_for(person: PersonId) -> Select<account_proposal::Entity> {
    account_proposal::Entity::find().filter(account_proposal::Column::PersonId.eq(person))
}

/// Whether a proposed account is one of the ledgers in scope.
#[must_use]
pub fn made_in(scope: &Scope) -> Expr {
    in_ledgers(scope.backend, account_proposal::Column::KeeperId, &scope.ledgers)
}

/// The roles of proposals that the viewer has been shown.
pub fn proposed_grants(
    scope: &Scope,
    ids: impl IntoIterator<Item = AccountProposalId>,
) -> Select<account_proposal_grant::Entity> {
    let of_these =
        one_of(scope.backend, account_proposal_grant::Column::ProposalId, ids.into_iter().map(|id| id.0));
    account_proposal_grant::Entity::find().filter(of_these)
}

/// Lines of the access log: those of the ledgers in scope. What is of no ledger, sign-ins and most refusals, is for those
/// alone whose scope leaves no ledger out.
pub async fn access_lines(db: &impl ConnectionTrait, scope: &Scope) -> Result<Select<access_line::Entity>> {
    let held = in_ledgers(scope.backend, ledger::Column::Id, &scope.ledgers);
    if ledger::Entity::find().filter(held.not()).one(db).await?.is_none() {
        return Ok(access_line::Entity::find());
    }
    Ok(access_line::Entity::within(scope))
}

/// `column` is one of the ledgers, as one bound value whatever their number.
pub fn in_ledgers<C: ColumnTrait>(backend: DbBackend, column: C, ledgers: &[LedgerId]) -> Expr {
    match ledgers {
        [one] => column.eq(*one),
        many if backend == DbBackend::Postgres => {
            column.eq_any(many.iter().map(|ledger| ledger.0).collect::<Vec<i32>>())
        }
        many => column.in_subquery(json_each(&serde_json::json!(many), "value")),
    }
}

/// `column` is one of the ids, as one bound value whatever their number.
pub fn one_of<C: ColumnTrait>(backend: DbBackend, column: C, ids: impl IntoIterator<Item = Uuid>) -> Expr {
    one_of_expr(backend, Expr::col(column.as_column_ref()), ids)
}

/// The same for any expression.
pub fn one_of_expr(backend: DbBackend, expr: Expr, ids: impl IntoIterator<Item = Uuid>) -> Expr {
    let ids: Vec<Uuid> = ids.into_iter().collect();
    if backend == DbBackend::Postgres {
        return expr.eq(sea_orm::sea_query::extension::postgres::PgFunc::any(Expr::val(ids)));
    }
    expr.in_subquery(json_each(&serde_json::json!(ids), "unhex(replace(value, '-', ''))"))
}

/// `column` is one of the ids that are found by an index of their own: they are looked up first. A planner that knows
/// neither what is looked for nor how rare it is would rather walk through all rows until it has a page.
pub fn found_first<C: ColumnTrait>(backend: DbBackend, column: C, ids: SelectStatement) -> Expr {
    if backend == DbBackend::Postgres {
        let ids = Func::cust("ARRAY").arg(Expr::from(ids));
        let any = sea_orm::sea_query::extension::postgres::PgFunc::any(ids);
        return Expr::col(column.as_column_ref()).eq(any);
    }
    column.in_subquery(ids)
}

fn json_each(list: &serde_json::Value, column: &'static str) -> SelectStatement {
    let list = Value::from(list.to_string());
    Query::select()
        .expr(Expr::cust(column))
        .from_function(Func::cust("json_each").arg(Expr::val(list)), "j")
        .to_owned()
}
