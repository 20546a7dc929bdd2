//! A document that was run before is run again by a shorter way, on which rows are written into the answer as they are resolved. The answer
//! stays the same to the byte.

use std::collections::BTreeMap;

use entity::enums::Role;
use entity::{article, comment};
use sea_orm::EntityTrait;
use sea_orm::sea_query::Expr;
use serde_json::{Value, json};
use warta::db::Write;

use crate::support::TestApp;
use crate::support::socket::Socket;

const TYPES: &str =
    "{ __schema { types { name fields { name args { name } type { kind ofType { kind ofType { kind ofType { kind } } } } } } } }";

/// The fields of each type that take no argument and have none of their own.
struct Leaves(BTreeMap<String, String>);

impl Leaves {
    async fn of(app: &TestApp) -> Self {
        let types = app.editor(TYPES, json!({})).await["__schema"]["types"].clone();
        let is_leaf = |field: &Value| {
            let mut kind = &field["type"];
            while !kind["ofType"].is_null() {
                kind = &kind["ofType"];
            }
            field["args"] == json!([]) && matches!(kind["kind"].as_str(), Some("SCALAR" | "ENUM"))
        };
        let leaves = |of_type: &Value| {
            let fields = of_type["fields"].as_array()?.iter().filter(|field| is_leaf(field)).filter_map(|field| field["name"].as_str());
            Some((of_type["name"].as_str()?.to_owned(), fields.chain(["__typename"]).collect::<Vec<_>>().join(" ")))
        };
        Self(types.as_array().unwrap().iter().filter_map(leaves).collect())
    }

    /// `text` with the leaves of a type in the place of its name in brackets.
    fn fill(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, leaves)| text.replace(&format!("<{name}>"), leaves))
    }
}

/// Asks twice, by a document that is new and by the same again, and returns what both answer.
async fn assert_stays_the_same(app: &TestApp, query: &str, variables: Value) -> String {
    let (new, known) = (format!("{query}\n# {variables}"), query);
    let ask = async |query: &str| app.send(Some(Role::Editor), query, variables.clone()).await.text().await.unwrap();
    let first = ask(&new).await;
    for query in [&new, known, known] {
        assert_eq!(ask(query).await, first, "{query}");
    }
    first
}

/// Gives each article a text that is too long to be copied about.
async fn lengthen_bodies(app: &TestApp) {
    let long = "Petani \"muda\" menanam jagung di lereng bukit. ".repeat(300);
    let articles = article::Entity::update_many().col_expr(article::Column::Body, Expr::val(long));
    assert!(articles.write(app.domain.db.write()).await.unwrap() > 3);
}

#[tokio::test]
async fn rows_are_the_same_written_as_built() {
    let app = TestApp::with_sample().await;
    let comments = comment::Entity::update_many()
        .col_expr(comment::Column::EditedAt, Expr::val(1_700_000_000_000_i64))
        .col_expr(comment::Column::ErasedAt, Expr::val(1_700_000_000_001_i64))
        .col_expr(comment::Column::AuthorWebsite, Expr::val("https://kopi.contoh.id/"));
    assert!(comments.write(app.domain.db.write()).await.unwrap() > 4);
    let leaves = Leaves::of(&app).await;
    for (list, row, found) in [
        ("articles(first: 50)", "<Article> body { <Body> } topics { <Topic> } regions { <Region> }", "Region"),
        ("articles(first: 50)", "programs { <Program> } events { <Event> }", "Event"),
        (
            "articles(first: 50)",
            "comments(first: 2) { nodes { <Comment> } edges { cursor node { <Comment> } } pageInfo { <PageInfo> } }",
            "Comment",
        ),
        (
            "events(first: 20)",
            "<Event> body { <Body> } region { <Region> } program { <Program> } organizers { <Organization> }",
            "Organization",
        ),
        ("events(first: 20)", "agenda { <EventSession> } articles { <Article> }", "EventSession"),
        (
            "events(first: 20)",
            "participants { <Participant> official { <Official> terms { <Term> organization { <Organization> } } } }",
            "Term",
        ),
        (
            "programs(first: 20)",
            "<Program> description { <Body> } organization { <Organization> } sites { <ProgramSite> region { <Region> } }",
            "ProgramSite",
        ),
        ("officials(first: 50)", "<Official> biography { <Body> } terms { <Term> }", "Official"),
        ("topics(first: 50)", "<Topic> parent { <Topic> }", "Topic"),
        ("regions(first: 50)", "<Region> path { <Region> }", "Region"),
    ] {
        let query = leaves.fill(&format!("{{ {list} {{ totalCount nodes {{ {row} }} edges {{ cursor node {{ __typename }} }} }} }}"));
        let answer = assert_stays_the_same(&app, &query, json!({})).await;
        assert!(!answer.contains("\"errors\""), "{query}: {answer}");
        assert!(answer.contains(&format!(r#""__typename":"{found}""#)), "{query}: {answer}");
    }
    let slug = app.editor("{ articles(first: 1) { nodes { slug } } }", json!({})).await["articles"]["nodes"][0]["slug"].clone();
    let one = "query One($slug: String!) { article(by: {slug: $slug}) { <Article> text: body { <Body> } topics { <Topic> } name: title } }";
    let one = leaves.fill(one);
    assert!(assert_stays_the_same(&app, &one, json!({"slug": slug})).await.contains("markdown"));
    lengthen_bodies(&app).await;
    assert!(assert_stays_the_same(&app, &one, json!({"slug": slug})).await.len() > 40_000);
    let search = "{ search(query: \"pupuk\", first: 5) { hits { node { __typename ... on Article { title topics { name } } } } } }";
    assert!(assert_stays_the_same(&app, search, json!({})).await.contains("topics"));
}

#[tokio::test]
async fn aliases_fragments_and_what_is_left_out_are_the_same() {
    let app = TestApp::with_sample().await;
    let query = r"query Parts($is: Boolean!, $words: Int) {
        all: articles(first: 3) { nodes { alias: slug under: topics { called: name } body { excerpt(words: $words) } } }
        programs(first: 2) { nodes { name @skip(if: $is) summary @include(if: $is) sites { sector @skip(if: $is) } } }
        events(first: 2) { nodes { ... on Event { slug region { name } } participants { name @include(if: $is) role } ...When } }
    }
    fragment When on Event { startsAt slug organizers { name } }";
    for is in [true, false] {
        let answer = assert_stays_the_same(&app, query, json!({"is": is, "words": 5})).await;
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert!(answer["data"]["all"]["nodes"][0]["under"][0]["called"].is_string(), "{answer}");
        assert_eq!(answer["data"]["programs"]["nodes"][0].get("name").is_some(), !is);
        assert!(
            answer["data"]["events"]["nodes"][0]["organizers"].is_array() && answer["data"]["events"]["nodes"][0]["region"].is_object()
        );
    }
    // A field that fails has the whole run again, with its place told.
    let failed = assert_stays_the_same(&app, query, json!({"is": true, "words": -1})).await;
    let failed: Value = serde_json::from_str(&failed).unwrap();
    assert_eq!(failed["errors"][0]["path"], json!(["all", "nodes", 0, "body", "excerpt"]));
    assert_eq!(failed["errors"][0]["extensions"], json!({"code": "INVALID"}));
    let nothing = "query Nothing($no: Boolean!) { programs(first: 1) { nodes { name @include(if: $no) } } }";
    let answer: Value = serde_json::from_str(&assert_stays_the_same(&app, nothing, json!({"no": false})).await).unwrap();
    assert_eq!(answer["data"]["programs"], json!({"nodes": [{}]}));
}

#[tokio::test]
async fn what_is_selected_in_two_places_is_put_together() {
    let app = TestApp::with_sample().await;
    let query = r"{
        articles(first: 3) { nodes { slug topics { name } topics { slug } ...Head } }
        articles(first: 3) { nodes { title slug } }
    }
    fragment Head on Article { summary topics { id } }";
    let answer: Value = serde_json::from_str(&assert_stays_the_same(&app, query, json!({})).await).unwrap();
    let article = &answer["data"]["articles"]["nodes"][0];
    for field in ["slug", "title", "summary"] {
        assert!(article[field].is_string(), "{field}: {article}");
    }
    for field in ["name", "slug", "id"] {
        assert!(article["topics"][0][field].is_string(), "{field}: {article}");
    }
}

#[tokio::test]
async fn sockets_and_event_streams_give_the_same() {
    let app = TestApp::with_sample().await;
    lengthen_bodies(&app).await;
    let query = "{ articles(first: 3) { nodes { slug topics { name } body { html } } } }";
    let expected = app.editor(query, json!({})).await;
    let mut socket = Socket::ready(&app, Some(Role::Editor)).await;
    for _ in 0..2 {
        assert_eq!(socket.answer(query, json!({})).await["data"], expected);
        let events = app.client.post(format!("{}/graphql", app.address)).bearer_auth(app.token(Role::Editor).await);
        let events = events.header("content-type", "application/json").header("accept", "text/event-stream");
        let text = events.body(json!({"query": query}).to_string()).send().await.unwrap().text().await.unwrap();
        let data = text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
        assert_eq!(serde_json::from_str::<Value>(data).unwrap()["data"], expected);
    }
}
