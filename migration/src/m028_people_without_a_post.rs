//! Holders of seats and posts are known everywhere. Row-level security shows anybody else to the office that keeps the
//! roster of their ledger, and to themselves.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

pub struct Change;

impl MigrationName for Change {
    fn name(&self) -> &'static str {
        "m028_people_without_a_post"
    }
}

const SEEN: &str = "
    ALTER TABLE person ENABLE ROW LEVEL SECURITY;
    CREATE POLICY seen ON person FOR SELECT TO sanlian_app USING (
        EXISTS (SELECT 1 FROM member m WHERE m.person_id = person.id)
        OR EXISTS (SELECT 1 FROM committee_member c WHERE c.person_id = person.id)
        OR keeper_id = ANY ((SELECT sanlian_ledgers('roster'))::integer[])
        OR id = ANY ((SELECT sanlian_ids('person'))::uuid[]));
    CREATE POLICY entered ON person FOR INSERT TO sanlian_app
        WITH CHECK (keeper_id = ANY ((SELECT sanlian_ledgers('door'))::integer[]));
    CREATE POLICY changed ON person FOR UPDATE TO sanlian_app
        USING (keeper_id = ANY ((SELECT sanlian_ledgers('door'))::integer[]))
        WITH CHECK (keeper_id = ANY ((SELECT sanlian_ledgers('door'))::integer[]));
    CREATE POLICY removed ON person FOR DELETE TO sanlian_app
        USING (keeper_id = ANY ((SELECT sanlian_ledgers('door'))::integer[]));";

const NOT_SEEN: &str = "
    DROP POLICY seen ON person; DROP POLICY entered ON person;
    DROP POLICY changed ON person; DROP POLICY removed ON person;
    ALTER TABLE person DISABLE ROW LEVEL SECURITY;";

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
