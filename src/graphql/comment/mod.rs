//! Comments of readers in the schema.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entity::comment as row;
use entity::enums::Kind;
use uuid::Uuid;

use super::article::Article;
use super::connection::{Counted, connection, page};
use super::event::Event;
use super::scalar::DateTime;
use super::{ContextExt, id, loaders};
use crate::auth::role::Permission;
use crate::domain::comment::discussion;
use crate::domain::comment::queue::{Origin, Tally};
use crate::domain::comment::spam::{self, Finding};
use crate::domain::page::{Page, PageRequest};
use crate::text::plain;

pub mod blocklist;
pub mod moderation;
pub mod query;
pub mod submission;

/// Shows a row.
#[derive(Clone)]
pub struct Comment(pub Arc<row::Model>);

impl From<row::Model> for Comment {
    fn from(row: row::Model) -> Self {
        Self(Arc::new(row))
    }
}

impl Comment {
    fn is_moderated_by(ctx: &Context<'_>) -> bool {
        ctx.actor().may(Permission::ModerateComments)
    }
}

/// A reader's comment on an article or an event.
#[Object]
impl Comment {
    /// Global id.
    pub async fn id(&self) -> ID {
        id::encode(Kind::Comment, self.0.id)
    }

    /// The reader's name; empty once it is erased.
    async fn author_name(&self) -> &str {
        &self.0.author_name
    }

    /// The reader's e-mail address; for moderators alone. Null once it is forgotten.
    async fn author_email(&self, ctx: &Context<'_>) -> Option<&str> {
        Some(self.0.author_email.as_str()).filter(|email| Self::is_moderated_by(ctx) && !email.is_empty())
    }

    /// The reader's web site.
    async fn author_website(&self) -> Option<&str> {
        self.0.author_website.as_deref()
    }

    /// Whether somebody wrote it who works here.
    async fn is_from_staff(&self) -> bool {
        self.0.author_user_id.is_some()
    }

    /// A picture of the writer's initials, made here.
    async fn avatar(&self) -> Avatar {
        Avatar { name: self.0.author_name.clone() }
    }

    /// Plain text; line breaks count, tags do not. Empty once it is erased.
    async fn body(&self) -> &str {
        &self.0.body
    }

    /// The text as HTML, safe to put into a page as it is: paragraphs, line breaks and links, and no other markup.
    async fn body_html(&self) -> String {
        plain::html(&self.0.body)
    }

    /// Where it stands with the moderators. Others are not told what was taken for spam: to them it waits.
    async fn status(&self, ctx: &Context<'_>) -> CommentStatus {
        use entity::enums::CommentStatus as Stored;
        match self.0.status {
            Stored::Spam if !Self::is_moderated_by(ctx) => CommentStatus::Pending,
            Stored::Trash if !Self::is_moderated_by(ctx) && self.0.moderated_at.is_none() => CommentStatus::Pending,
            status => status.into(),
        }
    }

    /// What the checks for spam came to, 0 to 100; 100 is spam. For moderators alone.
    async fn spam_score(&self, ctx: &Context<'_>) -> Option<i32> {
        Self::is_moderated_by(ctx).then_some(self.0.spam_score)
    }

    /// What each check for spam found; for moderators alone.
    async fn spam_findings(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Vec<SpamFinding>>> {
        if !Self::is_moderated_by(ctx) {
            return Ok(None);
        }
        Ok(Some(spam::findings(&self.0)?.into_iter().map(SpamFinding::from).collect()))
    }

    /// Why it was decided so; for moderators alone.
    async fn status_reason(&self, ctx: &Context<'_>) -> Option<&str> {
        self.0.status_reason.as_deref().filter(|_| Self::is_moderated_by(ctx))
    }

    /// When somebody last decided on it; for moderators alone.
    async fn moderated_at(&self, ctx: &Context<'_>) -> Option<DateTime> {
        self.0.moderated_at.filter(|_| Self::is_moderated_by(ctx)).map(DateTime)
    }

    /// The address that it came from; for moderators alone, and forgotten after a while.
    async fn address(&self, ctx: &Context<'_>) -> Option<&str> {
        self.0.address.as_deref().filter(|_| Self::is_moderated_by(ctx))
    }

    /// What the program calls itself that it came from; for moderators alone, and forgotten after a while.
    async fn user_agent(&self, ctx: &Context<'_>) -> Option<&str> {
        self.0.user_agent.as_deref().filter(|_| Self::is_moderated_by(ctx))
    }

    /// What its writer agreed to; for moderators alone.
    async fn consent(&self, ctx: &Context<'_>) -> Option<Consent> {
        let consent = Consent { at: DateTime(self.0.consent_at), notice: self.0.consent_notice.clone() };
        Self::is_moderated_by(ctx).then_some(consent)
    }

    /// What became of all comments under the same e-mail address, this one included; for moderators alone.
    async fn same_email(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<CommentTally>> {
        let email = Some(self.0.author_email.clone()).filter(|email| !email.is_empty());
        history(ctx, email.map(Origin::Email)).await
    }

    /// What became of all comments from the same network, this one included; for moderators alone.
    async fn same_network(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<CommentTally>> {
        history(ctx, self.0.network_hash.clone().map(Origin::Network)).await
    }

    /// What it said before it was changed, oldest first; for moderators alone.
    async fn edits(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Vec<CommentEdit>>> {
        if !Self::is_moderated_by(ctx) {
            return Ok(None);
        }
        let edits = ctx.loader().load_one(loaders::EditsOfComment(self.0.id)).await?;
        Ok(Some(edits.into_iter().flatten().map(CommentEdit::from).collect()))
    }

    /// When it was submitted.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When its text was last changed; null when it never was.
    async fn edited_at(&self) -> Option<DateTime> {
        self.0.edited_at.map(DateTime)
    }

    /// Whether all that its writer gave is erased. It keeps its place for those who replied to it.
    async fn is_erased(&self) -> bool {
        self.0.erased_at.is_some()
    }

    /// 0 when it replies to none, else one more than what it replies to.
    async fn depth(&self) -> i32 {
        self.0.depth
    }

    /// What it replies to.
    async fn parent(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Comment>> {
        let Some(id) = self.0.parent_id else { return Ok(None) };
        Ok(ctx.loader().load_one(loaders::CommentById(id)).await?.map(Comment::from))
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

    /// Replies that are shown, oldest first.
    async fn replies(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start, 1 to 100; 20 by default.")] first: Option<i64>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1 to 100.")] last: Option<i64>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<CommentConnection> {
        let request = page(first, after, last, before);
        request.size()?;
        let page = ctx.loader().load_one(loaders::Replies { id: self.0.id, request }).await?.unwrap_or_else(Page::empty);
        Ok(CommentConnection { page, counted: Counted::RepliesTo(self.0.id) })
    }

    /// Whether the reader may decide on it and see its private fields.
    async fn viewer_can_moderate(&self, ctx: &Context<'_>) -> bool {
        Self::is_moderated_by(ctx)
    }
}

async fn history(ctx: &Context<'_>, origin: Option<Origin>) -> async_graphql::Result<Option<CommentTally>> {
    let Some(origin) = origin.filter(|_| Comment::is_moderated_by(ctx)) else { return Ok(None) };
    Ok(ctx.loader().load_one(loaders::HistoryOf(origin)).await?.map(CommentTally::from))
}

/// A picture that needs nobody else: initials on a colour that is always the same for a name.
pub struct Avatar {
    name: String,
}

/// A picture that needs nobody else: initials on a colour that is always the same for a name.
#[Object]
impl Avatar {
    /// The first letters of the first and the last word of the name; empty where there is none.
    async fn initials(&self) -> String {
        plain::initials(&self.name)
    }

    /// A colour that white letters stand out from, as `#rrggbb`.
    async fn color(&self) -> &str {
        plain::colour(&self.name)
    }

    /// The picture as an address for `<img src>` that holds all of it (SVG).
    async fn data_url(&self) -> String {
        // Initials are letters and digits, which need no escaping.
        let svg = format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" fill="{}"/><text x="32" y="33" fill="#fff" font-family="sans-serif" font-size="26" text-anchor="middle" dominant-baseline="middle">{}</text></svg>"##,
            plain::colour(&self.name),
            plain::initials(&self.name)
        );
        format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg))
    }
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

connection! {
    /// A page of a list of comments.
    CommentConnection,
    /// A row of a list of comments.
    CommentEdge, Comment, row::Model
}

/// How comments are ordered.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
pub enum CommentOrder {
    /// The oldest first.
    Oldest,
    /// The newest first.
    Newest,
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

/// The threads of an article or event that are shown, read together with those of its siblings.
pub(super) async fn threads(
    ctx: &Context<'_>,
    kind: Kind,
    id: Uuid,
    order: Option<CommentOrder>,
    request: PageRequest,
) -> async_graphql::Result<CommentConnection> {
    request.size()?;
    let newest_first = order == Some(CommentOrder::Newest);
    let page = ctx.loader().load_one(loaders::Threads { kind, id, newest_first, request }).await?.unwrap_or_else(Page::empty);
    Ok(CommentConnection { page, counted: Counted::ThreadsOf(id) })
}

/// How many comments on an article or event are shown, replies included.
pub(super) async fn count(ctx: &Context<'_>, id: Uuid) -> async_graphql::Result<i64> {
    Ok(ctx.loader().load_one(loaders::DiscussionOf(id)).await?.map_or(0, |discussion| discussion.comments))
}

/// Whether the public may comment on an article or event that was published at a moment.
pub(super) async fn is_open(ctx: &Context<'_>, kind: Kind, id: Uuid, published_at: Option<i64>) -> async_graphql::Result<bool> {
    let found = ctx.loader().load_one(loaders::DiscussionOf(id)).await?;
    Ok(published_at.is_some() && discussion::is_open(ctx.domain(), kind, published_at, found.as_ref()))
}
