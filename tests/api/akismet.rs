//! Akismet, played by a server of the test's own that keeps to its API.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use entity::enums::Role;
use serde_json::{Value, json};
use warta::worker::lane::{self, Lane};

use crate::support::{Options, TestApp, data, id_of, mutation};

/// What the service was asked, and whether it answers.
#[derive(Default)]
struct Service {
    asked: Mutex<Vec<(String, HashMap<String, String>)>>,
    is_down: Mutex<bool>,
}

impl Service {
    fn take(&self) -> Vec<(String, HashMap<String, String>)> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

/// Answers as the real one does: `viagra-test-123` is its own test word for spam.
async fn answer(State(service): State<Arc<Service>>, Path(call): Path<String>, body: String) -> Response {
    if *service.is_down.lock().unwrap() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let form: HashMap<String, String> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    service.asked.lock().unwrap().push((call.clone(), form.clone()));
    let key = form.get("api_key").or(form.get("key")).map(String::as_str);
    let mut headers = HeaderMap::new();
    if key != Some("kunci-uji") {
        headers.insert("x-akismet-debug-help", "We were unable to parse your key".parse().unwrap());
        return (headers, "invalid").into_response();
    }
    let text = match call.as_str() {
        "verify-key" => "valid",
        "comment-check" if form["comment_author"].contains("viagra-test-123") => "true",
        "comment-check" if form["comment_author"].contains("buang") => {
            headers.insert("x-akismet-pro-tip", "discard".parse().unwrap());
            "true"
        }
        "comment-check" => "false",
        _ => "Thanks for making the web a better place.",
    };
    (headers, text).into_response()
}

async fn serve() -> (Arc<Service>, String) {
    let service: Arc<Service> = Arc::default();
    let router = Router::new().route("/1.1/{call}", post(answer)).with_state(Arc::clone(&service));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, router).await });
    (service, address)
}

/// Does all jobs about comments that are due; false when the service could not be asked.
async fn work(app: &TestApp) {
    while lane::work_once(&app.domain, Lane::Comments, uuid::Uuid::from_u128(3)).await.unwrap() {}
}

async fn submit(app: &TestApp, article: &str, name: &str) -> String {
    let input = json!({"subjectId": article, "authorName": name, "authorEmail": "a@contoh.id", "body": format!("Halo dari {name}"), "consent": true});
    let payload = data(app.answer(None, &mutation("commentSubmit", "comment { id status }"), json!({"input": input})).await);
    assert_eq!(payload["commentSubmit"]["comment"]["status"], "PENDING");
    id_of(&payload["commentSubmit"]["comment"])
}

async fn judged(app: &TestApp, id: &str) -> Value {
    let query = "query($id: ID!) { node(id: $id) { ... on Comment { status spamFindings { check detail } } } }";
    data(app.answer(Some(Role::Moderator), query, json!({"id": id})).await)["node"].clone()
}

#[tokio::test]
async fn comments_are_checked_and_the_service_learns_what_moderators_think() {
    let (service, address) = serve().await;
    let app = TestApp::with(Options { akismet: Some(address), ..Options::default() }).await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let (ham, spam, blatant) =
        (submit(&app, &article, "Budi").await, submit(&app, &article, "viagra-test-123").await, submit(&app, &article, "buang").await);
    assert_eq!(judged(&app, &spam).await["status"], "PENDING", "it waits until the service was asked");
    work(&app).await;
    assert_eq!(judged(&app, &ham).await, json!({"status": "PENDING", "spamFindings": []}));
    let found = |detail: &str| json!({"status": "SPAM", "spamFindings": [{"check": "AKISMET", "detail": detail}]});
    assert_eq!(judged(&app, &spam).await, found("Akismet"));
    assert_eq!(judged(&app, &blatant).await, found("Akismet is sure"), "nothing is thrown away unless the settings say so");
    let asked = service.take();
    assert_eq!(asked.iter().map(|(call, _)| call.as_str()).collect::<Vec<_>>(), ["comment-check"; 3]);
    let form = &asked[0].1;
    for (name, value) in [
        ("api_key", "kunci-uji"),
        ("blog", "https://kabar.contoh.id/"),
        ("user_ip", "127.0.0.1"),
        ("comment_type", "comment"),
        ("comment_author", "Budi"),
        ("comment_author_email", "a@contoh.id"),
        ("comment_content", "Halo dari Budi"),
        ("comment_date_gmt", "2015-01-01T01:00:00Z"),
        ("is_test", "true"),
    ] {
        assert_eq!(form.get(name).map(String::as_str), Some(value), "{name}");
    }

    app.mutate_as(Role::Moderator, "commentApprove", "comment { id }", json!({"id": spam})).await;
    app.mutate_as(Role::Moderator, "commentReject", "comment { id }", json!({"id": ham, "isSpam": true})).await;
    app.mutate_as(Role::Moderator, "commentReject", "comment { id }", json!({"id": blatant, "isSpam": true})).await;
    work(&app).await;
    let reports: Vec<(String, String)> = service.take().into_iter().map(|(call, form)| (call, form["comment_author"].clone())).collect();
    let expected = [("submit-ham", "viagra-test-123"), ("submit-spam", "Budi")].map(|(call, name)| (call.to_owned(), name.to_owned()));
    assert_eq!(reports, expected, "what it knew already it is not told");
}

#[tokio::test]
async fn a_comment_waits_while_the_service_is_down_and_is_checked_once_it_is_back() {
    let (service, address) = serve().await;
    let app = TestApp::with(Options { akismet: Some(address), ..Options::default() }).await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    *service.is_down.lock().unwrap() = true;
    let spam = submit(&app, &article, "viagra-test-123").await;
    let decided = submit(&app, &article, "Budi").await;
    // Far longer than a job of its own would be tried.
    for _ in 0..30 {
        work(&app).await;
        app.clock.advance(301_000);
    }
    assert_eq!(judged(&app, &spam).await, json!({"status": "PENDING", "spamFindings": []}));
    app.mutate_as(Role::Moderator, "commentApprove", "comment { id }", json!({"id": decided})).await;
    *service.is_down.lock().unwrap() = false;
    work(&app).await;
    assert_eq!(judged(&app, &spam).await["status"], "SPAM");
    assert_eq!(judged(&app, &decided).await["status"], "APPROVED", "what people decided stands");
    assert_eq!(service.take().len(), 1);
}

#[tokio::test]
async fn with_the_service_known_writers_are_shown_once_it_agrees_and_blatant_spam_can_be_discarded() {
    let (_service, address) = serve().await;
    let configure = |config: &mut warta::config::Config| {
        config.comments.approve_known = true;
        config.comments.discard_blatant = true;
    };
    let app = TestApp::with(Options { akismet: Some(address), configure: Some(configure), ..Options::default() }).await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let first = submit(&app, &article, "Budi").await;
    work(&app).await;
    app.mutate_as(Role::Moderator, "commentApprove", "comment { id }", json!({"id": first})).await;
    let second = submit(&app, &article, "Budi").await;
    let blatant = submit(&app, &article, "buang").await;
    work(&app).await;
    assert_eq!(judged(&app, &second).await["status"], "APPROVED");
    assert_eq!(judged(&app, &blatant).await["status"], "TRASH");
    let shown = app.public("query($id: ID!) { article(by: {id: $id}) { commentCount } }", json!({"id": article})).await;
    assert_eq!(shown["article"]["commentCount"], 2);
}

#[tokio::test]
async fn a_wrong_key_is_told_by_the_doctor() {
    let (_service, address) = serve().await;
    let akismet = |key: &str| {
        let flags = [("akismet.key", key), ("akismet.url", &address), ("akismet.site", "https://kabar.contoh.id/")];
        let flags = flags.map(|(key, value)| (key.to_owned(), value.to_owned()));
        warta::akismet::Akismet::new(&warta::config::Config::from_layers("", [], &flags).unwrap().akismet).unwrap().unwrap()
    };
    assert!(akismet("kunci-uji").is_key_valid().await.unwrap());
    assert!(!akismet("salah").is_key_valid().await.unwrap());
    let missing = warta::config::Config::from_layers("", [], &[("akismet.key".to_owned(), "x".to_owned())]).unwrap_err().to_string();
    assert!(missing.contains("akismet.site"), "{missing}");
}
