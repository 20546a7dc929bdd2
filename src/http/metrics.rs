//! What a monitor reads, in the text format of Prometheus: numbers only, nothing of anybody.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::Service;

/// The numbers of this process.
pub async fn metrics(State(service): State<Arc<Service>>) -> Response {
    let api = &service.api;
    let held = |places: usize| u64::try_from(places).unwrap_or(u64::MAX);
    let numbers = [
        ("warta_panics_total", "counter", "Panics; each is a defect.", api.domain().panics.load(Ordering::Relaxed)),
        ("warta_throttled_total", "counter", "Requests refused because their actor had spent its points.", api.throttled()),
        ("warta_timeouts_total", "counter", "Requests stopped because they took too long.", api.timed_out()),
        ("warta_connections_refused_total", "counter", "Connections that there was no place for.", service.connections.refused()),
        ("warta_connections", "gauge", "Connections open.", held(service.connections.held())),
        ("warta_sockets", "gauge", "Sockets open.", held(service.sockets.held())),
        ("warta_subscriptions", "gauge", "Subscriptions followed.", held(service.subscriptions.held())),
        ("warta_changes_total", "counter", "Commits of content by this process.", api.domain().changes_seen.load(Ordering::Relaxed)),
    ];
    let mut text = String::new();
    for (name, kind, help, number) in numbers {
        // Writing into memory does not fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {number}");
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], text).into_response()
}
