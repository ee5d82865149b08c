//! Writes search keys for names that have none, as in a database that is older than the keys. It runs after the
//! migrations: only this crate can read names. Running it again changes nothing.
#![expect(
    clippy::disallowed_methods,
    reason = "what was there before is made whole before anybody can enter"
)]

use entity::fact::SourceType;
use entity::ids::{HouseholdId, LedgerId};
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbBackend, FromQueryResult, Statement, TransactionTrait,
};
use uuid::Uuid;

use super::keep::{Named, of_household, rows};
use crate::ledger::insert_many;
use platform::error::Result;

/// Names per transaction.
const BATCH: i64 = 1_000;

/// A name without keys.
#[derive(FromQueryResult)]
struct Bare {
    ledger: LedgerId,
    id: Uuid,
    household: Option<HouseholdId>,
    name: String,
}

/// Tables of a ledger with names: type, table, column of the household, column of the name.
const HOUSEHOLDS: [(SourceType, &str, &str, &str); 2] = [
    (SourceType::Household, "household", "id", "head_name"),
    (SourceType::FamilyMember, "family_member", "household_id", "name"),
];
/// Tables of the roster with names; the column is `name`.
const ROSTER: [(SourceType, &str); 5] = [
    (SourceType::Person, "person"),
    (SourceType::Organisation, "organisation"),
    (SourceType::Committee, "committee"),
    (SourceType::Industry, "industry"),
    (SourceType::Region, "region"),
];

/// Writes the missing keys; returns how many names had none.
pub async fn fill(db: &DatabaseConnection) -> Result<u64> {
    let mut filled = 0;
    for (of, table, household, name) in HOUSEHOLDS {
        let sql = format!(
            "SELECT t.ledger_id AS ledger, t.id, t.{household} AS household, t.{name} AS name FROM {table} t
             WHERE (t.ledger_id, t.id) > ($1, $2) AND NOT EXISTS (
                 SELECT 1 FROM household_name_key k WHERE k.ledger_id = t.ledger_id
                 AND k.household_id = t.{household} AND k.owner_type = '{table}' AND k.owner_id = t.id)
             ORDER BY t.ledger_id, t.id LIMIT {BATCH}"
        );
        filled += fill_table(db, of, &sql).await?;
    }
    for (of, table) in ROSTER {
        let sql = format!(
            "SELECT t.keeper_id AS ledger, t.id, CAST(NULL AS uuid) AS household, t.name FROM {table} t
             WHERE $1 IS NOT NULL AND t.id > $2 AND NOT EXISTS (
                 SELECT 1 FROM roster_name_key k WHERE k.owner_type = '{table}' AND k.owner_id = t.id)
             ORDER BY t.id LIMIT {BATCH}"
        );
        filled += fill_table(db, of, &sql).await?;
    }
    Ok(filled)
}

/// Works in batches. A batch's rows are locked until its keys are there, so that no act renames them meanwhile.
async fn fill_table(db: &DatabaseConnection, of: SourceType, sql: &str) -> Result<u64> {
    let backend = db.get_database_backend();
    let lock = if backend == DbBackend::Postgres { " FOR UPDATE OF t" } else { "" };
    let (mut filled, mut after) = (0, (LedgerId::REFERENCE, Uuid::nil()));
    loop {
        let tx = db.begin().await?;
        let values = [after.0.into(), after.1.into()];
        let bare = Statement::from_sql_and_values(backend, format!("{sql}{lock}"), values);
        let bare = Bare::find_by_statement(bare).all(&tx).await?;
        let Some(last) = bare.last() else { return Ok(filled) };
        after = (last.ledger, last.id);
        filled += bare.len() as u64;
        write(&tx, of, bare).await?;
        tx.commit().await?;
    }
}

async fn write(tx: &DatabaseTransaction, of: SourceType, bare: Vec<Bare>) -> Result<()> {
    let (mut of_households, mut of_roster) = (vec![], vec![]);
    for Bare { ledger, id, household, name } in bare {
        let named = Named { of, id, household };
        match household {
            Some(household) => of_households.extend(of_household(ledger, named, household, &name)?),
            None => of_roster.extend(rows(ledger, named, &name)?),
        }
    }
    insert_many(tx, of_households).await?;
    insert_many(tx, of_roster).await
}
