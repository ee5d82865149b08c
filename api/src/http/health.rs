//! `GET /health/live`: the process answers. `GET /health/ready`: it can serve, since its database answers, has the
//! schema of this program and is sealed with keys that are here.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::time::timeout;

use super::Served;
use crate::error::Result;
use crate::{App, seal, start};

/// A database that says nothing for so long is not ready.
const PATIENCE: Duration = Duration::from_secs(2);

pub async fn live() -> StatusCode {
    StatusCode::OK
}

pub async fn ready(State(served): State<Served>) -> Response {
    let app = &served.app;
    let (database, schema, keys) = tokio::join!(
        passes("database", async { Ok(app.db.house.ping().await?) }),
        passes("schema", start::newest(&app.db)),
        passes("keys", keys(app)),
    );
    let ready = database && schema && keys;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    // A load balancer reads the status, people this.
    let told = json!({ "ready": ready, "database": database, "schema": schema, "keys": keys });
    (status, [(header::CACHE_CONTROL, "no-store")], Json(told)).into_response()
}

async fn keys(app: &App) -> Result<()> {
    app.tokens.published(app.clock.now())?;
    seal::in_use(&app.db.house, &app.keys).await.map(drop)
}

async fn passes(what: &str, check: impl Future<Output = Result<()>>) -> bool {
    let detail = match timeout(PATIENCE, check).await {
        Ok(Ok(())) => return true,
        Ok(Err(error)) => error.detail(),
        Err(_) => "no answer".to_owned(),
    };
    tracing::warn!(what, detail, "not ready");
    false
}
