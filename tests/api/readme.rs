//! What the README shows is what a newcomer gets, on either engine.

use std::sync::Arc;

use entity::enums::Role;
use serde_json::{Value, json};
use warta::config::Config;
use warta::search::meilisearch::MeilisearchEngine;

use crate::support::tape::live_meilisearch;
use crate::support::{Options, TestApp};

/// The fenced blocks of a document: language and content, in their order.
fn blocks(text: &str) -> Vec<(&str, &str)> {
    let parts: Vec<&str> = text.split("```").collect();
    parts.iter().skip(1).step_by(2).filter_map(|block| block.split_once('\n')).collect()
}

/// Asks what the README asks, and wants what it shows.
async fn follow(app: &TestApp) {
    let blocks = blocks(include_str!("../../README.md"));
    let mut shown = 0;
    for (at, (_, query)) in blocks.iter().enumerate().filter(|(_, (language, _))| *language == "graphql") {
        let mut following = blocks[at + 1..].iter().take_while(|(language, _)| *language == "json").map(|(_, json)| *json);
        let first: Value = serde_json::from_str(following.next().unwrap()).unwrap();
        // A query with variables is followed by them, then by its answer.
        let (variables, expected) = match following.next() {
            Some(answer) => (first, serde_json::from_str(answer).unwrap()),
            None => (json!({}), first),
        };
        let answer = app.answer(Some(Role::Editor), query, variables).await;
        assert_eq!(json!({"data": answer["data"]}), expected, "{query}\n{answer:#}");
        app.index().await;
        shown += 1;
    }
    assert!(shown >= 6, "{shown} queries");
}

#[tokio::test]
async fn every_query_of_the_readme_gets_the_answer_shown_there() {
    follow(&TestApp::with_sample().await).await;
}

#[tokio::test]
async fn so_it_does_on_a_live_meilisearch() {
    let Some((url, key)) = live_meilisearch() else { return };
    let flags = [("search.url", url), ("search.key", key), ("search.prefix", "readme".to_owned())];
    let flags = flags.map(|(name, value)| (name.to_owned(), value));
    let config = Config::from_layers("", [], &flags).unwrap();
    let engine = Arc::new(MeilisearchEngine::new(&config.search).unwrap());
    let app = TestApp::with(Options { with_sample: true, engine: Some(engine), ..Options::default() }).await;
    app.index().await;
    follow(&app).await;
    let index = warta::domain::search_index::live(&app.domain).await.unwrap().unwrap();
    app.domain.search.remove(index.id).await.unwrap();
}
