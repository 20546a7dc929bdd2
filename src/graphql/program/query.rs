//! Reading programs.

use async_graphql::{Context, Object, Result};

use super::input::ProgramFilter;
use super::{Program, ProgramConnection};
use crate::domain::program as domain;
use crate::graphql::ContextExt;
use crate::graphql::connection::{Counted, page};
use crate::graphql::entry::by::by;
use crate::graphql::nodes::One;

by! {
    /// Which program: exactly one of the two.
    ProgramBy, domain::Program
}

/// Queries about programs.
#[derive(Default)]
pub struct ProgramQuery;

#[Object]
impl ProgramQuery {
    /// One program; null when there is none that the reader may see. Compare its slug with the one asked for to know where to redirect to.
    async fn program(&self, ctx: &Context<'_>, #[graphql(desc = "Which one.")] by: ProgramBy) -> Result<Option<One<Program>>> {
        Ok(by.which().shown::<domain::Program, Program>(ctx, "description").await?)
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
