//! The outbox: jobs written in the transaction of their cause, claimed by workers under a lease.
//!
//! Claims are serialised (`Db::take_turns`) and leave out subjects that
//! are leased for the same kinds of jobs, so that one subject is in one worker's hands at a time.

use std::collections::{BTreeMap, HashSet};

use entity::enums::{JobKind, Kind, SearchIndexState};
use entity::{outbox_job, search_index};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::Domain;
use super::error::Result;
use crate::db::{Db, Read, Rows, Transaction, Turn, Write, insert_row, insert_rows, padded};

/// How long a worker may hold a job before another may take it, in milliseconds.
pub const LEASE_MS: i64 = 60_000;
/// The same for publications, which take milliseconds and do no harm when they are done twice.
pub const PUBLICATION_LEASE_MS: i64 = 3_000;
/// How long a mail that was given up is kept, in milliseconds: a week.
const KEEP_FAILED_MAILS_MS: i64 = 604_800_000;
/// How often a job is tried before it is given up.
pub const MOST_ATTEMPTS: i32 = 12;
/// Tries that count while something else is down: enough for the wait to grow, and far from [`MOST_ATTEMPTS`], so that a worker that
/// is killed meanwhile does not give up what is none of its doing.
const COUNTED_WHILE_DOWN: i32 = 8;
/// Jobs put back by one statement: few enough for the parameters that either database takes.
const JOBS_IN_A_STATEMENT: usize = 500;
/// The longest wait between two tries, in milliseconds.
const LONGEST_WAIT_MS: i64 = 300_000;
/// The longest wait for an engine that is down: how late it may be noticed that it is back.
const LONGEST_WAIT_FOR_ENGINE_MS: i64 = 15_000;

/// Asks that the search documents of `subjects` be brought in step.
pub async fn enqueue_index(txn: &Transaction, domain: &Domain, subjects: Vec<(Kind, Uuid)>) -> Result<()> {
    let now = domain.clock.now();
    Ok(insert_rows(subjects.into_iter().map(|subject| job(domain, JobKind::Index, subject, now)), txn).await?)
}

/// Asks that what is scheduled for a subject be published at a moment.
pub async fn enqueue_publication(txn: &Transaction, domain: &Domain, subject: (Kind, Uuid), at: i64) -> Result<()> {
    enqueue(txn, domain, JobKind::Publish, subject, at).await
}

/// Asks that a user be written to.
pub async fn enqueue_mail(txn: &Transaction, domain: &Domain, kind: JobKind, user: Uuid) -> Result<()> {
    enqueue(txn, domain, kind, (Kind::User, user), domain.clock.now()).await
}

/// Asks that something be done about a comment elsewhere.
pub async fn enqueue_comment(txn: &Transaction, domain: &Domain, kind: JobKind, comment: Uuid) -> Result<()> {
    enqueue(txn, domain, kind, (Kind::Comment, comment), domain.clock.now()).await
}

/// Asks that something be done at a moment.
pub async fn enqueue(txn: &Transaction, domain: &Domain, kind: JobKind, subject: (Kind, Uuid), at: i64) -> Result<()> {
    Ok(insert_row(job(domain, kind, subject, at), txn).await?)
}

fn job(domain: &Domain, kind: JobKind, (subject_kind, subject_id): (Kind, Uuid), due_at: i64) -> outbox_job::Model {
    outbox_job::Model {
        id: domain.clock.new_id(),
        kind,
        subject_kind,
        subject_id,
        created_at: domain.clock.now(),
        due_at,
        attempts: 0,
        lease_owner: None,
        lease_until: None,
        last_error: None,
        failed_at: None,
        done_at: None,
    }
}

/// Forgets a job that is done for good.
pub async fn remove(domain: &Domain, owner: Uuid, job: &outbox_job::Model) -> Result<()> {
    outbox_job::Entity::delete_many()
        .filter(outbox_job::Column::Id.eq(job.id))
        .filter(outbox_job::Column::LeaseOwner.eq(owner))
        .write(domain.db.write())
        .await?;
    Ok(())
}

/// Forgets mails that could not be sent and that nobody waits for any more.
pub async fn tidy(domain: &Domain) -> Result<()> {
    outbox_job::Entity::delete_many()
        .filter(outbox_job::Column::Kind.is_in([JobKind::MailInvitation, JobKind::MailReset, JobKind::MailCommentDigest]))
        .filter(outbox_job::Column::FailedAt.lt(domain.clock.now() - KEEP_FAILED_MAILS_MS))
        .write(domain.db.write())
        .await?;
    Ok(())
}

fn waiting() -> Condition {
    Condition::all().add(outbox_job::Column::FailedAt.is_null()).add(outbox_job::Column::DoneAt.is_null())
}

/// Claims up to `limit` due jobs of some kinds for `owner`, oldest first.
pub async fn claim(domain: &Domain, owner: Uuid, kinds: &[JobKind], limit: u64) -> Result<Vec<outbox_job::Model>> {
    let now = domain.clock.now();
    let lease_ms = if kinds == [JobKind::Publish] { PUBLICATION_LEASE_MS } else { LEASE_MS };
    // Looking first keeps an idle worker from taking SQLite's write lock.
    let of_kinds = || outbox_job::Column::Kind.is_in(kinds.iter().copied());
    let due = Rows::<outbox_job::Entity>::all().filter(waiting()).filter(of_kinds()).filter(outbox_job::Column::DueAt.lte(now));
    if due.clone().row(domain.db.read()).await?.is_none() {
        return Ok(Vec::new());
    }
    let txn = domain.begin().await?;
    Db::take_turns(&txn, Turn::Claim).await?;
    // Jobs that took their worker with them each time, so that nobody was left to give them up.
    outbox_job::Entity::update_many()
        .col_expr(outbox_job::Column::FailedAt, Expr::val(now))
        .filter(waiting())
        .filter(outbox_job::Column::Attempts.gte(MOST_ATTEMPTS))
        .filter(outbox_job::Column::LeaseUntil.lte(now))
        .write(&txn)
        .await?;
    let leased = Rows::<outbox_job::Entity>::all()
        .column(outbox_job::Column::SubjectId)
        .filter(of_kinds())
        .filter(outbox_job::Column::LeaseUntil.gt(now))
        .into_query();
    let jobs = due
        .filter(outbox_job::Column::SubjectId.not_in_subquery(leased))
        .order_by_asc(outbox_job::Column::DueAt)
        .order_by_asc(outbox_job::Column::Id)
        .limit(limit)
        .rows(&txn)
        .await?;
    outbox_job::Entity::update_many()
        .col_expr(outbox_job::Column::LeaseOwner, Expr::val(owner))
        .col_expr(outbox_job::Column::LeaseUntil, Expr::val(now + lease_ms))
        .col_expr(outbox_job::Column::Attempts, Expr::col(outbox_job::Column::Attempts).add(1))
        .filter(outbox_job::Column::Id.is_in(padded(&ids(&jobs))))
        .write(&txn)
        .await?;
    txn.commit().await?;
    Ok(jobs)
}

/// Marks jobs as done to the index generation `generation`. While another generation is being built they are kept for it;
/// if `generation` is no longer the live one they become due again.
pub async fn acknowledge(domain: &Domain, owner: Uuid, generation: Uuid, jobs: &[outbox_job::Model]) -> Result<()> {
    let txn = domain.begin().await?;
    let now = domain.clock.now();
    let ids = ids(jobs);
    let mine = || Condition::all().add(outbox_job::Column::Id.is_in(padded(&ids))).add(outbox_job::Column::LeaseOwner.eq(owner));
    let indexes = Rows::<search_index::Entity>::all()
        .filter(search_index::Column::State.ne(SearchIndexState::Retired))
        .lock_shared()
        .rows(&txn)
        .await?;
    let is_live = indexes.iter().any(|index| index.id == generation && index.state == SearchIndexState::Live);
    let is_building = indexes.iter().any(|index| index.state == SearchIndexState::Building);
    if is_live && !is_building {
        outbox_job::Entity::delete_many().filter(mine()).write(&txn).await?;
    } else {
        let done_at = is_live.then_some(now);
        outbox_job::Entity::update_many()
            .col_expr(outbox_job::Column::DoneAt, Expr::val(done_at))
            .col_expr(outbox_job::Column::LeaseOwner, Expr::val(None::<Uuid>))
            .col_expr(outbox_job::Column::LeaseUntil, Expr::val(None::<i64>))
            .filter(mine())
            .write(&txn)
            .await?;
    }
    txn.commit().await?;
    Ok(())
}

/// Whose doing it is that jobs failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// Their own: they are given up after [`MOST_ATTEMPTS`].
    Job,
    /// That of the search engine or of a service, which does not answer: they wait for it however long that takes.
    Engine,
    Service,
}

/// Puts failed jobs back with a growing wait, or gives them up. Returns how many were given up.
pub async fn fail(domain: &Domain, owner: Uuid, jobs: &[outbox_job::Model], error: &str, blame: Blame) -> Result<usize> {
    let now = domain.clock.now();
    let mut given_up = 0;
    // Those that were tried as often have the same before them.
    let mut by_attempts: BTreeMap<i32, Vec<Uuid>> = BTreeMap::new();
    for job in jobs {
        let attempts = job.attempts + 1;
        let attempts = if blame == Blame::Job { attempts } else { Ord::min(attempts, COUNTED_WHILE_DOWN) };
        by_attempts.entry(attempts).or_default().push(job.id);
    }
    for (attempts, ids) in by_attempts {
        let longest = if blame == Blame::Engine { LONGEST_WAIT_FOR_ENGINE_MS } else { LONGEST_WAIT_MS };
        let wait = (1_000_i64 << attempts.clamp(0, 12)).clamp(1_000, longest);
        let is_given_up = attempts >= MOST_ATTEMPTS;
        if is_given_up {
            given_up += ids.len();
        }
        for ids in ids.chunks(JOBS_IN_A_STATEMENT) {
            outbox_job::Entity::update_many()
                .col_expr(outbox_job::Column::DueAt, Expr::val(now + wait))
                .col_expr(outbox_job::Column::Attempts, Expr::val(attempts))
                .col_expr(outbox_job::Column::LastError, Expr::val(error))
                .col_expr(outbox_job::Column::FailedAt, Expr::val(is_given_up.then_some(now)))
                .col_expr(outbox_job::Column::LeaseOwner, Expr::val(None::<Uuid>))
                .col_expr(outbox_job::Column::LeaseUntil, Expr::val(None::<i64>))
                .filter(outbox_job::Column::Id.is_in(padded(ids)))
                .filter(outbox_job::Column::LeaseOwner.eq(owner))
                .write(domain.db.write())
                .await?;
        }
    }
    Ok(given_up)
}

fn ids(jobs: &[outbox_job::Model]) -> Vec<Uuid> {
    jobs.iter().map(|job| job.id).collect()
}

/// The things that jobs are about, each once.
pub fn subjects(jobs: &[outbox_job::Model]) -> Vec<(Kind, Uuid)> {
    let mut seen = HashSet::new();
    jobs.iter().map(|job| (job.subject_kind, job.subject_id)).filter(|subject| seen.insert(*subject)).collect()
}

/// How far behind the index is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    pub waiting: u64,
    pub failed: u64,
    /// When the oldest waiting job was written.
    pub oldest_at: Option<i64>,
}

/// Reads the backlog.
pub async fn backlog(domain: &Domain) -> Result<Backlog> {
    let db = domain.db.read();
    let of_index = || Rows::<outbox_job::Entity>::all().filter(outbox_job::Column::Kind.eq(JobKind::Index));
    let oldest = of_index().filter(waiting()).order_by_asc(outbox_job::Column::CreatedAt).row(db).await?;
    Ok(Backlog {
        waiting: of_index().filter(waiting()).number(db).await?,
        failed: of_index().filter(outbox_job::Column::FailedAt.is_not_null()).number(db).await?,
        oldest_at: oldest.map(|job| job.created_at),
    })
}
