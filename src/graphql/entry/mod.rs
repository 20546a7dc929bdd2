//! What articles, events, officials and programs have alike in the schema.

pub mod bulk;
pub mod by;
pub mod input;
pub mod mutation;
pub mod preview;
pub mod query;
pub mod revision;
pub mod row;
pub mod workflow;

/// What the macro of the mutations names.
pub mod prelude {
    pub use async_graphql::{Context, Result};

    pub use super::input::{
        ApproveInput, ArchiveInput, PublishInput, PurgeInput, RestoreInput, ReturnInput, RevertInput, ScheduleInput, SubmitInput,
        TrashInput, UnpublishInput, UnscheduleInput,
    };
    pub use crate::domain::entry::save::SaveOptions;
    pub use crate::domain::entry::{publish, review, save, schedule, trash};
    pub(in crate::graphql) use crate::graphql::ContextExt;
}
