//! What abuse costs the server: each request is refused with its code, and takes no more of the processor than a bound
//! that the unoptimised build of the tests keeps to. A document of 923 bytes kept one busy for 50 seconds once.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::EncodingKey;
use serde_json::{Value, json};
use tests::{Served, Shell, World, on_each, wire};

use super::body;
use super::documents::doubling;

/// The clock of a process ticks a hundred times in a second: so many requests are timed together.
const TIMES: u32 = 10;

/// Of the processor, for one request.
const BOUND: Duration = Duration::from_millis(250);

/// A password is meant to cost something.
const OF_A_PASSWORD: Duration = Duration::from_secs(2);

fn sent(kind: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: {kind}\r\n{headers}content-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn asked(headers: &str, query: &str, variables: &Value) -> Vec<u8> {
    sent(
        "application/json",
        headers,
        json!({ "query": query, "variables": variables }).to_string().as_bytes(),
    )
}

fn numbered(times: usize, text: impl Fn(usize) -> String) -> String {
    (0..times).map(text).collect()
}

/// The code of the one error, of GraphQL or of the act, or else the status.
fn told(answer: &str) -> String {
    let body = wire::body(answer);
    let acts = body["data"].as_object().into_iter().flat_map(|data| data.values());
    let mut codes =
        acts.map(|act| &act["userErrors"][0]["code"]).chain([&body["errors"][0]["extensions"]["code"]]);
    let code = codes.find_map(Value::as_str).map(str::to_owned);
    code.unwrap_or_else(|| answer.split(' ').nth(1).unwrap_or("hung up").to_owned())
}

/// How long each took.
#[track_caller]
fn refused(served: &Served, name: &str, request: &[u8], code: &str, times: u32, bound: Duration) -> Duration {
    let before = served.processor();
    for _ in 0..times {
        // Who has not said it all when a server hangs up may be reset before they have read the answer, and asks again.
        let mut tries = (0..3).map(|_| wire::exchange(served.address, request).unwrap_or_default());
        let answer = tries.find(|answer| !answer.is_empty()).unwrap_or_default();
        assert_eq!(told(&answer), code, "{name}: {answer}");
    }
    let each = served.processor().saturating_sub(before) / times;
    eprintln!("{name:<32} {:>7} bytes {each:>8.1?}  {code}", request.len());
    assert!(each <= bound, "{name} takes {each:?} of the processor");
    each
}

/// A token whose claims are altered, signed by the server's own key.
fn signed_again(shell: &Shell, own: &str, claim: &str, alter: impl Fn(&Value) -> Value) -> String {
    let keys: Value = serde_json::from_slice(&std::fs::read(shell.path("token.key")).unwrap()).unwrap();
    let secret = STANDARD.decode(keys["keys"][0]["pkcs8"].as_str().unwrap()).unwrap();
    let claims = own.split('.').nth(1).unwrap();
    let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    claims[claim] = alter(&claims[claim]);
    let head = jsonwebtoken::decode_header(own).unwrap();
    jsonwebtoken::encode(&head, &claims, &EncodingKey::from_ed_der(&secret)).unwrap()
}

const REFRESH: &str = "mutation($input: SessionRefreshInput!) {
    sessionRefresh(input: $input) { refreshToken userErrors { code } } }";

fn refresh(token: &str) -> Vec<u8> {
    asked("", REFRESH, &json!({ "input": { "refreshToken": token } }))
}

/// A refresh token that was good once, as was the next.
fn used_refresh_token(served: &Served) -> String {
    let answered = |request: &[u8], act: &str| {
        let answer = wire::body(&wire::exchange(served.address, request).unwrap());
        answer["data"][act]["refreshToken"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    };
    let sign_in = "mutation($input: SignInInput!) { signIn(input: $input) { refreshToken } }";
    let words = json!({ "input": { "account": "admin", "password": "correct horse battery" } });
    let first = answered(&asked("", sign_in, &words), "signIn");
    let second = answered(&refresh(&first), "sessionRefresh");
    answered(&refresh(&second), "sessionRefresh");
    first
}

/// Tokens that were never given to anybody.
fn foreign_tokens(own: &str) -> Vec<String> {
    let [head, claims, signature] = own.split('.').collect::<Vec<_>>()[..] else { panic!("no token: {own}") };
    let kid: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(head).unwrap()).unwrap();
    let head = |algorithm: &str| {
        let mut head = kid.clone();
        head["alg"] = algorithm.into();
        URL_SAFE_NO_PAD.encode(head.to_string())
    };
    let later = {
        let mut later: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
        later["exp"] = (later["exp"].as_i64().unwrap() + 1).into();
        URL_SAFE_NO_PAD.encode(later.to_string())
    };
    vec![
        format!("{}.{claims}.", head("none")),
        format!("{}.{claims}.{signature}", head("HS256")),
        format!("{}.{claims}.{signature}", head("RS256")),
        format!("{}.{later}.{signature}", head("EdDSA")),
        "a.b.c".to_owned(),
        "x".repeat(10_000),
    ]
}

on_each! { [sqlite Sqlite]
    async fn abuse_is_cheap(world: World) {
        let shell = Shell::beside(&world.app);
        assert_eq!(shell.run("keys make").code, Some(0));
        let token = shell.run("token member1").out;
        let served = shell.serve_with("--budget-anonymous 100000000 --budget 100000000", "info");
        let refused_within = |name: &str, request: &[u8], code: &str| { refused(&served, name, request, code, TIMES, BOUND); };
        let anybody = |query: &str| asked("", query, &Value::Null);
        let many = |what: &str, times: usize| what.repeat(times);
        refused_within("nothing amiss", &anybody("{ __typename }"), "200");
        for (name, query, code) in [
            ("aliases", format!("{{ {} }}", numbered(1_000, |at| format!("f{at}: __typename "))), "QUERY_TOO_LARGE"),
            ("directives", format!("{{ __typename {} }}", many("@skip(if: false) ", 400)), "QUERY_TOO_LARGE"),
            ("nesting", many("{ a ", 5_000), "DEPTH_EXCEEDED"),
            ("brackets", format!("{{ a(b: {}", many("[", 16_000)), "DEPTH_EXCEEDED"),
            ("a circle", "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }".to_owned(), "INVALID"),
            ("a bomb of fragments", format!("{{ ...F0 }} {}", doubling("Query", "__typename")), "QUERY_TOO_LARGE"),
            ("a huge page", "{ households(first: 2147483647) { nodes { headName } } }".to_owned(), "QUERY_TOO_COMPLEX"),
            ("pages in pages", "{ households(first: 100) { nodes { links { household { links { household { links { household { links { id } } } } } } } } } }".to_owned(), "QUERY_TOO_COMPLEX"),
            ("unknown fields", format!("{{ viewer {{ {} }} }}", numbered(1_500, |at| format!("x{at} "))), "INVALID"),
            ("a long comment", format!("{{ __typename # {} }}", many("x", 200_000)), "QUERY_TOO_LARGE"),
            ("the same field again", format!("{{ viewer {{ {} }} }}", many("account ", 1_900)), "UNAUTHENTICATED"),
        ] {
            refused_within(name, &anybody(&query), code);
        }
        for (name, kind, bytes, code) in [
            ("no JSON", "application/json", b"{".to_vec(), "BAD_REQUEST"),
            ("brackets of JSON", "application/json", many("[", 250_000).into_bytes(), "BAD_REQUEST"),
            ("a key twice", "application/json", br#"{"query":"{a}","query":"{b}"}"#.to_vec(), "BAD_REQUEST"),
            ("thousands of keys", "application/json", format!("{{{}\"query\":\"{{\"}}", numbered(20_000, |at| format!("\"k{at}\":1,"))).into_bytes(), "INVALID"),
            ("no UTF-8", "application/json", b"{\"query\":\"{ a(b: \\\"\xff\\\") }\"}".to_vec(), "BAD_REQUEST"),
            ("another type", "text/plain", body("{ __typename }").into_bytes(), "UNSUPPORTED_MEDIA_TYPE"),
            ("a body of a megabyte", "application/json", vec![b' '; 1 << 20], "TOO_LARGE"),
        ] {
            refused_within(name, &sent(kind, "", &bytes), code);
        }
        let flood = many("x-many: y\r\n", 200);
        refused_within("headers", &asked(&flood, "{ __typename }", &Value::Null), "431");
        for (at, foreign) in foreign_tokens(token.trim()).iter().enumerate() {
            let headers = format!("authorization: Bearer {foreign}\r\n");
            refused_within(&format!("a foreign token, {at}"), &asked(&headers, "{ viewer { account } }", &Value::Null), "UNAUTHENTICATED");
        }
        for (name, claim, alter, code) in [
            ("a token signed again", "exp", (|end| json!(end.as_i64().unwrap() + 1)) as fn(&Value) -> Value, "200"),
            ("a token that has run out", "exp", |_| json!(0), "UNAUTHENTICATED"),
            ("a token for others", "aud", |_| json!("another"), "UNAUTHENTICATED"),
        ] {
            let headers = format!("authorization: Bearer {}\r\n", signed_again(&shell, token.trim(), claim, alter));
            refused_within(name, &asked(&headers, "{ viewer { account } }", &Value::Null), code);
        }
        let headers = format!("authorization: Bearer {}\r\n", token.trim());
        let household = |id: &str| asked(&headers, "query($id: ID!) { household(id: $id) { id } }", &json!({ "id": id }));
        refused_within("an id made up", &household(&many("A", 10_000)), "NOT_FOUND");
        let page = |after: &str| asked(&headers, "query($after: String) { households(after: $after) { nodes { id } } }", &json!({ "after": after }));
        refused_within("a cursor made up", &page(&URL_SAFE_NO_PAD.encode(r#"["1",{"t":"x"},["id",[]]]"#)), "BAD_CURSOR");
        refused_within("a refresh token made up", &refresh(&many("A", 43)), "UNAUTHENTICATED");
        refused_within("a refresh token sent again", &refresh(&used_refresh_token(&served)), "UNAUTHENTICATED");
        let guess = asked("", "mutation($input: SignInInput!) { signIn(input: $input) { token userErrors { code } } }", &json!({ "input": { "account": "nobody", "password": "wrong" } }));
        // Half of the ten guesses at a name are heard at once.
        let heard = refused(&served, "passwords guessed", &guess, "BAD_CREDENTIALS", 5, OF_A_PASSWORD);
        let unheard = refused(&served, "guesses that nobody hears", &guess, "BAD_CREDENTIALS", TIMES, BOUND);
        assert!(unheard < heard / 2, "{unheard:?}, and {heard:?} for a password that is checked");
        let impatient = shell.serve_with("--time-limit 1", "info");
        let slow = sent("application/json", "", &[b' '; 1000]);
        refused(&impatient, "a body that never ends", &slow[..slow.len() - 500], "TOO_SLOW", 2, BOUND);
    }
}
