//! Finds the ledger that is kept for a place.

use entity::ids::{LedgerId, RegionId};
use platform::error::{Error, Result};
use sea_orm::{ConnectionTrait, Statement};

const NEAREST: &str = "SELECT l.id FROM region r
    JOIN ledger l ON l.region_id IN (r.id, r.township_id, r.county_id, r.city_id, r.province_id)
    JOIN region k ON k.id = l.region_id
    WHERE r.id = $1
    ORDER BY CASE k.level WHEN 'village' THEN 1 WHEN 'township' THEN 2 WHEN 'county' THEN 3 WHEN 'city' THEN 4 ELSE 5 END
    LIMIT 1";

/// The ledger that the region keeps itself, or that of the nearest region above it. If there is none, the error names
/// `field`.
#[expect(
    clippy::disallowed_methods,
    reason = "it names a ledger; whether the viewer reaches it is asked at the door"
)]
pub async fn ledger_for(db: &impl ConnectionTrait, region: RegionId, field: &str) -> Result<LedgerId> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), NEAREST, [region.into()]);
    let row = db.query_one_raw(statement).await?.ok_or_else(|| Error::missing(field))?;
    Ok(LedgerId(row.try_get_by_index(0)?))
}
