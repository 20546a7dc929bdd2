//! The HTTP client under the SDK: ours, because the SDK's own has no time-out and brings a second TLS stack.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::AsyncReadExt;
use meilisearch_sdk::errors::{Error, ErrorCode, ErrorType};
use meilisearch_sdk::request::{HttpClient, Method, parse_response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::search::SearchError;

/// Sends the SDK's requests.
#[derive(Clone, Debug)]
pub struct Http(reqwest::Client);

impl Http {
    /// A client that sends `key`, where there is one, and gives up after `timeout`.
    pub fn new(key: &str, timeout: Duration) -> anyhow::Result<Self> {
        // Whoever comes second finds it installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut headers = reqwest::header::HeaderMap::new();
        if !key.is_empty() {
            let mut bearer = reqwest::header::HeaderValue::from_str(&format!("Bearer {key}"))
                .map_err(|_| anyhow::anyhow!("search.key: it holds characters that no header can carry"))?;
            bearer.set_sensitive(true);
            headers.insert(reqwest::header::AUTHORIZATION, bearer);
        }
        Ok(Self(reqwest::Client::builder().default_headers(headers).timeout(timeout).build()?))
    }
}

#[async_trait]
impl HttpClient for Http {
    async fn stream_request<
        Query: Serialize + Send + Sync,
        Body: futures_util::AsyncRead + Send + Sync + 'static,
        Output: DeserializeOwned + 'static,
    >(
        &self,
        url: &str,
        method: Method<Query, Body>,
        content_type: &str,
        expected_status_code: u16,
    ) -> Result<Output, Error> {
        let verb = match &method {
            Method::Get { .. } => reqwest::Method::GET,
            Method::Post { .. } => reqwest::Method::POST,
            Method::Patch { .. } => reqwest::Method::PATCH,
            Method::Put { .. } => reqwest::Method::PUT,
            Method::Delete { .. } => reqwest::Method::DELETE,
        };
        let mut request = self.0.request(verb, url).query(method.query());
        if let Some(body) = method.into_body() {
            let mut bytes = Vec::new();
            let mut body = std::pin::pin!(body);
            body.read_to_end(&mut bytes).await.map_err(|error| Error::Other(Box::new(error)))?;
            request = request.header(reqwest::header::CONTENT_TYPE, content_type).body(bytes);
        }
        let response = request.send().await.map_err(|error| Error::Other(Box::new(error)))?;
        let status = response.status().as_u16();
        let body = response.text().await.map_err(|error| Error::Other(Box::new(error)))?;
        parse_response(status, expected_status_code, if body.is_empty() { "null" } else { &body }, url.to_owned())
    }

    fn is_tokio(&self) -> bool {
        true
    }
}

/// What a failure of the SDK means for whoever asked about `generation`.
pub fn failure(error: &Error, generation: Uuid) -> SearchError {
    match error {
        Error::Meilisearch(refusal) if refusal.error_code == ErrorCode::IndexNotFound => SearchError::Missing(generation),
        Error::Meilisearch(refusal) if refusal.error_type == ErrorType::Auth => {
            SearchError::Unavailable(format!("search.key is refused: {}", refusal.error_message))
        }
        Error::Meilisearch(refusal) if refusal.error_type == ErrorType::InvalidRequest => SearchError::Failed(refusal.to_string()),
        // Connections that break, answers cut short and errors of a proxy in between all may pass.
        other => SearchError::Unavailable(other.to_string()),
    }
}
