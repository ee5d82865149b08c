//! The role that the server takes on PostgreSQL. A superuser, an owner, or who may bypass row-level security would pass
//! every policy without a word.
#![expect(clippy::disallowed_methods, reason = "the catalogue of roles is no row")]

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use super::Pool;

/// Made by the migration `m015_row_security`.
pub const APP: &str = "sanlian_app";

const PRIVILEGES: &str = "SELECT r.rolname::text, r.rolsuper, r.rolbypassrls,
        EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p')) AS owns
    FROM pg_roles r WHERE r.rolname = current_user";

/// Refuses a role for which row-level security does not hold.
pub async fn check(connection: &Pool) -> Result<(), DbErr> {
    let statement = Statement::from_string(DbBackend::Postgres, PRIVILEGES);
    let row = connection.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| DbErr::Custom("the database does not tell its role".to_owned()))?;
    let name: String = row.try_get("", "rolname")?;
    for (column, what) in [
        ("rolsuper", "is a superuser"),
        ("rolbypassrls", "bypasses row-level security"),
        ("owns", "owns tables"),
    ] {
        if row.try_get("", column)? {
            return Err(DbErr::Custom(format!(
                "the role {name} {what}, so that row-level security would not hold: take that from it (`ALTER ROLE \
                 {name} NOSUPERUSER NOBYPASSRLS`; let another role own the tables), then start again"
            )));
        }
    }
    Ok(())
}
