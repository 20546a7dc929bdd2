//! HTTP: every route, and what requests share.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, header};
use axum::routing::get;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate, SizeAbove};

use self::quota::Quota;
use crate::config::ServerConfig;
use crate::graphql::cache::LEAST_COMPRESSED;
use crate::graphql::execute::Api;

mod access;
mod actor;
mod connection;
mod events;
mod explorer;
mod failure;
mod front;
mod graphql;
mod health;
mod media;
mod metrics;
mod parameters;
mod proxy;
mod quota;
mod serve;
mod socket;
mod timer;
mod tls;

pub use serve::Server;

/// What requests share.
pub struct Service {
    pub api: Arc<Api>,
    /// Places for connections, by network.
    pub connections: Arc<Quota>,
    /// Places for sockets, by the network that they come from.
    pub sockets: Arc<Quota>,
    /// The same by actor, once they have said who they are.
    pub actors: Arc<Quota>,
    /// Places for subscriptions, by actor.
    pub subscriptions: Arc<Quota>,
    /// Origins of pages that may use the API; `*` for all.
    origins: Vec<String>,
    /// How long a client may take over a body, or to say who it is.
    patience: Duration,
    /// Told when what stays open is to end.
    closing: CancellationToken,
    /// The conversations over sockets.
    conversations: TaskTracker,
}

impl Service {
    /// What serves an API until `closing`.
    pub fn new(api: Api, config: &ServerConfig, closing: CancellationToken) -> Arc<Self> {
        let limits = api.limits();
        let sockets = || Quota::new(limits.sockets, limits.sockets_per_actor);
        Arc::new(Self {
            connections: Quota::new(config.connections, config.connections_per_address),
            sockets: sockets(),
            actors: sockets(),
            subscriptions: Quota::new(limits.subscriptions, limits.subscriptions_per_actor),
            origins: config.cors_origins.clone(),
            patience: Duration::from_secs(config.client_seconds),
            closing,
            conversations: TaskTracker::new(),
            api: Arc::new(api),
        })
    }

    /// Whether a page may use the API that the browser says a request comes from.
    fn is_allowed_origin(&self, headers: &HeaderMap) -> bool {
        let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
        origin.is_some_and(|origin| self.origins.iter().any(|allowed| allowed == "*" || allowed == origin))
    }
}

/// Every route.
fn routes(service: Arc<Service>, config: &ServerConfig) -> Router {
    let mut pages = Router::new().route("/health/live", get(health::live)).route("/health/ready", get(health::ready));
    if config.explorer {
        pages = pages
            .route("/", get(explorer::landing))
            .route("/explorer", get(explorer::page))
            .route("/explorer/app.js", get(explorer::script))
            .route("/explorer/schema.js", get(explorer::schema_script))
            .route("/explorer/style.css", get(explorer::style))
            .route("/explorer/icon.svg", get(explorer::icon))
            .route("/explorer/samples.json", get(explorer::samples));
    }
    if config.metrics {
        pages = pages.route("/metrics", get(metrics::metrics));
    }
    // POST is told here so that the router knows of it; the front has it answered without asking the router.
    // What the API answers is compressed where it is made, once for all who are given the same.
    let compression = CompressionLayer::new().compress_when(DefaultPredicate::new().and(SizeAbove::new(LEAST_COMPRESSED as u64)));
    let routes = pages.layer(compression).route(graphql::PATH, get(graphql::get).post(async || failure::ours()));
    routes.fallback(failure::not_found).method_not_allowed_fallback(failure::method_not_allowed).with_state(service)
}
