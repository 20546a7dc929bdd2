//! The index brought in step with the rows, and compared with them.

use std::collections::{HashMap, HashSet};

use entity::enums::Kind;
use entity::{article, comment, event, official, organization, outbox_job, program};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::Audience;
use super::document::documents;
use crate::db::{Read, Rows};
use crate::domain::error::{Error, Result};
use crate::domain::{Domain, outbox, search_index};
use crate::search::Batch;
use crate::search::document::DocumentKey;

/// Brings the documents of claimed jobs in step with their rows, and acknowledges the jobs.
pub async fn run_jobs(domain: &Domain, owner: Uuid, jobs: &[outbox_job::Model]) -> Result<()> {
    let Some(index) = search_index::live(domain).await? else { return Err(Error::SearchUnavailable) };
    let keys: Vec<DocumentKey> = outbox::subjects(jobs).into_iter().map(|(kind, id)| DocumentKey { kind, id }).collect();
    let applied = apply(domain, index.id, &keys).await;
    if !Audience::Public.findable(&keys).is_empty() {
        domain.has_changed();
    }
    applied?;
    outbox::acknowledge(domain, owner, index.id, jobs).await
}

/// Brings `keys` in step in the indexes of a generation: documents of what each audience may find, deletions of the rest.
async fn apply(domain: &Domain, generation: Uuid, keys: &[DocumentKey]) -> Result<()> {
    for audience in Audience::ALL {
        let keys = audience.findable(keys);
        if keys.is_empty() {
            continue;
        }
        let put = documents(domain, audience, &keys).await?;
        let present: HashSet<DocumentKey> = put.iter().map(|document| document.key).collect();
        let delete = keys.iter().filter(|key| !present.contains(key)).copied().collect();
        domain.search.apply(audience.index(generation), Batch { put, delete }).await?;
    }
    Ok(())
}

/// Adds the documents of `keys` to the indexes of a generation that is being built, none of them twice.
pub async fn load(domain: &Domain, generation: Uuid, keys: &[DocumentKey]) -> Result<()> {
    for audience in Audience::ALL {
        let keys = audience.findable(keys);
        if !keys.is_empty() {
            domain.search.load(audience.index(generation), documents(domain, audience, &keys).await?).await?;
        }
    }
    Ok(())
}

/// Ends the building of a generation.
pub async fn finish(domain: &Domain, generation: Uuid) -> Result<()> {
    for audience in Audience::ALL {
        domain.search.finish(audience.index(generation)).await?;
    }
    Ok(())
}

/// Makes the empty indexes of a generation.
pub async fn create(domain: &Domain, generation: Uuid) -> Result<()> {
    for audience in Audience::ALL {
        domain.search.create(audience.index(generation)).await?;
    }
    Ok(())
}

/// Whether all indexes of a generation are there.
pub async fn exists(domain: &Domain, generation: Uuid) -> Result<bool> {
    for audience in Audience::ALL {
        if !domain.search.exists(audience.index(generation)).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Removes the indexes of a generation.
pub async fn remove(domain: &Domain, generation: Uuid) -> Result<()> {
    for audience in Audience::ALL {
        domain.search.remove(audience.index(generation)).await?;
    }
    Ok(())
}

/// How the documents of an index compare with the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// How many documents there should be, drafts among them.
    pub documents: usize,
    pub missing: usize,
    /// Documents whose content is no longer that of their rows.
    pub outdated: usize,
    /// Documents of what is gone or no longer public.
    pub surplus: usize,
}

impl Drift {
    /// Whether index and database agree.
    pub fn is_none(&self) -> bool {
        self.missing + self.outdated + self.surplus == 0
    }
}

/// Compares every document of a generation with what the database holds now.
pub async fn drift(domain: &Domain, generation: Uuid) -> Result<Drift> {
    let mut drift = Drift::default();
    for audience in Audience::ALL {
        let indexed = domain.search.fingerprints(audience.index(generation)).await?;
        let mut indexed: HashMap<DocumentKey, u64> = indexed.into_iter().collect();
        for &kind in audience.kinds() {
            let mut after = None;
            loop {
                let keys = ids_after(domain, kind, after, 500).await?;
                let Some(last) = keys.last() else { break };
                after = Some(last.id);
                for document in documents(domain, audience, &keys).await? {
                    drift.documents += 1;
                    match indexed.remove(&document.key) {
                        None => drift.missing += 1,
                        Some(fingerprint) => drift.outdated += usize::from(fingerprint != document.fingerprint()),
                    }
                }
            }
        }
        drift.surplus += indexed.len();
    }
    Ok(drift)
}

/// How many rows a rebuild reads, unpublished ones among them.
pub async fn count_searchable(domain: &Domain) -> Result<u64> {
    let db = domain.db.read();
    Ok(Rows::<article::Entity>::all().number(db).await?
        + Rows::<event::Entity>::all().number(db).await?
        + Rows::<official::Entity>::all().number(db).await?
        + Rows::<program::Entity>::all().number(db).await?
        + Rows::<organization::Entity>::all().number(db).await?
        + Rows::<comment::Entity>::all().number(db).await?)
}

/// Ids of one searchable noun after `after`, in order: what a rebuild walks through. Unpublished ones are among them.
pub async fn ids_after(domain: &Domain, kind: Kind, after: Option<Uuid>, limit: u64) -> Result<Vec<DocumentKey>> {
    macro_rules! ids {
        ($table:ident) => {{
            let mut rows = Rows::<$table::Entity>::all().column($table::Column::Id).order_by_asc($table::Column::Id).limit(limit);
            if let Some(after) = after {
                rows = rows.filter($table::Column::Id.gt(after));
            }
            rows.tuples::<Uuid>(domain.db.read()).await?
        }};
    }
    let ids = match kind {
        Kind::Article => ids!(article),
        Kind::Event => ids!(event),
        Kind::Official => ids!(official),
        Kind::Program => ids!(program),
        Kind::Organization => ids!(organization),
        Kind::Comment => ids!(comment),
        _ => Vec::new(),
    };
    Ok(ids.into_iter().map(|id| DocumentKey { kind, id }).collect())
}
