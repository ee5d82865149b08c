//! An id is taken once, whatever its type and ledger. An account of an administrator reaches no further than that
//! administrator's region, account names do not differ by case alone, and links are seen in the ledgers that an account
//! opens.
#![expect(clippy::disallowed_methods, reason = "views and policies are statements of the database's own")]

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::uuid_null;
use sea_orm_migration::sea_orm::DbBackend;

pub struct Change;

impl MigrationName for Change {
    fn name(&self) -> &'static str {
        "m029_ids_and_keepers"
    }
}

/// Tables whose rows are named by an id in a request.
const NAMED: [&str; 26] = [
    "account",
    "account_identity",
    "account_proposal",
    "category",
    "category_set",
    "checklist",
    "committee",
    "committee_member",
    "duty_rule",
    "family_member",
    "household",
    "household_designation",
    "indicator",
    "industry",
    "industry_unit",
    "link",
    "link_rule",
    "member",
    "organisation",
    "person",
    "personal_request",
    "programme",
    "record",
    "region",
    "region_designation",
    "trusted_document",
];

/// Tables whose key begins with the ledger: an id is looked up in all ledgers.
const LEDGERED: [&str; 6] =
    ["family_member", "household", "household_designation", "link", "personal_request", "record"];

/// Names that differ by case alone would be taken for one another.
const FOLDED: &str = "CREATE UNIQUE INDEX account_folded_name_key ON account (lower(name))";

/// PostgreSQL reads a view as its owner does, so it holds the ids of all ledgers, and nothing else of them.
fn view() -> String {
    let tables: Vec<String> = NAMED.iter().map(|table| format!("SELECT id FROM {table}")).collect();
    format!("CREATE VIEW taken_id AS {}", tables.join(" UNION ALL "))
}

const LINKS: &str = "DROP POLICY seen ON link;
    CREATE POLICY seen ON link FOR SELECT TO sanlian_app USING (
        ledger_id = ANY ((SELECT sanlian_ledgers('households'))::integer[])
        OR (ledger_id = ANY ((SELECT sanlian_ledgers('link_ledgers'))::integer[])
            AND helper_id = ANY ((SELECT sanlian_ids('own_helpers'))::uuid[]))
        OR (ledger_id = ANY ((SELECT sanlian_ledgers('area_ledgers'))::integer[])
            AND region_id = ANY ((SELECT sanlian_ids('household_places'))::uuid[])));";

const LINKS_BEFORE: &str = "DROP POLICY seen ON link;
    CREATE POLICY seen ON link FOR SELECT TO sanlian_app USING (
        ledger_id = ANY ((SELECT sanlian_ledgers('households'))::integer[])
        OR helper_id = ANY ((SELECT sanlian_ids('own_helpers'))::uuid[])
        OR (ledger_id = ANY ((SELECT sanlian_ledgers('area_ledgers'))::integer[])
            AND region_id = ANY ((SELECT sanlian_ids('household_places'))::uuid[])));";

#[async_trait::async_trait]
impl MigrationTrait for Change {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let within = Table::alter().table("account").add_column(uuid_null("within_id")).to_owned();
        manager.alter_table(within).await?;
        for table in LEDGERED {
            let index = Index::create().name(format!("{table}_id_idx")).table(table).col("id").to_owned();
            manager.create_index(index).await?;
        }
        let db = manager.get_connection();
        db.execute_unprepared(FOLDED).await?;
        db.execute_unprepared(&view()).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            db.execute_unprepared(LINKS).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        if manager.get_database_backend() == DbBackend::Postgres {
            db.execute_unprepared(LINKS_BEFORE).await?;
        }
        db.execute_unprepared("DROP VIEW taken_id").await?;
        db.execute_unprepared("DROP INDEX account_folded_name_key").await?;
        for table in LEDGERED {
            manager.drop_index(Index::drop().name(format!("{table}_id_idx")).table(table).to_owned()).await?;
        }
        manager.alter_table(Table::alter().table("account").drop_column("within_id").to_owned()).await
    }
}
