//! Lists of objects, and objects that stand in all rows of a list. The library makes a task and a value of each field of each object;
//! most are at hand, and are written into the answer as they stand.

use std::borrow::Cow;
use std::future::poll_fn;
use std::task::Poll;

use async_graphql::parser::types::{Field, Selection};
use async_graphql::registry::Registry;
use async_graphql::resolver_utils::resolve_list;
use async_graphql::{ContainerType, Context, ContextSelectionSet, Name, OutputType, Positioned, ServerResult, Value};
use async_trait::async_trait;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::{RequestState, json};

/// Bytes of a field for which room is made at first.
const USUAL_BYTES: usize = 64;
/// From so many bytes of an object's fields that are written already on, they are left where they are: to copy them costs more than a value
/// of each field.
const LEAST_LEFT: usize = 8_192;

/// Writes a field of an object.
pub type WriteField<T> = fn(&T, &Context<'_>, &mut Vec<u8>);

/// An object of which there are many in an answer.
pub trait Node: ContainerType + Sized {
    /// How to write a field that takes no argument and waits for nothing, if it is one of those; the others are resolved.
    fn at_hand(_field: &str) -> Option<WriteField<Self>> {
        None
    }
}

/// Says which fields of an object are at hand, with their resolvers, which are no futures.
macro_rules! at_hand {
    ($object:ty {}) => {
        impl $crate::graphql::nodes::Node for $object {}
    };
    ($object:ty { $($field:literal => $resolver:expr),+ }) => {
        impl $crate::graphql::nodes::Node for $object {
            fn at_hand(field: &str) -> Option<$crate::graphql::nodes::WriteField<Self>> {
                match field {
                    $($field => Some(|this, ctx, json| $crate::graphql::json::Scalar::write(&($resolver)(this, ctx), json)),)+
                    _ => None,
                }
            }
        }
    };
}
pub(super) use at_hand;

/// A list of objects, the same as a vector of them in the schema.
pub struct Nodes<T>(Vec<T>);

impl<T> FromIterator<T> for Nodes<T> {
    fn from_iter<I: IntoIterator<Item = T>>(nodes: I) -> Self {
        Self(nodes.into_iter().collect())
    }
}

#[async_trait]
impl<T: Node> OutputType for Nodes<T> {
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
        match columns::<T>(ctx) {
            Some(columns) => {
                let values = resolve_columns(&self.0, &columns).await?;
                let mut json = Vec::with_capacity(room(self.0.len() * columns.len(), &values));
                let mut values = values.into_iter();
                json::list(&self.0, &mut json, |node, json| write_object(node, &columns, &mut values, json));
                Ok(json::finished(json))
            }
            None => resolve_list(ctx, field, &self.0, Some(self.0.len())).await,
        }
    }
}

/// An object of which there are many in an answer, though each stands alone: the same as itself in the schema.
pub struct One<T>(pub T);

#[async_trait]
impl<T: Node + OutputType> OutputType for One<T> {
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
        match columns::<T>(ctx) {
            Some(columns) => {
                let values = resolve_columns(std::slice::from_ref(&self.0), &columns).await?;
                if values.iter().map(json::finished_bytes).sum::<usize>() >= LEAST_LEFT {
                    return Ok(object(&self.0, &columns, values));
                }
                let mut json = Vec::with_capacity(room(columns.len(), &values));
                write_object(&self.0, &columns, &mut values.into_iter(), &mut json);
                Ok(json::finished(json))
            }
            None => self.0.resolve(ctx, field).await,
        }
    }
}

/// A field that is selected, of all objects of a list.
struct Column<'a, T> {
    /// A name, which is written as it is.
    key: &'a str,
    context: Context<'a>,
    source: Source<T>,
}

enum Source<T> {
    TypeName,
    AtHand(WriteField<T>),
    Resolved,
}

/// The fields that are selected, where they may be written and none is in a fragment. Each has a key of its own, see
/// [`Document::keys_are_distinct`](super::documents::Document::keys_are_distinct).
fn columns<'a, T: Node>(ctx: &'a ContextSelectionSet<'a>) -> Option<Vec<Column<'a, T>>> {
    if !ctx.data_unchecked::<RequestState>().in_json {
        return None;
    }
    let column = |selection: &'a Positioned<Selection>| {
        let Selection::Field(field) = &selection.node else { return None };
        let source = match field.node.name.node.as_str() {
            "__typename" => Source::TypeName,
            name => T::at_hand(name).map_or(Source::Resolved, Source::AtHand),
        };
        let key = field.node.response_key().node.as_str();
        Some(Column { key, context: ctx.with_field(field), source })
    };
    ctx.item.node.items.iter().map(column).collect()
}

/// Bytes that some fields take, of which these have been resolved.
fn room(fields: usize, values: &[Value]) -> usize {
    fields * USUAL_BYTES + values.iter().map(json::finished_bytes).sum::<usize>()
}

/// The fields of some objects that have to be resolved, in the order in which they are written. Where one fails its place is not told, for
/// this answer is thrown away.
async fn resolve_columns<T: Node>(nodes: &[T], columns: &[Column<'_, T>]) -> ServerResult<Vec<Value>> {
    let to_resolve: Vec<&Context<'_>> =
        columns.iter().filter(|column| matches!(column.source, Source::Resolved)).map(|column| &column.context).collect();
    let mut values = Vec::with_capacity(nodes.len() * to_resolve.len());
    let mut waiting: Vec<(usize, BoxFuture<'_, ServerResult<Option<Value>>>)> = Vec::new();
    poll_fn(|task| {
        for (node, context) in nodes.iter().flat_map(|node| to_resolve.iter().map(move |context| (node, *context))) {
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
    Ok(values)
}

/// An object with fields of which these have been resolved, and are left as they are.
fn object<T: Node>(node: &T, columns: &[Column<'_, T>], values: Vec<Value>) -> Value {
    let mut values = values.into_iter();
    let mut value = |column: &Column<'_, T>| match column.source {
        Source::Resolved => values.next().unwrap_or_default(),
        Source::TypeName | Source::AtHand(_) => {
            let mut json = Vec::with_capacity(USUAL_BYTES);
            write_column(node, column, &mut values, &mut json);
            json::finished(json)
        }
    };
    Value::Object(columns.iter().map(|column| (Name::new(column.key), value(column))).collect())
}

/// Writes an object, taking from `values` what was resolved.
fn write_object<T: Node>(node: &T, columns: &[Column<'_, T>], values: &mut impl Iterator<Item = Value>, json: &mut Vec<u8>) {
    for (index, column) in columns.iter().enumerate() {
        json.extend_from_slice(if index == 0 { br#"{""# } else { br#",""# });
        json.extend_from_slice(column.key.as_bytes());
        json.extend_from_slice(br#"":"#);
        write_column(node, column, values, json);
    }
    json.extend_from_slice(if columns.is_empty() { b"{}" } else { b"}" });
}

/// Writes what an object has in a column.
fn write_column<T: Node>(node: &T, column: &Column<'_, T>, values: &mut impl Iterator<Item = Value>, json: &mut Vec<u8>) {
    match column.source {
        Source::TypeName => json::put(&node.introspection_type_name(), json),
        Source::AtHand(write_field) => write_field(node, &column.context, json),
        Source::Resolved => json::write(&values.next().unwrap_or_default(), json),
    }
}
