//! The glossary: abbreviations and what they stand for.

use entity::enums::Kind;
use entity::glossary_term;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::error::{Error, Result};
use super::page::{self, Key, Order, Page, PageRequest};
use super::patch::Patch;
use super::validate::{LONGEST_SUMMARY, Problems, trimmed};
use super::{ById, Domain, history, idempotency, require};
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::db::{Read, Rows, Write, insert_row, update_row};

/// A change to a glossary term.
#[derive(Clone, Debug, Default)]
pub struct GlossaryTermPatch {
    pub term: Patch<String>,
    pub expansion: Patch<String>,
    pub note: Patch<String>,
}

fn apply(patch: GlossaryTermPatch, row: &mut glossary_term::Model) {
    patch.term.apply_or_default(&mut row.term);
    patch.expansion.apply_or_default(&mut row.expansion);
    patch.note.apply(&mut row.note);
    row.term = row.term.trim().to_owned();
    row.expansion = row.expansion.trim().to_owned();
    row.note = trimmed(row.note.take());
}

fn check(row: &glossary_term::Model) -> Result<()> {
    let mut problems = Problems::default();
    problems.line("term", &row.term);
    problems.line("expansion", &row.expansion);
    problems.length("note", row.note.as_deref(), LONGEST_SUMMARY);
    problems.into_result()
}

/// Creates one.
pub async fn create(domain: &Domain, actor: &Actor, patch: GlossaryTermPatch) -> Result<glossary_term::Model> {
    require(actor, Permission::ManageReferences)?;
    let txn = domain.begin().await?;
    let (id, now) = (domain.clock.new_id(), domain.clock.now());
    if let Some(first) = idempotency::claim(&txn, domain, actor, Kind::GlossaryTerm, id).await? {
        return glossary_term::Entity::find_by_id(first).row(&txn).await?.ok_or(Error::NotFound(Kind::GlossaryTerm));
    }
    let mut row = glossary_term::Model { id, created_at: now, updated_at: now, term: String::new(), expansion: String::new(), note: None };
    apply(patch, &mut row);
    check(&row)?;
    insert_row(row.clone(), &txn).await?;
    history::audit(&txn, domain, actor, "create", Kind::GlossaryTerm, id, "").await?;
    domain.commit(txn).await?;
    domain.vocabulary.forget();
    Ok(row)
}

/// Changes one.
pub async fn update(domain: &Domain, actor: &Actor, id: Uuid, patch: GlossaryTermPatch) -> Result<glossary_term::Model> {
    require(actor, Permission::ManageReferences)?;
    let txn = domain.begin().await?;
    let mut row = glossary_term::Entity::find_by_id(id).lock_exclusive().row(&txn).await?.ok_or(Error::NotFound(Kind::GlossaryTerm))?;
    apply(patch, &mut row);
    row.updated_at = domain.clock.now();
    check(&row)?;
    update_row(row.clone().into_active_model().reset_all(), &txn).await?;
    history::audit(&txn, domain, actor, "update", Kind::GlossaryTerm, id, "").await?;
    domain.commit(txn).await?;
    domain.vocabulary.forget();
    Ok(row)
}

/// Deletes one that nothing refers to any more.
pub async fn delete(domain: &Domain, actor: &Actor, id: Uuid) -> Result<()> {
    require(actor, Permission::ManageReferences)?;
    let txn = domain.begin().await?;
    let deleted = glossary_term::Entity::delete_by_id(id).write(&txn).await?;
    if deleted == 0 {
        return Err(Error::NotFound(Kind::GlossaryTerm));
    }
    history::audit(&txn, domain, actor, "delete", Kind::GlossaryTerm, id, "").await?;
    domain.commit(txn).await?;
    domain.vocabulary.forget();
    Ok(())
}

/// One by id.
pub async fn find(domain: &Domain, id: Uuid) -> Result<Option<glossary_term::Model>> {
    Ok(glossary_term::Entity::find_by_id(id).row(domain.db.read()).await?)
}

/// One by its term.
pub async fn find_by_term(domain: &Domain, term: &str) -> Result<Option<glossary_term::Model>> {
    Ok(Rows::<glossary_term::Entity>::all().filter(glossary_term::Column::Term.eq(term)).row(domain.db.read()).await?)
}

/// Several by id.
pub async fn by_ids(domain: &Domain, ids: &[Uuid]) -> Result<ById<glossary_term::Model>> {
    let rows =
        Rows::<glossary_term::Entity>::all().filter(glossary_term::Column::Id.is_in(ids.iter().copied())).rows(domain.db.read()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// One page of glossary terms, by term.
pub async fn list(domain: &Domain, page: &PageRequest) -> Result<Page<glossary_term::Model>> {
    let order = Order {
        name: "term",
        column: glossary_term::Column::Term,
        id: glossary_term::Column::Id,
        descending: false,
        key: |row: &glossary_term::Model| (Key::Text(row.term.clone()), row.id),
    };
    page::fetch(domain.db.read(), Rows::<glossary_term::Entity>::all(), &order, page).await
}

/// How many glossary terms there are.
pub async fn count(domain: &Domain) -> Result<u64> {
    Ok(Rows::<glossary_term::Entity>::all().number(domain.db.read()).await?)
}

/// The whole glossary in the form that queries use.
pub async fn load(domain: &Domain) -> Result<crate::text::glossary::Glossary> {
    let rows = Rows::<glossary_term::Entity>::all().rows(domain.db.read()).await?;
    Ok(crate::text::glossary::Glossary::new(rows.iter().map(|row| (row.term.as_str(), row.expansion.as_str()))))
}
