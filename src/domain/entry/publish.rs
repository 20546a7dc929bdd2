//! What the public sees of an entry: published, taken back, archived.

use crate::db::Transaction;
use entity::enums::EntryStatus;
use uuid::Uuid;

use super::{Entry, Envelope, change, committed, finish, lock, refuse_trashed, store};
use crate::auth::actor::Actor;
use crate::domain::error::{Expected, FieldError, NotAllowed, Problem, Result};
use crate::domain::{Domain, history, require, retrying, revision};

/// Makes a revision, by default the newest that is no autosave, what the public sees. A schedule ends with it.
pub async fn publish<A: Entry>(domain: &Domain, actor: &Actor, id: Uuid, revision: Option<i32>) -> Result<A::Row> {
    require(actor, A::MANAGE)?;
    retrying(|| async {
        let txn = domain.begin().await?;
        publish_in::<A>(&txn, domain, actor, id, revision).await?;
        committed::<A>(domain, txn, id).await
    })
    .await
}

/// Publishes within a transaction of the caller's.
pub(super) async fn publish_in<A: Entry>(txn: &Transaction, domain: &Domain, actor: &Actor, id: Uuid, revision: Option<i32>) -> Result<()> {
    let mut envelope = lock::<A>(txn, domain, actor, id).await?;
    refuse_trashed(&envelope)?;
    let number = revision_number(txn, &envelope, revision).await?;
    show::<A>(txn, domain, actor, &mut envelope, number).await
}

/// The number of a revision that may exist; by default the newest that somebody saved, and not a program by itself.
pub(super) async fn revision_number(txn: &Transaction, envelope: &Envelope, revision: Option<i32>) -> Result<i32> {
    let number = match revision {
        Some(number) => number,
        None => revision::newest_saved(txn, envelope.id).await?.unwrap_or(envelope.revision),
    };
    if (1..=envelope.revision).contains(&number) {
        return Ok(number);
    }
    Err(FieldError::new("revision", Problem::Malformed(Expected::RevisionNumber)).into())
}

/// Makes a revision of a locked entry what the public sees.
pub(super) async fn show<A: Entry>(txn: &Transaction, domain: &Domain, actor: &Actor, envelope: &mut Envelope, number: i32) -> Result<()> {
    let id = envelope.id;
    let live: A::State = history::state::<A>(txn, id, envelope.live_revision).await?;
    let now = domain.clock.now();
    // Marked before it is read: from now on nobody thins it.
    revision::mark_published(txn, id, number, now).await?;
    let state: A::State = history::state::<A>(txn, id, number).await?;
    A::check(txn, &state).await?;
    if A::slug(&state) != A::slug(&live) {
        A::slugs().require_free(txn, A::slug(&state), Some(id)).await?;
        if envelope.published_at.is_some() {
            A::slugs().redirect(txn, domain, A::slug(&live), A::slug(&state), id).await?;
        }
    }
    envelope.end_schedule();
    envelope.review_note = None;
    envelope.status = EntryStatus::Published;
    envelope.published_at = envelope.published_at.or(Some(now));
    envelope.updated_at = now;
    envelope.live_revision = number;
    store::<A>(txn, domain, &state, envelope, false).await?;
    finish::<A>(txn, domain, actor, "publish", id, &history::changed_fields(&live, &state)?).await
}

/// Takes an entry out of the public's sight, to be worked on as a draft. What was published stays in its revisions; a schedule
/// ends.
pub async fn unpublish<A: Entry>(domain: &Domain, actor: &Actor, id: Uuid) -> Result<A::Row> {
    change::<A>(domain, actor, id, "unpublish", |envelope, _| {
        refuse_trashed(envelope)?;
        require_status(envelope, &[EntryStatus::Published, EntryStatus::Archived], NotAllowed::NotPublished)?;
        envelope.status = EntryStatus::Draft;
        // What is taken back must not come back by itself.
        envelope.end_schedule();
        Ok(())
    })
    .await
}

/// Takes a published entry out of the public's sight and keeps it; a schedule ends.
pub async fn archive<A: Entry>(domain: &Domain, actor: &Actor, id: Uuid) -> Result<A::Row> {
    change::<A>(domain, actor, id, "archive", |envelope, _| {
        refuse_trashed(envelope)?;
        require_status(envelope, &[EntryStatus::Published], NotAllowed::NotPublished)?;
        envelope.status = EntryStatus::Archived;
        envelope.end_schedule();
        Ok(())
    })
    .await
}

/// Fails unless an entry is in one of some statuses.
pub(super) fn require_status(envelope: &Envelope, statuses: &[EntryStatus], otherwise: NotAllowed) -> Result<()> {
    if statuses.contains(&envelope.status) { Ok(()) } else { Err(FieldError::new("id", Problem::NotAllowed(otherwise)).into()) }
}
