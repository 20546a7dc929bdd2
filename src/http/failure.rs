//! Answers of the server itself, in the form of GraphQL errors whatever the route.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::domain::Error;

/// An answer that says why there is no other.
pub fn error(status: StatusCode, code: &str, message: &str) -> Response {
    let body = serde_json::json!({"errors": [{"message": message, "extensions": {"code": code}}]});
    let headers = [(header::CONTENT_TYPE, "application/json; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, body.to_string()).into_response()
}

/// The answer to a request whose credentials could not be looked up; the cause is logged and not told.
pub fn internal(cause: &Error) -> Response {
    tracing::error!(error = cause.detail(), "credentials could not be looked up");
    ours()
}

/// The answer to a request that failed for a reason of ours.
pub fn ours() -> Response {
    error(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "Something went wrong on our side.")
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
