//! Jobs that are done one by one: publications at their time, and mails.

use std::time::Duration;

use entity::enums::JobKind;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::put_back;
use crate::domain::comment::check;
use crate::domain::entry::schedule;
use crate::domain::error::{Error, Result};
use crate::domain::outbox::Blame;
use crate::domain::{Domain, mail, outbox};

/// How long a lane waits before it looks again: a publication is to be done within a second of its time.
const IDLE: Duration = Duration::from_millis(300);

/// What is done apart from everything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    Publications,
    Mails,
    /// What a service is asked or told about comments.
    Comments,
}

impl Lane {
    fn kinds(self) -> &'static [JobKind] {
        match self {
            Self::Publications => &[JobKind::Publish],
            Self::Mails => &[JobKind::MailInvitation, JobKind::MailReset, JobKind::CommentDigest, JobKind::MailCommentDigest],
            Self::Comments => &[JobKind::CommentCheck, JobKind::CommentReport],
        }
    }

    /// Jobs in one batch: as many as are surely done within a lease.
    fn batch(self) -> u64 {
        match self {
            Self::Publications => 50,
            Self::Mails => 1,
            Self::Comments => 5,
        }
    }
}

/// Does the jobs of a lane until `shutdown`.
pub async fn run(domain: Domain, lane: Lane, shutdown: CancellationToken) {
    let owner = domain.clock.new_id();
    while !shutdown.is_cancelled() {
        let worked = work_once(&domain, lane, owner).await.unwrap_or_else(|error| {
            tracing::warn!(?lane, error = error.detail(), "the worker could not do its jobs");
            false
        });
        if !worked {
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(IDLE) => {}
            }
        }
    }
}

/// Does one batch of due jobs of a lane; false when there was none.
pub async fn work_once(domain: &Domain, lane: Lane, owner: Uuid) -> Result<bool> {
    let jobs = outbox::claim(domain, owner, lane.kinds(), lane.batch()).await?;
    for (job, at) in jobs.iter().zip(0..) {
        let done = match lane {
            Lane::Publications => schedule::run(domain, job).await,
            Lane::Mails => mail::run(domain, job).await,
            Lane::Comments => check::run(domain, job).await,
        };
        match done {
            Ok(()) => outbox::remove(domain, owner, job).await?,
            Err(error @ Error::Unreachable(_)) => {
                // What can't be asked about one comment can't be asked about the next either.
                tracing::warn!(error = error.detail(), "comments wait for Akismet");
                outbox::fail(domain, owner, &jobs[at..], &error.detail(), Blame::Service).await?;
                return Ok(false);
            }
            Err(error) => {
                let is_given_up = put_back(domain, owner, std::slice::from_ref(job), &error).await? > 0;
                if is_given_up && lane == Lane::Publications {
                    schedule::give_up(domain, job).await?;
                }
            }
        }
    }
    Ok(!jobs.is_empty())
}
