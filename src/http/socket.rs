//! GraphQL over WebSocket, by the protocol `graphql-transport-ws`. The token comes with `connection_init`, or the session with
//! the cookie of the handshake. Both are looked at again whenever rights have changed, so that a revoked one closes its sockets.

use std::sync::Arc;
use std::time::Duration;

use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use axum::response::Response;
use futures_util::StreamExt;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::actor::{self, Look};
use super::middleware::error;
use crate::domain::changes;
use crate::graphql::execute::{Api, Caller, Transport};
use crate::graphql::socket::SocketExecutor;

const PROTOCOL: &str = "graphql-transport-ws";
/// How long a client may take to say who it is.
const INIT_PATIENCE: Duration = Duration::from_secs(10);
/// How often a token is looked at again that nobody has revoked: it may have expired.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// Opens a socket.
pub fn open(api: Arc<Api>, headers: HeaderMap, extensions: Extensions, protocol: GraphQLProtocol, upgrade: WebSocketUpgrade) -> Response {
    let offered = headers.get(header::SEC_WEBSOCKET_PROTOCOL).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !offered.split(',').any(|name| name.trim() == PROTOCOL) {
        return error(StatusCode::BAD_REQUEST, "BAD_REQUEST", "Offer the protocol graphql-transport-ws.");
    }
    if !actor::is_same_origin(&headers) {
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

async fn run(api: Arc<Api>, headers: HeaderMap, extensions: Extensions, protocol: GraphQLProtocol, socket: WebSocket) {
    let ended = CancellationToken::new();
    let (sink, stream) = socket.split();
    let stream = stream.take_until(ended.clone().cancelled_owned());
    // Followed from before the first look on, so that nothing is missed between the two.
    let Ok(mut access) = changes::follow_access(api.domain()).await else { return };
    let (said, heard) = oneshot::channel();
    let (init_api, init_extensions) = (Arc::clone(&api), extensions.clone());
    let init = move |payload: serde_json::Value| async move {
        let credentials = with_token(headers, &payload);
        let actor = actor::authenticate(init_api.domain(), &credentials, &init_extensions, Look::Use).await;
        let actor = actor.map_err(|_| async_graphql::Error::new("The token is unknown, revoked or expired."))?;
        let locale = actor::locale(&credentials);
        // Whoever waits is gone only when the socket is.
        let _ = said.send((credentials, actor.clone()));
        Ok(SocketExecutor::session(Caller { actor, locale, transport: Transport::Socket }))
    };
    let serve = GraphQLWebSocket::new_with_pair(sink, stream, SocketExecutor::new(Arc::clone(&api)), protocol).on_connection_init(init);
    let watch = async {
        if let Ok(Ok((credentials, known))) = tokio::time::timeout(INIT_PATIENCE, heard).await {
            loop {
                // Either way it is time to look.
                let _ = tokio::time::timeout(LOOK_AGAIN, access.changed()).await;
                let actor = actor::authenticate(api.domain(), &credentials, &extensions, Look::Again).await;
                if !actor.is_ok_and(|actor| actor.is_same(&known)) {
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
