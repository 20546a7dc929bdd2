//! Changing events.

use async_graphql::{Context, ID, Object, Result};
use entity::enums::Kind;

use super::Event;
use super::input::{EventCreateInput, EventUpdateInput};
use crate::domain::entry::{self, SaveOptions, schedule};
use crate::domain::event as domain;
use crate::graphql::payload::{ArchiveInput, PublishInput, RestoreInput, ScheduleInput, TrashInput, UnscheduleInput, payload};
use crate::graphql::revision::RevertInput;
use crate::graphql::{ContextExt, id};

payload! {
    /// The outcome of a change of an event.
    EventPayload,
    /// The event after the change; null when nothing changed.
    event: Event
}

/// Changes of events.
#[derive(Default)]
pub struct EventMutation;

fn own(id: &ID) -> crate::domain::Result<uuid::Uuid> {
    id::require(Kind::Event, id, "id")
}

#[Object]
impl EventMutation {
    /// Creates a draft.
    async fn event_create(&self, ctx: &Context<'_>, #[graphql(desc = "The new event.")] input: EventCreateInput) -> Result<EventPayload> {
        let result = async {
            let (actor, note) = (ctx.actor().with_key(input.idempotency_key), input.note);
            entry::create::<domain::Event>(ctx.domain(), &actor, input.fields.into_patch()?, note).await
        };
        EventPayload::new(ctx, result.await)
    }

    /// Saves a change as a new revision. What the public sees of a published event changes when it is published again.
    async fn event_update(&self, ctx: &Context<'_>, #[graphql(desc = "The change.")] input: EventUpdateInput) -> Result<EventPayload> {
        let result = async {
            let options = SaveOptions { based_on: input.based_on_revision, note: input.note };
            entry::update::<domain::Event>(ctx.domain(), ctx.actor(), own(&input.id)?, input.fields.into_patch()?, options).await
        };
        EventPayload::new(ctx, result.await)
    }

    /// Brings an earlier revision back as the newest one. The public sees it once it is published.
    async fn event_revert(&self, ctx: &Context<'_>, #[graphql(desc = "What to bring back.")] input: RevertInput) -> Result<EventPayload> {
        let result = async {
            entry::revert::<domain::Event>(ctx.domain(), ctx.actor(), own(&input.id)?, input.revision, input.based_on_revision).await
        };
        EventPayload::new(ctx, result.await)
    }

    /// Makes a revision what the public sees.
    async fn event_publish(&self, ctx: &Context<'_>, #[graphql(desc = "What to publish.")] input: PublishInput) -> Result<EventPayload> {
        let result = async { entry::publish::<domain::Event>(ctx.domain(), ctx.actor(), own(&input.id)?, input.revision).await };
        EventPayload::new(ctx, result.await)
    }

    /// Has a revision published at a moment to come; replaces a schedule that was there.
    async fn event_schedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to publish, and when.")] input: ScheduleInput,
    ) -> Result<EventPayload> {
        let result =
            async { schedule::schedule::<domain::Event>(ctx.domain(), ctx.actor(), own(&input.id)?, input.revision, input.at.0).await };
        EventPayload::new(ctx, result.await)
    }

    /// Ends a schedule.
    async fn event_unschedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose schedule to end.")] input: UnscheduleInput,
    ) -> Result<EventPayload> {
        let result = async { schedule::unschedule::<domain::Event>(ctx.domain(), ctx.actor(), own(&input.id)?).await };
        EventPayload::new(ctx, result.await)
    }

    /// Takes a published event out of the public's sight and keeps it.
    async fn event_archive(&self, ctx: &Context<'_>, #[graphql(desc = "What to archive.")] input: ArchiveInput) -> Result<EventPayload> {
        let result = async { entry::archive::<domain::Event>(ctx.domain(), ctx.actor(), own(&input.id)?).await };
        EventPayload::new(ctx, result.await)
    }

    /// Puts it into the trash, from which it can be restored.
    async fn event_trash(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to put into the trash.")] input: TrashInput,
    ) -> Result<EventPayload> {
        let result = async { entry::trash::<domain::Event>(ctx.domain(), ctx.actor(), own(&input.id)?).await };
        EventPayload::new(ctx, result.await)
    }

    /// Takes it out of the trash, as it was.
    async fn event_restore(&self, ctx: &Context<'_>, #[graphql(desc = "What to restore.")] input: RestoreInput) -> Result<EventPayload> {
        let result = async { entry::restore::<domain::Event>(ctx.domain(), ctx.actor(), own(&input.id)?).await };
        EventPayload::new(ctx, result.await)
    }
}
