//! Revisions in the schema, for those who may see drafts.

use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use entity::enums::Kind;
use entity::revision as row;
use uuid::Uuid;

use super::row::EntryRow;
use crate::domain::entry::Entry;
use crate::domain::error::{Error, Expected, FieldError, Problem};
use crate::domain::page::Page;
use crate::domain::revision::{self as domain, FieldChange};
use crate::graphql::connection::{Counted, connection, page};
use crate::graphql::node::Node;
use crate::graphql::scalar::DateTime;
use crate::graphql::{ContextExt, id, loaders, node};
use crate::text::diff;

/// Shows a row.
#[derive(Clone)]
pub struct Revision(row::Model);

impl From<row::Model> for Revision {
    fn from(row: row::Model) -> Self {
        Self(row)
    }
}

/// One saved state of an entry. What it holds never changes.
#[Object]
impl Revision {
    /// Its number, counted from 1.
    async fn number(&self) -> i32 {
        self.0.number
    }

    /// What the editor said about it; `= 3` when it brings revision 3 back.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// When it was saved.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// Whether an editor program saved it by itself. The next such save of the same person takes its place.
    async fn is_autosave(&self) -> bool {
        self.0.is_autosave
    }

    /// When it was first what the public saw; null when it never was.
    async fn published_at(&self) -> Option<DateTime> {
        self.0.published_at.map(DateTime)
    }

    /// Who saved it.
    async fn author_name(&self) -> &str {
        &self.0.actor_name
    }
}

connection! {
    /// A page of a list of revisions.
    RevisionConnection,
    /// A row of a list of revisions.
    RevisionEdge, Revision
}

/// In what two revisions differ, in one field. Which of the parts is filled depends on the field: `text` for texts, `added`
/// and `removed` for relations, `before` and `after` for anything else.
#[derive(SimpleObject)]
pub struct FieldDiff {
    /// Name of the field, as in the input of an update.
    field: String,
    /// The text in stretches.
    text: Vec<DiffChunk>,
    /// Relations that came.
    added: Vec<Node>,
    /// Relations that went.
    removed: Vec<Node>,
    /// The old value as JSON.
    before: Option<String>,
    /// The new value as JSON.
    after: Option<String>,
}

/// A stretch of a text that was compared.
#[derive(SimpleObject)]
pub struct DiffChunk {
    /// What happened to it.
    kind: DiffKind,
    /// The stretch.
    text: String,
}

/// What happened to a stretch of a text.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "diff::ChunkKind")]
pub enum DiffKind {
    /// In both texts.
    Kept,
    /// In the new text alone.
    Added,
    /// In the old text alone.
    Removed,
}

/// The revisions of an entry, newest first, read together with those of its siblings.
pub async fn list(ctx: &Context<'_>, (kind, id): (Kind, Uuid), first: Option<i64>, after: Option<String>) -> Result<RevisionConnection> {
    let request = page(ctx, first, after, None, None);
    request.size()?;
    let page = ctx.loader().load(loaders::Revisions { kind, id, request }).await?.unwrap_or_else(Page::empty);
    Ok(RevisionConnection::new(page, Counted::Revisions(id)))
}

/// An entry as a revision has it; `None` when there is no such revision.
pub async fn shown<A: Entry>(ctx: &Context<'_>, row: &EntryRow<A>, number: i32) -> Result<Option<(A::Row, A::State)>> {
    let Some(state) = ctx.loader().load(loaders::StateOfRevision(A::outline(row).id, number)).await? else { return Ok(None) };
    Ok(Some(domain::shown::<A>(&*row.get_whole(ctx).await?, state)?))
}

/// In what one revision of an entry differs from another.
pub async fn changes(ctx: &Context<'_>, entry: Uuid, from: i32, to: i32) -> Result<Vec<FieldDiff>> {
    let state = async |number: i32, field: &str| {
        let state = ctx.loader().load(loaders::StateOfRevision(entry, number)).await?;
        let unknown = || Error::from(FieldError::new(field, Problem::Malformed(Expected::RevisionNumber)));
        state.ok_or_else(|| async_graphql::Error::from(unknown()))
    };
    let (before, after) = (state(from, "from").await?, state(to, "to").await?);
    let mut diffs = Vec::new();
    // Long texts take their time, which must not be that of everybody else.
    let found = tokio::task::spawn_blocking(move || domain::diff(&before, &after)).await?;
    for found in found {
        let mut diff =
            FieldDiff { field: found.field, text: Vec::new(), added: Vec::new(), removed: Vec::new(), before: None, after: None };
        match found.change {
            FieldChange::Text(chunks) => {
                diff.text = chunks.into_iter().map(|chunk| DiffChunk { kind: chunk.kind.into(), text: chunk.text }).collect();
            }
            FieldChange::Links { kind, added, removed } => {
                diff.added = nodes(ctx, kind, added).await?;
                diff.removed = nodes(ctx, kind, removed).await?;
            }
            FieldChange::Value { before, after } => (diff.before, diff.after) = (before, after),
        }
        diffs.push(diff);
    }
    Ok(diffs)
}

/// What is still there of these.
async fn nodes(ctx: &Context<'_>, kind: Kind, ids: Vec<Uuid>) -> Result<Vec<Node>> {
    let found = ids.into_iter().map(|id| async move { node::find(ctx, &id::encode(kind, id)).await });
    Ok(futures_util::future::try_join_all(found).await?.into_iter().flatten().collect())
}
