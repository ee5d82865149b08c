//! Row-level security on PostgreSQL: scopes say a second time what somebody sees. The server takes the role
//! `sanlian_app`, which owns nothing, and begins each transaction with settings; where a setting is not made, its policy
//! lets nothing through. SQLite has no such thing.
//!
//! A policy that read its own table would never end: so the tables of references, which hold ids alone, are bounded by
//! the ledger, and records and facts by them.
#![expect(clippy::disallowed_methods, reason = "policies are statements of PostgreSQL's own")]

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

pub struct Change;

impl MigrationName for Change {
    fn name(&self) -> &'static str {
        "m015_row_security"
    }
}

/// Roles belong to the whole server, where another database may have made this one, or be making it.
const ROLE: &str = "DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'sanlian_app') THEN
        CREATE ROLE sanlian_app NOLOGIN NOSUPERUSER NOBYPASSRLS;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
DO $$ BEGIN
    IF NOT pg_has_role(current_user, 'sanlian_app', 'MEMBER') THEN
        EXECUTE format('GRANT sanlian_app TO %I', current_user);
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO sanlian_app', current_schema());
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO sanlian_app', current_schema());
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO sanlian_app',
        current_schema());
END $$;
REVOKE INSERT, UPDATE, DELETE ON seaql_migrations FROM sanlian_app;
REVOKE UPDATE, DELETE ON act, reveal FROM sanlian_app;";

const NO_ROLE: &str = "DO $$ BEGIN
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I REVOKE ALL ON TABLES FROM sanlian_app', current_schema());
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM sanlian_app', current_schema());
    EXECUTE format('REVOKE ALL ON SCHEMA %I FROM sanlian_app', current_schema());
END $$;";

/// What settings say. Asked for in a subselect, a statement asks once and not for each row.
const SETTINGS: &str = "
CREATE FUNCTION sanlian_house() RETURNS boolean LANGUAGE sql STABLE AS
    $$ SELECT coalesce(current_setting('sanlian.house', true), '') = 'on' $$;
CREATE FUNCTION sanlian_ledgers(setting text) RETURNS integer[] LANGUAGE sql STABLE AS
    $$ SELECT CASE WHEN sanlian_house() THEN (SELECT array_agg(ledger_id) FROM ledger_clock)
       ELSE coalesce(nullif(current_setting('sanlian.' || setting, true), ''), '{}')::integer[] END $$;
CREATE FUNCTION sanlian_ids(setting text) RETURNS uuid[] LANGUAGE sql STABLE AS
    $$ SELECT coalesce(nullif(current_setting('sanlian.' || setting, true), ''), '{}')::uuid[] $$;";

/// What only an owner may do.
const ANALYZE: &str = "
CREATE FUNCTION sanlian_analyze() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN ANALYZE; END $$;
REVOKE ALL ON FUNCTION sanlian_analyze() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sanlian_analyze() TO sanlian_app;";

const NO_SETTINGS: &str = "DROP FUNCTION sanlian_analyze();
DROP FUNCTION sanlian_ids(text); DROP FUNCTION sanlian_ledgers(text);
DROP FUNCTION sanlian_house();";

/// Tables with a ledger, and who sees their rows; an act sees what its viewer sees, and writes in its ledger alone.
const SEEN: &[(&str, &str)] = &[
    (
        "household",
        "ledger_id = <households> OR (ledger_id = <own_ledgers> AND id = [own_households])
        OR (ledger_id = <area_ledgers> AND village_id = [household_places])",
    ),
    ("household_designation", OF_HOUSEHOLD),
    ("household_income", OF_HOUSEHOLD),
    ("family_member", OF_HOUSEHOLD),
    (
        "personal_value",
        "ledger_id = <households> OR owner_id = [person]
        OR (ledger_id = <own_ledgers> AND household_id = [own_households])
        OR (ledger_id = <area_ledgers> AND EXISTS (SELECT 1 FROM household h
            WHERE h.ledger_id = personal_value.ledger_id AND h.id = personal_value.household_id))",
    ),
    (
        "link",
        "ledger_id = <households> OR helper_id = [own_helpers]
        OR (ledger_id = <area_ledgers> AND region_id = [household_places])",
    ),
    (
        "record",
        "ledger_id = <records>
        OR (ledger_id = <own_ledgers> AND (entered_by = [account] OR EXISTS (SELECT 1 FROM record_ref x
            WHERE x.ledger_id = record.ledger_id AND x.record_id = record.id AND x.ref_id = [own_refs])))
        OR (ledger_id = <assigned_ledgers> AND source_type IN ('need', 'proposal')
            AND (entered_by = [account] OR EXISTS (SELECT 1 FROM record_ref x
            WHERE x.ledger_id = record.ledger_id AND x.record_id = record.id AND x.ref_id = [assigned_refs])))
        OR (ledger_id = <area_ledgers> AND (region_id = [record_places]
            OR (source_type = 'need' AND region_id = [need_places])))",
    ),
    (
        "record_ref",
        "ledger_id = <records> OR ledger_id = <own_ledgers> OR ledger_id = <assigned_ledgers>
        OR ledger_id = <area_ledgers>",
    ),
    (
        "record_step",
        "ledger_id = <records> OR EXISTS (SELECT 1 FROM record r
        WHERE r.ledger_id = record_step.ledger_id AND r.id = record_step.record_id)",
    ),
    (
        "project_fund",
        "ledger_id = <records> OR EXISTS (SELECT 1 FROM record r
        WHERE r.ledger_id = project_fund.ledger_id AND r.id = project_fund.project_id)",
    ),
    (
        "project_household",
        "ledger_id = <records> OR EXISTS (SELECT 1 FROM record r
        WHERE r.ledger_id = project_household.ledger_id AND r.id = project_household.project_id)",
    ),
];

const OF_HOUSEHOLD: &str =
    "ledger_id = <households> OR (ledger_id = <own_ledgers> AND household_id = [own_households])
    OR (ledger_id = <area_ledgers> AND EXISTS (SELECT 1 FROM household h
        WHERE h.ledger_id = {table}.ledger_id AND h.id = {table}.household_id))";

/// What the door keeps beside the records: an act sees and writes these in its whole ledger.
const KEPT: &[(&str, &str)] = &[
    (
        "fact",
        "ledger_id = <facts> OR (ledger_id = <own_ledgers> AND EXISTS (SELECT 1 FROM fact_ref x
            WHERE x.ledger_id = fact.ledger_id AND x.fact_id = fact.id AND x.ref_id = [own_refs]))
        OR (ledger_id = <area_ledgers> AND region_id = [household_places])",
    ),
    ("fact_ref", "ledger_id = <facts> OR ledger_id = <own_ledgers> OR ledger_id = <area_ledgers>"),
    ("cell", "ledger_id = <facts>"),
    ("feed", "ledger_id = <house>"),
    ("act", "ledger_id = <facts> OR ledger_id = <audit>"),
    ("reveal", "ledger_id = <audit>"),
];

/// Accounts lie in no ledger: an act writes them where its viewer may, as the door has found.
const ACCOUNTS: &[(&str, &str)] = &[
    ("account", "keeper_id = <accounts>"),
    ("role_grant", "EXISTS (SELECT 1 FROM account a WHERE a.id = role_grant.account_id)"),
    ("credential", "FALSE"),
    ("old_password", "FALSE"),
    ("session", "FALSE"),
    ("refresh_token", "FALSE"),
    ("guess", "FALSE"),
];

const WRITTEN: &str = "ledger_id = <door>";
const WRITTEN_ANYWHERE: &str = "(SELECT sanlian_ledgers('door')) IS DISTINCT FROM '{}'";

/// `<setting>` is any of its ledgers, `[setting]` any of its ids.
fn condition(table: &str, short: &str) -> String {
    let mut sql = String::new();
    for letter in short.replace("{table}", table).chars() {
        match letter {
            '<' => sql += "ANY ((SELECT sanlian_ledgers('",
            '>' => sql += "'))::integer[])",
            '[' => sql += "ANY ((SELECT sanlian_ids('",
            ']' => sql += "'))::uuid[])",
            other => sql.push(other),
        }
    }
    sql
}

fn policies() -> String {
    let secured = |table: &str, seen: &str| {
        let seen = condition(table, seen);
        format!(
            "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            CREATE POLICY seen ON {table} FOR SELECT TO sanlian_app USING ({seen});\n"
        )
    };
    let entered = |(table, seen): &(&str, &str)| {
        let (seen, written) = (secured(table, seen), condition(table, WRITTEN));
        format!(
            "{seen}CREATE POLICY entered ON {table} FOR INSERT TO sanlian_app WITH CHECK ({written});
            CREATE POLICY changed ON {table} FOR UPDATE TO sanlian_app USING ({written}) WITH CHECK ({written});
            CREATE POLICY removed ON {table} FOR DELETE TO sanlian_app USING ({written});\n"
        )
    };
    let kept = |(table, seen): &(&str, &str), written: &str| {
        let (seen, written) = (secured(table, seen), condition(table, written));
        format!(
            "{seen}CREATE POLICY kept ON {table} TO sanlian_app USING ({written}) WITH CHECK ({written});\n"
        )
    };
    let records = SEEN.iter().map(entered);
    let beside = KEPT.iter().map(|table| kept(table, WRITTEN));
    let accounts = ACCOUNTS.iter().map(|table| kept(table, WRITTEN_ANYWHERE));
    records.chain(beside).chain(accounts).collect()
}

fn no_policies() -> String {
    let records = SEEN.iter().map(|(table, _)| (table, ["seen", "entered", "changed", "removed"].as_slice()));
    let others = KEPT.iter().chain(ACCOUNTS).map(|(table, _)| (table, ["seen", "kept"].as_slice()));
    let taken_back = records.chain(others).flat_map(|(table, policies)| {
        let drop = policies.iter().map(move |policy| format!("DROP POLICY {policy} ON {table};"));
        drop.chain([format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;")])
    });
    taken_back.collect()
}

#[async_trait::async_trait]
impl MigrationTrait for Change {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &[ROLE, SETTINGS, ANALYZE, &policies()]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &[&no_policies(), NO_SETTINGS, NO_ROLE]).await
    }
}

async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    if manager.get_database_backend() == DbBackend::Postgres {
        for sql in statements {
            manager.get_connection().execute_unprepared(sql).await?;
        }
    }
    Ok(())
}
