//! The one place where failures become GraphQL errors: a stable code, a message in the reader's language, no cause.
//!
//! It also gives nullable fields the behaviour of the specification: the library nulls the parent of a nullable field
//! that fails, so the error is noted here and the field alone becomes null.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute, NextResolve, NextSubscribe, ResolveInfo};
use async_graphql::{PathSegment, QueryPathNode, QueryPathSegment, Response, ServerError, ServerResult, Value};
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, StreamExt};

use super::RequestState;
use crate::domain::error::{Error, Locale};

/// The extension that says how many seconds to wait.
pub const RETRY_AFTER: &str = "retryAfter";

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

/// Adds what was noted to an answer, and gives every error its code and message.
fn complete(response: &mut Response, noted: &Mutex<Vec<ServerError>>, locale: Locale) {
    response.errors.append(&mut noted.lock().unwrap_or_else(PoisonError::into_inner));
    for error in &mut response.errors {
        describe(error, locale);
    }
}

fn locale(ctx: &ExtensionContext<'_>) -> Locale {
    ctx.data_opt::<RequestState>().map_or(Locale::English, |state| state.locale)
}

#[async_trait::async_trait]
impl Extension for Mapper {
    async fn execute(&self, ctx: &ExtensionContext<'_>, operation_name: Option<&str>, next: NextExecute<'_>) -> Response {
        let mut response = next.run(ctx, operation_name).await;
        complete(&mut response, &self.noted, locale(ctx));
        response
    }

    fn subscribe<'s>(
        &self,
        ctx: &ExtensionContext<'_>,
        stream: BoxStream<'s, Response>,
        next: NextSubscribe<'_>,
    ) -> BoxStream<'s, Response> {
        let (noted, locale) = (Arc::clone(&self.noted), locale(ctx));
        let told = next.run(ctx, stream).map(move |mut response| {
            complete(&mut response, &noted, locale);
            response
        });
        told.boxed()
    }

    async fn resolve(&self, ctx: &ExtensionContext<'_>, info: ResolveInfo<'_>, next: NextResolve<'_>) -> ServerResult<Option<Value>> {
        let (is_nullable, path_node, position) = (!info.return_type.ends_with('!'), info.path_node, info.field.name.pos);
        let outcome = AssertUnwindSafe(next.run(ctx, info)).catch_unwind().await.unwrap_or_else(|_| {
            tracing::error!("a resolver panicked");
            Err(ServerError::new("panic", Some(position)))
        });
        match outcome {
            Err(mut error) => {
                if error.path.is_empty() {
                    error.path = path(path_node);
                }
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
fn describe(error: &mut ServerError, locale: Locale) {
    let ours = error.source::<Error>().or_else(|| error.source::<Arc<Error>>().map(AsRef::as_ref));
    let (code, message, retry) = match ours {
        Some(ours) => {
            if let Error::Internal(cause) = ours {
                tracing::error!(error = format!("{cause:#}"), "a resolver failed");
            }
            (ours.code(), ours.message(locale), ours.retry_after_seconds())
        }
        None if error.message == "panic" => {
            let internal = Error::Internal(anyhow::anyhow!("panic"));
            (internal.code(), internal.message(locale), None)
        }
        None => ("BAD_USER_INPUT", error.message.clone(), None),
    };
    error.message = message;
    let extensions = error.extensions.get_or_insert_with(Default::default);
    if extensions.get("code").is_none() {
        extensions.set("code", code);
    }
    if let Some(seconds) = retry {
        extensions.set(RETRY_AFTER, seconds);
    }
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
