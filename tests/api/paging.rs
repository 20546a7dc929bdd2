//! Pages of lists.

use serde_json::{Value, json};

use crate::support::{TestApp, codes};

const QUERY: &str = "query($first: Int, $after: String, $last: Int, $before: String) {
    articles(first: $first, after: $after, last: $last, before: $before, orderBy: TITLE) {
        totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor } nodes { title } } }";

fn titles(page: &Value) -> Vec<String> {
    page["nodes"].as_array().unwrap().iter().map(|node| node["title"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn walking_forwards_and_backwards_sees_every_row_once() {
    let app = TestApp::with_sample().await;
    let all = titles(&app.public(QUERY, json!({"first": 100})).await["articles"]);
    assert_eq!(all.len(), 41);
    for (size, after, info, has_more) in
        [("first", "after", "endCursor", "hasNextPage"), ("last", "before", "startCursor", "hasPreviousPage")]
    {
        let (mut seen, mut cursor) = (Vec::new(), json!(null));
        loop {
            let page = app.public(QUERY, json!({size: 7, after: cursor})).await["articles"].clone();
            assert_eq!(page["totalCount"], 41);
            let mut titles = titles(&page);
            if size == "last" {
                titles.extend(seen);
                seen = titles;
            } else {
                seen.extend(titles);
            }
            cursor = page["pageInfo"][info].clone();
            if page["pageInfo"][has_more] == false {
                break;
            }
        }
        assert_eq!(seen, all, "{size}");
    }
}

#[tokio::test]
async fn rows_that_come_meanwhile_neither_repeat_nor_hide_others() {
    let app = TestApp::with_sample().await;
    let query = "query($after: String) { articles(first: 5, after: $after) { pageInfo { endCursor } nodes { title } } }";
    let first = app.public(query, json!({})).await["articles"].clone();
    let second = app.public(query, json!({"after": first["pageInfo"]["endCursor"]})).await["articles"].clone();
    app.publish("article", json!({"title": "Berita paling baru"})).await;
    assert_eq!(app.public(query, json!({"after": first["pageInfo"]["endCursor"]})).await["articles"], second);
}

#[tokio::test]
async fn sizes_cursors_and_directions_that_make_no_sense_are_refused() {
    let app = TestApp::with_sample().await;
    let cursor = app.public(QUERY, json!({"first": 1})).await["articles"]["pageInfo"]["endCursor"].clone();
    for bad in [
        json!({"first": 0}),
        json!({"first": 101}),
        json!({"first": -1}),
        json!({"last": 0}),
        json!({"first": 1, "last": 1}),
        json!({"first": 1, "before": cursor}),
        json!({"last": 1, "after": cursor}),
        json!({"after": "bukan kursor"}),
        // {"o":"title","k":1,"i":…}: a number where the order has a text.
        json!({"after": "eyJvIjoidGl0bGUiLCJrIjoxLCJpIjoiMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAwIn0"}),
    ] {
        let answer = app.answer(None, QUERY, bad.clone()).await;
        assert_eq!(codes(&answer), ["INVALID"], "{bad}");
    }
    let other_order = app.answer(None, "query($after: String) { articles(after: $after) { totalCount } }", json!({"after": cursor})).await;
    assert_eq!(codes(&other_order), ["INVALID"], "a cursor belongs to its order");
}

#[tokio::test]
async fn a_count_is_run_only_when_it_is_asked_for() {
    let app = TestApp::with_sample().await;
    app.statements();
    app.public("{ articles(first: 3) { nodes { title } } }", json!({})).await;
    let without = app.statements();
    app.public("{ articles(first: 3) { totalCount nodes { title } } }", json!({})).await;
    let with = app.statements();
    assert_eq!((without.len(), with.len()), (1, 2), "{without:?} {with:?}");
}

#[tokio::test]
async fn whether_there_is_more_is_told_however_it_is_asked() {
    let app = TestApp::with_sample().await;
    let fragments = "fragment Where on ArticleConnection { ...More } fragment More on ArticleConnection { pageInfo { hasNextPage } }";
    for asked in [
        "articles(first: 5) { pageInfo { hasNextPage } }",
        "articles: articles(first: 5) { pageInfo: pageInfo { hasNextPage } nodes { title } }",
        "articles(first: 5) { ... on ArticleConnection { pageInfo { hasNextPage } } }",
        "articles(first: 5) { nodes { title } ...Where }",
        "articles(first: 5) { nodes { title } } articles(first: 5) { pageInfo { hasNextPage } }",
    ] {
        let query = if asked.contains("Where") { format!("{{ {asked} }} {fragments}") } else { format!("{{ {asked} }}") };
        let page = app.public(&query, json!({})).await["articles"].clone();
        assert_eq!(page["pageInfo"]["hasNextPage"], true, "{asked}");
    }
}
