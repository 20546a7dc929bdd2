//! What is sent twice is done once.

use std::collections::HashSet;

use entity::enums::Role;
use sea_orm::EntityTrait;
use sea_orm::sea_query::Expr;
use serde_json::json;
use warta::db::Write;

use crate::support::{Options, TestApp, codes, mutation, user_errors};

#[tokio::test]
async fn a_create_that_is_sent_again_makes_nothing_new() {
    let app = TestApp::new().await;
    for (noun, input) in [
        ("article", json!({"title": "Sekali"})),
        ("event", json!({"title": "Sekali", "startsAt": "2011-07-06T01:00:00Z"})),
        ("topic", json!({"name": "Sekali"})),
        ("glossaryTerm", json!({"term": "SKL", "expansion": "sekali"})),
    ] {
        let mut input = input;
        input["idempotencyKey"] = json!(format!("kunci-{noun}"));
        let first = app.create(noun, input.clone()).await;
        assert_eq!(app.create(noun, input.clone()).await, first, "{noun}");
        // Another actor's key is another key, and after a day it is forgotten.
        if noun == "article" {
            let other = app.mutate_as(Role::Admin, "articleCreate", "article { id }", input.clone()).await;
            assert_ne!(other["article"]["id"], first);
            app.clock.advance(86_400_001);
            assert_ne!(app.create(noun, input.clone()).await, first);
        }
    }
    let reused = app.mutate("topicCreate", "topic { id }", json!({"name": "Lain", "idempotencyKey": "kunci-glossaryTerm"})).await;
    assert_eq!(user_errors(&reused), [("idempotencyKey".to_owned(), "TAKEN".to_owned())]);
    let short = app.mutate("topicCreate", "topic { id }", json!({"name": "Lain", "idempotencyKey": "x"})).await;
    assert_eq!(user_errors(&short), [("idempotencyKey".to_owned(), "INVALID".to_owned())]);
    assert_eq!(app.public("{ topics { totalCount } }", json!({})).await["topics"]["totalCount"], 1);
}

#[tokio::test]
async fn of_many_at_once_one_is_done() {
    let app = TestApp::new().await;
    app.token(Role::Editor).await;
    let query = mutation("articleCreate", "article { id }");
    let input = json!({"input": {"title": "Serentak", "idempotencyKey": "serentak-1"}});
    let answers = (0..8).map(|_| app.answer(Some(Role::Editor), &query, input.clone()));
    let answers = futures_util::future::join_all(answers).await;
    let ids: HashSet<String> = answers
        .iter()
        .map(|answer| answer["data"]["articleCreate"]["article"]["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned())
        .collect();
    assert_eq!(ids.len(), 1, "{answers:#?}");
    assert_eq!(app.editor("{ articles(orderBy: TITLE) { totalCount } }", json!({})).await["articles"]["totalCount"], 1);
}

#[tokio::test]
async fn a_comment_that_is_sent_again_is_kept_once() {
    let app = TestApp::new().await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let input = json!({"input": {"subjectId": article, "authorName": "A", "authorEmail": "a@b.id", "body": "Halo", "consent": true,
        "idempotencyKey": "formulir-7f3a"}});
    let query = mutation("commentSubmit", "comment { id status }");
    let first = app.answer(None, &query, input.clone()).await;
    assert_eq!(app.answer(None, &query, input).await["data"], first["data"]);
    let queue = app.answer(Some(Role::Moderator), "{ comments { totalCount } }", json!({})).await;
    assert_eq!(queue["data"]["comments"]["totalCount"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_that_a_moderator_sends_many_times_at_once_is_kept_once() {
    let app = TestApp::new().await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let query = mutation("commentSubmit", "comment { id }");
    // None waits for another, for they may write as much as they like.
    let token = app.token(Role::Moderator).await;
    let input = json!({"input": {"subjectId": article, "authorName": "A", "authorEmail": "a@b.id", "body": "Halo", "consent": true,
        "idempotencyKey": "formulir-7f3a"}});
    let answers = futures_util::future::join_all((0..8).map(|_| app.answer_with(&token, &query, input.clone()))).await;
    let ids: HashSet<String> = answers.iter().map(|answer| answer["data"]["commentSubmit"]["comment"]["id"].to_string()).collect();
    assert!(ids.len() == 1 && !ids.contains("null"), "{answers:?}");
    let queue = app.answer(Some(Role::Moderator), "{ comments { totalCount } }", json!({})).await;
    assert_eq!(queue["data"]["comments"]["totalCount"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_that_another_command_takes_back_with_it_are_kept_once_each() {
    let app = TestApp::new().await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let query = mutation("commentSubmit", "comment { id }");
    let submit = |number: usize| {
        let input = json!({"input": {"subjectId": article, "authorName": "A", "authorEmail": format!("a{number}@b.id"),
            "body": format!("Halo dari pembaca nomor {number}"), "consent": true}});
        app.answer(None, &query, input)
    };
    // They join those that come at once, and are few enough that nobody is taken back for good.
    let breakers = async {
        for _ in 0..4 {
            let breaker = app.domain.db.begin_joining().await.unwrap();
            let title = Expr::val("Lain");
            let written = entity::article::Entity::update_many().col_expr(entity::article::Column::Title, title).write(&breaker);
            assert_eq!(written.await.unwrap(), 1);
            drop(breaker);
        }
    };
    let (answers, ()) = tokio::join!(futures_util::future::join_all((0..20).map(submit)), breakers);
    let ids: HashSet<String> = answers.iter().map(|answer| answer["data"]["commentSubmit"]["comment"]["id"].to_string()).collect();
    assert!(ids.len() == 20 && !ids.contains("null"), "{answers:?}");
    let queue = app.answer(Some(Role::Moderator), "{ comments { totalCount } article(by: {slug: \"berita\"}) { title } }", json!({})).await;
    assert_eq!(queue["data"], json!({"comments": {"totalCount": 20}, "article": {"title": "Berita"}}));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_comments_at_once_each_is_kept_once_and_none_beyond_the_limit() {
    let app = TestApp::with(Options { configure: Some(|config| config.comments.per_address = 25), ..Options::default() }).await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let query = mutation("commentSubmit", "comment { id }");
    let submit = |number: usize, key: Option<usize>| {
        let key = key.map(|key| format!("formulir-{key:04}"));
        let input = json!({"input": {"subjectId": article, "authorName": "A", "authorEmail": format!("a{number}@b.id"),
            "body": format!("Halo dari pembaca nomor {number}"), "consent": true, "idempotencyKey": key}});
        app.answer(None, &query, input)
    };
    let id = |answer: &serde_json::Value| answer["data"]["commentSubmit"]["comment"]["id"].as_str().map(str::to_owned);
    let twice = futures_util::future::join_all((0..40).map(|number| submit(number / 2, Some(number / 2)))).await;
    let mut kept = HashSet::new();
    for pair in twice.chunks(2) {
        assert!(id(&pair[0]).is_some() && id(&pair[0]) == id(&pair[1]), "{pair:?}");
        kept.extend(id(&pair[0]));
    }
    let more = futures_util::future::join_all((100..120).map(|number| submit(number, None))).await;
    let refused = more.iter().filter(|answer| codes(answer) == ["THROTTLED"]).count();
    kept.extend(more.iter().filter_map(id));
    assert_eq!((kept.len(), refused), (25, 15), "{more:?}");
    let queue = app.answer(Some(Role::Moderator), "{ comments(first: 100) { nodes { id } } }", json!({})).await;
    let queue: HashSet<String> =
        queue["data"]["comments"]["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(queue, kept, "what was acknowledged is there, and nothing else");
}
