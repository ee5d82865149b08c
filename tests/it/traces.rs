//! Traces and logs, as collectors get them: what was done and for how long, and nobody's name.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use serde_json::{Value, json};
use tests::{Shell, World, on_both, wire};

/// How each token begins.
const TOKEN: &str = "eyJ";

type Heard = Arc<Mutex<Vec<u8>>>;

/// A collector, and what it has been told.
async fn collector() -> (String, Heard) {
    let heard = Heard::default();
    let hear = async |State(heard): State<Heard>, body: Bytes| heard.lock().unwrap().extend_from_slice(&body);
    let router = Router::new().route("/v1/traces", post(hear)).with_state(Arc::clone(&heard));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (format!("http://{address}/v1/traces"), heard)
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

on_both! {
    /// A request and its statements are told, in the caller's trace, with an act's among them; the log is an object a line.
    async fn a_request_is_traced(world: World) {
        let link = world.link(0, 0, "2022-01-01").await;
        let (url, heard) = collector().await;
        let shell = Shell::beside(&world.app);
        assert_eq!(shell.run("keys make").code, Some(0));
        let token = shell.run("token member1").out.trim().to_owned();
        let work = tokio::task::spawn_blocking(move || {
            let mut served = shell.serve_with(&format!("--traces {url} --log-format json"), "info");
            let query = "query Canaries($name: String) { households(filter: { nameContains: $name }) { nodes { headName members { name phone } } } }";
            let request = wire::post(Some(&token), query, &json!({ "name": "canary" }));
            let parent = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\ncontent-type";
            let answer = wire::ask(served.address, &request.replacen("content-type", parent, 1)).unwrap();
            assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
            let mut input = tests::world::visit(&link, "2022-01-01");
            input["about"]["title"] = "canary".into();
            input["idempotencyKey"] = "canary".into();
            let record = "mutation Visit($input: ActivityRecordInput!) { activityRecord(input: $input) { activity { id } userErrors { code } } }";
            let done = wire::body(&wire::ask(served.address, &wire::post(Some(&token), record, &json!({ "input": input }))).unwrap());
            assert!(done["data"]["activityRecord"]["activity"]["id"].is_string(), "{done}");
            let _ = wire::ask(served.address, &wire::post(None, "query Stranger { __typename }", &Value::Null)).unwrap();
            assert_eq!(served.stop(), Some(0));
            served.log()
        });
        let log = work.await.unwrap();
        let heard = heard.lock().unwrap();
        let trace = 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128.to_be_bytes();
        let parts: [&[u8]; 8] = [b"sanlian", b"graphql", b"Canaries", b"Visit", b"statement", b"FROM \"household\"", b"INSERT INTO \"record\"", &trace];
        for part in parts {
            assert!(holds(&heard, part), "{} is not told", String::from_utf8_lossy(part));
        }
        for hidden in ["canary", "Stranger", "户主", TOKEN] {
            assert!(!holds(&heard, hidden.as_bytes()), "{hidden} is told");
            assert!(!log.contains(hidden), "{hidden} is logged");
        }
        let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let answered: Vec<_> = lines.iter().filter(|line| line["message"] == "answered").map(|line| &line["operation"]).collect();
        assert_eq!(answered, ["Canaries", "Visit", "other"], "{log}");
    }
}
