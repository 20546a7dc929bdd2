//! No field costs a statement a parent.

use std::collections::HashMap;

use entity::enums::Role;
use sea_orm::DbBackend;
use serde_json::json;
use warta::db::Source;

use crate::support::database::sqlite_plan;
use crate::support::{TestApp, data};

const PAGE: &str = include_str!("../../src/http/explorer/samples/workshop.graphql");

/// The fields of the workshop's page, over a list of any length.
fn list(first: usize) -> String {
    let start = PAGE.find("by: {").unwrap();
    let end = start + PAGE[start..].find("})").unwrap() + 2;
    let fields = &PAGE[end..PAGE.rfind('}').unwrap()];
    format!("query {{ articles(first: {first}, orderBy: PUBLISHED_OLDEST) {{ nodes {fields} }} }}")
}

/// A statement without the lengths of its lists.
fn shape(statement: &str) -> String {
    let parts = statement.split(['?', '$']).map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ',' | ' ')));
    parts.filter(|part| !part.is_empty()).collect()
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
    for first in [1, 50] {
        let statements = count(first).await;
        // Levels of the page that happen to be read at the same moment share a statement, so that the number may differ by
        // a few; one for each parent would be fifty.
        let mut shapes: HashMap<String, usize> = HashMap::new();
        for statement in &statements {
            *shapes.entry(shape(statement)).or_default() += 1;
        }
        let most = shapes.iter().max_by_key(|(_, count)| **count).unwrap();
        assert!(*most.1 <= 4, "{first} articles: {most:?}");
        assert!(statements.len() <= 26, "{first} articles: {} statements: {statements:#?}", statements.len());
    }

    app.statements();
    let page = app.public(PAGE, json!({})).await["article"].clone();
    let statements = app.statements();
    assert_eq!(page["events"][0]["participants"].as_array().unwrap().len(), 7);
    assert!(statements.len() <= 26, "{} statements: {statements:#?}", statements.len());
}

#[tokio::test]
async fn what_a_search_found_is_looked_up_and_not_walked_to() {
    let app = TestApp::with_sample().await;
    app.statements();
    app.public("{ search(query: \"petani\", types: [ARTICLE]) { hits { titleHtml } } }", json!({})).await;
    let statements = app.statements();
    let lookup = statements.iter().find(|statement| statement.contains("\"articles\".\"id\" IN")).unwrap();
    let db = app.domain.db.read();
    if db.backend() != DbBackend::Sqlite {
        return;
    }
    let plan = sqlite_plan(db, lookup).await;
    assert!(plan.iter().all(|step| step.contains("(id=?)")), "{plan:?}");
}

#[tokio::test]
async fn of_what_a_search_found_only_what_is_asked_for_is_read() {
    let app = TestApp::with_sample().await;
    // What the search keeps in memory is read beforehand.
    app.public("{ search(query: \"petani\") { totalCount } }", json!({})).await;
    app.statements();
    let headings =
        "{ search(query: \"petani\", types: [ARTICLE]) { hits { titleHtml node { ... on Article { slug title publishedAt } } } } }";
    app.public(headings, json!({})).await;
    let statements = app.statements();
    let of_articles: Vec<&String> = statements.iter().filter(|statement| statement.contains("FROM \"articles\"")).collect();
    assert_eq!((statements.len(), of_articles.len()), (1, 1), "{statements:?}");
    assert!(!of_articles[0].contains("\"body\"") && !of_articles[0].contains("\"created_by\""), "{}", of_articles[0]);
    let texts = "{ search(query: \"petani\", types: [ARTICLE]) { hits { node { ... on Article { slug body { text } viewerCanEdit } } } } }";
    let hits = app.public(texts, json!({})).await["search"]["hits"].as_array().unwrap().clone();
    assert_eq!(app.statements().len(), 1, "asked for at once, a text is read at once");
    assert!(hits.len() > 1);
    for hit in &hits {
        assert!(!hit["node"]["body"]["text"].as_str().unwrap().is_empty());
        assert_eq!(hit["node"]["viewerCanEdit"], false);
    }
    // What else a row holds comes for all hits together.
    let private = "{ search(query: \"petani\", types: [ARTICLE]) { hits { node { ... on Article { slug revision viewerCanEdit } } } } }";
    let answer = data(app.answer(Some(Role::Editor), private, json!({})).await);
    let whole = app.statements().iter().filter(|statement| statement.contains("\"articles\".\"created_by\"")).count();
    assert_eq!(whole, 1);
    for hit in answer["search"]["hits"].as_array().unwrap() {
        assert!(hit["node"]["revision"].as_i64().unwrap() >= 1 && hit["node"]["viewerCanEdit"] == true, "{hit}");
    }
}

#[tokio::test]
async fn threads_of_comments_are_read_as_far_as_the_page_goes() {
    let app = TestApp::with_sample().await;
    let db = app.domain.db.read();
    if db.backend() != DbBackend::Sqlite {
        return;
    }
    for first in [1, 20] {
        let query =
            format!("{{ articles(first: {first}) {{ nodes {{ comments(first: 2, orderBy: NEWEST) {{ totalCount nodes {{ id }} }} }} }} }}");
        app.statements();
        data(app.answer(None, &query, json!({})).await);
        let statements = app.statements();
        let lists: Vec<&String> = statements.iter().filter(|statement| statement.contains("FROM \"comments\"")).collect();
        assert_eq!(lists.len(), 1, "{query}: {statements:?}");
        let plan = sqlite_plan(db, lists[0]).await;
        let is_good = |step: &String| !step.starts_with("SCAN comments") && !step.contains("TEMP B-TREE");
        assert!(plan.iter().all(is_good) && plan.iter().any(|step| step.contains("article_id=? AND")), "{query}: {plan:?}");
    }
}
