//! Comments of readers in the schema.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entity::comment as row;
use entity::enums::Kind;
use uuid::Uuid;

use self::private::Private;
pub use self::private::{CommentTally, SpamCheck};
use super::article::Article;
use super::connection::{Counted, connection, page};
use super::event::Event;
use super::nodes::One;
use super::scalar::DateTime;
use super::{ContextExt, id, loaders};
use crate::auth::role::Permission;
use crate::domain::comment::{Head, discussion};
use crate::domain::page::{Page, PageRequest};
use crate::text::plain;

pub mod blocklist;
pub mod moderation;
mod private;
pub mod query;
pub mod submission;

/// Shows what everybody may see of a row, and the rest to moderators.
#[derive(Clone)]
pub struct Comment {
    head: Head,
    /// All of it, where that was read at once: always where it is not shown.
    whole: Option<Arc<row::Model>>,
}

impl From<row::Model> for Comment {
    fn from(row: row::Model) -> Self {
        Self { head: Arc::new(row::Head::from(&row)), whole: Some(Arc::new(row)) }
    }
}

impl From<Head> for Comment {
    fn from(head: Head) -> Self {
        Self { head, whole: None }
    }
}

fn is_moderator(ctx: &Context<'_>) -> bool {
    ctx.actor().may(Permission::ModerateComments)
}

/// A reader's comment on an article or an event.
#[Object]
impl Comment {
    /// Global id.
    pub async fn id(&self) -> ID {
        id::encode(Kind::Comment, self.head.id)
    }

    /// The reader's name; empty once it is erased.
    fn author_name(&self) -> &str {
        &self.head.author_name
    }

    /// The reader's web site.
    fn author_website(&self) -> Option<&str> {
        self.head.author_website.as_deref()
    }

    /// Whether somebody wrote it who works here.
    fn is_from_staff(&self) -> bool {
        self.head.author_user_id.is_some()
    }

    /// A picture of the writer's initials, made here.
    async fn avatar(&self) -> Avatar {
        Avatar { name: self.head.author_name.clone() }
    }

    /// Plain text; line breaks count, tags do not. Empty once it is erased.
    fn body(&self) -> &str {
        &self.head.body
    }

    /// The text as HTML, safe to put into a page as it is: paragraphs, line breaks and links, and no other markup.
    async fn body_html(&self) -> String {
        plain::html(&self.head.body)
    }

    /// Where it stands with the moderators. Others are not told what was taken for spam: to them it waits.
    async fn status(&self, ctx: &Context<'_>) -> CommentStatus {
        use entity::enums::CommentStatus as Stored;
        // Of what is shown, and so approved, no more than a head may have been read.
        let Some(row) = &self.whole else { return CommentStatus::Approved };
        match row.status {
            Stored::Spam if !is_moderator(ctx) => CommentStatus::Pending,
            Stored::Trash if !is_moderator(ctx) && row.moderated_at.is_none() => CommentStatus::Pending,
            status => status.into(),
        }
    }

    /// When it was submitted.
    fn created_at(&self) -> DateTime {
        DateTime(self.head.created_at)
    }

    /// When its text was last changed; null when it never was.
    fn edited_at(&self) -> Option<DateTime> {
        self.head.edited_at.map(DateTime)
    }

    /// Whether all that its writer gave is erased. It keeps its place for those who replied to it.
    fn is_erased(&self) -> bool {
        self.head.erased_at.is_some()
    }

    /// 0 when it replies to none, else one more than what it replies to.
    fn depth(&self) -> i32 {
        self.head.depth
    }

    /// What it replies to.
    async fn parent(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Comment>> {
        let Some(id) = self.head.parent_id else { return Ok(None) };
        Ok(ctx.loader().load(loaders::CommentById(id)).await?.map(Comment::from))
    }

    /// The article it is on.
    async fn article(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Article>> {
        let Some(id) = self.head.article_id else { return Ok(None) };
        Ok(ctx.loader().load(loaders::ArticleById::new(id)).await?.map(Article::from))
    }

    /// The event it is on.
    async fn event(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Event>> {
        let Some(id) = self.head.event_id else { return Ok(None) };
        Ok(ctx.loader().load(loaders::EventById::new(id)).await?.map(Event::from))
    }

    /// Replies that are shown, oldest first.
    async fn replies(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start, 1 to 100; 20 by default.")] first: Option<i64>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1 to 100.")] last: Option<i64>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<One<CommentConnection>> {
        let request = page(ctx, first, after, last, before);
        request.size()?;
        let page = ctx.loader().load(loaders::Replies { id: self.head.id, request }).await?.unwrap_or_else(Page::empty);
        Ok(One(CommentConnection::new(page, Counted::RepliesTo(self.head.id))))
    }

    /// What is for moderators alone.
    #[graphql(flatten)]
    async fn private(&self) -> Private {
        Private { id: self.head.id, whole: self.whole.clone() }
    }

    /// Whether the reader may decide on it and see its private fields.
    async fn viewer_can_moderate(&self, ctx: &Context<'_>) -> bool {
        is_moderator(ctx)
    }
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

connection! {
    /// A page of a list of comments.
    CommentConnection,
    /// A row of a list of comments.
    CommentEdge, Comment {
        "id" => |this: &Comment, _: &_| id::encode(Kind::Comment, this.head.id),
        "authorName" => Self::author_name,
        "authorWebsite" => Self::author_website,
        "body" => Self::body,
        "createdAt" => Self::created_at,
        "editedAt" => Self::edited_at,
        "isErased" => Self::is_erased,
        "depth" => Self::depth,
        "isFromStaff" => Self::is_from_staff
    }
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
) -> async_graphql::Result<One<CommentConnection>> {
    request.size()?;
    let newest_first = order == Some(CommentOrder::Newest);
    let page = ctx.loader().load(loaders::Threads { kind, id, newest_first, request }).await?.unwrap_or_else(Page::empty);
    Ok(One(CommentConnection::new(page, Counted::ThreadsOf(id))))
}

/// How many comments on an article or event are shown, replies included.
pub(super) async fn count(ctx: &Context<'_>, id: Uuid) -> async_graphql::Result<i64> {
    Ok(ctx.loader().load(loaders::DiscussionOf(id)).await?.map_or(0, |discussion| discussion.comments))
}

/// Whether the public may comment on an article or event that was published at a moment.
pub(super) async fn is_open(ctx: &Context<'_>, kind: Kind, id: Uuid, published_at: Option<i64>) -> async_graphql::Result<bool> {
    let found = ctx.loader().load(loaders::DiscussionOf(id)).await?;
    Ok(published_at.is_some() && discussion::is_open(ctx.domain(), kind, published_at, found.and_then(|found| found.is_open)))
}
