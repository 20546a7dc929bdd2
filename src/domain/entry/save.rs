//! Writing entries: new drafts, and changes saved as revisions.

use crate::db::Transaction;
use entity::enums::EntryStatus;
use uuid::Uuid;

use super::{Entry, Envelope, committed, get_in, lock, may_edit, refuse_trashed, require_writer, store, store_envelope};
use crate::auth::actor::Actor;
use crate::domain::error::{Error, Problem, Result};
use crate::domain::validate::Problems;
use crate::domain::{Domain, history, idempotency, outbox, require, retrying, revision};

/// How often a slug is looked for before the writer is told that it is taken.
const SLUG_TRIES: usize = 5;

/// What a save says besides its changes.
#[derive(Clone, Debug, Default)]
pub struct SaveOptions {
    /// Number of the revision that the change was made from; a newer one is a conflict. `None` changes whatever is newest.
    pub based_on: Option<i32>,
    /// What the editor says about the change.
    pub note: Option<String>,
    /// Whether a program saves by itself while somebody writes: it takes the place of their own last such save, and saves
    /// nothing when nothing changed.
    pub is_autosave: bool,
}

/// Creates a draft.
pub async fn create<A: Entry>(domain: &Domain, actor: &Actor, patch: A::Patch, note: Option<String>) -> Result<A::Row> {
    require_writer::<A>(actor)?;
    check_note(note.as_deref())?;
    let mut state = A::State::default();
    A::apply(patch, &mut state);
    if !A::slug(&state).is_empty() {
        return retrying(|| insert::<A>(domain, actor, state.clone(), note.clone())).await;
    }
    // Somebody else may take the slug that was just found free; then another is looked for.
    let mut tries = 0;
    loop {
        tries += 1;
        match retrying(|| insert::<A>(domain, actor, state.clone(), note.clone())).await {
            Err(Error::Invalid(fields)) if tries < SLUG_TRIES && fields.iter().any(|field| field.problem == Problem::Taken) => {}
            created => return created,
        }
    }
}

/// Writes a new draft; an empty slug is made from the title.
async fn insert<A: Entry>(domain: &Domain, actor: &Actor, mut state: A::State, note: Option<String>) -> Result<A::Row> {
    let txn = domain.begin().await?;
    let id = domain.clock.new_id();
    if let Some(first) = idempotency::claim(&txn, domain, actor, A::KIND, id).await? {
        return get_in::<A>(&txn, first).await;
    }
    if A::slug(&state).is_empty() {
        let free = A::slugs().free(&txn, A::title(&state)).await?;
        A::set_slug(&mut state, free);
    } else {
        A::slugs().require_free(&txn, A::slug(&state), None).await?;
    }
    A::check(&txn, &state).await?;
    let now = domain.clock.now();
    let envelope = Envelope {
        id,
        status: EntryStatus::Draft,
        published_at: None,
        created_at: now,
        updated_at: now,
        deleted_at: None,
        revision: 1,
        live_revision: 1,
        created_by: actor.id,
        scheduled_at: None,
        scheduled_revision: None,
        schedule_failed_at: None,
        schedule_problem: None,
        review_note: None,
        saved_at: now,
    };
    store::<A>(&txn, domain, &state, &envelope, true).await?;
    history::add_revision::<A>(&txn, domain, actor, &envelope, &state, &SaveOptions { note, ..SaveOptions::default() }).await?;
    history::audit(&txn, domain, actor, "create", A::KIND, id, "").await?;
    outbox::enqueue_index(&txn, domain, vec![(A::KIND, id)]).await?;
    committed::<A>(domain, txn, id).await
}

/// Saves a change as a new revision. The public sees it once it is published.
pub async fn update<A: Entry>(domain: &Domain, actor: &Actor, id: Uuid, patch: A::Patch, options: SaveOptions) -> Result<A::Row> {
    check_note(options.note.as_deref())?;
    save::<A>(domain, actor, id, options, "update", Change::By(patch)).await
}

/// Saves an earlier revision as the newest one. The public sees it once it is published.
pub async fn revert<A: Entry>(domain: &Domain, actor: &Actor, id: Uuid, number: i32, based_on: i32) -> Result<A::Row> {
    let options = SaveOptions { based_on: Some(based_on), note: Some(format!("= {number}")), is_autosave: false };
    save::<A>(domain, actor, id, options, "revert", Change::To(number)).await
}

/// What a new revision is made from.
#[derive(Clone)]
pub(super) enum Change<A: Entry> {
    By(A::Patch),
    To(i32),
}

async fn save<A: Entry>(domain: &Domain, actor: &Actor, id: Uuid, options: SaveOptions, verb: &str, change: Change<A>) -> Result<A::Row> {
    require_writer::<A>(actor)?;
    retrying(|| async {
        let txn = domain.begin().await?;
        save_in::<A>(&txn, domain, actor, id, &options, verb, &change).await?;
        committed::<A>(domain, txn, id).await
    })
    .await
}

/// Saves within a transaction of the caller's.
pub(super) async fn save_in<A: Entry>(
    txn: &Transaction,
    domain: &Domain,
    actor: &Actor,
    id: Uuid,
    options: &SaveOptions,
    verb: &str,
    change: &Change<A>,
) -> Result<()> {
    let mut envelope = lock::<A>(txn, domain, actor, id).await?;
    if !may_edit::<A>(actor, &envelope) {
        require(actor, A::MANAGE)?;
    }
    refuse_trashed(&envelope)?;
    if options.based_on.is_some_and(|number| number != envelope.revision) {
        return Err(Error::Conflict { newest: envelope.revision });
    }
    let before: A::State = history::state::<A>(txn, id, envelope.revision).await?;
    let mut state = match change {
        Change::By(patch) => {
            let mut state = before.clone();
            A::apply(patch.clone(), &mut state);
            state
        }
        Change::To(number) => history::state::<A>(txn, id, *number).await?,
    };
    if A::slug(&state).is_empty() {
        A::set_slug(&mut state, A::slug(&before).to_owned());
    }
    if options.is_autosave && state == before {
        return Ok(());
    }
    if A::slug(&state) != A::slug(&before) {
        A::slugs().require_free(txn, A::slug(&state), Some(id)).await?;
    }
    A::check(txn, &state).await?;
    if options.is_autosave {
        revision::drop_last_autosave(txn, actor, &envelope).await?;
    }
    envelope.revision += 1;
    envelope.saved_at = domain.clock.now();
    if envelope.status == EntryStatus::Approved {
        // What was approved is not what there is now.
        envelope.status = EntryStatus::InReview;
    }
    if envelope.mirrors_newest() {
        envelope.updated_at = envelope.saved_at;
        envelope.live_revision = envelope.revision;
        store::<A>(txn, domain, &state, &envelope, false).await?;
    } else {
        store_envelope::<A>(txn, &envelope).await?;
    }
    history::add_revision::<A>(txn, domain, actor, &envelope, &state, options).await?;
    history::audit(txn, domain, actor, verb, A::KIND, id, &history::changed_fields(&before, &state)?).await?;
    // Drafts that name this one show its row, which has changed with it if it was never published.
    let mut subjects = if envelope.mirrors_newest() { A::dependents(txn, id).await? } else { Vec::new() };
    subjects.push((A::KIND, id));
    outbox::enqueue_index(txn, domain, subjects).await
}

fn check_note(note: Option<&str>) -> Result<()> {
    let mut problems = Problems::default();
    problems.note(note);
    problems.into_result()
}
