//! The changes that all nouns with a workflow have alike, written once: a macro, because a field of the schema needs a name of
//! its own for each noun.

/// The mutations of a noun, under the names given, and their payload.
macro_rules! entry_mutations {
    (
        $root:ident, $noun:ty, $kind:ident, $field:ident: $node:ident, $payload:ident, ($create_input:ident, $update_input:ident),
        create: $create:ident,
        update: $update:ident,
        revert: $revert:ident,
        submit: $submit:ident,
        approve: $approve:ident,
        send_back: $send_back:ident,
        publish: $publish:ident,
        schedule: $schedule:ident,
        unschedule: $unschedule:ident,
        unpublish: $unpublish:ident,
        archive: $archive:ident,
        trash: $trash:ident,
        restore: $restore:ident,
        purge: $purge:ident $(,)?
    ) => {
        $crate::graphql::payload::payload! {
            /// The outcome of a change.
            $payload,
            /// The entry after the change; null when nothing changed.
            $field: $node
        }

        /// Changes of one noun.
        #[derive(Default)]
        pub struct $root;

        fn own(id: &async_graphql::ID) -> $crate::domain::Result<uuid::Uuid> {
            $crate::graphql::id::require(entity::enums::Kind::$kind, id, "id")
        }

        #[async_graphql::Object]
        impl $root {
            /// Creates a draft.
            async fn $create(&self, ctx: &Context<'_>, #[graphql(desc = "What it says.")] input: $create_input) -> Result<$payload> {
                let result = async {
                    let (actor, note) = (ctx.actor().with_key(input.idempotency_key), input.note);
                    save::create::<$noun>(ctx.domain(), &actor, input.fields.into_patch()?, note).await
                };
                $payload::new(ctx, result.await)
            }

            /// Saves a change as a new revision. What the public sees of a published entry changes when it is published again.
            async fn $update(&self, ctx: &Context<'_>, #[graphql(desc = "The change.")] input: $update_input) -> Result<$payload> {
                let result = async {
                    let options = SaveOptions {
                        based_on: Some(input.based_on_revision),
                        note: input.note,
                        is_autosave: input.is_autosave.unwrap_or(false),
                    };
                    save::update::<$noun>(ctx.domain(), ctx.actor(), own(&input.id)?, input.fields.into_patch()?, options).await
                };
                $payload::new(ctx, result.await)
            }

            /// Brings an earlier revision back as the newest one. The public sees it once it is published.
            async fn $revert(&self, ctx: &Context<'_>, #[graphql(desc = "What to bring back.")] input: RevertInput) -> Result<$payload> {
                let result = async {
                    save::revert::<$noun>(ctx.domain(), ctx.actor(), own(&input.id)?, input.revision, input.based_on_revision).await
                };
                $payload::new(ctx, result.await)
            }

            /// Hands a draft to the editors: it is in review.
            async fn $submit(&self, ctx: &Context<'_>, #[graphql(desc = "What to hand in.")] input: SubmitInput) -> Result<$payload> {
                let result = async { review::submit::<$noun>(ctx.domain(), ctx.actor(), own(&input.id)?).await };
                $payload::new(ctx, result.await)
            }

            /// Finds good what is in review: it waits to be published.
            async fn $approve(&self, ctx: &Context<'_>, #[graphql(desc = "What was read.")] input: ApproveInput) -> Result<$payload> {
                let result = async { review::approve::<$noun>(ctx.domain(), ctx.actor(), own(&input.id)?, input.revision).await };
                $payload::new(ctx, result.await)
            }

            /// Sends what is in review back to its author, as a draft with a note.
            async fn $send_back(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "What is to be mended.")] input: ReturnInput,
            ) -> Result<$payload> {
                let result = async { review::send_back::<$noun>(ctx.domain(), ctx.actor(), own(&input.id)?, &input.note).await };
                $payload::new(ctx, result.await)
            }

            /// Makes a revision what the public sees.
            async fn $publish(&self, ctx: &Context<'_>, #[graphql(desc = "What to publish.")] input: PublishInput) -> Result<$payload> {
                let result = async { publish::publish::<$noun>(ctx.domain(), ctx.actor(), own(&input.id)?, input.revision).await };
                $payload::new(ctx, result.await)
            }

            /// Has a revision published at a moment to come; replaces a schedule that was there.
            async fn $schedule(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "What to publish, and when.")] input: ScheduleInput,
            ) -> Result<$payload> {
                let result =
                    async { schedule::schedule::<$noun>(ctx.domain(), ctx.actor(), own(&input.id)?, input.revision, input.at.0).await };
                $payload::new(ctx, result.await)
            }

            /// Ends a schedule.
            async fn $unschedule(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "Whose schedule to end.")] input: UnscheduleInput,
            ) -> Result<$payload> {
                let result = async { schedule::unschedule::<$noun>(ctx.domain(), ctx.actor(), own(&input.id)?).await };
                $payload::new(ctx, result.await)
            }

            /// Takes it out of the public's sight, to be worked on as a draft.
            async fn $unpublish(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "What to take back.")] input: UnpublishInput,
            ) -> Result<$payload> {
                let result = async { publish::unpublish::<$noun>(ctx.domain(), ctx.actor(), own(&input.id)?).await };
                $payload::new(ctx, result.await)
            }

            /// Takes it out of the public's sight and keeps it.
            async fn $archive(&self, ctx: &Context<'_>, #[graphql(desc = "What to archive.")] input: ArchiveInput) -> Result<$payload> {
                let result = async { publish::archive::<$noun>(ctx.domain(), ctx.actor(), own(&input.id)?).await };
                $payload::new(ctx, result.await)
            }

            /// Puts it into the trash, from which it can be restored.
            async fn $trash(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "What to put into the trash.")] input: TrashInput,
            ) -> Result<$payload> {
                let result = async { trash::trash::<$noun>(ctx.domain(), ctx.actor(), own(&input.id)?).await };
                $payload::new(ctx, result.await)
            }

            /// Takes it out of the trash, as it was.
            async fn $restore(&self, ctx: &Context<'_>, #[graphql(desc = "What to restore.")] input: RestoreInput) -> Result<$payload> {
                let result = async { trash::restore::<$noun>(ctx.domain(), ctx.actor(), own(&input.id)?).await };
                $payload::new(ctx, result.await)
            }

            /// Deletes it for good, with its revisions and comments.
            async fn $purge(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "What to delete.")] input: PurgeInput,
            ) -> Result<$crate::graphql::payload::DeletePayload> {
                let result = async { trash::purge::<$noun>(ctx.domain(), ctx.actor(), own(&input.id)?).await };
                let result = result.await;
                $crate::graphql::payload::DeletePayload::new(ctx, input.id, result)
            }
        }
    };
}
pub(in crate::graphql) use entry_mutations;
