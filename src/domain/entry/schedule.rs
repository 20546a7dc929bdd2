//! Publications at a time: a job that is due then, and what it finds when it is done.

use entity::outbox_job;
use uuid::Uuid;

use super::publish::{revision_number, show};
use super::{Entry, change, committed, lock, of_kind, refuse_trashed, store_envelope};
use crate::auth::actor::Actor;
use crate::domain::error::{Error, Expected, FieldError, Locale, NotAllowed, Problem, Result};
use crate::domain::{Domain, history, outbox, require};

/// Has a revision, by default the newest, published at a moment to come. A schedule that was there is replaced.
pub async fn schedule<A: Entry>(domain: &Domain, actor: &Actor, id: Uuid, revision: Option<i32>, at: i64) -> Result<A::Row> {
    require(actor, A::MANAGE)?;
    if at <= domain.clock.now() {
        return Err(FieldError::new("at", Problem::Malformed(Expected::MomentToCome)).into());
    }
    let txn = domain.begin().await?;
    let mut envelope = lock::<A>(&txn, domain, actor, id).await?;
    refuse_trashed(&envelope)?;
    let number = revision_number(&envelope, revision)?;
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

/// Ends a schedule.
pub async fn unschedule<A: Entry>(domain: &Domain, actor: &Actor, id: Uuid) -> Result<A::Row> {
    change::<A>(domain, actor, id, "unschedule", |envelope, _| {
        let was_scheduled = envelope.scheduled_at.is_some();
        envelope.end_schedule();
        if was_scheduled { Ok(()) } else { Err(FieldError::new("id", Problem::NotAllowed(NotAllowed::NotScheduled)).into()) }
    })
    .await
}

/// Does a job of [`schedule`]. It may come late, or more than once, or after the schedule was changed: the row says
/// whether anything is due.
pub async fn run(domain: &Domain, job: &outbox_job::Model) -> Result<()> {
    let kind = job.subject_kind;
    of_kind!(kind, A => publish_due::<A>(domain, job.subject_id).await, else {
        Err(Error::Internal(anyhow::anyhow!("a {} can't be published", kind.as_str())))
    })
}

async fn publish_due<A: Entry>(domain: &Domain, id: Uuid) -> Result<()> {
    let system = Actor::system();
    let txn = domain.begin().await?;
    let mut envelope = match lock::<A>(&txn, domain, &system, id).await {
        Ok(envelope) => envelope,
        Err(Error::NotFound(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    let (Some(at), Some(number), None) = (envelope.scheduled_at, envelope.scheduled_revision, envelope.schedule_failed_at) else {
        return Ok(());
    };
    if at > domain.clock.now() {
        return Ok(());
    }
    let published = match refuse_trashed(&envelope) {
        Ok(()) => show::<A>(&txn, domain, &system, &mut envelope, number).await,
        Err(error) => Err(error),
    };
    match published {
        Ok(()) => domain.commit(txn).await,
        Err(Error::Invalid(fields)) => {
            // What it was to show is gone meanwhile, or it is in the trash. The row says so until somebody sees to it.
            drop(txn);
            fail::<A>(domain, id, &fields).await
        }
        Err(error) => Err(error),
    }
}

async fn fail<A: Entry>(domain: &Domain, id: Uuid, fields: &[FieldError]) -> Result<()> {
    let system = Actor::system();
    let reasons = fields.iter().map(|field| field.field.as_str()).collect::<Vec<_>>().join(",");
    let problem = fields.iter().map(|field| format!("{}: {}", field.field, field.problem.message(Locale::English)));
    tracing::warn!(entry.kind = A::KIND.as_str(), entry.id = %id, fields = reasons, "a scheduled publication could not be done");
    let txn = domain.begin().await?;
    let mut envelope = lock::<A>(&txn, domain, &system, id).await?;
    envelope.schedule_failed_at = Some(domain.clock.now());
    envelope.schedule_problem = Some(problem.collect::<Vec<_>>().join(" "));
    store_envelope::<A>(&txn, &envelope).await?;
    history::audit(&txn, domain, &system, "schedule_failed", A::KIND, id, &reasons).await?;
    domain.commit(txn).await
}
