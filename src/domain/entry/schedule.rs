//! Publications at a time: a job that is due then, and what it finds when it is done.

use entity::enums::Kind;
use entity::outbox_job;
use uuid::Uuid;

use super::{Entry, change, finish, get_in, lock, publish_in, refuse_trashed, revision_number, store_envelope};
use crate::auth::actor::Actor;
use crate::domain::article::Article;
use crate::domain::error::{Error, Expected, FieldError, NotAllowed, Problem, Result};
use crate::domain::event::Event;
use crate::domain::official::Official;
use crate::domain::program::Program;
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
    envelope.scheduled_at = Some(at);
    envelope.scheduled_revision = Some(number);
    store_envelope::<A>(&txn, &envelope).await?;
    history::audit(&txn, domain, actor, "schedule", A::KIND, id, "").await?;
    outbox::enqueue_publication(&txn, domain, (A::KIND, id), at).await?;
    let row = get_in::<A>(&txn, id).await?;
    domain.commit(txn).await?;
    Ok(row)
}

/// Ends a schedule.
pub async fn unschedule<A: Entry>(domain: &Domain, actor: &Actor, id: Uuid) -> Result<A::Row> {
    change::<A>(domain, actor, id, "unschedule", |envelope, _| {
        envelope.scheduled_revision = None;
        match envelope.scheduled_at.take() {
            Some(_) => Ok(()),
            None => Err(FieldError::new("id", Problem::NotAllowed(NotAllowed::NotScheduled)).into()),
        }
    })
    .await
}

/// Does a job of [`schedule`]. It may come late, or more than once, or after the schedule was changed: the row says
/// whether anything is due.
pub async fn run(domain: &Domain, job: &outbox_job::Model) -> Result<()> {
    match job.subject_kind {
        Kind::Article => publish_due::<Article>(domain, job.subject_id).await,
        Kind::Event => publish_due::<Event>(domain, job.subject_id).await,
        Kind::Official => publish_due::<Official>(domain, job.subject_id).await,
        Kind::Program => publish_due::<Program>(domain, job.subject_id).await,
        other => Err(Error::Internal(anyhow::anyhow!("a {} can't be published", other.as_str()))),
    }
}

async fn publish_due<A: Entry>(domain: &Domain, id: Uuid) -> Result<()> {
    let system = Actor::system();
    let txn = domain.begin().await?;
    let mut envelope = match lock::<A>(&txn, domain, &system, id).await {
        Ok(envelope) => envelope,
        Err(Error::NotFound(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    let (Some(at), Some(number)) = (envelope.scheduled_at, envelope.scheduled_revision) else { return Ok(()) };
    if at > domain.clock.now() {
        return Ok(());
    }
    envelope.scheduled_at = None;
    envelope.scheduled_revision = None;
    let published = match refuse_trashed(&envelope) {
        Ok(()) => publish_in::<A>(&txn, domain, &system, &mut envelope, number).await,
        Err(error) => Err(error),
    };
    match published {
        Ok(()) => return domain.commit(txn).await,
        Err(Error::Invalid(fields)) => {
            // What it was to show is gone meanwhile, or it is in the trash. That is said once, and the schedule ends.
            drop(txn);
            let reasons = fields.iter().map(|field| field.field.as_str()).collect::<Vec<_>>().join(",");
            tracing::warn!(entry.kind = A::KIND.as_str(), entry.id = %id, fields = reasons, "a scheduled publication could not be done");
            let txn = domain.begin().await?;
            let mut envelope = lock::<A>(&txn, domain, &system, id).await?;
            envelope.scheduled_at = None;
            envelope.scheduled_revision = None;
            store_envelope::<A>(&txn, &envelope).await?;
            finish::<A>(&txn, domain, &system, "schedule_failed", id, &reasons).await?;
            domain.commit(txn).await
        }
        Err(error) => Err(error),
    }
}
