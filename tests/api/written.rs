//! A document that was run before is run again by a shorter way, on which rows are written into the answer as they are resolved. The answer
//! stays the same to the byte.

use std::collections::BTreeMap;

use entity::enums::Role;
use serde_json::{Value, json};

use crate::support::TestApp;

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

async fn assert_stays_the_same(app: &TestApp, query: &str, variables: Value) -> String {
    let first = app.send(Some(Role::Editor), query, variables.clone()).await.text().await.unwrap();
    assert!(!first.contains("\"errors\""), "{query}: {first}");
    for _ in 0..2 {
        let again = app.send(Some(Role::Editor), query, variables.clone()).await.text().await.unwrap();
        assert_eq!(again, first, "{query}");
    }
    first
}

#[tokio::test]
async fn rows_are_the_same_written_as_built() {
    let app = TestApp::with_sample().await;
    let leaves = Leaves::of(&app).await;
    for (list, row) in [
        ("articles", "<Article> body { <Body> } topics { <Topic> } regions { <Region> } programs { <Program> } events { <Event> }"),
        ("articles", "slug comments(first: 2) { nodes { <Comment> } edges { cursor node { <Comment> } } pageInfo { <PageInfo> } }"),
        (
            "events",
            "<Event> body { <Body> } region { <Region> } program { <Program> } organizers { <Organization> } agenda { <EventSession> }",
        ),
        ("events", "slug participants { <Participant> official { <Official> terms { <Term> organization { <Organization> } } } }"),
        ("programs", "<Program> description { <Body> } organization { <Organization> } sites { <ProgramSite> region { <Region> } }"),
        ("officials", "<Official> biography { <Body> } terms { <Term> }"),
        ("topics", "<Topic> parent { <Topic> }"),
        ("regions", "<Region> path { <Region> }"),
    ] {
        let query =
            leaves.fill(&format!("{{ {list}(first: 4) {{ totalCount nodes {{ {row} }} edges {{ cursor node {{ __typename }} }} }} }}"));
        let answer = assert_stays_the_same(&app, &query, json!({})).await;
        assert!(answer.matches("__typename").count() >= 4, "{answer}");
    }
}

#[tokio::test]
async fn what_is_selected_in_two_places_is_put_together() {
    let app = TestApp::with_sample().await;
    let query = r"query Twice($is: Boolean!) {
        articles(first: 3) { nodes { slug topics { name } topics { slug } ...Head } }
        articles(first: 3) { nodes { title alias: slug } }
        programs(first: 2) { nodes { name @skip(if: $is) sites { sector @skip(if: $is) } } }
        events(first: 2) { nodes { ... on Event { slug region { name } } participants { name @include(if: $is) } } }
    }
    fragment Head on Article { summary topics { id } }";
    for is in [true, false] {
        let answer: Value = serde_json::from_str(&assert_stays_the_same(&app, query, json!({"is": is})).await).unwrap();
        let article = &answer["data"]["articles"]["nodes"][0];
        for field in ["slug", "title", "alias", "summary"] {
            assert!(article[field].is_string(), "{field}: {article}");
        }
        for field in ["name", "slug", "id"] {
            assert!(article["topics"][0][field].is_string(), "{field}: {article}");
        }
    }
    let nothing = "query Nothing($no: Boolean!) { programs(first: 1) { nodes { name @include(if: $no) } } }";
    let answer: Value = serde_json::from_str(&assert_stays_the_same(&app, nothing, json!({"no": false})).await).unwrap();
    assert_eq!(answer["data"]["programs"], json!({"nodes": [{}]}));
}
