//! GraphQL over HTTP: media types, parameters, statuses. GET runs queries only; POST takes JSON only, so that no web page
//! can send a request in a reader's name without being asked first.

use std::sync::Arc;

use async_graphql_axum::GraphQLProtocol;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{RawQuery, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};
use tracing::Span;

use super::actor::{self, Look};
use super::middleware::error;
use super::socket;
use crate::graphql::cache::{Asked, Found, Shared};
use crate::graphql::execute::{Answer, Api, Caller, Outcome, Parameters, Transport};

/// What the answer to a request depends on beside its address and body.
const VARY: &str = "Accept, Accept-Encoding, Accept-Language, Authorization, Cookie";

/// The media types that an answer can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Media {
    /// `application/json`: clients of old, who read errors from a body with status 200.
    Json,
    /// `application/graphql-response+json`: the status says how the request went.
    GraphqlResponse,
}

impl Media {
    fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
        }
    }
}

/// A parameter that is not what it should be.
#[derive(Debug, PartialEq, Eq)]
struct BadParameter(String);

/// Queries over GET, or a socket where one is asked for.
pub async fn get(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
    extensions: Extensions,
    RawQuery(query): RawQuery,
    protocol: Result<GraphQLProtocol, StatusCode>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    if let (Ok(upgrade), Ok(protocol)) = (upgrade, protocol) {
        return socket::open(api, headers, extensions, protocol, upgrade);
    }
    let Some(media) = accepted(&headers) else { return not_acceptable() };
    let query = Bytes::from(query.unwrap_or_default());
    let parse = |query: &Bytes| parameters_of_query(std::str::from_utf8(query).unwrap_or_default());
    run(&api, media, &headers, &extensions, query, parse, Transport::Get).await
}

/// Queries and mutations over POST.
pub async fn post(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
    extensions: Extensions,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Some(media) = accepted(&headers) else { return not_acceptable() };
    if !is_json(&headers) {
        return error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", "Send the request as Content-Type: application/json.");
    }
    let body = match body {
        Ok(body) => body,
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            let message = format!("The body is longer than {} bytes.", api.limits().body_bytes);
            return error(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", &message);
        }
        Err(_) => return error(StatusCode::BAD_REQUEST, "BAD_REQUEST", "The body could not be read."),
    };
    run(&api, media, &headers, &extensions, body, |body| parameters_of_body(body), Transport::Post).await
}

async fn run(
    api: &Api,
    media: Media,
    headers: &HeaderMap,
    extensions: &Extensions,
    request: Bytes,
    parse: impl Fn(&Bytes) -> Result<Parameters, BadParameter>,
    transport: Transport,
) -> Response {
    let actor = match actor::authenticate(api.domain(), headers, extensions, Look::Use).await {
        Ok(actor) => actor,
        Err(response) => return response,
    };
    let caller = Caller { actor, locale: actor::locale(headers), transport };
    let (is_public, locale) = (caller.actor.is_public(), caller.locale);
    let execute = async { Ok(api.execute(parse(&request)?, caller).await) };
    let found = match api.answers().filter(|_| is_public) {
        Some(answers) => answers.get_or_make(Asked::new(&request, transport, locale), || api.moment(), execute).await,
        None => execute.await.map(Found::Own),
    };
    match found {
        Ok(Found::Shared(answer)) => shared(media, headers, transport, &answer),
        Ok(Found::Own(answer)) => {
            tell(answer.operation_name.as_deref(), answer.cost, answer.errors);
            let cookie = answer.cookie.as_ref().and_then(|cookie| actor::set_cookie(headers, cookie));
            let mut response = respond(media, answer);
            if let Some(cookie) = cookie {
                response.headers_mut().insert(header::SET_COOKIE, cookie);
            }
            response
        }
        Err(BadParameter(message)) => error(StatusCode::BAD_REQUEST, "BAD_REQUEST", &message),
    }
}

/// Puts into the log line of a request what it came to.
fn tell(operation_name: Option<&str>, cost: u64, errors: usize) {
    let span = Span::current();
    span.record("graphql.operation", operation_name);
    span.record("graphql.cost", cost);
    span.record("graphql.errors", errors);
}

/// An answer that holds for everybody. Over GET a client may keep it and ask whether it still holds.
fn shared(media: Media, headers: &HeaderMap, transport: Transport, answer: &Shared) -> Response {
    tell(answer.operation_name.as_deref(), answer.cost, 0);
    let is_get = transport == Transport::Get;
    let mut head = HeaderMap::with_capacity(12);
    head.insert(header::VARY, HeaderValue::from_static(VARY));
    head.insert(header::CACHE_CONTROL, HeaderValue::from_static(if is_get { "no-cache" } else { "no-store" }));
    if is_get && let Ok(etag) = HeaderValue::from_str(&answer.etag) {
        head.insert(header::ETAG, etag);
        if is_held(headers, &answer.etag) {
            return (StatusCode::NOT_MODIFIED, head).into_response();
        }
    }
    head.insert(header::CONTENT_TYPE, HeaderValue::from_static(media.content_type()));
    let compressed = if takes_gzip(headers) { answer.gzip() } else { None };
    if compressed.is_some() {
        head.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    (head, compressed.unwrap_or_else(|| answer.body.clone())).into_response()
}

/// Whether a client says that it has this very answer.
fn is_held(headers: &HeaderMap, etag: &str) -> bool {
    let held = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(','));
    held.map(|tag| tag.trim().trim_start_matches("W/")).any(|tag| tag == etag || tag == "*")
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let ranges = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(','));
    ranges.map(|range| range.split_once(';').unwrap_or((range, ""))).any(|(coding, weight)| {
        let weight = weight.trim().strip_prefix("q=").map_or(1.0, |weight| weight.trim().parse::<f32>().unwrap_or_default());
        coding.trim().eq_ignore_ascii_case("gzip") && weight > 0.0
    })
}

fn respond(media: Media, answer: Answer) -> Response {
    let status = match (answer.outcome, media) {
        (Outcome::Executed, _) | (Outcome::BadRequest, Media::Json) => StatusCode::OK,
        (Outcome::BadRequest, Media::GraphqlResponse) => StatusCode::BAD_REQUEST,
        (Outcome::WriteRefused, _) => StatusCode::METHOD_NOT_ALLOWED,
        (Outcome::TimedOut, _) => StatusCode::GATEWAY_TIMEOUT,
    };
    let headers = [(header::CONTENT_TYPE, media.content_type()), (header::CACHE_CONTROL, "no-store"), (header::VARY, VARY)];
    let mut response = (status, headers, answer.body).into_response();
    if answer.outcome == Outcome::WriteRefused {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    }
    if let Some(seconds) = answer.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn not_acceptable() -> Response {
    error(StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE", "Accept application/graphql-response+json or application/json.")
}

/// The media type that the client likes best; JSON when it says nothing. `None` when it takes neither.
fn accepted(headers: &HeaderMap) -> Option<Media> {
    let mut ranges =
        headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(',')).peekable();
    if ranges.peek().is_none() {
        return Some(Media::Json);
    }
    let mut best: Option<(f32, Media)> = None;
    for range in ranges {
        let mut parts = range.split(';').map(str::trim);
        let media = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "application/graphql-response+json" => Media::GraphqlResponse,
            "application/json" | "application/*" | "*/*" => Media::Json,
            _ => continue,
        };
        let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
        if weight > 0.0 && best.is_none_or(|(most, _)| weight > most) {
            best = Some((weight, media));
        }
    }
    best.map(|(_, media)| media)
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = content_type.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|media| media.eq_ignore_ascii_case("application/json"));
    is_json && parts.all(|part| !part.to_ascii_lowercase().starts_with("charset=") || part.to_ascii_lowercase().ends_with("utf-8"))
}

fn parameters_of_query(query: &str) -> Result<Parameters, BadParameter> {
    let mut fields = Map::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let value = match name.as_ref() {
            "query" | "operationName" => Value::String(value.into_owned()),
            "variables" | "extensions" if value.is_empty() => Value::Null,
            "variables" | "extensions" => {
                serde_json::from_str(&value).map_err(|error| BadParameter(format!("{name}: this is not JSON: {error}")))?
            }
            _ => continue,
        };
        fields.insert(name.into_owned(), value);
    }
    parameters(fields)
}

fn parameters_of_body(body: &[u8]) -> Result<Parameters, BadParameter> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => parameters(fields),
        Ok(Value::Array(_)) => Err(BadParameter("Send one request at a time; batches are not taken.".to_owned())),
        Ok(_) => Err(BadParameter("Send an object with the field `query`.".to_owned())),
        Err(error) => Err(BadParameter(format!("The body is not JSON: {error}"))),
    }
}

fn parameters(mut fields: Map<String, Value>) -> Result<Parameters, BadParameter> {
    let query = match fields.remove("query") {
        Some(Value::String(query)) if !query.trim().is_empty() => query,
        Some(Value::String(_)) | Some(Value::Null) | None => return Err(BadParameter("query: give a GraphQL document.".to_owned())),
        Some(_) => return Err(BadParameter("query: give a string.".to_owned())),
    };
    let operation_name = match fields.remove("operationName") {
        Some(Value::String(name)) => Some(name).filter(|name| !name.is_empty()),
        Some(Value::Null) | None => None,
        Some(_) => return Err(BadParameter("operationName: give a string.".to_owned())),
    };
    let mut object = |name: &str| match fields.remove(name) {
        Some(Value::Object(map)) => Ok(map),
        Some(Value::Null) | None => Ok(Map::new()),
        Some(_) => Err(BadParameter(format!("{name}: give an object."))),
    };
    object("extensions")?;
    Ok(Parameters { query, operation_name, variables: object("variables")? })
}

#[cfg(test)]
mod tests {
    use super::{Media, accepted, is_json, parameters_of_body, parameters_of_query};
    use axum::http::{HeaderMap, HeaderValue, header};

    fn headers(name: header::HeaderName, value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        headers
    }

    #[test]
    fn the_media_type_follows_accept() {
        assert_eq!(accepted(&HeaderMap::new()), Some(Media::Json));
        assert_eq!(accepted(&headers(header::ACCEPT, "*/*")), Some(Media::Json));
        assert_eq!(accepted(&headers(header::ACCEPT, "application/graphql-response+json")), Some(Media::GraphqlResponse));
        let both = "application/json;q=0.9, application/graphql-response+json; charset=utf-8";
        assert_eq!(accepted(&headers(header::ACCEPT, both)), Some(Media::GraphqlResponse));
        assert_eq!(accepted(&headers(header::ACCEPT, "text/html")), None);
        assert_eq!(accepted(&headers(header::ACCEPT, "application/json;q=0")), None);
    }

    #[test]
    fn only_json_in_utf_8_is_taken() {
        assert!(is_json(&headers(header::CONTENT_TYPE, "application/json; charset=UTF-8")));
        assert!(!is_json(&headers(header::CONTENT_TYPE, "application/json; charset=latin1")));
        assert!(!is_json(&headers(header::CONTENT_TYPE, "text/plain")));
        assert!(!is_json(&HeaderMap::new()));
    }

    #[test]
    fn wrong_parameters_are_named() {
        let problem = |body: &str| parameters_of_body(body.as_bytes()).unwrap_err().0;
        for (body, field) in [
            ("{}", "query"),
            (r#"{"query": 1}"#, "query"),
            (r#"{"query": "{a}", "operationName": 1}"#, "operationName"),
            (r#"{"query": "{a}", "variables": "x"}"#, "variables"),
            (r#"{"query": "{a}", "extensions": []}"#, "extensions"),
            ("[]", "batches"),
        ] {
            assert!(problem(body).contains(field), "{body}: {}", problem(body));
        }
        assert!(parameters_of_query("query=%7Ba%7D&variables=x").unwrap_err().0.starts_with("variables"));
        assert_eq!(parameters_of_query("query=%7Ba%7D&operationName=").unwrap().query, "{a}");
    }
}
