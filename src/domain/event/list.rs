//! Lists of events.

use entity::enums::{EntryStatus, EventKind};
use entity::{event, participant};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, Func};
use sea_orm::{ColumnTrait, IntoSimpleExpr, QueryFilter, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::Event;
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::clock::DAY_MS;
use crate::db::{Read, Rows};
use crate::domain::article::list::year_bounds;
use crate::domain::error::Result;
use crate::domain::links::is_visible;
use crate::domain::official::Official;
use crate::domain::page::{self, Key, Order, Page, PageRequest};
use crate::domain::program::Program;
use crate::domain::{Domain, region, visibility};

/// Whether an event is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventTime {
    /// Not over yet.
    Upcoming,
    Past,
}

/// Which events.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    pub time: Option<EventTime>,
    pub kind: Option<EventKind>,
    pub program: Option<Uuid>,
    /// In this region or in a part of it.
    pub region: Option<Uuid>,
    pub official: Option<Uuid>,
    /// Year in which it starts, in the site's zone.
    pub year: Option<i32>,
    pub status: Option<EntryStatus>,
    /// True for what is scheduled to be published, alone.
    pub is_scheduled: bool,
    /// True for the trash alone; otherwise the trash is left out.
    pub in_trash: bool,
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EventOrder {
    StartEarliest,
    #[default]
    StartLatest,
}

fn select(domain: &Domain, actor: &Actor, filter: &EventFilter) -> Result<Rows<event::Entity>> {
    use event::Column::{AllDay, EndsAt, Id, Kind, ProgramId, RegionId, StartsAt};
    let mut rows = visibility::select::<Event>(domain, actor).filter(if filter.in_trash {
        event::Column::DeletedAt.is_not_null()
    } else {
        event::Column::DeletedAt.is_null()
    });
    let end = Expr::expr(Func::coalesce([Expr::col(EndsAt), Expr::col(StartsAt)]));
    // An all-day event ends with its last day, whose beginning is what is stored.
    let end = CaseStatement::new().case(AllDay.eq(true), end.clone().add(DAY_MS)).finally(end);
    let end = Expr::expr(end);
    match filter.time {
        Some(EventTime::Upcoming) => rows = rows.filter(end.gte(domain.clock.now())),
        Some(EventTime::Past) => rows = rows.filter(end.lt(domain.clock.now())),
        None => {}
    }
    if filter.is_scheduled {
        // Whoever may not know of schedules finds none.
        let knows = actor.may(Permission::ReadUnpublished);
        rows = rows.filter(if knows { event::Column::ScheduledAt.is_not_null() } else { event::Column::Id.is_null() });
    }
    if let Some(status) = filter.status {
        rows = rows.filter(event::Column::Status.eq(status));
    }
    if let Some(kind) = filter.kind {
        rows = rows.filter(Kind.eq(kind));
    }
    if let Some(program) = filter.program {
        rows = rows.filter(ProgramId.eq(program)).filter(is_visible::<Program>(domain, actor, ProgramId.into_simple_expr()));
    }
    if let Some(region) = filter.region {
        rows = rows.filter(RegionId.in_subquery(region::subtree(region)));
    }
    if let Some(official) = filter.official {
        let links = Rows::<participant::Entity>::all()
            .column(participant::Column::EventId)
            .filter(participant::Column::OfficialId.eq(official))
            .filter(is_visible::<Official>(domain, actor, participant::Column::OfficialId.into_simple_expr()));
        rows = rows.filter(Id.in_subquery(links.into_query()));
    }
    if let Some(year) = filter.year {
        let (from, until) = year_bounds(domain, year)?;
        rows = rows.filter(StartsAt.gte(from)).filter(StartsAt.lt(until));
    }
    Ok(rows)
}

/// One page of events.
pub async fn list(
    domain: &Domain,
    actor: &Actor,
    filter: &EventFilter,
    order: EventOrder,
    page: &PageRequest,
) -> Result<Page<event::Head>> {
    let order = Order {
        name: if order == EventOrder::StartLatest { "latest" } else { "earliest" },
        column: event::Column::StartsAt,
        id: event::Column::Id,
        descending: order == EventOrder::StartLatest,
        key: |row: &event::Head| (Key::Int(row.starts_at), row.id),
    };
    page::fetch(domain.db.read(), select(domain, actor, filter)?, &order, page).await
}

/// How many events there are.
pub async fn count(domain: &Domain, actor: &Actor, filter: &EventFilter) -> Result<u64> {
    Ok(select(domain, actor, filter)?.number(domain.db.read()).await?)
}
