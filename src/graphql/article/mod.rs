//! Articles in the schema.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use entity::article as row;
use entity::enums::Kind;

use super::body::Body;
use super::comment::CommentConnection;
use super::connection::connection;
use super::event::Event;
use super::loaders;
use super::node::{DateFormat, EntryStatus, published_on};
use super::program::Program;
use super::region::Region;
use super::scalar::DateTime;
use super::topic::Topic;
use super::{ContextExt, id};
use crate::auth::role::Permission;

pub mod input;
pub mod mutation;
pub mod query;

/// Shows a row.
#[derive(Clone)]
pub struct Article(pub Arc<row::Model>);

impl From<row::Model> for Article {
    fn from(row: row::Model) -> Self {
        Self(Arc::new(row))
    }
}

/// News: one story.
#[Object]
impl Article {
    /// Global id.
    pub async fn id(&self) -> ID {
        id::encode(Kind::Article, self.0.id)
    }

    /// The part of its address that names it; an old one still finds it.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The line above the title.
    async fn kicker(&self) -> Option<&str> {
        self.0.kicker.as_deref()
    }

    /// The title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// The story in a few sentences.
    async fn summary(&self) -> Option<&str> {
        self.0.summary.as_deref()
    }

    /// The text.
    async fn body(&self) -> Body {
        Body::new(&self.0.body)
    }

    /// Who wrote it, as it is to be printed.
    async fn byline(&self) -> Option<&str> {
        self.0.byline.as_deref()
    }

    /// Language of the text, such as `id`.
    async fn language(&self) -> &str {
        &self.0.language
    }

    /// What it is filed under.
    async fn topics(&self, ctx: &Context<'_>) -> Result<Vec<Topic>> {
        Ok(ctx.loader().load_one(loaders::TopicsOfArticle(self.0.id)).await?.into_iter().flatten().map(Topic::from).collect())
    }

    /// Programs that it is about.
    async fn programs(&self, ctx: &Context<'_>) -> Result<Vec<Program>> {
        Ok(ctx.loader().load_one(loaders::ProgramsOfArticle(self.0.id)).await?.into_iter().flatten().map(Program::from).collect())
    }

    /// Places that it is about.
    async fn regions(&self, ctx: &Context<'_>) -> Result<Vec<Region>> {
        Ok(ctx.loader().load_one(loaders::RegionsOfArticle(self.0.id)).await?.into_iter().flatten().map(Region::from).collect())
    }

    /// Events that it reports.
    async fn events(&self, ctx: &Context<'_>) -> Result<Vec<Event>> {
        Ok(ctx.loader().load_one(loaders::EventsOfArticle(self.0.id)).await?.into_iter().flatten().map(Event::from).collect())
    }

    /// Other articles that share events, programs, regions or topics with it, the most related first.
    async fn related(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 20; 5 by default.")] first: Option<i64>,
    ) -> Result<Vec<Article>> {
        let limit = super::connection::size("first", first.unwrap_or(5), 20)?;
        Ok(ctx.loader().load_one(loaders::RelatedArticles(self.0.id, limit)).await?.into_iter().flatten().map(Article::from).collect())
    }

    /// How many approved comments there are, replies included.
    async fn comment_count(&self, ctx: &Context<'_>) -> Result<i64> {
        super::comment::count(ctx, Kind::Article, self.0.id).await
    }

    /// Approved comments in threads, oldest first.
    async fn comments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Threads from the start, 1 to 100; 20 by default.")] first: Option<i64>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
    ) -> Result<CommentConnection> {
        super::comment::threads(ctx, Kind::Article, self.0.id, first, after).await
    }

    /// Where it stands in its workflow.
    async fn status(&self) -> EntryStatus {
        self.0.status.into()
    }

    /// When it was first published.
    async fn published_at(&self) -> Option<DateTime> {
        self.0.published_at.map(DateTime)
    }

    /// The day of publication in Indonesian, in the site's time zone.
    async fn published_on(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How much of the date to write; FULL by default.")] format: Option<DateFormat>,
    ) -> Option<String> {
        published_on(ctx, self.0.published_at, format)
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }

    /// Number of the newest revision; for those who may see drafts.
    async fn revision(&self, ctx: &Context<'_>) -> Option<i32> {
        ctx.actor().may(Permission::ReadUnpublished).then_some(self.0.revision)
    }

    /// Number of the revision that the public sees; for those who may see drafts.
    async fn live_revision(&self, ctx: &Context<'_>) -> Option<i32> {
        ctx.actor().may(Permission::ReadUnpublished).then_some(self.0.live_revision)
    }

    /// Whether it is in the trash; for those who may see drafts.
    async fn is_in_trash(&self, ctx: &Context<'_>) -> Option<bool> {
        ctx.actor().may(Permission::ReadUnpublished).then_some(self.0.deleted_at.is_some())
    }
}

connection! {
    /// A page of a list of articles.
    ArticleConnection,
    /// A row of a list of articles.
    ArticleEdge, Article, row::Model
}
