//! Opens the first account of an empty server. It writes outside the ledger's door, which opens to accounts alone.
#![expect(clippy::disallowed_methods, reason = "the first administrator is there before anybody can enter")]

use entity::ids::{AccountId, GrantId, LedgerId};
use entity::role_grant::Role;
use entity::{account, ledger_clock, role_grant};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, Set};

use crate::session::password;
use platform::check;
use platform::check::BEGINNING;
use platform::db::{Bounds, Db, Transaction};
use platform::error::{Error, ErrorCode, Result};
use platform::say;

/// Opens an administrator's account if the database has no account yet. The caller has checked the password.
pub async fn open_first_admin(db: &Db, name: &str, password: &str) -> Result<AccountId> {
    let name = check::account_name("name", name)?;
    let hash = password::hash(password.to_owned()).await?;
    let tx = db.begin(&Bounds::house()).await?;
    lock(&tx).await?;
    if account::Entity::find().count(&tx).await? > 0 {
        return Err(Error::field("name", ErrorCode::AlreadyExists, say!("accounts-already")));
    }
    let id = insert(&tx, name, hash).await?;
    tx.commit().await?;
    Ok(id)
}

/// Ticks the clock of the reference tables, so that callers at the same time run one after another.
async fn lock(tx: &Transaction) -> Result<()> {
    let ticked = ledger_clock::Entity::update_many()
        .col_expr(ledger_clock::Column::Seq, Expr::col(ledger_clock::Column::Seq).add(1))
        .filter(ledger_clock::Column::LedgerId.eq(LedgerId::REFERENCE))
        .exec(tx)
        .await?;
    if ticked.rows_affected == 1 {
        return Ok(());
    }
    Err(Error::internal("the database is not set up: run `sanlian migrate up` first"))
}

async fn insert(tx: &Transaction, name: String, hash: String) -> Result<AccountId> {
    let id = AccountId::fresh();
    let row = account::ActiveModel {
        id: Set(id),
        name: Set(name),
        password_hash: Set(hash),
        person_id: Set(None),
        disabled: Set(false),
        keeper_id: Set(LedgerId::REFERENCE),
        within_id: Set(None),
    };
    account::Entity::insert(row).exec_without_returning(tx).await?;
    let grant = role_grant::ActiveModel {
        id: Set(GrantId::fresh()),
        account_id: Set(id),
        role: Set(Role::Admin),
        region_id: Set(None),
        organisation_id: Set(None),
        committee_id: Set(None),
        from_on: Set(BEGINNING),
        to_on: Set(None),
    };
    role_grant::Entity::insert(grant).exec_without_returning(tx).await?;
    Ok(id)
}

/// Number of accounts.
pub async fn count(db: &impl ConnectionTrait) -> Result<u64> {
    Ok(account::Entity::find().count(db).await?)
}
