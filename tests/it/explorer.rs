//! The page at `/`: its files, what guards it, and what it says where it was not built.

use std::borrow::Cow;
use std::sync::Arc;

use api::http::explorer::{self, About};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::json;
use tests::{TestApp, on_both};
use tower::ServiceExt;

async fn got(router: &Router, path: &str, codings: Option<&str>) -> (StatusCode, HeaderMap, String) {
    let mut request = Request::get(path);
    if let Some(codings) = codings {
        request = request.header("accept-encoding", codings);
    }
    let answer = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    (parts.status, parts.headers, String::from_utf8_lossy(&body).into_owned())
}

fn of(files: fn(&str) -> Option<Cow<'static, [u8]>>) -> Router {
    explorer::router(Arc::new(About::default()), Arc::new(files))
}

fn some(name: &str) -> Option<Cow<'static, [u8]>> {
    match name {
        "index.html" => Some(b"<title>it</title>".into()),
        "page-A1.js.gz" => Some(b"zipped".into()),
        "index.html.gz" | "page-A1.map.gz" => Some(b"not to be sent".into()),
        _ => None,
    }
}

/// Nothing from elsewhere, on every answer.
fn assert_guarded(headers: &HeaderMap) {
    let policy = headers["content-security-policy"].to_str().unwrap();
    for part in [
        "default-src 'none'",
        "script-src 'self';",
        "worker-src 'self';",
        "connect-src 'self';",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("http") && !policy.contains("unsafe-eval") && !policy.contains('*'), "{policy}");
}

#[tokio::test]
async fn without_the_page_it_says_how_to_build_it() {
    let (status, headers, body) = got(&of(|_| None), "/", None).await;
    assert_eq!(
        (status, &headers["content-type"]),
        (StatusCode::NOT_FOUND, &"text/html; charset=utf-8".parse().unwrap())
    );
    for said in ["npm ci", "npm run build", "/graphql", "服务在运行"] {
        assert!(body.contains(said), "{said} is not in {body}");
    }
    assert!(!body.contains("<script") && !body.contains("http"), "{body}");
    assert_guarded(&headers);
}

#[tokio::test]
async fn files_come_with_their_types_and_are_kept() {
    let router = of(some);
    let (status, headers, body) = got(&router, "/", None).await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, "<title>it</title>"));
    assert_eq!(headers["cache-control"], "no-cache");
    assert_guarded(&headers);
    for codings in [None, Some("gzip"), Some("br, gzip;q=0.5"), Some("*")] {
        let (status, headers, body) = got(&router, "/explorer/page-A1.js", codings).await;
        assert_eq!((status, body.as_str()), (StatusCode::OK, "zipped"));
        assert_eq!(headers["content-type"], "text/javascript; charset=utf-8");
        assert_eq!(headers["content-encoding"], "gzip");
        assert_eq!(headers["cache-control"], "public, max-age=31536000, immutable");
        assert_guarded(&headers);
    }
    for codings in ["identity", "br", "gzip;q=0", ""] {
        let (status, headers, _) = got(&router, "/explorer/page-A1.js", Some(codings)).await;
        assert_eq!(
            (status, &headers["vary"]),
            (StatusCode::NOT_ACCEPTABLE, &"accept-encoding".parse().unwrap())
        );
    }
    for path in
        ["page-A2.js", "index.html", "page-A1.map", "page-A1.js.gz", "..%2findex.html", "a/page-A1.js"]
    {
        let (status, _, body) = got(&router, &format!("/explorer/{path}"), None).await;
        assert_eq!((status, body.as_str()), (StatusCode::NOT_FOUND, ""), "{path}");
    }
}

/// A server that runs shows the page once it is built, and nothing beside it.
#[tokio::test]
async fn a_page_that_is_built_later_is_shown() {
    let tree = tempfile::tempdir().unwrap();
    let dist = tree.path().join("dist");
    let router = explorer::router(Arc::new(About::default()), explorer::files_in(dist.clone()));
    assert_eq!(got(&router, "/", None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(got(&router, "/explorer/page-A1.js", None).await.0, StatusCode::NOT_FOUND);
    std::fs::create_dir(&dist).unwrap();
    std::fs::write(dist.join("index.html"), "<title>it</title>").unwrap();
    std::fs::write(dist.join("page-A1.js.gz"), "zipped").unwrap();
    std::fs::write(tree.path().join("other.js.gz"), "not to be sent").unwrap();
    let (status, _, body) = got(&router, "/", None).await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, "<title>it</title>"));
    let (status, _, body) = got(&router, "/explorer/page-A1.js", None).await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, "zipped"));
    for path in ["..%2fother.js", "..%5cother.js", ".%2fpage-A1.js", "%00.js", ".js"] {
        assert_eq!(got(&router, &format!("/explorer/{path}"), None).await.0, StatusCode::NOT_FOUND, "{path}");
    }
}

on_both! {
    /// The page is there, built or not; who serves real data tells no accounts.
    async fn it_is_served_beside_the_rest(app: TestApp) {
        let stranger = app.stranger();
        let get = |path: &str| Request::get(path).body(Body::empty()).unwrap();
        let page = stranger.send(get("/")).await;
        assert!(page.text.contains("三联 Sanlian"), "{page}");
        assert_guarded(&page.headers);
        let about = stranger.send(get("/explorer.json")).await;
        assert_eq!((about.status, about.json), (StatusCode::OK, json!({ "accounts": [] })));
        assert_eq!(about.headers["cache-control"], "no-store");
        let outside = stranger.send(get("/explorer/..%2f..%2f..%2fCargo.toml")).await;
        assert_eq!((outside.status, outside.text.as_str()), (StatusCode::NOT_FOUND, ""));
        let health = stranger.send(get("/health/live")).await;
        assert_eq!(health.headers["content-security-policy"], "default-src 'none'; frame-ancestors 'none'");
        for answer in [&page, &health] {
            assert_eq!(answer.headers["x-content-type-options"], "nosniff");
            assert_eq!(answer.headers["referrer-policy"], "no-referrer");
            assert_eq!(answer.headers["x-frame-options"], "DENY");
            assert_eq!(answer.headers["cross-origin-opener-policy"], "same-origin");
            assert!(!answer.headers.contains_key("strict-transport-security"), "it does not speak HTTPS");
        }
        assert_eq!(stranger.send(get("/elsewhere")).await.status, StatusCode::NOT_FOUND);
    }
}

/// A demo tells its accounts, and no other server does.
#[tokio::test]
async fn a_demo_tells_its_accounts() {
    let accounts = api::demo::accounts().unwrap();
    assert_eq!(accounts.last().unwrap().role, "ADMIN");
    let router = explorer::router(Arc::new(About { accounts }), Arc::new(|_| None));
    let (_, _, body) = got(&router, "/explorer.json", None).await;
    let told: serde_json::Value = serde_json::from_str(&body).unwrap();
    let county = json!({ "account": "qingchuan", "password": "demo-county-2022", "role": "COUNTY_OFFICE", "region": "510822000000" });
    assert!(told["accounts"].as_array().unwrap().contains(&county), "{told}");
}
