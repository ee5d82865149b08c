//! `serve`: the API on an address, until it is told to stop; requests under way are finished.

use std::net::SocketAddr;
use std::time::Duration;

use api::config::Config;
use api::error::{Error, Result};

pub async fn run(config: Config) -> Result<()> {
    let app = super::open(&config.store).await?.with(config.sessions.clone());
    let oidc = api::session::oidc::Provider::of(&config.oidc)?;
    let app = api::App { reveals_per_day: config.reveals_per_day, oidc, ..app };
    listen(&config, app).await
}

/// Serves an app until a signal comes.
pub async fn listen(config: &Config, app: api::App) -> Result<()> {
    let listener = tokio::net::TcpListener::bind(config.listen).await.map_err(|error| {
        Error::internal(format!("cannot listen on {} ({error}): choose another with --listen", config.listen))
    })?;
    let address = listener.local_addr().map_err(Error::internal)?;
    tracing::info!("serving on http://{address}/graphql");
    tokio::spawn(purge(app.clone()));
    axum::serve(listener, api::http::router(app).into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(stopped())
        .await
        .map_err(Error::internal)
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

async fn stopped() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}
