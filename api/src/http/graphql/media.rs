//! Media types: of requests, and of the answers that callers accept.

use axum::http::{HeaderMap, header};

/// Media type of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Media {
    /// Any answer to a well-formed request is a 200.
    #[default]
    Json,
    /// The status says whether the request was carried out.
    Graphql,
}

impl Media {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::Graphql => "application/graphql-response+json; charset=utf-8",
        }
    }

    const fn plain(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Graphql => "application/graphql-response+json",
        }
    }

    /// The media type that the caller prefers; JSON without an `accept` header, `None` if the caller accepts neither.
    pub fn wanted(headers: &HeaderMap) -> Option<Self> {
        let accept: Vec<&str> =
            headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
        let accept = accept.join(",");
        if accept.trim().is_empty() {
            return Some(Self::Json);
        }
        let ranges: Vec<Range<'_>> = accept.split(',').filter_map(Range::read).collect();
        let [json, graphql] = [Self::Json, Self::Graphql].map(|media| weight(&ranges, media));
        match (json, graphql) {
            (None, None) => None,
            // The GraphQL type wins if it weighs more, or as much and is named itself.
            (json, Some(graphql)) if json.is_none_or(|json| graphql.1 > json.1) => Some(Self::Graphql),
            (Some(json), Some(graphql)) if graphql.1 == json.1 && graphql.0 == Precision::Named => {
                Some(Self::Graphql)
            }
            _ => Some(Self::Json),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Precision {
    Anything,
    Application,
    Named,
}

/// A part of an `accept` header: a type and how much it is wanted, in thousandths.
struct Range<'a> {
    name: &'a str,
    weight: u16,
}

impl<'a> Range<'a> {
    /// `None` if the range asks for another charset than UTF-8.
    fn read(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let mut range = Self { name: parts.next()?, weight: 1000 };
        for (key, value) in parts.filter_map(|part| part.split_once('=')) {
            if key.eq_ignore_ascii_case("q") {
                range.weight = thousandths(value);
            } else if key.eq_ignore_ascii_case("charset") && !is_utf8(value) {
                return None;
            }
        }
        Some(range)
    }

    fn precision(&self, media: Media) -> Option<Precision> {
        if self.name.eq_ignore_ascii_case(media.plain()) {
            Some(Precision::Named)
        } else if self.name.eq_ignore_ascii_case("application/*") {
            Some(Precision::Application)
        } else {
            (self.name == "*/*").then_some(Precision::Anything)
        }
    }
}

/// Weight of a type, by the most precise range that covers it; `None` if the type is not accepted.
fn weight(ranges: &[Range<'_>], media: Media) -> Option<(Precision, u16)> {
    let said = ranges.iter().filter_map(|range| Some((range.precision(media)?, range.weight)));
    said.max().filter(|(_, weight)| *weight > 0)
}

fn thousandths(text: &str) -> u16 {
    let weight: f32 = text.parse().unwrap_or(1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies between 0 and 1000")]
    let thousandths = (weight.clamp(0.0, 1.0) * 1000.0) as u16;
    thousandths
}

fn is_utf8(charset: &str) -> bool {
    charset.trim_matches('"').eq_ignore_ascii_case("utf-8")
}

/// Whether the body is declared to be JSON. A browser sends that type across origins only if it is allowed to.
pub fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()) else {
        return false;
    };
    let mut parts = kind.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(Media::Json.plain()));
    is_json
        && parts
            .filter_map(|part| part.split_once('='))
            .all(|(key, value)| !key.eq_ignore_ascii_case("charset") || is_utf8(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(accept: &str) -> Option<Media> {
        Media::wanted(&[(header::ACCEPT, accept.parse().unwrap())].into_iter().collect())
    }

    #[test]
    fn what_is_wanted_most_is_answered() {
        for json in [
            "",
            "*/*",
            "application/*",
            "application/json",
            "text/html, application/xhtml+xml, */*;q=0.8",
            "application/graphql-response+json;q=0.5, application/json",
            "application/graphql-response+json;q=0, */*",
            "application/graphql-response+json;charset=latin1, application/json;charset=UTF-8",
        ] {
            assert_eq!(wanted(json), Some(Media::Json), "{json}");
        }
        for graphql in [
            "application/graphql-response+json",
            "Application/GraphQL-Response+JSON; charset=\"utf-8\"",
            "application/graphql-response+json, application/json;q=0.9",
            "application/json, application/graphql-response+json",
            "application/graphql-response+json, */*",
            "application/json;q=0, */*",
        ] {
            assert_eq!(wanted(graphql), Some(Media::Graphql), "{graphql}");
        }
        for neither in ["text/html", "application/xml", "*/*;q=0", "application/json;charset=utf-16"] {
            assert_eq!(wanted(neither), None, "{neither}");
        }
    }
}
