//! Rows of sessions. They belong to no ledger and are written outside the ledger's door, each change in one
//! transaction. A change of all sessions of an account locks the account's credential first; a refresh locks its
//! session and nothing else. So no two transactions wait for each other.
#![expect(
    clippy::disallowed_methods,
    reason = "sessions are kept outside the door: they belong to no ledger"
)]

use chrono::{DateTime, Utc};
use entity::ids::{AccountId, IdentityId, SessionId};
use entity::session::EndedBy;
use entity::values::Date;
use entity::{account, credential, old_password, refresh_token, session};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Set,
    Statement, Value,
};
use uuid::Uuid;

use super::policy::REMEMBERED;
use super::secret::Secret;
use platform::db::{Bounds, Db, Transaction};
use platform::error::{Error, Result};

/// Begins a transaction that writes.
pub async fn open(db: &Db) -> Result<Transaction> {
    Ok(db.begin(&Bounds::house()).await?)
}

const LOCKED: &str = "INSERT INTO credential (account_id, version, password_since, must_change)
    VALUES ($1, 0, $2, FALSE)
    ON CONFLICT (account_id) DO UPDATE SET version = credential.version
    RETURNING account_id, version, password_since, must_change";

const NEXT_VERSION: &str = "INSERT INTO credential (account_id, version, password_since, must_change)
    VALUES ($1, 1, $2, FALSE)
    ON CONFLICT (account_id) DO UPDATE SET version = credential.version + 1";

const GIVEN_PASSWORD: &str = "INSERT INTO credential (account_id, version, password_since, must_change)
    VALUES ($1, 0, $2, TRUE)";

const NEW_PASSWORD: &str =
    "UPDATE credential SET password_since = $2, must_change = $3 WHERE account_id = $1";

const SESSION: &str = "UPDATE session SET used_at = used_at
    WHERE id = (SELECT session_id FROM refresh_token WHERE hash = $1)
    RETURNING id, account_id, began_at, used_at, ends_at, ended_at, ended_by, identity_id";

async fn run<C: ConnectionTrait>(db: &C, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<()> {
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    Ok(())
}

/// The credential of an account, locked. If there is none, one is created whose password dates from `now`.
pub async fn locked(tx: &Transaction, account: AccountId, now: DateTime<Utc>) -> Result<credential::Model> {
    let backend = tx.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, LOCKED, [account.into(), now.into()]);
    let row = credential::Model::find_by_statement(statement).one(tx).await?;
    row.ok_or_else(|| Error::internal("a credential was not written"))
}

/// The credential of an account that has signed in before; none if the account is disabled.
pub async fn credential(db: &impl ConnectionTrait, account: AccountId) -> Result<Option<credential::Model>> {
    if able(db, account).await?.is_none() {
        return Ok(None);
    }
    Ok(credential::Entity::find_by_id(account).one(db).await?)
}

/// Is the account enabled, and does it still have this password?
pub async fn unchanged(tx: &Transaction, account: AccountId, hash: &str) -> Result<bool> {
    let found = account::Entity::find_by_id(account)
        .filter(account::Column::PasswordHash.eq(hash))
        .filter(account::Column::Disabled.eq(false));
    Ok(found.one(tx).await?.is_some())
}

/// The account, if it is enabled.
pub async fn able(db: &impl ConnectionTrait, account: AccountId) -> Result<Option<account::Model>> {
    let found = account::Entity::find_by_id(account).filter(account::Column::Disabled.eq(false));
    Ok(found.one(db).await?)
}

/// An application that asks for a token.
#[derive(FromQueryResult)]
pub struct Registered {
    pub scopes: String,
    pub rate: i32,
    pub secret_hash: String,
    pub old_secret_hash: Option<String>,
    pub old_secret_until: Option<DateTime<Utc>>,
    pub disabled: bool,
    pub version: i32,
    /// True if the application's role holds today.
    pub is_active: bool,
}

const REGISTERED: &str = "
    SELECT p.scopes, p.rate, p.secret_hash, p.old_secret_hash, p.old_secret_until, a.disabled,
           COALESCE(c.version, 0) AS version,
           EXISTS (SELECT 1 FROM role_grant g WHERE g.account_id = a.id AND g.role = 'client'
                   AND g.from_on <= $2 AND (g.to_on IS NULL OR g.to_on >= $2)) AS is_active
    FROM application p JOIN account a ON a.id = p.account_id LEFT JOIN credential c ON c.account_id = a.id
    WHERE p.account_id = $1";

/// The application of an account.
pub async fn registered(db: &impl ConnectionTrait, id: AccountId, today: Date) -> Result<Option<Registered>> {
    let values = [id.into(), today.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), REGISTERED, values);
    Ok(Registered::find_by_statement(statement).one(db).await?)
}

pub async fn insert_session(tx: &Transaction, row: session::Model) -> Result<()> {
    let row = session::ActiveModel::from(row);
    session::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

pub async fn insert_token(
    tx: &Transaction,
    session: SessionId,
    secret: &Secret,
    now: DateTime<Utc>,
) -> Result<()> {
    let row = refresh_token::ActiveModel {
        hash: Set(secret.hash()),
        session_id: Set(session),
        issued_at: Set(now),
        replaced_at: Set(None),
        successor: Set(None),
    };
    refresh_token::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// The session of a refresh token, locked.
pub async fn session_of(tx: &Transaction, secret: &Secret) -> Result<Option<session::Model>> {
    let statement =
        Statement::from_sql_and_values(tx.get_database_backend(), SESSION, [secret.hash().into()]);
    Ok(session::Model::find_by_statement(statement).one(tx).await?)
}

pub async fn token(tx: &Transaction, secret: &Secret) -> Result<Option<refresh_token::Model>> {
    Ok(refresh_token::Entity::find_by_id(secret.hash()).one(tx).await?)
}

/// Marks a token as replaced, and its session as used.
pub async fn replace(
    tx: &Transaction,
    token: refresh_token::Model,
    successor: String,
    now: DateTime<Utc>,
) -> Result<()> {
    refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::ReplacedAt, Expr::value(now))
        .col_expr(refresh_token::Column::Successor, Expr::value(successor))
        .filter(refresh_token::Column::Hash.eq(token.hash))
        .exec(tx)
        .await?;
    session::Entity::update_many()
        .col_expr(session::Column::UsedAt, Expr::value(now))
        .filter(session::Column::Id.eq(token.session_id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Ends one session.
pub async fn end(
    db: &impl ConnectionTrait,
    session: SessionId,
    by: EndedBy,
    now: DateTime<Utc>,
) -> Result<()> {
    ending(by, now).filter(session::Column::Id.eq(session)).exec(db).await?;
    Ok(())
}

/// Ends all sessions of an account, and all its tokens, also tokens without a session.
pub async fn end_all(
    db: &impl ConnectionTrait,
    account: AccountId,
    by: EndedBy,
    now: DateTime<Utc>,
) -> Result<()> {
    run(db, NEXT_VERSION, [account.into(), now.into()]).await?;
    ending(by, now).filter(session::Column::AccountId.eq(account)).exec(db).await?;
    Ok(())
}

/// Ends all sessions that began with an identity.
pub async fn end_of_identity(
    db: &impl ConnectionTrait,
    identity: IdentityId,
    now: DateTime<Utc>,
) -> Result<()> {
    ending(EndedBy::Disabled, now).filter(session::Column::IdentityId.eq(identity)).exec(db).await?;
    Ok(())
}

fn ending(by: EndedBy, now: DateTime<Utc>) -> sea_orm::UpdateMany<session::Entity> {
    session::Entity::update_many()
        .col_expr(session::Column::EndedAt, Expr::value(now))
        .col_expr(session::Column::EndedBy, Expr::value(by))
        .filter(session::Column::EndedAt.is_null())
}

/// Notes that another person chose the first password of an account.
pub async fn password_given(db: &impl ConnectionTrait, account: AccountId, now: DateTime<Utc>) -> Result<()> {
    run(db, GIVEN_PASSWORD, [account.into(), now.into()]).await
}

/// Notes that an account has a new password from `now`, and the hash of the old one. Ends the account's sessions.
pub async fn password_changed(
    db: &impl ConnectionTrait,
    account: AccountId,
    old_hash: String,
    must_change: bool,
    now: DateTime<Utc>,
) -> Result<()> {
    end_all(db, account, EndedBy::Password, now).await?;
    run(db, NEW_PASSWORD, [account.into(), now.into(), must_change.into()]).await?;
    let row = old_password::ActiveModel {
        id: Set(Uuid::now_v7()),
        account_id: Set(account),
        password_hash: Set(old_hash),
        until: Set(now),
    };
    old_password::Entity::insert(row).exec_without_returning(db).await?;
    let kept = old_passwords(db, account).await?.into_iter().map(|row| row.id);
    old_password::Entity::delete_many()
        .filter(old_password::Column::AccountId.eq(account))
        .filter(old_password::Column::Id.is_not_in(kept))
        .exec(db)
        .await?;
    Ok(())
}

/// The passwords before the present one, the latest first; together with the present one at most `REMEMBERED`.
pub async fn old_passwords(
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<Vec<old_password::Model>> {
    let rows = old_password::Entity::find()
        .filter(old_password::Column::AccountId.eq(account))
        .order_by_desc(old_password::Column::Until)
        .order_by_desc(old_password::Column::Id)
        .limit(REMEMBERED - 1);
    Ok(rows.all(db).await?)
}

/// Replaces a password's hash by another. False if the hash has changed meanwhile.
pub async fn set_password(tx: &Transaction, account: AccountId, old: &str, new: String) -> Result<bool> {
    let done = account::Entity::update_many()
        .col_expr(account::Column::PasswordHash, Expr::value(new))
        .filter(account::Column::Id.eq(account))
        .filter(account::Column::PasswordHash.eq(old))
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}

const OVER: &str = "ends_at < $1 OR ended_at < $1 OR used_at < $2";

/// Removes sessions that ended before `over` or were last used before `idle`, sign-in codes that ended before `over`,
/// and guesses last seen before `guesses`.
pub async fn purge(db: &Db, over: DateTime<Utc>, idle: DateTime<Utc>, guesses: DateTime<Utc>) -> Result<()> {
    let tx = open(db).await?;
    let tokens =
        format!("DELETE FROM refresh_token WHERE session_id IN (SELECT id FROM session WHERE {OVER})");
    run(&tx, &tokens, [over.into(), idle.into()]).await?;
    run(&tx, &format!("DELETE FROM session WHERE {OVER}"), [over.into(), idle.into()]).await?;
    run(&tx, "DELETE FROM guess WHERE seen_at < $1", [guesses.into()]).await?;
    run(&tx, "DELETE FROM sign_in_code WHERE until < $1", [over.into()]).await?;
    Ok(tx.commit().await?)
}
