//! Topics that articles are filed under.

use std::sync::Arc;

use entity::enums::Kind;
use entity::topic;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::error::{Error, Expected, Problem, Result};
use super::page::{self, Key, Order, Page, PageRequest};
use super::patch::Patch;
use super::slug::Slugs;
use super::validate::{LONGEST_SUMMARY, Problems, is_below_itself, item, trimmed};
use super::{ById, Domain, ROW_LOCK, history, idempotency, require, retrying};
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::db::{Db, Read, Rows, Transaction, Turn, Write, insert_row, padded, update_row};

const SLUGS: Slugs<topic::Entity> = Slugs { kind: Kind::Topic, id: topic::Column::Id, slug: topic::Column::Slug };

/// A change to a topic.
#[derive(Clone, Debug, Default)]
pub struct TopicPatch {
    pub slug: Patch<String>,
    pub name: Patch<String>,
    pub description: Patch<String>,
    pub parent_id: Patch<Uuid>,
}

fn apply(patch: TopicPatch, row: &mut topic::Model) {
    patch.slug.apply_or_default(&mut row.slug);
    patch.name.apply_or_default(&mut row.name);
    patch.description.apply(&mut row.description);
    patch.parent_id.apply(&mut row.parent_id);
    row.name = row.name.trim().to_owned();
    row.description = trimmed(row.description.take());
}

async fn check(txn: &Transaction, row: &topic::Model) -> Result<()> {
    let mut problems = Problems::default();
    problems.slug(&row.slug);
    problems.line("name", &row.name);
    problems.length("description", row.description.as_deref(), LONGEST_SUMMARY);
    if is_below_itself::<topic::Entity>(txn, row.id, row.parent_id, (topic::Column::Id, topic::Column::ParentId)).await? {
        problems.add("parentId", Problem::Malformed(Expected::NotItself));
    }
    problems.references::<topic::Entity>(txn, item("parentId", row.parent_id), topic::Column::Id).await?;
    problems.into_result()
}

/// Creates one.
pub async fn create(domain: &Domain, actor: &Actor, patch: TopicPatch) -> Result<topic::Model> {
    require(actor, Permission::ManageReferences)?;
    let txn = domain.begin().await?;
    let (id, now) = (domain.clock.new_id(), domain.clock.now());
    if let Some(first) = idempotency::claim(&txn, domain, actor, Kind::Topic, id).await? {
        return topic::Entity::find_by_id(first).row(&txn).await?.ok_or(Error::NotFound(Kind::Topic));
    }
    let mut row =
        topic::Model { id, created_at: now, updated_at: now, slug: String::new(), name: String::new(), description: None, parent_id: None };
    apply(patch, &mut row);
    if row.slug.is_empty() {
        row.slug = SLUGS.free(&txn, &row.name).await?;
    } else {
        SLUGS.require_free(&txn, &row.slug, None).await?;
    }
    check(&txn, &row).await?;
    insert_row(row.clone(), &txn).await?;
    history::audit(&txn, domain, actor, "create", Kind::Topic, id, "").await?;
    domain.commit(txn).await?;
    Ok(row)
}

/// Changes one.
pub async fn update(domain: &Domain, actor: &Actor, id: Uuid, patch: TopicPatch) -> Result<topic::Model> {
    require(actor, Permission::ManageReferences)?;
    retrying(|| update_once(domain, actor, id, patch.clone())).await
}

async fn update_once(domain: &Domain, actor: &Actor, id: Uuid, patch: TopicPatch) -> Result<topic::Model> {
    let txn = domain.begin().await?;
    if patch.parent_id != Patch::Keep {
        // Whoever moves something has their turn before they lock it, so that nobody waits for them who is waited for.
        Db::take_turns(&txn, Turn::Move).await?;
    }
    let mut row = topic::Entity::find_by_id(id).lock(ROW_LOCK).row(&txn).await?.ok_or(Error::NotFound(Kind::Topic))?;
    let old_slug = row.slug.clone();
    apply(patch, &mut row);
    row.updated_at = domain.clock.now();
    check(&txn, &row).await?;
    if row.slug != old_slug {
        SLUGS.require_free(&txn, &row.slug, Some(id)).await?;
        SLUGS.redirect(&txn, domain, &old_slug, &row.slug, id).await?;
    }
    update_row(row.clone().into_active_model().reset_all(), &txn).await?;
    history::audit(&txn, domain, actor, "update", Kind::Topic, id, "").await?;
    domain.commit(txn).await?;
    Ok(row)
}

/// Deletes one that nothing refers to any more.
pub async fn delete(domain: &Domain, actor: &Actor, id: Uuid) -> Result<()> {
    require(actor, Permission::ManageReferences)?;
    let txn = domain.begin().await?;
    let deleted = topic::Entity::delete_by_id(id).write(&txn).await?;
    if deleted == 0 {
        return Err(Error::NotFound(Kind::Topic));
    }
    history::audit(&txn, domain, actor, "delete", Kind::Topic, id, "").await?;
    domain.commit(txn).await
}

/// Several by id.
pub async fn by_ids(domain: &Domain, ids: &[Uuid]) -> Result<ById<topic::Model>> {
    let rows = Rows::<topic::Entity>::all().filter(topic::Column::Id.is_in(padded(ids))).rows(domain.db.read()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Several by id, for a page, see [`kept`](super::kept).
pub async fn kept_by_ids(domain: &Domain, ids: impl IntoIterator<Item = Uuid>) -> Result<ById<Arc<topic::Model>>> {
    domain.topics.by_ids(domain, ids, by_ids).await
}

/// One by id, for a page.
pub async fn kept(domain: &Domain, id: Uuid) -> Result<Option<Arc<topic::Model>>> {
    Ok(kept_by_ids(domain, [id]).await?.remove(&id))
}

/// One by its slug or one that it once had, for a page.
pub async fn kept_by_slug(domain: &Domain, slug: &str) -> Result<Option<Arc<topic::Model>>> {
    domain.topics.by_slug(domain, slug, find_by_slug).await
}

/// Several by id, for a page, in this order and without waiting for any; `None` unless all are kept.
pub fn at_hand(domain: &Domain, ids: &[Uuid]) -> Option<Vec<Arc<topic::Model>>> {
    domain.topics.at_hand(domain, ids)
}

/// One by its slug or one that it once had.
pub async fn find_by_slug(domain: &Domain, slug: &str) -> Result<Option<topic::Model>> {
    SLUGS.find(domain.db.read(), slug).await
}

/// One page of topics, by name.
pub async fn list(domain: &Domain, page: &PageRequest) -> Result<Page<topic::Model>> {
    let order = Order {
        name: "name",
        column: topic::Column::Name,
        id: topic::Column::Id,
        descending: false,
        key: |row: &topic::Model| (Key::Text(row.name.clone()), row.id),
    };
    page::fetch(domain.db.read(), Rows::<topic::Entity>::all(), &order, page).await
}

/// How many topics there are.
pub async fn count(domain: &Domain) -> Result<u64> {
    Ok(Rows::<topic::Entity>::all().number(domain.db.read()).await?)
}
