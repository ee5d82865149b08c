//! Showing personal values, beside their owners: masked, or in clear to a helper, as `access::class` says.

use async_graphql::Context;
use entity::household;
use entity::personal::PersonalKind;
use entity::{person, personal_value};

use super::{Owner, opened};
use crate::access::class::sight;
use crate::access::{Datum, Sight, Standing};
use crate::error::Result;
use crate::loader::{self, HouseholdValues, PersonValues};
use crate::mutation::Asking;

/// A value of a household or of one of its family.
pub async fn of_household(
    ctx: &Context<'_>,
    of: &household::Model,
    owner: Owner,
    kind: PersonalKind,
) -> Result<Option<String>> {
    let to = ctx.viewer()?.towards_household(of.ledger_id, of.id, of.village_id);
    if sight(to, Datum::of(kind)) == Sight::Hidden {
        return Ok(None);
    }
    let rows = loader::many(ctx.rows()?, HouseholdValues(of.ledger_id, of.id)).await?;
    shown(ctx, rows, owner, kind, to)
}

/// A value of a holder of seats.
pub async fn of_person(ctx: &Context<'_>, of: &person::Model, kind: PersonalKind) -> Result<Option<String>> {
    let to = ctx.viewer()?.towards_person(of.keeper_id, of.id);
    if sight(to, Datum::of(kind)) == Sight::Hidden {
        return Ok(None);
    }
    let rows = loader::many(ctx.rows()?, PersonValues(of.keeper_id, of.id)).await?;
    shown(ctx, rows, Owner::person(of.id), kind, to)
}

fn shown(
    ctx: &Context<'_>,
    rows: Vec<personal_value::Model>,
    owner: Owner,
    kind: PersonalKind,
    to: Standing,
) -> Result<Option<String>> {
    let is =
        |row: &personal_value::Model| (row.owner_type, row.owner_id, row.kind) == (owner.of, owner.id, kind);
    let Some(row) = rows.into_iter().find(is) else { return Ok(None) };
    Ok(match sight(to, Datum::of(kind)) {
        Sight::Hidden => None,
        Sight::Masked => Some(row.masked),
        Sight::Clear => Some(opened(&row, ctx.app()?.keys.get(row.key_id)?.as_ref())?),
    })
}
