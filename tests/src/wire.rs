//! HTTP as it goes over a wire, written and read by hand, so that a client may stop where it likes.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

/// Nothing here waits longer.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A request of the GraphQL endpoint, after whose answer the server hangs up.
pub fn post(token: Option<&str>, query: &str, variables: &Value) -> String {
    let body = json!({ "query": query, "variables": variables }).to_string();
    let token = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
    let length = body.len();
    format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{token}\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// A request to read something.
pub fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
}

/// Opens a connection and writes something into it.
pub fn send(address: SocketAddr, text: &str) -> io::Result<TcpStream> {
    let mut wire = opened(address)?;
    wire.write_all(text.as_bytes())?;
    Ok(wire)
}

fn opened(address: SocketAddr) -> io::Result<TcpStream> {
    let wire = TcpStream::connect_timeout(&address, PATIENCE)?;
    wire.set_read_timeout(Some(PATIENCE))?;
    Ok(wire)
}

/// Sends what may be no text, as far as it is taken, and reads what comes back until the server hangs up.
pub fn exchange(address: SocketAddr, request: &[u8]) -> io::Result<String> {
    let mut wire = opened(address)?;
    // Who is refused halfway need not have said it all.
    let _ = wire.write_all(request);
    let mut response = vec![];
    // A server that hangs up on what it has not read resets the connection, after its answer.
    let _ = wire.read_to_end(&mut response);
    Ok(String::from_utf8_lossy(&response).into_owned())
}

/// Sends a whole request and reads the whole response.
pub fn ask(address: SocketAddr, request: &str) -> io::Result<String> {
    let mut response = String::new();
    send(address, request)?.read_to_string(&mut response)?;
    Ok(response)
}

/// The body of a whole response: null where it is cut or no JSON.
pub fn body(response: &str) -> Value {
    let body = response.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    serde_json::from_str(body).unwrap_or_default()
}
