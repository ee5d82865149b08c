//! Where: the only way to rows. A `Scope` has private fields and is had from `Viewer::may` alone; each table declares
//! once how it lies in a ledger and how one's own links lead to it.
#![expect(clippy::disallowed_methods, reason = "the one place where `Entity::find` is written")]

use entity::ids::{AccountId, HouseholdId, LedgerId, MemberId, RecordId};
use sea_orm::sea_query::{Expr, ExprTrait, Func, Query};
use sea_orm::{ColumnTrait, Condition, DbBackend, EntityTrait, QueryFilter, Select, Value};
use uuid::Uuid;

use super::viewer::OwnLink;

/// A union of places: whole ledgers, and what one's own links lead to.
#[derive(Clone, Debug)]
pub struct Scope {
    backend: DbBackend,
    everything: bool,
    ledgers: Vec<LedgerId>,
    own: Option<Own>,
}

/// What a member's active links lead to.
#[derive(Clone, Debug)]
pub struct Own {
    pub account: AccountId,
    pub seats: Vec<MemberId>,
    /// Ledgers in which the links lie.
    pub ledgers: Vec<LedgerId>,
    pub links: Vec<RecordId>,
    pub households: Vec<HouseholdId>,
    /// Seats, links and targets: a record that refers to one of them is visible.
    pub refs: Vec<Uuid>,
    /// Targets with their ledgers, for membership without a statement.
    targets: Vec<(LedgerId, Uuid)>,
}

impl Scope {
    pub(super) const fn nothing(backend: DbBackend) -> Self {
        Self { backend, everything: false, ledgers: vec![], own: None }
    }

    /// One whole ledger, for an operator's recount on the machine itself; no request comes here.
    pub(crate) fn of_operator(backend: DbBackend, ledger: LedgerId) -> Self {
        Self { everything: true, ledgers: vec![ledger], ..Self::nothing(backend) }
    }

    pub(super) const fn add_everything(&mut self) {
        self.everything = true;
    }

    pub(super) fn add_ledgers(&mut self, ledgers: &[LedgerId]) {
        self.ledgers.extend(ledgers);
        self.ledgers.sort_unstable();
        self.ledgers.dedup();
    }

    pub(super) fn add_own(&mut self, account: AccountId, seats: &[MemberId], links: &[OwnLink]) {
        let households = links.iter().filter_map(|link| link.household).collect();
        let refs = seats
            .iter()
            .map(|seat| seat.0)
            .chain(links.iter().flat_map(|link| [link.id.0, link.target]))
            .collect();
        let mut ledgers: Vec<_> = links.iter().map(|link| link.ledger).collect();
        ledgers.sort_unstable();
        ledgers.dedup();
        self.own = Some(Own {
            account,
            seats: seats.to_vec(),
            ledgers,
            links: links.iter().map(|link| link.id).collect(),
            households,
            refs,
            targets: links.iter().map(|link| (link.ledger, link.target)).collect(),
        });
    }

    pub(super) const fn is_nothing(&self) -> bool {
        !self.everything && self.ledgers.is_empty() && self.own.is_none()
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
        self.holds(ledger) || self.own.as_ref().is_some_and(|own| own.targets.contains(&(ledger, target)))
    }

    /// Whether a link is in scope, and all that hangs on it: of a past one of one's own, only itself is.
    #[must_use]
    pub fn holds_link(&self, ledger: LedgerId, link: RecordId) -> bool {
        self.holds(ledger) || self.own.as_ref().is_some_and(|own| own.links.contains(&link))
    }

    /// Whether a seat is one's own.
    #[must_use]
    pub fn is_own_seat(&self, seat: Uuid) -> bool {
        self.own.as_ref().is_some_and(|own| own.seats.iter().any(|own| own.0 == seat))
    }

    /// The ledgers an act may go to: whole ones, and those that one's own links lie in.
    #[must_use]
    pub fn reaches(&self, ledger: LedgerId) -> bool {
        self.holds(ledger) || self.own.as_ref().is_some_and(|own| own.ledgers.contains(&ledger))
    }

    /// The one ledger that is wholly in scope, where there is just one.
    #[must_use]
    pub fn sole_ledger(&self) -> Option<LedgerId> {
        if let [ledger] = self.ledgers[..] { Some(ledger) } else { None }
    }

    #[must_use]
    pub const fn own(&self) -> Option<&Own> {
        self.own.as_ref()
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
    let mut any = Condition::any().add(in_ledgers(scope.backend, E::LEDGER, &scope.ledgers));
    if let Some(own) = scope.own.as_ref().and_then(|own| E::own(own, scope.backend)) {
        any = any.add(own);
    }
    any
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

fn json_each(list: &serde_json::Value, column: &'static str) -> sea_orm::sea_query::SelectStatement {
    let list = Value::from(list.to_string());
    Query::select()
        .expr(Expr::cust(column))
        .from_function(Func::cust("json_each").arg(Expr::val(list)), "j")
        .to_owned()
}
