//! Media types and codings: what a client sends and what it takes.

use axum::http::{HeaderMap, HeaderName, header};

/// The media types that an answer can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// `application/json`: clients of old, who read errors from a body with status 200.
    Json,
    /// `application/graphql-response+json`: the status says how the request went.
    GraphqlResponse,
}

impl Media {
    /// The value of `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
        }
    }
}

/// What a client takes for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// What it likes best for an answer that comes whole.
    pub whole: Option<Media>,
    /// Whether it takes answers one after another, as `text/event-stream`.
    pub events: bool,
}

/// What the client takes; JSON when it says nothing. `None` when it takes nothing that there is.
pub fn accepted(headers: &HeaderMap) -> Option<Accepted> {
    let mut ranges = weighed(headers, header::ACCEPT).peekable();
    if ranges.peek().is_none() {
        return Some(Accepted { whole: Some(Media::Json), events: false });
    }
    let (mut best, mut events) = (None::<(f32, Media)>, false);
    for (range, weight) in ranges.filter(|(_, weight)| *weight > 0.0) {
        let media = match range.to_ascii_lowercase().as_str() {
            "application/graphql-response+json" => Media::GraphqlResponse,
            "application/json" | "application/*" | "*/*" => Media::Json,
            "text/event-stream" => {
                events = true;
                continue;
            }
            _ => continue,
        };
        if best.is_none_or(|(most, _)| weight > most) {
            best = Some((weight, media));
        }
    }
    let whole = best.map(|(_, media)| media);
    (whole.is_some() || events).then_some(Accepted { whole, events })
}

/// Whether the body is JSON in UTF-8.
pub fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = content_type.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|media| media.eq_ignore_ascii_case("application/json"));
    is_json && parts.all(|part| !part.to_ascii_lowercase().starts_with("charset=") || part.to_ascii_lowercase().ends_with("utf-8"))
}

/// Whether the client takes a compressed answer.
pub fn takes_gzip(headers: &HeaderMap) -> bool {
    let weight_of = |names: &[&str]| {
        let mut weighed = weighed(headers, header::ACCEPT_ENCODING);
        weighed.find(|(coding, _)| names.iter().any(|name| coding.eq_ignore_ascii_case(name))).map(|(_, weight)| weight)
    };
    weight_of(&["gzip", "x-gzip"]).or_else(|| weight_of(&["*"])).is_some_and(|weight| weight > 0.0)
}

/// The values that a header lists, with their weights.
fn weighed(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = (&str, f32)> {
    let listed = headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(','));
    listed.map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let value = parts.next().unwrap_or_default();
        let weight = parts
            .find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
            .map(|weight| weight.trim().parse().unwrap_or_default());
        (value, weight.unwrap_or(1.0))
    })
}

#[cfg(test)]
mod tests {
    use super::{Accepted, Media, accepted, is_json, takes_gzip};
    use axum::http::{HeaderMap, HeaderValue, header};

    fn headers(name: header::HeaderName, value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        headers
    }

    #[test]
    fn the_media_type_follows_accept() {
        let whole = |value| accepted(&headers(header::ACCEPT, value)).and_then(|accepted| accepted.whole);
        assert_eq!(accepted(&HeaderMap::new()), Some(Accepted { whole: Some(Media::Json), events: false }));
        assert_eq!(whole("*/*"), Some(Media::Json));
        assert_eq!(whole("application/graphql-response+json"), Some(Media::GraphqlResponse));
        assert_eq!(whole("application/json;q=0.9, application/graphql-response+json; charset=utf-8"), Some(Media::GraphqlResponse));
        assert_eq!(whole("text/html"), None);
        assert_eq!(whole("application/json;q=0"), None);
        let events = accepted(&headers(header::ACCEPT, "text/event-stream"));
        assert_eq!(events, Some(Accepted { whole: None, events: true }));
        let both = accepted(&headers(header::ACCEPT, "application/json, text/event-stream"));
        assert_eq!(both, Some(Accepted { whole: Some(Media::Json), events: true }));
    }

    #[test]
    fn only_json_in_utf_8_is_taken() {
        assert!(is_json(&headers(header::CONTENT_TYPE, "application/json; charset=UTF-8")));
        assert!(!is_json(&headers(header::CONTENT_TYPE, "application/json; charset=latin1")));
        assert!(!is_json(&headers(header::CONTENT_TYPE, "text/plain")));
        assert!(!is_json(&HeaderMap::new()));
    }

    #[test]
    fn compressed_answers_are_for_those_who_take_them() {
        for taken in ["br, gzip;q=0.5", "X-GZIP", "*", "br;q=0, *;q=0.1"] {
            assert!(takes_gzip(&headers(header::ACCEPT_ENCODING, taken)), "{taken}");
        }
        for refused in ["br, gzip;q=0", "gzip;Q=0", "*, gzip;q=0", "*;q=0", "br"] {
            assert!(!takes_gzip(&headers(header::ACCEPT_ENCODING, refused)), "{refused}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
