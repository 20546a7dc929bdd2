//! From a request's headers to who is behind it. No credentials are the public; bad ones are an error, never the public.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::middleware::{error, request_id};
use crate::auth::actor::Actor;
use crate::domain::error::Locale;
use crate::domain::{Domain, Error, token};

/// The actor of a request, or the answer that says why it has none.
pub async fn authenticate(domain: &Domain, headers: &HeaderMap, extensions: &Extensions) -> Result<Actor, Response> {
    let actor = match headers.get(header::AUTHORIZATION) {
        None => Actor::public(),
        Some(value) => match value.to_str().ok().and_then(bearer) {
            Some(secret) => token::authenticate(domain, secret)
                .await
                .map_err(|error| failed(&error))?
                .ok_or_else(|| unauthorized("The token is unknown, revoked or expired; make one with `warta token create`."))?,
            None => return Err(unauthorized("Send an API token as `Authorization: Bearer …`.")),
        },
    };
    let address = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_string());
    Ok(Actor { address, request_id: request_id(headers), ..actor })
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, secret) = value.split_once(' ')?;
    Some(secret.trim()).filter(|secret| scheme.eq_ignore_ascii_case("bearer") && !secret.is_empty())
}

fn unauthorized(message: &str) -> Response {
    let mut response = error(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", message);
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"warta\""));
    response
}

fn failed(cause: &Error) -> Response {
    tracing::error!(error = cause.detail(), "a token could not be looked up");
    error(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "Something went wrong on our side.")
}

/// The language of messages: whichever of Indonesian and English the reader prefers, English when neither is named.
pub fn locale(headers: &HeaderMap) -> Locale {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let weighed = accepted.split(',').filter_map(|range| {
        let mut parts = range.split(';');
        let language = parts.next()?.trim().split('-').next()?.to_ascii_lowercase();
        let weight = parts.find_map(|part| part.trim().strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
        let locale = match language.as_str() {
            "id" | "in" | "ms" => Locale::Indonesian,
            "en" => Locale::English,
            _ => return None,
        };
        Some((weight, locale))
    });
    // Of equal weights the first named wins.
    let best = weighed.fold((0.0, Locale::English), |best, next| if next.0 > best.0 { next } else { best });
    best.1
}

#[cfg(test)]
mod tests {
    use super::{bearer, locale};
    use crate::domain::error::Locale;
    use axum::http::{HeaderMap, HeaderValue, header};

    #[test]
    fn the_preferred_language_is_chosen() {
        let chosen = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(text));
            locale(&headers)
        };
        assert_eq!(chosen("id-ID,id;q=0.9,en;q=0.8"), Locale::Indonesian);
        assert_eq!(chosen("en, id"), Locale::English);
        assert_eq!(chosen("id;q=0.2, en-GB;q=0.7"), Locale::English);
        assert_eq!(chosen("fr"), Locale::English);
    }

    #[test]
    fn only_bearer_tokens_are_read() {
        assert_eq!(bearer("Bearer warta_x"), Some("warta_x"));
        assert_eq!(bearer("bearer  warta_x "), Some("warta_x"));
        for bad in ["Basic YTpi", "Bearer", "Bearer ", ""] {
            assert_eq!(bearer(bad), None, "{bad}");
        }
    }
}
