//! Checks that all nouns share. Each adds what it finds to the list, so that every problem is reported at once.

use std::collections::HashSet;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::error::{Error, Expected, FieldError, Problem, Result};
use crate::db::{Read, Source, Transaction};
use crate::text::markdown::quote_depth;
use crate::text::slug::is_slug;

/// Longest line (titles, names) in characters.
pub const LONGEST_LINE: usize = 300;
/// Longest summary in characters.
pub const LONGEST_SUMMARY: usize = 2_000;
/// Longest body in characters.
pub const LONGEST_BODY: usize = 500_000;
/// Deepest nesting of quotes in a Markdown text.
const DEEPEST_QUOTE: usize = 50;
/// Most relations of one sort.
pub const MOST_RELATIONS: usize = 100;

/// Most levels of a tree of topics or organizations.
const DEEPEST_TREE: usize = 20;

/// The problems found so far.
#[derive(Debug, Default)]
pub struct Problems(Vec<FieldError>);

impl Problems {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a problem.
    pub fn add(&mut self, field: impl Into<String>, problem: Problem) {
        self.0.push(FieldError::new(field, problem));
    }

    /// Fails when there is any.
    pub fn into_result(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }

    /// One required line of text.
    pub fn line(&mut self, field: &str, value: &str) {
        if value.trim().is_empty() {
            self.add(field, Problem::Required);
        } else {
            self.optional_line(field, Some(value));
        }
    }

    /// A text that may not be empty.
    pub fn required(&mut self, field: &str, value: &str) {
        if value.trim().is_empty() {
            self.add(field, Problem::Required);
        }
    }

    /// One line of text that may be missing.
    pub fn optional_line(&mut self, field: &str, value: Option<&str>) {
        let Some(value) = value else { return };
        if value.chars().any(char::is_control) {
            self.add(field, Problem::Malformed(Expected::PlainLine));
        } else {
            self.length(field, Some(value), LONGEST_LINE);
        }
    }

    /// Text of at most `max` characters.
    pub fn length(&mut self, field: &str, value: Option<&str>, max: usize) {
        if value.is_some_and(|value| value.len() > max && value.chars().count() > max) {
            self.add(field, Problem::TooLong { max });
        }
        if value.is_some_and(|value| value.contains('\0')) {
            self.add(field, Problem::Malformed(Expected::NoNul));
        }
    }

    /// A text in Markdown.
    pub fn markdown(&mut self, field: &str, text: &str) {
        self.length(field, Some(text), LONGEST_BODY);
        if quote_depth(text) > DEEPEST_QUOTE {
            self.add(field, Problem::Malformed(Expected::ShallowQuotes));
        }
    }

    /// What an editor says about a revision.
    pub fn note(&mut self, note: Option<&str>) {
        self.length("note", note, LONGEST_SUMMARY);
    }

    /// A list of at most [`MOST_RELATIONS`] items.
    pub fn count(&mut self, field: &str, len: usize) {
        if len > MOST_RELATIONS {
            self.add(field, Problem::TooLong { max: MOST_RELATIONS });
        }
    }

    /// A well-formed slug.
    pub fn slug(&mut self, slug: &str) {
        if !is_slug(slug) {
            self.add("slug", Problem::Malformed(Expected::Slug));
        }
    }

    /// Ids that must exist in a table, each with the field that it stands in.
    pub async fn references<E>(&mut self, db: &impl Source, ids: impl IntoIterator<Item = (String, Uuid)>, key: E::Column) -> Result<()>
    where
        E: EntityTrait,
    {
        let ids: Vec<(String, Uuid)> = ids.into_iter().collect();
        if ids.is_empty() {
            return Ok(());
        }
        let wanted: HashSet<Uuid> = ids.iter().map(|(_, id)| *id).collect();
        let found: Vec<Uuid> = E::find().select_only().column(key).filter(key.is_in(wanted)).tuples(db).await?;
        let found: HashSet<Uuid> = found.into_iter().collect();
        for (field, _) in ids.into_iter().filter(|(_, id)| !found.contains(id)) {
            self.add(field, Problem::UnknownReference);
        }
        Ok(())
    }
}

/// Fields for the items of a list: `topicIds.0`, `topicIds.1` …
pub fn items(field: &str, ids: &[Uuid]) -> Vec<(String, Uuid)> {
    ids.iter().enumerate().map(|(at, id)| (format!("{field}.{at}"), *id)).collect()
}

/// The field of a single reference, if there is one.
pub fn item(field: impl Into<String>, id: Option<Uuid>) -> Option<(String, Uuid)> {
    id.map(|id| (field.into(), id))
}

/// Whether `id` would come to lie below itself if `parent` became its parent: walks up from `parent`. Whoever
/// moves something has taken their turn (`Turn::Move`), so that two at once can't make a loop that neither of them sees.
pub async fn is_below_itself<E>(
    txn: &Transaction,
    id: Uuid,
    parent: Option<Uuid>,
    (key, parent_key): (E::Column, E::Column),
) -> Result<bool>
where
    E: EntityTrait,
{
    let mut above = parent;
    for _ in 0..DEEPEST_TREE {
        let Some(current) = above else { return Ok(false) };
        if current == id {
            return Ok(true);
        }
        above = E::find().select_only().column(parent_key).filter(key.eq(current)).tuple(txn).await?.flatten();
    }
    // A chain this long is a loop among the others already, or about to be too deep to show.
    Ok(true)
}

/// Text without blanks around it; `None` when nothing is left.
pub fn trimmed(value: Option<String>) -> Option<String> {
    value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// Ids in their order, each once.
pub fn unique(ids: Vec<Uuid>) -> Vec<Uuid> {
    let mut seen = HashSet::new();
    ids.into_iter().filter(|id| seen.insert(*id)).collect()
}
