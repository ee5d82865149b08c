//! What goes around a document.

use std::net::SocketAddr;

use axum::http::{Method, Request, StatusCode, header};
use tests::{Answer, TestApp, on_each, oracle};
use tokio::net::TcpListener;

use super::{GRAPHQL, JSON, body, posted, refused};

async fn got(app: &TestApp, query: &str) -> Answer {
    let query = query.replace('{', "%7B").replace('}', "%7D").replace('"', "%22");
    let request = Request::get(format!("/graphql?{query}")).header(header::ACCEPT, GRAPHQL);
    app.stranger().send(request.body("".into()).unwrap()).await
}

/// Serves on an address of its own, for as long as the test runs.
async fn address(app: &TestApp) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = api::http::router((**app).clone()).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

on_each! { [sqlite Sqlite]
    /// All that the npm package `graphql-http` asks of a server.
    async fn graphql_http_finds_nothing(app: TestApp) {
        let url = format!("http://{}/graphql", address(&app).await);
        let found = tokio::task::spawn_blocking(move || oracle::audits(&url)).await.unwrap();
        if let Some(found) = found {
            let amiss: Vec<_> = found.iter().filter(|audit| audit["status"] != "ok").collect();
            assert!(amiss.is_empty(), "{amiss:#?}");
            assert_eq!(found.len(), 61);
        }
    }

    async fn a_body_that_cannot_be_read_is_told_why(app: TestApp) {
        let fine = body("{ __typename }");
        let cases: &[(&str, &[u8], u16, &str)] = &[
            ("", fine.as_bytes(), 415, "UNSUPPORTED_MEDIA_TYPE"),
            ("text/plain", fine.as_bytes(), 415, "UNSUPPORTED_MEDIA_TYPE"),
            ("application/x-www-form-urlencoded", b"query={__typename}", 415, "UNSUPPORTED_MEDIA_TYPE"),
            ("application/graphql", b"{ __typename }", 415, "UNSUPPORTED_MEDIA_TYPE"),
            ("application/json; charset=utf-16", fine.as_bytes(), 415, "UNSUPPORTED_MEDIA_TYPE"),
            (JSON, b"", 400, "BAD_REQUEST"),
            (JSON, b"{", 400, "BAD_REQUEST"),
            (JSON, b"{\"query\":\"{ __typename }\"", 400, "BAD_REQUEST"),
            (JSON, b"{\"query\":\"{ __typename }\"} {}", 400, "BAD_REQUEST"),
            (JSON, b"{\"query\":\"{ a(b: \\\"\xff\\\") }\"}", 400, "BAD_REQUEST"),
            (JSON, b"\"{ __typename }\"", 400, "BAD_REQUEST"),
            (JSON, b"null", 400, "BAD_REQUEST"),
            (JSON, b"[]", 400, "BAD_REQUEST"),
            (JSON, b" [{\"query\":\"{ __typename }\"}]", 400, "BAD_REQUEST"),
            (JSON, b"{\"query\":\"{ __typename }\",\"query\":\"{ viewer { account } }\"}", 400, "BAD_REQUEST"),
            (JSON, b"{\"query\":\"{ __typename }\",\"variables\":{\"a\":{\"b\":1,\"b\":2}}}", 400, "BAD_REQUEST"),
            (JSON, b"{\"query\":\"{ __typename }\",\"variables\":{\"a\":1,\"\\u0061\":2}}", 400, "BAD_REQUEST"),
            (JSON, b"{\"query\":null}", 400, "BAD_REQUEST"),
            (JSON, b"{\"query\":\"{ __typename }\",\"variables\":\"{}\"}", 400, "BAD_REQUEST"),
            (JSON, b"{\"query\":\"{ __typename }\",\"extensions\":[]}", 400, "BAD_REQUEST"),
            (JSON, b"{\"query\":\"{ __typename }\",\"operationName\":1}", 400, "BAD_REQUEST"),
            (JSON, b"{\"query\":\"{ __typename }\",\"variables\":{\"a\":\"\\u0000\"}}", 400, "INVALID"),
        ];
        for (kind, sent, status, code) in cases.iter().copied() {
            for accept in [JSON, GRAPHQL] {
                let answer = posted(&app, kind, accept, sent).await;
                assert_eq!(refused(&answer), (status, code), "{kind} {}: {answer}", String::from_utf8_lossy(sent));
                assert!(answer.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with(accept));
            }
        }
        let answer = posted(&app, JSON, JSON, "[{}]").await;
        assert!(answer.text.contains("arrays"), "{answer}");
        let deep = format!("{{\"query\":\"{{ __typename }}\",\"variables\":{{\"a\":{}", "[".repeat(100_000));
        assert_eq!(refused(&posted(&app, JSON, JSON, deep).await), (400, "BAD_REQUEST"));
    }

    /// 256 KiB, and not one byte more; nothing of it is read.
    async fn a_body_is_so_large(app: TestApp) {
        let sized = |size: usize| {
            let rest = r#"{"query":"{ __typename }","variables":{"a":""}}"#.len();
            format!(r#"{{"query":"{{ __typename }}","variables":{{"a":"{}"}}}}"#, "x".repeat(size - rest))
        };
        let _ = posted(&app, JSON, JSON, sized(256 * 1024)).await.expect_ok();
        assert_eq!(refused(&posted(&app, JSON, JSON, sized(256 * 1024 + 1)).await), (413, "TOO_LARGE"));
        assert_eq!(refused(&posted(&app, JSON, JSON, vec![0xff; 1 << 20]).await), (413, "TOO_LARGE"));
    }

    async fn an_answer_is_in_what_is_wanted(app: TestApp) {
        for (accept, kind, status) in [
            (JSON, JSON, 200),
            ("*/*", JSON, 200),
            (GRAPHQL, GRAPHQL, 200),
            ("text/html", JSON, 406),
        ] {
            let answer = posted(&app, JSON, accept, body("{ __typename }")).await;
            assert_eq!(answer.status.as_u16(), status, "{accept}");
            assert!(answer.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with(kind));
            assert_eq!(answer.code(), (status == 406).then_some("NOT_ACCEPTABLE"));
            assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
        }
    }

    async fn an_address_asks_and_does_nothing(app: TestApp) {
        let fine = got(&app, "query=query(%24a:Boolean!){__schema@include(if:%24a){queryType{name}}}&variables={\"a\":true}&operationName=").await;
        assert_eq!(fine.expect_ok().at("/__schema/queryType/name"), "Query");
        for query in [
            "query=mutation{signOut{done}}",
            "query=query%20A{__typename}%20mutation%20B{signOut{done}}&operationName=B",
            "query=mutation{...F}%20fragment%20F%20on%20Mutation{signOut{done}}",
        ] {
            let answer = got(&app, query).await;
            assert_eq!(refused(&answer), (405, "METHOD_NOT_ALLOWED"), "{query}");
            assert_eq!(answer.headers[header::ALLOW], "POST");
        }
        let _ = got(&app, "query=query%20A{__typename}%20mutation%20B{signOut{done}}&operationName=A").await.expect_ok();
        for (query, code) in [
            ("", "BAD_REQUEST"),
            ("query={__typename}&query={__typename}", "BAD_REQUEST"),
            ("query={a(b:%22%ff%22)}", "BAD_REQUEST"),
            ("query={__typename}&variables=[]", "BAD_REQUEST"),
            ("query={__typename}&variables={%22a%22:1,%22a%22:1}", "BAD_REQUEST"),
            ("query={__typename}&extensions=1", "BAD_REQUEST"),
            ("query=query%20A{__typename}%20mutation%20B{signOut{done}}", "INVALID"),
            ("query={", "INVALID"),
        ] {
            assert_eq!(refused(&got(&app, query).await), (400, code), "{query}");
        }
        for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
            let request = Request::builder().method(&method).uri("/graphql").body("".into()).unwrap();
            let answer = app.stranger().send(request).await;
            assert_eq!(refused(&answer), (405, "METHOD_NOT_ALLOWED"), "{method}");
            assert_eq!(answer.headers[header::ALLOW], "GET, POST");
        }
    }

    /// What is wrong with a document is a 400 where the type of the answer lets the status say so.
    async fn the_status_goes_by_the_type(app: TestApp) {
        for (query, code) in [("{", "INVALID"), ("{ nothing }", "INVALID"), ("{ ...A } fragment A on Query { ...A }", "INVALID")] {
            assert_eq!(refused(&posted(&app, JSON, GRAPHQL, body(query)).await), (400, code));
            assert_eq!(refused(&posted(&app, JSON, JSON, body(query)).await), (200, code));
        }
        let carried_out = posted(&app, JSON, GRAPHQL, body("{ viewer { account } }")).await;
        assert_eq!((carried_out.status, carried_out.code()), (StatusCode::OK, Some("UNAUTHENTICATED")));
        assert_eq!(carried_out.json.get("data"), Some(&serde_json::Value::Null), "{carried_out}");
    }
}
