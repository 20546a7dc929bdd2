//! Topics and regions, which nearly every page names and which change seldom, kept in memory. A row is handed out again while this
//! process has committed nothing since it was read, and for half a second at the most, in which others may have changed it.
//!
//! Only pages are made of them. What is stored or indexed is made of what the database holds.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use quick_cache::sync::Cache;
use uuid::Uuid;

use super::fresh::Moment;
use super::{Domain, Result};

/// Most rows of a table that are kept.
const MOST: usize = 4_096;

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
    /// Rows by their ids. Those that are not kept are had by `read`, from what is there now and not from the state that the
    /// request reads from, which may be older than what is kept.
    pub async fn by_ids(
        &self,
        domain: &Domain,
        ids: impl IntoIterator<Item = Uuid>,
        read: impl AsyncFnOnce(&Domain, &[Uuid]) -> Result<HashMap<Uuid, M>>,
    ) -> Result<HashMap<Uuid, Arc<M>>> {
        let (now, mut found, mut missing) = (domain.moment(), HashMap::new(), Vec::new());
        for id in ids {
            if found.contains_key(&id) {
                continue;
            }
            match held(&self.by_id, &id, now) {
                Some(row) => drop(found.insert(id, row)),
                None => missing.push(id),
            }
        }
        if !missing.is_empty() {
            for (id, row) in read(&domain.without_snapshot(), &missing).await? {
                let row = Arc::new(row);
                self.by_id.insert(id, Held { row: Arc::clone(&row), at: now });
                found.insert(id, row);
            }
        }
        Ok(found)
    }

    /// The same by a slug.
    pub async fn by_slug(
        &self,
        domain: &Domain,
        slug: &str,
        read: impl AsyncFnOnce(&Domain, &str) -> Result<Option<M>>,
    ) -> Result<Option<Arc<M>>> {
        let now = domain.moment();
        if let Some(row) = held(&self.by_slug, slug, now) {
            return Ok(Some(row));
        }
        let Some(row) = read(&domain.without_snapshot(), slug).await?.map(Arc::new) else { return Ok(None) };
        self.by_slug.insert(slug.to_owned(), Held { row: Arc::clone(&row), at: now });
        Ok(Some(row))
    }
}

fn held<K, Q, M>(rows: &Cache<K, Held<M>>, key: &Q, now: Moment) -> Option<Arc<M>>
where
    K: Hash + Eq + std::borrow::Borrow<Q>,
    Q: Hash + Eq + ?Sized,
{
    rows.get(key).filter(|held| held.at.covers(now)).map(|held| held.row)
}

/// Rows in the place of their ids.
pub fn resolved<M>(links: HashMap<Uuid, Vec<Uuid>>, rows: &HashMap<Uuid, Arc<M>>) -> HashMap<Uuid, Vec<Arc<M>>> {
    let rows_of = |ids: Vec<Uuid>| ids.iter().filter_map(|id| rows.get(id).cloned()).collect();
    links.into_iter().map(|(owner, ids)| (owner, rows_of(ids))).collect()
}
