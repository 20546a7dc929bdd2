//! The layers that every request passes, in their order: id, log line, panics, headers, compression.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ipnet::IpNet;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate, SizeAbove};
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};
use tower_http::trace::TraceLayer;
use tracing::{Span, field};

use super::graphql::RATE_LIMIT;
use super::proxy;
use crate::config::ServerConfig;
use crate::domain::Error;
use crate::graphql::cache::LEAST_COMPRESSED;

/// Longest id that is taken over from a client or proxy, as the audit log keeps it.
const LONGEST_REQUEST_ID: usize = 64;
/// How long a browser remembers what a page of another origin may do.
const PREFLIGHT: Duration = Duration::from_secs(7_200);
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Puts the layers around the routes; the first named is the outermost.
pub fn wrap(routes: Router, config: &ServerConfig, panics: Arc<AtomicU64>) -> Router {
    let proxies: Arc<[IpNet]> = config.trusted_proxies.as_slice().into();
    let is_encrypted = config.is_encrypted();
    let trace = TraceLayer::new_for_http().make_span_with(span).on_request(()).on_response(log).on_failure(());
    let layers = ServiceBuilder::new()
        .map_request(drop_strange_id)
        .map_request(move |request| proxy::unveil(request, &proxies))
        .layer(SetRequestIdLayer::new(X_REQUEST_ID, NewId))
        .layer(trace)
        .layer(PropagateRequestIdLayer::new(X_REQUEST_ID))
        .map_response(move |response| careful(response, is_encrypted))
        .layer(CatchPanicLayer::custom(move |_: Box<dyn Any + Send>| panicked(&panics)))
        .option_layer(cors(&config.cors_origins))
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(SizeAbove::new(LEAST_COMPRESSED as u64))));
    routes.layer(layers)
}

/// What browsers are told of pages of other origins: none is served unless it is named, and never with a cookie.
fn cors(origins: &[String]) -> Option<CorsLayer> {
    let listed = origins.iter().filter(|origin| *origin != "*").filter_map(|origin| HeaderValue::from_str(origin).ok());
    let allowed = if origins.iter().any(|origin| origin == "*") { AllowOrigin::any() } else { AllowOrigin::list(listed) };
    let layer = CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::ACCEPT_LANGUAGE, header::IF_NONE_MATCH, X_REQUEST_ID])
        .expose_headers([RATE_LIMIT.as_slice(), &[header::ETAG, header::RETRY_AFTER, X_REQUEST_ID]].concat())
        .max_age(PREFLIGHT);
    (!origins.is_empty()).then_some(layer)
}

/// Tells browsers what not to make of an answer. In one layer, for each costs every request something.
fn careful<B>(mut response: axum::http::Response<B>, is_encrypted: bool) -> axum::http::Response<B> {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    if is_encrypted {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    response
}

#[derive(Clone, Copy)]
struct NewId;

impl MakeRequestId for NewId {
    fn make_request_id<B>(&mut self, _request: &axum::http::Request<B>) -> Option<RequestId> {
        HeaderValue::from_str(&uuid::Uuid::now_v7().simple().to_string()).ok().map(RequestId::new)
    }
}

/// An id from outside is kept only if it is short and plain.
fn drop_strange_id(mut request: Request) -> Request {
    let is_plain = |value: &HeaderValue| {
        (1..=LONGEST_REQUEST_ID).contains(&value.len())
            && value.as_bytes().iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    if request.headers().get(&X_REQUEST_ID).is_some_and(|id| !is_plain(id)) {
        request.headers_mut().remove(&X_REQUEST_ID);
    }
    request
}

/// The id that a request goes by.
pub fn request_id(headers: &HeaderMap) -> Option<String> {
    headers.get(&X_REQUEST_ID)?.to_str().ok().map(str::to_owned)
}

fn span<B>(request: &axum::http::Request<B>) -> Span {
    tracing::info_span!(
        "request",
        request.id = request_id(request.headers()),
        http.method = %request.method(),
        http.path = request.uri().path(),
        graphql.operation = field::Empty,
        graphql.cost = field::Empty,
        graphql.errors = field::Empty,
    )
}

fn log<B>(response: &axum::http::Response<B>, elapsed: Duration, _span: &Span) {
    let elapsed_ms = elapsed.as_secs_f64() * 1_000.0;
    tracing::info!(http.status = response.status().as_u16(), elapsed_ms = (elapsed_ms * 100.0).round() / 100.0, "answered");
}

fn panicked(panics: &AtomicU64) -> Response {
    panics.fetch_add(1, Ordering::Relaxed);
    tracing::error!("a handler panicked");
    error(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "Something went wrong on our side.")
}

/// The answer to a request that failed for a reason of ours, which is logged and not told.
pub fn internal(cause: &Error) -> Response {
    tracing::error!(error = cause.detail(), "credentials could not be looked up");
    error(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "Something went wrong on our side.")
}

/// An answer in the form of GraphQL errors, whatever the route.
pub fn error(status: StatusCode, code: &str, message: &str) -> Response {
    let body = serde_json::json!({"errors": [{"message": message, "extensions": {"code": code}}]});
    let headers = [(header::CONTENT_TYPE, "application/json; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, body.to_string()).into_response()
}

/// The answer to whoever wants a place that is taken.
pub fn full(code: &str, message: &str) -> Response {
    let mut response = error(StatusCode::SERVICE_UNAVAILABLE, code, message);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    response
}

/// For addresses that do not exist.
pub async fn not_found() -> Response {
    error(StatusCode::NOT_FOUND, "NOT_FOUND", "There is nothing at this address; the API is at /graphql.")
}

/// For methods that an address does not take; the router adds `Allow`.
pub async fn method_not_allowed() -> Response {
    error(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "This address does not take this method.")
}
