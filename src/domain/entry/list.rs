//! The lists of the desk, over all nouns with a workflow at once: mine, in review, scheduled, recently changed, in the trash.

use entity::enums::{EntryStatus, Kind};
use entity::{article, event, official, program};
use sea_orm::{ColumnTrait, QueryFilter};
use uuid::Uuid;

use super::{Entry, EnvelopeColumn, KINDS, of_kind};
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::db::{Read, Rows};
use crate::domain::error::Result;
use crate::domain::page::{self, Key, Order, Page, PageRequest};
use crate::domain::{Domain, require, visibility};

/// A row of any noun with a workflow.
#[derive(Clone, Debug)]
pub enum AnyEntry {
    Article(article::Model),
    Event(event::Model),
    Official(official::Model),
    Program(program::Model),
}

macro_rules! any_entry_from {
    ($($noun:ident: $table:ident),*) => {
        $(impl From<$table::Model> for AnyEntry {
            fn from(row: $table::Model) -> Self {
                Self::$noun(row)
            }
        })*
    };
}
any_entry_from!(Article: article, Event: event, Official: official, Program: program);

/// Which entries.
#[derive(Clone, Debug, Default)]
pub struct EntryFilter {
    /// Of these nouns; all when there are none.
    pub kinds: Vec<Kind>,
    /// With one of these statuses; any when there are none.
    pub statuses: Vec<EntryStatus>,
    /// That this user or token created.
    pub created_by: Option<Uuid>,
    /// With a schedule, one that failed included.
    pub is_scheduled: bool,
    /// True for the trash alone; otherwise the trash is left out.
    pub in_trash: bool,
}

impl EntryFilter {
    fn kinds(&self) -> impl Iterator<Item = Kind> {
        KINDS.into_iter().filter(|kind| self.kinds.is_empty() || self.kinds.contains(kind))
    }
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EntryOrder {
    /// Last saved first.
    #[default]
    SavedNewest,
    /// What is to be published next first; only what is scheduled.
    ScheduledSoonest,
}

impl EntryOrder {
    /// The filter of what there is in this order: what has no schedule has no place among the scheduled.
    pub fn narrow(self, filter: EntryFilter) -> EntryFilter {
        EntryFilter { is_scheduled: filter.is_scheduled || self == Self::ScheduledSoonest, ..filter }
    }

    fn of<A: Entry>(self) -> Order<A::Entity> {
        let id = A::column(EnvelopeColumn::Id);
        match self {
            Self::SavedNewest => Order {
                name: "saved",
                column: A::column(EnvelopeColumn::SavedAt),
                id,
                descending: true,
                key: |row| {
                    let entry = A::envelope(row);
                    (Key::Int(entry.saved_at), entry.id)
                },
            },
            Self::ScheduledSoonest => Order {
                name: "scheduled",
                column: A::column(EnvelopeColumn::ScheduledAt),
                id,
                descending: false,
                key: |row| {
                    let entry = A::envelope(row);
                    (Key::Int(entry.scheduled_at.unwrap_or_default()), entry.id)
                },
            },
        }
    }
}

fn select<A: Entry>(domain: &Domain, actor: &Actor, filter: &EntryFilter) -> Rows<A::Entity> {
    let mut rows = visibility::select::<A>(domain, actor);
    let deleted_at = A::column(EnvelopeColumn::DeletedAt);
    rows = rows.filter(if filter.in_trash { deleted_at.is_not_null() } else { deleted_at.is_null() });
    if !filter.statuses.is_empty() {
        rows = rows.filter(A::column(EnvelopeColumn::Status).is_in(filter.statuses.iter().copied()));
    }
    if let Some(user) = filter.created_by {
        rows = rows.filter(A::column(EnvelopeColumn::CreatedBy).eq(user));
    }
    if filter.is_scheduled {
        rows = rows.filter(A::column(EnvelopeColumn::ScheduledAt).is_not_null());
    }
    rows
}

/// One page of entries. Each noun gives as many rows as the page holds, and the first of all are kept.
pub async fn list(
    domain: &Domain,
    actor: &Actor,
    filter: &EntryFilter,
    order: EntryOrder,
    request: &PageRequest,
) -> Result<Page<AnyEntry>> {
    require(actor, Permission::ReadUnpublished)?;
    let filter = order.narrow(filter.clone());
    let mut merged: Page<AnyEntry> = Page::empty();
    let mut keyed = Vec::new();
    for kind in filter.kinds() {
        of_kind!(kind, A => {
            let order = order.of::<A>();
            let page = page::fetch(domain.db.read(), select::<A>(domain, actor, &filter), &order, request).await?;
            merged.has_next |= page.has_next;
            merged.has_previous |= page.has_previous;
            keyed.extend(page.rows.into_iter().map(|(cursor, row)| ((order.key)(&row), cursor, AnyEntry::from(row))));
        }, else {});
    }
    let is_descending = order == EntryOrder::SavedNewest;
    keyed.sort_by(|(a, ..), (b, ..)| if is_descending { b.cmp(a) } else { a.cmp(b) });
    let size = request.size()?;
    let surplus = keyed.len().saturating_sub(size);
    if surplus > 0 && request.is_backwards() {
        keyed.drain(..surplus);
        merged.has_previous = true;
    } else if surplus > 0 {
        keyed.truncate(size);
        merged.has_next = true;
    }
    merged.rows = keyed.into_iter().map(|(_, cursor, row)| (cursor, row)).collect();
    Ok(merged)
}

/// How many entries there are.
pub async fn count(domain: &Domain, actor: &Actor, filter: &EntryFilter) -> Result<u64> {
    require(actor, Permission::ReadUnpublished)?;
    let mut count = 0;
    for kind in filter.kinds() {
        of_kind!(kind, A => count += select::<A>(domain, actor, filter).number(domain.db.read()).await?, else {});
    }
    Ok(count)
}
