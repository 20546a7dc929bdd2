//! Search rules: what editors want at the top of the answer to a query, or not in it at all.

use entity::enums::{Kind, SearchEffect};
use entity::search_rule;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, QuerySelect};
use uuid::Uuid;

use super::{LONGEST_QUERY, MOST_WORDS, SEARCHABLE, found};
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::db::{Read, Rows, Write, insert_row, update_row};
use crate::domain::error::{Error, Expected, FieldError, Problem, Result};
use crate::domain::page::{self, Key, Order, Page, PageRequest};
use crate::domain::patch::Patch;
use crate::domain::validate::Problems;
use crate::domain::{Domain, history, idempotency, require};
use crate::search::document::DocumentKey;
use crate::text::analyzer::Term;
use crate::text::query::ParsedQuery;

/// Most things pinned to one query.
pub const MOST_PINS: usize = 10;
const LAST_POSITION: i32 = 1_000;

/// A change to a search rule.
#[derive(Clone, Debug, Default)]
pub struct SearchRulePatch {
    pub query: Patch<String>,
    pub effect: Patch<SearchEffect>,
    pub target: Patch<DocumentKey>,
    pub position: Patch<i32>,
}

/// What queries are compared by: their stems, each once and in order, so that neither form nor order of words matters.
pub fn key(terms: &[Term]) -> String {
    let stems: std::collections::BTreeSet<&str> = terms.iter().take(MOST_WORDS).map(|term| term.stem.as_str()).collect();
    stems.into_iter().collect::<Vec<_>>().join(" ")
}

/// What a rule is about.
pub fn target(row: &search_rule::Model) -> DocumentKey {
    DocumentKey { kind: row.target_kind, id: row.target_id }
}

fn apply(patch: SearchRulePatch, row: &mut search_rule::Model) {
    patch.query.apply_or_default(&mut row.query);
    if let Patch::Set(position) = patch.position {
        row.position = position;
    }
    if let Patch::Set(effect) = patch.effect {
        row.effect = effect;
    }
    if let Patch::Set(target) = patch.target {
        (row.target_kind, row.target_id) = (target.kind, target.id);
    }
    row.query = row.query.trim().to_owned();
    row.query_key = key(&ParsedQuery::new(&row.query).terms);
}

async fn check(domain: &Domain, row: &search_rule::Model) -> Result<()> {
    let mut problems = Problems::default();
    problems.line("query", &row.query);
    problems.length("query", Some(&row.query), LONGEST_QUERY);
    if row.query_key.is_empty() && !row.query.is_empty() {
        problems.add("query", Problem::Required);
    }
    if !(1..=LAST_POSITION).contains(&row.position) {
        problems.add("position", Problem::Malformed(Expected::Size(LAST_POSITION as usize)));
    }
    let target = target(row);
    // A rule may be made before its target is published; until then it does nothing.
    if !SEARCHABLE.contains(&target.kind) || found(domain, &Actor::system(), &[target]).await?.is_empty() {
        problems.add("targetId", Problem::UnknownReference);
    }
    problems.into_result()
}

/// Creates one.
pub async fn create(domain: &Domain, actor: &Actor, patch: SearchRulePatch) -> Result<search_rule::Model> {
    require(actor, Permission::ManageReferences)?;
    if !matches!(patch.target, Patch::Set(_)) {
        return Err(FieldError::new("targetId", Problem::Required).into());
    }
    let (id, now) = (domain.clock.new_id(), domain.clock.now());
    let mut row = search_rule::Model {
        id,
        query: String::new(),
        query_key: String::new(),
        effect: SearchEffect::Pin,
        target_kind: Kind::Article,
        target_id: id,
        position: 1,
        created_at: now,
        updated_at: now,
    };
    apply(patch, &mut row);
    check(domain, &row).await?;
    let txn = domain.begin().await?;
    if let Some(first) = idempotency::claim(&txn, domain, actor, Kind::SearchRule, id).await? {
        return search_rule::Entity::find_by_id(first).row(&txn).await?.ok_or(Error::NotFound(Kind::SearchRule));
    }
    insert_row(row.clone(), &txn).await?;
    history::audit(&txn, domain, actor, "create", Kind::SearchRule, id, "").await?;
    domain.commit(txn).await?;
    domain.vocabulary.forget();
    Ok(row)
}

/// Changes one.
pub async fn update(domain: &Domain, actor: &Actor, id: Uuid, patch: SearchRulePatch) -> Result<search_rule::Model> {
    require(actor, Permission::ManageReferences)?;
    let txn = domain.begin().await?;
    let mut row = search_rule::Entity::find_by_id(id).lock_exclusive().row(&txn).await?.ok_or(Error::NotFound(Kind::SearchRule))?;
    apply(patch, &mut row);
    row.updated_at = domain.clock.now();
    check(domain, &row).await?;
    update_row(row.clone().into_active_model().reset_all(), &txn).await?;
    history::audit(&txn, domain, actor, "update", Kind::SearchRule, id, "").await?;
    domain.commit(txn).await?;
    domain.vocabulary.forget();
    Ok(row)
}

/// Deletes one.
pub async fn delete(domain: &Domain, actor: &Actor, id: Uuid) -> Result<()> {
    require(actor, Permission::ManageReferences)?;
    let txn = domain.begin().await?;
    if search_rule::Entity::delete_by_id(id).write(&txn).await? == 0 {
        return Err(Error::NotFound(Kind::SearchRule));
    }
    history::audit(&txn, domain, actor, "delete", Kind::SearchRule, id, "").await?;
    domain.commit(txn).await?;
    domain.vocabulary.forget();
    Ok(())
}

/// One page of rules, by query.
pub async fn list(domain: &Domain, actor: &Actor, page: &PageRequest) -> Result<Page<search_rule::Model>> {
    require(actor, Permission::ManageReferences)?;
    let order = Order {
        name: "query",
        column: search_rule::Column::Query,
        id: search_rule::Column::Id,
        descending: false,
        key: |row: &search_rule::Model| (Key::Text(row.query.clone()), row.id),
    };
    page::fetch(domain.db.read(), Rows::<search_rule::Entity>::all(), &order, page).await
}

/// How many rules there are.
pub async fn count(domain: &Domain, actor: &Actor) -> Result<u64> {
    require(actor, Permission::ManageReferences)?;
    Ok(Rows::<search_rule::Entity>::all().number(domain.db.read()).await?)
}
