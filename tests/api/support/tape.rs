//! Answers of a real Meilisearch, recorded as data and played back. A request is known by its method, its path and the
//! hash of its body; asked again, it gets its answers in their order, and the last one from then on.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use warta::config::Config;
use warta::search::SearchEngine;
use warta::search::meilisearch::MeilisearchEngine;

/// The Meilisearch to test on, if one is named: its address and key.
pub fn live_meilisearch() -> Option<(String, String)> {
    let url = std::env::var("WARTA_TEST_MEILISEARCH_URL").ok().filter(|url| !url.is_empty())?;
    Some((url.trim_end_matches('/').to_owned(), std::env::var("WARTA_TEST_MEILISEARCH_KEY").unwrap_or_default()))
}

/// An engine on that server, whose indexes begin with `prefix`.
pub fn live_engine(prefix: &str) -> Option<Arc<dyn SearchEngine>> {
    let (url, key) = live_meilisearch()?;
    let flags = [("search.url", url), ("search.key", key), ("search.prefix", prefix.to_owned())];
    let config = Config::from_layers("", [], &flags.map(|(name, value)| (name.to_owned(), value))).unwrap();
    Some(Arc::new(MeilisearchEngine::new(&config.search).unwrap()))
}

/// One request with its answer.
#[derive(Clone, Serialize, Deserialize)]
struct Exchange {
    request: String,
    status: u16,
    answer: String,
}

/// A server that stands in for Meilisearch.
pub struct Tape {
    pub address: String,
    recorded: Arc<Mutex<Vec<Exchange>>>,
}

type Answers = Arc<Mutex<HashMap<String, VecDeque<Exchange>>>>;

impl Tape {
    /// Plays back what was recorded.
    pub async fn replay(lines: &str) -> Self {
        let mut answers: HashMap<String, VecDeque<Exchange>> = HashMap::new();
        for line in lines.lines() {
            let exchange: Exchange = serde_json::from_str(line).unwrap();
            answers.entry(exchange.request.clone()).or_default().push_back(exchange);
        }
        let answers: Answers = Arc::new(Mutex::new(answers));
        Self { address: serve(Router::new().fallback(play).with_state(answers)).await, recorded: Arc::default() }
    }

    /// Passes requests on to `target` and keeps its answers.
    pub async fn record(target: &str) -> Self {
        let recorded: Arc<Mutex<Vec<Exchange>>> = Arc::default();
        let state = (target.to_owned(), super::http_client(), Arc::clone(&recorded));
        Self { address: serve(Router::new().fallback(pass_on).with_state(state)).await, recorded }
    }

    /// What was recorded, a line an exchange.
    pub fn recorded(&self) -> String {
        self.recorded.lock().unwrap().iter().map(|exchange| serde_json::to_string(exchange).unwrap() + "\n").collect()
    }
}

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router.layer(axum::extract::DefaultBodyLimit::disable())).await });
    address
}

fn request(method: &Method, uri: &Uri, body: &[u8]) -> String {
    format!("{method} {uri} {}", &warta::auth::token::hash(&String::from_utf8_lossy(body))[..16])
}

fn answer(exchange: &Exchange) -> Response {
    let status = StatusCode::from_u16(exchange.status).unwrap();
    (status, [(header::CONTENT_TYPE, "application/json")], exchange.answer.clone()).into_response()
}

async fn play(State(answers): State<Answers>, method: Method, uri: Uri, body: Bytes) -> Response {
    let key = request(&method, &uri, &body);
    let mut answers = answers.lock().unwrap();
    match answers.get_mut(&key) {
        Some(queue) if queue.len() > 1 => answer(&queue.pop_front().unwrap()),
        Some(queue) => answer(&queue[0]),
        None => {
            let remedy = "record again: run this test with WARTA_TEST_MEILISEARCH_URL, _KEY and WARTA_TEST_RECORD=1";
            (StatusCode::NOT_IMPLEMENTED, format!("no answer to {key} was recorded; {remedy}")).into_response()
        }
    }
}

type Recorder = (String, reqwest::Client, Arc<Mutex<Vec<Exchange>>>);

async fn pass_on(
    State((target, client, recorded)): State<Recorder>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let key = request(&method, &uri, &body);
    let mut forwarded = client.request(method, format!("{target}{uri}")).body(body);
    for name in [header::AUTHORIZATION, header::CONTENT_TYPE] {
        if let Some(value) = headers.get(&name) {
            forwarded = forwarded.header(name, value);
        }
    }
    let response = forwarded.send().await.unwrap();
    let exchange = Exchange { request: key, status: response.status().as_u16(), answer: response.text().await.unwrap() };
    let response = answer(&exchange);
    recorded.lock().unwrap().push(exchange);
    response
}
