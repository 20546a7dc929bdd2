//! Lists of objects, and objects that stand in all rows of a list. The library makes a task of each field of each object and waits for
//! all of them; most are at hand at once, and are taken at once here.

use std::borrow::Cow;
use std::future::poll_fn;
use std::task::Poll;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Field, Selection};
use async_graphql::registry::Registry;
use async_graphql::resolver_utils::resolve_list;
use async_graphql::{ContainerType, Context, ContextSelectionSet, Name, OutputType, Positioned, ServerResult, Value};
use async_trait::async_trait;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::{Checks, RequestState};

/// Most fields of one selection that are compared with each other.
const MOST_FIELDS: usize = 64;

/// A list of objects, the same as a vector of them in the schema.
pub struct Nodes<T>(Vec<T>);

impl<T> FromIterator<T> for Nodes<T> {
    fn from_iter<I: IntoIterator<Item = T>>(nodes: I) -> Self {
        Self(nodes.into_iter().collect())
    }
}

#[async_trait]
impl<T: ContainerType> OutputType for Nodes<T> {
    fn type_name() -> Cow<'static, str> {
        <Vec<T> as OutputType>::type_name()
    }

    fn qualified_type_name() -> String {
        <Vec<T> as OutputType>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Vec<T> as OutputType>::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        match plain_fields(ctx) {
            Some(fields) => Ok(Value::List(resolve_plain(&self.0, ctx, &fields).await?)),
            None => resolve_list(ctx, field, &self.0, Some(self.0.len())).await,
        }
    }
}

/// An object of which there are many in an answer, though each stands alone: the same as itself in the schema.
pub struct One<T>(pub T);

#[async_trait]
impl<T: ContainerType + OutputType> OutputType for One<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn qualified_type_name() -> String {
        T::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        match plain_fields(ctx) {
            Some(fields) => {
                let resolved = resolve_plain(std::slice::from_ref(&self.0), ctx, &fields).await?;
                Ok(resolved.into_iter().next().unwrap_or_default())
            }
            None => self.0.resolve(ctx, field).await,
        }
    }
}

/// The fields of some objects. Where one fails its place is not told, for this answer is thrown away.
async fn resolve_plain<T: ContainerType>(
    nodes: &[T],
    ctx: &ContextSelectionSet<'_>,
    fields: &[&Positioned<Field>],
) -> ServerResult<Vec<Value>> {
    let contexts: Vec<Context<'_>> = fields.iter().map(|field| ctx.with_field(field)).collect();
    let mut values = Vec::with_capacity(nodes.len() * fields.len());
    let mut waiting: Vec<(usize, BoxFuture<'_, ServerResult<Option<Value>>>)> = Vec::new();
    poll_fn(|task| {
        for (node, context) in nodes.iter().flat_map(|node| contexts.iter().map(move |context| (node, context))) {
            if context.item.node.name.node == "__typename" {
                values.push(Value::String(node.introspection_type_name().into_owned()));
                continue;
            }
            let mut resolving = node.resolve_field(context);
            match resolving.poll_unpin(task) {
                Poll::Ready(resolved) => values.push(resolved?.unwrap_or_default()),
                Poll::Pending => {
                    waiting.push((values.len(), resolving));
                    values.push(Value::Null);
                }
            }
        }
        Poll::Ready(ServerResult::Ok(()))
    })
    .await?;
    poll_fn(|task| {
        let mut failed = None;
        waiting.retain_mut(|(place, resolving)| match resolving.poll_unpin(task) {
            Poll::Ready(Ok(resolved)) => {
                values[*place] = resolved.unwrap_or_default();
                false
            }
            Poll::Ready(Err(error)) => {
                failed.get_or_insert(error);
                false
            }
            Poll::Pending => true,
        });
        match failed {
            Some(error) => Poll::Ready(Err(error)),
            None if waiting.is_empty() => Poll::Ready(Ok(())),
            None => Poll::Pending,
        }
    })
    .await?;
    let mut values = values.into_iter();
    let keys = || fields.iter().map(|field| field.node.response_key().node.clone());
    let object = |_| Value::Object(keys().zip(values.by_ref()).collect::<IndexMap<Name, Value>>());
    Ok(nodes.iter().map(object).collect())
}

/// The fields that are selected, where nothing watches what becomes of them, none is in a fragment, and each has a key of its own.
fn plain_fields<'a>(ctx: &ContextSelectionSet<'a>) -> Option<Vec<&'a Positioned<Field>>> {
    let selections = &ctx.item.node.items;
    if ctx.data_unchecked::<RequestState>().checks == Checks::All || selections.len() > MOST_FIELDS {
        return None;
    }
    let mut fields: Vec<&Positioned<Field>> = Vec::with_capacity(selections.len());
    for selection in selections {
        let Selection::Field(field) = &selection.node else { return None };
        let key = &field.node.response_key().node;
        if fields.iter().any(|other| other.node.response_key().node == *key) {
            return None;
        }
        fields.push(field);
    }
    Some(fields)
}
