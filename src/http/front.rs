//! What every request passes, in its order: address, id, log line, panics, pages of other origins, and what browsers are to make of
//! the answer. By one function and not by a layer for each, for the layers cost a kept answer as much as finding it.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
use axum::response::Response;
use futures_util::FutureExt;
use hyper::body::Incoming;
use ipnet::IpNet;
use tower::{Layer, Service as _, ServiceExt, service_fn};
use tower_http::cors::{AllowOrigin, CorsLayer};
use tracing::{Instrument, Span, field};

use super::graphql::{self, RATE_LIMIT};
use super::{Service, failure, proxy, routes};
use crate::config::ServerConfig;

/// Longest id that is taken over from a client or proxy, as the audit log keeps it.
const LONGEST_REQUEST_ID: usize = 64;
/// How long a browser remembers what a page of another origin may do.
const PREFLIGHT: Duration = Duration::from_secs(7_200);
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Where a request comes from, and the id that it goes by.
#[derive(Clone, Debug)]
pub struct Origin {
    pub address: IpAddr,
    pub request_id: HeaderValue,
}

/// Where requests come in.
pub struct Front {
    service: Arc<Service>,
    routes: Router,
    cors: Option<CorsLayer>,
    /// They are believed when they say whom a request is from.
    proxies: Vec<IpNet>,
    is_encrypted: bool,
}

impl Front {
    /// The front of a service.
    pub fn new(service: Arc<Service>, config: &ServerConfig) -> Self {
        Self {
            routes: routes(Arc::clone(&service), config),
            service,
            cors: cors(&config.cors_origins),
            proxies: config.trusted_proxies.clone(),
            is_encrypted: config.is_encrypted(),
        }
    }

    /// Answers a request that came from `peer`.
    pub async fn answer(&self, request: Request<Incoming>, peer: SocketAddr) -> Response {
        let address = proxy::origin(peer.ip(), request.headers(), &self.proxies);
        let origin = Origin { address, request_id: identify(request.headers()) };
        let span = span(&request, &origin.request_id);
        let began = Instant::now();
        let answer = async move {
            let answered = AssertUnwindSafe(self.route(request, &origin)).catch_unwind().await;
            let mut response = answered.unwrap_or_else(|_| self.panicked());
            self.finish(response.headers_mut(), origin.request_id);
            tracing::info!(http.status = response.status().as_u16(), elapsed_ms = hundredths_ms(began), "answered");
            response
        };
        answer.instrument(span).await
    }

    async fn route(&self, request: Request<Incoming>, origin: &Origin) -> Response {
        let Some(cors) = &self.cors else { return self.dispatch(request, origin).await };
        let dispatch = service_fn(|request| async { Ok::<_, Infallible>(self.dispatch(request, origin).await) });
        // In a box, for which there is no room where no such pages are served.
        let Ok(response) = Box::pin(cors.layer(dispatch).oneshot(request)).await;
        response
    }

    /// Has the right one answer. Most requests are for one address, which need not be looked up.
    async fn dispatch(&self, request: Request<Incoming>, origin: &Origin) -> Response {
        if request.method() == Method::POST && request.uri().path() == graphql::PATH {
            return graphql::post(&self.service, origin, request).await;
        }
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(origin.clone());
        let Ok(response) = self.routes.clone().call(request).await;
        response
    }

    /// Tells what a request went by, and browsers what not to make of its answer.
    fn finish(&self, headers: &mut HeaderMap, id: HeaderValue) {
        headers.insert(X_REQUEST_ID, id);
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        if self.is_encrypted {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
        }
    }

    fn panicked(&self) -> Response {
        self.service.api.domain().panics.fetch_add(1, Ordering::Relaxed);
        tracing::error!("a handler panicked");
        failure::ours()
    }
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

/// Milliseconds since a moment, to two places.
fn hundredths_ms(since: Instant) -> f64 {
    (since.elapsed().as_secs_f64() * 100_000.0).round() / 100.0
}

/// The id of a request: one from outside if it is short and plain, otherwise one of our own.
fn identify(headers: &HeaderMap) -> HeaderValue {
    let is_plain = |value: &&HeaderValue| {
        (1..=LONGEST_REQUEST_ID).contains(&value.len())
            && value.as_bytes().iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    if let Some(id) = headers.get(&X_REQUEST_ID).filter(is_plain) {
        return id.clone();
    }
    let mut text = [0; uuid::fmt::Simple::LENGTH];
    let text = uuid::Uuid::new_v4().simple().encode_lower(&mut text);
    // Hexadecimal digits are always a value.
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("none"))
}

fn span(request: &Request<Incoming>, id: &HeaderValue) -> Span {
    tracing::info_span!(
        "request",
        request.id = id.to_str().ok(),
        http.method = %request.method(),
        http.path = request.uri().path(),
        graphql.operation = field::Empty,
        graphql.cost = field::Empty,
        graphql.errors = field::Empty,
    )
}
