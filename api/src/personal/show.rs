//! Showing personal data beside their owners as `access::class` decides: hidden, masked or in clear. Data shown in
//! clear are written to the access log here and nowhere else.

use async_graphql::Context;
use entity::fact::SourceType;
use entity::household;
use entity::personal::{IdentityNumber, PersonalKind};
use entity::values::Date;
use entity::{person, personal_value};

use super::{Owner, opened};
use crate::access::class::sight;
use crate::access::{Age, Datum, Sight};
use crate::access_log;
use crate::loader::{self, HouseholdValues, PersonValues};
use crate::mutation::Asking;
use platform::error::Result;

/// A text of a household or its family that is stored unsealed, shown as `sight` allows.
pub fn plain(
    ctx: &Context<'_>,
    of: &household::Model,
    datum: Datum,
    sight: Sight,
    text: &str,
) -> Option<String> {
    tell(ctx, of, datum, sight);
    datum.shown(sight, text)
}

/// A datum of a household or its family that has no mask, shown in clear or not at all.
pub fn whole<T>(ctx: &Context<'_>, of: &household::Model, datum: Datum, sight: Sight, value: T) -> Option<T> {
    tell(ctx, of, datum, sight);
    (sight == Sight::Clear).then_some(value)
}

fn tell(ctx: &Context<'_>, of: &household::Model, datum: Datum, sight: Sight) {
    if sight == Sight::Clear {
        access_log::shown(ctx, of.ledger_id, (SourceType::Household, of.id.0), datum);
    }
}

/// A sealed value of a household or of a family member, shown as `sight` allows.
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
    let value = shown(ctx, rows, owner, kind, sight)?;
    if value.is_some() {
        tell(ctx, of, Datum::of(kind), sight);
    }
    Ok(value)
}

/// A sealed value of a person. It is logged when shown in clear, except to the person themselves.
pub async fn of_person(ctx: &Context<'_>, of: &person::Model, kind: PersonalKind) -> Result<Option<String>> {
    let viewer = ctx.viewer()?;
    let (to, datum) = (viewer.towards_person(of.keeper_id, of.id), Datum::of(kind));
    let sight = sight(to, datum, Age::Adult);
    if sight == Sight::Hidden {
        return Ok(None);
    }
    let rows = loader::many(ctx.rows()?, PersonValues(of.keeper_id, of.id)).await?;
    let value = shown(ctx, rows, Owner::person(of.id), kind, sight)?;
    if value.is_some() && sight == Sight::Clear && viewer.person != Some(of.id) {
        access_log::shown(ctx, of.keeper_id, (SourceType::Person, of.id.0), datum);
    }
    Ok(value)
}

/// Birth date in an owner's identity number. It only tells minors from adults and is shown to nobody.
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
