//! Global ids.

use serde_json::json;

use crate::support::{TestApp, codes, user_errors};

#[tokio::test]
async fn ids_name_their_type_and_those_of_another_are_refused() {
    let app = TestApp::with_sample().await;
    let topic = app.public("{ topic(by: {slug: \"pertanian\"}) { id } }", json!({})).await["topic"]["id"].clone();
    let answer = app.answer(None, "query($id: ID!) { article(by: {id: $id}) { id } }", json!({"id": topic})).await;
    assert_eq!(codes(&answer), ["INVALID"]);
    let payload = app.mutate("articlePublish", "article { id }", json!({"id": topic})).await;
    assert_eq!(user_errors(&payload), [("id".to_owned(), "NOT_FOUND".to_owned())]);
    let nonsense = app.answer(None, "{ node(id: \"1' OR '1'='1\") { id } }", json!({})).await;
    assert_eq!(codes(&nonsense), ["INVALID"]);
}

#[tokio::test]
async fn every_noun_is_found_by_its_id_in_the_order_asked_for() {
    let app = TestApp::with_sample().await;
    let query = "{ article(by: {slug: \"apa-itu-ikrar-mitra\"}) { id comments { nodes { id } } } event(by: {slug: \"seminar-gizi-anak\"}) { id }
        official(by: {slug: \"nurlina-basri\"}) { id } program(by: {slug: \"rumah-gizi\"}) { id } organization(by: {slug: \"dompet-dhuafa\"}) { id }
        topic(by: {slug: \"kesehatan\"}) { id } region(by: {code: \"73.03\"}) { id } glossaryTerms(first: 1) { nodes { id } } }";
    let found = app.public(query, json!({})).await;
    let mut ids: Vec<_> =
        ["article", "event", "official", "program", "organization", "topic", "region"].map(|noun| found[noun]["id"].clone()).into();
    ids.push(found["article"]["comments"]["nodes"][0]["id"].clone());
    ids.push(found["glossaryTerms"]["nodes"][0]["id"].clone());
    ids.reverse();
    ids.insert(0, json!("article_00000000000000000000000000000001"));
    let nodes = app.public("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({"ids": ids})).await["nodes"].clone();
    let found: Vec<_> = nodes.as_array().unwrap().iter().map(|node| node["id"].clone()).collect();
    ids[0] = json!(null);
    assert_eq!(found, ids);
    let many = vec!["article_00000000000000000000000000000001"; 101];
    assert_eq!(codes(&app.answer(None, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({"ids": many})).await), ["INVALID"]);
}

#[tokio::test]
async fn characters_that_no_address_has_find_nothing() {
    let app = TestApp::new().await;
    let query =
        "query($text: String!) { article(by: {slug: $text}) { id } topic(by: {slug: $text}) { id } region(by: {code: $text}) { id } }";
    for text in ["a\u{0}", "' OR ''='", "🙂", ""] {
        assert_eq!(app.public(query, json!({"text": text})).await, json!({"article": null, "topic": null, "region": null}), "{text}");
    }
}
