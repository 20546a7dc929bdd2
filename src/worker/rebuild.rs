//! Building a fresh index beside the live one, and swapping it in while writes go on.

use std::pin::pin;
use std::time::Duration;

use uuid::Uuid;

use crate::domain::error::{Error, Result};
use crate::domain::search::{self, INDEXED, ids_after};
use crate::domain::{Domain, search_index};

/// Rows in one batch.
const CHUNK: u64 = 500;

/// How often a long last step shows that the build is alive.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Builds a new generation and makes it live. `progress` is told how many rows were read so far.
/// Returns that number at the end.
pub async fn rebuild(domain: &Domain, mut progress: impl FnMut(usize) + Send) -> Result<usize> {
    let generation = search_index::begin(domain).await?;
    match fill(domain, generation, &mut progress).await {
        Ok(rows) => {
            let is_live = search_index::go_live(domain, generation).await?;
            remove_retired(domain).await;
            if is_live { Ok(rows) } else { Err(superseded()) }
        }
        Err(error) => {
            search_index::abandon(domain, generation).await?;
            remove_retired(domain).await;
            Err(error)
        }
    }
}

fn superseded() -> Error {
    Error::Internal(anyhow::anyhow!("another rebuild was begun meanwhile; this one was dropped"))
}

async fn fill(domain: &Domain, generation: Uuid, progress: &mut (impl FnMut(usize) + Send)) -> Result<usize> {
    search::create(domain, generation).await?;
    let mut rows = 0;
    for kind in INDEXED {
        let mut after = None;
        loop {
            let keys = ids_after(domain, kind, after, CHUNK).await?;
            let Some(last) = keys.last() else { break };
            after = Some(last.id);
            search::load(domain, generation, &keys).await?;
            if !search_index::heartbeat(domain, generation).await? {
                return Err(superseded());
            }
            rows += keys.len();
            progress(rows);
        }
    }
    let mut finishing = pin!(search::finish(domain, generation));
    loop {
        match tokio::time::timeout(HEARTBEAT, &mut finishing).await {
            Ok(finished) => return finished.map(|()| rows),
            Err(_) if search_index::heartbeat(domain, generation).await? => {}
            Err(_) => return Err(superseded()),
        }
    }
}

/// Removes generations that nobody uses. What can't be removed now is tried again later.
pub async fn remove_retired(domain: &Domain) {
    let Ok(retired) = search_index::retired(domain).await else { return };
    for index in retired {
        let removed = match search::remove(domain, index.id).await {
            Ok(()) => search_index::forget(domain, index.id).await,
            Err(error) => Err(error),
        };
        if let Err(error) = removed {
            tracing::warn!(search_index.id = %index.id, error = error.detail(), "an old search index could not be removed");
        }
    }
}

/// Whether the live generation is there and of the present form; otherwise it must be built.
pub async fn is_needed(domain: &Domain) -> Result<bool> {
    match search_index::live(domain).await? {
        Some(index) => Ok(!search::exists(domain, index.id).await?),
        None => Ok(true),
    }
}
