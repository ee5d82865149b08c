//! Which keys the database is sealed with: one, or two while all is sealed anew. The newest one seals.
#![expect(clippy::disallowed_methods, reason = "which keys there are is no row of anybody's")]

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::ids::KeyId;
use entity::seal_key;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Set};

use super::{Keys, Seal};
use crate::error::{Error, Result};

/// The keys a database is sealed with, oldest first.
pub struct InUse(Vec<(KeyId, Arc<dyn Seal>)>);

impl InUse {
    /// The key that seals; none where nothing is sealed yet.
    #[must_use]
    pub fn current(&self) -> Option<&(KeyId, Arc<dyn Seal>)> {
        self.0.last()
    }

    /// Whether an older key is still there.
    #[must_use]
    pub const fn is_changing(&self) -> bool {
        self.0.len() > 1
    }

    /// The hashes under which an equal value may lie.
    #[must_use]
    pub fn hashes(&self, purpose: &str, value: &str) -> Vec<Vec<u8>> {
        self.0.iter().map(|(_, key)| key.hash(purpose, value.as_bytes())).collect()
    }
}

/// Reads which keys are in use, and makes sure that they are ours.
pub async fn in_use(db: &impl ConnectionTrait, keys: &Keys) -> Result<InUse> {
    let rows = seal_key::Entity::find().order_by_asc(seal_key::Column::Id).all(db).await?;
    let known = rows.into_iter().map(|row| {
        if keys.print(row.id)? == row.print {
            return Ok((row.id, keys.get(row.id)?));
        }
        Err(Error::internal(format!(
            "key {} in {} is another than the one that sealed the database: put that one back",
            row.id.0,
            keys.place()
        )))
    });
    known.collect::<Result<_>>().map(InUse)
}

/// The same for who is about to seal: the first key is taken into use where there is none.
pub async fn sealing(
    db: &impl ConnectionTrait,
    keys: &Keys,
    at: DateTime<Utc>,
) -> Result<(KeyId, Arc<dyn Seal>, InUse)> {
    let mut used = in_use(db, keys).await?;
    if used.current().is_none() {
        take_into_use(db, keys, keys.newest()?, at).await?;
        used = in_use(db, keys).await?;
    }
    let (id, key) = used.current().cloned().ok_or_else(|| Error::internal("no key is in use"))?;
    Ok((id, key, used))
}

/// From now on this key seals.
pub async fn take_into_use(
    db: &impl ConnectionTrait,
    keys: &Keys,
    id: KeyId,
    at: DateTime<Utc>,
) -> Result<()> {
    let row = seal_key::ActiveModel { id: Set(id), print: Set(keys.print(id)?), since: Set(at) };
    seal_key::Entity::insert(row)
        .on_conflict(OnConflict::column(seal_key::Column::Id).do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Makes sure that new keys would lock nobody out of what is sealed.
pub async fn nothing_sealed(db: &impl ConnectionTrait, file: &Path) -> Result<()> {
    match seal_key::Entity::find().order_by_desc(seal_key::Column::Id).one(db).await? {
        None => Ok(()),
        Some(row) => Err(Error::internal(format!(
            "the database is sealed with key {}, and there are no keys {}: put them back, or name them with --seal-keys",
            row.id.0,
            file.display()
        ))),
    }
}

/// Older keys are no longer in use. The database refuses it while one of their values is left.
pub async fn retire_before(db: &impl ConnectionTrait, id: KeyId) -> Result<()> {
    seal_key::Entity::delete_many().filter(seal_key::Column::Id.lt(id)).exec(db).await?;
    Ok(())
}
