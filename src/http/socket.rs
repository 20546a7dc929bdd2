//! GraphQL over WebSocket, by the protocol `graphql-transport-ws`. The token comes with `connection_init` and is looked at
//! again every second, so that a revoked one closes its sockets.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use axum::response::Response;
use futures_util::StreamExt;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::actor;
use super::middleware::error;
use crate::graphql::execute::{Api, Caller};
use crate::graphql::socket::SocketExecutor;

const PROTOCOL: &str = "graphql-transport-ws";
/// How long a client may take to say who it is.
const INIT_PATIENCE: Duration = Duration::from_secs(10);
/// How often a token is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Opens a socket.
pub fn open(api: Arc<Api>, headers: HeaderMap, extensions: Extensions, protocol: GraphQLProtocol, upgrade: WebSocketUpgrade) -> Response {
    let offered = headers.get(header::SEC_WEBSOCKET_PROTOCOL).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !offered.split(',').any(|name| name.trim() == PROTOCOL) {
        return error(StatusCode::BAD_REQUEST, "BAD_REQUEST", "Offer the protocol graphql-transport-ws.");
    }
    if !is_same_origin(&headers) {
        return error(StatusCode::FORBIDDEN, "FORBIDDEN", "A page of another site may not open this socket.");
    }
    let Ok(permit) = Arc::clone(api.sockets()).try_acquire_owned() else {
        return error(StatusCode::SERVICE_UNAVAILABLE, "TOO_MANY_SOCKETS", "Too many sockets are open; try again later.");
    };
    let most = api.limits().body_bytes;
    upgrade.protocols([PROTOCOL]).max_message_size(most).max_frame_size(most).on_upgrade(move |socket| async move {
        run(api, headers, extensions, protocol, socket).await;
        drop(permit);
    })
}

/// A browser names the site of the page that opens a socket; other clients name none.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    origin.is_some() && origin == host
}

async fn run(api: Arc<Api>, headers: HeaderMap, extensions: Extensions, protocol: GraphQLProtocol, socket: WebSocket) {
    let ended = CancellationToken::new();
    let (sink, stream) = socket.split();
    let stream = stream.take_until(ended.clone().cancelled_owned());
    let known: Arc<Mutex<Option<HeaderMap>>> = Arc::default();
    let (said, initialised) = (Arc::new(Notify::new()), Arc::clone(&known));
    let (init_api, init_said, init_extensions) = (Arc::clone(&api), Arc::clone(&said), extensions.clone());
    let init = move |payload: serde_json::Value| async move {
        let credentials = with_token(headers, &payload);
        let actor = actor::authenticate(init_api.domain(), &credentials, &init_extensions).await;
        let actor = actor.map_err(|_| async_graphql::Error::new("The token is unknown, revoked or expired."))?;
        let locale = actor::locale(&credentials);
        *initialised.lock().unwrap_or_else(PoisonError::into_inner) = Some(credentials);
        init_said.notify_one();
        Ok(SocketExecutor::session(Caller { actor, locale, may_write: true }))
    };
    let serve = GraphQLWebSocket::new_with_pair(sink, stream, SocketExecutor::new(Arc::clone(&api)), protocol).on_connection_init(init);
    let watch = async {
        if tokio::time::timeout(INIT_PATIENCE, said.notified()).await.is_ok() {
            loop {
                tokio::time::sleep(LOOK_AGAIN).await;
                let credentials = known.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default();
                if actor::authenticate(api.domain(), &credentials, &extensions).await.is_err() {
                    break;
                }
            }
        }
        ended.cancel();
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = serve.serve() => {}
        () = watch => {}
    }
}

/// The headers of the handshake, with the token of `connection_init` in place of any that a browser may have sent along.
fn with_token(mut headers: HeaderMap, payload: &serde_json::Value) -> HeaderMap {
    headers.remove(header::AUTHORIZATION);
    let token = ["authorization", "Authorization"].iter().find_map(|name| payload.get(name)?.as_str());
    if let Some(value) = token.and_then(|token| token.parse().ok()) {
        headers.insert(header::AUTHORIZATION, value);
    }
    headers
}
