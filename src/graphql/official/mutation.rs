//! Changing officials.

use async_graphql::{Context, ID, Object, Result};
use entity::enums::Kind;

use super::Official;
use super::input::{OfficialCreateInput, OfficialUpdateInput};
use crate::domain::entry::{self, SaveOptions, schedule};
use crate::domain::official as domain;
use crate::graphql::payload::{ArchiveInput, PublishInput, RestoreInput, ScheduleInput, TrashInput, UnscheduleInput, payload};
use crate::graphql::revision::RevertInput;
use crate::graphql::{ContextExt, id};

payload! {
    /// The outcome of a change of an official.
    OfficialPayload,
    /// The official after the change; null when nothing changed.
    official: Official
}

/// Changes of officials.
#[derive(Default)]
pub struct OfficialMutation;

fn own(id: &ID) -> crate::domain::Result<uuid::Uuid> {
    id::require(Kind::Official, id, "id")
}

#[Object]
impl OfficialMutation {
    /// Creates a draft.
    async fn official_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new official.")] input: OfficialCreateInput,
    ) -> Result<OfficialPayload> {
        let result = async {
            let (actor, note) = (ctx.actor().with_key(input.idempotency_key), input.note);
            entry::create::<domain::Official>(ctx.domain(), &actor, input.fields.into_patch()?, note).await
        };
        OfficialPayload::new(ctx, result.await)
    }

    /// Saves a change as a new revision. What the public sees of a published official changes when it is published again.
    async fn official_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: OfficialUpdateInput,
    ) -> Result<OfficialPayload> {
        let result = async {
            let options = SaveOptions { based_on: input.based_on_revision, note: input.note };
            entry::update::<domain::Official>(ctx.domain(), ctx.actor(), own(&input.id)?, input.fields.into_patch()?, options).await
        };
        OfficialPayload::new(ctx, result.await)
    }

    /// Brings an earlier revision back as the newest one. The public sees it once it is published.
    async fn official_revert(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to bring back.")] input: RevertInput,
    ) -> Result<OfficialPayload> {
        let result = async {
            entry::revert::<domain::Official>(ctx.domain(), ctx.actor(), own(&input.id)?, input.revision, input.based_on_revision).await
        };
        OfficialPayload::new(ctx, result.await)
    }

    /// Makes a revision what the public sees.
    async fn official_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to publish.")] input: PublishInput,
    ) -> Result<OfficialPayload> {
        let result = async { entry::publish::<domain::Official>(ctx.domain(), ctx.actor(), own(&input.id)?, input.revision).await };
        OfficialPayload::new(ctx, result.await)
    }

    /// Has a revision published at a moment to come; replaces a schedule that was there.
    async fn official_schedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to publish, and when.")] input: ScheduleInput,
    ) -> Result<OfficialPayload> {
        let result =
            async { schedule::schedule::<domain::Official>(ctx.domain(), ctx.actor(), own(&input.id)?, input.revision, input.at.0).await };
        OfficialPayload::new(ctx, result.await)
    }

    /// Ends a schedule.
    async fn official_unschedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose schedule to end.")] input: UnscheduleInput,
    ) -> Result<OfficialPayload> {
        let result = async { schedule::unschedule::<domain::Official>(ctx.domain(), ctx.actor(), own(&input.id)?).await };
        OfficialPayload::new(ctx, result.await)
    }

    /// Takes a published official out of the public's sight and keeps it.
    async fn official_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to archive.")] input: ArchiveInput,
    ) -> Result<OfficialPayload> {
        let result = async { entry::archive::<domain::Official>(ctx.domain(), ctx.actor(), own(&input.id)?).await };
        OfficialPayload::new(ctx, result.await)
    }

    /// Puts it into the trash, from which it can be restored.
    async fn official_trash(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to put into the trash.")] input: TrashInput,
    ) -> Result<OfficialPayload> {
        let result = async { entry::trash::<domain::Official>(ctx.domain(), ctx.actor(), own(&input.id)?).await };
        OfficialPayload::new(ctx, result.await)
    }

    /// Takes it out of the trash, as it was.
    async fn official_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to restore.")] input: RestoreInput,
    ) -> Result<OfficialPayload> {
        let result = async { entry::restore::<domain::Official>(ctx.domain(), ctx.actor(), own(&input.id)?).await };
        OfficialPayload::new(ctx, result.await)
    }
}
