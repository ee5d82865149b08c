//! The sender of a request, before any rights are looked at, and the lines about the sender in the access log.

use std::net::IpAddr;

use entity::access_line::{AccessKind, AccessResult};
use entity::ids::{AccountId, SessionId};
use uuid::Uuid;

use crate::App;
use crate::access::Bearer;
use crate::access_log::{AccessLog, Happened};

/// The sender of a request, before any rights are looked at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asker {
    /// The content of the token, which has been verified.
    pub bearer: Option<Bearer>,
    pub address: Option<IpAddr>,
    /// Id of the request, by which logs name it.
    pub request: Uuid,
}

impl Asker {
    /// An unknown sender at an address, with a new request id.
    #[must_use]
    pub fn at(address: Option<IpAddr>) -> Self {
        Self { bearer: None, address, request: Uuid::now_v7() }
    }

    /// An event of the sender, for the access log.
    #[must_use]
    pub fn happened(&self, kind: AccessKind, result: AccessResult) -> Happened {
        Happened {
            account: self.bearer.map(|bearer| bearer.account),
            session: self.bearer.and_then(|bearer| bearer.session),
            address: self.address,
            ..Happened::new(kind, result)
        }
    }

    /// Tells the access log of an event.
    pub fn tell(&self, log: &AccessLog, what: Happened) {
        log.tell_now(Some(self.request), what);
    }

    /// Tells the access log of an attempt to begin a session.
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

/// Outcome of an attempt to begin a session.
pub(super) enum Ended {
    Begun(Option<SessionId>),
    Wrong,
    /// Nothing was checked: there were too many attempts before.
    Unheard,
    /// The sender was recognised and refused, for example an application without a role today.
    Refused(AccessResult),
}
