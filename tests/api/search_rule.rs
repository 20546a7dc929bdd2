//! What editors pin and hide, what readers search for, and what is suggested to them.

use entity::enums::Role;
use serde_json::{Value, json};
use warta::domain::search::count;

use crate::support::{Options, TestApp, codes};

const TITLES: &str = "query($query: String!, $filter: SearchFilterInput, $types: [SearchType!], $orderBy: SearchOrder, $first: Int, $after: String, $typing: Boolean) {
    search(query: $query, filter: $filter, types: $types, orderBy: $orderBy, first: $first, after: $after, typing: $typing) {
        totalCount pageInfo { endCursor hasNextPage } hits { titleHtml } } }";

/// The titles found, without their marks.
async fn titles(app: &TestApp, variables: Value) -> Vec<String> {
    let found = app.public(TITLES, variables).await;
    let hits = found["search"]["hits"].as_array().unwrap().clone();
    hits.iter().map(|hit| hit["titleHtml"].as_str().unwrap().replace("<mark>", "").replace("</mark>", "")).collect()
}

async fn three_articles(app: &TestApp) -> [String; 3] {
    let mut ids = Vec::new();
    for (title, body) in
        [("Pupuk organik", "Pupuk dari kotoran sapi."), ("Pupuk cair", "Membuat pupuk sendiri."), ("Jadwal rapat", "Rapat di balai desa.")]
    {
        ids.push(app.publish("article", json!({"title": title, "body": body})).await);
    }
    app.index().await;
    ids.try_into().unwrap()
}

#[tokio::test]
async fn what_is_pinned_comes_first_and_what_is_hidden_not_at_all() {
    let app = TestApp::new().await;
    let [organic, liquid, meeting] = three_articles(&app).await;
    let search = async |query: &str| titles(&app, json!({"query": query})).await;
    assert_eq!(search("pupuk").await.len(), 2);
    let pin = app.create("searchRule", json!({"query": "Memupuk", "targetId": meeting})).await;
    assert_eq!(search("pupuk").await[0], "Jadwal rapat", "any form of the words; what is pinned need not have them");
    assert_eq!(search("pupuk").await.len(), 3);
    assert!(!search("pupuk sapi").await.contains(&"Jadwal rapat".to_owned()), "another query");
    app.create("searchRule", json!({"query": "pupuk", "targetId": liquid, "position": 2})).await;
    assert_eq!(search("pupuk").await, ["Jadwal rapat", "Pupuk cair", "Pupuk organik"], "each once, in order");
    app.create("searchRule", json!({"query": "pupuk", "targetId": organic, "effect": "HIDE"})).await;
    assert_eq!(search("pupuk").await, ["Jadwal rapat", "Pupuk cair"]);
    // Pages go on through what is pinned.
    let first = app.public(TITLES, json!({"query": "pupuk", "first": 1})).await["search"].clone();
    assert_eq!((&first["totalCount"], &first["pageInfo"]["hasNextPage"]), (&json!(2), &json!(true)));
    let second = titles(&app, json!({"query": "pupuk", "first": 1, "after": first["pageInfo"]["endCursor"]})).await;
    assert_eq!(second, ["Pupuk cair"]);
    // By date nothing is pinned; what a filter leaves out is not pinned either.
    assert_eq!(titles(&app, json!({"query": "pupuk", "orderBy": "NEWEST"})).await, ["Pupuk cair"]);
    assert_eq!(titles(&app, json!({"query": "pupuk", "types": ["EVENT"]})).await, Vec::<String>::new());
    // What is taken back is not pinned any more.
    app.mutate("articleUnpublish", "article { id }", json!({"id": meeting})).await;
    assert_eq!(search("pupuk").await, ["Pupuk cair"]);
    app.mutate("searchRuleDelete", "deletedId", json!({"id": pin})).await;
    assert_eq!(search("pupuk").await, ["Pupuk cair"]);
}

#[tokio::test]
async fn a_rule_names_a_query_and_something_that_can_be_found() {
    let app = TestApp::new().await;
    let [organic, ..] = three_articles(&app).await;
    let topic = app.create("topic", json!({"name": "Air"})).await;
    let problems = async |input: Value| {
        let answer = app.mutate("searchRuleCreate", "searchRule { id }", input).await;
        assert_eq!(answer["searchRule"], Value::Null);
        answer["userErrors"].as_array().unwrap().iter().map(|error| error["field"].to_string()).collect::<Vec<_>>().join(" ")
    };
    assert!(problems(json!({"query": "pupuk"})).await.contains("targetId"));
    assert!(problems(json!({"query": "?!", "targetId": organic})).await.contains("query"));
    assert!(problems(json!({"targetId": organic})).await.contains("query"));
    assert!(problems(json!({"query": "pupuk", "targetId": topic})).await.contains("targetId"));
    assert!(problems(json!({"query": "pupuk", "targetId": "x"})).await.contains("targetId"));
    assert!(problems(json!({"query": "pupuk", "targetId": organic, "position": 0})).await.contains("position"));
    let rule = app.create("searchRule", json!({"query": "pupuk", "targetId": organic})).await;
    assert!(problems(json!({"query": "memupuk", "targetId": organic, "effect": "HIDE"})).await.contains("targetId"), "one rule for both");
    let selection = "searchRule { query effect position target { ... on Article { title } } }";
    let changed = app.mutate("searchRuleUpdate", selection, json!({"id": rule, "effect": "HIDE", "position": 7})).await;
    let expected = json!({"query": "pupuk", "effect": "HIDE", "position": 7, "target": {"title": "Pupuk organik"}});
    assert_eq!(changed["searchRule"], expected);
    let list = "{ searchRules { totalCount nodes { query } } }";
    let listed = app.answer(Some(Role::Editor), list, json!({})).await;
    assert_eq!(listed["data"]["searchRules"], json!({"totalCount": 1, "nodes": [{"query": "pupuk"}]}));
    assert_eq!(codes(&app.answer(Some(Role::Author), list, json!({})).await), ["FORBIDDEN"]);
    assert_eq!(codes(&app.answer(None, list, json!({})).await), ["UNAUTHENTICATED"]);
}

#[tokio::test]
async fn what_readers_search_for_is_counted_without_telling_who_they_are() {
    let app = TestApp::new().await;
    three_articles(&app).await;
    for query in ["Pupuk", "pupuk ", "PUPUK!", "rapat", "pestisida", "siti@contoh.id", "hubungi 081234567890"] {
        titles(&app, json!({"query": query})).await;
    }
    // Neither what is being typed, nor further pages, nor what a filter narrows.
    titles(&app, json!({"query": "pup", "typing": true})).await;
    titles(&app, json!({"query": "rapat", "filter": {"year": 1990}})).await;
    count::flush(&app.domain).await.unwrap();
    titles(&app, json!({"query": "pupuk"})).await;
    count::flush(&app.domain).await.unwrap();
    let report = "{ searchReport { frequent { query searches withoutHits } withoutHits { query searches withoutHits } } }";
    let seen = app.answer(Some(Role::Editor), report, json!({})).await["data"]["searchReport"].clone();
    let count = |query: &str, searches: i64, without: i64| json!({"query": query, "searches": searches, "withoutHits": without});
    assert_eq!(seen["frequent"], json!([count("pupuk", 4, 0), count("pestisida", 1, 1), count("rapat", 1, 0)]));
    assert_eq!(seen["withoutHits"], json!([count("pestisida", 1, 1)]));
    for role in [None, Some(Role::Author), Some(Role::Moderator)] {
        assert_eq!(app.answer(role, report, json!({})).await["data"]["searchReport"], Value::Null);
    }
    // A month later it is out of the report, and after ninety days gone.
    app.clock.advance(31 * 86_400_000);
    let seen = app.answer(Some(Role::Editor), report, json!({})).await;
    assert_eq!(seen["data"]["searchReport"]["frequent"], json!([]));
    let report = "{ searchReport(days: 90) { frequent { query } } }";
    assert_eq!(app.answer(Some(Role::Editor), report, json!({})).await["data"]["searchReport"]["frequent"].as_array().unwrap().len(), 3);
    app.clock.advance(60 * 86_400_000);
    count::tidy(&app.domain).await.unwrap();
    assert_eq!(app.answer(Some(Role::Editor), report, json!({})).await["data"]["searchReport"]["frequent"], json!([]));
}

#[tokio::test]
async fn suggestions_name_titles_people_places_topics_and_what_others_search_for() {
    let app = TestApp::with(Options { with_sample: true, ..Options::default() }).await;
    app.index().await;
    let query = "query($prefix: String!, $first: Int) { suggest(prefix: $prefix, first: $first) { kind text node { __typename } } }";
    let suggest = async |prefix: &str| app.public(query, json!({"prefix": prefix})).await["suggest"].as_array().unwrap().clone();
    let one = |kind: &str, text: &str, node: &str| json!({"kind": kind, "text": text, "node": {"__typename": node}});
    assert_eq!(suggest("pasar ta").await, [one("TITLE", "Pasar Tani Setiap Sabtu Pagi", "Article")]);
    assert_eq!(suggest("nurlina b").await, [one("PERSON", "Nurlina Basri", "Official")]);
    for beginning in ["bantae", "Kabupaten Bantaeng"] {
        assert!(suggest(beginning).await.contains(&one("PLACE", "Kabupaten Bantaeng", "Region")), "{beginning}");
    }
    assert!(suggest("Keseha").await.contains(&one("TOPIC", "Kesehatan", "Topic")));
    assert_eq!(suggest(" ").await, Vec::<Value>::new());
    assert_eq!(suggest("rencana klaster").await, Vec::<Value>::new(), "a draft");
    assert_eq!(suggest("100%_").await, Vec::<Value>::new());
    // What a few have searched for is nobody's to see.
    for _ in 0..4 {
        titles(&app, json!({"query": "peternak sapi"})).await;
    }
    count::flush(&app.domain).await.unwrap();
    let asked = json!({"kind": "QUERY", "text": "peternak sapi", "node": null});
    assert!(!suggest("peternak s").await.contains(&asked), "few");
    titles(&app, json!({"query": "peternak sapi"})).await;
    count::flush(&app.domain).await.unwrap();
    assert!(!suggest("peternak s").await.contains(&asked), "on one day");
    app.clock.advance(86_400_000);
    titles(&app, json!({"query": "peternak sapi"})).await;
    count::flush(&app.domain).await.unwrap();
    assert_eq!(suggest("peternak s").await[0], asked);
    for _ in 0..6 {
        titles(&app, json!({"query": "zzyzx"})).await;
    }
    count::flush(&app.domain).await.unwrap();
    assert_eq!(suggest("zzyz").await, Vec::<Value>::new(), "what found nothing leads nowhere");
    let few = app.public(query, json!({"prefix": "ke", "first": 4})).await["suggest"].as_array().unwrap().clone();
    assert_eq!(few.len(), 4);
    assert!(few.iter().filter(|one| one["kind"] == "TITLE" || one["kind"] == "PERSON").count() >= 2, "{few:?}");
}

#[tokio::test]
async fn operators_order_and_typing_over_http() {
    let app = TestApp::new().await;
    three_articles(&app).await;
    assert_eq!(titles(&app, json!({"query": "\"kotoran sapi\""})).await, ["Pupuk organik"]);
    assert_eq!(titles(&app, json!({"query": "pupuk -cair"})).await, ["Pupuk organik"]);
    assert_eq!(titles(&app, json!({"query": "-pupuk"})).await, ["Jadwal rapat"]);
    assert_eq!(titles(&app, json!({"query": "-"})).await, Vec::<String>::new());
    assert_eq!(titles(&app, json!({"query": "jad"})).await, Vec::<String>::new());
    assert_eq!(titles(&app, json!({"query": "jad", "typing": true})).await, ["Jadwal rapat"]);
    app.clock.advance(86_400_000);
    app.publish("article", json!({"title": "Pupuk langka"})).await;
    app.index().await;
    assert_eq!(titles(&app, json!({"query": "pupuk", "orderBy": "NEWEST"})).await[0], "Pupuk langka");
    assert_eq!(titles(&app, json!({"query": "pupuk", "orderBy": "OLDEST"})).await[2], "Pupuk langka");
}
