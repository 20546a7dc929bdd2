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

/// Fragments of which each spreads the next ten times, thirty deep.
fn tenfold(last: &str) -> String {
    let chain: String = (0..30).map(|at| format!(" fragment F{at} on Article {{ {} }}", format!("...F{} ", at + 1).repeat(10))).collect();
    format!("{chain} fragment F30 on Article {{ {last} }}")
}

/// Documents that made comparable servers die, hang or grow.
fn amplifications() -> Vec<(&'static str, String)> {
    let fragments = |on: &str, first: &str, last: &str| {
        let chain: String = (0..30).map(|at| format!(" fragment F{at} on {on} {{ ...F{} ...F{} }}", at + 1, at + 1)).collect();
        format!("{first}{chain} fragment F30 on {on} {{ {last} }}")
    };
    let wide = "...F ".repeat(900);
    vec![
        ("fragments that end in one that is not there", format!("{{ articles {{ nodes {{ ...F0 }} }} }}{}", tenfold("...Nope"))),
        ("a subscription that spreads itself often", format!("subscription {{ ...F }} fragment F on Subscription {{ {wide} }}")),
        ("a list within 2,000 lists", format!("{{ nodes(ids: {}\"a\"{}) {{ id }} }}", "[".repeat(2_000), "]".repeat(2_000))),
        (
            "an object within 2,000 objects",
            format!("{{ articles(filter: {}{}) {{ totalCount }} }}", "{a:".repeat(2_000), "}".repeat(2_000)),
        ),
        ("a list that does not end", format!("{{ nodes(ids: {}", "[".repeat(60_000))),
        ("fragments that double", fragments("Query", "{ ...F0 }", "articles { totalCount }")),
        ("fragments that double within a list", fragments("Article", "{ articles { nodes { ...F0 } } }", "id")),
        ("aliases", format!("{{ {} }}", (0..2_000).map(|at| format!("a{at}: __typename ")).collect::<String>())),
        (
            "aliases of a costly field",
            format!(
                "{{ {} }}",
                (0..20)
                    .map(|at| format!("a{at}: search(query: \"a\", first: 100) {{ hits {{ snippetHtml node {{ id }} }} }} "))
                    .collect::<String>()
            ),
        ),
        ("directives", format!("{{ __typename {} }}", "@include(if: true) ".repeat(1_000))),
        ("__typename at every turn", format!("{{ articles {{ nodes {{ {} }} }} }}", "__typename ".repeat(1_500))),
        (
            "lists within lists",
            "{ articles(first: 100) { nodes { related(first: 20) { related(first: 20) { related(first: 20) { id } } } } } }".to_owned(),
        ),
        ("a page of a thousand million", "{ articles(first: 1000000000) { nodes { id } } }".to_owned()),
        ("a page of less than none", "{ articles(first: -1) { nodes { id } } }".to_owned()),
        ("a list within 2,000 types of a variable", format!("query($a: {}Int{}) {{ __typename }}", "[".repeat(2_000), "]".repeat(2_000))),
    ]
}

#[tokio::test]
async fn what_grows_when_it_is_run_is_refused_on_every_way_in() {
    use crate::events::Events;
    use crate::support::socket::Socket;

    let app = TestApp::new().await;
    for (what, document) in amplifications() {
        app.statements();
        let started = std::time::Instant::now();
        let post = app.answer(None, &document, json!({})).await;
        assert!(!codes(&post).is_empty() && post.get("data").is_none_or(serde_json::Value::is_null), "{what}: {post}");
        let events = Events::open(&app, None, &document).await.text().await;
        assert!(events.contains("\"errors\":"), "{what}: {events}");
        let mut socket = Socket::ready(&app, None).await;
        assert!(!codes(&socket.answer(&document, json!({})).await).is_empty(), "{what}");
        if document.len() < 8_000 {
            let get = app.client.get(format!("{}/graphql", app.address)).query(&[("query", &document)]).send().await.unwrap();
            assert!(get.text().await.unwrap().contains("\"errors\":"), "{what}");
        }
        assert!(started.elapsed() < std::time::Duration::from_secs(5), "{what}");
        // A socket looks at the log of what may end somebody's rights.
        let read = app.statements().into_iter().filter(|statement| !statement.contains("audit_entries")).collect::<Vec<_>>();
        assert_eq!(read, Vec::<String>::new(), "{what}");
    }
    // What is not run is not walked either.
    let beside = format!("query A {{ __typename }} query B {{ articles {{ nodes {{ ...F0 }} }} }}{}", tenfold("id"));
    let body = json!({"query": beside, "operationName": "A"}).to_string();
    let request = app.client.post(format!("{}/graphql", app.address)).header("content-type", "application/json").body(body);
    assert_eq!(request.send().await.unwrap().text().await.unwrap().split(",\"ext").next(), Some("{\"data\":{\"__typename\":\"Query\"}"));
    let many = json!({"x": vec![0; 200_000]});
    assert_eq!(codes(&app.answer(None, "query($x: [Int]) { __typename }", many.clone()).await), ["TOO_MANY_VALUES"]);
    assert_eq!(app.answer(None, "{ __typename }", many).await["data"], json!({"__typename": "Query"}), "what is not declared is left out");
    let mut socket = Socket::ready(&app, None).await;
    let long = json!({"x": "x".repeat(20_000)});
    let follow = "subscription($x: String) { articlePublished { id @skip(if: false) slug } }";
    assert_eq!(codes(&socket.answer(follow, long).await), ["VARIABLES_TOO_LONG"]);
    let costly = "subscription { articlePublished { related(first: 20) { related(first: 20) { title summary } } } }";
    assert_eq!(codes(&socket.answer(costly, json!({})).await), ["QUERY_TOO_COSTLY"]);
    let deep = format!("{}1{}", "[".repeat(3_000), "]".repeat(3_000));
    let body = format!("{{\"query\": \"{{ __typename }}\", \"variables\": {{\"a\": {deep}}}}}");
    let request = app.client.post(format!("{}/graphql", app.address)).header("content-type", "application/json").body(body);
    assert_eq!(request.send().await.unwrap().status(), 400, "variables may not be nested without end either");
    assert_eq!(app.public("{ __typename }", json!({})).await["__typename"], "Query");
}

#[tokio::test]
async fn fields_of_one_key_ask_for_the_same_thing_on_every_way_in() {
    use crate::support::socket::Socket;

    let app = TestApp::new().await;
    let conflict = "{ articles { n: totalCount } articles { ... on ArticleConnection { n: nodes { id } } } }";
    let refused = app.answer(None, conflict, json!({})).await;
    assert_eq!(codes(&refused), ["GRAPHQL_VALIDATION_FAILED"]);
    let message = refused["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("`n`") && message.contains("`totalCount` and `nodes`"), "{message}");
    let mut socket = Socket::ready(&app, None).await;
    assert_eq!(codes(&socket.answer(conflict, json!({})).await), ["GRAPHQL_VALIDATION_FAILED"]);
    let arguments = "{ articles(first: 1) { totalCount } articles(first: 2) { totalCount } }";
    assert_eq!(codes(&app.answer(None, arguments, json!({})).await), ["GRAPHQL_VALIDATION_FAILED"]);
    let merged = "{ articles(first: 1) { totalCount } ...f } fragment f on Query { articles(first: 1) { nodes { id } } }";
    for _ in 0..2 {
        assert_eq!(app.public(merged, json!({})).await["articles"], json!({"totalCount": 0, "nodes": []}));
    }
}
