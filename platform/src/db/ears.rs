//! Tests hear what connections do, and may let it fail: that is how every failure can be tried at every moment.

use std::fmt;
use std::sync::Arc;

use sea_orm::DbErr;

/// An event of a connection: about to happen, or just done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard<'a> {
    /// A transaction that writes is about to begin.
    Begin,
    /// A statement is about to run. Bounds and the like are not told.
    Statement(&'a str),
    /// A transaction that writes is about to be committed.
    Commit,
    /// It has been committed; a failure from here on is a lost reply.
    Committed,
}

type Listener = dyn Fn(Heard<'_>) -> Result<(), DbErr> + Send + Sync;

/// The listener of a test; a server has none.
#[derive(Clone, Default)]
pub struct Ears(Option<Arc<Listener>>);

impl Ears {
    pub(super) fn of(listener: impl Fn(Heard<'_>) -> Result<(), DbErr> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(listener)))
    }

    pub(super) fn hear(&self, heard: Heard<'_>) -> Result<(), DbErr> {
        self.0.as_ref().map_or(Ok(()), |listener| listener(heard))
    }
}

impl fmt::Debug for Ears {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Ears" } else { "no Ears" })
    }
}
