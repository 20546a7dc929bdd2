//! What is kept of a comment that moderators alone may see.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use entity::comment as row;
use uuid::Uuid;

use super::is_moderator;
use crate::domain::comment::queue::{Origin, Tally};
use crate::domain::comment::spam::{self, Finding};
use crate::graphql::scalar::DateTime;
use crate::graphql::{ContextExt, loaders};

/// The private part of a comment, read when it is asked for.
pub struct Private {
    pub id: Uuid,
    /// All of its row, where that was read at once.
    pub whole: Option<Arc<row::Model>>,
}

impl Private {
    /// The row, for moderators alone.
    async fn row(&self, ctx: &Context<'_>) -> Result<Option<Arc<row::Model>>> {
        if !is_moderator(ctx) {
            return Ok(None);
        }
        match &self.whole {
            Some(row) => Ok(Some(Arc::clone(row))),
            None => Ok(ctx.loader().load(loaders::CommentById(self.id)).await?.map(Arc::new)),
        }
    }
}

/// What moderators alone may see.
#[Object]
impl Private {
    /// The reader's e-mail address; for moderators alone. Null once it is forgotten.
    async fn author_email(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.row(ctx).await?.map(|row| row.author_email.clone()).filter(|email| !email.is_empty()))
    }

    /// What the checks for spam came to, 0 to 100; 100 is spam. For moderators alone.
    async fn spam_score(&self, ctx: &Context<'_>) -> Result<Option<i32>> {
        Ok(self.row(ctx).await?.map(|row| row.spam_score))
    }

    /// What each check for spam found; for moderators alone.
    async fn spam_findings(&self, ctx: &Context<'_>) -> Result<Option<Vec<SpamFinding>>> {
        let Some(row) = self.row(ctx).await? else { return Ok(None) };
        Ok(Some(spam::findings(&row)?.into_iter().map(SpamFinding::from).collect()))
    }

    /// Why it was decided so; for moderators alone.
    async fn status_reason(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.row(ctx).await?.and_then(|row| row.status_reason.clone()))
    }

    /// When somebody last decided on it; for moderators alone.
    async fn moderated_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime>> {
        Ok(self.row(ctx).await?.and_then(|row| row.moderated_at).map(DateTime))
    }

    /// The address that it came from; for moderators alone, and forgotten after a while.
    async fn address(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.row(ctx).await?.and_then(|row| row.address.clone()))
    }

    /// What the program calls itself that it came from; for moderators alone, and forgotten after a while.
    async fn user_agent(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.row(ctx).await?.and_then(|row| row.user_agent.clone()))
    }

    /// What its writer agreed to; for moderators alone.
    async fn consent(&self, ctx: &Context<'_>) -> Result<Option<Consent>> {
        Ok(self.row(ctx).await?.map(|row| Consent { at: DateTime(row.consent_at), notice: row.consent_notice.clone() }))
    }

    /// What became of all comments under the same e-mail address, this one included; for moderators alone.
    async fn same_email(&self, ctx: &Context<'_>) -> Result<Option<CommentTally>> {
        let email = self.row(ctx).await?.map(|row| row.author_email.clone()).filter(|email| !email.is_empty());
        history(ctx, email.map(Origin::Email)).await
    }

    /// What became of all comments from the same network, this one included; for moderators alone.
    async fn same_network(&self, ctx: &Context<'_>) -> Result<Option<CommentTally>> {
        let network = self.row(ctx).await?.and_then(|row| row.network_hash.clone());
        history(ctx, network.map(Origin::Network)).await
    }

    /// What it said before it was changed, oldest first; for moderators alone.
    async fn edits(&self, ctx: &Context<'_>) -> Result<Option<Vec<CommentEdit>>> {
        if !is_moderator(ctx) {
            return Ok(None);
        }
        let edits = ctx.loader().load(loaders::EditsOfComment(self.id)).await?;
        Ok(Some(edits.into_iter().flatten().map(CommentEdit::from).collect()))
    }
}

async fn history(ctx: &Context<'_>, origin: Option<Origin>) -> Result<Option<CommentTally>> {
    let Some(origin) = origin else { return Ok(None) };
    Ok(ctx.loader().load(loaders::HistoryOf(origin)).await?.map(CommentTally::from))
}

/// What a writer agreed to.
#[derive(SimpleObject)]
pub struct Consent {
    /// When.
    at: DateTime,
    /// Version of the privacy notice.
    notice: String,
}

/// How many comments stand where.
#[derive(SimpleObject)]
pub struct CommentTally {
    /// Waiting for a moderator.
    pending: i64,
    /// Approved.
    approved: i64,
    /// With the spam.
    spam: i64,
    /// In the trash.
    trash: i64,
}

impl From<Tally> for CommentTally {
    fn from(tally: Tally) -> Self {
        Self { pending: tally.pending, approved: tally.approved, spam: tally.spam, trash: tally.trash }
    }
}

/// What a comment said before it was changed.
#[derive(SimpleObject)]
pub struct CommentEdit {
    /// When it was changed.
    at: DateTime,
    /// Who changed it: `public` for its writer.
    actor_name: String,
    /// The name before.
    author_name: String,
    /// The web site before.
    author_website: Option<String>,
    /// The text before.
    body: String,
}

impl From<entity::comment_edit::Model> for CommentEdit {
    fn from(row: entity::comment_edit::Model) -> Self {
        Self {
            at: DateTime(row.created_at),
            actor_name: row.actor_name,
            author_name: row.author_name,
            author_website: row.author_website,
            body: row.body,
        }
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
    /// Many links, links written as a page or a forum has them, or little else than links.
    Links,
    /// Nearly the same words as other comments.
    Repeated,
    /// A word, sender or site of the blocklist.
    Blocklist,
    /// A field filled in that people do not see.
    Trap,
    /// A form filled in sooner than people do.
    Haste,
    /// What the service of this name thinks.
    Akismet,
}
