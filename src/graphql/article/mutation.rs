//! Changing articles.

use async_graphql::{Context, ID, Object, Result};
use entity::enums::Kind;

use super::Article;
use super::input::{ArticleCreateInput, ArticleUpdateInput};
use crate::domain::article as domain;
use crate::domain::entry::{self, SaveOptions, schedule};
use crate::graphql::payload::{ArchiveInput, PublishInput, RestoreInput, ScheduleInput, TrashInput, UnscheduleInput, payload};
use crate::graphql::revision::RevertInput;
use crate::graphql::{ContextExt, id};

payload! {
    /// The outcome of a change of an article.
    ArticlePayload,
    /// The article after the change; null when nothing changed.
    article: Article
}

/// Changes of articles.
#[derive(Default)]
pub struct ArticleMutation;

fn own(id: &ID) -> crate::domain::Result<uuid::Uuid> {
    id::require(Kind::Article, id, "id")
}

#[Object]
impl ArticleMutation {
    /// Creates a draft.
    async fn article_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new article.")] input: ArticleCreateInput,
    ) -> Result<ArticlePayload> {
        let result = async {
            let (actor, note) = (ctx.actor().with_key(input.idempotency_key), input.note);
            entry::create::<domain::Article>(ctx.domain(), &actor, input.fields.into_patch()?, note).await
        };
        ArticlePayload::new(ctx, result.await)
    }

    /// Saves a change as a new revision. What the public sees of a published article changes when it is published again.
    async fn article_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: ArticleUpdateInput,
    ) -> Result<ArticlePayload> {
        let result = async {
            let options = SaveOptions { based_on: input.based_on_revision, note: input.note };
            entry::update::<domain::Article>(ctx.domain(), ctx.actor(), own(&input.id)?, input.fields.into_patch()?, options).await
        };
        ArticlePayload::new(ctx, result.await)
    }

    /// Brings an earlier revision back as the newest one. The public sees it once it is published.
    async fn article_revert(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to bring back.")] input: RevertInput,
    ) -> Result<ArticlePayload> {
        let result = async {
            entry::revert::<domain::Article>(ctx.domain(), ctx.actor(), own(&input.id)?, input.revision, input.based_on_revision).await
        };
        ArticlePayload::new(ctx, result.await)
    }

    /// Makes a revision what the public sees.
    async fn article_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to publish.")] input: PublishInput,
    ) -> Result<ArticlePayload> {
        let result = async { entry::publish::<domain::Article>(ctx.domain(), ctx.actor(), own(&input.id)?, input.revision).await };
        ArticlePayload::new(ctx, result.await)
    }

    /// Has a revision published at a moment to come; replaces a schedule that was there.
    async fn article_schedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to publish, and when.")] input: ScheduleInput,
    ) -> Result<ArticlePayload> {
        let result =
            async { schedule::schedule::<domain::Article>(ctx.domain(), ctx.actor(), own(&input.id)?, input.revision, input.at.0).await };
        ArticlePayload::new(ctx, result.await)
    }

    /// Ends a schedule.
    async fn article_unschedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose schedule to end.")] input: UnscheduleInput,
    ) -> Result<ArticlePayload> {
        let result = async { schedule::unschedule::<domain::Article>(ctx.domain(), ctx.actor(), own(&input.id)?).await };
        ArticlePayload::new(ctx, result.await)
    }

    /// Takes a published article out of the public's sight and keeps it.
    async fn article_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to archive.")] input: ArchiveInput,
    ) -> Result<ArticlePayload> {
        let result = async { entry::archive::<domain::Article>(ctx.domain(), ctx.actor(), own(&input.id)?).await };
        ArticlePayload::new(ctx, result.await)
    }

    /// Puts it into the trash, from which it can be restored.
    async fn article_trash(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to put into the trash.")] input: TrashInput,
    ) -> Result<ArticlePayload> {
        let result = async { entry::trash::<domain::Article>(ctx.domain(), ctx.actor(), own(&input.id)?).await };
        ArticlePayload::new(ctx, result.await)
    }

    /// Takes it out of the trash, as it was.
    async fn article_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to restore.")] input: RestoreInput,
    ) -> Result<ArticlePayload> {
        let result = async { entry::restore::<domain::Article>(ctx.domain(), ctx.actor(), own(&input.id)?).await };
        ArticlePayload::new(ctx, result.await)
    }
}
