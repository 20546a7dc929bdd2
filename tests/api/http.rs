//! GraphQL over HTTP: media types, methods, statuses, headers.

use entity::enums::Role;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::support::{Options, TestApp, codes};

struct Reply {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Reply {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

async fn reply(request: reqwest::RequestBuilder) -> Reply {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.unwrap();
    Reply { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
}

fn post(app: &TestApp) -> reqwest::RequestBuilder {
    app.client.post(format!("{}/graphql", app.address))
}

#[tokio::test]
async fn the_media_type_decides_the_status_of_a_bad_request() {
    let app = TestApp::new().await;
    let bad = json!({"query": "{ tidakAda }"}).to_string();
    let json = reply(post(&app).header("content-type", "application/json").header("accept", "application/json").body(bad.clone())).await;
    assert_eq!((json.status, json.header("content-type")), (200, "application/json; charset=utf-8"));
    assert!(json.body["errors"].is_array());
    let new = post(&app).header("content-type", "application/json").header("accept", "application/graphql-response+json");
    let new = reply(new.body(bad)).await;
    assert_eq!((new.status, new.header("content-type")), (400, "application/graphql-response+json; charset=utf-8"));
    assert_eq!(new.body.get("data"), None, "a request error has no data");
    let good = post(&app).header("content-type", "application/json").header("accept", "application/graphql-response+json");
    assert_eq!(reply(good.body(json!({"query": "{ __typename }"}).to_string())).await.status, 200);
}

#[tokio::test]
async fn get_runs_queries_and_refuses_mutations() {
    let app = TestApp::new().await;
    let get = |query: &str, variables: &str| {
        app.client.get(format!("{}/graphql", app.address)).query(&[("query", query), ("variables", variables)])
    };
    let found = reply(get("query($n: Int) { articles(first: $n) { totalCount } }", "{\"n\": 3}")).await;
    assert_eq!((found.status, &found.body["data"]["articles"]["totalCount"]), (200, &json!(0)));
    let refused =
        reply(get("mutation { topicCreate(input: {name: \"A\"}) { topic { id } } }", "").bearer_auth(app.token(Role::Editor).await)).await;
    assert_eq!((refused.status, refused.header("allow")), (405, "POST"));
    assert_eq!(codes(&refused.body), ["METHOD_NOT_ALLOWED"]);
    assert_eq!(app.public("{ topics { totalCount } }", json!({})).await["topics"]["totalCount"], 0);
}

#[tokio::test]
async fn what_is_not_a_request_gets_a_status_of_its_own() {
    let app = TestApp::new().await;
    let query = json!({"query": "{ __typename }"}).to_string();
    let send = async |content_type: Option<&str>, accept: Option<&str>, body: &str| {
        let mut request = post(&app).body(body.to_owned());
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        if let Some(accept) = accept {
            request = request.header("accept", accept);
        }
        let reply = reply(request).await;
        (reply.status, codes(&reply.body).join(" "))
    };
    let json = Some("application/json");
    assert_eq!(send(Some("text/plain"), None, &query).await, (415, "UNSUPPORTED_MEDIA_TYPE".to_owned()));
    assert_eq!(send(Some("application/x-www-form-urlencoded"), None, &query).await, (415, "UNSUPPORTED_MEDIA_TYPE".to_owned()));
    assert_eq!(send(None, None, &query).await, (415, "UNSUPPORTED_MEDIA_TYPE".to_owned()));
    assert_eq!(send(json, Some("text/html"), &query).await, (406, "NOT_ACCEPTABLE".to_owned()));
    assert_eq!(send(json, None, "{").await, (400, "BAD_REQUEST".to_owned()));
    assert_eq!(send(json, None, "[]").await, (400, "BAD_REQUEST".to_owned()));
    assert_eq!(send(json, None, "{\"query\": 1}").await, (400, "BAD_REQUEST".to_owned()));
    assert_eq!(send(json, None, &"x".repeat(1_048_577)).await, (413, "BODY_TOO_LARGE".to_owned()));
    let put = reply(app.client.put(format!("{}/graphql", app.address))).await;
    assert_eq!((put.status, codes(&put.body)), (405, vec!["METHOD_NOT_ALLOWED"]));
    let lost = reply(app.client.get(format!("{}/admin.php", app.address))).await;
    assert_eq!((lost.status, codes(&lost.body)), (404, vec!["NOT_FOUND"]));
}

#[tokio::test]
async fn bad_credentials_are_an_error_and_never_the_public() {
    let app = TestApp::new().await;
    let query = json!({"query": "{ viewer { name role } }"}).to_string();
    let ask = |authorization: String| {
        post(&app).header("content-type", "application/json").header("authorization", authorization).body(query.clone())
    };
    for bad in ["Bearer warta_unknown", "Bearer ", "Basic YTpi"] {
        let reply = reply(ask(bad.to_owned())).await;
        assert_eq!((reply.status, codes(&reply.body)), (401, vec!["UNAUTHENTICATED"]), "{bad}");
        assert!(reply.header("www-authenticate").starts_with("Bearer"));
    }
    let good = reply(ask(format!("Bearer {}", app.token(Role::Editor).await))).await;
    assert_eq!(good.body["data"]["viewer"], json!({"name": "editor", "role": "EDITOR"}));
    warta::domain::token::revoke_named(&app.domain, &warta::auth::actor::Actor::system(), "editor").await.unwrap();
    let revoked = reply(ask(format!("Bearer {}", app.token(Role::Editor).await))).await;
    assert_eq!(revoked.status, 401, "a revoked token ends with the next request");
}

#[tokio::test]
async fn every_answer_has_a_request_id_and_safe_headers() {
    let app = TestApp::new().await;
    let live = reply(app.client.get(format!("{}/health/live", app.address))).await;
    assert_eq!(live.status, 200);
    assert_eq!(live.header("x-request-id").len(), 32);
    assert_eq!((live.header("x-content-type-options"), live.header("x-frame-options")), ("nosniff", "DENY"));
    let own = reply(app.client.get(format!("{}/health/live", app.address)).header("x-request-id", "abc-123")).await;
    assert_eq!(own.header("x-request-id"), "abc-123");
    let strange = reply(app.client.get(format!("{}/health/live", app.address)).header("x-request-id", "a b\"c".repeat(30))).await;
    assert_eq!(strange.header("x-request-id").len(), 32, "an id that is no plain word is replaced");
    let id = app.create("topic", json!({"name": "Air"})).await;
    assert!(id.starts_with("topic_"));
}

#[tokio::test]
async fn the_schema_can_be_kept_to_oneself() {
    let app = TestApp::with(Options { configure: Some(|config| config.graphql.introspection = false), ..Options::default() }).await;
    let answer = app.answer(None, "{ __schema { types { name } } }", json!({})).await;
    assert!(!answer.to_string().contains("ArticleFilter"), "{answer}");
    let answer = app.answer(None, "{ articless { totalCount } }", json!({})).await;
    assert!(!answer.to_string().contains("Did you mean"), "{answer}");
    assert_eq!(app.public("{ articles { totalCount } }", json!({})).await["articles"]["totalCount"], 0);
}

#[tokio::test]
async fn ready_says_what_answers() {
    let app = TestApp::new().await;
    let ready = async || reply(app.client.get(format!("{}/health/ready", app.address))).await;
    let before = ready().await;
    assert_eq!((before.status, &before.body), (200, &json!({"status": "degraded", "database": "up", "search": "down"})));
    app.index().await;
    assert_eq!(ready().await.body, before.body, "asked at most once a second");
    app.clock.advance(1_000);
    assert_eq!(ready().await.body, json!({"status": "ready", "database": "up", "search": "up"}));
    app.domain.db.clone().close().await;
    app.clock.advance(1_000);
    let gone = ready().await;
    assert_eq!((gone.status, &gone.body["status"]), (503, &json!("unavailable")));
    let answer = app.answer(None, "{ articles { totalCount } }", json!({})).await;
    assert_eq!(codes(&answer), ["INTERNAL"]);
    assert!(!answer.to_string().to_lowercase().contains("pool"), "a cause is never told: {answer}");
}

#[tokio::test]
async fn many_pages_that_search_at_once_do_not_keep_each_other_waiting() {
    let app = TestApp::with_sample().await;
    // The lists hold a snapshot while the search looks for its index: with one pool for both, these would wait for each other.
    let query = "{ articles(first: 5) { totalCount nodes { title topics { name } } } search(query: \"kopi\") { totalCount } }";
    let pages = (0..60).map(|_| app.answer(None, query, json!({})));
    let all = tokio::time::timeout(std::time::Duration::from_secs(8), futures_util::future::join_all(pages)).await;
    assert!(all.expect("the pools are exhausted").iter().all(|page| page["errors"].is_null()));
}

#[tokio::test]
async fn a_document_that_is_not_valid_is_named_so() {
    let app = TestApp::new().await;
    let answer = app.answer(None, "{ tidakAda articles { totalCount } }", json!({})).await;
    assert_eq!(codes(&answer), ["GRAPHQL_VALIDATION_FAILED"], "{answer}");
    let create = "mutation { articleCreate(input: {title: \"p\"}) { article { comments(first: 3000000000) { totalCount } } } }";
    assert_eq!(codes(&app.answer(Some(Role::Editor), create, json!({})).await), ["GRAPHQL_VALIDATION_FAILED"]);
    assert_eq!(app.editor("{ articles { totalCount } }", json!({})).await["articles"]["totalCount"], 0, "nothing of it was run");
}

#[tokio::test]
async fn the_explorer_can_be_left_out_and_a_monitor_let_in() {
    let configure: fn(&mut warta::config::Config) = |config| (config.server.explorer, config.server.metrics) = (false, true);
    let app = TestApp::with(Options { configure: Some(configure), ..Options::default() }).await;
    let status = async |app: &TestApp, path: &str| reply(app.client.get(format!("{}{path}", app.address))).await.status;
    assert_eq!((status(&app, "/").await, status(&app, "/explorer").await, status(&app, "/explorer/app.js").await), (404, 404, 404));
    let numbers = reply(app.client.get(format!("{}/metrics", app.address))).await;
    assert!(numbers.header("content-type").starts_with("text/plain"));
    assert!(numbers.body.as_str().unwrap().contains("\nwarta_panics_total 0\n"), "{}", numbers.body);
    let open = TestApp::new().await;
    assert_eq!((status(&open, "/explorer").await, status(&open, "/metrics").await), (200, 404), "as it comes");
}
