//! Where an entry stands: the fields that articles, events, officials and programs have alike.

use async_graphql::{Context, Object, Result, SimpleObject};
use entity::enums::Kind;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::revision::{self, FieldDiff, RevisionConnection};
use super::row::{self, EntryRow};
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::domain::entry::{Entry, Envelope, Outline, may_edit};
use crate::domain::warning;
use crate::graphql::ContextExt;
use crate::graphql::loaders::StateOfRevision;
use crate::graphql::node::{DateFormat, EntryStatus, published_on};
use crate::graphql::scalar::DateTime;

/// Something in an entry that an editor should look at.
#[derive(SimpleObject)]
pub struct ContentWarning {
    /// Where it stands, such as `body` or `participants.2.guestName`.
    field: String,
    /// The beginning of the text that it is about.
    excerpt: String,
    /// The words and names of sites that it goes by.
    detail: String,
}

impl From<warning::ContentWarning> for ContentWarning {
    fn from(warning: warning::ContentWarning) -> Self {
        Self { field: warning.field, excerpt: warning.excerpt, detail: warning.detail }
    }
}

/// Its fields are flattened into each noun's type; it is no type of the schema itself.
pub struct Workflow {
    kind: Kind,
    outline: Outline,
    /// All of it, where that was read.
    whole: Option<Envelope>,
    load: for<'a> fn(&'a Context<'a>, Uuid) -> BoxFuture<'a, Result<Envelope>>,
    manage: Permission,
    may_edit: fn(&Actor, &Envelope) -> bool,
}

impl Workflow {
    /// That of a row.
    pub fn of<E: Entry>(row: &EntryRow<E>) -> Self {
        Self {
            kind: E::KIND,
            outline: E::outline(row),
            whole: row.read_whole().map(E::envelope),
            load: |ctx, id| async move { Ok(E::envelope(&row::load::<E>(ctx, id).await?)) }.boxed(),
            manage: E::MANAGE,
            may_edit: may_edit::<E>,
        }
    }

    async fn entry(&self, ctx: &Context<'_>) -> Result<Envelope> {
        match &self.whole {
            Some(entry) => Ok(entry.clone()),
            None => (self.load)(ctx, self.outline.id).await,
        }
    }

    /// What those may see who may see drafts; nothing for others.
    async fn unpublished(&self, ctx: &Context<'_>) -> Result<Option<Envelope>> {
        if ctx.actor().may(Permission::ReadUnpublished) { self.entry(ctx).await.map(Some) } else { Ok(None) }
    }
}

/// Where an entry stands.
#[Object]
impl Workflow {
    /// Where it stands in its workflow.
    async fn status(&self) -> EntryStatus {
        self.outline.status.into()
    }

    /// When it was first published.
    fn published_at(&self) -> Option<DateTime> {
        self.outline.published_at.map(DateTime)
    }

    /// The day of publication in Indonesian, in the site's time zone.
    async fn published_on(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How much of the date to write; FULL by default.")] format: Option<DateFormat>,
    ) -> Option<String> {
        published_on(ctx, self.outline.published_at, format)
    }

    /// When it last changed.
    fn updated_at(&self) -> DateTime {
        DateTime(self.outline.updated_at)
    }

    /// Number of the newest revision; for those who may see drafts.
    async fn revision(&self, ctx: &Context<'_>) -> Result<Option<i32>> {
        Ok(self.unpublished(ctx).await?.map(|entry| entry.revision))
    }

    /// Number of the revision that the public sees; for those who may see drafts.
    async fn live_revision(&self, ctx: &Context<'_>) -> Result<Option<i32>> {
        Ok(self.unpublished(ctx).await?.map(|entry| entry.live_revision))
    }

    /// When a revision of it is to be published; for those who may see drafts.
    async fn scheduled_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime>> {
        Ok(self.unpublished(ctx).await?.and_then(|entry| entry.scheduled_at).map(DateTime))
    }

    /// Number of the revision that is to be published then; for those who may see drafts.
    async fn scheduled_revision(&self, ctx: &Context<'_>) -> Result<Option<i32>> {
        Ok(self.unpublished(ctx).await?.and_then(|entry| entry.scheduled_revision))
    }

    /// When a schedule ended without a publication; for those who may see drafts.
    async fn schedule_failed_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime>> {
        Ok(self.unpublished(ctx).await?.and_then(|entry| entry.schedule_failed_at).map(DateTime))
    }

    /// Why it did; for those who may see drafts.
    async fn schedule_problem(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.unpublished(ctx).await?.and_then(|entry| entry.schedule_problem))
    }

    /// What a reviewer wants to have mended; for those who may see drafts.
    async fn review_note(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.unpublished(ctx).await?.and_then(|entry| entry.review_note))
    }

    /// When its newest revision was saved; for those who may see drafts.
    async fn saved_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime>> {
        Ok(self.unpublished(ctx).await?.map(|entry| DateTime(entry.saved_at)))
    }

    /// Whether the reader may save changes of it, and submit it for review while it is a draft.
    async fn viewer_can_edit(&self, ctx: &Context<'_>) -> Result<bool> {
        // Nobody edits without having signed in, so readers cost no second look.
        Ok(ctx.actor().role.is_some() && (self.may_edit)(ctx.actor(), &self.entry(ctx).await?))
    }

    /// Whether the reader may approve, return, publish, schedule, unpublish and archive it.
    async fn viewer_can_publish(&self, ctx: &Context<'_>) -> bool {
        ctx.actor().may(self.manage)
    }

    /// Whether the reader may put it into the trash and restore it.
    async fn viewer_can_trash(&self, ctx: &Context<'_>) -> bool {
        ctx.actor().may(self.manage)
    }

    /// Whether the reader may delete it for good once it is in the trash.
    async fn viewer_can_purge(&self, ctx: &Context<'_>) -> bool {
        ctx.actor().may(Permission::Purge)
    }

    /// Its revisions, newest first; for those who may see drafts.
    async fn revisions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start, 1 to 100; 20 by default.")] first: Option<i64>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
    ) -> Result<RevisionConnection> {
        revision::list(ctx, (self.kind, self.outline.id), first, after).await
    }

    /// In what one revision differs from another, field by field; for those who may see drafts.
    async fn changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Number of the older revision.")] from: i32,
        #[graphql(desc = "Number of the newer revision.")] to: i32,
    ) -> Result<Vec<FieldDiff>> {
        revision::changes(ctx, self.outline.id, from, to).await
    }

    /// What in its newest revision looks as if somebody had broken in: promotion of online gambling, in texts, links and names. For
    /// those who may see drafts; ask for it with each save.
    async fn content_warnings(&self, ctx: &Context<'_>) -> Result<Option<Vec<ContentWarning>>> {
        let Some(entry) = self.unpublished(ctx).await? else { return Ok(None) };
        let state = ctx.loader().load(StateOfRevision(entry.id, entry.revision)).await?;
        Ok(Some(state.map(|state| warning::of(&state)).unwrap_or_default().into_iter().map(ContentWarning::from).collect()))
    }

    /// Whether it is in the trash; for those who may see drafts.
    async fn is_in_trash(&self, ctx: &Context<'_>) -> Result<Option<bool>> {
        Ok(self.unpublished(ctx).await?.map(|entry| entry.deleted_at.is_some()))
    }
}
