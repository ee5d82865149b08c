//! Finds rows by a part of a name, for viewers who are shown the name.

use entity::fact::SourceType;
use entity::{household, household_name_key, roster_name_key};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QuerySelect, QueryTrait, Select};

use super::key::typed;
use crate::access::scope::{Whole, found_first};
use crate::access::{Datum, Scope, Viewer, Within};
use platform::error::Result;

/// Households with a head or family member of such a name, where the viewer is shown names in clear.
pub fn households(viewer: &Viewer, text: &str) -> Result<Select<household::Entity>> {
    use household_name_key::Column;
    let scope = viewer.in_clear(Datum::Name)?;
    let found = household_name_key::Entity::within(&scope)
        .select_only()
        .column(Column::HouseholdId)
        .filter(begins(Column::Key, text)?)
        .into_query();
    let these = found_first(scope.backend(), household::Column::Id, found);
    Ok(household::Entity::within(&scope).filter(these))
}

/// Condition: a row of the roster has such a name; `id` is the column of its id.
pub fn named<C: ColumnTrait>(scope: &Scope, of: SourceType, id: C, text: &str) -> Result<Expr> {
    use roster_name_key::Column;
    let found = roster_name_key::Entity::whole(scope)
        .select_only()
        .column(Column::OwnerId)
        .filter(Column::OwnerType.eq(of))
        .filter(begins(Column::Key, text)?)
        .into_query();
    Ok(found_first(scope.backend(), id, found))
}

/// Keys that begin with the typed text; none if it has neither letter nor digit. The range ends with the byte 255,
/// which occurs in no UTF-8 text.
fn begins<C: ColumnTrait>(key: C, text: &str) -> Result<Condition> {
    let Some(from) = typed(text)?.map(String::into_bytes) else {
        return Ok(Condition::all().add(Expr::val(false)));
    };
    let to = from.iter().copied().chain([u8::MAX]).collect::<Vec<u8>>();
    Ok(Condition::all().add(key.gte(from)).add(key.lt(to)))
}
