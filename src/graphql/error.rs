//! The one place where failures become GraphQL errors: a stable code, a message in the reader's language, no cause.
//!
//! It also gives nullable fields the behaviour of the specification: the library nulls the parent of a nullable field
//! that fails, so the error is noted here and the field alone becomes null. And it keeps the place of an error, which the library replaces by
//! that of each list on the way up.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute, NextResolve, NextSubscribe, ResolveInfo};
use async_graphql::{PathSegment, QueryPathNode, QueryPathSegment, Response, ServerError, ServerResult, Value, from_value, to_value};
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, StreamExt};

use super::RequestState;
use crate::domain::error::{Error, Locale};

/// The code of what is wrong with a document, which the library finds before it asks any resolver.
const INVALID_DOCUMENT: &str = "GRAPHQL_VALIDATION_FAILED";

/// Gives the errors of a document that is not valid their code, and each of them once.
pub fn name_refusal(response: &mut Response) {
    response.errors.dedup_by(|one, other| one.message == other.message && one.locations == other.locations);
    for error in &mut response.errors {
        let extensions = error.extensions.get_or_insert_with(Default::default);
        if extensions.get("code").is_none() {
            extensions.set("code", INVALID_DOCUMENT);
        }
    }
}

/// The extension that says how many seconds to wait.
pub const RETRY_AFTER: &str = "retryAfter";

/// The extension that names the request, for whoever reads the log.
const REQUEST_ID: &str = "requestId";

/// The extension that an error carries its place in, on its way up.
const PLACE: &str = "place";

/// Makes one [`Mapper`] a request.
pub struct ErrorMapper;

impl ExtensionFactory for ErrorMapper {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Mapper::default())
    }
}

#[derive(Default)]
struct Mapper {
    /// Errors of nullable fields that became null, since the last answer.
    noted: Arc<Mutex<Vec<ServerError>>>,
}

/// What errors are told with.
struct Telling {
    locale: Locale,
    /// The id of the request, under which the log tells the cause.
    request_id: Option<String>,
}

impl Telling {
    fn of(ctx: &ExtensionContext<'_>) -> Self {
        let state = ctx.data_opt::<RequestState>();
        let locale = state.map_or(Locale::English, |state| state.locale);
        Self { locale, request_id: state.and_then(|state| state.actor.request_id.clone()) }
    }

    /// Adds what was noted to an answer, and gives every error its code and message.
    fn complete(&self, response: &mut Response, noted: &Mutex<Vec<ServerError>>) {
        response.errors.append(&mut noted.lock().unwrap_or_else(PoisonError::into_inner));
        for error in &mut response.errors {
            describe(error, self);
        }
    }
}

#[async_trait::async_trait]
impl Extension for Mapper {
    async fn execute(&self, ctx: &ExtensionContext<'_>, operation_name: Option<&str>, next: NextExecute<'_>) -> Response {
        let mut response = next.run(ctx, operation_name).await;
        Telling::of(ctx).complete(&mut response, &self.noted);
        response
    }

    fn subscribe<'s>(
        &self,
        ctx: &ExtensionContext<'_>,
        stream: BoxStream<'s, Response>,
        next: NextSubscribe<'_>,
    ) -> BoxStream<'s, Response> {
        let (noted, telling) = (Arc::clone(&self.noted), Telling::of(ctx));
        let told = next.run(ctx, stream).map(move |mut response| {
            telling.complete(&mut response, &noted);
            response
        });
        told.boxed()
    }

    async fn resolve(&self, ctx: &ExtensionContext<'_>, info: ResolveInfo<'_>, next: NextResolve<'_>) -> ServerResult<Option<Value>> {
        let (is_nullable, path_node, position) = (!info.return_type.ends_with('!'), info.path_node, info.field.name.pos);
        let outcome = AssertUnwindSafe(next.run(ctx, info)).catch_unwind().await.unwrap_or_else(|_| {
            tracing::error!("a resolver panicked");
            if let Some(state) = ctx.data_opt::<RequestState>() {
                state.domain.panics.fetch_add(1, Ordering::Relaxed);
            }
            Err(ServerError::new("panic", Some(position)))
        });
        match outcome {
            Err(mut error) => {
                keep_place(&mut error, path_node);
                if is_nullable {
                    self.noted.lock().unwrap_or_else(PoisonError::into_inner).push(error);
                    Ok(Some(Value::Null))
                } else {
                    Err(error)
                }
            }
            resolved => resolved,
        }
    }
}

/// Gives an error its code and its message. What is not one of ours is either about the input, which the library words,
/// or a panic, which is ours to hide.
fn describe(error: &mut ServerError, Telling { locale, request_id }: &Telling) {
    if let Some(place) = place(error) {
        error.path = place;
    }
    let ours = error.source::<Error>().or_else(|| error.source::<Arc<Error>>().map(AsRef::as_ref));
    let (code, message, retry) = match ours {
        Some(ours) => {
            if let Error::Internal(cause) = ours {
                tracing::error!(error = format!("{cause:#}"), "a resolver failed");
            }
            (ours.code(), ours.message(*locale), ours.retry_after_seconds())
        }
        None if error.message == "panic" => {
            let internal = Error::Internal(anyhow::anyhow!("panic"));
            (internal.code(), internal.message(*locale), None)
        }
        None if error.path.is_empty() => (INVALID_DOCUMENT, error.message.clone(), None),
        None => ("BAD_USER_INPUT", error.message.clone(), None),
    };
    error.message = message;
    let extensions = error.extensions.get_or_insert_with(Default::default);
    extensions.unset(PLACE);
    if extensions.get("code").is_none() {
        extensions.set("code", code);
    }
    if code == "INTERNAL"
        && let Some(id) = request_id
    {
        extensions.set(REQUEST_ID, id.as_str());
    }
    if let Some(seconds) = retry {
        extensions.set(RETRY_AFTER, seconds);
    }
}

/// Has an error carry the place that it comes from: of those that it is said to be at, the first.
fn keep_place(error: &mut ServerError, node: &QueryPathNode<'_>) {
    if place(error).is_some() {
        return;
    }
    if error.path.is_empty() {
        error.path = path(node);
    }
    if let Ok(place) = to_value(&error.path) {
        error.extensions.get_or_insert_with(Default::default).set(PLACE, place);
    }
}

fn place(error: &ServerError) -> Option<Vec<PathSegment>> {
    from_value(error.extensions.as_ref()?.get(PLACE)?.clone()).ok()
}

fn path(node: &QueryPathNode<'_>) -> Vec<PathSegment> {
    let mut path: Vec<PathSegment> = std::iter::once(node)
        .chain(node.parents())
        .map(|node| match node.segment {
            QueryPathSegment::Name(name) => PathSegment::Field(name.to_string()),
            QueryPathSegment::Index(index) => PathSegment::Index(index),
        })
        .collect();
    path.reverse();
    path
}
