//! Topics and regions, which nearly every page names and which change seldom, kept in memory. A row is handed out again while
//! nothing is known to have been written since it was read (`domain/present.rs`).
//!
//! Only pages are made of them, so that a page may name a topic as it was called half a second before or after the state that all else
//! on it is of, and in that time in one place so and in another otherwise. What is stored or indexed is made of what the database holds.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

use quick_cache::sync::Cache;
use uuid::Uuid;

use super::present::Moment;
use super::{ById, Domain, Result};

/// Most rows of a table that are kept.
const MOST: usize = 4_096;
/// Most that are read by one statement.
const AT_ONCE: usize = 1_000;

/// Rows of a table, by their ids and by their slugs.
pub struct Kept<M> {
    by_id: Cache<Uuid, Held<M>>,
    by_slug: Cache<String, Held<M>>,
}

struct Held<M> {
    row: Arc<M>,
    /// When it was read.
    at: Moment,
}

impl<M> Clone for Held<M> {
    fn clone(&self) -> Self {
        Self { row: Arc::clone(&self.row), at: self.at }
    }
}

impl<M> Default for Kept<M> {
    fn default() -> Self {
        Self { by_id: Cache::new(MOST), by_slug: Cache::new(MOST) }
    }
}

impl<M> Kept<M> {
    /// Rows by their ids. Those that are not kept are had by `read`.
    pub async fn by_ids(
        &self,
        domain: &Domain,
        ids: impl IntoIterator<Item = Uuid>,
        read: impl AsyncFn(&Domain, &[Uuid]) -> Result<ById<M>>,
    ) -> Result<ById<Arc<M>>> {
        let (now, at, mut found, mut missing) = (domain.moment(), read_from(domain), ById::default(), HashSet::new());
        for id in ids {
            if found.contains_key(&id) {
                continue;
            }
            match held(&self.by_id, &id, now) {
                Some(row) => drop(found.insert(id, row)),
                None => drop(missing.insert(id)),
            }
        }
        let missing: Vec<Uuid> = missing.into_iter().collect();
        for ids in missing.chunks(AT_ONCE) {
            for (id, row) in read(domain, ids).await? {
                let row = Arc::new(row);
                self.by_id.insert(id, Held { row: Arc::clone(&row), at });
                found.insert(id, row);
            }
        }
        Ok(found)
    }

    /// Rows by their ids, in this order and without waiting for any; `None` unless all are kept.
    pub fn at_hand(&self, domain: &Domain, ids: &[Uuid]) -> Option<Vec<Arc<M>>> {
        let now = domain.moment();
        ids.iter().map(|id| held(&self.by_id, id, now)).collect()
    }

    /// The same by a slug.
    pub async fn by_slug(
        &self,
        domain: &Domain,
        slug: &str,
        read: impl AsyncFnOnce(&Domain, &str) -> Result<Option<M>>,
    ) -> Result<Option<Arc<M>>> {
        let (now, at) = (domain.moment(), read_from(domain));
        if let Some(row) = held(&self.by_slug, slug, now) {
            return Ok(Some(row));
        }
        let Some(row) = read(domain, slug).await?.map(Arc::new) else { return Ok(None) };
        self.by_slug.insert(slug.to_owned(), Held { row: Arc::clone(&row), at });
        Ok(Some(row))
    }
}

/// The state that is read from, or an earlier one.
fn read_from(domain: &Domain) -> Moment {
    domain.since.unwrap_or_else(|| domain.moment())
}

fn held<K, Q, M>(rows: &Cache<K, Held<M>>, key: &Q, now: Moment) -> Option<Arc<M>>
where
    K: Hash + Eq + std::borrow::Borrow<Q>,
    Q: Hash + Eq + ?Sized,
{
    rows.get(key).filter(|held| held.at.covers(now)).map(|held| held.row)
}
