//! Documents that ask for too much are refused before they cost anything.

use serde_json::json;

use crate::support::{TestApp, codes};

async fn code(app: &TestApp, query: &str) -> String {
    app.statements();
    let answer = app.answer(None, query, json!({})).await;
    assert_eq!(app.statements(), Vec::<String>::new(), "a refused document reads nothing");
    assert_eq!(answer.get("data"), None);
    codes(&answer).join(" ")
}

#[tokio::test]
async fn each_limit_has_a_code_and_a_number() {
    let app = TestApp::new().await;
    let deep = "{ region(by: {code: \"73\"}) { ".to_owned() + &"parent { ".repeat(20) + "id" + &" }".repeat(22);
    assert_eq!(code(&app, &deep).await, "QUERY_TOO_DEEP");
    let aliases: String = (0..150).map(|number| format!("a{number}: __typename ")).collect();
    assert_eq!(code(&app, &format!("{{ {aliases} }}")).await, "TOO_MANY_ROOT_FIELDS");
    let inner: String = (0..150).map(|number| format!("a{number}: name ")).collect();
    assert_eq!(code(&app, &format!("{{ viewer {{ {inner} }} }}")).await, "TOO_MANY_ALIASES");
    assert_eq!(code(&app, &format!("{{ __typename {} }}", "@skip(if: false) ".repeat(80))).await, "TOO_MANY_DIRECTIVES");
    assert_eq!(code(&app, &format!("{{ {} }}", "__typename ".repeat(9_000))).await, "QUERY_TOO_LONG");
    assert_eq!(code(&app, &format!("{{ {} }}", "a ".repeat(9_000))).await, "TOO_MANY_TOKENS");
    let nested = "{ articles(first: 100) { nodes { related(first: 20) { related(first: 20) { related(first: 20) { id } } } } } }";
    assert_eq!(code(&app, nested).await, "QUERY_TOO_COSTLY");
    let list = format!("{{ nodes(ids: {}\"a\"{}) {{ id }} }}", "[".repeat(2_000), "]".repeat(2_000));
    assert_eq!(code(&app, &list).await, "QUERY_TOO_DEEP");
    assert_eq!(code(&app, "{ a { b ").await, "GRAPHQL_PARSE_FAILED");
    assert_eq!(code(&app, "query A { __typename } query B { __typename }").await, "OPERATION_NOT_FOUND");
}

#[tokio::test]
async fn the_cost_of_a_request_is_told() {
    let app = TestApp::new().await;
    let answer = app.answer(None, "{ articles(first: 10) { nodes { id title } } }", json!({})).await;
    assert_eq!(answer["extensions"]["cost"], json!({"requested": 1 + 10 * (1 + 2), "limit": 50_000}));
}

#[tokio::test]
async fn the_same_mutation_may_not_stand_twice_under_one_key() {
    let app = TestApp::new().await;
    let one = "topicCreate(input: {name: \"Air\"}) { topic { id } }";
    assert_eq!(code(&app, &format!("mutation {{ {one} {one} }}")).await, "DUPLICATE_MUTATION");
}
