//! How requests are carried: one host, bodies that take so much memory together, answers that are compressed where that
//! tells nothing, and what a page elsewhere is told.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::num::NonZeroU32;
use std::time::Duration;

use api::http::settings::{Origin, Settings};
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::{Value, json};
use tests::{Answer, Client, Shell, TestApp, World, on_both, on_each, wire};
use tower::{Layer, ServiceExt};
use tower_http::decompression::DecompressionLayer;

const HOUSEHOLDS: &str = "{ households(first: 100) { nodes { id headName village { name id } registeredOn members { name relation } } } \
    regions(first: 100) { nodes { id name code level } } }";

fn posted(query: &str, variables: &Value) -> Request<Body> {
    let body = json!({ "query": query, "variables": variables }).to_string();
    let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
    request.body(body.into()).unwrap()
}

fn asked(query: &str) -> Request<Body> {
    let query: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
    Request::get(format!("/graphql?query={query}")).body(Body::empty()).unwrap()
}

/// The same, for who takes such codings.
fn taking(codings: &str, mut request: Request<Body>) -> Request<Body> {
    request.headers_mut().insert(header::ACCEPT_ENCODING, codings.parse().unwrap());
    request
}

fn coding(headers: &HeaderMap) -> &str {
    headers.get(header::CONTENT_ENCODING).map_or("", |coding| coding.to_str().unwrap())
}

/// The body as whoever sent it meant it.
async fn unpacked(app: &TestApp, by: &Client, mut request: Request<Body>) -> Value {
    let bearer = format!("Bearer {}", by.token().unwrap()).parse().unwrap();
    request.headers_mut().insert(header::AUTHORIZATION, bearer);
    request.headers_mut().insert(header::HOST, "localhost".parse().unwrap());
    let unpacking = DecompressionLayer::new().layer(api::http::router((**app).clone()));
    let bytes = to_bytes(Body::new(unpacking.oneshot(request).await.unwrap().into_body()), usize::MAX).await;
    serde_json::from_slice(&bytes.unwrap()).unwrap()
}

fn exchanged(address: SocketAddr, request: &str) -> String {
    wire::exchange(address, request.as_bytes()).unwrap()
}

on_both! {
    /// A long answer is compressed as the caller takes it, and is the same; a short one is sent as it is.
    async fn long_answers_are_compressed(world: World) {
        let plain = world.office.post(HOUSEHOLDS, Value::Null).await.expect_ok();
        assert!(plain.text.len() > 1024 && coding(&plain.headers).is_empty());
        for (codings, taken) in [("gzip", "gzip"), ("br", "br"), ("zstd", "zstd"), ("gzip, deflate, br, zstd", "zstd"),
            ("gzip;q=1, br;q=0.5", "gzip"), ("deflate", ""), ("identity", ""), ("", ""),
            ("identity;q=0", ""), ("*;q=0", ""), ("gzip, identity;q=0", "gzip")] {
            let request = || taking(codings, posted(HOUSEHOLDS, &Value::Null));
            let answer = world.office.send(request()).await;
            assert_eq!((answer.status, coding(&answer.headers)), (StatusCode::OK, taken), "{codings}");
            assert!(answer.headers[header::VARY].to_str().unwrap().contains("accept-encoding"), "{codings}");
            assert_eq!(unpacked(&world.app, &world.office, request()).await["data"], plain.json["data"], "{codings}");
        }
        for codings in ["gzip", "gzip, identity;q=0", "identity; q=0"] {
            let short = world.office.send(taking(codings, posted("{ __typename }", &Value::Null))).await;
            assert_eq!((short.status, coding(&short.headers)), (StatusCode::OK, ""), "{codings}");
        }
        let request = taking("br", Request::get("/schema.graphql").body(Body::empty()).unwrap());
        assert_eq!(coding(&world.office.send(request).await.headers), "br");
    }

    /// What shows a secret once is sent as it is, however long it is.
    async fn secrets_are_not_compressed(world: World) {
        let long = "t: __typename ".repeat(5) + &(0..60).fold(String::new(), |text, at| text + &format!("a{at}: __typename "));
        let input = json!({ "input": { "account": "nobody", "password": "no password at all" } });
        let sign_in = format!("mutation($input: SignInInput!) {{ signIn(input: $input) {{ token refreshToken {long} userErrors {{ code }} }} }}");
        let reveal = format!("mutation($input: HouseholdRevealInput!) {{ householdReveal(input: $input) {{ values {{ value }} {long} userErrors {{ code }} }} }}");
        let of_reveal = json!({ "input": { "idempotencyKey": "r", "household": world.households[0], "purpose": "CONTACT", "reason": "核对电话", "kinds": ["PHONE"] } });
        for (query, input, compressed) in [(sign_in, input, false), (reveal, of_reveal, false), (format!("mutation {{ signOut {{ {long} }} }}"), Value::Null, true)] {
            let answer = world.office.send(taking("gzip, br, zstd", posted(&query, &input))).await;
            assert_eq!(!coding(&answer.headers).is_empty(), compressed, "{query}: {answer}");
            assert!(compressed || answer.text.len() > 1024, "{answer}");
        }
    }

    /// A tag goes on to be good, in the form in which the caller has it.
    async fn tags_outlive_compression(world: World) {
        let query = "{ indicators { code name unit definition { measure { of kinds measure } } } catalogue { code categories { code name } } }";
        let with = |tag: &str| {
            let mut request = taking("zstd", asked(query));
            request.headers_mut().insert(header::IF_NONE_MATCH, tag.parse().unwrap());
            request
        };
        let plain = world.office.send(asked(query)).await.expect_ok();
        let strong = plain.headers[header::ETAG].to_str().unwrap().to_owned();
        let packed = world.office.send(taking("zstd", asked(query))).await;
        assert_eq!((coding(&packed.headers), packed.headers[header::ETAG].to_str().unwrap()), ("zstd", format!("W/{strong}").as_str()));
        let varies: Vec<_> = packed.headers.get_all(header::VARY).iter().collect();
        assert_eq!(varies, ["authorization, accept, accept-encoding, accept-language"]);
        for tag in [strong.clone(), format!("W/{strong}")] {
            let again = world.office.send(with(&tag)).await;
            assert_eq!((again.status, again.headers[header::ETAG].to_str().unwrap()), (StatusCode::NOT_MODIFIED, tag.as_str()));
            assert!(again.headers.contains_key("ratelimit") && again.headers.contains_key("ratelimit-policy"));
        }
    }

    /// What is left is told with every answer: of an account, and of an address.
    async fn what_is_left_is_told_with_refusals(world: World) {
        let office = world.office.token().unwrap().to_owned();
        let budget = NonZeroU32::new(300).unwrap();
        let app = world.app.behind(Settings { budget, budget_anonymous: budget, requests: 1, ..Settings::default() });
        let office = app.client(office);
        let told = |answer: &Answer| answer.headers["ratelimit"].to_str().unwrap().to_owned();
        let refused = office.post("{ nothing }", Value::Null).await;
        assert_eq!(refused.code(), Some("INVALID"));
        let stranger = app.stranger();
        let wrong = stranger.post("{", Value::Null).await;
        assert_eq!(told(&wrong), "\"cost\";r=200;t=20");
        let dear = "{ regions(first: 100) { nodes { name } } }";
        let mut last = office.post(dear, Value::Null).await;
        while last.status.is_success() {
            last = office.post(dear, Value::Null).await;
        }
        assert_eq!(last.status, StatusCode::TOO_MANY_REQUESTS);
        let left: u64 = told(&last).split(['=', ';']).nth(2).unwrap().parse().unwrap();
        assert!(left < 300 && last.headers.contains_key("ratelimit-policy"), "{}", told(&last));
        let _inside = app.front.door.enter().await.unwrap();
        let busy = stranger.post("{ __typename }", Value::Null).await;
        assert_eq!((busy.status, told(&busy).as_str(), &busy.headers["retry-after"]), (StatusCode::SERVICE_UNAVAILABLE, "\"cost\";r=199;t=21", &"1".parse().unwrap()));
    }

    /// A page elsewhere is told which setting would let it ask, before it asks and when it does; with an id for the log.
    async fn a_page_elsewhere_is_told_the_setting(app: TestApp) {
        let page = "http://localhost:5173";
        let request = |origin: &str, method: Method| {
            let request = Request::builder().method(&method).uri("/graphql").header("origin", origin);
            let request = request.header("sec-fetch-site", "cross-site").header("access-control-request-method", "POST");
            let body = json!({ "query": "{ __typename }" }).to_string();
            request.header(header::CONTENT_TYPE, "application/json").body(body.into()).unwrap()
        };
        for method in [Method::POST, Method::OPTIONS] {
            let told = app.stranger().send(request(page, method)).await;
            assert_eq!((told.status, told.code()), (StatusCode::FORBIDDEN, Some("FORBIDDEN")));
            for said in [page, "SANLIAN_ALLOWED_ORIGINS", "--allowed-origins"] {
                assert!(told.text.contains(said), "{said}: {told}");
            }
            assert!(told.headers.contains_key("x-request-id"));
        }
        // As `demo` has it.
        let app = app.behind(Settings { allowed_origins: Origin::own_machine().collect(), ..Settings::default() });
        for origin in [page, "http://127.0.0.1:3000", "http://[::1]:8000"] {
            let before = app.stranger().send(request(origin, Method::OPTIONS)).await;
            assert_eq!((before.status, &before.headers["access-control-allow-origin"]), (StatusCode::OK, &origin.parse().unwrap()));
            let asked = app.stranger().send(request(origin, Method::POST)).await.expect_ok();
            assert_eq!(asked.headers["access-control-allow-origin"], origin);
        }
        for origin in ["https://evil.example", "http://localhost.evil.example:80", "null"] {
            for method in [Method::POST, Method::OPTIONS] {
                let told = app.stranger().send(request(origin, method)).await;
                assert_eq!(told.status, StatusCode::FORBIDDEN, "{origin}");
                assert!(told.text.contains(origin) && !told.headers.contains_key("access-control-allow-origin"), "{told}");
            }
        }
    }

    /// Requests that two readers could read as two are refused, on every path.
    async fn one_host_and_one_end(app: TestApp) {
        let shell = Shell::beside(&app);
        assert_eq!(shell.run("keys make").code, Some(0));
        let served = shell.serve();
        let body = r#"{"query":"{ __typename }"}"#;
        let post = |headers: &str, body: &str| exchanged(served.address, &format!("POST /graphql HTTP/1.1\r\nconnection: close\r\ncontent-type: application/json\r\n{headers}\r\n{body}"));
        let length = format!("content-length: {}\r\n", body.len());
        let chunked = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        let fine = [post(&format!("host: localhost\r\n{length}"), body), post("host: localhost\r\ntransfer-encoding: chunked\r\n", &chunked)];
        for answer in fine {
            assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        }
        for (headers, body) in [
            (length.clone(), body),
            (format!("host: localhost\r\nhost: localhost\r\n{length}"), body),
            (format!("host: a b\r\n{length}"), body),
            (format!("host: user@localhost\r\n{length}"), body),
            (format!("host: localhost/path\r\n{length}"), body),
            (format!("host:\r\n{length}"), body),
            ("host: localhost\r\ntransfer-encoding: gzip, chunked\r\n".to_owned(), &chunked),
            (format!("host: localhost\r\ncontent-type: text/plain\r\n{length}"), body),
            (format!("host: localhost\r\nauthorization: Bearer a\r\nauthorization: Bearer b\r\n{length}"), body),
            (format!("host: localhost\r\norigin: http://localhost\r\norigin: http://evil.cn\r\n{length}"), body),
            ("host: localhost\r\ntransfer-encoding: gzip\r\ntransfer-encoding: chunked\r\n".to_owned(), &chunked),
        ] {
            let answer = post(&headers, body);
            assert!(answer.starts_with("HTTP/1.1 400 "), "{headers}: {answer}");
        }
        let packed = post(&format!("host: localhost\r\ncontent-encoding: gzip\r\n{length}"), body);
        assert!(packed.starts_with("HTTP/1.1 415 ") && packed.contains("content-encoding"), "{packed}");
        for path in ["/", "/health/live", "/schema.graphql", "/explorer.json", "/nowhere"] {
            let answer = exchanged(served.address, &format!("GET {path} HTTP/1.1\r\nconnection: close\r\nhost: a\r\nhost: b\r\n\r\n"));
            assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("BAD_REQUEST"), "{path}: {answer}");
        }
    }
}

on_each! { [sqlite Sqlite]
    /// However many bodies come slowly, they take so much memory together; ordinary requests are answered meanwhile.
    async fn slow_bodies_take_so_much_memory(app: TestApp) {
        const SLOW: usize = 400;
        const LENGTH: usize = 250 * 1024;
        let shell = Shell::beside(&app);
        assert_eq!(shell.run("keys make").code, Some(0));
        let served = shell.serve();
        let ordinary = || exchanged(served.address, &wire::post(None, "{ __typename }", &Value::Null));
        assert!(ordinary().starts_with("HTTP/1.1 200 "));
        let before = served.memory();
        let head = format!("POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {LENGTH}\r\n\r\n");
        let part = format!("{head}{}", " ".repeat(LENGTH - 1));
        let slow: Vec<TcpStream> = (0..SLOW).map(|_| begun(served.address, &part)).collect();
        std::thread::sleep(Duration::from_secs(2));
        let grown = served.memory().saturating_sub(before) / (1024 * 1024);
        assert!(grown < 160, "{SLOW} slow bodies take {grown} MiB");
        assert!(ordinary().starts_with("HTTP/1.1 200 "), "an ordinary request comes in");
        let answers: Vec<String> = slow.into_iter().map(first_line).collect();
        let busy = answers.iter().filter(|line| line.starts_with("HTTP/1.1 503 ")).count();
        assert!((SLOW - 140..SLOW - 100).contains(&busy), "{busy} of {SLOW} are turned away");
    }
}

/// A request whose end does not come; who is turned away at once may not have said it all.
fn begun(address: SocketAddr, part: &str) -> TcpStream {
    let mut wire = TcpStream::connect(address).unwrap();
    wire.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
    let _ = wire.write_all(part.as_bytes());
    wire
}

/// What has come back by now.
fn first_line(mut wire: TcpStream) -> String {
    wire.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let mut bytes = [0; 64];
    let length = wire.read(&mut bytes).unwrap_or(0);
    String::from_utf8_lossy(&bytes[..length]).into_owned()
}
