//! Which ledgers may make a link under a rule, and name a programme (ADR 37). A rule binds the ledger that keeps it and
//! those below. All links under a rule share its limit per helper. A foreign office that used up the limit of a helper
//! would learn how many links the helper has in other ledgers; the helper's own office would then meet a limit reached
//! by links that it cannot see.

use entity::ids::{LedgerId, ProgrammeId};
use entity::{ledger, link_rule, region};
use sea_orm::{ColumnTrait, QueryFilter};

use crate::access::scope::Whole;
use crate::access::{Action, Scope};
use crate::ledger::Tx;
use crate::programme::programme_by_id;
use crate::region::lies_in;
use platform::error::{Error, ErrorCode, Result};
use platform::say;

/// Refuses a link under a rule that does not bind the act's ledger. If the rule is another ledger's and limits the
/// links of a helper, the helper must be kept by the act's ledger or by one above.
pub(super) async fn may_bind(
    tx: &Tx,
    reading: &Scope,
    rule: &link_rule::Model,
    helper_keeper: LedgerId,
) -> Result<()> {
    if !is_here_or_above(tx, reading, rule.keeper_id).await? {
        let keeper = name(tx, reading, rule.keeper_id).await?;
        return Err(Error::field(
            "rule",
            ErrorCode::NotEligible,
            say!("link-rule-elsewhere", ledger = keeper),
        ));
    }
    let is_shared = rule.keeper_id != tx.ledger() && rule.max_per_helper.is_some();
    if !is_shared || is_here_or_above(tx, reading, helper_keeper).await? {
        return Ok(());
    }
    let keeper = name(tx, reading, helper_keeper).await?;
    Err(Error::field("helper", ErrorCode::NotEligible, say!("link-helper-elsewhere", ledger = keeper)))
}

/// A record names programmes of its own ledger, and of those above: nobody else's figures are for it to change.
pub async fn may_name(tx: &Tx, programme: ProgrammeId, field: &str) -> Result<()> {
    let programme = programme_by_id(tx, programme, field).await?;
    let reading = tx.may(Action::ReadReference)?;
    if is_here_or_above(tx, &reading, programme.keeper_id).await? {
        return Ok(());
    }
    let keeper = name(tx, &reading, programme.keeper_id).await?;
    let message = say!("programme-elsewhere", code = programme.code, ledger = keeper);
    Err(Error::field(field, ErrorCode::NotEligible, message))
}

/// True if `keeper` is the act's ledger, the reference data, or a ledger kept for a region around the act's.
async fn is_here_or_above(tx: &Tx, reading: &Scope, keeper: LedgerId) -> Result<bool> {
    if [tx.ledger(), LedgerId::REFERENCE].contains(&keeper) {
        return Ok(true);
    }
    let (Some(here), Some(above)) =
        (kept_for(tx, reading, tx.ledger()).await?, kept_for(tx, reading, keeper).await?)
    else {
        return Ok(false);
    };
    let here =
        region::Entity::whole(reading).filter(region::Column::Id.eq(here.region_id)).one(tx.db()).await?;
    Ok(here.is_some_and(|here| lies_in(&here, above.region_id)))
}

async fn kept_for(tx: &Tx, reading: &Scope, id: LedgerId) -> Result<Option<ledger::Model>> {
    Ok(ledger::Entity::whole(reading).filter(ledger::Column::Id.eq(id)).one(tx.db()).await?)
}

/// Name of a ledger; its id if the ledger is not found.
async fn name(tx: &Tx, reading: &Scope, id: LedgerId) -> Result<String> {
    let row = kept_for(tx, reading, id).await?;
    Ok(row.map_or_else(|| id.0.to_string(), |row| row.name))
}
