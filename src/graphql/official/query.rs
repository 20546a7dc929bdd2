//! Reading officials.

use async_graphql::{Context, Object, Result};

use super::input::OfficialFilter;
use super::{Official, OfficialConnection};
use crate::domain::official as domain;
use crate::graphql::ContextExt;
use crate::graphql::connection::{Counted, page};
use crate::graphql::entry::by::by;
use crate::graphql::nodes::One;

by! {
    /// Which official: exactly one of the two.
    OfficialBy, domain::Official
}

/// Queries about officials.
#[derive(Default)]
pub struct OfficialQuery;

#[Object]
impl OfficialQuery {
    /// One official; null when there is none that the reader may see. Compare its slug with the one asked for to know where to redirect to.
    async fn official(&self, ctx: &Context<'_>, #[graphql(desc = "Which one.")] by: OfficialBy) -> Result<Option<One<Official>>> {
        Ok(by.which().shown::<domain::Official, Official>(ctx, "biography").await?)
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
