//! What the public may do: submit comments, and for a while change them or take them back.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use entity::enums::Kind;

use super::moderation::CommentPayload;
use super::{Comment, query};
use crate::domain::comment::own::{self, Edit};
use crate::domain::comment::receipt;
use crate::domain::comment::submit::{Submission, submit};
use crate::graphql::payload::{DeletePayload, UserError, outcome, patch};
use crate::graphql::scalar::DateTime;
use crate::graphql::{ContextExt, id};

/// A new comment.
#[derive(InputObject)]
pub struct CommentSubmitInput {
    /// The article or event.
    pub subject_id: ID,
    /// The comment that this one replies to; it must be shown.
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
    /// The version of the privacy notice that the reader was shown; refused when there is a newer one.
    pub privacy_notice: Option<String>,
    /// The token of `commentForm`.
    pub form: Option<String>,
    /// What stands in a field of the form that people do not see: anything in it is the work of a program.
    pub trap: Option<String>,
    /// The same key within a day leads to what the first request with it made, instead of making another: 8 to 100 visible
    /// ASCII characters of the client's choice, such as a UUID.
    pub idempotency_key: Option<String>,
}

/// The outcome of a submission.
#[derive(SimpleObject)]
pub struct CommentSubmitPayload {
    /// The comment; null when it was not taken.
    pub comment: Option<Comment>,
    /// With it the writer sees the comment while it waits (`ownComments`), changes it or takes it back. Keep it secret.
    pub receipt: Option<String>,
    /// Until when they may change it or take it back.
    pub editable_until: Option<DateTime>,
    /// What has to be put right first; empty when all went well.
    pub user_errors: Vec<UserError>,
}

/// A change of one's own comment. An omitted field is left alone and null clears.
#[derive(InputObject)]
pub struct CommentEditInput {
    /// What commentSubmit returned.
    pub receipt: String,
    /// The reader's name.
    pub author_name: Option<String>,
    /// The reader's web site.
    pub author_website: MaybeUndefined<String>,
    /// The text.
    pub body: Option<String>,
}

/// Which comment of one's own to take back.
#[derive(InputObject)]
pub struct CommentWithdrawInput {
    /// What commentSubmit returned.
    pub receipt: String,
}

/// What the public may do with comments.
#[derive(Default)]
pub struct CommentMutation;

#[Object]
impl CommentMutation {
    /// Takes a comment in; it is shown once a moderator approves it.
    async fn comment_submit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The comment.")] input: CommentSubmitInput,
    ) -> Result<CommentSubmitPayload> {
        let submitted = async {
            let submission = Submission {
                subject: Some(query::subject(&input.subject_id, "subjectId")?),
                parent: id::optional(Kind::Comment, input.parent_id.as_ref(), "parentId")?,
                author_name: input.author_name,
                author_email: input.author_email,
                author_website: input.author_website,
                body: input.body,
                consent: input.consent,
                notice: input.privacy_notice,
                form: input.form,
                trap: input.trap,
            };
            submit(ctx.domain(), &ctx.actor().with_key(input.idempotency_key), submission).await
        };
        let (comment, user_errors) = outcome(ctx, submitted.await)?;
        let receipt = match &comment {
            Some(row) => Some(receipt::of(ctx.domain(), row.id).await?),
            None => None,
        };
        let editable_until = comment.as_ref().map(|row| DateTime(receipt::editable_until(ctx.domain(), row)));
        Ok(CommentSubmitPayload { comment: comment.map(Comment::from), receipt, editable_until, user_errors })
    }

    /// Changes one's own comment for a while after it was submitted. It is checked as a new one is.
    async fn comment_edit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: CommentEditInput,
    ) -> Result<CommentPayload> {
        let edit = Edit { author_name: input.author_name, author_website: patch(input.author_website), body: input.body };
        CommentPayload::new(ctx, own::edit(ctx.domain(), ctx.actor(), &input.receipt, edit).await)
    }

    /// Takes one's own comment back for a while after it was submitted: all of it is erased.
    async fn comment_withdraw(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: CommentWithdrawInput,
    ) -> Result<DeletePayload> {
        let (withdrawn, user_errors) = outcome(ctx, own::withdraw(ctx.domain(), ctx.actor(), &input.receipt).await)?;
        Ok(DeletePayload { deleted_id: withdrawn.map(|id| id::encode(Kind::Comment, id)), user_errors })
    }
}
