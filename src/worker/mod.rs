//! The worker: claims jobs from the outbox and has the domain do them.

pub mod rebuild;

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::domain::error::Result;
use crate::domain::{Domain, outbox, search as domain_search, search_index};

/// Most jobs in one batch.
const BATCH: u64 = 200;
/// How long an idle worker waits before it looks again.
const IDLE: Duration = Duration::from_millis(500);
/// How often leftovers are tidied up.
const TIDY_EVERY: Duration = Duration::from_secs(60);

/// Works until `shutdown`, and stops between two batches.
pub async fn run(domain: Domain, shutdown: CancellationToken) {
    let owner = domain.clock.new_id();
    let mut tidied = tokio::time::Instant::now();
    while !shutdown.is_cancelled() {
        let worked = match work_once(&domain, owner).await {
            Ok(worked) => worked,
            Err(error) => {
                tracing::warn!(error = error.detail(), "the worker could not do its jobs");
                false
            }
        };
        if tidied.elapsed() >= TIDY_EVERY {
            tidied = tokio::time::Instant::now();
            if let Err(error) = search_index::tidy(&domain).await {
                tracing::warn!(error = error.detail(), "the worker could not tidy up");
            }
        }
        if !worked {
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = domain.wake_worker.notified() => {}
                () = tokio::time::sleep(IDLE) => {}
            }
        }
    }
}

/// Does one batch of due jobs; false when there was none, or when they must wait for another try.
pub async fn work_once(domain: &Domain, owner: Uuid) -> Result<bool> {
    let jobs = outbox::claim(domain, owner, BATCH).await?;
    if jobs.is_empty() {
        return Ok(false);
    }
    match domain_search::run_jobs(domain, owner, &jobs).await {
        Ok(()) => {
            tracing::debug!(jobs = jobs.len(), "indexed");
            Ok(true)
        }
        Err(error) => {
            let given_up = outbox::fail(domain, owner, &jobs, &error.detail()).await?;
            if given_up > 0 {
                tracing::error!(
                    jobs = given_up,
                    error = error.detail(),
                    "index jobs were given up; run `warta reindex` once the cause is mended"
                );
            }
            Err(error)
        }
    }
}
