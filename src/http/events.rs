//! GraphQL over server-sent events, by the protocol `graphql-sse` with a connection for each operation: for those who have no sockets.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use tracing::Span;

use super::Service;
use super::access::{Access, Watch};
use super::failure::full;
use super::front::Origin;
use super::graphql::respond;
use super::media::Media;
use crate::graphql::answer::to_json;
use crate::graphql::execute::{Parameters, Transport};

/// How often a stream says that it is still there.
const ALIVE: Duration = Duration::from_secs(15);
/// Asks proxies not to hold back what has been said.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Runs an operation and streams its answers: `next` for each, `complete` after the last. What is refused is answered as JSON.
pub async fn open(
    service: &Arc<Service>,
    headers: &HeaderMap,
    origin: &Origin,
    parameters: Parameters,
    transport: Transport,
) -> Result<Response, Response> {
    let domain = service.api.domain();
    let watch = Watch::begin(domain).await?;
    let access = Access::of(domain, headers.clone(), origin.clone()).await?;
    let transport = if transport == Transport::Get { Transport::Get } else { Transport::Socket };
    let following = service.api.stream(parameters, access.first(transport)).await;
    let following = following.map_err(|unprepared| respond(Media::GraphqlResponse, headers, unprepared.into_answer()))?;
    let place = if following.is_subscription { service.subscriptions.take(access.holder()) } else { None };
    if following.is_subscription && place.is_none() {
        let message = "Too many subscriptions are followed; end some, or try again later.";
        return Err(full("TOO_MANY_SUBSCRIPTIONS", message));
    }
    let is_subscription = following.is_subscription;
    let (closing, is_cut) = (service.closing.clone(), Arc::new(AtomicBool::new(false)));
    let cut = Arc::clone(&is_cut);
    let over = async move {
        tokio::select! {
            () = access.ended(watch) => {}
            // Anything else ends by itself.
            () = closing.cancelled(), if is_subscription => {}
        }
        cut.store(true, Ordering::SeqCst);
    };
    let answers = following.responses.map(move |answer| {
        // The place is held for as long as there may be another answer.
        let _ = &place;
        Event::default().event("next").data(to_json(&answer).ok().and_then(|json| String::from_utf8(json).ok()).unwrap_or_default())
    });
    // Without data a browser would not dispatch it; as all data here, this is JSON.
    // What is cut off ends without it, so that a client knows to come back.
    let complete = stream::once(async move { (!is_cut.load(Ordering::SeqCst)).then(|| Event::default().event("complete").data("\"\"")) });
    let complete = complete.filter_map(|event| async { event });
    let mut events = Box::pin(answers.take_until(Box::pin(over)).chain(complete).map(Ok::<_, Infallible>));
    // The operation runs while its answer is sent. What it writes to the log belongs to the request all the same.
    let span = Span::current();
    let events = stream::poll_fn(move |context| span.in_scope(|| events.poll_next_unpin(context)));
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(ALIVE)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
    Ok(response)
}
