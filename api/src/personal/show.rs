//! Showing personal values, beside their owners: masked, or in clear to a helper, as `access::class` says.

use async_graphql::Context;
use entity::household;
use entity::personal::{IdentityNumber, PersonalKind};
use entity::values::Date;
use entity::{person, personal_value};

use super::{Owner, opened};
use crate::access::class::sight;
use crate::access::{Age, Datum, Sight};
use crate::error::Result;
use crate::loader::{self, HouseholdValues, PersonValues};
use crate::mutation::Asking;

/// A value of a household or of one of its family, as far as it is to be seen.
pub async fn of_household(
    ctx: &Context<'_>,
    of: &household::Model,
    owner: Owner,
    kind: PersonalKind,
    sight: Sight,
) -> Result<Option<String>> {
    if sight == Sight::Hidden {
        return Ok(None);
    }
    let rows = loader::many(ctx.rows()?, HouseholdValues(of.ledger_id, of.id)).await?;
    shown(ctx, rows, owner, kind, sight)
}

/// A value of a holder of seats.
pub async fn of_person(ctx: &Context<'_>, of: &person::Model, kind: PersonalKind) -> Result<Option<String>> {
    let to = ctx.viewer()?.towards_person(of.keeper_id, of.id);
    let sight = sight(to, Datum::of(kind), Age::Adult);
    if sight == Sight::Hidden {
        return Ok(None);
    }
    let rows = loader::many(ctx.rows()?, PersonValues(of.keeper_id, of.id)).await?;
    shown(ctx, rows, Owner::person(of.id), kind, sight)
}

/// The birth date in the identity number of somebody, to tell whether they are a minor; nobody is shown it.
pub async fn born_on(ctx: &Context<'_>, of: &household::Model, owner: Owner) -> Result<Option<Date>> {
    let rows = loader::many(ctx.rows()?, HouseholdValues(of.ledger_id, of.id)).await?;
    let number = shown(ctx, rows, owner, PersonalKind::IdentityNumber, Sight::Clear)?;
    Ok(number.and_then(|number| number.parse::<IdentityNumber>().ok()).and_then(|number| number.born_on()))
}

fn shown(
    ctx: &Context<'_>,
    rows: Vec<personal_value::Model>,
    owner: Owner,
    kind: PersonalKind,
    sight: Sight,
) -> Result<Option<String>> {
    let is =
        |row: &personal_value::Model| (row.owner_type, row.owner_id, row.kind) == (owner.of, owner.id, kind);
    let Some(row) = rows.into_iter().find(is) else { return Ok(None) };
    Ok(match sight {
        Sight::Hidden => None,
        Sight::Masked => Some(row.masked),
        Sight::Clear => Some(opened(&row, ctx.app()?.keys.get(row.key_id)?.as_ref())?),
    })
}
