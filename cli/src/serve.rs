//! `serve`: the API on an address, until it is told to stop; requests under way are finished, for as long as that is
//! given to them.

use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use api::config::Config;
use api::document::check::checked;
use api::document::known::Documents;
use api::http::settings::Settings;
use api::session::oidc::Provider;
use api::start;
use axum_server::tls_rustls::RustlsConfig;
use axum_server::{Handle, Server};
use hyper_util::rt::TokioTimer;
use platform::clock::Clock;
use platform::db::Db;
use platform::error::{Error, Result};

use super::quiet::Quiet;

/// So long a client may take to say what it wants.
const HEADERS: Duration = Duration::from_secs(10);

/// So long nothing goes to and fro on a connection, beyond the time that a request may take.
const QUIET: Duration = Duration::from_secs(30);

const MOST_HEADERS: usize = 64;
const HEADER_BYTES: u32 = 16 * 1024;
const STREAMS: u32 = 100;

/// Bytes that a connection holds which nobody has read yet: of HTTP/1.1, of a stream of HTTP/2 and of all its streams.
const UNREAD: usize = 80 * 1024;
const UNREAD_STREAM: u32 = 64 * 1024;
const UNREAD_STREAMS: u32 = 256 * 1024;

pub async fn run(config: Config) -> Result<()> {
    let settings = settled(&config).await?;
    let db = super::ready(&config.store, Some(config.front.time())).await?;
    check_clock(&config, &db).await?;
    let app = super::app(&config.store, db, super::Missing::Refused).await?;
    start::seal_key(&app.db, &app.keys).await?;
    let (app, tls) = settings.given(&config, app);
    listen(&config, app, tls).await
}

/// What settings come to that need no database.
pub struct Settled {
    tls: Option<RustlsConfig>,
    oidc: Option<Arc<Provider>>,
    documents: Documents,
}

pub async fn settled(config: &Config) -> Result<Settled> {
    start::retention(config.access_log_days)?;
    let (oidc, tls) = (Provider::of(&config.oidc)?, tls(&config.front).await?);
    Ok(Settled { tls, oidc, documents: documents(config).await? })
}

impl Settled {
    /// An app with the settings of a server, and its certificate.
    pub fn given(self, config: &Config, app: api::App) -> (api::App, Option<RustlsConfig>) {
        let (oidc, limits) = (self.oidc, config.limits().into());
        let app = app.with(config.sessions.clone()).behind(config.front.clone());
        let documents = self.documents.into();
        (api::App { reveals_per_day: config.reveals_per_day, oidc, limits, documents, ..app }, self.tls)
    }
}

/// The clock is right, unless somebody vouches for it.
pub async fn check_clock(config: &Config, db: &Db) -> Result<()> {
    if config.trust_clock { Ok(()) } else { start::clock(db, &Clock::system()).await }
}

/// The documents that callers may name.
pub async fn documents(config: &Config) -> Result<Documents> {
    match &config.front.documents {
        Some(folder) => Documents::read(checked, folder, config.front.documents_only, &config.limits()).await,
        None => Ok(Documents::registered(checked, config.front.documents_only)),
    }
}

/// The certificate, where one is set.
pub async fn tls(front: &Settings) -> Result<Option<RustlsConfig>> {
    let (cert, key) = match (&front.tls_cert, &front.tls_key) {
        (Some(cert), Some(key)) => (cert, key),
        (None, None) => return Ok(None),
        _ => return Err(Error::internal("--tls-cert and --tls-key go together: set both, or neither")),
    };
    let config = RustlsConfig::from_pem_file(cert, key).await.map_err(|error| {
        let files = format!("{} and {}", cert.display(), key.display());
        Error::internal(format!(
            "{files} are no certificate and key in PEM ({error}): see --tls-cert and --tls-key"
        ))
    })?;
    Ok(Some(config))
}

/// Serves an app until a signal comes.
pub async fn listen(config: &Config, app: api::App, tls: Option<RustlsConfig>) -> Result<()> {
    let listener = bound(config.listen).map_err(|error| {
        Error::internal(format!("cannot listen on {} ({error}): choose another with --listen", config.listen))
    })?;
    let address = listener.local_addr().map_err(Error::internal)?;
    app.access_log.begin().await?;
    if let Some(metrics) = config.front.metrics {
        let listener = tokio::net::TcpListener::bind(metrics).await.map_err(|error| {
            Error::internal(format!("cannot listen on {metrics} ({error}): choose another with --metrics"))
        })?;
        tracing::info!("metrics on http://{metrics}/metrics");
        tokio::spawn(axum::serve(listener, api::http::meter::router(app.clone())).into_future());
    }
    let (handle, stopped) = (Handle::new(), stopped().map_err(Error::internal)?);
    tracing::info!("serving on http{}://{address}/graphql", if tls.is_some() { "s" } else { "" });
    tokio::spawn(app.access_log.clone().run(config.access_log_days));
    tokio::spawn(purge(app.clone()));
    tokio::spawn(optimize(app.clone()));
    let (time, stopping) = (Duration::from_secs(config.front.stop_seconds), Arc::new(OnceLock::new()));
    tokio::spawn(stop(handle.clone(), stopped, time, Arc::clone(&stopping)));
    let router = api::http::router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let time_of_silence = config.front.time() + QUIET;
    let served = if let Some(tls) = tls {
        let server = axum_server::from_tcp_rustls(listener, tls).map_err(Error::internal)?;
        bounded(server, handle, time_of_silence).serve(router).await
    } else {
        let server = axum_server::from_tcp(listener).map_err(Error::internal)?;
        bounded(server, handle, time_of_silence).serve(router).await
    };
    let since = stopping.get().copied().unwrap_or_else(Instant::now);
    let left = || time.saturating_sub(since.elapsed());
    if !(app.ledger.acts.finish(left()).await && app.sessions.finish(left()).await) {
        tracing::warn!("acts were still under way: they are not done");
    }
    app.access_log.end().await?;
    app.access_log.tell_where().await;
    served.map_err(Error::internal)
}

fn bound(address: SocketAddr) -> std::io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// HTTP/1.1 and HTTP/2, for clients that neither take their time, fall silent, nor send heaps of headers.
fn bounded<A>(
    server: Server<SocketAddr, A>,
    handle: Handle<SocketAddr>,
    time: Duration,
) -> Server<SocketAddr, Quiet<A>> {
    let mut server = server.handle(handle);
    let http = server.http_builder();
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_headers(MOST_HEADERS)
        .max_buf_size(UNREAD);
    http.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEADER_BYTES)
        .initial_stream_window_size(UNREAD_STREAM)
        .initial_connection_window_size(UNREAD_STREAMS)
        .keep_alive_interval(HEADERS);
    server.map(|by| Quiet { by, time })
}

/// Takes no more requests once a signal has come, and waits so long for those under way.
async fn stop(
    handle: Handle<SocketAddr>,
    stopped: impl Future<Output = ()>,
    time: Duration,
    stopping: Arc<OnceLock<Instant>>,
) {
    stopped.await;
    let _ = stopping.set(Instant::now());
    tracing::info!("stopping: {} connections are open", handle.connection_count());
    handle.graceful_shutdown(Some(time));
}

/// Removes old sessions now, and every hour; forgets who has paid long ago.
async fn purge(app: api::App) {
    let mut hours = tokio::time::interval(Duration::from_hours(1));
    loop {
        hours.tick().await;
        app.front.budgets.forget();
        if let Err(error) = api::session::purge(&app).await {
            tracing::warn!(detail = error.detail(), "old sessions are still there");
        }
    }
}

/// So often it is looked at whether the planner's statistics still hold.
const LOOKS: Duration = Duration::from_mins(1);

/// Keeps the planner's statistics: on opening, and after acts.
async fn optimize(app: api::App) {
    let (mut looks, mut seen) = (tokio::time::interval(LOOKS), None);
    loop {
        looks.tick().await;
        let acts = app.ledger.waits().acts.load(Ordering::Relaxed);
        if seen.replace(acts) == Some(acts) {
            continue;
        }
        if let Err(error) = api::setup::optimize(&app.db).await {
            tracing::warn!(detail = error.detail(), "the planner's statistics are as they were");
        }
    }
}

/// Heard from now on, so that whoever stops it as soon as it serves ends it in peace.
#[cfg(unix)]
fn stopped() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stopped() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
