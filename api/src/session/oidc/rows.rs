//! Rows of sign-ins at a provider. Like sessions they belong to no ledger.
#![expect(
    clippy::disallowed_methods,
    reason = "sessions are kept outside the door: they belong to no ledger"
)]

use chrono::{DateTime, Utc};
use entity::account_identity;
use entity::ids::{AccountId, IdentityId};
use entity::sign_in_code;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, Statement};

use platform::error::Result;

const LINKED: &str = "SELECT i.id, i.account_id, i.issuer, i.subject, i.linked_at, i.unlinked_at
    FROM account_identity i JOIN account a ON a.id = i.account_id
    WHERE i.issuer = $1 AND i.subject = $2 AND i.unlinked_at IS NULL AND NOT a.disabled
      AND NOT EXISTS (SELECT 1 FROM application p WHERE p.account_id = a.id)";

const KEEP: &str = "INSERT INTO sign_in_code (state_hash, code_hash, identity_id, challenge, until)
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (state_hash) DO NOTHING";

const TAKE: &str = "UPDATE sign_in_code SET used_at = $2 WHERE code_hash = $1 AND used_at IS NULL
    RETURNING state_hash, code_hash, identity_id, challenge, until, used_at";

/// The identity of a provider's subject, if it is linked to an enabled account of a person.
pub async fn linked(
    db: &impl ConnectionTrait,
    issuer: &str,
    subject: &str,
) -> Result<Option<account_identity::Model>> {
    let values = [issuer.into(), subject.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), LINKED, values);
    Ok(account_identity::Model::find_by_statement(statement).one(db).await?)
}

/// Is the identity still linked to the account?
pub async fn is_linked(db: &impl ConnectionTrait, id: IdentityId, account: AccountId) -> Result<bool> {
    let found = account_identity::Entity::find_by_id(id)
        .filter(account_identity::Column::AccountId.eq(account))
        .filter(account_identity::Column::UnlinkedAt.is_null());
    Ok(found.one(db).await?.is_some())
}

/// The account of an identity.
pub async fn account_of(db: &impl ConnectionTrait, id: IdentityId) -> Result<Option<AccountId>> {
    Ok(account_identity::Entity::find_by_id(id).one(db).await?.map(|row| row.account_id))
}

/// Stores a code. False if its state was used before.
pub async fn keep(db: &impl ConnectionTrait, row: sign_in_code::Model) -> Result<bool> {
    let values = [
        row.state_hash.into(),
        row.code_hash.into(),
        row.identity_id.0.into(),
        row.challenge.into(),
        row.until.into(),
    ];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), KEEP, values);
    Ok(db.execute_raw(statement).await?.rows_affected() == 1)
}

/// Takes a code that has not been used, and marks it as used.
pub async fn take(
    db: &impl ConnectionTrait,
    code_hash: String,
    now: DateTime<Utc>,
) -> Result<Option<sign_in_code::Model>> {
    let values = [code_hash.into(), now.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), TAKE, values);
    Ok(sign_in_code::Model::find_by_statement(statement).one(db).await?)
}
