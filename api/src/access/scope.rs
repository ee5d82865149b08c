//! Scopes: the rows that a viewer may reach with one action. A `Scope` has private fields and comes from
//! `Viewer::may`; each table declares once in which ledger a row lies and how the viewer's own links lead to it.
#![expect(clippy::disallowed_methods, reason = "the one place where `Entity::find` is written")]

use entity::fact::SourceType;
use entity::fact_ref::PartyKind;
use entity::ids::{
    AccountId, AccountProposalId, HouseholdId, LedgerId, LinkRuleId, PersonId, RecordId, RegionId,
};
use entity::{
    access_line, account, account_identity, account_proposal, account_proposal_grant, application, ledger,
    link, record, region, role_grant,
};
use sea_orm::sea_query::{Expr, ExprTrait, Func, JoinType, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, Select, Value};
use uuid::Uuid;

use platform::error::Result;

/// A union of whole ledgers, of rows that the viewer's own links lead to, and of areas within a ledger.
#[derive(Clone, Debug)]
pub struct Scope {
    backend: DbBackend,
    /// False where tests show that row-level security holds alone: then rows are not filtered here.
    filters: bool,
    everything: bool,
    ledgers: Vec<LedgerId>,
    own: Vec<Own>,
    areas: Vec<Area>,
}

/// Rows around a helper: the active links of a member or committee, or the records that name a department.
#[derive(Clone, Debug)]
pub struct Own {
    pub account: AccountId,
    /// Seats, committees or organisations.
    pub helpers: Vec<Uuid>,
    /// Ledgers in which the links, or the records, lie.
    pub ledgers: Vec<LedgerId>,
    /// Ledgers in which the helpers have links, also past ones.
    pub link_ledgers: Vec<LedgerId>,
    pub links: Vec<RecordId>,
    pub households: Vec<HouseholdId>,
    /// Helpers, links and targets: a record that refers to one of them is visible.
    pub refs: Vec<Uuid>,
    /// If not empty: records of these types alone, and neither links nor households.
    pub only: &'static [SourceType],
    /// Targets of the links with their ledgers, so that `holds_target` needs no SQL statement.
    targets: Vec<(LedgerId, Uuid)>,
}

/// An active link of one of the viewer's seats, or of a committee for which the viewer acts.
#[derive(Clone, Debug)]
pub struct OwnLink {
    /// The viewer's seat, or the committee for which the viewer acts.
    pub helper: Uuid,
    pub ledger: LedgerId,
    pub id: RecordId,
    pub rule: LinkRuleId,
    pub target_kind: PartyKind,
    pub target: Uuid,
    pub household: Option<HouseholdId>,
    pub region: RegionId,
}

/// A region with all below it, within the ledger that is kept for them.
#[derive(Clone, Debug)]
pub struct Area {
    pub ledger: LedgerId,
    pub places: Vec<RegionId>,
    /// If not empty: records of these types alone.
    pub only: &'static [SourceType],
}

impl Scope {
    pub(super) const fn nothing(backend: DbBackend, filters: bool) -> Self {
        Self { backend, filters, everything: false, ledgers: vec![], own: vec![], areas: vec![] }
    }

    /// One whole ledger, for an operator's recount on the machine itself; no request uses it.
    pub(crate) fn of_operator(backend: DbBackend, ledger: LedgerId) -> Self {
        Self { everything: true, ledgers: vec![ledger], ..Self::nothing(backend, true) }
    }

    /// Reference tables alone, for the few answers that need no token.
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

    pub(super) fn add_own(
        &mut self,
        account: AccountId,
        helpers: &[Uuid],
        links: &[OwnLink],
        link_ledgers: Vec<LedgerId>,
    ) {
        let mut ledgers: Vec<_> = links.iter().map(|link| link.ledger).collect();
        ledgers.sort_unstable();
        ledgers.dedup();
        self.own.push(Own {
            account,
            helpers: helpers.to_vec(),
            ledgers,
            link_ledgers,
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

    /// Adds the records of the types `only` that name the organisation.
    pub(super) fn add_assigned(
        &mut self,
        account: AccountId,
        organisation: Uuid,
        ledgers: &[LedgerId],
        only: &'static [SourceType],
    ) {
        let helpers = vec![organisation];
        let (refs, ledgers) = (helpers.clone(), ledgers.to_vec());
        let (link_ledgers, links, households, targets) = (vec![], vec![], vec![], vec![]);
        self.own.push(Own {
            account,
            helpers,
            ledgers,
            link_ledgers,
            links,
            households,
            refs,
            only,
            targets,
        });
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

    /// Whether a place is in scope, by its whole ledger or as part of an area.
    #[must_use]
    pub fn holds_place(&self, ledger: LedgerId, place: RegionId) -> bool {
        self.holds(ledger)
            || self.areas.iter().any(|area| area.ledger == ledger && area.places.contains(&place))
    }

    /// Whether a household that lives in `village` is in scope.
    #[must_use]
    pub fn holds_household(&self, ledger: LedgerId, household: HouseholdId, village: RegionId) -> bool {
        self.holds_target(ledger, household.0) || self.holds_place(ledger, village)
    }

    /// Whether a link is in scope, with all that hangs on it. Of the viewer's own past links, only the link itself
    /// is: see `shows_link`.
    #[must_use]
    pub fn holds_link(&self, link: &link::Model) -> bool {
        self.holds_place(link.ledger_id, link.region_id)
            || self.own.iter().any(|own| own.links.contains(&link.id))
    }

    /// Whether a link is in scope; the viewer's own past links are.
    #[must_use]
    pub fn shows_link(&self, link: &link::Model) -> bool {
        self.holds_link(link)
            || self.own.iter().any(|own| {
                own.only.is_empty()
                    && own.helpers.contains(&link.helper_id)
                    && own.link_ledgers.contains(&link.ledger_id)
            })
    }

    /// Whether a record that refers to `refs` is in scope.
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

    /// Whether an act may enter the ledger: it is wholly in scope, or one of the viewer's own links or areas lies in
    /// it.
    #[must_use]
    pub fn reaches(&self, ledger: LedgerId) -> bool {
        self.holds(ledger)
            || self.own.iter().any(|own| own.ledgers.contains(&ledger))
            || self.areas.iter().any(|area| area.ledger == ledger)
    }

    /// The ledger that is wholly in scope, if there is just one.
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

    /// Rows that the viewer's own links lead to; none unless the table says which.
    fn own(_own: &Own, _backend: DbBackend) -> Option<Condition> {
        None
    }

    /// Rows for every viewer who may read the table; none unless the table says which.
    fn everywhere() -> Option<Condition> {
        None
    }

    /// Rows that lie in an area; none unless the table says which.
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

/// A reference table: small, and whole everywhere. A viewer who may read reference tables may read every row.
pub trait Reference: EntityTrait {}

/// The rows of a reference table; the scope shows that the viewer may read it.
pub trait Whole: Reference {
    #[must_use]
    fn whole(_scope: &Scope) -> Select<Self> {
        Self::find()
    }
}

impl<E: Reference> Whole for E {}

/// The roles of an account; none if the account is out of scope.
#[must_use]
pub fn grants_of(scope: &Scope, account: &account::Model) -> Select<role_grant::Entity> {
    of_account(scope, account, role_grant::Column::AccountId)
}

/// The application of an account; none if the account is out of scope.
#[must_use]
pub fn application_of(scope: &Scope, account: &account::Model) -> Select<application::Entity> {
    of_account(scope, account, application::Column::AccountId)
}

/// Identities of an account at the OpenID Connect provider; none if the account is out of scope.
#[must_use]
pub fn identities_of(scope: &Scope, account: &account::Model) -> Select<account_identity::Entity> {
    of_account(scope, account, account_identity::Column::AccountId)
}

fn of_account<E: EntityTrait>(scope: &Scope, account: &account::Model, column: E::Column) -> Select<E> {
    E::find().filter(column.eq(account.id)).filter(Expr::val(scope.holds(account.keeper_id)))
}

/// Proposals of accounts made in a ledger in scope, and those for a region that is, or lies in, the region of such a
/// ledger.
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

/// All proposals of accounts for a person, for the copy and the erasure of that person's data.
#[must_use]
pub fn proposals_for(person: PersonId) -> Select<account_proposal::Entity> {
    account_proposal::Entity::find().filter(account_proposal::Column::PersonId.eq(person))
}

/// Condition: the proposal was made in a ledger in scope.
#[must_use]
pub fn made_in(scope: &Scope) -> Expr {
    in_ledgers(scope.backend, account_proposal::Column::KeeperId, &scope.ledgers)
}

/// The roles of these proposals, which the viewer has been shown.
pub fn proposed_grants(
    scope: &Scope,
    ids: impl IntoIterator<Item = AccountProposalId>,
) -> Select<account_proposal_grant::Entity> {
    let of_these =
        one_of(scope.backend, account_proposal_grant::Column::ProposalId, ids.into_iter().map(|id| id.0));
    account_proposal_grant::Entity::find().filter(of_these)
}

/// Lines of the access log of the ledgers in scope. Lines of no ledger (sign-ins, most refusals) are for viewers
/// whose scope holds every ledger.
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

/// `expr` is one of the ids, as one bound value whatever their number.
pub fn one_of_expr(backend: DbBackend, expr: Expr, ids: impl IntoIterator<Item = Uuid>) -> Expr {
    let ids: Vec<Uuid> = ids.into_iter().collect();
    if backend == DbBackend::Postgres {
        return expr.eq(sea_orm::sea_query::extension::postgres::PgFunc::any(Expr::val(ids)));
    }
    expr.in_subquery(json_each(&serde_json::json!(ids), "unhex(replace(value, '-', ''))"))
}

/// `column` is one of the ids that the subquery finds by an index; PostgreSQL looks them up first. Its planner does
/// not know how rare they are, and would otherwise walk through all rows until a page is full.
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
