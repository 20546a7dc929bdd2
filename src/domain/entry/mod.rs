//! The workflow that articles, events, officials and programs share: a live row and its revisions.
//!
//! The row is what the public may see. Each save writes a revision; until an entry is first published its row
//! mirrors the newest one, afterwards only publishing changes the row.

use async_trait::async_trait;
use entity::enums::{EntryStatus, Kind};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, FromQueryResult, IntoActiveModel, ModelTrait, QueryFilter, QuerySelect};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use self::row::write_row;
pub use self::row::{Envelope, EnvelopeColumn};
pub(super) use self::row::{entry_row, envelope_of};
use super::error::{Error, Expected, FieldError, NotAllowed, Problem, Result};
use super::slug::Slugs;
use super::validate::Problems;
use super::{Domain, history, idempotency, outbox, require, visibility};
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::text::slug::is_slug;

mod row;
pub mod schedule;

/// How often a slug is looked for before the writer is told that it is taken.
const SLUG_TRIES: usize = 5;

/// A noun with a workflow.
#[async_trait]
pub trait Entry: Send + Sync + Sized + 'static {
    const KIND: Kind;
    /// What managing it takes: articles and events are an author's work, the others are not.
    const MANAGE: Permission;
    /// Whether authors may write their own drafts of it.
    const OWN_DRAFTS: bool;
    type Entity: EntityTrait<Model = Self::Row, ActiveModel: Send>;
    type Row: ModelTrait<Entity = Self::Entity>
        + FromQueryResult
        + IntoActiveModel<<Self::Entity as EntityTrait>::ActiveModel>
        + Clone
        + Send
        + Sync;
    /// Everything that a revision holds.
    type State: Serialize + DeserializeOwned + Clone + Default + PartialEq + Send + Sync;
    /// A change to a state.
    type Patch: Send;

    fn column(column: EnvelopeColumn) -> <Self::Entity as EntityTrait>::Column;
    /// Where its slugs are kept.
    fn slugs() -> Slugs<Self::Entity> {
        Slugs { kind: Self::KIND, id: Self::column(EnvelopeColumn::Id), slug: Self::column(EnvelopeColumn::Slug) }
    }
    fn envelope(row: &Self::Row) -> Envelope;
    fn slug(state: &Self::State) -> &str;
    fn set_slug(state: &mut Self::State, slug: String);
    /// What a slug is made from.
    fn title(state: &Self::State) -> &str;
    /// Applies a change; wrong forms are found by `check` later.
    fn apply(patch: Self::Patch, state: &mut Self::State);
    /// Checks a whole state, references included.
    async fn check(txn: &DatabaseTransaction, state: &Self::State) -> Result<()>;
    /// The row that shows a state.
    fn row(state: &Self::State, envelope: &Envelope) -> Self::Row;
    /// Replaces what belongs to the row of the entry.
    async fn store_relations(txn: &DatabaseTransaction, domain: &Domain, state: &Self::State, id: Uuid) -> Result<()>;
    /// Other entries whose search documents hold something of this one.
    async fn dependents(_txn: &DatabaseTransaction, _id: Uuid) -> Result<Vec<(Kind, Uuid)>> {
        Ok(Vec::new())
    }
}

/// What an update says besides its changes.
#[derive(Clone, Debug)]
pub struct SaveOptions {
    /// Number of the revision that the change was made from; a newer one is a conflict.
    pub based_on: i32,
    /// What the editor says about the change.
    pub note: Option<String>,
}

/// Creates a draft.
pub async fn create<A: Entry>(domain: &Domain, actor: &Actor, patch: A::Patch, note: Option<String>) -> Result<A::Row> {
    if !(A::OWN_DRAFTS && actor.may(Permission::WriteOwnDrafts)) {
        require(actor, A::MANAGE)?;
    }
    check_note(note.as_deref())?;
    let mut state = A::State::default();
    A::apply(patch, &mut state);
    if !A::slug(&state).is_empty() {
        return insert::<A>(domain, actor, state, note).await;
    }
    // Somebody else may take the slug that was just found free; then another is looked for.
    let mut tries = 0;
    loop {
        tries += 1;
        match insert::<A>(domain, actor, state.clone(), note.clone()).await {
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
    };
    store::<A>(&txn, domain, &state, &envelope, true).await?;
    history::add_revision::<A>(&txn, domain, actor, &envelope, &state, note).await?;
    history::audit(&txn, domain, actor, "create", A::KIND, envelope.id, "").await?;
    let row = get_in::<A>(&txn, envelope.id).await?;
    domain.commit(txn).await?;
    Ok(row)
}

/// Saves a change as a new revision. The public sees it once it is published.
pub async fn update<A: Entry>(domain: &Domain, actor: &Actor, id: Uuid, patch: A::Patch, options: SaveOptions) -> Result<A::Row> {
    check_note(options.note.as_deref())?;
    save::<A>(domain, actor, id, options.based_on, options.note, "update", Change::By(patch)).await
}

/// What a new revision is made from.
enum Change<A: Entry> {
    By(A::Patch),
    To(i32),
}

async fn save<A: Entry>(
    domain: &Domain,
    actor: &Actor,
    id: Uuid,
    based_on: i32,
    note: Option<String>,
    verb: &str,
    change: Change<A>,
) -> Result<A::Row> {
    // Whoever may write nothing at all is refused before anything is locked.
    if !(A::OWN_DRAFTS && actor.may(Permission::WriteOwnDrafts)) {
        require(actor, A::MANAGE)?;
    }
    let txn = domain.begin().await?;
    let mut envelope = lock::<A>(&txn, domain, actor, id).await?;
    if !(A::OWN_DRAFTS && actor.may(Permission::WriteOwnDrafts) && envelope.is_draft() && envelope.created_by == actor.id) {
        require(actor, A::MANAGE)?;
    }
    refuse_trashed(&envelope)?;
    if based_on != envelope.revision {
        return Err(Error::Conflict { newest: envelope.revision });
    }
    let before: A::State = history::state::<A>(&txn, id, envelope.revision).await?;
    let mut state = match change {
        Change::By(patch) => {
            let mut state = before.clone();
            A::apply(patch, &mut state);
            state
        }
        Change::To(number) => history::state::<A>(&txn, id, number).await?,
    };
    if A::slug(&state).is_empty() {
        A::set_slug(&mut state, A::slug(&before).to_owned());
    }
    if A::slug(&state) != A::slug(&before) {
        A::slugs().require_free(&txn, A::slug(&state), Some(id)).await?;
    }
    A::check(&txn, &state).await?;
    let changed = history::changed_fields(&before, &state)?;
    envelope.revision += 1;
    if envelope.is_draft() {
        envelope.updated_at = domain.clock.now();
        envelope.live_revision = envelope.revision;
        store::<A>(&txn, domain, &state, &envelope, false).await?;
    } else {
        store_envelope::<A>(&txn, &envelope).await?;
    }
    history::add_revision::<A>(&txn, domain, actor, &envelope, &state, note).await?;
    history::audit(&txn, domain, actor, verb, A::KIND, id, &changed).await?;
    let row = get_in::<A>(&txn, id).await?;
    domain.commit(txn).await?;
    Ok(row)
}

/// Makes a revision, by default the newest, what the public sees. A schedule ends with it.
pub async fn publish<A: Entry>(domain: &Domain, actor: &Actor, id: Uuid, revision: Option<i32>) -> Result<A::Row> {
    require(actor, A::MANAGE)?;
    let txn = domain.begin().await?;
    let mut envelope = lock::<A>(&txn, domain, actor, id).await?;
    refuse_trashed(&envelope)?;
    let number = revision_number(&envelope, revision)?;
    envelope.scheduled_at = None;
    envelope.scheduled_revision = None;
    publish_in::<A>(&txn, domain, actor, &mut envelope, number).await?;
    let row = get_in::<A>(&txn, id).await?;
    domain.commit(txn).await?;
    Ok(row)
}

/// The number of a revision that exists, the newest by default.
fn revision_number(envelope: &Envelope, revision: Option<i32>) -> Result<i32> {
    let number = revision.unwrap_or(envelope.revision);
    if (1..=envelope.revision).contains(&number) {
        return Ok(number);
    }
    Err(FieldError::new("revision", Problem::Malformed(Expected::RevisionNumber)).into())
}

async fn publish_in<A: Entry>(
    txn: &DatabaseTransaction,
    domain: &Domain,
    actor: &Actor,
    envelope: &mut Envelope,
    number: i32,
) -> Result<()> {
    let id = envelope.id;
    let live: A::State = history::state::<A>(txn, id, envelope.live_revision).await?;
    let state: A::State = history::state::<A>(txn, id, number).await?;
    A::check(txn, &state).await?;
    if A::slug(&state) != A::slug(&live) {
        A::slugs().require_free(txn, A::slug(&state), Some(id)).await?;
        if envelope.published_at.is_some() {
            A::slugs().redirect(txn, domain, A::slug(&live), A::slug(&state), id).await?;
        }
    }
    let now = domain.clock.now();
    envelope.status = EntryStatus::Published;
    envelope.published_at = envelope.published_at.or(Some(now));
    envelope.updated_at = now;
    envelope.live_revision = number;
    store::<A>(txn, domain, &state, envelope, false).await?;
    finish::<A>(txn, domain, actor, "publish", id, &history::changed_fields(&live, &state)?).await
}

/// Takes a published entry out of the public's sight and keeps it.
pub async fn archive<A: Entry>(domain: &Domain, actor: &Actor, id: Uuid) -> Result<A::Row> {
    change::<A>(domain, actor, id, "archive", |envelope, _| {
        refuse_trashed(envelope)?;
        if envelope.status != EntryStatus::Published {
            return Err(FieldError::new("id", Problem::NotAllowed(NotAllowed::NotPublished)).into());
        }
        envelope.status = EntryStatus::Archived;
        Ok(())
    })
    .await
}

/// Puts an entry into the trash.
pub async fn trash<A: Entry>(domain: &Domain, actor: &Actor, id: Uuid) -> Result<A::Row> {
    change::<A>(domain, actor, id, "trash", |envelope, now| {
        refuse_trashed(envelope)?;
        envelope.deleted_at = Some(now);
        Ok(())
    })
    .await
}

/// Takes an entry out of the trash, as it was.
pub async fn restore<A: Entry>(domain: &Domain, actor: &Actor, id: Uuid) -> Result<A::Row> {
    change::<A>(domain, actor, id, "restore", |envelope, _| match envelope.deleted_at.take() {
        Some(_) => Ok(()),
        None => Err(FieldError::new("id", Problem::NotAllowed(NotAllowed::NotInTrash)).into()),
    })
    .await
}

/// An entry by id, if `actor` may see it.
pub async fn find<A: Entry>(domain: &Domain, actor: &Actor, id: Uuid) -> Result<Option<A::Row>> {
    let rows = visibility::select::<A>(domain, actor).filter(A::column(EnvelopeColumn::Id).eq(id));
    Ok(rows.one(domain.db.read()).await?)
}

/// An entry by its slug or one that it once had, if `actor` may see it. The row's own slug is where to redirect to.
pub async fn find_by_slug<A: Entry>(domain: &Domain, actor: &Actor, slug: &str) -> Result<Option<A::Row>> {
    if !is_slug(slug) {
        return Ok(None);
    }
    let db = domain.db.read();
    let current = visibility::select::<A>(domain, actor).filter(A::column(EnvelopeColumn::Slug).eq(slug)).one(db).await?;
    if current.is_some() {
        return Ok(current);
    }
    match A::slugs().redirected(db, slug).await? {
        Some(id) => find::<A>(domain, actor, id).await,
        None => Ok(None),
    }
}

/// Entries by id that `actor` may see, in no order.
pub async fn by_ids<A: Entry>(domain: &Domain, actor: &Actor, ids: &[Uuid]) -> Result<Vec<A::Row>> {
    let rows = visibility::select::<A>(domain, actor).filter(A::column(EnvelopeColumn::Id).is_in(ids.iter().copied()));
    Ok(rows.all(domain.db.read()).await?)
}

/// Saves an earlier revision as the newest one. The public sees it once it is published.
pub async fn revert<A: Entry>(domain: &Domain, actor: &Actor, id: Uuid, number: i32, based_on: i32) -> Result<A::Row> {
    save::<A>(domain, actor, id, based_on, Some(format!("= {number}")), "revert", Change::To(number)).await
}

/// A change of the envelope alone.
async fn change<A: Entry>(
    domain: &Domain,
    actor: &Actor,
    id: Uuid,
    action: &str,
    edit: impl FnOnce(&mut Envelope, i64) -> Result<()> + Send,
) -> Result<A::Row> {
    require(actor, A::MANAGE)?;
    let txn = domain.begin().await?;
    let mut envelope = lock::<A>(&txn, domain, actor, id).await?;
    let now = domain.clock.now();
    edit(&mut envelope, now)?;
    envelope.updated_at = now;
    store_envelope::<A>(&txn, &envelope).await?;
    finish::<A>(&txn, domain, actor, action, id, "").await?;
    let row = get_in::<A>(&txn, id).await?;
    domain.commit(txn).await?;
    Ok(row)
}

/// The audit entry and the jobs of a change that the public may see.
async fn finish<A: Entry>(txn: &DatabaseTransaction, domain: &Domain, actor: &Actor, action: &str, id: Uuid, changed: &str) -> Result<()> {
    history::audit(txn, domain, actor, action, A::KIND, id, changed).await?;
    let mut subjects = A::dependents(txn, id).await?;
    subjects.push((A::KIND, id));
    outbox::enqueue_index(txn, domain, subjects).await
}

/// Loads the envelope for writing; on PostgreSQL the row is locked, on SQLite the whole database is.
async fn lock<A: Entry>(txn: &DatabaseTransaction, domain: &Domain, actor: &Actor, id: Uuid) -> Result<Envelope> {
    let row = visibility::select::<A>(domain, actor).filter(A::column(EnvelopeColumn::Id).eq(id)).lock_exclusive().one(txn).await?;
    row.as_ref().map(A::envelope).ok_or(Error::NotFound(A::KIND))
}

async fn get_in<A: Entry>(txn: &DatabaseTransaction, id: Uuid) -> Result<A::Row> {
    let row = A::Entity::find().filter(A::column(EnvelopeColumn::Id).eq(id)).one(txn).await?;
    row.ok_or(Error::NotFound(A::KIND))
}

/// Writes the row of an entry with all that belongs to it.
async fn store<A: Entry>(txn: &DatabaseTransaction, domain: &Domain, state: &A::State, envelope: &Envelope, is_new: bool) -> Result<()> {
    write_row::<A::Entity>(txn, A::row(state, envelope), is_new).await?;
    A::store_relations(txn, domain, state, envelope.id).await
}

async fn store_envelope<A: Entry>(txn: &DatabaseTransaction, envelope: &Envelope) -> Result<()> {
    A::Entity::update_many()
        .col_expr(A::column(EnvelopeColumn::Status), Expr::val(envelope.status.as_str()))
        .col_expr(A::column(EnvelopeColumn::PublishedAt), Expr::val(envelope.published_at))
        .col_expr(A::column(EnvelopeColumn::UpdatedAt), Expr::val(envelope.updated_at))
        .col_expr(A::column(EnvelopeColumn::DeletedAt), Expr::val(envelope.deleted_at))
        .col_expr(A::column(EnvelopeColumn::Revision), Expr::val(envelope.revision))
        .col_expr(A::column(EnvelopeColumn::ScheduledAt), Expr::val(envelope.scheduled_at))
        .col_expr(A::column(EnvelopeColumn::ScheduledRevision), Expr::val(envelope.scheduled_revision))
        .filter(Expr::col(A::column(EnvelopeColumn::Id)).eq(envelope.id))
        .exec(txn)
        .await?;
    Ok(())
}

fn check_note(note: Option<&str>) -> Result<()> {
    let mut problems = Problems::default();
    problems.note(note);
    problems.into_result()
}

fn refuse_trashed(envelope: &Envelope) -> Result<()> {
    match envelope.deleted_at {
        Some(_) => Err(FieldError::new("id", Problem::NotAllowed(NotAllowed::InTrash)).into()),
        None => Ok(()),
    }
}
