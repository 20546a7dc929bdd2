//! Publications at a time: a job that is due then, and what it finds when it is done.

use entity::outbox_job;
use uuid::Uuid;

use super::publish::{revision_number, show};
use super::{Entry, Envelope, committed, lock, of_kind, refuse_trashed, store_envelope};
use crate::auth::actor::Actor;
use crate::db::Transaction;
use crate::domain::error::{Error, Expected, FieldError, Locale, NotAllowed, Problem, Result};
use crate::domain::{Domain, history, outbox, require, retrying};

/// Has a revision, by default the newest that is no autosave, published at a moment to come. A schedule that was there is replaced.
pub async fn schedule<A: Entry>(domain: &Domain, actor: &Actor, id: Uuid, revision: Option<i32>, at: i64) -> Result<A::Row> {
    require(actor, A::MANAGE)?;
    if at <= domain.clock.now() {
        return Err(FieldError::new("at", Problem::Malformed(Expected::MomentToCome)).into());
    }
    let txn = domain.begin().await?;
    let mut envelope = lock::<A>(&txn, domain, actor, id).await?;
    refuse_trashed(&envelope)?;
    let number = revision_number(&txn, &envelope, revision).await?;
    let state: A::State = history::state::<A>(&txn, id, number).await?;
    A::check(&txn, &state).await?;
    envelope.end_schedule();
    envelope.scheduled_at = Some(at);
    envelope.scheduled_revision = Some(number);
    store_envelope::<A>(&txn, &envelope).await?;
    history::audit(&txn, domain, actor, "schedule", A::KIND, id, "").await?;
    outbox::enqueue_publication(&txn, domain, (A::KIND, id), at).await?;
    committed::<A>(domain, txn, id).await
}

/// Ends a schedule. The public sees nothing of that.
pub async fn unschedule<A: Entry>(domain: &Domain, actor: &Actor, id: Uuid) -> Result<A::Row> {
    require(actor, A::MANAGE)?;
    let txn = domain.begin().await?;
    let mut envelope = lock::<A>(&txn, domain, actor, id).await?;
    if envelope.scheduled_at.is_none() {
        return Err(FieldError::new("id", Problem::NotAllowed(NotAllowed::NotScheduled)).into());
    }
    envelope.end_schedule();
    store_envelope::<A>(&txn, &envelope).await?;
    history::audit(&txn, domain, actor, "unschedule", A::KIND, id, "").await?;
    committed::<A>(domain, txn, id).await
}

/// Does a job of [`schedule`]. It may come late, or more than once, or after the schedule was changed: the row says
/// whether anything is due.
pub async fn run(domain: &Domain, job: &outbox_job::Model) -> Result<()> {
    let (kind, id) = (job.subject_kind, job.subject_id);
    of_kind!(kind, A => retrying(|| publish_due::<A>(domain, id, job.due_at)).await, else {
        Err(Error::Internal(anyhow::anyhow!("a {} can't be published", kind.as_str())))
    })
}

/// Says on the row that a job was given up.
pub async fn give_up(domain: &Domain, job: &outbox_job::Model) -> Result<()> {
    let (kind, id) = (job.subject_kind, job.subject_id);
    of_kind!(kind, A => {
        let txn = domain.begin().await?;
        if let Some((mut envelope, _)) = due::<A>(&txn, domain, id, job.due_at).await? {
            let problem = Error::Internal(anyhow::anyhow!("given up")).message(Locale::English);
            fail::<A>(&txn, domain, &mut envelope, "", problem).await?;
            domain.commit(txn).await?;
        }
        Ok(())
    }, else Ok(()))
}

/// The locked entry and the revision that is to be published now, if there is one. Time is that of the job where this
/// machine's clock is behind.
async fn due<A: Entry>(txn: &Transaction, domain: &Domain, id: Uuid, job_due_at: i64) -> Result<Option<(Envelope, i32)>> {
    let envelope = match lock::<A>(txn, domain, &Actor::system(), id).await {
        Ok(envelope) => envelope,
        Err(Error::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let (Some(at), Some(number), None) = (envelope.scheduled_at, envelope.scheduled_revision, envelope.schedule_failed_at) else {
        return Ok(None);
    };
    Ok((at <= domain.clock.now().max(job_due_at)).then_some((envelope, number)))
}

async fn publish_due<A: Entry>(domain: &Domain, id: Uuid, job_due_at: i64) -> Result<()> {
    let system = Actor::system();
    let txn = domain.begin().await?;
    let Some((mut envelope, number)) = due::<A>(&txn, domain, id, job_due_at).await? else { return Ok(()) };
    // What fails half-way is taken back by itself, so that its failure is noted under the same lock.
    let step = txn.part().await?;
    let published = match refuse_trashed(&envelope) {
        Ok(()) => show::<A>(&step, domain, &system, &mut envelope.clone(), number).await,
        Err(error) => Err(error),
    };
    match published {
        Ok(()) => step.commit().await?,
        Err(Error::Invalid(fields)) => {
            // What it was to show is gone meanwhile, or it is in the trash. The row says so until somebody sees to it.
            step.rollback().await?;
            let names = fields.iter().map(|field| field.field.as_str()).collect::<Vec<_>>().join(",");
            let problems = fields.iter().map(|field| format!("{}: {}", field.field, field.problem.message(Locale::English)));
            fail::<A>(&txn, domain, &mut envelope, &names, problems.collect::<Vec<_>>().join(" ")).await?;
        }
        Err(error) => return Err(error),
    }
    domain.commit(txn).await
}

async fn fail<A: Entry>(txn: &Transaction, domain: &Domain, envelope: &mut Envelope, fields: &str, problem: String) -> Result<()> {
    let id = envelope.id;
    tracing::warn!(entry.kind = A::KIND.as_str(), entry.id = %id, fields, "a scheduled publication could not be done");
    envelope.schedule_failed_at = Some(domain.clock.now());
    envelope.schedule_problem = Some(problem);
    store_envelope::<A>(txn, envelope).await?;
    history::audit(txn, domain, &Actor::system(), "schedule_failed", A::KIND, id, fields).await
}
