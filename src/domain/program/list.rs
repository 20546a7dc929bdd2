//! Lists of programs.

use entity::enums::EntryStatus;
use entity::{program, program_site};
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::Program;
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::db::{Read, Rows};
use crate::domain::error::Result;
use crate::domain::page::{self, Key, Order, Page, PageRequest};
use crate::domain::{Domain, region, visibility};

/// Which programs.
#[derive(Clone, Debug, Default)]
pub struct ProgramFilter {
    pub organization: Option<Uuid>,
    /// With a site in this region or in a part of it.
    pub region: Option<Uuid>,
    pub status: Option<EntryStatus>,
    /// True for what is scheduled to be published, alone.
    pub is_scheduled: bool,
    /// True for the trash alone; otherwise the trash is left out.
    pub in_trash: bool,
}

fn select(domain: &Domain, actor: &Actor, filter: &ProgramFilter) -> Rows<program::Entity> {
    let mut rows = visibility::select::<Program>(domain, actor).filter(if filter.in_trash {
        program::Column::DeletedAt.is_not_null()
    } else {
        program::Column::DeletedAt.is_null()
    });
    if filter.is_scheduled {
        // Whoever may not know of schedules finds none.
        let knows = actor.may(Permission::ReadUnpublished);
        rows = rows.filter(if knows { program::Column::ScheduledAt.is_not_null() } else { program::Column::Id.is_null() });
    }
    if let Some(status) = filter.status {
        rows = rows.filter(program::Column::Status.eq(status));
    }
    if let Some(organization) = filter.organization {
        rows = rows.filter(program::Column::OrganizationId.eq(organization));
    }
    if let Some(region) = filter.region {
        let sites = Rows::<program_site::Entity>::all()
            .column(program_site::Column::ProgramId)
            .filter(program_site::Column::RegionId.in_subquery(region::subtree(region)));
        rows = rows.filter(program::Column::Id.in_subquery(sites.into_query()));
    }
    rows
}

/// One page of programs, by name.
pub async fn list(domain: &Domain, actor: &Actor, filter: &ProgramFilter, page: &PageRequest) -> Result<Page<program::Head>> {
    let order = Order {
        name: "name",
        column: program::Column::Name,
        id: program::Column::Id,
        descending: false,
        key: |row: &program::Head| (Key::Text(row.name.clone()), row.id),
    };
    page::fetch(domain.db.read(), select(domain, actor, filter), &order, page).await
}

/// How many programs there are.
pub async fn count(domain: &Domain, actor: &Actor, filter: &ProgramFilter) -> Result<u64> {
    Ok(select(domain, actor, filter).number(domain.db.read()).await?)
}
