//! Keys by which names are found: of a household's people, in its ledger, and of the roster, whole everywhere. Keys are
//! bytes: both databases order them alike, whatever the collation, and a range of them is read from the index.
#![expect(clippy::disallowed_methods, reason = "policies are statements of PostgreSQL's own")]

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::tables::{Table, binary, create, drop, integer, table, text, uuid};

pub struct Change;

impl MigrationName for Change {
    fn name(&self) -> &'static str {
        "m016_names"
    }
}

/// As of what else hangs on a household.
const POLICIES: &str = "
ALTER TABLE household_name_key ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON household_name_key FOR SELECT TO sanlian_app USING (
    ledger_id = ANY ((SELECT sanlian_ledgers('households'))::integer[])
    OR (ledger_id = ANY ((SELECT sanlian_ledgers('own_ledgers'))::integer[])
        AND household_id = ANY ((SELECT sanlian_ids('own_households'))::uuid[]))
    OR (ledger_id = ANY ((SELECT sanlian_ledgers('area_ledgers'))::integer[]) AND EXISTS (SELECT 1 FROM household h
        WHERE h.ledger_id = household_name_key.ledger_id AND h.id = household_name_key.household_id)));
CREATE POLICY entered ON household_name_key FOR INSERT TO sanlian_app
    WITH CHECK (ledger_id = ANY ((SELECT sanlian_ledgers('door'))::integer[]));
CREATE POLICY removed ON household_name_key FOR DELETE TO sanlian_app
    USING (ledger_id = ANY ((SELECT sanlian_ledgers('door'))::integer[]));";

#[async_trait::async_trait]
impl MigrationTrait for Change {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(manager, tables()).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            manager.get_connection().execute_unprepared(POLICIES).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, tables()).await
    }
}

fn tables() -> Vec<Table> {
    vec![
        table("household_name_key", &["ledger_id", "key", "household_id", "owner_type", "owner_id"])
            .columns([
                integer("ledger_id"),
                binary("key"),
                text("owner_type"),
                uuid("owner_id"),
                uuid("household_id"),
            ])
            .within_ledger("household_id", "household")
            .check("owner_known", "owner_type IN ('household','family_member')")
            .index("household_idx", &["ledger_id", "household_id"]),
        table("roster_name_key", &["owner_type", "key", "owner_id"])
            .columns([text("owner_type"), binary("key"), uuid("owner_id"), integer("keeper_id")])
            .check("owner_known", "owner_type IN ('person','organisation','committee','industry','region')")
            .index("owner_idx", &["owner_id", "owner_type"]),
    ]
}
