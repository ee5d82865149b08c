//! `GET /sign-in/oidc`, to which a front end or an app sends people who want to sign in at the provider, and
//! `GET /sign-in/oidc/callback`, to which the provider sends them back.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::{Served, address};
use crate::session::oidc::{self, Came};
use platform::error::{Error, Result};

/// Parameters with which a sign-in begins.
#[derive(Deserialize)]
pub struct Begun {
    /// The SHA-256 of a verifier of 43 to 128 characters, in base64url.
    challenge: String,
    /// Address to return to, one of those in the settings; the first of them if absent.
    #[serde(rename = "return")]
    back: Option<String>,
}

pub async fn begin(State(served): State<Served>, begun: Result<Query<Begun>, QueryRejection>) -> Response {
    let Some(provider) = served.app.oidc.clone() else { return StatusCode::NOT_FOUND.into_response() };
    let Ok(Query(begun)) = begun else { return plainly("say `challenge` and, if need be, `return`\n") };
    let lost = "`challenge` is no SHA-256 in base64url, or `return` is none of the addresses that are set\n";
    let Some(_place) = served.app.front.door.enter().await else { return sent(Err(Error::busy()), lost) };
    sent(oidc::begin(&served.app, &provider, &begun.challenge, begun.back.as_deref()).await, lost)
}

pub async fn callback(
    State(served): State<Served>,
    headers: HeaderMap,
    extensions: Extensions,
    came: Result<Query<Came>, QueryRejection>,
) -> Response {
    if served.app.oidc.is_none() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let address = address(&served.app, &headers, &extensions);
    let came = came.map(|Query(came)| came).unwrap_or_default();
    let lost = "this way in is closed: go back and begin to sign in again\n";
    let Some(_place) = served.app.front.door.enter().await else { return sent(Err(Error::busy()), lost) };
    sent(served.app.sessions.run(oidc::finish(served.app.clone(), address, came)).await, lost)
}

fn sent(to: Result<Option<String>>, lost: &'static str) -> Response {
    match to {
        Ok(Some(to)) => {
            let told = [
                (header::LOCATION, to.as_str()),
                (header::CACHE_CONTROL, "no-store"),
                (header::REFERRER_POLICY, "no-referrer"),
            ];
            (StatusCode::SEE_OTHER, told).into_response()
        }
        Ok(None) => plainly(lost),
        Err(error) => {
            tracing::warn!(detail = error.detail(), "nobody can sign in at the provider");
            let wait = [(header::RETRY_AFTER, "1")];
            (StatusCode::SERVICE_UNAVAILABLE, wait, "nobody can sign in there now: try again in a moment\n")
                .into_response()
        }
    }
}

fn plainly(what: &'static str) -> Response {
    (StatusCode::BAD_REQUEST, [(header::CACHE_CONTROL, "no-store")], what).into_response()
}
