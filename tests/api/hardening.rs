//! A server on the open internet: slow and greedy clients, other origins, encryption, budgets, documents that are trusted.

use std::time::Duration;

use entity::enums::Role;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use warta::config::Config;

use crate::support::{Options, TestApp, codes, data};

async fn with(configure: fn(&mut Config)) -> TestApp {
    TestApp::with(Options { configure: Some(configure), ..Options::default() }).await
}

async fn connect(app: &TestApp) -> TcpStream {
    TcpStream::connect(app.address.strip_prefix("http://").unwrap()).await.unwrap()
}

/// All that the server says until it closes the connection.
async fn heard(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    // A reset is an end, too.
    let _ = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut text)).await.expect("the connection stays open");
    String::from_utf8_lossy(&text).into_owned()
}

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn slow_clients_are_not_waited_for() {
    let app = with(|config| config.server.client_seconds = 1).await;
    let silent = connect(&app).await;
    let mut head = connect(&app).await;
    head.write_all(b"POST /graphql HTTP/1.1\r\nhost: warta\r\n").await.unwrap();
    let mut body = connect(&app).await;
    let request = b"POST /graphql HTTP/1.1\r\nhost: warta\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    body.write_all(request).await.unwrap();
    let mut chunked = connect(&app).await;
    let request =
        b"POST /graphql HTTP/1.1\r\nhost: warta\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n";
    chunked.write_all(request).await.unwrap();
    assert_eq!(heard(silent).await, "");
    assert_eq!(heard(head).await, "");
    for slow in [body, chunked] {
        let answer = heard(slow).await;
        assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("BODY_TOO_SLOW"), "{answer}");
    }
    assert_eq!(app.public("{ __typename }", json!({})).await["__typename"], "Query");
}

#[tokio::test]
async fn each_head_may_take_as_long_as_the_first() {
    let app = with(|config| config.server.client_seconds = 1).await;
    let mut stream = connect(&app).await;
    // Half of the time is over when the first one is there.
    tokio::time::sleep(Duration::from_millis(500)).await;
    stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: warta\r\n\r\n").await.unwrap();
    let mut begun = [0; 12];
    stream.read_exact(&mut begun).await.unwrap();
    let answered = std::time::Instant::now();
    assert_eq!(&begun, b"HTTP/1.1 200");
    stream.write_all(b"GET /health/live HTTP/1.1\r\n").await.unwrap();
    heard(stream).await;
    let waited = answered.elapsed();
    assert!(waited >= Duration::from_millis(900), "the second head was given {waited:?}");
}

#[tokio::test]
async fn a_body_may_come_in_pieces() {
    let app = TestApp::new().await;
    let head = "POST /graphql HTTP/1.1\r\nhost: warta\r\ncontent-type: application/json\r\n";
    let mut stream = connect(&app).await;
    for piece in [head, "content-length: 27\r\n\r\n{\"query\": \"{ ", "__typename }\"}", head, "transfer-encoding: chunked\r\n\r\n"] {
        stream.write_all(piece.as_bytes()).await.unwrap();
        tokio::task::yield_now().await;
    }
    let last = "connection: close\r\ncontent-length: 0\r\n\r\n";
    for piece in ["d\r\n{\"query\": \"{ \r\n", "d\r\n__typename }\"\r\n", "1\r\n}\r\n0\r\nx-trailer: 1\r\n\r\n", head, last] {
        stream.write_all(piece.as_bytes()).await.unwrap();
        tokio::task::yield_now().await;
    }
    let answers = heard(stream).await;
    assert_eq!(answers.matches("HTTP/1.1 200").count(), 2, "{answers}");
    assert_eq!(answers.matches(r#""__typename":"Query""#).count(), 2, "{answers}");
    assert_eq!(answers.matches("HTTP/1.1 400").count(), 1, "nothing is asked: {answers}");
}

#[tokio::test]
async fn a_connection_without_a_request_ends_with_the_server() {
    // It does not end for being silent.
    let app = with(|config| config.server.client_seconds = 3_600).await;
    let mut stream = connect(&app).await;
    stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: warta\r\n\r\n").await.unwrap();
    let mut begun = [0; 12];
    stream.read_exact(&mut begun).await.unwrap();
    assert_eq!(&begun, b"HTTP/1.1 200");
    app.stop();
    heard(stream).await;
}

#[tokio::test]
async fn a_client_that_takes_nothing_in_is_not_waited_for() {
    let app = with(|config| {
        config.server.client_seconds = 1;
        config.limits.points_per_minute = 0;
    })
    .await;
    let mut greedy = connect(&app).await;
    let query = json!({"query": "{ __schema { types { name description fields { name description } } } }"}).to_string();
    let request = format!(
        "POST /graphql HTTP/1.1\r\nhost: warta\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{query}",
        query.len()
    );
    // Requests are written until the server, which can send no answer any more, has given up.
    let written = async { while greedy.write_all(request.as_bytes()).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(20), written).await.expect("the connection stays open");
}

#[tokio::test]
async fn connections_are_counted_and_free_again() {
    let app = with(|config| config.server.connections_per_address = 3).await;
    // The client of the test may hold one, and is not asked here.
    let held = [connect(&app).await, connect(&app).await, connect(&app).await];
    let refused = heard(connect(&app).await).await;
    assert!(refused.starts_with("HTTP/1.1 503") && refused.contains("retry-after"), "{refused}");
    drop(held);
    let asked = async {
        loop {
            let mut stream = connect(&app).await;
            let _ = stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: warta\r\nconnection: close\r\n\r\n").await;
            if heard(stream).await.starts_with("HTTP/1.1 200") {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), asked).await.expect("the places are not free again");
}

#[tokio::test]
async fn heads_and_headers_have_a_bound() {
    let app = TestApp::new().await;
    let mut many = connect(&app).await;
    let headers: String = (0..200).map(|number| format!("x-{number}: a\r\n")).collect();
    many.write_all(format!("GET /health/live HTTP/1.1\r\nhost: warta\r\n{headers}\r\n").as_bytes()).await.unwrap();
    assert!(heard(many).await.starts_with("HTTP/1.1 431"));
    let mut long = connect(&app).await;
    let head = format!("GET /health/live HTTP/1.1\r\nhost: warta\r\nx-a: {}\r\n\r\n", "a".repeat(200_000));
    let _ = long.write_all(head.as_bytes()).await;
    let answer = heard(long).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn every_route_has_a_limit_for_bodies() {
    let app = TestApp::new().await;
    for path in ["/graphql", "/", "/explorer", "/health/live", "/lain"] {
        let body = vec![b'x'; 3 * 1_048_576];
        let request = app.client.post(format!("{}{path}", app.address)).header("content-type", "application/json").body(body);
        // Refused before it is read, which may close the connection while it is still being sent.
        if let Ok(response) = request.send().await {
            assert!(matches!(response.status().as_u16(), 413 | 404 | 405), "{path}: {}", response.status());
        }
    }
}

#[tokio::test]
async fn pages_of_other_origins_are_served_where_they_are_allowed_and_never_with_cookies() {
    let app = with(|config| config.server.cors_origins = vec!["https://kabar.contoh.id".to_owned()]).await;
    let preflight = async |app: &TestApp, origin: &str| {
        let request = app.client.request(reqwest::Method::OPTIONS, format!("{}/graphql", app.address)).header("origin", origin);
        let asked = request.header("access-control-request-method", "POST").header("access-control-request-headers", "content-type");
        asked.send().await.unwrap().headers().clone()
    };
    let allowed = preflight(&app, "https://kabar.contoh.id").await;
    assert_eq!(allowed["access-control-allow-origin"], "https://kabar.contoh.id");
    assert!(allowed["access-control-allow-headers"].to_str().unwrap().contains("content-type"));
    assert!(!allowed.contains_key("access-control-allow-credentials"));
    assert!(!preflight(&app, "https://jahat.example").await.contains_key("access-control-allow-origin"));
    let ask = async |origin: &str| {
        let request =
            app.client.post(format!("{}/graphql", app.address)).header("origin", origin).header("content-type", "application/json");
        let response = request.body(r#"{"query": "{ articles(first: 1) { totalCount } }"}"#).send().await.unwrap();
        (response.headers().clone(), response.text().await.unwrap())
    };
    let (headers, answer) = ask("https://kabar.contoh.id").await;
    assert_eq!(headers["access-control-allow-origin"], "https://kabar.contoh.id");
    assert!(headers["access-control-expose-headers"].to_str().unwrap().contains("x-request-id"));
    assert!(headers.get_all("vary").iter().any(|vary| vary.to_str().unwrap().to_lowercase().contains("origin")), "{headers:?}");
    assert!(headers.contains_key("x-request-id") && answer.contains("totalCount"), "{answer}");
    assert!(!ask("https://jahat.example").await.0.contains_key("access-control-allow-origin"));
    let closed = TestApp::new().await;
    assert!(!preflight(&closed, "https://kabar.contoh.id").await.contains_key("access-control-allow-origin"), "none by default");
}

#[tokio::test]
async fn connections_are_encrypted_where_there_is_a_certificate() {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, ServerName};
    use std::sync::Arc;

    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api/data/tls");
    let app = with(|config| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api/data/tls");
        config.server.tls_certificate = format!("{folder}/certificate.pem").into();
        config.server.tls_key = format!("{folder}/key.pem").into();
    })
    .await;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(format!("{folder}/certificate.pem")).unwrap()).unwrap();
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots).with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let mut stream = connector.connect(ServerName::try_from("localhost").unwrap(), connect(&app).await).await.unwrap();
    stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("strict-transport-security: max-age=31536000"), "{answer}");
    let mut plain = connect(&app).await;
    plain.write_all(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    assert!(!heard(plain).await.contains("HTTP/1.1 200"));
}

#[tokio::test]
async fn points_are_spent_and_come_back() {
    let app = with(|config| {
        (config.limits.query_cost, config.limits.points_per_minute) = (100, 100);
        config.graphql.answer_cache_mib = 0;
    })
    .await;
    let query = "{ articles(first: 20) { nodes { title } } }";
    let first = app.send(None, query, json!({})).await;
    let header = |response: &reqwest::Response, name: &str| response.headers()[name].to_str().unwrap().to_owned();
    assert_eq!((header(&first, "ratelimit-limit"), header(&first, "ratelimit-remaining")), ("100".to_owned(), "59".to_owned()));
    assert_eq!(header(&first, "ratelimit-reset"), "25");
    assert_eq!(app.send(None, query, json!({})).await.status(), 200);
    app.statements();
    let refused = app.send(None, query, json!({})).await;
    assert_eq!((refused.status().as_u16(), header(&refused, "retry-after")), (429, "14".to_owned()));
    let body: Value = serde_json::from_str(&refused.text().await.unwrap()).unwrap();
    assert_eq!((codes(&body), &body["errors"][0]["extensions"]["retryAfter"]), (vec!["THROTTLED"], &json!(14)));
    assert_eq!(app.statements(), Vec::<String>::new(), "whoever is refused costs nothing");
    let mut socket = crate::support::socket::Socket::ready(&app, None).await;
    assert_eq!(codes(&socket.answer(query, json!({})).await), ["THROTTLED"], "a socket is no way around");
    // Whoever has signed in has a budget of their own, and larger requests.
    let editor = app.answer(Some(Role::Editor), "{ articles(first: 100) { nodes { title } } }", json!({})).await;
    assert_eq!(data(editor.clone())["articles"]["nodes"], json!([]));
    assert_eq!(editor["extensions"]["cost"], json!({"requested": 201, "limit": 100_000}));
    app.clock.advance(60_000);
    assert_eq!(app.send(None, query, json!({})).await.status(), 200);
}

#[tokio::test]
async fn what_cannot_be_read_costs_something_too() {
    let malformed = async |app: &TestApp| {
        let request = app.client.post(format!("{}/graphql", app.address)).header("content-type", "application/json");
        request.body("{\"query\": 1}").send().await.unwrap().status().as_u16()
    };
    let unknown = async |app: &TestApp| app.send_with(Some("warta_tok_bukan"), "{ __typename }", json!({})).await.status().as_u16();
    let few = |config: &mut Config| (config.limits.query_cost, config.limits.points_per_minute) = (25, 25);
    let app = with(few).await;
    assert_eq!([malformed(&app).await, malformed(&app).await, malformed(&app).await], [400, 400, 429]);
    let app = with(few).await;
    assert_eq!([unknown(&app).await, unknown(&app).await, unknown(&app).await], [401, 401, 429]);
    app.clock.advance(60_000);
    assert_eq!(malformed(&app).await, 400);
}

#[tokio::test]
async fn answers_that_are_kept_cost_nothing() {
    let app = with(|config| (config.limits.query_cost, config.limits.points_per_minute) = (50, 50)).await;
    for _ in 0..20 {
        assert_eq!(app.send(None, "{ articles(first: 20) { nodes { title } } }", json!({})).await.status(), 200);
    }
}

#[tokio::test]
async fn documents_are_registered_by_their_hash() {
    let app = TestApp::new().await;
    let query = "{ articles { totalCount } }";
    let ask = async |query: Option<&str>, hash: &str| {
        let mut body = json!({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash}}});
        if let Some(query) = query {
            body["query"] = json!(query);
        }
        let request = app.client.post(format!("{}/graphql", app.address)).header("content-type", "application/json");
        let text = request.body(body.to_string()).send().await.unwrap().text().await.unwrap();
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let unknown = ask(None, &sha256(query)).await;
    assert_eq!((codes(&unknown), &unknown["errors"][0]["message"]), (vec!["PERSISTED_QUERY_NOT_FOUND"], &json!("PersistedQueryNotFound")));
    assert_eq!(codes(&ask(Some(query), &sha256("{ lain }")).await), ["PERSISTED_QUERY_MISMATCH"]);
    assert_eq!(codes(&ask(None, &sha256(query)).await), ["PERSISTED_QUERY_NOT_FOUND"], "a wrong one is not kept");
    assert_eq!(data(ask(Some(query), &sha256(query)).await)["articles"]["totalCount"], 0);
    assert_eq!(data(ask(None, &sha256(query)).await)["articles"]["totalCount"], 0);
    let extensions = json!({"persistedQuery": {"version": 1, "sha256Hash": sha256(query)}}).to_string();
    let get = app.client.get(format!("{}/graphql", app.address)).query(&[("extensions", &extensions)]).send().await.unwrap();
    assert!(get.headers().contains_key("etag") && get.status() == 200, "a CDN may hold it");
    assert_eq!(codes(&ask(None, "bukan").await), ["BAD_REQUEST"]);
}

#[tokio::test]
async fn the_public_can_be_kept_to_documents_that_the_site_trusts() {
    let folder = tempfile::tempdir().unwrap();
    let (home, listed) = ("query Beranda { articles { totalCount } }", "{ topics { totalCount } }");
    std::fs::write(folder.path().join("beranda.graphql"), format!("{home}\n")).unwrap();
    std::fs::write(folder.path().join("daftar.json"), json!({sha256(listed): listed}).to_string()).unwrap();
    let app = TestApp::with(Options { documents: Some(folder.path().to_owned()), ..Options::default() }).await;
    let by_id = async |document: &str| {
        let body = json!({"documentId": format!("sha256:{}", sha256(document))}).to_string();
        let request = app.client.post(format!("{}/graphql", app.address)).header("content-type", "application/json");
        serde_json::from_str::<Value>(&request.body(body).send().await.unwrap().text().await.unwrap()).unwrap()
    };
    assert_eq!(data(by_id(home).await)["articles"]["totalCount"], 0);
    assert_eq!(data(by_id(listed).await)["topics"]["totalCount"], 0);
    assert_eq!(app.public(home, json!({})).await["articles"]["totalCount"], 0, "the document itself is as good as its hash");
    app.statements();
    for stranger in ["{ officials { totalCount } }", "{ __schema { types { name } } }"] {
        assert_eq!(codes(&app.answer(None, stranger, json!({})).await), ["DOCUMENT_NOT_TRUSTED"]);
        assert_eq!(codes(&by_id(stranger).await), ["DOCUMENT_NOT_TRUSTED"]);
    }
    assert_eq!(app.statements(), Vec::<String>::new());
    let mut socket = crate::support::socket::Socket::ready(&app, None).await;
    assert_eq!(codes(&socket.answer("{ officials { totalCount } }", json!({})).await), ["DOCUMENT_NOT_TRUSTED"]);
    assert_eq!(app.editor("{ officials { totalCount } }", json!({})).await["officials"]["totalCount"], 0, "editors may run what they like");
}
