//! Reading events.

use async_graphql::{Context, Object, Result};

use super::input::{EventFilter, EventOrder};
use super::{Event, EventConnection};
use crate::domain::event as domain;
use crate::graphql::ContextExt;
use crate::graphql::connection::{Counted, page};
use crate::graphql::entry::by::by;
use crate::graphql::nodes::One;

by! {
    /// Which event: exactly one of the two.
    EventBy, domain::Event
}

/// Queries about events.
#[derive(Default)]
pub struct EventQuery;

#[Object]
impl EventQuery {
    /// One event; null when there is none that the reader may see. Compare its slug with the one asked for to know where to redirect to.
    async fn event(&self, ctx: &Context<'_>, #[graphql(desc = "Which one.")] by: EventBy) -> Result<Option<One<Event>>> {
        Ok(by.which().shown::<domain::Event, Event>(ctx, "body").await?)
    }

    /// A list of events.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<EventFilter>,
        #[graphql(name = "orderBy", desc = "In which order.")] order_by: Option<EventOrder>,
        #[graphql(desc = "Rows from the start, 1 to 100; 20 by default.")] first: Option<i64>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1 to 100.")] last: Option<i64>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<One<EventConnection>> {
        let filter = filter.unwrap_or_default().into_domain(ctx).await?;
        let page = domain::list::list(
            ctx.domain(),
            ctx.actor(),
            &filter,
            order_by.unwrap_or_default().into(),
            &page(ctx, first, after, last, before),
        )
        .await?;
        Ok(One(EventConnection::new(page, Counted::Events(filter))))
    }
}
