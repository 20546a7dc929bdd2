//! The worker: claims jobs from the outbox and has the domain do them. Indexing, publications and mails each have a lane of
//! their own, so that a slow one holds up none of the others.

pub mod lane;
pub mod rebuild;

use std::time::Duration;

use entity::enums::JobKind;
use entity::outbox_job;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::domain::error::{Error, Result};
use crate::domain::outbox::Blame;
use crate::domain::privacy::retention;
use crate::domain::{Domain, account, idempotency, outbox, revision, search as domain_search, search_index, session, throttle};

/// How long an idle worker waits before it looks again.
const IDLE: Duration = Duration::from_millis(500);
/// How long a busy worker lets jobs gather, and at the most, where many come.
const GATHER: Duration = Duration::from_millis(200);
const GATHER_MOST: Duration = Duration::from_secs(1);
/// So many jobs in one batch are many.
const MANY: u32 = 50;
/// How often leftovers are tidied up.
const TIDY_EVERY: Duration = Duration::from_secs(60);
/// How often it is written what readers searched for.
const WRITE_COUNTS_EVERY: Duration = Duration::from_secs(10);

/// How long the worker waits before it tries again to build an index that could not be built.
const RETRY_BUILD: Duration = Duration::from_secs(5);

/// Works until `shutdown`, and stops between two batches. `index_ready` is told once there is an index to search in.
pub async fn run(domain: Domain, shutdown: CancellationToken, index_ready: oneshot::Sender<()>) {
    let owner = domain.clock.new_id();
    let mut index_ready = Some(index_ready);
    let (mut tidied, mut counted) = (Instant::now(), Instant::now());
    let mut is_index_checked = false;
    while !shutdown.is_cancelled() {
        if !is_index_checked {
            is_index_checked = ensure_index(&domain, &shutdown).await;
            if !is_index_checked {
                continue;
            }
        }
        let done = match work_once(&domain, owner).await {
            Ok(done) => done,
            Err(error) => {
                tracing::warn!(error = error.detail(), "the worker could not do its jobs");
                is_index_checked = false;
                0
            }
        };
        let is_full = done as u64 >= domain.search.most_at_once();
        if !is_full && let Some(index_ready) = index_ready.take() {
            // Nobody waits any more when the server is up already.
            let _ = index_ready.send(());
        }
        if counted.elapsed() >= WRITE_COUNTS_EVERY {
            counted = Instant::now();
            write_counts(&domain).await;
        }
        if tidied.elapsed() >= TIDY_EVERY {
            tidied = Instant::now();
            // An engine may lose its index while nothing is written.
            is_index_checked = false;
            match tidy(&domain).await {
                Ok(()) => rebuild::remove_retired(&domain).await,
                Err(error) => tracing::warn!(error = error.detail(), "the worker could not tidy up"),
            }
        }
        if is_full {
            continue;
        }
        if done > 0 {
            // What comes meanwhile is done together: a commit of the index costs much the same for one document and for many.
            let times = 1 + u32::try_from(done).unwrap_or(MANY) / MANY;
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep((GATHER * times).min(GATHER_MOST)) => {}
            }
        } else {
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = domain.wake_worker.notified() => {}
                () = tokio::time::sleep(IDLE) => {}
            }
        }
    }
    write_counts(&domain).await;
}

async fn write_counts(domain: &Domain) {
    if let Err(error) = domain_search::count::flush(domain).await {
        tracing::warn!(error = error.detail(), "what readers searched for could not be counted yet");
    }
}

async fn tidy(domain: &Domain) -> Result<()> {
    search_index::tidy(domain).await?;
    idempotency::tidy(domain).await?;
    session::tidy(domain).await?;
    account::tidy(domain).await?;
    throttle::tidy(domain).await?;
    outbox::tidy(domain).await?;
    retention::run(domain).await?;
    domain_search::count::tidy(domain).await?;
    let thinned = revision::thin(domain).await?;
    if thinned > 0 {
        tracing::info!(revisions = thinned, "old autosaves were deleted");
    }
    Ok(())
}

/// Builds the index when there is none of the present form. False when that has to be tried again.
async fn ensure_index(domain: &Domain, shutdown: &CancellationToken) -> bool {
    let built = async {
        if rebuild::is_needed(domain).await? {
            if search_index::is_built_elsewhere(domain).await? {
                return Ok(false);
            }
            tracing::info!("building the search index");
            let rows = rebuild::rebuild(domain, |_| {}).await?;
            tracing::info!(rows, "the search index is live");
        }
        Ok::<_, Error>(true)
    };
    tokio::select! {
        outcome = built => match outcome {
            Ok(true) => true,
            outcome => {
                match outcome {
                    Err(error) => tracing::warn!(error = error.detail(), "the search index could not be built; it is tried again"),
                    Ok(_) => tracing::info!("another process is building the search index"),
                }
                tokio::select! {
                    () = shutdown.cancelled() => {}
                    () = tokio::time::sleep(RETRY_BUILD) => {}
                }
                false
            }
        },
        // A build that is cut off is begun anew by the next start.
        () = shutdown.cancelled() => false,
    }
}

/// Does one batch of due jobs of the index, and returns how many: none when there was none, or when they must wait for another try.
pub async fn work_once(domain: &Domain, owner: Uuid) -> Result<usize> {
    let jobs = outbox::claim(domain, owner, &[JobKind::Index], domain.search.most_at_once()).await?;
    if jobs.is_empty() {
        return Ok(0);
    }
    match domain_search::run_jobs(domain, owner, &jobs).await {
        Ok(()) => {
            tracing::debug!(jobs = jobs.len(), "indexed");
            Ok(jobs.len())
        }
        Err(error) if jobs.len() > 1 && !matches!(error, Error::SearchUnavailable) => {
            // One job must not take the others down with it: it is looked for by halves.
            let mut parts: Vec<&[outbox_job::Model]> = jobs.chunks(jobs.len().div_ceil(2)).collect();
            while let Some(part) = parts.pop() {
                match domain_search::run_jobs(domain, owner, part).await {
                    Ok(()) => {}
                    Err(error) if part.len() == 1 || matches!(error, Error::SearchUnavailable) => {
                        put_back(domain, owner, part, &error).await?;
                    }
                    Err(_) => parts.extend(part.chunks(part.len().div_ceil(2))),
                }
            }
            Ok(jobs.len())
        }
        Err(error) => {
            put_back(domain, owner, &jobs, &error).await?;
            Err(error)
        }
    }
}

/// Puts jobs back for another try, and returns how many were given up.
async fn put_back(domain: &Domain, owner: Uuid, jobs: &[outbox_job::Model], error: &Error) -> Result<usize> {
    let blame = if matches!(error, Error::SearchUnavailable) { Blame::Engine } else { Blame::Job };
    let given_up = outbox::fail(domain, owner, jobs, &error.detail(), blame).await?;
    if given_up > 0 {
        let error = error.detail();
        tracing::error!(
            jobs = given_up,
            error,
            "jobs were given up; once the cause is mended, run `warta reindex`, or ask for the mail again"
        );
    }
    Ok(given_up)
}
