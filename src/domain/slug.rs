//! Slugs that nobody else has.

use std::collections::HashSet;

use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::entry::{Entry, EnvelopeColumn};
use super::error::{FieldError, Problem, Result};
use crate::text::slug::slugify;

/// A free slug for `title`: the title's own, or with the first number from 2 that is free.
pub async fn free<A: Entry>(db: &impl ConnectionTrait, title: &str) -> Result<String> {
    free_in::<A::Entity>(db, A::column(EnvelopeColumn::Slug), title, A::KIND.as_str()).await
}

/// A free slug in the column of any table; `fallback` is used for a title without a letter.
pub async fn free_in<E: EntityTrait>(db: &impl ConnectionTrait, column: E::Column, title: &str, fallback: &str) -> Result<String> {
    let base = Some(slugify(title)).filter(|slug| !slug.is_empty()).unwrap_or_else(|| fallback.replace('_', "-"));
    let taken: Vec<String> = E::find()
        .select_only()
        .column(column)
        .filter(Condition::any().add(column.eq(base.as_str())).add(column.starts_with(format!("{base}-"))))
        .into_tuple()
        .all(db)
        .await?;
    let taken: HashSet<String> = taken.into_iter().collect();
    let numbered = (2..).map(|number| format!("{base}-{number}"));
    let free = std::iter::once(base.clone()).chain(numbered).find(|slug| !taken.contains(slug));
    Ok(free.unwrap_or(base))
}

/// Fails when another entry has `slug`.
pub async fn require_free<A: Entry>(db: &impl ConnectionTrait, slug: &str, own: Option<Uuid>) -> Result<()> {
    let mut others = A::Entity::find().select_only().column(A::column(EnvelopeColumn::Id)).filter(A::column(EnvelopeColumn::Slug).eq(slug));
    if let Some(own) = own {
        others = others.filter(A::column(EnvelopeColumn::Id).ne(own));
    }
    let other: Option<Uuid> = others.into_tuple().one(db).await?;
    match other {
        Some(_) => Err(FieldError::new("slug", Problem::Taken).into()),
        None => Ok(()),
    }
}
