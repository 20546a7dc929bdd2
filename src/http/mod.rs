//! HTTP: every route, and the life of the server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use axum::serve::ListenerExt;
use ipnet::IpNet;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::graphql::execute::Api;

mod actor;
mod explorer;
mod graphql;
mod health;
mod middleware;
mod proxy;
mod socket;

/// Every route, with the layers that each request passes. What `proxies` say of where a request came from is believed.
pub fn router(api: Api, proxies: Vec<IpNet>) -> Router {
    let body_bytes = api.limits().body_bytes;
    let routes = Router::new()
        .route("/", get(explorer::landing))
        .route("/explorer", get(explorer::page))
        .route("/explorer/app.js", get(explorer::script))
        .route("/explorer/schema.js", get(explorer::schema_script))
        .route("/explorer/style.css", get(explorer::style))
        .route("/explorer/icon.svg", get(explorer::icon))
        .route("/explorer/samples.json", get(explorer::samples))
        .route("/graphql", get(graphql::get).post(graphql::post))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .fallback(middleware::not_found)
        .method_not_allowed_fallback(middleware::method_not_allowed)
        .layer(DefaultBodyLimit::max(body_bytes))
        .with_state(Arc::new(api));
    middleware::wrap(routes, proxies)
}

/// Serves until `shutdown`, then lets requests in flight finish for at most `grace`.
/// Returns false when some had to be cut off.
pub async fn serve(listener: TcpListener, router: Router, shutdown: CancellationToken, grace: Duration) -> std::io::Result<bool> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    // Answers are written whole: nothing is gained by waiting for more.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let server = axum::serve(listener, service).with_graceful_shutdown(shutdown.clone().cancelled_owned());
    let overdue = async {
        shutdown.cancelled().await;
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        served = server => served.map(|()| true),
        () = overdue => Ok(false),
    }
}
