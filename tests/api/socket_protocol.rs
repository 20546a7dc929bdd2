//! The protocol graphql-transport-ws, message by message.

use entity::enums::Role;
use sea_orm::EntityTrait;
use serde_json::json;
use warta::db::Read;

use crate::support::socket::{PROTOCOL, Socket};
use crate::support::{Options, TestApp, until};

const FOLLOW: &str = "subscription { articlePublished { title } }";

async fn with(configure: fn(&mut warta::config::Config)) -> TestApp {
    TestApp::with(Options { configure: Some(configure), ..Options::default() }).await
}

#[tokio::test]
async fn each_breach_of_the_protocol_closes_with_its_code() {
    let app = TestApp::new().await;
    for (message, code, why) in [
        ("{", 4400, "no JSON"),
        ("{\"type\": \"start\"}", 4400, "no message"),
        ("{\"type\": \"subscribe\", \"id\": \"a\", \"payload\": {}}", 4400, "no document"),
        ("{\"type\": \"connection_init\"}", 4429, "a second initialisation"),
    ] {
        let mut socket = Socket::ready(&app, None).await;
        socket.send_text(message).await;
        assert_eq!(socket.close_code().await, code, "{why}");
    }
    let mut early = Socket::open(&app, &[PROTOCOL]).await.unwrap();
    early.subscribe("a", "{ __typename }", json!({})).await;
    assert_eq!(early.close_code().await, 4401, "an operation before the initialisation");
    let mut twice = Socket::ready(&app, None).await;
    twice.subscribe("a", FOLLOW, json!({})).await;
    twice.subscribe("a", FOLLOW, json!({})).await;
    assert_eq!(twice.close_code().await, 4409, "the same id twice");
    let mut long = Socket::ready(&app, None).await;
    long.send_text(&"x".repeat(1_100_000)).await;
    assert_eq!(long.close_code().await, 1009, "a message that is too long");
}

#[tokio::test]
async fn whoever_does_not_say_who_they_are_is_not_waited_for() {
    let app = with(|config| config.server.client_seconds = 1).await;
    let mut silent = Socket::open(&app, &[PROTOCOL]).await.unwrap();
    assert_eq!(silent.close_code().await, 4408);
}

#[tokio::test]
async fn whoever_loses_their_rights_is_told_so() {
    let app = TestApp::new().await;
    let mut socket = Socket::ready(&app, Some(Role::Editor)).await;
    warta::domain::token::revoke_named(&app.domain, &warta::auth::actor::Actor::system(), "editor").await.unwrap();
    assert_eq!(socket.close_code().await, 4401);
}

#[tokio::test]
async fn pings_are_answered_before_and_after_the_initialisation() {
    let app = TestApp::new().await;
    let mut socket = Socket::open(&app, &[PROTOCOL]).await.unwrap();
    socket.send(json!({"type": "ping"})).await;
    assert_eq!(socket.next().await.unwrap(), json!({"type": "pong"}));
    socket.send(json!({"type": "connection_init"})).await;
    assert_eq!(socket.next().await.unwrap(), json!({"type": "connection_ack"}));
    socket.send(json!({"type": "pong"})).await;
    socket.send(json!({"type": "ping", "payload": {"at": 7}})).await;
    assert_eq!(socket.next().await.unwrap(), json!({"type": "pong", "payload": {"at": 7}}));
}

#[tokio::test]
async fn an_operation_ends_with_complete_or_with_an_error_and_its_id_is_free_again() {
    let app = TestApp::new().await;
    let mut socket = Socket::ready(&app, None).await;
    for _ in 0..20 {
        socket.subscribe("a", "{ articles { totalCount } }", json!({})).await;
        let next = socket.next().await.unwrap();
        assert_eq!((&next["type"], &next["payload"]["data"]["articles"]["totalCount"]), (&json!("next"), &json!(0)));
        assert_eq!(socket.next().await.unwrap(), json!({"id": "a", "type": "complete"}));
        socket.subscribe("a", "{ tidakAda }", json!({})).await;
        let error = socket.next().await.unwrap();
        assert_eq!((&error["type"], &error["id"]), (&json!("error"), &json!("a")), "{error}");
        assert!(error["payload"][0]["message"].is_string(), "{error}");
    }
    socket.subscribe("b", FOLLOW, json!({})).await;
    socket.send(json!({"type": "complete", "id": "b"})).await;
    socket.send(json!({"type": "complete", "id": "unknown"})).await;
    // It has ended without a word, and may begin anew.
    socket.subscribe("b", "{ __typename }", json!({})).await;
    assert_eq!(socket.next().await.unwrap()["payload"]["data"], json!({"__typename": "Query"}));
}

#[tokio::test]
async fn sockets_and_subscriptions_of_one_actor_are_counted() {
    let app = with(|config| (config.limits.sockets_per_actor, config.limits.subscriptions_per_actor) = (2, 1)).await;
    let mut first = Socket::ready(&app, None).await;
    let second = Socket::ready(&app, None).await;
    assert_eq!(Socket::open(&app, &[PROTOCOL]).await.err(), Some(503));
    first.subscribe("a", FOLLOW, json!({})).await;
    until("a subscription begins", || app.service.subscriptions.held() > 0).await;
    first.subscribe("b", FOLLOW, json!({})).await;
    let refused = first.next().await.unwrap();
    assert_eq!((&refused["type"], &refused["payload"][0]["extensions"]["code"]), (&json!("error"), &json!("TOO_MANY_SUBSCRIPTIONS")));
    drop((first, second));
    until("the places are free", || app.service.sockets.held() + app.service.subscriptions.held() == 0).await;
    Socket::ready(&app, None).await;
}

#[tokio::test]
async fn operations_on_one_socket_are_counted() {
    let app = TestApp::new().await;
    let mut socket = Socket::ready(&app, None).await;
    for number in 0..51 {
        socket.subscribe(&number.to_string(), FOLLOW, json!({})).await;
    }
    let refused = socket.next().await.unwrap();
    assert_eq!((&refused["id"], &refused["payload"][0]["extensions"]["code"]), (&json!("50"), &json!("TOO_MANY_OPERATIONS")));
}

#[tokio::test]
async fn a_server_that_stops_says_so() {
    let app = TestApp::new().await;
    let mut socket = Socket::ready(&app, None).await;
    app.stop();
    assert_eq!(socket.close_code().await, 1001);
}

#[tokio::test]
async fn what_was_begun_is_done_and_told_before_a_server_stops() {
    let app = TestApp::new().await;
    let mut socket = Socket::ready(&app, Some(Role::Editor)).await;
    socket.subscribe("followed", FOLLOW, json!({})).await;
    let create = "mutation($input: ArticleCreateInput!) { articleCreate(input: $input) { article { id } } }";
    for number in 0..20 {
        socket.subscribe(&number.to_string(), create, json!({"input": {"title": format!("Berita {number}")}})).await;
    }
    let mut told = 0;
    while let Some(message) = socket.next().await {
        told += usize::from(message["payload"]["data"]["articleCreate"]["article"]["id"].is_string());
        if told == 1 {
            app.stop();
        }
    }
    let created = entity::article::Entity::find().number(app.domain.db.write()).await.unwrap();
    assert_eq!(u64::try_from(told).unwrap(), created, "none is done without being told");
}

#[tokio::test]
async fn pages_of_allowed_origins_open_sockets_as_the_public() {
    let app = with(|config| config.server.cors_origins = vec!["https://kabar.contoh.id".to_owned()]).await;
    assert_eq!(Socket::open(&app, &[PROTOCOL, ("origin", "https://jahat.example")]).await.err(), Some(403));
    let secret = app.person("Ani", Role::Admin).await;
    let cookie = format!("warta_session={secret}");
    let mut socket = Socket::open(&app, &[PROTOCOL, ("origin", "https://kabar.contoh.id"), ("cookie", &cookie)]).await.unwrap();
    socket.send(json!({"type": "connection_init"})).await;
    assert_eq!(socket.next().await.unwrap()["type"], "connection_ack");
    assert_eq!(socket.answer("{ me { name } }", json!({})).await["data"]["me"], json!(null), "nobody's cookie counts there");
}

#[tokio::test]
async fn a_subscription_is_followed_from_within_a_fragment_too() {
    let app = TestApp::new().await;
    let mut socket = Socket::ready(&app, None).await;
    socket.subscribe("a", "subscription { ...F } fragment F on Subscription { articlePublished { title } }", json!({})).await;
    until("a subscription begins", || app.domain.changes.sender.receiver_count() > 0).await;
    app.publish("article", json!({"title": "Panen"})).await;
    assert_eq!(socket.next().await.unwrap()["payload"]["data"], json!({"articlePublished": {"title": "Panen"}}));
    socket.subscribe("b", "subscription { articlePublished { title } eventChanged { title } }", json!({})).await;
    assert_eq!(socket.next().await.unwrap()["payload"][0]["extensions"]["code"], "SUBSCRIPTION_NOT_SINGLE");
}
