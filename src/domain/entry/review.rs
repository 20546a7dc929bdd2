//! From the author's desk to the editor's and back: submitted, approved, returned with a note.

use entity::enums::EntryStatus;
use uuid::Uuid;

use super::publish::require_status;
use super::{Entry, committed, lock, may_edit, refuse_trashed, require_writer, store_envelope};
use crate::auth::actor::Actor;
use crate::domain::error::{Error, NotAllowed, Result};
use crate::domain::validate::{Problems, trimmed};
use crate::domain::{Domain, history, require};

/// Hands a draft to the editors.
pub async fn submit<A: Entry>(domain: &Domain, actor: &Actor, id: Uuid) -> Result<A::Row> {
    require_writer::<A>(actor)?;
    let txn = domain.begin().await?;
    let mut envelope = lock::<A>(&txn, domain, actor, id).await?;
    if !may_edit::<A>(actor, &envelope) {
        require(actor, A::MANAGE)?;
    }
    refuse_trashed(&envelope)?;
    require_status(&envelope, &[EntryStatus::Draft], NotAllowed::NotDraft)?;
    envelope.status = EntryStatus::InReview;
    envelope.review_note = None;
    store_envelope::<A>(&txn, &envelope).await?;
    history::audit(&txn, domain, actor, "submit", A::KIND, id, "").await?;
    committed::<A>(domain, txn, id).await
}

/// Finds what was submitted good: it waits to be published. `seen` is the revision that was read; a newer one is a conflict.
pub async fn approve<A: Entry>(domain: &Domain, actor: &Actor, id: Uuid, seen: i32) -> Result<A::Row> {
    require(actor, A::MANAGE)?;
    let txn = domain.begin().await?;
    let mut envelope = lock::<A>(&txn, domain, actor, id).await?;
    refuse_trashed(&envelope)?;
    require_status(&envelope, &[EntryStatus::InReview], NotAllowed::NotInReview)?;
    if seen != envelope.revision {
        return Err(Error::Conflict { newest: envelope.revision });
    }
    envelope.status = EntryStatus::Approved;
    store_envelope::<A>(&txn, &envelope).await?;
    history::audit(&txn, domain, actor, "approve", A::KIND, id, "").await?;
    committed::<A>(domain, txn, id).await
}

/// Sends what was submitted back to its author, saying why. A schedule ends.
pub async fn send_back<A: Entry>(domain: &Domain, actor: &Actor, id: Uuid, note: &str) -> Result<A::Row> {
    require(actor, A::MANAGE)?;
    let mut problems = Problems::default();
    problems.required("note", note);
    problems.note(Some(note));
    problems.into_result()?;
    let txn = domain.begin().await?;
    let mut envelope = lock::<A>(&txn, domain, actor, id).await?;
    refuse_trashed(&envelope)?;
    require_status(&envelope, &[EntryStatus::InReview, EntryStatus::Approved], NotAllowed::NotInReview)?;
    envelope.status = EntryStatus::Draft;
    envelope.end_schedule();
    envelope.review_note = trimmed(Some(note.to_owned()));
    store_envelope::<A>(&txn, &envelope).await?;
    history::audit(&txn, domain, actor, "return", A::KIND, id, "").await?;
    committed::<A>(domain, txn, id).await
}
