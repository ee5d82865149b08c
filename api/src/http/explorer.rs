//! `GET /`: the explorer, a page for people. All its files come from this server. If the page was not built, a
//! placeholder says how to build it.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;

/// Finds a file by its name.
pub type Files = Arc<dyn Fn(&str) -> Option<Cow<'static, [u8]>> + Send + Sync>;

/// Content security policy: nothing from other hosts, and no script but files of this server. Inline styles are
/// allowed, because the editor writes them while it runs.
const POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Data that the page asks for first, at `/explorer.json`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct About {
    /// Accounts of a demo; empty on any other server.
    pub accounts: Vec<DemoAccount>,
}

/// Account of the demo, whose password is public.
#[derive(Clone, Debug, Serialize)]
pub struct DemoAccount {
    pub account: String,
    pub password: String,
    pub role: String,
    pub region: String,
}

#[derive(Clone)]
struct Explorer {
    about: Arc<About>,
    files: Files,
}

/// The explorer, from the files that `npm run build` writes into `web/dist`.
pub fn built(about: Arc<About>) -> Router {
    router(about, page_files())
}

/// An optimised build embeds the page as it is at compile time.
#[cfg(not(debug_assertions))]
fn page_files() -> Files {
    #[derive(rust_embed::RustEmbed)]
    #[folder = "../web/dist"]
    #[allow_missing = true]
    struct Built;

    Arc::new(|name| Built::get(name).map(|file| file.data))
}

/// A debug build reads the page from the source tree, so that a new build of it shows at once.
#[cfg(debug_assertions)]
fn page_files() -> Files {
    files_in(concat!(env!("CARGO_MANIFEST_DIR"), "/../web/dist").into())
}

/// Files of a folder, which are read when asked for; the folder may be missing.
pub fn files_in(folder: PathBuf) -> Files {
    Arc::new(move |name| {
        let is_plain = !name.contains(['/', '\\', '\0']) && !name.starts_with('.');
        is_plain.then(|| std::fs::read(folder.join(name)).ok())?.map(Cow::Owned)
    })
}

/// The explorer, from these files.
pub fn router(about: Arc<About>, files: Files) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/explorer.json", get(about_it))
        .route("/explorer/{file}", get(file))
        .layer(map_response(guarded))
        .with_state(Explorer { about, files })
}

/// The address of the page never changes, so browsers must ask for it anew; its scripts and styles have names that
/// depend on their content.
async fn page(State(explorer): State<Explorer>) -> Response {
    let fresh = [(header::CACHE_CONTROL, "no-cache")];
    match (explorer.files)("index.html") {
        Some(page) => (fresh, Html(page.into_owned())).into_response(),
        None => (StatusCode::NOT_FOUND, fresh, Html(include_str!("missing.html"))).into_response(),
    }
}

async fn about_it(State(explorer): State<Explorer>) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(&*explorer.about)).into_response()
}

/// Files are kept compressed with gzip, and sent as they are.
async fn file(State(explorer): State<Explorer>, headers: HeaderMap, Path(name): Path<String>) -> Response {
    let found = media_type(&name).zip((explorer.files)(&format!("{name}.gz")));
    let Some((media_type, file)) = found else { return StatusCode::NOT_FOUND.into_response() };
    let vary = (header::VARY, "accept-encoding");
    if !takes_gzip(&headers) {
        return (StatusCode::NOT_ACCEPTABLE, [vary]).into_response();
    }
    let told = [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_ENCODING, "gzip"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        vary,
    ];
    (told, file.into_owned()).into_response()
}

fn media_type(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "js" => Some("text/javascript; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        "txt" => Some("text/plain; charset=utf-8"),
        "ttf" => Some("font/ttf"),
        _ => None,
    }
}

/// Whether the caller accepts gzip. Without `Accept-Encoding` any coding is accepted (RFC 9110, 12.5.3).
fn takes_gzip(headers: &HeaderMap) -> bool {
    let Some(taken) = headers.get(header::ACCEPT_ENCODING).and_then(|taken| taken.to_str().ok()) else {
        return true;
    };
    taken.split(',').any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let never = weight.trim().strip_prefix("q=").is_some_and(|weight| weight.parse() == Ok(0.0_f32));
        matches!(name.trim(), "gzip" | "*") && !never
    })
}

async fn guarded(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}
