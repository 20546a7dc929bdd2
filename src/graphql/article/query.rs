//! Reading articles.

use async_graphql::{Context, ID, Object, OneofObject, Result};
use entity::article;
use entity::enums::Kind;
use entity::row::Columns;

use super::input::{ArticleFilter, ArticleOrder};
use super::{Article, ArticleConnection};
use crate::domain::article as domain;
use crate::domain::entry;
use crate::graphql::connection::{Counted, page};
use crate::graphql::entry::row::asks_for_whole;
use crate::graphql::nodes::One;
use crate::graphql::{ContextExt, id};

/// Which article: exactly one of the two.
#[derive(OneofObject)]
pub enum ArticleBy {
    /// By global id.
    Id(ID),
    /// By slug, a present or an old one.
    Slug(String),
}

impl ArticleBy {
    /// The head, if there is one that the reader may see; `field` is where this stands in the input.
    pub async fn row(self, ctx: &Context<'_>, field: &str) -> crate::domain::Result<Option<article::Head>> {
        self.find(ctx, field).await
    }

    /// The columns of `R`.
    async fn find<R>(self, ctx: &Context<'_>, field: &str) -> crate::domain::Result<Option<R>>
    where
        R: Columns<Entity = article::Entity>,
    {
        let (domain, actor) = (ctx.domain(), ctx.actor());
        match self {
            Self::Id(id) => {
                entry::find::<domain::Article, R>(domain, actor, id::require(Kind::Article, &id, &format!("{field}.id"))?).await
            }
            Self::Slug(slug) => entry::find_by_slug::<domain::Article, R>(domain, actor, &slug).await,
        }
    }
}

/// Queries about articles.
#[derive(Default)]
pub struct ArticleQuery;

#[Object]
impl ArticleQuery {
    /// One article; null when there is none that the reader may see. Compare its slug with the one asked for to know where to redirect to.
    async fn article(&self, ctx: &Context<'_>, #[graphql(desc = "Which one.")] by: ArticleBy) -> Result<Option<One<Article>>> {
        let found = if asks_for_whole(ctx, "body") {
            by.find::<article::Model>(ctx, "by").await?.map(Article::from)
        } else {
            by.row(ctx, "by").await?.map(Article::from)
        };
        Ok(found.map(One))
    }

    /// A list of articles.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn articles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<ArticleFilter>,
        #[graphql(name = "orderBy", desc = "In which order.")] order_by: Option<ArticleOrder>,
        #[graphql(desc = "Rows from the start, 1 to 100; 20 by default.")] first: Option<i64>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1 to 100.")] last: Option<i64>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<One<ArticleConnection>> {
        let order: domain::list::ArticleOrder = order_by.unwrap_or_default().into();
        let mut filter = filter.unwrap_or_default().into_domain(ctx).await?;
        filter.was_published = order.is_by_publication();
        let page = domain::list::list(ctx.domain(), ctx.actor(), &filter, order, &page(ctx, first, after, last, before)).await?;
        Ok(One(ArticleConnection::new(page, Counted::Articles(filter))))
    }
}
