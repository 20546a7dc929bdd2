//! The workflow that articles, events, officials and programs share: a live row and its revisions.
//!
//! The row is what the public may see. Each save writes a revision; until an entry is first published its row
//! mirrors the newest one, afterwards only publishing changes the row.

use std::hash::Hash;

use async_trait::async_trait;
use entity::enums::Kind;
use entity::row::{Columns, Whole};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelBehavior, ColumnTrait, EntityTrait, FromQueryResult, IntoActiveModel, ModelTrait, QueryFilter, QuerySelect, QueryTrait,
    Value,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use self::row::write_row;
pub use self::row::{Envelope, EnvelopeColumn, Outline};
pub(super) use self::row::{entry_row, envelope_of};
use super::error::{Error, FieldError, NotAllowed, Problem, Result};
use super::slug::Slugs;
use super::{Domain, ROW_LOCK, history, outbox, require, visibility};
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::db::{Known, Read, Rows, Source, Transaction, Write, statement};
use crate::text::slug::is_slug;

pub mod bulk;
pub mod list;
pub mod preview;
pub mod publish;
pub mod review;
mod row;
pub mod save;
pub mod schedule;
pub mod trash;

/// Does something for the noun that a kind names; any other kind is no entry.
macro_rules! of_kind {
    ($kind:expr, $noun:ident => $what:expr, else $other:expr) => {
        match $kind {
            entity::enums::Kind::Article => {
                type $noun = $crate::domain::article::Article;
                $what
            }
            entity::enums::Kind::Event => {
                type $noun = $crate::domain::event::Event;
                $what
            }
            entity::enums::Kind::Official => {
                type $noun = $crate::domain::official::Official;
                $what
            }
            entity::enums::Kind::Program => {
                type $noun = $crate::domain::program::Program;
                $what
            }
            _ => $other,
        }
    };
}
pub(in crate::domain) use of_kind;

/// The nouns with a workflow.
pub const KINDS: [Kind; 4] = [Kind::Article, Kind::Event, Kind::Official, Kind::Program];

/// A noun with a workflow.
#[async_trait]
pub trait Entry: Clone + Eq + Hash + Send + Sync + Sized + 'static {
    const KIND: Kind;
    /// What managing it takes: articles and events are an author's work, the others are not.
    const MANAGE: Permission;
    /// Whether authors may write their own drafts of it.
    const OWN_DRAFTS: bool;
    type Entity: EntityTrait<Model = Self::Row, ActiveModel: ActiveModelBehavior + Send>;
    type Row: ModelTrait<Entity = Self::Entity>
        + FromQueryResult
        + Whole<Entity = Self::Entity>
        + IntoActiveModel<<Self::Entity as EntityTrait>::ActiveModel>
        + Clone
        + Send
        + Sync;
    /// The columns of a row that everybody may see, but for its long text.
    type Head: Columns<Entity = Self::Entity> + for<'row> From<&'row Self::Row> + Clone + Send + Sync;
    /// Everything that a revision holds.
    type State: Serialize + DeserializeOwned + Clone + Default + PartialEq + Send + Sync;
    /// A change to a state.
    type Patch: Clone + Send + Sync;

    fn column(column: EnvelopeColumn) -> <Self::Entity as EntityTrait>::Column;
    /// Where its slugs are kept.
    fn slugs() -> Slugs<Self::Entity> {
        Slugs { kind: Self::KIND, id: Self::column(EnvelopeColumn::Id), slug: Self::column(EnvelopeColumn::Slug) }
    }
    fn envelope(row: &Self::Row) -> Envelope;
    fn outline(head: &Self::Head) -> Outline;
    fn slug(state: &Self::State) -> &str;
    fn set_slug(state: &mut Self::State, slug: String);
    /// What a slug is made from.
    fn title(state: &Self::State) -> &str;
    /// Applies a change; wrong forms are found by `check` later.
    fn apply(patch: Self::Patch, state: &mut Self::State);
    /// Checks a whole state, references included.
    async fn check(txn: &Transaction, state: &Self::State) -> Result<()>;
    /// The row that shows a state.
    fn row(state: &Self::State, envelope: &Envelope) -> Self::Row;
    /// Replaces what belongs to the row of the entry.
    async fn store_relations(txn: &Transaction, domain: &Domain, state: &Self::State, envelope: &Envelope) -> Result<()>;
    /// Other entries whose search documents hold something of this one.
    async fn dependents(_txn: &Transaction, _id: Uuid) -> Result<Vec<(Kind, Uuid)>> {
        Ok(Vec::new())
    }
}

/// Whether `actor` may save changes of an entry: their own one that was never published, or any.
pub fn may_edit<A: Entry>(actor: &Actor, entry: &Envelope) -> bool {
    let is_own = actor.id.is_some() && entry.created_by == actor.id && entry.mirrors_newest();
    actor.may(A::MANAGE) || A::OWN_DRAFTS && is_own && actor.may(Permission::WriteOwnDrafts)
}

/// Fails unless `actor` may write entries of this noun at all, before anything is locked.
fn require_writer<A: Entry>(actor: &Actor) -> Result<()> {
    if A::OWN_DRAFTS && actor.may(Permission::WriteOwnDrafts) { Ok(()) } else { require(actor, A::MANAGE) }
}

/// An entry by id, if `actor` may see it: the columns of `R`.
pub async fn find<A: Entry, R: Columns<Entity = A::Entity>>(domain: &Domain, actor: &Actor, id: Uuid) -> Result<Option<R>> {
    static BY_ID: KnownByNoun = known_by_noun();
    one::<A, R>(domain, actor, EnvelopeColumn::Id, id.into(), &BY_ID).await
}

/// The queries of one entry, by noun, of its head and of the whole row.
type KnownByNoun = [[Known; 2]; KINDS.len()];

const fn known_by_noun() -> KnownByNoun {
    [const { [const { Known::new() }; 2] }; KINDS.len()]
}

/// The entry that `actor` may see and that a column names. Of what the public sees it is always the same query.
async fn one<A: Entry, R: Columns<Entity = A::Entity>>(
    domain: &Domain,
    actor: &Actor,
    column: EnvelopeColumn,
    value: Value,
    known: &'static KnownByNoun,
) -> Result<Option<R>> {
    let query = || {
        let rows = visibility::select::<A>(domain, actor).selecting::<R>().filter(A::column(column).eq(value.clone()));
        rows.limit(1).into_query()
    };
    let noun = KINDS.iter().position(|kind| *kind == A::KIND);
    let part = [A::Head::columns(), A::Row::columns()].iter().position(|columns| *columns == R::columns());
    let known = noun.zip(part).map(|(noun, part)| &known[noun][part]).zip(visibility::public_values(domain, actor));
    let known = known.map(|(known, values)| (known, values.into_iter().chain([value.clone(), 1_u64.into()])));
    let db = domain.db.read();
    Ok(db.rows(statement(db.backend(), known, query)).await?.pop())
}

/// The same by its slug or one that it once had. The row's own slug is where to redirect to.
pub async fn find_by_slug<A: Entry, R: Columns<Entity = A::Entity>>(domain: &Domain, actor: &Actor, slug: &str) -> Result<Option<R>> {
    static BY_SLUG: KnownByNoun = known_by_noun();
    if !is_slug(slug) {
        return Ok(None);
    }
    let db = domain.db.read();
    let current = one::<A, R>(domain, actor, EnvelopeColumn::Slug, slug.into(), &BY_SLUG).await?;
    if current.is_some() {
        return Ok(current);
    }
    match A::slugs().redirected(db, slug).await? {
        Some(id) => find::<A, R>(domain, actor, id).await,
        None => Ok(None),
    }
}

/// Entries by id that `actor` may see, in no order.
pub async fn by_ids<A: Entry>(domain: &Domain, actor: &Actor, ids: &[Uuid]) -> Result<Vec<A::Row>> {
    Ok(visibility::select_among::<A>(domain, actor, ids).rows(domain.db.read()).await?)
}

/// The heads of entries by id that `actor` may see, in no order.
pub async fn heads<A: Entry>(domain: &Domain, actor: &Actor, ids: &[Uuid]) -> Result<Vec<A::Head>> {
    Ok(visibility::select_among::<A>(domain, actor, ids).rows_of(domain.db.read()).await?)
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
    committed::<A>(domain, txn, id).await
}

/// Commits a change of an entry and returns its row.
async fn committed<A: Entry>(domain: &Domain, txn: Transaction, id: Uuid) -> Result<A::Row> {
    let row = get_in::<A>(&txn, id).await?;
    domain.commit(txn).await?;
    Ok(row)
}

/// The audit entry and the jobs of a change that the public may see.
async fn finish<A: Entry>(txn: &Transaction, domain: &Domain, actor: &Actor, action: &str, id: Uuid, changed: &str) -> Result<()> {
    history::audit(txn, domain, actor, action, A::KIND, id, changed).await?;
    let mut subjects = A::dependents(txn, id).await?;
    subjects.push((A::KIND, id));
    outbox::enqueue_index(txn, domain, subjects).await
}

/// Loads the envelope for writing; on PostgreSQL the row is locked, on SQLite the whole database is.
async fn lock<A: Entry>(txn: &Transaction, domain: &Domain, actor: &Actor, id: Uuid) -> Result<Envelope> {
    let rows = visibility::select::<A>(domain, actor).filter(A::column(EnvelopeColumn::Id).eq(id));
    let row = rows.lock(ROW_LOCK).row(txn).await?;
    row.as_ref().map(A::envelope).ok_or(Error::NotFound(A::KIND))
}

async fn get_in<A: Entry>(txn: &Transaction, id: Uuid) -> Result<A::Row> {
    let row = Rows::<A::Entity>::all().filter(A::column(EnvelopeColumn::Id).eq(id)).row(txn).await?;
    row.ok_or(Error::NotFound(A::KIND))
}

/// Writes the row of an entry with all that belongs to it.
async fn store<A: Entry>(txn: &Transaction, domain: &Domain, state: &A::State, envelope: &Envelope, is_new: bool) -> Result<()> {
    write_row::<A::Entity>(txn, A::row(state, envelope), is_new).await?;
    A::store_relations(txn, domain, state, envelope).await
}

async fn store_envelope<A: Entry>(txn: &Transaction, envelope: &Envelope) -> Result<()> {
    A::Entity::update_many()
        .col_expr(A::column(EnvelopeColumn::Status), Expr::val(envelope.status.as_str()))
        .col_expr(A::column(EnvelopeColumn::PublishedAt), Expr::val(envelope.published_at))
        .col_expr(A::column(EnvelopeColumn::UpdatedAt), Expr::val(envelope.updated_at))
        .col_expr(A::column(EnvelopeColumn::DeletedAt), Expr::val(envelope.deleted_at))
        .col_expr(A::column(EnvelopeColumn::Revision), Expr::val(envelope.revision))
        .col_expr(A::column(EnvelopeColumn::ScheduledAt), Expr::val(envelope.scheduled_at))
        .col_expr(A::column(EnvelopeColumn::ScheduledRevision), Expr::val(envelope.scheduled_revision))
        .col_expr(A::column(EnvelopeColumn::ScheduleFailedAt), Expr::val(envelope.schedule_failed_at))
        .col_expr(A::column(EnvelopeColumn::ScheduleProblem), Expr::val(envelope.schedule_problem.clone()))
        .col_expr(A::column(EnvelopeColumn::ReviewNote), Expr::val(envelope.review_note.clone()))
        .col_expr(A::column(EnvelopeColumn::SavedAt), Expr::val(envelope.saved_at))
        .filter(Expr::col(A::column(EnvelopeColumn::Id)).eq(envelope.id))
        .write(txn)
        .await?;
    Ok(())
}

fn refuse_trashed(envelope: &Envelope) -> Result<()> {
    match envelope.deleted_at {
        Some(_) => Err(FieldError::new("id", Problem::NotAllowed(NotAllowed::InTrash)).into()),
        None => Ok(()),
    }
}
