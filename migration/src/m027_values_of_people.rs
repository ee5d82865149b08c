//! Phones and identity numbers of people lie in the ledger that keeps them: the office that keeps its roster sees them there,
//! also where it sees no households.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

pub struct Change;

impl MigrationName for Change {
    fn name(&self) -> &'static str {
        "m027_values_of_people"
    }
}

const SEEN: &str = "
    CREATE POLICY of_people ON personal_value FOR SELECT TO sanlian_app USING (owner_type = 'person'
        AND ledger_id = ANY ((SELECT sanlian_ledgers('roster'))::integer[]));";

const NOT_SEEN: &str = "DROP POLICY of_people ON personal_value;";

#[async_trait::async_trait]
impl MigrationTrait for Change {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, SEEN).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, NOT_SEEN).await
    }
}

#[expect(clippy::disallowed_methods, reason = "policies are statements of PostgreSQL's own")]
async fn run(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() == DbBackend::Postgres {
        manager.get_connection().execute_unprepared(sql).await?;
    }
    Ok(())
}
