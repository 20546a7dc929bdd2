//! Reading events.

use async_graphql::{Context, ID, Object, OneofObject, Result};
use entity::enums::Kind;
use entity::event;
use entity::row::Columns;

use super::input::{EventFilter, EventOrder};
use super::{Event, EventConnection};
use crate::domain::entry;
use crate::domain::event as domain;
use crate::graphql::connection::{Counted, page};
use crate::graphql::entry::row::asks_for_whole;
use crate::graphql::nodes::One;
use crate::graphql::{ContextExt, id};

/// Which event: exactly one of the two.
#[derive(OneofObject)]
pub enum EventBy {
    /// By global id.
    Id(ID),
    /// By slug, a present or an old one.
    Slug(String),
}

impl EventBy {
    /// The head, if there is one that the reader may see; `field` is where this stands in the input.
    pub async fn row(self, ctx: &Context<'_>, field: &str) -> crate::domain::Result<Option<event::Head>> {
        self.find(ctx, field).await
    }

    /// The columns of `R`.
    async fn find<R>(self, ctx: &Context<'_>, field: &str) -> crate::domain::Result<Option<R>>
    where
        R: Columns<Entity = event::Entity>,
    {
        let (domain, actor) = (ctx.domain(), ctx.actor());
        match self {
            Self::Id(id) => entry::find::<domain::Event, R>(domain, actor, id::require(Kind::Event, &id, &format!("{field}.id"))?).await,
            Self::Slug(slug) => entry::find_by_slug::<domain::Event, R>(domain, actor, &slug).await,
        }
    }
}

/// Queries about events.
#[derive(Default)]
pub struct EventQuery;

#[Object]
impl EventQuery {
    /// One event; null when there is none that the reader may see. Compare its slug with the one asked for to know where to redirect to.
    async fn event(&self, ctx: &Context<'_>, #[graphql(desc = "Which one.")] by: EventBy) -> Result<Option<One<Event>>> {
        let found = if asks_for_whole(ctx, "body") {
            by.find::<event::Model>(ctx, "by").await?.map(Event::from)
        } else {
            by.row(ctx, "by").await?.map(Event::from)
        };
        Ok(found.map(One))
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
