//! What the README shows is what a newcomer gets, on either engine.

use entity::enums::Role;
use serde_json::{Value, json};

use crate::support::tape::live_engine;
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
    let Some(engine) = live_engine("readme") else { return };
    let app = TestApp::with(Options { with_sample: true, engine: Some(engine), ..Options::default() }).await;
    app.index().await;
    follow(&app).await;
    app.drop_index().await;
}
