//! `GET /health/live`: the process answers. `GET /health/ready`: the database takes a write, has the schema of this
//! program, and is sealed with keys that the server has.
#![expect(clippy::disallowed_methods, reason = "the row that is written to find out belongs to nobody")]

use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use sea_orm::{ConnectionTrait, Statement};
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::time::timeout;
use uuid::Uuid;

use super::Served;
use crate::{App, start};
use platform::error::Result;
use platform::seal;

/// How long a check waits for the database.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long the result of the last test write is reused.
const FRESH: Duration = Duration::from_secs(1);

/// Time and result of the last test write.
#[derive(Default)]
pub struct LastWrite(Mutex<Option<(Instant, bool)>>);

#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a line of the answer")]
struct Checked {
    ready: bool,
    database: bool,
    writes: bool,
    schema: bool,
    keys: bool,
}

pub async fn live() -> StatusCode {
    StatusCode::OK
}

pub async fn ready(State(served): State<Served>) -> Response {
    let app = &served.app;
    let (database, writes, schema, keys) = tokio::join!(
        passes("database", async { Ok(app.db.read.execute_unprepared("SELECT 1").await.map(drop)?) }),
        served.last_write.passes(app),
        passes("schema", start::newest(&app.db)),
        passes("keys", keys(app)),
    );
    let ready = database && writes && schema && keys;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    // A load balancer reads the status, people read the body.
    let told = Json(Checked { ready, database, writes, schema, keys });
    (status, [(header::CACHE_CONTROL, "no-store")], told).into_response()
}

impl LastWrite {
    /// One request writes at a time; the others wait and reuse its result.
    async fn passes(&self, app: &App) -> bool {
        let mut last = self.0.lock().await;
        match *last {
            Some((at, passed)) if at.elapsed() < FRESH => passed,
            _ => {
                let passed = match timeout(PATIENCE, written(app)).await {
                    Ok(written) => passes("writes", async { written }).await,
                    // While acts are under way, the test write waits for its turn: that is no failure, unless the
                    // write before failed.
                    Err(_) => app.ledger.acts.under_way() > 0 && last.is_none_or(|(_, passed)| passed),
                };
                *last = Some((Instant::now(), passed));
                passed
            }
        }
    }
}

const WRITE: &str = "INSERT INTO write_probe (id, ballast) VALUES (1, $1)
    ON CONFLICT (id) DO UPDATE SET ballast = excluded.ballast";

/// Bytes of the test write, as many as an act writes: on a disk that is almost full, a smaller row has room where an
/// act has none.
const BALLAST: usize = 256 * 1024;

/// Writes a row and commits, because a full disk fails no earlier. The content is random, so that it cannot be
/// compressed.
async fn written(app: &App) -> Result<()> {
    let ids = std::iter::repeat_with(|| Uuid::new_v4().simple().to_string());
    let values = [ids.take(BALLAST / 32).collect::<String>().into()];
    let statement = Statement::from_sql_and_values(app.db.backend(), WRITE, values);
    Ok(app.db.write.execute_raw(statement).await.map(drop)?)
}

async fn keys(app: &App) -> Result<()> {
    app.tokens.published(app.clock.now())?;
    seal::in_use(&app.db.read, &app.keys).await.map(drop)
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
