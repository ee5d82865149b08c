//! The access log: chains of lines, one a server process; and an index by which auditors read acts of many ledgers.
//! Kinds and results have no check: those who come later bring their own, and SQLite cannot alter one.

#![expect(clippy::disallowed_methods, reason = "policies are statements of PostgreSQL's own")]

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{integer_null, timestamp_with_time_zone as timestamp};
use sea_orm_migration::sea_orm::DbBackend;

use crate::tables::{Table, big_integer, create, drop, integer, table, text, text_null, uuid_null};

pub struct Change;

impl MigrationName for Change {
    fn name(&self) -> &'static str {
        "m017_access_log"
    }
}

/// The service alone writes; an auditor sees the lines of their ledgers, and of no ledger where they audit all.
const POLICIES: &str = "
ALTER TABLE access_chain ENABLE ROW LEVEL SECURITY;
CREATE POLICY kept ON access_chain TO sanlian_app
    USING ((SELECT sanlian_house())) WITH CHECK ((SELECT sanlian_house()));
ALTER TABLE access_line ENABLE ROW LEVEL SECURITY;
CREATE POLICY kept ON access_line TO sanlian_app
    USING ((SELECT sanlian_house())) WITH CHECK ((SELECT sanlian_house()));
CREATE POLICY seen ON access_line FOR SELECT TO sanlian_app USING (
    ledger_id = ANY ((SELECT sanlian_ledgers('audit'))::integer[])
    OR (SELECT sanlian_ledgers('audit') IS DISTINCT FROM '{}'
        AND NOT EXISTS (SELECT 1 FROM ledger l WHERE l.id <> ALL (sanlian_ledgers('audit')))));";

const ACTS: &str = "act_time_idx";

#[async_trait::async_trait]
impl MigrationTrait for Change {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(manager, tables()).await?;
        let mut acts = Index::create();
        acts.name(ACTS).table("act").col("at").col("ledger_id").col("seq");
        manager.create_index(acts).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            manager.get_connection().execute_unprepared(POLICIES).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name(ACTS).table("act").to_owned()).await?;
        drop(manager, tables()).await
    }
}

fn tables() -> Vec<Table> {
    vec![
        table("access_chain", &["id"]).columns([
            integer("id"),
            integer("key_id"),
            timestamp("began_at"),
            big_integer("previous_seq"),
            text("previous_hash"),
            big_integer("kept_from"),
            text("kept_hash"),
            text("kept_seal"),
            big_integer("head_seq"),
            timestamp("head_at"),
            text("head_hash"),
            text("head_seal"),
        ]),
        table("access_line", &["chain_id", "seq"])
            .columns([
                integer("chain_id"),
                big_integer("seq"),
                timestamp("at"),
                text("kind"),
                text("result"),
                uuid_null("account_id"),
                uuid_null("session_id"),
                text_null("address"),
                text("operation"),
                integer_null("ledger_id"),
                text_null("subject_type"),
                uuid_null("subject_id"),
                text("data"),
                integer("times"),
                uuid_null("request_id"),
                text("hash"),
            ])
            .refers("chain_id", "access_chain")
            .index("at_idx", &["at", "chain_id", "seq"])
            .index("ledger_idx", &["ledger_id", "at", "chain_id", "seq"])
            .index("account_idx", &["account_id", "at", "chain_id", "seq"])
            .index_where("subject_idx", &["subject_id", "at", "chain_id", "seq"], "subject_id IS NOT NULL"),
    ]
}
