//! Changes the asking account's own password. The change takes the old password, ends all sessions of the account and
//! begins a new one.

use entity::account;

use super::asker::Asker;
use super::family::{self, By, Held};
use super::{Ended, lockout, password, policy, rows, wrong};
use crate::App;
use crate::access::Bearer;
use platform::error::{Error, ErrorCode, Result};
use platform::say;

/// The old password and the new one.
pub struct Words {
    pub old: String,
    pub new: String,
}

pub async fn change(app: App, bearer: Bearer, asker: Asker, words: Words) -> Result<Held> {
    if bearer.scopes.is_some() {
        return Err(Error::Forbidden);
    }
    let account = rows::able(&app.db.read, bearer.account).await?.ok_or(Error::Unauthenticated)?;
    let tell = |end| asker.tell_sign_in(&app, "passwordChange", Some(bearer.account), &end);
    let counted = lockout::count(app.clone(), account.name.clone(), asker.address).await?;
    if !counted.is_heard {
        tell(Ended::Unheard);
        return Err(wrong(Some("old")));
    }
    if !password::fits(Some(account.password_hash.clone()), words.old).await? {
        tell(Ended::Wrong);
        return Err(wrong(Some("old")));
    }
    lockout::forgive(app.clone(), counted).await?;
    let checked = policy::check(app.settings.password_policy, &account.name, &words.new);
    checked.map_err(|error| error.on("new"))?;
    is_new(&app, &account, &words.new).await?;
    let hash = password::hash(words.new).await?;
    let held = commit(&app, account, hash).await?;
    tell(Ended::Begun(held.bearer.session));
    Ok(held)
}

async fn commit(app: &App, account: account::Model, hash: String) -> Result<Held> {
    let now = app.clock.now();
    let tx = rows::open(&app.db).await?;
    rows::locked(&tx, account.id, now).await?;
    if !rows::set_password(&tx, account.id, &account.password_hash, hash.clone()).await? {
        return Err(wrong(Some("old")));
    }
    rows::password_changed(&tx, account.id, account.password_hash, false, now).await?;
    let held =
        family::begin_in(&tx, app, account.id, By::Password(&hash)).await?.ok_or(Error::Unauthenticated)?;
    tx.commit().await?;
    Ok(held)
}

/// Refuses the present password and the remembered ones before it.
async fn is_new(app: &App, account: &account::Model, new: &str) -> Result<()> {
    let old = rows::old_passwords(&app.db.read, account.id).await?.into_iter().map(|row| row.password_hash);
    for hash in std::iter::once(account.password_hash.clone()).chain(old) {
        if password::fits(Some(hash), new.to_owned()).await? {
            let message = say!("password-used-before", last = policy::REMEMBERED);
            return Err(Error::field("new", ErrorCode::Invalid, message));
        }
    }
    Ok(())
}
