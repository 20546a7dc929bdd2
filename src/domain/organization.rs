//! Organizations: local governments, agencies, foundations, groups.

use entity::enums::{Kind, OrganizationKind};
use entity::{organization, region};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::error::{Error, Expected, Problem, Result};
use super::page::{self, Key, Order, Page, PageRequest};
use super::patch::Patch;
use super::slug::Slugs;
use super::validate::{LONGEST_SUMMARY, Problems, is_below_itself, item, trimmed};
use super::{ById, Domain, ROW_LOCK, history, idempotency, outbox, require, retrying};
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::db::{Db, Read, Rows, Transaction, Turn, Write, insert_row, update_row};

const SLUGS: Slugs<organization::Entity> =
    Slugs { kind: Kind::Organization, id: organization::Column::Id, slug: organization::Column::Slug };

/// A change to an organization.
#[derive(Clone, Debug, Default)]
pub struct OrganizationPatch {
    pub slug: Patch<String>,
    pub name: Patch<String>,
    pub abbreviation: Patch<String>,
    pub kind: Option<OrganizationKind>,
    pub description: Patch<String>,
    pub parent_id: Patch<Uuid>,
    pub region_id: Patch<Uuid>,
}

fn apply(patch: OrganizationPatch, row: &mut organization::Model) {
    patch.slug.apply_or_default(&mut row.slug);
    patch.name.apply_or_default(&mut row.name);
    patch.abbreviation.apply(&mut row.abbreviation);
    row.kind = patch.kind.unwrap_or(row.kind);
    patch.description.apply(&mut row.description);
    patch.parent_id.apply(&mut row.parent_id);
    patch.region_id.apply(&mut row.region_id);
    row.name = row.name.trim().to_owned();
    row.abbreviation = trimmed(row.abbreviation.take());
    row.description = trimmed(row.description.take());
}

async fn check(txn: &Transaction, row: &organization::Model) -> Result<()> {
    let mut problems = Problems::default();
    problems.slug(&row.slug);
    problems.line("name", &row.name);
    problems.optional_line("abbreviation", row.abbreviation.as_deref());
    problems.length("description", row.description.as_deref(), LONGEST_SUMMARY);
    if is_below_itself::<organization::Entity>(txn, row.id, row.parent_id, (organization::Column::Id, organization::Column::ParentId))
        .await?
    {
        problems.add("parentId", Problem::Malformed(Expected::NotItself));
    }
    problems.references::<organization::Entity>(txn, item("parentId", row.parent_id), organization::Column::Id).await?;
    problems.references::<region::Entity>(txn, item("regionId", row.region_id), region::Column::Id).await?;
    problems.into_result()
}

/// Creates one.
pub async fn create(domain: &Domain, actor: &Actor, patch: OrganizationPatch) -> Result<organization::Model> {
    require(actor, Permission::ManageReferences)?;
    let txn = domain.begin().await?;
    let (id, now) = (domain.clock.new_id(), domain.clock.now());
    if let Some(first) = idempotency::claim(&txn, domain, actor, Kind::Organization, id).await? {
        return organization::Entity::find_by_id(first).row(&txn).await?.ok_or(Error::NotFound(Kind::Organization));
    }
    let mut row = organization::Model {
        id,
        created_at: now,
        updated_at: now,
        slug: String::new(),
        name: String::new(),
        abbreviation: None,
        kind: OrganizationKind::Other,
        description: None,
        parent_id: None,
        region_id: None,
    };
    apply(patch, &mut row);
    if row.slug.is_empty() {
        row.slug = SLUGS.free(&txn, &row.name).await?;
    } else {
        SLUGS.require_free(&txn, &row.slug, None).await?;
    }
    check(&txn, &row).await?;
    insert_row(row.clone(), &txn).await?;
    history::audit(&txn, domain, actor, "create", Kind::Organization, id, "").await?;
    outbox::enqueue_index(&txn, domain, vec![(Kind::Organization, id)]).await?;
    domain.commit(txn).await?;
    Ok(row)
}

/// Changes one.
pub async fn update(domain: &Domain, actor: &Actor, id: Uuid, patch: OrganizationPatch) -> Result<organization::Model> {
    require(actor, Permission::ManageReferences)?;
    retrying(|| update_once(domain, actor, id, patch.clone())).await
}

async fn update_once(domain: &Domain, actor: &Actor, id: Uuid, patch: OrganizationPatch) -> Result<organization::Model> {
    let txn = domain.begin().await?;
    if patch.parent_id != Patch::Keep {
        // Whoever moves something has their turn before they lock it, so that nobody waits for them who is waited for.
        Db::take_turns(&txn, Turn::Move).await?;
    }
    let mut row = organization::Entity::find_by_id(id).lock(ROW_LOCK).row(&txn).await?.ok_or(Error::NotFound(Kind::Organization))?;
    let old_slug = row.slug.clone();
    apply(patch, &mut row);
    row.updated_at = domain.clock.now();
    check(&txn, &row).await?;
    if row.slug != old_slug {
        SLUGS.require_free(&txn, &row.slug, Some(id)).await?;
        SLUGS.redirect(&txn, domain, &old_slug, &row.slug, id).await?;
    }
    update_row(row.clone().into_active_model().reset_all(), &txn).await?;
    history::audit(&txn, domain, actor, "update", Kind::Organization, id, "").await?;
    outbox::enqueue_index(&txn, domain, vec![(Kind::Organization, id)]).await?;
    domain.commit(txn).await?;
    Ok(row)
}

/// Deletes one that nothing refers to any more.
pub async fn delete(domain: &Domain, actor: &Actor, id: Uuid) -> Result<()> {
    require(actor, Permission::ManageReferences)?;
    let txn = domain.begin().await?;
    let deleted = organization::Entity::delete_by_id(id).write(&txn).await?;
    if deleted == 0 {
        return Err(Error::NotFound(Kind::Organization));
    }
    history::audit(&txn, domain, actor, "delete", Kind::Organization, id, "").await?;
    outbox::enqueue_index(&txn, domain, vec![(Kind::Organization, id)]).await?;
    domain.commit(txn).await
}

/// One by id.
pub async fn find(domain: &Domain, id: Uuid) -> Result<Option<organization::Model>> {
    Ok(organization::Entity::find_by_id(id).row(domain.db.read()).await?)
}

/// Several by id.
pub async fn by_ids(domain: &Domain, ids: &[Uuid]) -> Result<ById<organization::Model>> {
    let rows =
        Rows::<organization::Entity>::all().filter(organization::Column::Id.is_in(ids.iter().copied())).rows(domain.db.read()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// One by its slug or one that it once had.
pub async fn find_by_slug(domain: &Domain, slug: &str) -> Result<Option<organization::Model>> {
    SLUGS.find(domain.db.read(), slug).await
}

/// Which organizations.
#[derive(Clone, Debug, Default)]
pub struct OrganizationFilter {
    pub kind: Option<OrganizationKind>,
    /// In this region or in a part of it.
    pub region: Option<Uuid>,
    pub parent: Option<Uuid>,
}

fn select(filter: &OrganizationFilter) -> Rows<organization::Entity> {
    let mut rows = Rows::<organization::Entity>::all();
    if let Some(kind) = filter.kind {
        rows = rows.filter(organization::Column::Kind.eq(kind));
    }
    if let Some(region) = filter.region {
        rows = rows.filter(organization::Column::RegionId.in_subquery(super::region::subtree(region)));
    }
    if let Some(parent) = filter.parent {
        rows = rows.filter(organization::Column::ParentId.eq(parent));
    }
    rows
}

/// One page of organizations, by name.
pub async fn list(domain: &Domain, filter: &OrganizationFilter, page: &PageRequest) -> Result<Page<organization::Model>> {
    let order = Order {
        name: "name",
        column: organization::Column::Name,
        id: organization::Column::Id,
        descending: false,
        key: |row: &organization::Model| (Key::Text(row.name.clone()), row.id),
    };
    page::fetch(domain.db.read(), select(filter), &order, page).await
}

/// How many organizations there are.
pub async fn count(domain: &Domain, filter: &OrganizationFilter) -> Result<u64> {
    Ok(select(filter).number(domain.db.read()).await?)
}
