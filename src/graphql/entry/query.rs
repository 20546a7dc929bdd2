//! The lists of the desk.

use async_graphql::{Context, Enum, InputObject, Object, Result};
use entity::enums::Kind;

use crate::domain::entry::list::{self as domain, AnyEntry};
use crate::graphql::ContextExt;
use crate::graphql::connection::{Counted, connection, page};
use crate::graphql::node::{EntryStatus, Node};

impl From<AnyEntry> for Node {
    fn from(entry: AnyEntry) -> Self {
        match entry {
            AnyEntry::Article(row) => Self::Article(row.into()),
            AnyEntry::Event(row) => Self::Event(row.into()),
            AnyEntry::Official(row) => Self::Official(row.into()),
            AnyEntry::Program(row) => Self::Program(row.into()),
        }
    }
}

connection! {
    /// A page of a list of entries of any noun.
    EntryConnection,
    /// A row of a list of entries.
    EntryEdge, Node
}

/// A noun with a workflow.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
pub enum EntryKind {
    /// Articles.
    Article,
    /// Events.
    Event,
    /// Officials.
    Official,
    /// Programs.
    Program,
}

impl From<EntryKind> for Kind {
    fn from(kind: EntryKind) -> Self {
        match kind {
            EntryKind::Article => Self::Article,
            EntryKind::Event => Self::Event,
            EntryKind::Official => Self::Official,
            EntryKind::Program => Self::Program,
        }
    }
}

/// Which entries; all parts must fit.
#[derive(InputObject, Default)]
pub struct EntryFilter {
    /// Of one of these nouns.
    pub kinds: Option<Vec<EntryKind>>,
    /// With one of these statuses.
    pub statuses: Option<Vec<EntryStatus>>,
    /// True for what the reader created, alone.
    pub is_mine: Option<bool>,
    /// True for what is scheduled to be published, alone.
    pub is_scheduled: Option<bool>,
    /// True for the trash alone.
    pub in_trash: Option<bool>,
}

/// In which order entries come.
#[derive(Enum, Copy, Clone, Eq, PartialEq, Default)]
#[graphql(remote = "domain::EntryOrder")]
pub enum EntryOrder {
    /// Last saved first.
    #[default]
    SavedNewest,
    /// What is to be published next first; only what is scheduled.
    ScheduledSoonest,
}

/// The lists of the desk.
#[derive(Default)]
pub struct EntryQuery;

#[Object]
impl EntryQuery {
    /// Entries of any noun, for those who may see drafts: their own, those in review, in the trash, lately changed.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn entries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<EntryFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<EntryOrder>,
        #[graphql(desc = "Rows from the start, 1 to 100; 20 by default.")] first: Option<i64>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1 to 100.")] last: Option<i64>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<EntryConnection> {
        let filter = filter.unwrap_or_default();
        let filter = domain::EntryFilter {
            kinds: filter.kinds.unwrap_or_default().into_iter().map(Into::into).collect(),
            statuses: filter.statuses.unwrap_or_default().into_iter().map(Into::into).collect(),
            // Whoever has no id has created nothing.
            created_by: filter.is_mine.unwrap_or(false).then(|| ctx.actor().id.unwrap_or_default()),
            is_scheduled: filter.is_scheduled.unwrap_or(false),
            in_trash: filter.in_trash.unwrap_or(false),
        };
        list(ctx, filter, order_by.unwrap_or_default().into(), page(ctx, first, after, last, before)).await
    }

    /// What is to be published, the next first, for those who may see drafts. A schedule that failed stays until somebody ends
    /// it or sets another: see `scheduleFailedAt`.
    async fn scheduled(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start, 1 to 100; 20 by default.")] first: Option<i64>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
    ) -> Result<EntryConnection> {
        let filter = domain::EntryFilter { is_scheduled: true, ..domain::EntryFilter::default() };
        list(ctx, filter, domain::EntryOrder::ScheduledSoonest, page(ctx, first, after, None, None)).await
    }
}

async fn list(
    ctx: &Context<'_>,
    filter: domain::EntryFilter,
    order: domain::EntryOrder,
    request: crate::domain::page::PageRequest,
) -> Result<EntryConnection> {
    let filter = order.narrow(filter);
    let page = domain::list(ctx.domain(), ctx.actor(), &filter, order, &request).await?;
    Ok(EntryConnection::new(page, Counted::Entries(filter)))
}
