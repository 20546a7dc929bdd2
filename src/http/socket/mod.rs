//! GraphQL over WebSocket, by the protocol `graphql-transport-ws`. The token comes with `connection_init`, or the session with
//! the cookie of the handshake. Whoever loses their rights loses their sockets, and a client that reads nothing holds nobody up:
//! each operation is a task of its own, which waits until what it has to say is taken.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_graphql::{Response as Answer, ServerError, Value as Data};
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::AbortHandle;
use tokio_util::task::TaskTracker;

use self::message::{Close, FromClient, FromServer, next, parse};
use super::Service;
use super::access::{Access, Watch};
use super::actor;
use super::failure::{error, full};
use super::front::Origin;
use super::quota::Place;
use crate::domain::throttle;
use crate::graphql::answer::is_refusal;
use crate::graphql::budget::Spender;
use crate::graphql::execute::{Parameters, Transport};
use crate::graphql::measure::Refusal;

mod message;

const PROTOCOL: &str = "graphql-transport-ws";
/// After how long a silence a client is asked whether it is still there, and how often.
const SILENCE: Duration = Duration::from_secs(30);
const MOST_PINGS: usize = 2;
/// How long a socket that is being closed may take over it.
const FAREWELL: Duration = Duration::from_millis(500);
/// Messages that wait for the client to read.
const BACKLOG: usize = 8;
/// Bytes of a message that are read at a time; every socket keeps room for so many.
const READ_BUFFER: usize = 4_096;
/// Most operations that may run on one socket at a time.
const MOST_OPERATIONS: usize = 50;

/// Opens a socket.
pub fn open(service: Arc<Service>, mut headers: HeaderMap, origin: Origin, upgrade: WebSocketUpgrade) -> Response {
    let offered = headers.get(header::SEC_WEBSOCKET_PROTOCOL).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !offered.split(',').any(|name| name.trim() == PROTOCOL) {
        return error(StatusCode::BAD_REQUEST, "BAD_REQUEST", "Offer the protocol graphql-transport-ws.");
    }
    if !actor::is_from_own_page(&headers) {
        if !service.is_allowed_origin(&headers) {
            return error(StatusCode::FORBIDDEN, "FORBIDDEN", "A page of another site may not open this socket.");
        }
        // It may speak for itself, and not in the name of whoever is signed in.
        headers.remove(header::COOKIE);
    }
    let address = throttle::network(&origin.address.to_string());
    let Some(place) = service.sockets.take(Spender::Network(address)) else {
        return full("TOO_MANY_SOCKETS", "Too many sockets are open; close some, or try again later.");
    };
    let most = service.api.limits().body_bytes;
    let conversation = service.conversations.token();
    upgrade.protocols([PROTOCOL]).max_message_size(most).max_frame_size(most).read_buffer_size(READ_BUFFER).on_upgrade(
        async move |socket| {
            run(service, headers, origin, socket, place).await;
            drop(conversation);
        },
    )
}

async fn run(service: Arc<Service>, headers: HeaderMap, origin: Origin, socket: WebSocket, place: Place) {
    let (sink, mut stream) = socket.split();
    let (sender, receiver) = channel(BACKLOG);
    let writer = tokio::spawn(write(sink, receiver));
    let operations = Operations::default();
    let close = tokio::select! {
        ended = converse(&service, headers, origin, &mut stream, &sender, &operations) => ended.err(),
        () = service.closing.cancelled() => {
            // No operation takes longer. A client that takes nothing in is not waited for.
            let longest = Duration::from_millis(service.api.limits().request_timeout_ms);
            let _ = tokio::time::timeout(longest, operations.settle()).await;
            Some(Close::going_away())
        }
    };
    operations.end_all();
    let farewell = async {
        if let Some(close) = close {
            let _ = sender.send(close.message()).await;
        }
        drop(sender);
    };
    // A client that reads nothing any more is not waited for.
    let _ = tokio::time::timeout(FAREWELL, farewell).await;
    let abort = writer.abort_handle();
    if tokio::time::timeout(FAREWELL, writer).await.is_err() {
        abort.abort();
    }
    drop(place);
}

async fn write(mut sink: SplitSink<WebSocket, Message>, mut receiver: Receiver<Message>) {
    while let Some(message) = receiver.recv().await {
        if sink.send(message).await.is_err() {
            break;
        }
    }
    let _ = sink.close().await;
}

/// The whole conversation. It ends well when the client has gone, and otherwise with what the socket is closed with.
async fn converse(
    service: &Arc<Service>,
    headers: HeaderMap,
    origin: Origin,
    stream: &mut SplitStream<WebSocket>,
    sender: &Sender<Message>,
    operations: &Operations,
) -> Result<(), Close> {
    let domain = service.api.domain();
    let watch = Watch::begin(domain).await.map_err(|_| Close::internal())?;
    let payload = tokio::time::timeout(service.patience, initialised(stream, sender)).await;
    let Some(payload) = payload.map_err(|_| Close::initialisation_timeout())?? else { return Ok(()) };
    let credentials = with_token(headers, &payload).ok_or_else(Close::forbidden)?;
    let access = Access::of(domain, credentials, origin)
        .await
        .map_err(|failure| if failure.status().is_server_error() { Close::internal() } else { Close::forbidden() })?;
    let Some(_place) = service.actors.take(access.holder()) else {
        return Err(Close::new(4429, "Too many sockets of one actor"));
    };
    say(sender, &FromServer::ConnectionAck).await;
    tokio::select! {
        ended = operate(service, &access, stream, sender, operations) => ended,
        () = access.clone().ended(watch) => Err(Close::unauthorized()),
    }
}

/// What a client says with its `connection_init`; nothing when it goes without.
async fn initialised(stream: &mut SplitStream<WebSocket>, sender: &Sender<Message>) -> Result<Option<Value>, Close> {
    loop {
        match heard(stream, sender).await? {
            None => return Ok(None),
            Some(FromClient::Initialise { payload }) => return Ok(Some(payload)),
            Some(FromClient::Ping { payload }) => say(sender, &FromServer::Pong { payload }).await,
            Some(FromClient::Pong) => {}
            Some(FromClient::Subscribe { .. } | FromClient::Complete { .. }) => return Err(Close::unauthorized()),
        }
    }
}

async fn operate(
    service: &Arc<Service>,
    access: &Access,
    stream: &mut SplitStream<WebSocket>,
    sender: &Sender<Message>,
    operations: &Operations,
) -> Result<(), Close> {
    while let Some(message) = heard(stream, sender).await? {
        match message {
            FromClient::Initialise { .. } => return Err(Close::too_many_initialisations()),
            FromClient::Ping { payload } => say(sender, &FromServer::Pong { payload }).await,
            FromClient::Pong => {}
            FromClient::Complete { id } => operations.end(&id),
            FromClient::Subscribe { id, parameters } => match operations.begin(&id) {
                Begun::Twice => return Err(Close::subscriber_exists(&id)),
                Begun::TooMany => {
                    let message = format!("At most {MOST_OPERATIONS} operations run on one connection at a time.");
                    say(sender, &refusal(&id, &[Refusal::new("TOO_MANY_OPERATIONS", message).into_error()])).await;
                }
                Begun::As(ticket) => {
                    let (service, access, sender) = (Arc::clone(service), access.clone(), sender.clone());
                    let (mine, key) = (operations.clone(), id.clone());
                    let task = operations.tasks.spawn(async move {
                        let followed = || mine.may_be_followed(&id, ticket);
                        let said = follow(&service, &access, parameters, &id, &sender, followed).await;
                        // From here on the client may use the id again, for this operation has said its last.
                        if mine.has_ended(&id, ticket) {
                            let last = said.as_ref().err().map_or(FromServer::Complete { id: &id }, |errors| refusal(&id, errors));
                            say(&sender, &last).await;
                        }
                    });
                    operations.runs(&key, ticket, task.abort_handle());
                }
            },
        }
    }
    Ok(())
}

/// Runs an operation and tells its answers; `followed` is told of a subscription, and says whether it may go on. Errors are those that it was refused with.
async fn follow(
    service: &Arc<Service>,
    access: &Access,
    parameters: Parameters,
    id: &str,
    sender: &Sender<Message>,
    followed: impl FnOnce() -> bool,
) -> Result<(), Vec<ServerError>> {
    let refuse = |code, message: &str| vec![Refusal::new(code, message).into_error()];
    // Every operation is a request: whoever has lost their rights begins none.
    let caller = access.caller(Transport::Socket).await.map_err(|ended| vec![ended.refusal().into_error()])?;
    let mut following = service.api.stream(parameters, caller).await.map_err(|unprepared| vec![unprepared.refusal.into_error()])?;
    let place = if following.is_subscription { service.subscriptions.take(access.holder()) } else { None };
    if following.is_subscription && place.is_none() {
        return Err(refuse("TOO_MANY_SUBSCRIPTIONS", "Too many subscriptions are followed; end some, or try again later."));
    }
    if following.is_subscription && !followed() {
        return Ok(());
    }
    let mut is_first = true;
    while let Some(answer) = following.responses.next().await {
        if is_first && is_refused(&answer, following.is_subscription) {
            return Err(answer.errors);
        }
        is_first = false;
        let _ = sender.send(next(id, &answer)).await;
    }
    Ok(())
}

/// Whether nothing was run. Of a subscription, an error of its own field says that it could not begin.
fn is_refused(answer: &Answer, is_subscription: bool) -> bool {
    let could_not_begin =
        || !answer.errors.is_empty() && answer.data == Data::Null && answer.errors.iter().all(|error| error.path.len() < 2);
    is_refusal(answer) || is_subscription && could_not_begin()
}

fn refusal<'a>(id: &'a str, payload: &'a [ServerError]) -> FromServer<'a> {
    FromServer::Error { id, payload }
}

/// It fails only when the socket is gone, which whoever reads it finds out.
async fn say(sender: &Sender<Message>, message: &FromServer<'_>) {
    let _ = sender.send(message.message()).await;
}

/// The next message; none when the client has gone, or has not answered for long.
async fn heard(stream: &mut SplitStream<WebSocket>, sender: &Sender<Message>) -> Result<Option<FromClient>, Close> {
    let mut pings = 0;
    loop {
        match tokio::time::timeout(SILENCE, stream.next()).await {
            Ok(Some(Ok(Message::Text(text)))) => return parse(&text).map(Some),
            Ok(Some(Ok(Message::Binary(_)))) => return Err(Close::bad_message("Send text")),
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => pings = 0,
            Ok(Some(Ok(Message::Close(_)))) | Ok(None) => return Ok(None),
            Ok(Some(Err(error))) => {
                let is_too_long = error.to_string().contains("too long");
                return if is_too_long { Err(Close::new(1009, "Message too long")) } else { Ok(None) };
            }
            Err(_) if pings == MOST_PINGS => return Ok(None),
            Err(_) => {
                pings += 1;
                // Where there is no room, the client has something to read.
                let _ = sender.try_send(Message::Ping(Default::default()));
            }
        }
    }
}

/// The headers of the handshake, with the token of `connection_init` in place of any that a browser may have sent along. `None`
/// when there is something for a token that can't be one.
fn with_token(mut headers: HeaderMap, payload: &Value) -> Option<HeaderMap> {
    headers.remove(header::AUTHORIZATION);
    if let Some(token) = ["authorization", "Authorization"].iter().find_map(|name| payload.get(name)) {
        headers.insert(header::AUTHORIZATION, token.as_str()?.parse().ok()?);
    }
    Some(headers)
}

/// The operations of a socket by their ids.
#[derive(Clone, Default)]
struct Operations {
    running: Arc<Mutex<Running>>,
    tasks: TaskTracker,
}

#[derive(Default)]
struct Running {
    by_id: HashMap<String, Operation>,
    begun: u64,
    /// Whether nothing new is followed any more.
    is_settling: bool,
}

struct Operation {
    ticket: u64,
    /// How it is ended, once that is known.
    handle: Option<AbortHandle>,
    is_subscription: bool,
}

/// What became of the wish to begin an operation.
enum Begun {
    /// It may run, and is known by this number.
    As(u64),
    /// One of the same id runs.
    Twice,
    TooMany,
}

impl Operations {
    fn with<T>(&self, work: impl FnOnce(&mut Running) -> T) -> T {
        work(&mut self.running.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn begin(&self, id: &str) -> Begun {
        self.with(|running| {
            if running.by_id.contains_key(id) {
                return Begun::Twice;
            }
            if running.by_id.len() >= MOST_OPERATIONS {
                return Begun::TooMany;
            }
            running.begun += 1;
            running.by_id.insert(id.to_owned(), Operation { ticket: running.begun, handle: None, is_subscription: false });
            Begun::As(running.begun)
        })
    }

    /// Notes how to end an operation, unless it has already ended.
    fn runs(&self, id: &str, ticket: u64, handle: AbortHandle) {
        self.with(|running| {
            if let Some(operation) = running.by_id.get_mut(id).filter(|operation| operation.ticket == ticket) {
                operation.handle = Some(handle);
            }
        });
    }

    /// Notes that an operation would go on for ever. When nothing is followed any more it ends without a word, so that its client
    /// comes back.
    fn may_be_followed(&self, id: &str, ticket: u64) -> bool {
        self.with(|running| {
            if running.is_settling {
                running.by_id.remove(id);
            } else if let Some(operation) = running.by_id.get_mut(id).filter(|operation| operation.ticket == ticket) {
                operation.is_subscription = true;
            }
            !running.is_settling
        })
    }

    /// Waits until what was begun has said its last, and ends what would go on for ever.
    async fn settle(&self) {
        self.with(|running| {
            running.is_settling = true;
            for operation in running.by_id.values().filter(|operation| operation.is_subscription) {
                operation.handle.as_ref().inspect(|handle| handle.abort());
            }
        });
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Whether an operation was still wanted when it ended by itself.
    fn has_ended(&self, id: &str, ticket: u64) -> bool {
        self.with(|running| {
            let is_known = running.by_id.get(id).is_some_and(|operation| operation.ticket == ticket);
            is_known && running.by_id.remove(id).is_some()
        })
    }

    fn end(&self, id: &str) {
        if let Some(Operation { handle: Some(handle), .. }) = self.with(|running| running.by_id.remove(id)) {
            handle.abort();
        }
    }

    fn end_all(&self) {
        for operation in self.with(|running| std::mem::take(&mut running.by_id)).into_values() {
            operation.handle.inspect(AbortHandle::abort);
        }
    }
}
