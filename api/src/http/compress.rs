//! Answers above a kibibyte are compressed, if the caller accepts it. An answer that shows a secret, such as a token,
//! is not: the length of compressed text reveals its content (BREACH).

use axum::extract::Request;
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, Version, header};
use axum::response::Response;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};

/// Marks an answer that must not be compressed.
#[derive(Clone, Copy, Debug)]
pub struct Plain;

const LEAST: u64 = 1024;

pub fn layer() -> CompressionLayer<impl Predicate> {
    let may = |_: StatusCode, _: Version, _: &HeaderMap, told: &Extensions| told.get::<Plain>().is_none();
    CompressionLayer::new().compress_when(SizeAbove::new(LEAST).and(may))
}

/// Drops refusals of an uncompressed answer, such as `identity;q=0`, from `Accept-Encoding`: if no coding suits, the
/// answer is sent as it is, because an act may have been done by then.
pub async fn asked(mut request: Request) -> Request {
    let headers = request.headers_mut();
    let is_refusal = |part: &&str| {
        let (coding, weight) = part.split_once(';').unwrap_or((part, ""));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok());
        ["identity", "*"].contains(&coding.trim().to_ascii_lowercase().as_str()) && weight == Some(0.0)
    };
    let taken: Vec<&str> =
        headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).collect();
    let taken = taken.join(",");
    let kept: Vec<&str> = taken.split(',').filter(|part| !is_refusal(part)).collect();
    if let Ok(kept) = HeaderValue::from_str(&kept.join(","))
        && headers.contains_key(header::ACCEPT_ENCODING)
    {
        headers.insert(header::ACCEPT_ENCODING, kept);
    }
    request
}

/// Makes the ETag of a compressed answer weak, because its bytes differ, and joins the `Vary` headers into one line.
pub async fn told(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let tag = headers.get(header::ETAG).and_then(|tag| tag.to_str().ok());
    let weak = tag.filter(|tag| tag.starts_with('"')).and_then(|tag| format!("W/{tag}").parse().ok());
    if let Some(weak) = weak.filter(|_| headers.contains_key(header::CONTENT_ENCODING)) {
        headers.insert(header::ETAG, weak);
    }
    let varies: Vec<&str> =
        headers.get_all(header::VARY).iter().filter_map(|value| value.to_str().ok()).collect();
    if varies.len() > 1
        && let Ok(varies) = HeaderValue::from_str(&varies.join(", "))
    {
        headers.insert(header::VARY, varies);
    }
    response
}
