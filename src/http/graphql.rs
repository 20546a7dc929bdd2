//! GraphQL over HTTP: methods and statuses. GET runs queries only; POST takes JSON only, so that no web page can send a request in a
//! reader's name without being asked first.

use std::pin::pin;
use std::sync::Arc;

use async_graphql_axum::GraphQLProtocol;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{RawQuery, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode, header};
use axum::response::Response;
use futures_util::FutureExt;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use tracing::Span;

use super::actor::{self, Look};
use super::failure::error;
use super::front::Origin;
use super::media::{Accepted, Media, accepted, is_json, takes_gzip};
use super::parameters::{BadParameter, of_body, of_query};
use super::{Service, events, socket};
use crate::domain::error::Locale;
use crate::graphql::answer::{Answer, Outcome};
use crate::graphql::cache::{Asked, Found, Shared, gzip};
use crate::graphql::execute::{Caller, Parameters, Transport};

/// Where the API is.
pub const PATH: &str = "/graphql";
/// What an actor may spend in a minute, has left, and the seconds until it has all again.
pub const RATE_LIMIT: [HeaderName; 3] = [
    HeaderName::from_static("ratelimit-limit"),
    HeaderName::from_static("ratelimit-remaining"),
    HeaderName::from_static("ratelimit-reset"),
];
/// What an answer that a client may keep depends on beside its address.
const VARY: &str = "Accept, Accept-Encoding, Accept-Language, Authorization, Cookie";

/// Queries over GET, or a socket where one is asked for.
pub async fn get(
    State(service): State<Arc<Service>>,
    Extension(origin): Extension<Origin>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    protocol: Result<GraphQLProtocol, StatusCode>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    if let (Ok(upgrade), Ok(_)) = (upgrade, protocol) {
        return socket::open(service, headers, origin, upgrade);
    }
    let Some(accepted) = accepted(&headers) else { return not_acceptable() };
    let bytes = Bytes::from(query.unwrap_or_default());
    let parse = |bytes: &[u8]| of_query(std::str::from_utf8(bytes).unwrap_or_default());
    Received { service: &service, accepted, headers, origin: &origin, bytes, parse, transport: Transport::Get }.answer().await
}

/// Queries and mutations over POST.
pub async fn post(service: &Arc<Service>, origin: &Origin, request: Request<Incoming>) -> Response {
    let (Parts { headers, .. }, body) = request.into_parts();
    let Some(accepted) = accepted(&headers) else { return not_acceptable() };
    if !is_json(&headers) {
        return error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", "Send the request as Content-Type: application/json.");
    }
    let most_bytes = service.api.limits().body_bytes;
    let mut reading = pin!(Limited::new(body, most_bytes).collect());
    // Most bodies have come with the head, and need no clock.
    let read = match reading.as_mut().now_or_never() {
        Some(read) => Ok(read),
        None => Box::pin(tokio::time::timeout(service.patience, reading)).await,
    };
    let bytes = match read {
        Ok(Ok(collected)) => collected.to_bytes(),
        Ok(Err(failure)) if failure.is::<LengthLimitError>() => {
            let message = format!("The body is longer than {most_bytes} bytes.");
            return error(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", &message);
        }
        Ok(Err(_)) => return error(StatusCode::BAD_REQUEST, "BAD_REQUEST", "The body could not be read."),
        Err(_) => return error(StatusCode::REQUEST_TIMEOUT, "BODY_TOO_SLOW", "The body did not come in time."),
    };
    Received { service, accepted, headers, origin, bytes, parse: of_body, transport: Transport::Post }.answer().await
}

/// A request, all of which is there.
struct Received<'a> {
    service: &'a Arc<Service>,
    accepted: Accepted,
    headers: HeaderMap,
    origin: &'a Origin,
    /// What is asked, as it came.
    bytes: Bytes,
    parse: fn(&[u8]) -> Result<Parameters, BadParameter>,
    transport: Transport,
}

impl Received<'_> {
    async fn answer(self) -> Response {
        let api = &self.service.api;
        let Some(media) = self.accepted.whole else { return self.events().await };
        let kept = api.answers().filter(|_| !actor::has_credentials(&self.headers)).map(|answers| (answers, self.asked()));
        if let Some((answers, asked)) = &kept
            && let Some(answer) = answers.find(asked, api.domain().moment())
        {
            return shared(media, self.headers, self.transport, &answer);
        }
        // In a box that is made only now: an answer that is kept should not be carried about in the room of one that is made.
        Box::pin(self.make(media, kept.map(|(_, asked)| asked))).await
    }

    fn locale(&self) -> Locale {
        actor::locale(&self.headers)
    }

    /// What an answer is kept by.
    fn asked(&self) -> Asked {
        Asked::new(&self.bytes, self.transport, self.locale())
    }

    /// An answer that was not found by what it would be kept by, if that is known yet.
    async fn make(self, media: Media, asked: Option<Asked>) -> Response {
        let api = &self.service.api;
        let actor = match actor::authenticate(api.domain(), &self.headers, self.origin, Look::Use).await {
            Ok(actor) => actor,
            Err(refusal) => return self.unread(refusal),
        };
        let caller = Caller { actor, locale: self.locale(), transport: self.transport };
        // A cookie that holds no more makes nobody of who sends it.
        let answers = api.answers().filter(|_| caller.actor.is_public());
        // In a box of its own, for whoever waits until somebody else has made the same answer.
        let execute = async { Ok(Box::pin(api.execute((self.parse)(&self.bytes)?, caller)).await) };
        let found = match answers {
            Some(answers) => answers.get_or_make(asked.unwrap_or_else(|| self.asked()), || api.domain().moment(), execute).await,
            None => execute.await.map(Found::Own),
        };
        match found {
            Ok(Found::Shared(answer)) => shared(media, self.headers, self.transport, &answer),
            Ok(Found::Own(answer)) if answer.outcome == Outcome::Subscription && self.accepted.events => self.events().await,
            Ok(Found::Own(answer)) => {
                tell(answer.operation_name.as_deref(), answer.cost, answer.errors);
                let cookie = answer.cookie.as_ref().and_then(|cookie| actor::set_cookie(&self.headers, cookie));
                let mut response = respond(media, &self.headers, answer);
                if let Some(cookie) = cookie {
                    response.headers_mut().insert(header::SET_COOKIE, cookie);
                }
                response
            }
            Err(malformed) => self.unread(refused(&malformed)),
        }
    }

    /// Answers one after another.
    async fn events(&self) -> Response {
        let parameters = match (self.parse)(&self.bytes) {
            Ok(parameters) => parameters,
            Err(malformed) => return self.unread(refused(&malformed)),
        };
        let opened = Box::pin(events::open(self.service, &self.headers, self.origin, parameters, self.transport)).await;
        match opened {
            Err(refusal) if refusal.status() == StatusCode::UNAUTHORIZED => self.unread(refusal),
            Ok(response) | Err(response) => response,
        }
    }

    /// Refuses what can't be read. That costs something, too: of what the network may spend that it comes from.
    fn unread(&self, refusal: Response) -> Response {
        if !refusal.status().is_client_error() {
            return refusal;
        }
        let caller = Caller { actor: actor::stranger(self.origin), locale: self.locale(), transport: self.transport };
        match self.service.api.charge_unread(&caller) {
            Ok(()) => refusal,
            Err(unprepared) => respond(Media::GraphqlResponse, &self.headers, unprepared.into_answer()),
        }
    }
}

fn refused(BadParameter(message): &BadParameter) -> Response {
    error(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
}

/// Puts into the log line of a request what it came to.
fn tell(operation_name: Option<&str>, cost: u64, errors: usize) {
    let span = Span::current();
    span.record("graphql.operation", operation_name);
    span.record("graphql.cost", cost);
    span.record("graphql.errors", errors);
}

/// An answer that holds for everybody. Over GET a client may keep it and ask whether it still holds. Its head takes the place that the
/// one of the request had, for nobody needs that any more.
fn shared(media: Media, mut head: HeaderMap, transport: Transport, answer: &Shared) -> Response {
    tell(answer.operation_name.as_deref(), answer.cost, 0);
    let is_get = transport == Transport::Get;
    let (is_held, takes_gzip) = (is_get && is_held(&head, &answer.etag), takes_gzip(&head));
    head.clear();
    head.insert(header::CACHE_CONTROL, HeaderValue::from_static(if is_get { "no-cache" } else { "no-store" }));
    // What comes over POST nobody keeps, whatever it depends on.
    if is_get && let Ok(etag) = HeaderValue::from_str(&answer.etag) {
        head.insert(header::VARY, HeaderValue::from_static(VARY));
        head.insert(header::ETAG, etag);
        if is_held {
            return response(StatusCode::NOT_MODIFIED, head, Bytes::new());
        }
    }
    head.insert(header::CONTENT_TYPE, HeaderValue::from_static(media.content_type()));
    let body = coded(takes_gzip, &mut head, answer.body.clone(), |_| answer.gzip());
    response(StatusCode::OK, head, body)
}

/// A body as it is sent, by `gzip` where the client takes that and it is worth it.
fn coded(takes_gzip: bool, head: &mut HeaderMap, body: Bytes, gzip: impl FnOnce(&[u8]) -> Option<Bytes>) -> Bytes {
    let compressed = if takes_gzip { gzip(&body) } else { None };
    if compressed.is_some() {
        head.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    compressed.unwrap_or(body)
}

/// A response with these headers and no others.
fn response(status: StatusCode, head: HeaderMap, body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = head;
    response
}

/// Whether a client says that it has this very answer.
fn is_held(headers: &HeaderMap, etag: &str) -> bool {
    let held = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(','));
    held.map(|tag| tag.trim().trim_start_matches("W/")).any(|tag| tag == etag || tag == "*")
}

/// An answer for one alone.
pub fn respond(media: Media, headers: &HeaderMap, answer: Answer) -> Response {
    let status = match (answer.outcome, media) {
        (Outcome::Executed, _) | (Outcome::BadRequest | Outcome::Subscription, Media::Json) => StatusCode::OK,
        (Outcome::BadRequest | Outcome::Subscription, Media::GraphqlResponse) => StatusCode::BAD_REQUEST,
        (Outcome::WriteRefused, _) => StatusCode::METHOD_NOT_ALLOWED,
        (Outcome::Throttled, _) => StatusCode::TOO_MANY_REQUESTS,
        (Outcome::TimedOut, _) => StatusCode::GATEWAY_TIMEOUT,
    };
    let mut head = HeaderMap::with_capacity(16);
    head.insert(header::CONTENT_TYPE, HeaderValue::from_static(media.content_type()));
    head.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if answer.outcome == Outcome::WriteRefused {
        head.insert(header::ALLOW, HeaderValue::from_static("POST"));
    }
    if let Some(seconds) = answer.retry_after {
        head.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(standing) = answer.standing {
        head.insert(RATE_LIMIT[0].clone(), HeaderValue::from(standing.limit));
        head.insert(RATE_LIMIT[1].clone(), HeaderValue::from(standing.remaining));
        head.insert(RATE_LIMIT[2].clone(), HeaderValue::from(standing.reset_seconds));
    }
    let body = coded(takes_gzip(headers), &mut head, answer.body, gzip);
    response(status, head, body)
}

fn not_acceptable() -> Response {
    let types = "Accept application/graphql-response+json, application/json or, for subscriptions, text/event-stream.";
    error(StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE", types)
}
