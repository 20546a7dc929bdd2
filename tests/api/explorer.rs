//! The first page, the explorer, and its sample queries.

use entity::enums::Role;
use serde_json::{Value, json};

use crate::support::TestApp;

#[tokio::test]
async fn pages_load_nothing_from_anywhere_else() {
    let app = TestApp::new().await;
    for path in
        ["/", "/explorer", "/explorer/app.js", "/explorer/schema.js", "/explorer/style.css", "/explorer/icon.svg", "/explorer/samples.json"]
    {
        let response = app.client.get(format!("{}{path}", app.address)).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"), "{path}: {policy}");
        let text = response.text().await.unwrap();
        let text = text.replace("http://www.w3.org/2000/svg", "");
        assert!(!text.contains("https://") && !text.contains("http://"), "{path} names another host");
    }
    let landing = app.client.get(&app.address).send().await.unwrap().text().await.unwrap();
    for link in ["/explorer", "/graphql", "/health/live", "/health/ready"] {
        assert!(landing.contains(link), "{link}");
    }
}

#[tokio::test]
async fn every_sample_query_gets_a_whole_answer() {
    let app = TestApp::with_sample().await;
    let text = app.client.get(format!("{}/explorer/samples.json", app.address)).send().await.unwrap().text().await.unwrap();
    let samples: Vec<Value> = serde_json::from_str(&text).unwrap();
    for sample in &samples {
        let (title, query) = (sample["title"].as_str().unwrap(), sample["query"].as_str().unwrap());
        let variables: Value = serde_json::from_str(sample["variables"].as_str().unwrap()).unwrap();
        let answer = app.answer(Some(Role::Editor), query, variables).await;
        assert!(answer["errors"].is_null(), "{title}: {answer}");
        let fields = answer["data"].as_object().unwrap();
        assert!(fields.values().all(|field| !field.is_null()), "{title}: {answer}");
        let problems: Vec<_> = fields.values().filter_map(|field| field["userErrors"].as_array()).flatten().collect();
        assert!(problems.is_empty(), "{title}: {problems:?}");
    }
    assert_eq!(samples.len(), 7);
    assert_ne!(app.public("{ articles { totalCount } }", json!({})).await["articles"]["totalCount"], 0);
}
