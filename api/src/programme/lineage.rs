//! Look-ups of programmes for other modules: by id, with all parents, and whether a programme has ended.

use entity::ids::ProgrammeId;
use entity::programme;
use entity::values::Date;
use platform::error::{Error, ErrorCode, Result};
use platform::say;
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, Statement};

use crate::access::Action;
use crate::access::scope::Whole;
use crate::ledger::Tx;

/// Refuses a day after the programme's last day.
pub fn goes_on(programme: &programme::Model, day: Date, field: &str) -> Result<()> {
    match programme.to_on {
        Some(last) if last < day => {
            let message = say!("programme-ended", code = programme.code, day = last);
            Err(Error::field(field, ErrorCode::NotEligible, message))
        }
        _ => Ok(()),
    }
}

const LINEAGE: &str = "WITH RECURSIVE up AS (
        SELECT id, parent_id FROM programme WHERE id = $1
        UNION ALL
        SELECT p.id, p.parent_id FROM programme p JOIN up ON p.id = up.parent_id
    ) SELECT id FROM up";

/// Ids of a programme and all its parents, the programme itself first.
#[expect(
    clippy::disallowed_methods,
    reason = "programmes are reference data, and this walks up in one statement"
)]
pub async fn lineage(db: &impl ConnectionTrait, programme: ProgrammeId) -> Result<Vec<ProgrammeId>> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), LINEAGE, [programme.into()]);
    let rows = db.query_all_raw(statement).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index(0).map(ProgrammeId)).collect::<Result<_, _>>()?)
}

/// Finds a programme by id. Every account may refer to every programme.
pub async fn programme_by_id(tx: &Tx, id: ProgrammeId, field: &str) -> Result<programme::Model> {
    programme::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(programme::Column::Id.eq(id))
        .one(tx.db())
        .await?
        .ok_or_else(|| Error::missing(field))
}
