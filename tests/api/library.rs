//! What the GraphQL library must do by the specification, and has not always done: tests for the next version to pass.

use serde_json::json;

use crate::support::{TestApp, codes};

#[tokio::test]
async fn answers_have_the_order_of_the_query() {
    let app = TestApp::with_sample().await;
    let response = app.send(None, "{ b: topics(first: 1) { totalCount } a: viewer { role name } c: __typename }", json!({})).await;
    let text = response.text().await.unwrap();
    let places: Vec<usize> = ["\"b\"", "\"a\"", "\"role\"", "\"name\"", "\"c\""].iter().map(|key| text.find(key).unwrap()).collect();
    assert!(places.is_sorted(), "{text}");
}

#[tokio::test]
async fn a_nullable_field_that_fails_is_null_and_its_neighbours_stay() {
    let app = TestApp::new().await;
    let answer = app.answer(None, "{ viewer { name } search(query: \"tani\") { totalCount } }", json!({})).await;
    assert_eq!(answer["data"], json!({"viewer": {"name": "public"}, "search": null}));
    assert_eq!(answer["errors"][0]["path"], json!(["search"]));
    assert_eq!(codes(&answer), ["SEARCH_UNAVAILABLE"]);
}

#[tokio::test]
async fn a_non_null_field_that_fails_takes_its_parent_along() {
    let app = TestApp::new().await;
    let id = app.publish("article", json!({"title": "A", "body": "satu dua"})).await;
    let query = "query($id: ID!) { article(by: {id: $id}) { title body { text excerpt(words: -1) } } viewer { name } }";
    let answer = app.answer(None, query, json!({"id": id})).await;
    assert_eq!(answer["data"]["article"], json!(null));
    assert_eq!(answer["data"]["viewer"], json!({"name": "public"}));
    assert_eq!(answer["errors"][0]["path"], json!(["article", "body", "excerpt"]));
}

#[tokio::test]
async fn defaults_of_variables_reach_arguments_and_directives() {
    let app = TestApp::with_sample().await;
    let query = "query($n: Int = 3, $leaveOut: Boolean = true) { articles(first: $n) { nodes { id title @skip(if: $leaveOut) } } }";
    let nodes = app.public(query, json!({})).await["articles"]["nodes"].clone();
    assert_eq!(nodes.as_array().unwrap().len(), 3);
    assert_eq!(nodes[0].get("title"), None);
    let given = app.public(query, json!({"n": 1, "leaveOut": false})).await["articles"]["nodes"].clone();
    assert!(given.as_array().unwrap().len() == 1 && given[0]["title"].is_string());
}

#[tokio::test]
async fn a_null_for_a_variable_with_a_default_is_refused_where_none_is_allowed() {
    let app = TestApp::with_sample().await;
    let query = "query($leaveOut: Boolean = true) { topics(first: 1) { totalCount @skip(if: $leaveOut) nodes { name } } }";
    // The document has been found valid by then.
    for _ in 0..2 {
        app.public(query, json!({"leaveOut": false})).await;
    }
    for _ in 0..2 {
        let answer = app.answer(None, query, json!({"leaveOut": null})).await;
        assert!(codes(&answer) == ["GRAPHQL_VALIDATION_FAILED"] && answer.get("data").is_none(), "{answer}");
    }
}

#[tokio::test]
async fn exactly_one_member_of_a_one_of_input_is_taken() {
    let app = TestApp::new().await;
    for bad in ["{}", "{id: \"article_1\", slug: \"a\"}", "{slug: null}"] {
        let answer = app.answer(None, &format!("{{ article(by: {bad}) {{ id }} }}"), json!({})).await;
        assert!(!codes(&answer).is_empty(), "{bad}: {answer}");
    }
}

#[tokio::test]
async fn unknown_arguments_and_input_fields_are_refused() {
    let app = TestApp::new().await;
    for query in [
        "{ articles(where: {authorEmail: \"a\"}) { totalCount } }",
        "{ articles(filter: {createdBy: \"a\"}) { totalCount } }",
        "{ articles(orderBy: BODY) { totalCount } }",
        "mutation { commentSubmit(input: {subjectId: \"a\", authorName: \"a\", authorEmail: \"a\", body: \"a\", consent: true, status: APPROVED}) { comment { id } } }",
    ] {
        let answer = app.answer(None, query, json!({})).await;
        assert!(!codes(&answer).is_empty() && answer.get("data").is_none(), "{query}: {answer}");
    }
}

#[tokio::test]
async fn an_argument_whose_variable_is_left_out_has_its_default() {
    let app = TestApp::with_sample().await;
    // The library ignores a declared default in this case, so that ours stand in the resolvers and the schema declares none.
    let query = "query($words: Int, $first: Int) { articles(first: $first) { nodes { body { excerpt(words: $words) } } } }";
    assert_eq!(app.public(query, json!({})).await["articles"]["nodes"].as_array().unwrap().len(), 20);
    let sdl = warta::graphql::sdl();
    let declared: Vec<&str> =
        sdl.lines().map(str::trim).filter(|line| line.contains(" = ") && !line.starts_with('"') && !line.starts_with("union ")).collect();
    assert_eq!(declared, Vec::<&str>::new());
}
