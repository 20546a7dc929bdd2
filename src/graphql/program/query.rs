//! Reading programs.

use async_graphql::{Context, ID, Object, OneofObject, Result};
use entity::enums::Kind;
use entity::program;
use entity::row::Columns;

use super::input::ProgramFilter;
use super::{Program, ProgramConnection};
use crate::domain::entry;
use crate::domain::program as domain;
use crate::graphql::connection::{Counted, page};
use crate::graphql::entry::row::asks_for_whole;
use crate::graphql::nodes::One;
use crate::graphql::{ContextExt, id};

/// Which program: exactly one of the two.
#[derive(OneofObject)]
pub enum ProgramBy {
    /// By global id.
    Id(ID),
    /// By slug, a present or an old one.
    Slug(String),
}

impl ProgramBy {
    /// The head, if there is one that the reader may see; `field` is where this stands in the input.
    pub async fn row(self, ctx: &Context<'_>, field: &str) -> crate::domain::Result<Option<program::Head>> {
        self.find(ctx, field).await
    }

    /// The columns of `R`.
    async fn find<R>(self, ctx: &Context<'_>, field: &str) -> crate::domain::Result<Option<R>>
    where
        R: Columns<Entity = program::Entity>,
    {
        let (domain, actor) = (ctx.domain(), ctx.actor());
        match self {
            Self::Id(id) => {
                entry::find::<domain::Program, R>(domain, actor, id::require(Kind::Program, &id, &format!("{field}.id"))?).await
            }
            Self::Slug(slug) => entry::find_by_slug::<domain::Program, R>(domain, actor, &slug).await,
        }
    }
}

/// Queries about programs.
#[derive(Default)]
pub struct ProgramQuery;

#[Object]
impl ProgramQuery {
    /// One program; null when there is none that the reader may see. Compare its slug with the one asked for to know where to redirect to.
    async fn program(&self, ctx: &Context<'_>, #[graphql(desc = "Which one.")] by: ProgramBy) -> Result<Option<One<Program>>> {
        let found = if asks_for_whole(ctx, "description") {
            by.find::<program::Model>(ctx, "by").await?.map(Program::from)
        } else {
            by.row(ctx, "by").await?.map(Program::from)
        };
        Ok(found.map(One))
    }

    /// A list of programs.
    async fn programs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<ProgramFilter>,
        #[graphql(desc = "Rows from the start, 1 to 100; 20 by default.")] first: Option<i64>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1 to 100.")] last: Option<i64>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<One<ProgramConnection>> {
        let filter = filter.unwrap_or_default().into_domain(ctx).await?;
        let page = domain::list::list(ctx.domain(), ctx.actor(), &filter, &page(ctx, first, after, last, before)).await?;
        Ok(One(ProgramConnection::new(page, Counted::Programs(filter))))
    }
}
