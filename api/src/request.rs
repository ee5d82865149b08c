//! The service as one request sees it. A request reads by one connection of its own. Acts and sessions need a
//! connection of the server's pool: they are reached by `apart` alone, which gives the request's connection back
//! first.

use std::ops::Deref;
use std::sync::Arc;

use crate::App;
use crate::access_log::AccessLog;
use crate::document::known::Documents;
use crate::http::front::Front;
use crate::http::rate::Rates;
use crate::session::oidc::Provider;
use crate::session::settings::Settings;
use crate::session::token::Tokens;
use platform::clock::Clock;
use platform::db::{Apart, RequestDb};
use platform::seal::Keys;

#[derive(Clone)]
pub struct RequestApp {
    pub db: RequestDb,
    pub clock: Clock,
    pub settings: Arc<Settings>,
    pub front: Arc<Front>,
    pub access_log: Arc<AccessLog>,
    pub tokens: Arc<Tokens>,
    pub keys: Arc<Keys>,
    pub oidc: Option<Arc<Provider>>,
    pub limits: Arc<guard::Limits>,
    pub rates: Arc<Rates>,
    pub documents: Arc<Documents>,
    app: App,
}

/// The server's `App`, while the request holds no connection.
pub struct Server<'a> {
    app: &'a App,
    _apart: Apart<'a>,
}

impl RequestApp {
    #[must_use]
    pub fn of(app: &App) -> Self {
        Self {
            db: app.db.for_request(),
            clock: app.clock.clone(),
            settings: Arc::clone(&app.settings),
            front: Arc::clone(&app.front),
            access_log: Arc::clone(&app.access_log),
            tokens: Arc::clone(&app.tokens),
            keys: Arc::clone(&app.keys),
            oidc: app.oidc.clone(),
            limits: Arc::clone(&app.limits),
            rates: Arc::clone(&app.rates),
            documents: Arc::clone(&app.documents),
            app: app.clone(),
        }
    }

    /// Gives the request's connection back. The request reads nothing until the returned value is dropped.
    pub async fn apart(&self) -> Server<'_> {
        let apart = self.db.apart().await;
        Server { app: &self.app, _apart: apart }
    }
}

impl Deref for Server<'_> {
    type Target = App;

    fn deref(&self) -> &App {
        self.app
    }
}
