//! Queries about comments: the moderators' queue, and what a form or a writer asks for.

use async_graphql::{Context, ID, InputObject, Object, Result};
use entity::enums::Kind;

use super::{Comment, CommentConnection, CommentOrder, CommentStatus, CommentTally, blocklist};
use crate::domain::comment::queue::{self, QueueFilter};
use crate::domain::comment::{form, receipt};
use crate::domain::error::{Error, Expected, FieldError, Problem};
use crate::graphql::connection::{Counted, page};
use crate::graphql::privacy::PrivacyNotice;
use crate::graphql::scalar::DateTime;
use crate::graphql::{ContextExt, id};

/// Which comments; what is left out does not narrow.
#[derive(InputObject, Default)]
pub struct CommentFilter {
    /// Those that stand so.
    pub status: Option<CommentStatus>,
    /// Those on this article or event.
    pub subject_id: Option<ID>,
    /// Those under this e-mail address.
    pub author_email: Option<String>,
    /// Those from the network of this IP address: of IPv6 the /64.
    pub address: Option<String>,
    /// Those from the same network as this comment, even when its address is forgotten.
    pub same_network_as: Option<ID>,
    /// Those with at least so many points for spam, 0 to 100.
    pub least_spam_score: Option<i32>,
    /// Those submitted at this moment or later.
    pub submitted_from: Option<DateTime>,
    /// Those submitted before this moment.
    pub submitted_before: Option<DateTime>,
}

impl CommentFilter {
    fn into_domain(self) -> crate::domain::Result<QueueFilter> {
        Ok(QueueFilter {
            status: self.status.map(Into::into),
            subject: self.subject_id.map(|id| subject(&id, "filter.subjectId")).transpose()?,
            author_email: self.author_email,
            address: self.address,
            same_network_as: id::optional(Kind::Comment, self.same_network_as.as_ref(), "filter.sameNetworkAs")?,
            least_score: self.least_spam_score,
            from: self.submitted_from.map(|at| at.0),
            to: self.submitted_before.map(|at| at.0),
        })
    }
}

/// The article or event that an id names.
pub fn subject(given: &ID, field: &str) -> crate::domain::Result<(Kind, uuid::Uuid)> {
    let found = id::decode(given).filter(|(kind, _)| matches!(kind, Kind::Article | Kind::Event));
    found.ok_or_else(|| Error::from(FieldError::new(field, Problem::Malformed(Expected::ArticleOrEvent))))
}

/// What a form for a comment needs.
pub struct CommentForm {
    subject: (Kind, uuid::Uuid),
    is_open: bool,
}

/// What a form for a comment needs. Ask for it when the form is shown, not when the page is built.
#[Object]
impl CommentForm {
    /// Whether comments are taken.
    async fn is_open(&self) -> bool {
        self.is_open
    }

    /// Sent along with the comment it says when the form was shown; good for two days.
    async fn token(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(form::token(ctx.domain(), self.subject).await?)
    }

    /// Whether comments are taken only with the token.
    async fn requires_token(&self, ctx: &Context<'_>) -> bool {
        ctx.domain().settings.comments.require_form
    }

    /// The notice that the reader has to agree to.
    async fn privacy_notice(&self, ctx: &Context<'_>) -> Result<PrivacyNotice> {
        PrivacyNotice::current(ctx).await
    }

    /// How deep replies may hang.
    async fn deepest_reply(&self, ctx: &Context<'_>) -> i32 {
        ctx.domain().settings.comments.depth
    }

    /// For how many minutes the writer may change the comment or take it back.
    async fn edit_minutes(&self, ctx: &Context<'_>) -> i64 {
        ctx.domain().settings.comments.edit_minutes
    }
}

/// Queries about comments.
#[derive(Default)]
pub struct CommentQuery;

#[Object]
impl CommentQuery {
    /// The queue of comments; for moderators.
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the field")]
    async fn comments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<CommentFilter>,
        #[graphql(desc = "In which order; the newest first by default.")] order_by: Option<CommentOrder>,
        #[graphql(desc = "Rows from the start, 1 to 100; 20 by default.")] first: Option<i64>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1 to 100.")] last: Option<i64>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<CommentConnection> {
        let filter = filter.unwrap_or_default().into_domain()?;
        let newest_first = order_by != Some(CommentOrder::Oldest);
        let page = queue::list(ctx.domain(), ctx.actor(), &filter, newest_first, &page(ctx, first, after, last, before)).await?;
        Ok(CommentConnection::new(page, Counted::CommentQueue(filter)))
    }

    /// How many comments stand where, whatever status the filter names; for moderators.
    async fn comment_tally(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which ones.")] filter: Option<CommentFilter>,
    ) -> Result<CommentTally> {
        let filter = filter.unwrap_or_default().into_domain()?;
        Ok(queue::tally(ctx.domain(), ctx.actor(), &filter).await?.into())
    }

    /// What a form for a comment on an article or event needs; null when there is none that the public may see.
    async fn comment_form(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The article or event.")] subject_id: ID,
    ) -> Result<Option<CommentForm>> {
        ctx.keep_from_others();
        let subject = subject(&subject_id, "subjectId")?;
        Ok(form::is_open(ctx.domain(), subject).await?.map(|is_open| CommentForm { subject, is_open }))
    }

    /// One's own comments by their receipts, wherever they stand, oldest first; at most 20. What is gone is left out.
    async fn own_comments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What commentSubmit returned for each.")] receipts: Vec<String>,
    ) -> Result<Vec<Comment>> {
        ctx.keep_from_others();
        Ok(receipt::comments(ctx.domain(), &receipts).await?.into_iter().map(Comment::from).collect())
    }

    /// The blocklist, by value; for moderators.
    async fn blocklist(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start, 1 to 100; 20 by default.")] first: Option<i64>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1 to 100.")] last: Option<i64>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<blocklist::BlocklistConnection> {
        blocklist::list(ctx, &page(ctx, first, after, last, before)).await
    }
}
