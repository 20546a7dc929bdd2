//! The first page, and an API explorer that lives in the binary: nothing is loaded from anywhere else.

use axum::http::header::{self, HeaderName};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// What a page of ours may load: its own script and style, its own API, and nothing else.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
                                       base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The sample queries: what each is called, its document, its variables.
pub const SAMPLES: [(&str, &str, &str); 7] = [
    ("The workshop's page", include_str!("samples/workshop.graphql"), "{}"),
    ("Search", include_str!("samples/search.graphql"), "{\n  \"query\": \"bertani sulsel\"\n}"),
    ("Home page", include_str!("samples/home.graphql"), "{}"),
    ("A regency's page", include_str!("samples/regency.graphql"), "{\n  \"slug\": \"kabupaten-bantaeng\"\n}"),
    ("Who held which office that day", include_str!("samples/officials.graphql"), "{\n  \"day\": \"2011-07-06\"\n}"),
    ("Submit a comment", include_str!("samples/comment.graphql"), include_str!("samples/comment.json")),
    ("Edit and publish (token)", include_str!("samples/publish.graphql"), include_str!("samples/publish.json")),
];

/// The first page: what this is, and where to go.
pub async fn landing() -> Response {
    file("text/html; charset=utf-8", include_str!("landing.html"))
}

/// The explorer.
pub async fn page() -> Response {
    file("text/html; charset=utf-8", include_str!("explorer.html"))
}

/// The explorer's script: tabs, requests and answers.
pub async fn script() -> Response {
    file("text/javascript; charset=utf-8", include_str!("app.js"))
}

/// The explorer's script for the documentation of the schema.
pub async fn schema_script() -> Response {
    file("text/javascript; charset=utf-8", include_str!("schema.js"))
}

/// The style of both pages.
pub async fn style() -> Response {
    file("text/css; charset=utf-8", include_str!("style.css"))
}

/// The sign of Warta, for the browser's tabs.
pub async fn icon() -> Response {
    file("image/svg+xml", include_str!("icon.svg"))
}

/// The sample queries.
pub async fn samples() -> Response {
    let samples: Vec<_> =
        SAMPLES.iter().map(|(title, query, variables)| json!({"title": title, "query": query, "variables": variables})).collect();
    (headers("application/json; charset=utf-8"), json!(samples).to_string()).into_response()
}

fn file(content_type: &'static str, content: &'static str) -> Response {
    (headers(content_type), content).into_response()
}

fn headers(content_type: &'static str) -> [(HeaderName, &'static str); 3] {
    [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        // A browser asks again after an update of the binary.
        (header::CACHE_CONTROL, "no-cache"),
    ]
}
