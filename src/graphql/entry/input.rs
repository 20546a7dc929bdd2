//! What is said to do something to one entry.

use async_graphql::{ID, InputObject};

use crate::graphql::scalar::DateTime;

/// Which entry to publish.
#[derive(InputObject)]
pub struct PublishInput {
    /// The entry.
    pub id: ID,
    /// Number of the revision to show; by default the newest.
    pub revision: Option<i32>,
}

/// Which entry to publish, and when.
#[derive(InputObject)]
pub struct ScheduleInput {
    /// The entry.
    pub id: ID,
    /// Number of the revision to show; by default the newest there is now.
    pub revision: Option<i32>,
    /// When; a moment to come.
    pub at: DateTime,
}

/// Whose schedule to end.
#[derive(InputObject)]
pub struct UnscheduleInput {
    /// The entry.
    pub id: ID,
}

/// Which entry to take back from the public.
#[derive(InputObject)]
pub struct UnpublishInput {
    /// The entry.
    pub id: ID,
}

/// Which draft to hand to the editors.
#[derive(InputObject)]
pub struct SubmitInput {
    /// The entry.
    pub id: ID,
}

/// What to approve.
#[derive(InputObject)]
pub struct ApproveInput {
    /// The entry.
    pub id: ID,
    /// Number of the revision that was read; a newer one is a CONFLICT.
    pub revision: i32,
}

/// What to send back to its author.
#[derive(InputObject)]
pub struct ReturnInput {
    /// The entry.
    pub id: ID,
    /// What is to be mended, at most 2000 characters.
    pub note: String,
}

/// Which entry to archive.
#[derive(InputObject)]
pub struct ArchiveInput {
    /// The entry.
    pub id: ID,
}

/// Which entry to put into the trash.
#[derive(InputObject)]
pub struct TrashInput {
    /// The entry.
    pub id: ID,
}

/// Which entry to take out of the trash.
#[derive(InputObject)]
pub struct RestoreInput {
    /// The entry.
    pub id: ID,
}

/// Which entry to delete for good.
#[derive(InputObject)]
pub struct PurgeInput {
    /// The entry, which must be in the trash.
    pub id: ID,
}

/// Which revision of which entry to bring back as the newest.
#[derive(InputObject)]
pub struct RevertInput {
    /// The entry.
    pub id: ID,
    /// Number of the revision to bring back.
    pub revision: i32,
    /// Number of the newest revision that the editor has seen; a newer one is a CONFLICT.
    pub based_on_revision: i32,
}
