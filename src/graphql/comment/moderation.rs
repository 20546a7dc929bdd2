//! What moderators may do with comments.

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use entity::enums::Kind;

use super::{Comment, query};
use crate::domain::comment::own::Edit;
use crate::domain::comment::{discussion, moderate};
use crate::graphql::node::{self, Node};
use crate::graphql::payload::{UserError, outcome, patch, payload};
use crate::graphql::{ContextExt, id};

payload! {
    /// The outcome of a change of a comment.
    CommentPayload,
    /// The comment after the change; null when nothing changed.
    comment: Comment
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
    /// True when it is spam; else it goes to the trash.
    pub is_spam: Option<bool>,
    /// Why; seen by moderators alone.
    pub reason: Option<String>,
}

/// A comment to be put back.
#[derive(InputObject)]
pub struct CommentRestoreInput {
    /// Which one.
    pub id: ID,
}

/// What a moderator decides.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "moderate::Decision")]
pub enum CommentDecision {
    /// Show it.
    Approve,
    /// Refuse it as spam.
    Spam,
    /// Refuse it for another reason.
    Trash,
    /// Put it back from the spam or the trash to those that wait.
    Restore,
}

/// A decision on many comments.
#[derive(InputObject)]
pub struct CommentsModerateInput {
    /// Which ones, at most 100.
    pub ids: Vec<ID>,
    /// What is decided.
    pub decision: CommentDecision,
    /// Why; seen by moderators alone.
    pub reason: Option<String>,
}

/// The outcome of a decision on many comments.
#[derive(SimpleObject)]
pub struct CommentsPayload {
    /// The comments after the decision, in the order asked for; empty when nothing changed.
    pub comments: Vec<Comment>,
    /// What has to be put right first; empty when all went well.
    pub user_errors: Vec<UserError>,
}

/// A change of what a comment says. An omitted field is left alone and null clears.
#[derive(InputObject)]
pub struct CommentUpdateInput {
    /// Which one.
    pub id: ID,
    /// The name that it is shown under.
    pub author_name: Option<String>,
    /// The web site.
    pub author_website: MaybeUndefined<String>,
    /// The text.
    pub body: Option<String>,
}

/// An answer to a comment.
#[derive(InputObject)]
pub struct CommentReplyInput {
    /// The comment; it must be shown.
    pub parent_id: ID,
    /// Plain text of at most 5000 characters.
    pub body: String,
    /// The same key within a day leads to what the first request with it made, instead of making another: 8 to 100 visible
    /// ASCII characters of the client's choice, such as a UUID.
    pub idempotency_key: Option<String>,
}

/// Whether something may be commented on.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
pub enum CommentPolicy {
    /// It may, whatever the settings say.
    Open,
    /// It may not.
    Closed,
    /// As the settings say.
    Default,
}

/// What an editor decides about the comments on an article or event.
#[derive(InputObject)]
pub struct CommentPolicyUpdateInput {
    /// The article or event.
    pub subject_id: ID,
    /// What holds from now on.
    pub policy: CommentPolicy,
}

/// The outcome of a decision about the comments on something.
#[derive(SimpleObject)]
pub struct CommentPolicyPayload {
    /// The article or event; null when nothing changed.
    pub subject: Option<Node>,
    /// What has to be put right first; empty when all went well.
    pub user_errors: Vec<UserError>,
}

/// What moderators may do with comments.
#[derive(Default)]
pub struct ModerationMutation;

#[Object]
impl ModerationMutation {
    /// Shows a comment to everybody; for moderators.
    async fn comment_approve(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: CommentApproveInput,
    ) -> Result<CommentPayload> {
        CommentPayload::new(ctx, decide(ctx, &input.id, moderate::Decision::Approve, None).await)
    }

    /// Refuses a comment; for moderators.
    async fn comment_reject(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, and why.")] input: CommentRejectInput,
    ) -> Result<CommentPayload> {
        let is_spam = input.is_spam.unwrap_or(false);
        let decision = if is_spam { moderate::Decision::Spam } else { moderate::Decision::Trash };
        CommentPayload::new(ctx, decide(ctx, &input.id, decision, input.reason).await)
    }

    /// Puts a comment back from the spam or the trash to those that wait; for moderators.
    async fn comment_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: CommentRestoreInput,
    ) -> Result<CommentPayload> {
        CommentPayload::new(ctx, decide(ctx, &input.id, moderate::Decision::Restore, None).await)
    }

    /// Decides on many comments, on all of them or on none; for moderators.
    async fn comments_moderate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones, and what is decided.")] input: CommentsModerateInput,
    ) -> Result<CommentsPayload> {
        let decided = async {
            let ids = id::list(Kind::Comment, &input.ids, "ids")?;
            moderate::decide(ctx.domain(), ctx.actor(), &ids, input.decision.into(), input.reason).await
        };
        let (comments, user_errors) = outcome(ctx, decided.await)?;
        Ok(CommentsPayload { comments: comments.into_iter().flatten().map(Comment::from).collect(), user_errors })
    }

    /// Changes what a comment says; moderators go on seeing what it said before. For moderators.
    async fn comment_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, and what to change.")] input: CommentUpdateInput,
    ) -> Result<CommentPayload> {
        let updated = async {
            let edit = Edit { author_name: input.author_name, author_website: patch(input.author_website), body: input.body };
            moderate::update(ctx.domain(), ctx.actor(), id::require(Kind::Comment, &input.id, "id")?, edit).await
        };
        CommentPayload::new(ctx, updated.await)
    }

    /// Answers a comment in one's own name, shown at once; for moderators.
    async fn comment_reply(&self, ctx: &Context<'_>, #[graphql(desc = "The answer.")] input: CommentReplyInput) -> Result<CommentPayload> {
        let replied = async {
            let parent = id::require(Kind::Comment, &input.parent_id, "parentId")?;
            moderate::reply(ctx.domain(), &ctx.actor().with_key(input.idempotency_key), parent, &input.body).await
        };
        CommentPayload::new(ctx, replied.await)
    }

    /// Opens or closes the comments on an article or event; for moderators.
    async fn comment_policy_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "On what, and what holds.")] input: CommentPolicyUpdateInput,
    ) -> Result<CommentPolicyPayload> {
        let decided = async {
            let subject = query::subject(&input.subject_id, "subjectId")?;
            let is_open = match input.policy {
                CommentPolicy::Open => Some(true),
                CommentPolicy::Closed => Some(false),
                CommentPolicy::Default => None,
            };
            discussion::decide(ctx.domain(), ctx.actor(), subject, is_open).await
        };
        let (decided, user_errors) = outcome(ctx, decided.await)?;
        let subject = match decided {
            Some(()) => node::find(ctx, &input.subject_id).await?,
            None => None,
        };
        Ok(CommentPolicyPayload { subject, user_errors })
    }
}

async fn decide(
    ctx: &Context<'_>,
    given: &ID,
    decision: moderate::Decision,
    reason: Option<String>,
) -> crate::domain::Result<entity::comment::Model> {
    let id = id::require(Kind::Comment, given, "id")?;
    let decided = moderate::decide(ctx.domain(), ctx.actor(), &[id], decision, reason).await?;
    decided.into_iter().next().ok_or(crate::domain::Error::NotFound(Kind::Comment))
}
