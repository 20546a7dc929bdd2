//! Comments of readers, and their moderation.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use entity::comment as row;
use entity::enums::Kind;
use uuid::Uuid;

use super::article::Article;
use super::connection::{Counted, connection, page, size};
use super::event::Event;
use super::payload::payload;
use super::scalar::DateTime;
use super::{ContextExt, id, loaders};
use crate::auth::role::Permission;
use crate::domain::comment as domain;
use crate::domain::comment::spam::{self, Finding};
use crate::domain::error::{Error, Expected, FieldError, Problem, Result};
use crate::domain::page::{LARGEST_PAGE, Page};

/// Shows a row.
#[derive(Clone)]
pub struct Comment(pub Arc<row::Model>);

impl From<row::Model> for Comment {
    fn from(row: row::Model) -> Self {
        Self(Arc::new(row))
    }
}

/// A reader's comment on an article or an event.
#[Object]
impl Comment {
    /// Global id.
    pub async fn id(&self) -> ID {
        id::encode(Kind::Comment, self.0.id)
    }

    /// The reader's name.
    async fn author_name(&self) -> &str {
        &self.0.author_name
    }

    /// The reader's e-mail address; for moderators alone.
    async fn author_email(&self, ctx: &Context<'_>) -> Option<&str> {
        ctx.actor().may(Permission::ModerateComments).then_some(self.0.author_email.as_str())
    }

    /// The reader's web site.
    async fn author_website(&self) -> Option<&str> {
        self.0.author_website.as_deref()
    }

    /// Plain text; line breaks count, tags do not.
    async fn body(&self) -> &str {
        &self.0.body
    }

    /// Where it stands with the moderators. Others are not told what was taken for spam: to them it waits.
    async fn status(&self, ctx: &Context<'_>) -> CommentStatus {
        match self.0.status {
            entity::enums::CommentStatus::Spam if !ctx.actor().may(Permission::ModerateComments) => CommentStatus::Pending,
            status => status.into(),
        }
    }

    /// What the checks for spam came to, 0 to 100; 100 is spam. For moderators alone.
    async fn spam_score(&self, ctx: &Context<'_>) -> Option<i32> {
        ctx.actor().may(Permission::ModerateComments).then_some(self.0.spam_score)
    }

    /// What each check for spam found; for moderators alone.
    async fn spam_findings(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Vec<SpamFinding>>> {
        if !ctx.actor().may(Permission::ModerateComments) {
            return Ok(None);
        }
        Ok(Some(spam::findings(&self.0)?.into_iter().map(SpamFinding::from).collect()))
    }

    /// Why it was decided so; for moderators alone.
    async fn status_reason(&self, ctx: &Context<'_>) -> Option<&str> {
        self.0.status_reason.as_deref().filter(|_| ctx.actor().may(Permission::ModerateComments))
    }

    /// When it was submitted.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// The article it is on.
    async fn article(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Article>> {
        let Some(id) = self.0.article_id else { return Ok(None) };
        Ok(ctx.loader().load_one(loaders::ArticleById::new(id)).await?.map(Article::from))
    }

    /// The event it is on.
    async fn event(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Event>> {
        let Some(id) = self.0.event_id else { return Ok(None) };
        Ok(ctx.loader().load_one(loaders::EventById::new(id)).await?.map(Event::from))
    }

    /// Approved replies, oldest first.
    async fn replies(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 by default.")] first: Option<i64>,
    ) -> async_graphql::Result<Vec<Comment>> {
        let limit = size("first", first.unwrap_or(20), 100)?;
        let rows = ctx.loader().load_one(loaders::FirstReplies(self.0.id, limit as u64)).await?;
        Ok(rows.into_iter().flatten().map(Comment::from).collect())
    }

    /// Whether the reader may decide on it and see its private fields.
    async fn viewer_can_moderate(&self, ctx: &Context<'_>) -> bool {
        ctx.actor().may(Permission::ModerateComments)
    }
}

/// What a check for spam found.
#[derive(SimpleObject)]
pub struct SpamFinding {
    /// Which check.
    check: SpamCheck,
    /// What it counts, 1 to 100.
    points: i32,
    /// What it goes by, such as the words found.
    detail: String,
}

impl From<Finding> for SpamFinding {
    fn from(finding: Finding) -> Self {
        Self { check: finding.check.into(), points: finding.points, detail: finding.detail }
    }
}

/// What looks for spam.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "entity::enums::SpamCheck")]
pub enum SpamCheck {
    /// Promotion of online gambling.
    Gambling,
    /// Many links, or links written as a page or a forum has them.
    Links,
    /// The same words as other comments.
    Repeated,
}

connection! {
    /// A page of a list of comments.
    CommentConnection,
    /// A row of a list of comments.
    CommentEdge, Comment, row::Model
}

payload! {
    /// The outcome of a change of a comment.
    CommentPayload,
    /// The comment after the change; null when nothing changed.
    comment: Comment
}

/// Where a comment stands with the moderators.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "entity::enums::CommentStatus")]
pub enum CommentStatus {
    /// Waiting for a moderator.
    Pending,
    /// Shown to everybody.
    Approved,
    /// Refused as spam.
    Spam,
    /// Refused for another reason.
    Trash,
}

/// The approved threads of an article or event, read together with those of its siblings.
pub(super) async fn threads(
    ctx: &Context<'_>,
    kind: Kind,
    id: Uuid,
    first: Option<i64>,
    after: Option<String>,
) -> async_graphql::Result<CommentConnection> {
    let size = size("first", first.unwrap_or(20), LARGEST_PAGE as i64)? as u64;
    let page = ctx.loader().load_one(loaders::Threads { kind, id, size, after }).await?.unwrap_or_else(Page::empty);
    Ok(CommentConnection { page, counted: Counted::ThreadsOf(kind, id) })
}

/// How many approved comments an article or event has, replies included.
pub(super) async fn count(ctx: &Context<'_>, kind: Kind, id: Uuid) -> async_graphql::Result<i64> {
    Ok(ctx.loader().load_one(loaders::CommentCount { kind, id, with_replies: true }).await?.unwrap_or_default())
}

/// Queries about comments.
#[derive(Default)]
pub struct CommentQuery;

#[Object]
impl CommentQuery {
    /// The queue of comments, newest first; for moderators.
    async fn comments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand so.")] status: Option<CommentStatus>,
        #[graphql(desc = "Rows from the start, 1 to 100; 20 by default.")] first: Option<i64>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1 to 100.")] last: Option<i64>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<CommentConnection> {
        let status = status.map(Into::into);
        let page = domain::queue(ctx.domain(), ctx.actor(), status, &page(first, after, last, before)).await?;
        Ok(CommentConnection { page, counted: Counted::CommentQueue(status) })
    }
}

/// A new comment.
#[derive(InputObject)]
pub struct CommentSubmitInput {
    /// The article or event.
    pub subject_id: ID,
    /// The approved comment that this one replies to.
    pub parent_id: Option<ID>,
    /// The reader's name, at most 100 characters; published.
    pub author_name: String,
    /// The reader's e-mail address; never published.
    pub author_email: String,
    /// The reader's web site; published.
    pub author_website: Option<String>,
    /// Plain text of at most 5000 characters.
    pub body: String,
    /// True when the reader agrees to the privacy notice; required.
    pub consent: bool,
    /// The same key within a day leads to what the first request with it made, instead of making another: 8 to 100 visible
    /// ASCII characters of the client's choice, such as a UUID.
    pub idempotency_key: Option<String>,
}

/// A decision to show a comment.
#[derive(InputObject)]
pub struct CommentApproveInput {
    /// Which one.
    pub id: ID,
}

/// A decision not to show a comment.
#[derive(InputObject)]
pub struct CommentRejectInput {
    /// Which one.
    pub id: ID,
    /// True when it is spam.
    pub is_spam: Option<bool>,
    /// Why; seen by moderators alone.
    pub reason: Option<String>,
}

/// Changes of comments.
#[derive(Default)]
pub struct CommentMutation;

#[Object]
impl CommentMutation {
    /// Takes a comment in; it is shown once a moderator approves it.
    async fn comment_submit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The comment.")] input: CommentSubmitInput,
    ) -> async_graphql::Result<CommentPayload> {
        let result = async {
            let subject = id::decode(&input.subject_id)
                .ok_or_else(|| Error::from(FieldError::new("subjectId", Problem::Malformed(Expected::ArticleOrEvent))))?;
            let submission = domain::Submission {
                subject: Some(subject),
                parent: id::optional(Kind::Comment, input.parent_id.as_ref(), "parentId")?,
                author_name: input.author_name,
                author_email: input.author_email,
                author_website: input.author_website,
                body: input.body,
                consent: input.consent,
            };
            domain::submit(ctx.domain(), &ctx.actor().with_key(input.idempotency_key), submission).await
        };
        CommentPayload::new(ctx, result.await)
    }

    /// Shows a comment to everybody; for moderators.
    async fn comment_approve(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: CommentApproveInput,
    ) -> async_graphql::Result<CommentPayload> {
        CommentPayload::new(ctx, moderate(ctx, &input.id, entity::enums::CommentStatus::Approved, None).await)
    }

    /// Refuses a comment; for moderators.
    async fn comment_reject(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, and why.")] input: CommentRejectInput,
    ) -> async_graphql::Result<CommentPayload> {
        let is_spam = input.is_spam.unwrap_or(false);
        let status = if is_spam { entity::enums::CommentStatus::Spam } else { entity::enums::CommentStatus::Trash };
        CommentPayload::new(ctx, moderate(ctx, &input.id, status, input.reason).await)
    }
}

async fn moderate(ctx: &Context<'_>, id: &ID, status: entity::enums::CommentStatus, reason: Option<String>) -> Result<row::Model> {
    domain::moderate(ctx.domain(), ctx.actor(), id::require(Kind::Comment, id, "id")?, status, reason).await
}
