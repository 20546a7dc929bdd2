//! From a request's headers to who is behind it. No credentials are the public; bad ones are an error, never the public.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::failure::{error, internal};
use super::front::Origin;
use crate::auth::actor::Actor;
use crate::auth::token::SESSION_PREFIX;
use crate::domain::error::Locale;
use crate::domain::{Domain, session, token};
use crate::graphql::answer::SessionCookie;

/// The name of the cookie that a browser keeps its session in. Its prefix has the browser take it from this very host alone, and
/// over encrypted connections.
const COOKIE: &str = "__Host-warta_session";
/// The name on this very machine, where nothing is encrypted.
const LOCAL_COOKIE: &str = "warta_session";
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether a look at credentials counts as using them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    Use,
    /// To see whether they still hold.
    Again,
}

/// The actor of a request, or the answer that says why it has none.
pub async fn authenticate(domain: &Domain, headers: &HeaderMap, origin: &Origin, look: Look) -> Result<Actor, Response> {
    let is_use = look == Look::Use;
    let actor = match headers.get(header::AUTHORIZATION) {
        Some(value) => match value.to_str().ok().and_then(bearer) {
            Some(secret) => by_secret(domain, secret, is_use)
                .await
                .map_err(|error| internal(&error))?
                .ok_or_else(|| unauthorized("The token is unknown, revoked or expired; sign in again, or have another one made."))?,
            None => return Err(unauthorized("Send a token as `Authorization: Bearer …`.")),
        },
        // A browser sends its cookie even when the session has ended, and then wants to sign in.
        None => match session_cookie(headers) {
            Some(_) if !is_from_own_page(headers) => {
                return Err(error(StatusCode::FORBIDDEN, "FORBIDDEN", "A page of another site may not act in your name."));
            }
            Some(secret) => by_secret(domain, &secret, is_use).await.map_err(|error| internal(&error))?.unwrap_or_else(Actor::public),
            None => Actor::public(),
        },
    };
    let user_agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).map(str::to_owned);
    let request_id = origin.request_id.to_str().ok().map(str::to_owned);
    Ok(Actor { address: Some(origin.address.to_string()), user_agent, request_id, ..actor })
}

/// Whether a request may be somebody else's than the public's.
pub fn has_credentials(headers: &HeaderMap) -> bool {
    headers.contains_key(header::AUTHORIZATION) || headers.contains_key(header::COOKIE)
}

/// Somebody of whom nothing is known but where they are.
pub fn stranger(origin: &Origin) -> Actor {
    Actor { address: Some(origin.address.to_string()), ..Actor::public() }
}

async fn by_secret(domain: &Domain, secret: &str, is_use: bool) -> crate::domain::Result<Option<Actor>> {
    if secret.starts_with(SESSION_PREFIX) {
        return session::authenticate(domain, secret, is_use).await;
    }
    token::authenticate(domain, secret, is_use).await
}

fn session_cookie(headers: &HeaderMap) -> Option<String> {
    let name = if is_local(headers) { LOCAL_COOKIE } else { COOKIE };
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(';'));
    let mut named = cookies.filter_map(|cookie| cookie.trim().split_once('='));
    named.find(|(found, _)| *found == name).map(|(_, secret)| secret.to_owned())
}

/// A browser names the site of the page that a request comes from; other clients name none.
pub fn is_from_own_page(headers: &HeaderMap) -> bool {
    let site = headers.get(SEC_FETCH_SITE).map(|site| site.as_bytes());
    if site.is_some_and(|site| !matches!(site, b"same-origin" | b"none")) {
        return false;
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    origin.is_some() && origin == host(headers)
}

fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST).and_then(|host| host.to_str().ok())
}

/// Whether a request was sent to this very machine.
fn is_local(headers: &HeaderMap) -> bool {
    host(headers).is_some_and(|host| {
        let name = host.rsplit_once(':').map_or(host, |(name, port)| if port.bytes().all(|b| b.is_ascii_digit()) { name } else { host });
        matches!(name, "localhost" | "127.0.0.1" | "[::1]")
    })
}

/// The header that has a browser keep a session, or forget it. Scripts can't read it, and pages of other sites can't have it
/// sent. But on this very machine it goes over encrypted connections only.
pub fn set_cookie(headers: &HeaderMap, cookie: &SessionCookie) -> Option<HeaderValue> {
    let (name, secure) = if is_local(headers) { (LOCAL_COOKIE, "") } else { (COOKIE, "; Secure") };
    let (secret, seconds) = match cookie {
        SessionCookie::Keep { secret, seconds } => (secret.as_str(), *seconds),
        SessionCookie::Forget => ("", 0),
    };
    HeaderValue::from_str(&format!("{name}={secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")).ok()
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
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_header_makes_a_request_panic(value in prop::collection::vec(any::<u8>(), 0..60)) {
            let Ok(value) = HeaderValue::from_bytes(&value) else { return Ok(()) };
            let names = [header::ACCEPT_LANGUAGE, header::COOKIE, header::ORIGIN, header::HOST, super::SEC_FETCH_SITE];
            let headers: HeaderMap = names.map(|name| (name, value.clone())).into_iter().collect();
            let _ = (locale(&headers), super::session_cookie(&headers), super::is_from_own_page(&headers));
            let _ = super::super::media::accepted(&[(header::ACCEPT, value.clone())].into_iter().collect());
        }
    }

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
