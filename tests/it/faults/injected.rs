//! Failures at every moment of one act, of every kind.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use platform::db::Heard;
use sea_orm::{DbErr, RuntimeErr};
use tests::{TestApp, World, on_both};

use super::{Told, acts, expect_sound, linked, record};

/// What fails, from which moment on, and how often.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    pub at: usize,
    pub kind: Kind,
    pub times: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The connection is gone.
    Lost,
    /// A code of the database's: a full disk, a deadlock.
    Code(&'static str),
}

impl Kind {
    pub fn error(self) -> DbErr {
        let error = match self {
            Self::Lost => sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into()),
            Self::Code(code) => sqlx::Error::Database(Box::new(Coded(code))),
        };
        DbErr::Exec(RuntimeErr::SqlxError(error.into()))
    }
}

#[derive(Debug)]
struct Coded(&'static str);

impl std::fmt::Display for Coded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Coded {}

impl sqlx::error::DatabaseError for Coded {
    fn message(&self) -> &str {
        self.0
    }

    fn code(&self) -> Option<std::borrow::Cow<'_, str>> {
        Some(self.0.into())
    }

    fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> sqlx::error::ErrorKind {
        sqlx::error::ErrorKind::Other
    }
}

/// Counts the moments of writing transactions, and lets one fail.
#[derive(Clone, Default)]
pub struct Injector {
    fault: Arc<Mutex<Option<Fault>>>,
    moments: Arc<AtomicUsize>,
    is_acting: Arc<Mutex<bool>>,
}

impl Injector {
    pub fn hear(&self, heard: Heard<'_>) -> Result<(), DbErr> {
        let mut is_acting = self.is_acting.lock().unwrap();
        match heard {
            Heard::Begin => *is_acting = true,
            Heard::Committed => *is_acting = false,
            Heard::Statement(_) | Heard::Commit => {}
        }
        if !*is_acting && heard != Heard::Committed {
            return Ok(());
        }
        let moment = self.moments.fetch_add(1, Ordering::SeqCst);
        let mut fault = self.fault.lock().unwrap();
        match &mut *fault {
            Some(Fault { at, kind, times }) if moment >= *at && *times > 0 => {
                *times -= 1;
                *is_acting = false;
                Err(kind.error())
            }
            _ => Ok(()),
        }
    }

    /// From now on this fails.
    pub fn set(&self, fault: Option<Fault>) {
        self.moments.store(0, Ordering::SeqCst);
        *self.is_acting.lock().unwrap() = false;
        *self.fault.lock().unwrap() = fault;
    }
}

on_both! {
    /// A failure that passes is not noticed by the caller: the act is done, and once.
    async fn what_fails_once_is_done_once(app: TestApp) {
        let injector = Injector::default();
        let (world, link, client) = listened(app, &injector).await;
        let (moments, mut tried) = (moments_of_an_act(&injector, &client, &link).await, 0);
        for kind in [Kind::Lost, Kind::Code("53100"), Kind::Code("40001")] {
            for at in 0..moments {
                injector.set(Some(Fault { at, kind, times: 1 }));
                let key = format!("once-{kind:?}-{at}").replace(['(', ')', '"'], "");
                let told = record(&client, &link, &key).await;
                injector.set(None);
                assert!(matches!(told, Told::Done(_)), "{kind:?} at {at} of {moments}: {told:?}");
                assert_eq!(acts(&world, &key).await, 1, "{kind:?} at {at}");
                tried += 1;
            }
        }
        assert!(tried > 30, "an act has more moments than {moments}");
        expect_sound(&world).await;
    }

    /// A failure that lasts is told as BUSY, and what is told is true: nothing is there, but where the reply to the commit
    /// was all that was lost; and then the same key finds it.
    async fn what_fails_for_a_while_is_done_later_and_once(app: TestApp) {
        let injector = Injector::default();
        let (world, link, client) = listened(app, &injector).await;
        let moments = moments_of_an_act(&injector, &client, &link).await;
        for kind in [Kind::Lost, Kind::Code("53100")] {
            for at in 0..moments {
                injector.set(Some(Fault { at, kind, times: usize::MAX }));
                let key = format!("while-{kind:?}-{at}").replace(['(', ')', '"'], "");
                let told = record(&client, &link, &key).await;
                injector.set(None);
                let there = acts(&world, &key).await;
                let is_a_lost_reply = at == moments - 1;
                assert_eq!((told, there), (Told::Busy, i64::from(is_a_lost_reply)), "{kind:?} at {at} of {moments}");
                let Told::Done(again) = record(&client, &link, &key).await else { panic!("{kind:?} at {at}") };
                assert_eq!(record(&client, &link, &key).await, Told::Done(again), "{kind:?} at {at}");
                assert_eq!(acts(&world, &key).await, 1, "{kind:?} at {at}");
            }
        }
        expect_sound(&world).await;
    }
}

async fn listened(app: TestApp, injector: &Injector) -> (World, String, tests::Client) {
    let (mut world, link) = linked(World::on(app).await).await;
    let token = world.members[0].client.token().unwrap().to_owned();
    let heard = injector.clone();
    world.app = world.app.hearing(move |moment| heard.hear(moment));
    let client = world.app.client(token);
    (world, link, client)
}

/// How many moments an act has at which it can fail.
async fn moments_of_an_act(injector: &Injector, client: &tests::Client, link: &str) -> usize {
    injector.set(None);
    assert!(matches!(record(client, link, "first").await, Told::Done(_)));
    let moments = injector.moments.load(Ordering::SeqCst);
    assert!(moments > 10, "{moments}");
    moments
}
