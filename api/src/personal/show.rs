//! Showing personal data, beside their owners, as `access::class` says: hidden, masked, or in clear. What is shown in
//! clear is told to the access log, here and nowhere else.

use async_graphql::Context;
use entity::fact::SourceType;
use entity::household;
use entity::personal::PersonalKind;
use entity::{person, personal_value};

use super::{Owner, opened};
use crate::access::class::sight;
use crate::access::{Datum, Sight, Standing};
use crate::access_log;
use crate::error::Result;
use crate::loader::{self, HouseholdValues, PersonValues};
use crate::mutation::Asking;

/// A text of a household or its family that lies plain.
pub fn plain(ctx: &Context<'_>, of: &household::Model, datum: Datum, text: &str) -> Option<Result<String>> {
    match towards(ctx, of) {
        Ok(to) => {
            tell(ctx, of, datum, to);
            datum.shown(to, text).map(Ok)
        }
        Err(error) => Some(Err(error)),
    }
}

/// A datum of a household or its family that has no mask: it is shown whole or not at all.
pub fn whole<T>(ctx: &Context<'_>, of: &household::Model, datum: Datum, value: T) -> Option<Result<T>> {
    match towards(ctx, of) {
        Ok(to) => {
            tell(ctx, of, datum, to);
            datum.is_clear(to).then_some(Ok(value))
        }
        Err(error) => Some(Err(error)),
    }
}

fn towards(ctx: &Context<'_>, of: &household::Model) -> Result<Standing> {
    Ok(ctx.viewer()?.towards_household(of.ledger_id, of.id, of.village_id))
}

fn tell(ctx: &Context<'_>, of: &household::Model, datum: Datum, to: Standing) {
    if datum.is_clear(to) {
        access_log::shown(ctx, of.ledger_id, (SourceType::Household, of.id.0), datum);
    }
}

/// A value of a household or of one of its family.
pub async fn of_household(
    ctx: &Context<'_>,
    of: &household::Model,
    owner: Owner,
    kind: PersonalKind,
) -> Result<Option<String>> {
    let to = towards(ctx, of)?;
    if sight(to, Datum::of(kind)) == Sight::Hidden {
        return Ok(None);
    }
    let rows = loader::many(ctx.rows()?, HouseholdValues(of.ledger_id, of.id)).await?;
    let value = shown(ctx, rows, owner, kind, to)?;
    if value.is_some() {
        tell(ctx, of, Datum::of(kind), to);
    }
    Ok(value)
}

/// A value of a holder of seats. That they are shown their own need not be told.
pub async fn of_person(ctx: &Context<'_>, of: &person::Model, kind: PersonalKind) -> Result<Option<String>> {
    let viewer = ctx.viewer()?;
    let (to, datum) = (viewer.towards_person(of.keeper_id, of.id), Datum::of(kind));
    if sight(to, datum) == Sight::Hidden {
        return Ok(None);
    }
    let rows = loader::many(ctx.rows()?, PersonValues(of.keeper_id, of.id)).await?;
    let value = shown(ctx, rows, Owner::person(of.id), kind, to)?;
    if value.is_some() && datum.is_clear(to) && viewer.person != Some(of.id) {
        access_log::shown(ctx, of.keeper_id, (SourceType::Person, of.id.0), datum);
    }
    Ok(value)
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
