//! Lists of officials.

use entity::enums::EntryStatus;
use entity::{official, term};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, IntoSimpleExpr, QueryFilter, QuerySelect, QueryTrait};
use time::Date;
use uuid::Uuid;

use super::Official;
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::db::{Read, Rows};
use crate::domain::error::Result;
use crate::domain::page::{self, Key, Order, Page, PageRequest};
use crate::domain::{Domain, region, visibility};

/// Which officials: those with a term that fits every part of the filter.
#[derive(Clone, Debug, Default)]
pub struct OfficialFilter {
    pub organization: Option<Uuid>,
    /// In office in this region or in a part of it.
    pub region: Option<Uuid>,
    /// In office on this day.
    pub on: Option<Date>,
    pub status: Option<EntryStatus>,
    /// True for what is scheduled to be published, alone.
    pub is_scheduled: bool,
    /// True for the trash alone; otherwise the trash is left out.
    pub in_trash: bool,
}

fn select(domain: &Domain, actor: &Actor, filter: &OfficialFilter) -> Rows<official::Entity> {
    let mut rows = visibility::select::<Official>(domain, actor).filter(if filter.in_trash {
        official::Column::DeletedAt.is_not_null()
    } else {
        official::Column::DeletedAt.is_null()
    });
    if filter.is_scheduled {
        // Whoever may not know of schedules finds none.
        let knows = actor.may(Permission::ReadUnpublished);
        rows = rows.filter(if knows { official::Column::ScheduledAt.is_not_null() } else { official::Column::Id.is_null() });
    }
    if let Some(status) = filter.status {
        rows = rows.filter(official::Column::Status.eq(status));
    }
    let mut fits = Condition::all();
    if let Some(organization) = filter.organization {
        fits = fits.add(term::Column::OrganizationId.eq(organization));
    }
    if let Some(region) = filter.region {
        fits = fits.add(term::Column::RegionId.in_subquery(region::subtree(region)));
    }
    if let Some(day) = filter.on {
        fits = fits
            .add(term::Column::FromOn.lte(day))
            .add(Condition::any().add(term::Column::UntilOn.is_null()).add(term::Column::UntilOn.gte(day)));
    }
    if fits.is_empty() {
        return rows;
    }
    let is_held = term::Column::OfficialId.into_simple_expr().eq(official::Column::Id.into_simple_expr());
    let terms = Rows::<term::Entity>::all().column(term::Column::Id).filter(is_held).filter(fits);
    rows.filter(Expr::exists(terms.into_query()))
}

/// One page of officials, by name.
pub async fn list(domain: &Domain, actor: &Actor, filter: &OfficialFilter, page: &PageRequest) -> Result<Page<official::Head>> {
    let order = Order {
        name: "name",
        column: official::Column::Name,
        id: official::Column::Id,
        descending: false,
        key: |row: &official::Head| (Key::Text(row.name.clone()), row.id),
    };
    page::fetch(domain.db.read(), select(domain, actor, filter), &order, page).await
}

/// How many officials there are.
pub async fn count(domain: &Domain, actor: &Actor, filter: &OfficialFilter) -> Result<u64> {
    Ok(select(domain, actor, filter).number(domain.db.read()).await?)
}
