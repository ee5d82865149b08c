//! Parts that acts on the roster share. Roster rows are whole everywhere, but each is changed only in the ledger that
//! keeps it; an act that adds to a row runs in that row's ledger.

use std::collections::BTreeSet;

use entity::definition::Tags;
use entity::values::Date;
use entity::{
    category, category_set, committee, committee_member, duty_rule, industry, industry_unit, link_rule,
    member, organisation, person,
};
use sea_orm::sea_query::{Expr, ExprTrait, Func, Query};
use sea_orm::{ColumnTrait, Condition, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, Select};
use uuid::Uuid;

use crate::access::scope::Whole;
use crate::access::{Action, Viewer, Within};
use crate::ledger::Tx;
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::message::Message;
use platform::say;

/// A table of the roster whose rows are each kept by one ledger.
pub trait Kept: EntityTrait {
    const ID: Self::Column;
    const KEEPER: Self::Column;

    /// The rows that the viewer may refer to.
    fn readable(viewer: &Viewer) -> Result<Select<Self>>;
}

macro_rules! kept {
    ($($table:ident),* $(,)?) => {$(
        impl Kept for $table::Entity {
            const ID: Self::Column = $table::Column::Id;
            const KEEPER: Self::Column = $table::Column::KeeperId;

            fn readable(viewer: &Viewer) -> Result<Select<Self>> {
                Ok(Self::whole(&viewer.may(Action::ReadReference)?))
            }
        }
    )*};
}

kept!(committee, committee_member, duty_rule, industry, industry_unit, link_rule, member, organisation,);

impl Kept for person::Entity {
    const ID: Self::Column = person::Column::Id;
    const KEEPER: Self::Column = person::Column::KeeperId;

    fn readable(viewer: &Viewer) -> Result<Select<Self>> {
        Ok(Self::within(&viewer.may_know_people()?))
    }
}

/// A row that the act's ledger keeps, so that the act may change it or add to it.
pub async fn kept<E: Kept>(tx: &Tx, id: Uuid, field: &str) -> Result<E::Model> {
    one::<E>(tx, E::ID.eq(id).and(E::KEEPER.eq(tx.ledger())), field).await
}

/// A row that the act may refer to, whichever ledger keeps it.
pub async fn known<E: Kept>(tx: &Tx, id: Uuid, field: &str) -> Result<E::Model> {
    one::<E>(tx, E::ID.eq(id), field).await
}

async fn one<E: Kept>(tx: &Tx, these: Expr, field: &str) -> Result<E::Model> {
    E::readable(tx.viewer())?.filter(these).one(tx.db()).await?.ok_or_else(|| Error::missing(field))
}

/// Refuses if a row meets `held`: nobody holds a seat or a place twice at a time.
pub async fn vacant<E: Kept>(tx: &Tx, held: Condition, field: &str, message: Message) -> Result<()> {
    match E::readable(tx.viewer())?.filter(held).one(tx.db()).await? {
        None => Ok(()),
        Some(_) => Err(Error::field(field, ErrorCode::AlreadyExists, message)),
    }
}

/// Condition: the row has no last day, or one that is `day` or later.
pub fn lasts<C: ColumnTrait>(to: C, day: Date) -> Condition {
    Condition::any().add(to.is_null()).add(to.gte(day))
}

/// Condition: the row has no last day, or one after `day`.
pub fn outlasts<C: ColumnTrait>(to: C, day: Date) -> Condition {
    Condition::any().add(to.is_null()).add(to.gt(day))
}

/// Condition: the row is valid on `day`.
pub fn valid_on<C: ColumnTrait>(from: C, to: C, day: Date) -> Condition {
    Condition::all().add(from.lte(day)).add(lasts(to, day))
}

/// Refuses to end a row that has an end already.
pub fn still_open(to: Option<Date>, field: &str) -> Result<()> {
    match to {
        None => Ok(()),
        Some(_) => Err(Error::field(field, ErrorCode::WrongStep, say!("has-end", field = field))),
    }
}

/// Refuses to end a row before its parts; `outlasting` names a part that lasts longer.
pub fn parts_end_first(outlasting: Option<&str>) -> Result<()> {
    let Some(name) = outlasting else { return Ok(()) };
    Err(Error::field("to", ErrorCode::WrongStep, say!("part-outlasts", name = name)))
}

/// Condition: `column` contains the text, in the form in which names are kept; no character of it is a wildcard. A
/// blank text finds nothing.
pub fn contains<C: ColumnTrait>(backend: DbBackend, column: C, text: &str) -> Expr {
    let text = check::in_one_line(text);
    if text.is_empty() {
        return Expr::val(false);
    }
    let position = if backend == DbBackend::Postgres { "strpos" } else { "instr" };
    let arguments = [Expr::col(column.as_column_ref()), Expr::val(text)];
    Expr::from(Func::cust(position).args(arguments)).gt(0)
}

/// Categories with which a row of the roster is tagged, each once; an error if one does not exist.
pub async fn tags(tx: &Tx, named: &[Uuid]) -> Result<Tags> {
    let tags: BTreeSet<Uuid> = named.iter().copied().collect();
    let found = category::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(category::Column::Id.is_in(tags.iter().copied()))
        .count(tx.db())
        .await?;
    let all_known = found == tags.len() as u64;
    if all_known { Ok(Tags(tags.into_iter().collect())) } else { Err(Error::missing("tags")) }
}

/// The category of a designation with that code, from the common catalogue.
pub async fn designation_named(tx: &Tx, set: &str, code: &str, field: &str) -> Result<category::Model> {
    let set = Query::select()
        .column(category_set::Column::Id)
        .from(category_set::Entity)
        .and_where(category_set::Column::Code.eq(set))
        .and_where(category_set::Column::ProgrammeId.is_null())
        .to_owned();
    category::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(category::Column::SetId.in_subquery(set))
        .filter(category::Column::Code.eq(code))
        .one(tx.db())
        .await?
        .ok_or_else(|| Error::field(field, ErrorCode::Invalid, say!("no-designation", code = code)))
}
