//! No field costs a statement a parent.

use serde_json::json;

use crate::support::TestApp;

const PAGE: &str = include_str!("../../src/http/explorer/samples/workshop.graphql");

/// The fields of the workshop's page, over a list of any length.
fn list(first: usize) -> String {
    let start = PAGE.find("by: {").unwrap();
    let end = start + PAGE[start..].find("})").unwrap() + 2;
    let fields = &PAGE[end..PAGE.rfind('}').unwrap()];
    format!("query {{ articles(first: {first}, orderBy: PUBLISHED_OLDEST) {{ nodes {fields} }} }}")
}

#[tokio::test]
async fn the_page_of_one_article_and_of_fifty_take_the_same_statements() {
    let app = TestApp::with_sample().await;
    // More than a page of articles, so that fifty really are read.
    for number in 0..15 {
        app.publish("article", json!({"title": format!("Berita {number}")})).await;
    }
    let count = async |first: usize| {
        app.statements();
        let nodes = app.public(&list(first), json!({})).await["articles"]["nodes"].clone();
        assert_eq!(nodes.as_array().unwrap().len(), first);
        app.statements()
    };
    let (one, fifty) = (count(1).await, count(50).await);
    assert_eq!(fifty.len(), one.len(), "1: {one:#?}\n50: {fifty:#?}");

    app.statements();
    let page = app.public(PAGE, json!({})).await["article"].clone();
    let statements = app.statements();
    assert_eq!(page["events"][0]["participants"].as_array().unwrap().len(), 7);
    assert!(statements.len() <= 24, "{} statements: {statements:#?}", statements.len());
}
