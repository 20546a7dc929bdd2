//! The part of a row that the workflow owns, and the columns it is kept in.

use entity::enums::EntryStatus;
use entity::row::Whole;
use sea_orm::{ActiveModelBehavior, ActiveModelTrait, EntityTrait, IntoActiveModel};
use uuid::Uuid;

use crate::db::{Transaction, insert_row, update_row};
use crate::domain::error::Result;

/// The workflow's part of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    pub id: Uuid,
    pub status: EntryStatus,
    pub published_at: Option<i64>,
    pub created_at: i64,
    pub updated_at: i64,
    pub deleted_at: Option<i64>,
    pub revision: i32,
    pub live_revision: i32,
    pub created_by: Option<Uuid>,
    pub scheduled_at: Option<i64>,
    pub scheduled_revision: Option<i32>,
    pub schedule_failed_at: Option<i64>,
    pub schedule_problem: Option<String>,
    pub review_note: Option<String>,
    pub saved_at: i64,
}

impl Envelope {
    /// Whether the entry has never been published, so that its row mirrors its newest revision.
    pub fn mirrors_newest(&self) -> bool {
        self.published_at.is_none()
    }

    /// Forgets a schedule and what became of it.
    pub fn end_schedule(&mut self) {
        self.scheduled_at = None;
        self.scheduled_revision = None;
        self.schedule_failed_at = None;
        self.schedule_problem = None;
    }
}

/// The part of an [`Envelope`] that everybody may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outline {
    pub id: Uuid,
    pub status: EntryStatus,
    pub published_at: Option<i64>,
    pub updated_at: i64,
}

/// The workflow's columns, for queries over any entry.
#[derive(Clone, Copy, Debug)]
pub enum EnvelopeColumn {
    Id,
    Slug,
    Status,
    PublishedAt,
    UpdatedAt,
    DeletedAt,
    Revision,
    LiveRevision,
    CreatedBy,
    ScheduledAt,
    ScheduledRevision,
    ScheduleFailedAt,
    ScheduleProblem,
    ReviewNote,
    SavedAt,
}

/// The functions of [`super::Entry`] that only name columns: the same text for every noun, over its own table.
macro_rules! envelope_of {
    ($table:ident) => {
        fn column(column: EnvelopeColumn) -> $table::Column {
            match column {
                EnvelopeColumn::Id => $table::Column::Id,
                EnvelopeColumn::Slug => $table::Column::Slug,
                EnvelopeColumn::Status => $table::Column::Status,
                EnvelopeColumn::PublishedAt => $table::Column::PublishedAt,
                EnvelopeColumn::UpdatedAt => $table::Column::UpdatedAt,
                EnvelopeColumn::DeletedAt => $table::Column::DeletedAt,
                EnvelopeColumn::Revision => $table::Column::Revision,
                EnvelopeColumn::LiveRevision => $table::Column::LiveRevision,
                EnvelopeColumn::CreatedBy => $table::Column::CreatedBy,
                EnvelopeColumn::ScheduledAt => $table::Column::ScheduledAt,
                EnvelopeColumn::ScheduledRevision => $table::Column::ScheduledRevision,
                EnvelopeColumn::ScheduleFailedAt => $table::Column::ScheduleFailedAt,
                EnvelopeColumn::ScheduleProblem => $table::Column::ScheduleProblem,
                EnvelopeColumn::ReviewNote => $table::Column::ReviewNote,
                EnvelopeColumn::SavedAt => $table::Column::SavedAt,
            }
        }

        fn envelope(row: &$table::Model) -> Envelope {
            Envelope {
                id: row.id,
                status: row.status,
                published_at: row.published_at,
                created_at: row.created_at,
                updated_at: row.updated_at,
                deleted_at: row.deleted_at,
                revision: row.revision,
                live_revision: row.live_revision,
                created_by: row.created_by,
                scheduled_at: row.scheduled_at,
                scheduled_revision: row.scheduled_revision,
                schedule_failed_at: row.schedule_failed_at,
                schedule_problem: row.schedule_problem.clone(),
                review_note: row.review_note.clone(),
                saved_at: row.saved_at,
            }
        }

        fn outline(head: &$table::Head) -> Outline {
            Outline { id: head.id, status: head.status, published_at: head.published_at, updated_at: head.updated_at }
        }

        fn slug(state: &State) -> &str {
            &state.slug
        }

        fn set_slug(state: &mut State, slug: String) {
            state.slug = slug;
        }
    };
}
pub(in crate::domain) use envelope_of;

/// The row of an entry: the envelope's columns from the envelope, its own as given.
macro_rules! entry_row {
    ($table:ident, $envelope:ident, { $($column:ident: $value:expr),* $(,)? }) => {
        $table::Model {
            id: $envelope.id,
            status: $envelope.status,
            published_at: $envelope.published_at,
            created_at: $envelope.created_at,
            updated_at: $envelope.updated_at,
            deleted_at: $envelope.deleted_at,
            revision: $envelope.revision,
            live_revision: $envelope.live_revision,
            created_by: $envelope.created_by,
            scheduled_at: $envelope.scheduled_at,
            scheduled_revision: $envelope.scheduled_revision,
            schedule_failed_at: $envelope.schedule_failed_at,
            schedule_problem: $envelope.schedule_problem.clone(),
            review_note: $envelope.review_note.clone(),
            saved_at: $envelope.saved_at,
            $($column: $value),*
        }
    };
}
pub(in crate::domain) use entry_row;

/// Inserts or updates a row, every column of it.
pub async fn write_row<E>(txn: &Transaction, row: E::Model, is_new: bool) -> Result<()>
where
    E: EntityTrait,
    E::Model: Whole + IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelBehavior + Send,
{
    if is_new {
        insert_row(row, txn).await?;
    } else {
        update_row(row.into_active_model().reset_all(), txn).await?;
    }
    Ok(())
}
