//! Documents that callers need only name.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::tables::{self, Table, boolean, integer, table, text, uuid};

pub struct Change;

impl MigrationName for Change {
    fn name(&self) -> &'static str {
        "m021_trusted_documents"
    }
}

/// Whoever asks may name one, so all are seen; an act writes where its viewer may, as the door has found.
const POLICIES: &str = "ALTER TABLE trusted_document ENABLE ROW LEVEL SECURITY;
    CREATE POLICY seen ON trusted_document FOR SELECT TO sanlian_app USING (TRUE);
    CREATE POLICY kept ON trusted_document TO sanlian_app
        USING (keeper_id = ANY ((SELECT sanlian_ledgers('door'))::integer[]))
        WITH CHECK (keeper_id = ANY ((SELECT sanlian_ledgers('door'))::integer[]));";

#[async_trait::async_trait]
impl MigrationTrait for Change {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    #[expect(clippy::disallowed_methods, reason = "policies are statements of PostgreSQL's own")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        tables::create(manager, tables()).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            manager.get_connection().execute_unprepared(POLICIES).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        tables::drop(manager, tables()).await
    }
}

fn tables() -> Vec<Table> {
    let columns =
        [uuid("id"), text("hash"), text("name"), text("text"), boolean("withdrawn"), integer("keeper_id")];
    vec![
        table("trusted_document", &["id"])
            .columns(columns)
            .check("hash_sha256", "length(hash) = 64")
            .unique("hash_key", &["hash"])
            .index("name_idx", &["name", "id"]),
    ]
}
