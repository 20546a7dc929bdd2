//! Search and suggestions over HTTP, in step with what is published.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use entity::enums::Role;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use warta::db::Read;
use warta::search::tantivy::TantivyEngine;

use crate::support::engine::Switched;
use crate::support::{Options, TestApp, codes};

const SEARCH: &str = "query($query: String!, $types: [SearchType!], $filter: SearchFilterInput, $first: Int, $after: String) {
    search(query: $query, types: $types, filter: $filter, first: $first, after: $after) {
        totalCount pageInfo { hasNextPage hasPreviousPage endCursor }
        hits { cursor titleHtml snippetHtml node { __typename ... on Article { slug } ... on Official { fullName } } }
        facets { types { value label count } topics { value label count } regions { label count } years { value count } } } }";

async fn search(app: &TestApp, variables: Value) -> Value {
    app.public(SEARCH, variables).await["search"].clone()
}

async fn total(app: &TestApp, query: &str) -> i64 {
    search(app, json!({"query": query})).await["totalCount"].as_i64().unwrap()
}

#[tokio::test]
async fn readers_find_any_form_of_a_word_any_abbreviation_and_mistyped_words() {
    let app = TestApp::with_sample().await;
    assert_eq!(total(&app, "bertani").await, total(&app, "pertanian").await);
    assert!(total(&app, "peternak").await >= 5);
    assert!(total(&app, "Pemda").await >= 1);
    assert!(total(&app, "sulsel").await >= 1);
    assert!(total(&app, "kelurahn").await >= 1);
    let hit = search(&app, json!({"query": "ikrar mitra", "types": ["ARTICLE"], "first": 1})).await["hits"][0].clone();
    assert_eq!(hit["node"]["slug"], "apa-itu-ikrar-mitra");
    assert_eq!(hit["titleHtml"], "Apa Itu <mark>Ikrar</mark> <mark>Mitra</mark>?");
    let regent = search(&app, json!({"query": "nurdin abdullah", "types": ["OFFICIAL"]})).await;
    assert_eq!(regent["hits"][0]["node"]["fullName"], "Prof. Dr. Ir. H. M. Nurdin Abdullah, M.Agr.");
}

#[tokio::test]
async fn what_is_published_is_found_and_what_is_taken_back_is_not() {
    let app = TestApp::with_sample().await;
    let id = app.create("article", json!({"title": "Budidaya vanili", "body": "Vanili merambat di kebun."})).await;
    app.index().await;
    assert_eq!(total(&app, "vanili").await, 0, "a draft is not found");
    app.mutate("articlePublish", "article { id }", json!({"id": id})).await;
    app.index().await;
    assert_eq!(total(&app, "vanili").await, 1);
    app.mutate("articleUpdate", "article { id }", json!({"id": id, "title": "Budidaya cengkih", "body": "-"})).await;
    app.index().await;
    assert_eq!((total(&app, "vanili").await, total(&app, "budidaya cengkih").await > 0), (1, true), "an unpublished change is not found");
    app.mutate("articlePublish", "article { id }", json!({"id": id})).await;
    app.index().await;
    assert_eq!(total(&app, "vanili").await, 0);
    app.mutate("articleTrash", "article { id }", json!({"id": id})).await;
    // Before the index follows, the row is read again and not shown.
    let hits = search(&app, json!({"query": "budidaya cengkih", "first": 100})).await["hits"].clone();
    assert!(!hits.to_string().contains("budidaya-vanili"), "{hits}");
}

#[tokio::test]
async fn comments_and_their_authors_are_never_found() {
    let app = TestApp::with_sample().await;
    for text in ["rahmatia@contoh.example", "Ambo Tuwo", "merinding"] {
        assert_eq!(search(&app, json!({"query": text, "types": ["ARTICLE"]})).await["hits"], json!([]), "{text}");
    }
}

#[tokio::test]
async fn hits_are_filtered_counted_and_paged() {
    let app = TestApp::with_sample().await;
    let all = search(&app, json!({"query": "petani", "first": 100})).await;
    let count = all["totalCount"].as_u64().unwrap() as usize;
    assert_eq!(all["hits"].as_array().unwrap().len(), count);
    let types: i64 = all["facets"]["types"].as_array().unwrap().iter().map(|facet| facet["count"].as_i64().unwrap()).sum();
    assert_eq!(types as usize, count);
    let topic = all["facets"]["topics"][0].clone();
    assert_eq!(topic["label"], "Pertanian");
    let by_topic = search(&app, json!({"query": "petani", "filter": {"topic": {"id": topic["value"]}}})).await;
    assert_eq!(by_topic["totalCount"], topic["count"]);
    let by_region = search(&app, json!({"query": "petani", "filter": {"region": {"code": "32"}}})).await;
    assert!(by_region["totalCount"].as_u64().unwrap() < count as u64);
    let by_year = search(&app, json!({"query": "petani", "filter": {"year": 2013}})).await;
    let year = all["facets"]["years"].as_array().unwrap().iter().find(|facet| facet["value"] == "2013").unwrap().clone();
    assert_eq!(by_year["totalCount"], year["count"]);

    let expected: Vec<_> = all["hits"].as_array().unwrap().iter().map(|hit| hit["titleHtml"].clone()).collect();
    // Whether there are more is known without counting, too.
    let (head, _) = SEARCH.split_once("facets").unwrap();
    let uncounted = format!("{} }} }}", head.replace("totalCount", ""));
    for document in [SEARCH, &uncounted] {
        for size in [4, count] {
            let (mut seen, mut after) = (Vec::new(), json!(null));
            loop {
                let page = app.public(document, json!({"query": "petani", "first": size, "after": after})).await["search"].clone();
                seen.extend(page["hits"].as_array().unwrap().iter().map(|hit| hit["titleHtml"].clone()));
                after = page["pageInfo"]["endCursor"].clone();
                if page["pageInfo"]["hasNextPage"] == false {
                    break;
                }
            }
            assert_eq!(seen, expected, "{document}");
        }
    }
    for bad in [
        json!({"query": "a", "first": 0}),
        json!({"query": "a", "first": 101}),
        json!({"query": "a", "after": "x"}),
        json!({"query": "a", "after": "cmFuazoxMDAwMDAwMDAwMDAwMDAw"}),
    ] {
        assert_eq!(codes(&app.answer(None, SEARCH, bad.clone()).await), ["INVALID"], "{bad}");
    }
}

#[tokio::test]
async fn a_mistyped_query_comes_back_mended_and_what_was_typed_right_does_not() {
    let app = TestApp::with_sample().await;
    let query = "query($query: String!) { search(query: $query) { correctedQuery indexedUntil totalCount hits { titleHtml } } }";
    let mended = app.public(query, json!({"query": "Petrnak kelurahn sapi"})).await["search"].clone();
    assert_eq!(mended["correctedQuery"], "peternak kelurahan sapi");
    assert_eq!(mended["indexedUntil"], "2015-01-01T01:00:00Z");
    assert_eq!(app.public(query, json!({"query": "peternak sapi"})).await["search"]["correctedQuery"], json!(null));
    for nothing in ["😀", "???"] {
        assert_eq!(app.public(query, json!({"query": nothing})).await["search"]["totalCount"], 0, "{nothing}");
    }
    app.clock.advance(60_000);
    app.publish("article", json!({"title": "Belum terindeks"})).await;
    app.clock.advance(60_000);
    assert_eq!(app.public(query, json!({"query": "sapi"})).await["search"]["indexedUntil"], "2015-01-01T01:01:00Z");
}

#[tokio::test]
async fn a_new_glossary_term_works_at_once() {
    let app = TestApp::with_sample().await;
    assert_eq!(total(&app, "RTLH").await, 0);
    app.create("glossaryTerm", json!({"term": "RTLH", "expansion": "lumbung pangan"})).await;
    assert!(total(&app, "RTLH").await >= 3);
}

#[tokio::test]
async fn while_the_engine_is_down_all_else_works_and_it_catches_up_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Arc::new(Switched::new(Arc::new(TantivyEngine::new(folder.path().to_owned()))));
    let app = TestApp::with(Options { with_sample: true, engine: Some(engine.clone()), ..Options::default() }).await;
    app.index().await;
    engine.set_down(true);
    let id = app.publish("article", json!({"title": "Budidaya vanili"})).await;
    let response =
        app.send(None, "{ search(query: \"vanili\") { totalCount } article(by: {slug: \"budidaya-vanili\"}) { id } }", json!({})).await;
    assert_eq!(response.headers()["retry-after"], "5");
    let answer: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    assert_eq!(answer["data"], json!({"search": null, "article": {"id": id}}));
    assert_eq!((codes(&answer), &answer["errors"][0]["extensions"]["retryAfter"]), (vec!["SEARCH_UNAVAILABLE"], &json!(5)));
    let ready = app.client.get(format!("{}/health/ready", app.address)).send().await.unwrap().text().await.unwrap();
    assert!(ready.contains("degraded"), "{ready}");

    let owner = uuid::Uuid::from_u128(1);
    warta::worker::work_once(&app.domain, owner).await.unwrap_err();
    let status =
        app.answer(Some(Role::Editor), "{ searchStatus { waiting failed oldestAt } }", json!({})).await["data"]["searchStatus"].clone();
    assert_eq!((&status["waiting"], &status["failed"]), (&json!(2), &json!(0)));
    // However many there are, those that were tried as often are put back by one statement.
    app.clock.advance(10_000);
    app.publish("article", json!({"title": "Budidaya lada"})).await;
    app.statements();
    warta::worker::work_once(&app.domain, owner).await.unwrap_err();
    assert_eq!(app.statements().iter().filter(|sql| sql.starts_with("UPDATE") && sql.contains("last_error")).count(), 2);
    let jobs = entity::outbox_job::Entity::find().rows(app.domain.db.write()).await.unwrap();
    let mut attempts: Vec<i32> = jobs.iter().filter(|job| job.last_error.is_some()).map(|job| job.attempts).collect();
    attempts.sort_unstable();
    assert_eq!(attempts, [1, 1, 2, 2]);
    engine.set_down(false);
    assert_eq!(warta::worker::work_once(&app.domain, owner).await.unwrap(), 0, "a failed job waits before it is tried again");
    app.clock.advance(10_000);
    app.index().await;
    assert_eq!(total(&app, "vanili").await, 1);
    assert!(!engine.is_down.load(Ordering::SeqCst));
}

#[tokio::test]
async fn moderators_search_in_comments_and_nobody_else() {
    let app = TestApp::with_sample().await;
    let article = app.publish("article", json!({"title": "Kabar kebun"})).await;
    let submit = async |name: &str, body: &str| {
        let comment =
            json!({"subjectId": article, "authorName": name, "authorEmail": "tersembunyi@contoh.id", "body": body, "consent": true});
        app.public(
            "mutation($input: CommentSubmitInput!) { commentSubmit(input: $input) { userErrors { field } } }",
            json!({"input": comment}),
        )
        .await;
    };
    submit("Daeng Lewa", "Bagaimana cara menanam vanili?").await;
    submit("Sitti", "Terima kasih, tanaman vanili saya subur.").await;
    app.index().await;
    let query = "query($query: String!, $first: Int, $after: String) { commentSearch(query: $query, first: $first, after: $after) {
        totalCount pageInfo { hasNextPage endCursor } hits { snippetHtml node { authorName status } } } }";
    let ask = async |role, variables: Value| app.answer(role, query, variables).await;
    let found = ask(Some(Role::Moderator), json!({"query": "bertanam vanili"})).await["data"]["commentSearch"].clone();
    assert!(found["totalCount"].as_i64() >= Some(2), "{found}");
    let first = json!({"snippetHtml": "Bagaimana cara <mark>menanam</mark> <mark>vanili</mark>?", "node": {"authorName": "Daeng Lewa", "status": "PENDING"}});
    assert!(found["hits"].as_array().unwrap().contains(&first), "{found}");
    let page = ask(Some(Role::Moderator), json!({"query": "vanili", "first": 1})).await["data"]["commentSearch"].clone();
    assert_eq!(page["pageInfo"]["hasNextPage"], true);
    let next = ask(Some(Role::Moderator), json!({"query": "vanili", "first": 1, "after": page["pageInfo"]["endCursor"]})).await;
    assert_ne!(next["data"]["commentSearch"]["hits"][0], page["hits"][0]);
    let total = async |text: &str| ask(Some(Role::Moderator), json!({"query": text})).await["data"]["commentSearch"]["totalCount"].clone();
    assert_eq!(
        (total("\"daeng lewa\"").await, total("tersembunyi").await, total("-vanili -tanam").await.as_i64() > Some(0)),
        (json!(1), json!(0), true)
    );
    assert_eq!(codes(&ask(Some(Role::Author), json!({"query": "vanili"})).await), ["FORBIDDEN"]);
    assert_eq!(codes(&ask(None, json!({"query": "vanili"})).await), ["UNAUTHENTICATED"]);
    assert_eq!(search(&app, json!({"query": "vanili"})).await["totalCount"], 0, "readers find no comment");
}

#[tokio::test]
async fn articles_that_speak_of_the_same_are_related() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Arc::new(Switched::new(Arc::new(TantivyEngine::new(folder.path().to_owned()))));
    let app = TestApp::with(Options { engine: Some(engine.clone()), ..Options::default() }).await;
    let publish = async |title: &str, body: &str| app.publish("article", json!({"title": title, "body": body})).await;
    let seaweed = publish("Rumput laut Lamalaka", "Daeng Sanre mengeringkan rumput laut di pantai.").await;
    publish("Panen melimpah", "Daeng Sanre memanen rumput laut di Lamalaka.").await;
    publish("Rapat desa", "Warga membahas jalan dan jembatan.").await;
    publish("Jalan desa", "Jembatan kayu diganti warga.").await;
    app.create("article", json!({"title": "Rumput laut", "body": "Daeng Sanre, Lamalaka: konsep."})).await;
    app.index().await;
    let query = "query($id: ID!) { article(by: {id: $id}) { related { title } } }";
    let related = async || app.public(query, json!({"id": seaweed})).await["article"]["related"].clone();
    assert_eq!(related().await, json!([{"title": "Panen melimpah"}]), "neither what is about something else nor a draft");
    engine.set_down(true);
    // By then the answer from before is kept no longer.
    app.clock.advance(1_000);
    assert_eq!(related().await, json!([]), "a page is read while the engine is down, too");
}
