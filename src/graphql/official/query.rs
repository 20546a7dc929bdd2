//! Reading officials.

use async_graphql::{Context, ID, Object, OneofObject, Result};
use entity::enums::Kind;
use entity::official;
use entity::row::Columns;

use super::input::OfficialFilter;
use super::{Official, OfficialConnection};
use crate::domain::entry;
use crate::domain::official as domain;
use crate::graphql::connection::{Counted, page};
use crate::graphql::entry::row::asks_for_whole;
use crate::graphql::nodes::One;
use crate::graphql::{ContextExt, id};

/// Which official: exactly one of the two.
#[derive(OneofObject)]
pub enum OfficialBy {
    /// By global id.
    Id(ID),
    /// By slug, a present or an old one.
    Slug(String),
}

impl OfficialBy {
    /// The head, if there is one that the reader may see; `field` is where this stands in the input.
    pub async fn row(self, ctx: &Context<'_>, field: &str) -> crate::domain::Result<Option<official::Head>> {
        self.find(ctx, field).await
    }

    /// The columns of `R`.
    async fn find<R>(self, ctx: &Context<'_>, field: &str) -> crate::domain::Result<Option<R>>
    where
        R: Columns<Entity = official::Entity>,
    {
        let (domain, actor) = (ctx.domain(), ctx.actor());
        match self {
            Self::Id(id) => {
                entry::find::<domain::Official, R>(domain, actor, id::require(Kind::Official, &id, &format!("{field}.id"))?).await
            }
            Self::Slug(slug) => entry::find_by_slug::<domain::Official, R>(domain, actor, &slug).await,
        }
    }
}

/// Queries about officials.
#[derive(Default)]
pub struct OfficialQuery;

#[Object]
impl OfficialQuery {
    /// One official; null when there is none that the reader may see. Compare its slug with the one asked for to know where to redirect to.
    async fn official(&self, ctx: &Context<'_>, #[graphql(desc = "Which one.")] by: OfficialBy) -> Result<Option<One<Official>>> {
        let found = if asks_for_whole(ctx, "biography") {
            by.find::<official::Model>(ctx, "by").await?.map(Official::from)
        } else {
            by.row(ctx, "by").await?.map(Official::from)
        };
        Ok(found.map(One))
    }

    /// A list of officials.
    async fn officials(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<OfficialFilter>,
        #[graphql(desc = "Rows from the start, 1 to 100; 20 by default.")] first: Option<i64>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1 to 100.")] last: Option<i64>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<One<OfficialConnection>> {
        let filter = filter.unwrap_or_default().into_domain(ctx).await?;
        let page = domain::list::list(ctx.domain(), ctx.actor(), &filter, &page(ctx, first, after, last, before)).await?;
        Ok(One(OfficialConnection::new(page, Counted::Officials(filter))))
    }
}
