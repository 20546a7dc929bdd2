//! Slugs: each leads to one thing, and goes on leading there after the thing has taken another.

use std::collections::HashSet;

use entity::enums::Kind;
use entity::redirect;
use entity::row::Columns;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, Set};
use uuid::Uuid;

use super::Domain;
use super::error::{FieldError, Problem, Result};
use crate::db::{Read, Rows, Source, Transaction, Write};
use crate::text::slug::{is_slug, slugify};

/// Where the slugs of a noun are kept.
pub struct Slugs<E: EntityTrait> {
    pub kind: Kind,
    pub id: E::Column,
    pub slug: E::Column,
}

impl<E: EntityTrait<Model: Columns<Entity = E>>> Slugs<E> {
    /// A free slug for `title`: the title's own, or with the first number from 2 that is free.
    pub async fn free(&self, db: &impl Source, title: &str) -> Result<String> {
        let base = Some(slugify(title)).filter(|slug| !slug.is_empty()).unwrap_or_else(|| self.kind.as_str().replace('_', "-"));
        let numbered = format!("{base}-");
        let rows: Vec<String> = Rows::<E>::all()
            .column(self.slug)
            .filter(Condition::any().add(self.slug.eq(base.as_str())).add(self.slug.starts_with(&numbered)))
            .tuples(db)
            .await?;
        let from = redirect::Column::FromSlug;
        let redirects: Vec<String> = Rows::<redirect::Entity>::all()
            .column(from)
            .filter(redirect::Column::EntryKind.eq(self.kind))
            .filter(Condition::any().add(from.eq(base.as_str())).add(from.starts_with(&numbered)))
            .tuples(db)
            .await?;
        let taken: HashSet<String> = rows.into_iter().chain(redirects).collect();
        let candidates = std::iter::once(base.clone()).chain((2..).map(|number| format!("{base}-{number}")));
        Ok(candidates.into_iter().find(|slug| !taken.contains(slug)).unwrap_or(base))
    }

    /// Fails when `slug` leads to another thing than `own`.
    pub async fn require_free(&self, db: &impl Source, slug: &str, own: Option<Uuid>) -> Result<()> {
        let row: Option<Uuid> = Rows::<E>::all().column(self.id).filter(self.slug.eq(slug)).tuple(db).await?;
        let redirect = self.redirected(db, slug).await?;
        if [row, redirect].into_iter().flatten().any(|id| Some(id) != own) {
            return Err(FieldError::new("slug", Problem::Taken).into());
        }
        Ok(())
    }

    /// The id of what once had `slug`.
    pub async fn redirected(&self, db: &impl Source, slug: &str) -> Result<Option<Uuid>> {
        let row = Rows::<redirect::Entity>::all()
            .filter(redirect::Column::EntryKind.eq(self.kind))
            .filter(redirect::Column::FromSlug.eq(slug))
            .row(db)
            .await?;
        Ok(row.map(|row| row.entry_id))
    }

    /// The row that has `slug`, or once had it.
    pub async fn find(&self, db: &impl Source, slug: &str) -> Result<Option<E::Model>> {
        if !is_slug(slug) {
            return Ok(None);
        }
        if let Some(row) = Rows::<E>::all().filter(self.slug.eq(slug)).row(db).await? {
            return Ok(Some(row));
        }
        match self.redirected(db, slug).await? {
            Some(id) => Ok(Rows::<E>::all().filter(self.id.eq(id)).row(db).await?),
            None => Ok(None),
        }
    }

    /// Lets the slug `from` lead to the thing that now has `to`. A redirect of its own at `to` ends.
    pub async fn redirect(&self, txn: &Transaction, domain: &Domain, from: &str, to: &str, id: Uuid) -> Result<()> {
        redirect::Entity::delete_many()
            .filter(redirect::Column::EntryKind.eq(self.kind))
            .filter(redirect::Column::FromSlug.eq(to))
            .write(txn)
            .await?;
        let row = redirect::ActiveModel {
            id: Set(domain.clock.new_id()),
            entry_kind: Set(self.kind),
            from_slug: Set(from.to_owned()),
            entry_id: Set(id),
            created_at: Set(domain.clock.now()),
        };
        let again = OnConflict::columns([redirect::Column::EntryKind, redirect::Column::FromSlug])
            .update_columns([redirect::Column::EntryId, redirect::Column::CreatedAt])
            .to_owned();
        redirect::Entity::insert(row).on_conflict(again).write(txn).await?;
        Ok(())
    }
}
