//! Changing programs.

use async_graphql::{Context, ID, Object, Result};
use entity::enums::Kind;

use super::Program;
use super::input::{ProgramCreateInput, ProgramUpdateInput};
use crate::domain::entry::{self, SaveOptions, schedule};
use crate::domain::program as domain;
use crate::graphql::payload::{ArchiveInput, PublishInput, RestoreInput, ScheduleInput, TrashInput, UnscheduleInput, payload};
use crate::graphql::revision::RevertInput;
use crate::graphql::{ContextExt, id};

payload! {
    /// The outcome of a change of a program.
    ProgramPayload,
    /// The program after the change; null when nothing changed.
    program: Program
}

/// Changes of programs.
#[derive(Default)]
pub struct ProgramMutation;

fn own(id: &ID) -> crate::domain::Result<uuid::Uuid> {
    id::require(Kind::Program, id, "id")
}

#[Object]
impl ProgramMutation {
    /// Creates a draft.
    async fn program_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new program.")] input: ProgramCreateInput,
    ) -> Result<ProgramPayload> {
        let result = async {
            let (actor, note) = (ctx.actor().with_key(input.idempotency_key), input.note);
            entry::create::<domain::Program>(ctx.domain(), &actor, input.fields.into_patch()?, note).await
        };
        ProgramPayload::new(ctx, result.await)
    }

    /// Saves a change as a new revision. What the public sees of a published program changes when it is published again.
    async fn program_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: ProgramUpdateInput,
    ) -> Result<ProgramPayload> {
        let result = async {
            let options = SaveOptions { based_on: input.based_on_revision, note: input.note };
            entry::update::<domain::Program>(ctx.domain(), ctx.actor(), own(&input.id)?, input.fields.into_patch()?, options).await
        };
        ProgramPayload::new(ctx, result.await)
    }

    /// Brings an earlier revision back as the newest one. The public sees it once it is published.
    async fn program_revert(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to bring back.")] input: RevertInput,
    ) -> Result<ProgramPayload> {
        let result = async {
            entry::revert::<domain::Program>(ctx.domain(), ctx.actor(), own(&input.id)?, input.revision, input.based_on_revision).await
        };
        ProgramPayload::new(ctx, result.await)
    }

    /// Makes a revision what the public sees.
    async fn program_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to publish.")] input: PublishInput,
    ) -> Result<ProgramPayload> {
        let result = async { entry::publish::<domain::Program>(ctx.domain(), ctx.actor(), own(&input.id)?, input.revision).await };
        ProgramPayload::new(ctx, result.await)
    }

    /// Has a revision published at a moment to come; replaces a schedule that was there.
    async fn program_schedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to publish, and when.")] input: ScheduleInput,
    ) -> Result<ProgramPayload> {
        let result =
            async { schedule::schedule::<domain::Program>(ctx.domain(), ctx.actor(), own(&input.id)?, input.revision, input.at.0).await };
        ProgramPayload::new(ctx, result.await)
    }

    /// Ends a schedule.
    async fn program_unschedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose schedule to end.")] input: UnscheduleInput,
    ) -> Result<ProgramPayload> {
        let result = async { schedule::unschedule::<domain::Program>(ctx.domain(), ctx.actor(), own(&input.id)?).await };
        ProgramPayload::new(ctx, result.await)
    }

    /// Takes a published program out of the public's sight and keeps it.
    async fn program_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to archive.")] input: ArchiveInput,
    ) -> Result<ProgramPayload> {
        let result = async { entry::archive::<domain::Program>(ctx.domain(), ctx.actor(), own(&input.id)?).await };
        ProgramPayload::new(ctx, result.await)
    }

    /// Puts it into the trash, from which it can be restored.
    async fn program_trash(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to put into the trash.")] input: TrashInput,
    ) -> Result<ProgramPayload> {
        let result = async { entry::trash::<domain::Program>(ctx.domain(), ctx.actor(), own(&input.id)?).await };
        ProgramPayload::new(ctx, result.await)
    }

    /// Takes it out of the trash, as it was.
    async fn program_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to restore.")] input: RestoreInput,
    ) -> Result<ProgramPayload> {
        let result = async { entry::restore::<domain::Program>(ctx.domain(), ctx.actor(), own(&input.id)?).await };
        ProgramPayload::new(ctx, result.await)
    }
}
