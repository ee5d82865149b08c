//! Finding the owners of a personal value by its keyed hash: only for viewers who may be shown the value.

use async_graphql::Context;
use entity::fact::SourceType;
use entity::personal::{Personal, PersonalKind};
use entity::{household, person, personal_value};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect, QueryTrait, Select};

use super::keep::refused;
use super::{Written, purpose};
use crate::access::class::sight;
use crate::access::{Action, Age, Datum, Sight, Within};
use crate::household::sight_of_member;
use crate::loader::{self, HouseholdRow};
use crate::mutation::Asking;
use platform::error::{Error, ErrorCode, Result};
use platform::say;
use platform::seal;

/// Condition on households: the household, or a member of its family, has this value.
pub async fn households(
    ctx: &Context<'_>,
    kind: PersonalKind,
    field: &str,
    written: &Written,
) -> Result<Expr> {
    let action = if kind == PersonalKind::Phone { Action::FindByPhone } else { Action::Reveal };
    let owners = owners(ctx, action, kind, field, written).await?;
    let owners = owners.filter(personal_value::Column::HouseholdId.is_not_null());
    let these = [household::Column::LedgerId, household::Column::Id];
    let these = Expr::tuple(these.map(|column| Expr::col((household::Entity, column))));
    let viewer = ctx.viewer()?;
    if viewer.may(action)?.own().is_empty() {
        let found = owners
            .select_only()
            .columns([personal_value::Column::LedgerId, personal_value::Column::HouseholdId])
            .into_query();
        return Ok(these.in_subquery(found));
    }
    let mut found = vec![];
    for row in owners.all(&ctx.app()?.db).await? {
        if is_shown(ctx, &row).await? {
            let home = row.household_id.map(|home| Expr::tuple([Expr::val(row.ledger_id), Expr::val(home)]));
            found.extend(home);
        }
    }
    Ok(if found.is_empty() { Expr::val(false) } else { these.is_in(found) })
}

/// True if the viewer may be shown the value. A helper, for example, is not shown a minor's phone and so finds nobody
/// by it.
async fn is_shown(ctx: &Context<'_>, row: &personal_value::Model) -> Result<bool> {
    if ctx.viewer()?.may(Action::Reveal).is_ok_and(|scope| scope.holds(row.ledger_id)) {
        return Ok(true);
    }
    let Some(home) = row.household_id else { return Ok(false) };
    let Some(home) = loader::many(ctx.rows()?, HouseholdRow(row.ledger_id, home)).await?.pop() else {
        return Ok(false);
    };
    let datum = Datum::of(row.kind);
    let sight = if row.owner_type == SourceType::FamilyMember {
        sight_of_member(ctx, &home, row.owner_id, datum).await?
    } else {
        let to = ctx.viewer()?.towards_household(&home);
        Some(sight(to, datum, Age::Adult))
    };
    Ok(sight == Some(Sight::Clear))
}

/// Condition on people of the roster: the person has this value.
pub async fn people(ctx: &Context<'_>, kind: PersonalKind, field: &str, written: &Written) -> Result<Expr> {
    let owners = owners(ctx, Action::Reveal, kind, field, written).await?;
    let found = owners
        .select_only()
        .column(personal_value::Column::OwnerId)
        .filter(personal_value::Column::OwnerType.eq(SourceType::Person))
        .into_query();
    Ok(Expr::col((person::Entity, person::Column::Id)).in_subquery(found))
}

/// Rows with this value. The right to look is checked before the value is read, so that a viewer without it learns
/// nothing, not even whether the value is well formed.
async fn owners(
    ctx: &Context<'_>,
    action: Action,
    kind: PersonalKind,
    field: &str,
    written: &Written,
) -> Result<Select<personal_value::Entity>> {
    use personal_value::Column;
    let (scope, app) = (ctx.viewer()?.may(action)?, ctx.app()?);
    let value = match written.text() {
        Some(text) => Personal::read(kind, text).map_err(|unfit| refused(field, kind, unfit)),
        None => Err(Error::field(field, ErrorCode::Required, say!("empty", field = field))),
    };
    let value = value.map_err(|error| Error::Protocol { code: error.code(), message: error.message() })?;
    let used = seal::in_use(&app.db, &app.keys).await?;
    Ok(personal_value::Entity::within(&scope)
        .filter(Column::Kind.eq(kind))
        .filter(Column::Hash.is_in(used.hashes(purpose(kind), value.clear()))))
}
