//! Reading articles.

use async_graphql::{Context, Object, Result};

use super::input::{ArticleFilter, ArticleOrder};
use super::{Article, ArticleConnection};
use crate::domain::article as domain;
use crate::graphql::ContextExt;
use crate::graphql::connection::{Counted, page};
use crate::graphql::entry::by::by;
use crate::graphql::nodes::One;

by! {
    /// Which article: exactly one of the two.
    ArticleBy, domain::Article
}

/// Queries about articles.
#[derive(Default)]
pub struct ArticleQuery;

#[Object]
impl ArticleQuery {
    /// One article; null when there is none that the reader may see. Compare its slug with the one asked for to know where to redirect to.
    async fn article(&self, ctx: &Context<'_>, #[graphql(desc = "Which one.")] by: ArticleBy) -> Result<Option<One<Article>>> {
        Ok(by.which().shown::<domain::Article, Article>(ctx, "body").await?)
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
