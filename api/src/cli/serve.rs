//! `serve`: the API on an address, until it is told to stop; requests under way are finished.

use api::config::Config;
use api::error::{Error, Result};

pub async fn run(config: Config) -> Result<()> {
    let app = api::App { reveals_per_day: config.reveals_per_day, ..super::open(&config.store).await? };
    listen(&config, app).await
}

/// Serves an app until a signal comes.
pub async fn listen(config: &Config, app: api::App) -> Result<()> {
    let listener = tokio::net::TcpListener::bind(config.listen).await.map_err(|error| {
        Error::internal(format!("cannot listen on {} ({error}): choose another with --listen", config.listen))
    })?;
    let address = listener.local_addr().map_err(Error::internal)?;
    tracing::info!("serving on http://{address}/graphql");
    axum::serve(listener, api::http::router(app))
        .with_graceful_shutdown(stopped())
        .await
        .map_err(Error::internal)
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
