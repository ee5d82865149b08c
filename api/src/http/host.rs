//! Refuses ambiguous requests: two hosts, two ways to say where the body ends, or a decisive header twice. A proxy
//! and this server could read such a request differently.

use std::net::Ipv6Addr;

use axum::extract::Request;
use axum::http::{HeaderMap, Uri, Version, header};
use axum::middleware::Next;
use axum::response::Response;

use super::graphql::turned_away;
use platform::error::{Error, ErrorCode};
use platform::message::Message;
use platform::say;

pub async fn one(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let fault = of_host(request.version(), request.uri(), headers)
        .or_else(|| of_body(headers))
        .or_else(|| twice(headers))
        .map(|message| (ErrorCode::BadRequest, message))
        .or_else(|| of_coding(headers).map(|message| (ErrorCode::UnsupportedMediaType, message)));
    if let Some((code, message)) = fault {
        return turned_away(Error::Protocol { code, message }, headers);
    }
    next.run(request).await
}

/// Refuses doubled headers that say who asks, from where, and what is sent.
fn twice(headers: &HeaderMap) -> Option<Message> {
    let is_double = |name| headers.get_all(name).iter().count() > 1;
    [
        (header::AUTHORIZATION, "authorization"),
        (header::CONTENT_TYPE, "content-type"),
        (header::ORIGIN, "origin"),
    ]
    .into_iter()
    .find_map(|(header, name)| is_double(header).then(|| say!("two-headers", name = name)))
}

/// Refuses a coded body: bodies are read as they are sent.
fn of_coding(headers: &HeaderMap) -> Option<Message> {
    let mut codings = headers.get_all(header::CONTENT_ENCODING).iter();
    let is_plain = codings.all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity"));
    (!is_plain).then(|| say!("body-encoded"))
}

fn of_host(version: Version, address: &Uri, headers: &HeaderMap) -> Option<Message> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (host, other) = (hosts.next(), hosts.next());
    let target = address.authority().map(axum::http::uri::Authority::as_str);
    if other.is_some() {
        return Some(say!("two-headers", name = "host"));
    }
    let Some(host) = host else {
        // HTTP/1.0 knows no host, and HTTP/2 names it in the address.
        let is_missing = version == Version::HTTP_11;
        let is_wrong = target.is_some_and(|target| !is_host(target));
        return (is_missing || is_wrong).then(|| say!("no-host"));
    };
    let named = host.to_str().unwrap_or_default();
    if !is_host(named) {
        return Some(say!("wrong-host"));
    }
    let is_other = target.is_some_and(|target| !target.eq_ignore_ascii_case(named));
    is_other.then(|| say!("two-hosts"))
}

/// Whether the text is a name or an address, perhaps with a port.
fn is_host(text: &str) -> bool {
    let (name, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, rest)) if address.parse::<Ipv6Addr>().is_ok() => ("v6", rest),
            _ => return false,
        },
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
    !name.is_empty()
        && name.bytes().all(of_name)
        && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
}

fn of_body(headers: &HeaderMap) -> Option<Message> {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    let coding = codings.next()?;
    if codings.next().is_some() || !coding.as_bytes().eq_ignore_ascii_case(b"chunked") {
        return Some(say!("body-coding"));
    }
    let is_twofold = headers.contains_key(header::CONTENT_LENGTH);
    is_twofold.then(|| say!("body-twofold"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_told_from_what_is_none() {
        for right in ["localhost", "api.example.cn", "127.0.0.1:8080", "[::1]", "[::1]:8080", "a_b-c:80"] {
            assert!(is_host(right), "{right}");
        }
        for wrong in [
            "", ":80", "a b", "a/b", "http://a", "user@a", "a:b", "a:", "a:99999", "a:+1", "[::1", "[a]",
            "::1", "a,b", "a?b", "a#b", "名",
        ] {
            assert!(!is_host(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_request_names_one_host_and_one_end() {
        let read = |version: Version, address: &str, given: &[(header::HeaderName, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in given {
                headers.append(name, value.parse().unwrap());
            }
            of_host(version, &address.parse().unwrap(), &headers).or_else(|| of_body(&headers)).is_none()
        };
        let (host, coding, length) = (header::HOST, header::TRANSFER_ENCODING, header::CONTENT_LENGTH);
        let one = (host.clone(), "a.cn");
        assert!(read(Version::HTTP_11, "/", std::slice::from_ref(&one)));
        assert!(read(Version::HTTP_10, "/", &[]));
        assert!(read(Version::HTTP_2, "https://a.cn/", &[]));
        assert!(read(Version::HTTP_11, "http://A.cn/", std::slice::from_ref(&one)));
        assert!(!read(Version::HTTP_11, "/", &[]));
        assert!(!read(Version::HTTP_11, "http://a.cn/", &[]));
        assert!(!read(Version::HTTP_11, "/", &[one.clone(), one.clone()]));
        assert!(!read(Version::HTTP_11, "http://b.cn/", std::slice::from_ref(&one)));
        assert!(!read(Version::HTTP_2, "https://b.cn/", std::slice::from_ref(&one)));
        assert!(!read(Version::HTTP_11, "/", &[(host, "a b")]));
        assert!(read(Version::HTTP_11, "/", &[one.clone(), (coding.clone(), "Chunked")]));
        for wrong in ["gzip, chunked", "chunked, chunked", "identity", "gzip", ""] {
            assert!(!read(Version::HTTP_11, "/", &[one.clone(), (coding.clone(), wrong)]), "{wrong}");
        }
        assert!(!read(
            Version::HTTP_11,
            "/",
            &[one.clone(), (coding.clone(), "chunked"), (coding.clone(), "chunked")]
        ));
        assert!(!read(Version::HTTP_11, "/", &[one, (coding, "chunked"), (length, "3")]));
    }
}
