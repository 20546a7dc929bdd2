//! GraphQL over WebSocket, by the protocol `graphql-transport-ws`. The token comes with `connection_init`, or the session with
//! the cookie of the handshake. Both are looked at again whenever rights have changed, so that a revoked one closes its sockets.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use axum::response::Response;
use futures_util::{FutureExt, StreamExt};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::actor::{self, Look};
use super::middleware::error;
use crate::auth::actor::Actor;
use crate::domain::changes;
use crate::graphql::execute::{Api, Caller, Transport};
use crate::graphql::socket::SocketExecutor;

const PROTOCOL: &str = "graphql-transport-ws";
/// How long a client may take to say who it is.
const INIT_PATIENCE: Duration = Duration::from_secs(10);
/// How often a token is looked at again that nobody has revoked: it may have expired.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// How long a socket that is being closed may take over it.
const FAREWELL: Duration = Duration::from_millis(500);

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
    let known: Arc<OnceLock<(HeaderMap, Actor)>> = Arc::default();
    let (init_api, init_extensions, initialised) = (Arc::clone(&api), extensions.clone(), Arc::clone(&known));
    let init = move |payload: serde_json::Value| async move {
        let credentials = with_token(headers, &payload).ok_or_else(|| async_graphql::Error::new("Send the token as text."))?;
        let actor = actor::authenticate(init_api.domain(), &credentials, &init_extensions, Look::Use).await;
        let actor = actor.map_err(|_| async_graphql::Error::new("The token is unknown, revoked or expired."))?;
        let locale = actor::locale(&credentials);
        // The protocol lets a client say who it is once.
        let _ = initialised.set((credentials, actor.clone()));
        let _ = said.send(());
        Ok(SocketExecutor::session(Caller { actor, locale, transport: Transport::Socket }))
    };
    // Every operation is a request: whoever has lost their rights begins none.
    let (again_api, again_extensions, again_known) = (Arc::clone(&api), extensions.clone(), Arc::clone(&known));
    let again = move |look| {
        let (api, extensions, known) = (Arc::clone(&again_api), again_extensions.clone(), Arc::clone(&again_known));
        async move {
            let (credentials, before) = known.get()?;
            actor::authenticate(api.domain(), credentials, &extensions, look).await.ok().filter(|actor| actor.is_same(before))
        }
        .boxed()
    };
    let of_operation = again.clone();
    let executor = SocketExecutor::new(Arc::clone(&api), Arc::new(move || of_operation(Look::Use)));
    let serve = GraphQLWebSocket::new_with_pair(sink, stream, executor, protocol).on_connection_init(init);
    let watch = async {
        if tokio::time::timeout(INIT_PATIENCE, heard).await.is_ok_and(|heard| heard.is_ok()) {
            loop {
                // Either way it is time to look.
                let _ = tokio::time::timeout(LOOK_AGAIN, access.changed()).await;
                if again(Look::Again).await.is_none() {
                    break;
                }
            }
        }
        ended.cancel();
        // A client that reads nothing any more is not waited for.
        tokio::time::sleep(FAREWELL).await;
    };
    tokio::select! {
        () = serve.serve() => {}
        () = watch => {}
    }
}

/// The headers of the handshake, with the token of `connection_init` in place of any that a browser may have sent along. `None`
/// when there is something for a token that can't be one.
fn with_token(mut headers: HeaderMap, payload: &serde_json::Value) -> Option<HeaderMap> {
    headers.remove(header::AUTHORIZATION);
    if let Some(token) = ["authorization", "Authorization"].iter().find_map(|name| payload.get(name)) {
        headers.insert(header::AUTHORIZATION, token.as_str()?.parse().ok()?);
    }
    Some(headers)
}
