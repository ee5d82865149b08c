//! Third-party applications with their secrets, who an account is at an OpenID Connect provider, and the codes of those
//! who come back from there.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::timestamp_with_time_zone_null as timestamp_null;
use sea_orm_migration::sea_orm::DbBackend;

use crate::tables::{self, Table, integer, table, text, text_null, timestamp, uuid, uuid_null};

pub struct Change;

impl MigrationName for Change {
    fn name(&self) -> &'static str {
        "m019_applications_and_identities"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Change {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        tables::create(manager, tables()).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            run(manager, policies()).await?;
        }
        manager.alter_table(session().add_column(uuid_null("identity_id")).to_owned()).await
    }

    /// Accounts of applications go with their secrets: nothing would tell them from those of people.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(session().drop_column("identity_id").to_owned()).await?;
        let applications = "account_id IN (SELECT account_id FROM application)";
        for table in ["role_grant", "credential"] {
            run(manager, format!("DELETE FROM {table} WHERE {applications}")).await?;
        }
        run(manager, "CREATE TABLE gone AS SELECT account_id FROM application".to_owned()).await?;
        tables::drop(manager, tables()).await?;
        run(manager, "DELETE FROM account WHERE id IN (SELECT account_id FROM gone)".to_owned()).await?;
        run(manager, "DROP TABLE gone".to_owned()).await
    }
}

/// As the tables of accounts have it: whoever sees an account sees what hangs on it, and an act writes where its viewer
/// may, as the door has found.
fn policies() -> String {
    let of_account = |table| format!("EXISTS (SELECT 1 FROM account a WHERE a.id = {table}.account_id)");
    let written = "(SELECT sanlian_ledgers('door')) IS DISTINCT FROM '{}'";
    let secure = |(table, seen): (&str, String)| {
        format!(
            "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            CREATE POLICY seen ON {table} FOR SELECT TO sanlian_app USING ({seen});
            CREATE POLICY kept ON {table} TO sanlian_app USING ({written}) WITH CHECK ({written});\n"
        )
    };
    [
        ("application", of_account("application")),
        ("account_identity", of_account("account_identity")),
        ("sign_in_code", "FALSE".to_owned()),
    ]
    .map(secure)
    .concat()
}

#[expect(clippy::disallowed_methods, reason = "a change moves what is there, before anybody enters")]
async fn run(manager: &SchemaManager<'_>, sql: String) -> Result<(), DbErr> {
    manager.get_connection().execute_unprepared(&sql).await.map(|_| ())
}

fn session() -> TableAlterStatement {
    sea_orm_migration::prelude::Table::alter().table("session").to_owned()
}

fn tables() -> Vec<Table> {
    vec![
        table("application", &["account_id"])
            .columns([
                uuid("account_id"),
                uuid_null("organisation_id"),
                text_null("contact"),
                text("scopes"),
                integer("rate"),
                text("secret_hash"),
                text_null("old_secret_hash"),
                timestamp_null("old_secret_until"),
            ])
            .refers("account_id", "account")
            .refers("organisation_id", "organisation")
            .check("owner_named", "organisation_id IS NOT NULL OR contact IS NOT NULL")
            .check("scopes_named", "scopes <> ''")
            .check("rate_positive", "rate > 0")
            .check("old_secret_ends", "(old_secret_hash IS NULL) = (old_secret_until IS NULL)"),
        table("account_identity", &["id"])
            .columns([
                uuid("id"),
                uuid("account_id"),
                text("issuer"),
                text("subject"),
                timestamp("linked_at"),
                timestamp_null("unlinked_at"),
            ])
            .refers("account_id", "account")
            .unique_where("subject_key", &["issuer", "subject"], "unlinked_at IS NULL")
            .index("account_idx", &["account_id"]),
        table("sign_in_code", &["state_hash"])
            .columns([
                text("state_hash"),
                text("code_hash"),
                uuid("identity_id"),
                text("challenge"),
                timestamp("until"),
                timestamp_null("used_at"),
            ])
            .refers("identity_id", "account_identity")
            .unique("code_key", &["code_hash"])
            .index("until_idx", &["until"]),
    ]
}
