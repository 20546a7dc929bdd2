//! Articles in the schema.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use entity::article as row;
use entity::enums::Kind;
use entity::ids::unpacked;

use super::body::Body;
use super::comment::{CommentConnection, CommentOrder};
use super::connection::{connection, page};
use super::entry::revision;
use super::entry::row::EntryRow;
use super::entry::workflow::Workflow;
use super::event::Event;
use super::loaders;
use super::nodes::{Nodes, One};
use super::program::Program;
use super::region::Region;
use super::scalar::DateTime;
use super::topic::Topic;
use super::{ContextExt, id};
use crate::domain::article::{self as domain, State};
use crate::domain::{region, topic};

pub mod input;
pub mod mutation;
pub mod query;

/// Shows a row, or the state of a revision.
#[derive(Clone)]
pub struct Article {
    pub row: EntryRow<domain::Article>,
    /// Where its other relations come from when it is a revision that is shown, of which the row has its topics and regions.
    state: Option<Arc<State>>,
}

impl From<row::Model> for Article {
    fn from(row: row::Model) -> Self {
        Self { row: EntryRow::whole(row), state: None }
    }
}

impl From<row::Head> for Article {
    fn from(head: row::Head) -> Self {
        Self { row: EntryRow::head(head), state: None }
    }
}

impl From<(row::Model, State)> for Article {
    fn from((row, state): (row::Model, State)) -> Self {
        Self { row: EntryRow::whole(row), state: Some(Arc::new(state)) }
    }
}

/// News: one story.
#[Object]
impl Article {
    /// Global id.
    pub async fn id(&self) -> ID {
        id::encode(Kind::Article, self.row.id)
    }

    /// The part of its address that names it; an old one still finds it.
    fn slug(&self) -> &str {
        &self.row.slug
    }

    /// The line above the title.
    fn kicker(&self) -> Option<&str> {
        self.row.kicker.as_deref()
    }

    /// The title.
    fn title(&self) -> &str {
        &self.row.title
    }

    /// The story in a few sentences.
    fn summary(&self) -> Option<&str> {
        self.row.summary.as_deref()
    }

    /// The text.
    async fn body(&self, ctx: &Context<'_>) -> Result<One<Body>> {
        Ok(One(Body::new(&self.row.get_whole(ctx).await?.body)))
    }

    /// Who wrote it, as it is to be printed.
    fn byline(&self) -> Option<&str> {
        self.row.byline.as_deref()
    }

    /// Language of the text, such as `id`.
    fn language(&self) -> &str {
        &self.row.language
    }

    /// What it is filed under.
    async fn topics(&self, ctx: &Context<'_>) -> Result<Nodes<Topic>> {
        let ids = unpacked(&self.row.topic_ids);
        let rows = match topic::at_hand(ctx.domain(), &ids) {
            Some(rows) => rows,
            None => loaders::in_order(ctx, &ids, loaders::TopicById).await?,
        };
        Ok(rows.into_iter().map(Topic::from).collect())
    }

    /// Programs that it is about.
    async fn programs(&self, ctx: &Context<'_>) -> Result<Nodes<Program>> {
        let rows = match &self.state {
            None => ctx.loader().load(loaders::ProgramsOfArticle(self.row.id)).await?.unwrap_or_default(),
            Some(state) => loaders::in_order(ctx, &state.program_ids, loaders::ProgramById::new).await?,
        };
        Ok(rows.into_iter().map(Program::from).collect())
    }

    /// Places that it is about.
    async fn regions(&self, ctx: &Context<'_>) -> Result<Nodes<Region>> {
        let ids = unpacked(&self.row.region_ids);
        let rows = match region::at_hand(ctx.domain(), &ids) {
            Some(rows) => rows,
            None => loaders::in_order(ctx, &ids, loaders::RegionById).await?,
        };
        Ok(rows.into_iter().map(Region::from).collect())
    }

    /// Events that it reports.
    async fn events(&self, ctx: &Context<'_>) -> Result<Nodes<Event>> {
        let rows = match &self.state {
            None => ctx.loader().load(loaders::EventsOfArticle(self.row.id)).await?.unwrap_or_default(),
            Some(state) => loaders::in_order(ctx, &state.event_ids, loaders::EventById::new).await?,
        };
        Ok(rows.into_iter().map(Event::from).collect())
    }

    /// Other articles that share events, programs, regions or topics with it, or words that are rare elsewhere, the most related first.
    async fn related(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 20; 5 by default.")] first: Option<i64>,
    ) -> Result<Nodes<Article>> {
        let limit = super::connection::size("first", first.unwrap_or(5), 20)?;
        Ok(ctx.loader().load(loaders::RelatedArticles(self.row.id, limit)).await?.into_iter().flatten().map(Article::from).collect())
    }

    /// How many comments are shown, replies included.
    async fn comment_count(&self, ctx: &Context<'_>) -> Result<i64> {
        super::comment::count(ctx, self.row.id).await
    }

    /// Whether the public may comment on it.
    async fn comments_open(&self, ctx: &Context<'_>) -> Result<bool> {
        super::comment::is_open(ctx, Kind::Article, self.row.id, self.row.published_at).await
    }

    /// Comments that are shown, in threads.
    async fn comments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "In which order; the oldest first by default.")] order_by: Option<CommentOrder>,
        #[graphql(desc = "Threads from the start, 1 to 100; 20 by default.")] first: Option<i64>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "Threads from the end, 1 to 100.")] last: Option<i64>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<One<CommentConnection>> {
        super::comment::threads(ctx, Kind::Article, self.row.id, order_by, page(ctx, first, after, last, before)).await
    }

    /// It as a revision has it, relations included; for those who may see drafts. Null when there is no such revision.
    async fn at_revision(&self, ctx: &Context<'_>, #[graphql(desc = "Number of the revision.")] number: i32) -> Result<Option<Article>> {
        Ok(revision::shown::<domain::Article>(ctx, &self.row, number).await?.map(Article::from))
    }

    /// The fields that every entry has.
    #[graphql(flatten)]
    fn workflow(&self) -> Workflow {
        Workflow::of(&self.row)
    }
}

connection! {
    /// A page of a list of articles.
    ArticleConnection,
    /// A row of a list of articles.
    ArticleEdge, Article {
        "id" => |this: &Article, _: &_| id::encode(Kind::Article, this.row.id),
        "slug" => Self::slug,
        "kicker" => Self::kicker,
        "title" => Self::title,
        "summary" => Self::summary,
        "byline" => Self::byline,
        "language" => Self::language,
        "publishedAt" => |this: &Article, _: &_| this.row.published_at.map(DateTime),
        "updatedAt" => |this: &Article, _: &_| DateTime(this.row.updated_at)
    }
}
