//! Subscriptions over WebSocket.

use std::time::Duration;

use entity::enums::Role;
use serde_json::{Value, json};

use warta::auth::actor::Actor;

use crate::support::person::PASSWORD;
use crate::support::socket::{PATIENCE, PROTOCOL, Socket};
use crate::support::{TestApp, codes, mutation};

/// Waits until as many subscriptions as `count` follow: the protocol does not say when one has begun.
async fn begun(app: &TestApp, count: usize) {
    let all = async {
        while app.domain.changes.sender.receiver_count() < count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, all).await.expect("a subscription does not begin");
}

#[tokio::test]
async fn an_open_editor_is_told_what_others_do_to_its_entry() {
    let app = TestApp::new().await;
    let (id, other) = (app.create("article", json!({"title": "Satu"})).await, app.create("article", json!({"title": "Dua"})).await);
    let mut socket = Socket::ready(&app, Some(Role::Editor)).await;
    socket.subscribe("a", "subscription($id: ID!) { entryChanged(id: $id) { action actorName at } }", json!({"id": id})).await;
    begun(&app, 1).await;
    app.clock.advance(1_000);
    app.mutate("articleUpdate", "article { id }", json!({"id": other, "title": "Lain"})).await;
    app.mutate_as(Role::Admin, "articleUpdate", "article { id }", json!({"id": id, "title": "Berubah"})).await;
    app.mutate("articlePublish", "article { id }", json!({"id": id})).await;
    for (action, actor) in [("update", "admin"), ("publish", "editor")] {
        let told = socket.next().await.unwrap()["payload"]["data"]["entryChanged"].clone();
        assert_eq!(told, json!({"action": action, "actorName": actor, "at": "2015-01-01T01:00:01Z"}));
    }
}

#[tokio::test]
async fn front_ends_follow_what_is_published_and_nothing_else() {
    let app = TestApp::new().await;
    let mut socket = Socket::ready(&app, None).await;
    socket.subscribe("a", "subscription { articlePublished { title topics { name } } }", json!({})).await;
    socket.subscribe("e", "subscription { eventChanged { title when } }", json!({})).await;
    begun(&app, 2).await;
    app.create("article", json!({"title": "Naskah rahasia"})).await;
    app.publish("article", json!({"title": "Berita"})).await;
    // The order of what two subscriptions tell is not promised, so that the first is read before the second has news.
    let first = socket.next().await.unwrap();
    assert_eq!((&first["id"], &first["payload"]["data"]), (&json!("a"), &json!({"articlePublished": {"title": "Berita", "topics": []}})));
    app.publish("event", json!({"title": "Acara", "startsAt": "2011-07-06T01:00:00Z"})).await;
    let second = socket.next().await.unwrap();
    assert_eq!((&second["id"], &second["payload"]["data"]["eventChanged"]["title"]), (&json!("e"), &json!("Acara")));
}

#[tokio::test]
async fn limits_and_permissions_hold_on_a_socket_too() {
    let app = TestApp::new().await;
    let id = app.create("article", json!({"title": "Naskah"})).await;
    let mut socket = Socket::ready(&app, None).await;
    let code = async |socket: &mut Socket, query: &str, variables: Value| {
        socket.subscribe("q", query, variables).await;
        let message = socket.next().await.unwrap();
        if message["type"] == "next" {
            assert_eq!(socket.next().await.unwrap()["type"], "complete");
        }
        message.to_string()
    };
    let followed = code(&mut socket, "subscription($id: ID!) { entryChanged(id: $id) { action } }", json!({"id": id})).await;
    assert!(followed.contains("UNAUTHENTICATED"), "{followed}");
    let read = code(&mut socket, "query($id: ID!) { node(id: $id) { id } }", json!({"id": id})).await;
    assert!(read.contains("\"node\":null"), "{read}");
    let list = format!("{{ nodes(ids: {}\"a\"{}) {{ id }} }}", "[".repeat(2_000), "]".repeat(2_000));
    let deep = code(&mut socket, &list, json!({})).await;
    assert!(deep.contains("QUERY_TOO_DEEP"), "{deep}");
    let over_http = app.answer(None, "subscription { articlePublished { title } }", json!({})).await;
    assert_eq!(codes(&over_http), ["SUBSCRIPTION_OVER_HTTP"]);
}

#[tokio::test]
async fn sockets_of_other_sites_other_protocols_and_bad_tokens_are_refused() {
    let app = TestApp::new().await;
    assert_eq!(Socket::open(&app, &[PROTOCOL, ("origin", "https://jahat.example")]).await.err(), Some(403));
    let own = app.address.clone();
    assert!(Socket::open(&app, &[PROTOCOL, ("origin", &own)]).await.is_ok());
    assert_eq!(Socket::open(&app, &[("sec-websocket-protocol", "graphql-ws")]).await.err(), Some(400));
    let mut socket = Socket::open(&app, &[PROTOCOL]).await.unwrap();
    socket.send(json!({"type": "connection_init", "payload": {"authorization": "Bearer warta_unknown"}})).await;
    assert_eq!(socket.close_code().await, 4403);
}

/// Whether a socket of a secret is closed within a second once `end` has been done.
async fn is_closed_by(app: &TestApp, secret: &str, end: impl Future<Output = ()>) -> bool {
    let mut socket = Socket::open(app, &[PROTOCOL]).await.unwrap();
    socket.send(json!({"type": "connection_init", "payload": {"authorization": format!("Bearer {secret}")}})).await;
    assert_eq!(socket.next().await.unwrap()["type"], "connection_ack");
    end.await;
    tokio::time::timeout(Duration::from_secs(1), socket.next()).await.is_ok_and(|message| message.is_none())
}

#[tokio::test]
async fn whoever_loses_their_rights_loses_their_sockets_within_a_second() {
    let app = TestApp::new().await;
    let id = app.account("Joko", Role::Editor).await;
    let (admin, token) = (app.token(Role::Admin).await, app.token(Role::Author).await);
    let call = async |secret: &str, name: &str, input: Value| {
        let answer = app.answer_with(secret, &mutation(name, ""), json!({"input": input})).await;
        assert!(answer["errors"].is_null() && answer["data"][name]["userErrors"] == json!([]), "{answer}");
    };
    let secret = app.sign_in("Joko").await;
    assert!(is_closed_by(&app, &secret, call(&secret, "sessionRevoke", json!({}))).await, "log-out");
    let (one, two) = (app.sign_in("Joko").await, app.sign_in("Joko").await);
    let new = json!({"currentPassword": PASSWORD, "newPassword": "sembilan ular naik becak"});
    assert!(is_closed_by(&app, &two, call(&one, "passwordChange", new)).await, "a new password");
    let old = json!({"currentPassword": "sembilan ular naik becak", "newPassword": PASSWORD});
    assert!(!is_closed_by(&app, &one, call(&one, "passwordChange", old)).await, "the session that changes it goes on");
    let demote = json!({"id": id, "role": "AUTHOR"});
    assert!(is_closed_by(&app, &one, call(&admin, "userUpdate", demote)).await, "another role");
    assert!(is_closed_by(&app, &one, call(&admin, "userSuspend", json!({"id": id}))).await, "suspension");
    let revoke = async { warta::domain::token::revoke_named(&app.domain, &Actor::system(), "author").await.unwrap() };
    assert!(is_closed_by(&app, &token, revoke).await, "a revoked token");
}

#[tokio::test]
async fn a_browser_opens_its_socket_with_its_cookie() {
    let app = TestApp::new().await;
    let secret = app.person("Ani", Role::Admin).await;
    let cookie = format!("warta_session={secret}");
    let mut socket = Socket::open(&app, &[PROTOCOL, ("cookie", &cookie), ("origin", &app.address)]).await.unwrap();
    socket.send(json!({"type": "connection_init"})).await;
    assert_eq!(socket.next().await.unwrap()["type"], "connection_ack");
    socket.subscribe("q", "{ me { name } }", json!({})).await;
    assert_eq!(socket.next().await.unwrap()["payload"]["data"]["me"]["name"], "Ani");
    let input = json!({"input": {"email": "ani@contoh.id", "password": PASSWORD, "inCookie": true}});
    socket.subscribe("s", &mutation("sessionCreate", "token"), input).await;
    while socket.next().await.unwrap()["id"] != "s" {}
    assert_eq!(Socket::open(&app, &[PROTOCOL, ("cookie", &cookie), ("origin", "https://jahat.example")]).await.err(), Some(403));
}

#[tokio::test]
async fn a_token_that_can_be_none_is_refused_and_a_reader_that_reads_nothing_is_left() {
    let app = TestApp::new().await;
    let mut socket = Socket::open(&app, &[PROTOCOL]).await.unwrap();
    socket.send(json!({"type": "connection_init", "payload": {"authorization": 7}})).await;
    assert_eq!(socket.close_code().await, 4403, "it is nobody, and not the public");
    // Answers pile up in a socket that is not read until the server can send no more; revoked, it ends all the same.
    let mut stalled = Socket::ready(&app, Some(Role::Editor)).await;
    for number in 0..2_000 {
        stalled.subscribe(&number.to_string(), "{ __schema { types { name description fields { name description } } } }", json!({})).await;
    }
    warta::domain::token::revoke_named(&app.domain, &Actor::system(), "editor").await.unwrap();
    let closed = async {
        while app.service.sockets.held() > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, closed).await.expect("the socket keeps its place");
}
