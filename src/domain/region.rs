//! Regions of the national table, from province to village.

use std::collections::HashMap;
use std::sync::Arc;

use entity::enums::{Kind, RegionLevel};
use entity::region;
use sea_orm::sea_query::SelectStatement;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use sea_orm::{QuerySelect, QueryTrait};
use uuid::Uuid;

use super::error::{Error, Expected, Problem, Result};
use super::page::{self, Key, Order, Page, PageRequest};
use super::patch::Patch;
use super::slug::Slugs;
use super::validate::{Problems, item};
use super::{ById, Domain, history, idempotency, require};
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::db::{Read, Rows, Transaction, Write, insert_row, padded, update_row};

const SLUGS: Slugs<region::Entity> = Slugs { kind: Kind::Region, id: region::Column::Id, slug: region::Column::Slug };

/// A change to a region.
#[derive(Clone, Debug, Default)]
pub struct RegionPatch {
    pub slug: Patch<String>,
    pub code: Patch<String>,
    pub level: Option<RegionLevel>,
    pub name: Patch<String>,
}

fn apply(patch: RegionPatch, row: &mut region::Model) {
    patch.slug.apply_or_default(&mut row.slug);
    // Search documents and filters rest on the code, so that it stays once it is given.
    if row.code.is_empty() {
        patch.code.apply_or_default(&mut row.code);
    }
    row.level = patch.level.unwrap_or(row.level);
    patch.name.apply_or_default(&mut row.name);
    row.name = row.name.trim().to_owned();
}

/// Whether `code` has the form of one: groups of digits joined by dots, at most 20 characters.
fn is_code(code: &str) -> bool {
    code.len() <= 20 && code.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

async fn check(txn: &Transaction, row: &region::Model) -> Result<()> {
    let mut problems = Problems::default();
    problems.slug(&row.slug);
    problems.line("name", &row.name);
    if !is_code(&row.code) || (row.code.contains('.') && row.parent_id.is_none()) {
        problems.add("code", Problem::Malformed(Expected::RegionCode));
    }
    problems.references::<region::Entity>(txn, item("code", row.parent_id), region::Column::Id).await?;
    problems.into_result()
}

/// Creates one.
pub async fn create(domain: &Domain, actor: &Actor, patch: RegionPatch) -> Result<region::Model> {
    require(actor, Permission::ManageReferences)?;
    let txn = domain.begin().await?;
    let (id, now) = (domain.clock.new_id(), domain.clock.now());
    if let Some(first) = idempotency::claim(&txn, domain, actor, Kind::Region, id).await? {
        return region::Entity::find_by_id(first).row(&txn).await?.ok_or(Error::NotFound(Kind::Region));
    }
    let mut row = region::Model {
        id,
        created_at: now,
        updated_at: now,
        slug: String::new(),
        code: String::new(),
        level: RegionLevel::District,
        name: String::new(),
        parent_id: None,
    };
    apply(patch, &mut row);
    if let Some((parent, _)) = row.code.rsplit_once('.') {
        let parent = Rows::<region::Entity>::all().filter(region::Column::Code.eq(parent)).row(&txn).await?;
        row.parent_id = parent.map(|parent| parent.id);
    }
    if row.slug.is_empty() {
        row.slug = SLUGS.free(&txn, &row.name).await?;
    } else {
        SLUGS.require_free(&txn, &row.slug, None).await?;
    }
    check(&txn, &row).await?;
    insert_row(row.clone(), &txn).await?;
    history::audit(&txn, domain, actor, "create", Kind::Region, id, "").await?;
    domain.commit(txn).await?;
    Ok(row)
}

/// Changes one.
pub async fn update(domain: &Domain, actor: &Actor, id: Uuid, patch: RegionPatch) -> Result<region::Model> {
    require(actor, Permission::ManageReferences)?;
    let txn = domain.begin().await?;
    let mut row = region::Entity::find_by_id(id).lock_exclusive().row(&txn).await?.ok_or(Error::NotFound(Kind::Region))?;
    let old_slug = row.slug.clone();
    apply(patch, &mut row);
    row.updated_at = domain.clock.now();
    check(&txn, &row).await?;
    if row.slug != old_slug {
        SLUGS.require_free(&txn, &row.slug, Some(id)).await?;
        SLUGS.redirect(&txn, domain, &old_slug, &row.slug, id).await?;
    }
    update_row(row.clone().into_active_model().reset_all(), &txn).await?;
    history::audit(&txn, domain, actor, "update", Kind::Region, id, "").await?;
    domain.commit(txn).await?;
    Ok(row)
}

/// Deletes one that nothing refers to any more.
pub async fn delete(domain: &Domain, actor: &Actor, id: Uuid) -> Result<()> {
    require(actor, Permission::ManageReferences)?;
    let txn = domain.begin().await?;
    let deleted = region::Entity::delete_by_id(id).write(&txn).await?;
    if deleted == 0 {
        return Err(Error::NotFound(Kind::Region));
    }
    history::audit(&txn, domain, actor, "delete", Kind::Region, id, "").await?;
    domain.commit(txn).await
}

/// Several by id.
pub async fn by_ids(domain: &Domain, ids: &[Uuid]) -> Result<ById<region::Model>> {
    let rows = Rows::<region::Entity>::all().filter(region::Column::Id.is_in(padded(ids))).rows(domain.db.read()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Several by id, for a page, see [`kept`](super::kept).
pub async fn kept_by_ids(domain: &Domain, ids: impl IntoIterator<Item = Uuid>) -> Result<ById<Arc<region::Model>>> {
    domain.regions.by_ids(domain, ids, by_ids).await
}

/// One by id, for a page.
pub async fn kept(domain: &Domain, id: Uuid) -> Result<Option<Arc<region::Model>>> {
    Ok(kept_by_ids(domain, [id]).await?.remove(&id))
}

/// One by its slug or one that it once had, for a page.
pub async fn kept_by_slug(domain: &Domain, slug: &str) -> Result<Option<Arc<region::Model>>> {
    domain.regions.by_slug(domain, slug, find_by_slug).await
}

/// Several by id, for a page, in this order and without waiting for any; `None` unless all are kept.
pub fn at_hand(domain: &Domain, ids: &[Uuid]) -> Option<Vec<Arc<region::Model>>> {
    domain.regions.at_hand(domain, ids)
}

/// One by its slug or one that it once had.
pub async fn find_by_slug(domain: &Domain, slug: &str) -> Result<Option<region::Model>> {
    SLUGS.find(domain.db.read(), slug).await
}

/// One by its official code.
pub async fn find_by_code(domain: &Domain, code: &str) -> Result<Option<region::Model>> {
    if !is_code(code) {
        return Ok(None);
    }
    Ok(Rows::<region::Entity>::all().filter(region::Column::Code.eq(code)).row(domain.db.read()).await?)
}

/// The ids of a region and of everything in it, as a subquery: a sub-region's code begins with its parent's and a dot.
pub fn subtree(id: Uuid) -> SelectStatement {
    use sea_orm::sea_query::{Expr, ExprTrait, Query};
    let code = |suffix: &str| {
        let root = Query::select()
            .expr(Expr::col(("root", region::Column::Code)).binary(sea_orm::sea_query::BinOper::Custom("||"), Expr::val(suffix)))
            .from_as(region::Entity, "root")
            .and_where(Expr::col(("root", region::Column::Id)).eq(id))
            .to_owned();
        Expr::SubQuery(None, Box::new(root.into()))
    };
    // '/' is the character after '.'.
    let within = Expr::col(region::Column::Code).gte(code(".")).and(Expr::col(region::Column::Code).lt(code("/")));
    Rows::<region::Entity>::all().column(region::Column::Id).filter(Expr::col(region::Column::Id).eq(id).or(within)).into_query()
}

/// The codes of the regions that hold the one with `code`, itself last.
pub fn path_codes(code: &str) -> Vec<&str> {
    code.match_indices('.').map(|(at, _)| &code[..at]).chain(std::iter::once(code)).collect()
}

/// Regions by code.
pub async fn by_codes(domain: &Domain, codes: &[String]) -> Result<HashMap<String, region::Model>> {
    let rows = Rows::<region::Entity>::all().filter(region::Column::Code.is_in(codes)).rows(domain.db.read()).await?;
    Ok(rows.into_iter().map(|row| (row.code.clone(), row)).collect())
}

/// Which regions.
#[derive(Clone, Debug, Default)]
pub struct RegionFilter {
    pub level: Option<RegionLevel>,
    pub parent: Option<Uuid>,
}

fn select(filter: &RegionFilter) -> Rows<region::Entity> {
    let mut rows = Rows::<region::Entity>::all();
    if let Some(level) = filter.level {
        rows = rows.filter(region::Column::Level.eq(level));
    }
    if let Some(parent) = filter.parent {
        rows = rows.filter(region::Column::ParentId.eq(parent));
    }
    rows
}

/// One page of regions, by code.
pub async fn list(domain: &Domain, filter: &RegionFilter, page: &PageRequest) -> Result<Page<region::Model>> {
    let order = Order {
        name: "code",
        column: region::Column::Code,
        id: region::Column::Id,
        descending: false,
        key: |row: &region::Model| (Key::Text(row.code.clone()), row.id),
    };
    page::fetch(domain.db.read(), select(filter), &order, page).await
}

/// How many regions there are.
pub async fn count(domain: &Domain, filter: &RegionFilter) -> Result<u64> {
    Ok(select(filter).number(domain.db.read()).await?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_code_names_its_ancestors() {
        assert_eq!(super::path_codes("73.03.01"), ["73", "73.03", "73.03.01"]);
    }
}
