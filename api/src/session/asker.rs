//! Who sends a request, before any rights are looked at, and what the access log is told of them.

use std::net::IpAddr;

use entity::access_line::{AccessKind, AccessResult};
use entity::ids::{AccountId, SessionId};
use uuid::Uuid;

use crate::App;
use crate::access::Bearer;
use crate::access_log::{AccessLog, Happened};

/// Who sent the request, before any rights are looked at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asker {
    /// What the token says; it has been found good.
    pub bearer: Option<Bearer>,
    pub address: Option<IpAddr>,
    /// The id of the request, by which logs name it.
    pub request: Uuid,
}

impl Asker {
    /// Whoever sends a request from there.
    #[must_use]
    pub fn at(address: Option<IpAddr>) -> Self {
        Self { bearer: None, address, request: Uuid::now_v7() }
    }

    /// What is told of them in the access log.
    #[must_use]
    pub fn happened(&self, kind: AccessKind, result: AccessResult) -> Happened {
        Happened {
            account: self.bearer.map(|bearer| bearer.account),
            session: self.bearer.and_then(|bearer| bearer.session),
            address: self.address,
            ..Happened::new(kind, result)
        }
    }

    /// Tells the access log.
    pub fn tell(&self, log: &AccessLog, what: Happened) {
        log.tell_now(Some(self.request), what);
    }

    /// Tells it of a try to begin a session.
    pub(super) fn tell_sign_in(&self, app: &App, operation: &str, account: Option<AccountId>, end: &Ended) {
        let (result, session) = match end {
            Ended::Begun(session) => (AccessResult::Succeeded, *session),
            Ended::Wrong => (AccessResult::Failed, None),
            Ended::Unheard => (AccessResult::Locked, None),
            Ended::Refused(result) => (*result, None),
        };
        let operation = operation.to_owned();
        let what = Happened { account, session, operation, ..self.happened(AccessKind::SignIn, result) };
        self.tell(&app.access_log, what);
    }
}

/// How a try to begin a session ends.
pub(super) enum Ended {
    Begun(Option<SessionId>),
    Wrong,
    /// Nothing was looked at: there were too many tries before.
    Unheard,
    /// It is they, and they are not let in today.
    Refused(AccessResult),
}
