//! Guessing at passwords. Guesses are counted per account name, whether there is such an account or not, and per
//! address of the guesser, within a sliding window: after half of the guesses allowed each takes twice as long as the
//! one before, after all of them there is silence for a while. A guess is counted before it is checked, so that many at
//! once get no more checks than one after another; a right guess takes itself back. A guess in a silence is neither
//! checked nor counted, and is answered like any wrong password.
#![expect(clippy::disallowed_methods, reason = "guesses are kept outside the door: they belong to no ledger")]

use std::net::IpAddr;

use chrono::{DateTime, Duration, Utc};
use entity::guess;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, Statement};
use sha2::{Digest, Sha256};

use super::network;
use super::rows;
use super::settings::Settings;
use crate::App;
use platform::db::Transaction;
use platform::error::{Error, Result};

/// A guess that has been counted.
pub struct Counted {
    account: String,
    address: Option<String>,
    at: DateTime<Utc>,
    /// True if the guess may be checked.
    pub is_heard: bool,
}

const LOCK: &str = "INSERT INTO guess (subject, tried, open_at, seen_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (subject) DO UPDATE SET seen_at = excluded.seen_at
    RETURNING subject, tried, open_at, seen_at";

/// Counts a guess at an account's password.
pub async fn count(app: App, account: String, address: Option<IpAddr>) -> Result<Counted> {
    let tx = rows::open(&app.db).await?;
    // The name that was typed may be a password: it is kept as a hash.
    let account = format!("account:{:x}", Sha256::digest(account));
    let address = address.map(|address| format!("address:{}", network::counted(address)));
    // The account always comes first, so that two requests never wait for each other.
    let mut guesses = vec![(locked(&tx, &account, &app).await?, app.settings.guesses_per_account)];
    if let Some(address) = &address {
        guesses.push((locked(&tx, address, &app).await?, app.settings.guesses_per_address));
    }
    let now = app.clock.now();
    let is_heard = guesses.iter().all(|(guess, _)| guess.open_at <= now);
    for (mut guess, most) in guesses {
        if is_heard {
            add(&mut guess, most, &app.settings, now);
        }
        write(&tx, guess).await?;
    }
    tx.commit().await?;
    Ok(Counted { account, address, at: now, is_heard })
}

/// Takes back a guess that was right: the account starts afresh, and the address has one guess less.
pub async fn forgive(app: App, counted: Counted) -> Result<()> {
    let tx = rows::open(&app.db).await?;
    guess::Entity::delete_by_id(counted.account).exec(&tx).await?;
    if let Some(address) = &counted.address {
        let mut guess = locked(&tx, address, &app).await?;
        let at = counted.at.timestamp_micros();
        if let Some(place) = guess.tried.0.iter().rposition(|tried| *tried == at) {
            guess.tried.0.remove(place);
            // The silence after a later guess stays.
            if place == guess.tried.0.len() {
                guess.open_at = DateTime::UNIX_EPOCH;
            }
        }
        write(&tx, guess).await?;
    }
    Ok(tx.commit().await?)
}

/// The guesses at a subject, locked until the transaction ends. A new subject is not in a silence.
async fn locked(tx: &Transaction, subject: &str, app: &App) -> Result<guess::Model> {
    let (none, open) = (serde_json::json!([]), DateTime::UNIX_EPOCH);
    let values = [subject.into(), none.into(), open.into(), app.clock.now().into()];
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), LOCK, values);
    let row = guess::Model::find_by_statement(statement).one(tx).await?;
    row.ok_or_else(|| Error::internal("a guess was not written"))
}

async fn write(tx: &Transaction, guess: guess::Model) -> Result<()> {
    guess::Entity::update_many()
        .col_expr(guess::Column::Tried, Expr::value(guess.tried))
        .col_expr(guess::Column::OpenAt, Expr::value(guess.open_at))
        .filter(guess::Column::Subject.eq(guess.subject))
        .exec(tx)
        .await?;
    Ok(())
}

/// Adds a guess, and sets the time from which the next one may be checked.
fn add(guess: &mut guess::Model, most: u32, settings: &Settings, now: DateTime<Utc>) {
    let since = (now - settings.window()).timestamp_micros();
    guess.tried.0.retain(|tried| *tried > since);
    guess.tried.0.push(now.timestamp_micros());
    let silence = silence(guess.tried.0.len(), most, settings.lock());
    // Without a silence `open_at` stays: the clock of another server that writes at the same time may be behind ours.
    if silence > Duration::zero() {
        guess.open_at = now + silence;
    }
}

/// Length of the silence after this many guesses.
fn silence(tried: usize, most: u32, lock: Duration) -> Duration {
    let tried = u32::try_from(tried).unwrap_or(u32::MAX);
    if tried >= most {
        return lock;
    }
    // From half of what is allowed: one second, two, four …
    let Some(doubled) = tried.checked_sub(most / 2) else { return Duration::zero() };
    Duration::seconds(1 << doubled.min(30)).min(lock)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_doubles_and_ends_in_a_lock() {
        let lock = Duration::minutes(15);
        let seconds = |tried| silence(tried, 10, lock).num_seconds();
        assert_eq!((1..=11).map(seconds).collect::<Vec<_>>(), [0, 0, 0, 0, 1, 2, 4, 8, 16, 900, 900]);
        assert_eq!(silence(90, 100, lock), lock);
    }
}
