//! Whether the process lives, and whether it can serve.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::Service;
use crate::domain::health::{Readiness, readiness};

/// 200 as long as the process answers.
pub async fn live() -> Response {
    answer(StatusCode::OK, &json!({"status": "ok"}))
}

/// 200 with `ready` or, while search does not answer, `degraded`; 503 without the database.
pub async fn ready(State(service): State<Arc<Service>>) -> Response {
    let state = readiness(service.api.domain()).await;
    let (status, text) = match state {
        Readiness { database: false, .. } => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        Readiness { search: false, .. } => (StatusCode::OK, "degraded"),
        Readiness { .. } => (StatusCode::OK, "ready"),
    };
    let word = |works: bool| if works { "up" } else { "down" };
    answer(status, &json!({"status": text, "database": word(state.database), "search": word(state.search)}))
}

fn answer(status: StatusCode, body: &serde_json::Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], body.to_string())
        .into_response()
}
