//! What people ask about their own data, how long a ledger keeps them, and that they were erased.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer_null, date_null};
use sea_orm_migration::sea_orm::DbBackend;

use crate::tables::{self, Table, big_integer, date, integer, table, text, text_null, uuid};

pub struct Change;

impl MigrationName for Change {
    fn name(&self) -> &'static str {
        "m020_personal_requests"
    }
}

fn policies(table: &str) -> String {
    let of = |bounds: &str| format!("ledger_id = ANY ((SELECT sanlian_ledgers('{bounds}'))::integer[])");
    let (seen, kept) = (of("answers"), of("door"));
    format!(
        "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
         CREATE POLICY seen ON {table} FOR SELECT TO sanlian_app USING ({seen});
         CREATE POLICY kept ON {table} TO sanlian_app USING ({kept}) WITH CHECK ({kept});"
    )
}

const ERASED: [&str; 3] = ["household", "family_member", "person"];

#[async_trait::async_trait]
impl MigrationTrait for Change {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    #[expect(clippy::disallowed_methods, reason = "policies are statements of PostgreSQL's own")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        tables::create(manager, tables()).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            for table in ["personal_request", "retention_rule"] {
                manager.get_connection().execute_unprepared(&policies(table)).await?;
            }
        }
        for table in ERASED {
            manager.alter_table(alter(table).add_column(date_null("erased_on")).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ERASED {
            manager.alter_table(alter(table).drop_column("erased_on").to_owned()).await?;
        }
        tables::drop(manager, tables()).await
    }
}

fn alter(table: &'static str) -> TableAlterStatement {
    sea_orm_migration::prelude::Table::alter().table(table).to_owned()
}

fn tables() -> Vec<Table> {
    vec![
        table("personal_request", &["ledger_id", "id"])
            .columns([
                integer("ledger_id"),
                uuid("id"),
                text("kind"),
                text("subject_type"),
                uuid("subject_id"),
                text("data"),
                text_null("statement"),
                date("received_on"),
                big_integer("opened_seq"),
                text_null("answer"),
                date_null("answered_on"),
                text_null("reason"),
                big_integer_null("done_seq"),
                big_integer("version"),
            ])
            .refers("ledger_id", "ledger")
            .check("subject_known", "subject_type IN ('household','family_member','person')")
            .check("answer_dated", "(answer IS NULL) = (answered_on IS NULL)")
            .index("received_idx", &["ledger_id", "received_on", "id"])
            .index("subject_idx", &["ledger_id", "subject_id"]),
        table("retention_rule", &["ledger_id", "subject_type"])
            .columns([integer("ledger_id"), text("subject_type"), integer("months"), big_integer("version")])
            .refers("ledger_id", "ledger")
            .check("subject_known", "subject_type IN ('household','family_member','person')")
            .check("months_sane", "months BETWEEN 1 AND 1200"),
    ]
}
