//! `serve`: the API on an address, until it is told to stop; requests under way are finished.

use std::net::SocketAddr;
use std::time::Duration;

use api::clock::Clock;
use api::config::Config;
use api::db::Db;
use api::error::{Error, Result};
use api::start;

pub async fn run(config: Config) -> Result<()> {
    start::retention(config.access_log_days)?;
    let oidc = api::session::oidc::Provider::of(&config.oidc)?;
    let db = super::ready(&config.store).await?;
    check_clock(&config, &db).await?;
    let app = super::app(&config.store, db, super::Missing::Refused).await?.with(config.sessions.clone());
    start::seal_key(&app.db, &app.keys).await?;
    let limits = config.limits().into();
    let app = api::App { reveals_per_day: config.reveals_per_day, oidc, limits, ..app };
    listen(&config, app).await
}

/// The clock is right, unless somebody vouches for it.
pub async fn check_clock(config: &Config, db: &Db) -> Result<()> {
    if config.trust_clock { Ok(()) } else { start::clock(db, &Clock::system()).await }
}

/// Serves an app until a signal comes.
pub async fn listen(config: &Config, app: api::App) -> Result<()> {
    let listener = tokio::net::TcpListener::bind(config.listen).await.map_err(|error| {
        Error::internal(format!("cannot listen on {} ({error}): choose another with --listen", config.listen))
    })?;
    let address = listener.local_addr().map_err(Error::internal)?;
    app.access_log.begin().await?;
    let stopped = stopped().map_err(Error::internal)?;
    tracing::info!("serving on http://{address}/graphql");
    tokio::spawn(app.access_log.clone().run(config.access_log_days));
    tokio::spawn(purge(app.clone()));
    let router = api::http::router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, router).with_graceful_shutdown(stopped).await;
    app.access_log.end().await?;
    app.access_log.tell_where().await;
    served.map_err(Error::internal)
}

/// Removes old sessions now, and every hour.
async fn purge(app: api::App) {
    let mut hours = tokio::time::interval(Duration::from_hours(1));
    loop {
        hours.tick().await;
        if let Err(error) = api::session::purge(&app).await {
            tracing::warn!(detail = error.detail(), "old sessions are still there");
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
