//! What open editors and front ends are told of as it happens.

use async_graphql::{Context, ID, Result, SimpleObject, Subscription};
use entity::enums::Kind;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::article::Article;
use super::comment::Comment;
use super::event::Event;
use super::scalar::DateTime;
use super::{ContextExt, id};
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::domain::changes::{Change, subscribe};
use crate::domain::comment::by_ids;
use crate::domain::entry::{KINDS, find};
use crate::domain::error::{Error, Expected, FieldError, Problem};
use crate::domain::{article, event, require};

/// Something that was done to an entry.
#[derive(SimpleObject)]
pub struct EntryChange {
    /// What was done, such as `update`, `publish`, `trash`.
    action: String,
    /// Who did it.
    actor_name: String,
    /// When.
    at: DateTime,
}

/// What can be followed.
#[derive(Default)]
pub struct SubscriptionRoot;

#[Subscription(name = "Subscription")]
impl SubscriptionRoot {
    /// Tells an open editor what others do to an entry; for those who may see drafts.
    async fn entry_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The article, event, official or program.")] id: ID,
    ) -> Result<BoxStream<'static, EntryChange>> {
        require(ctx.actor(), Permission::ReadUnpublished)?;
        let entry = id::decode(&id).filter(|(kind, _)| KINDS.contains(kind));
        let entry = entry.ok_or_else(|| Error::from(FieldError::new("id", Problem::Malformed(Expected::GlobalId))))?;
        let changes = changes(subscribe(ctx.domain()).await?).filter(move |change| {
            let is_it = (change.kind, change.id) == entry;
            async move { is_it }
        });
        let told = |change: Change| EntryChange { action: change.action, actor_name: change.actor_name, at: DateTime(change.at) };
        Ok(changes.map(told).boxed())
    }

    /// Articles as they are published.
    async fn article_published(&self, ctx: &Context<'_>) -> Result<BoxStream<'static, Article>> {
        let domain = ctx.domain().clone();
        let published = changes(subscribe(&domain).await?).filter_map(move |change| {
            let domain = domain.clone();
            async move {
                let is_published = change.kind == Kind::Article && change.action == "publish";
                let row = if is_published {
                    find::<article::Article, entity::article::Model>(&domain, &Actor::public(), change.id).await.ok()?
                } else {
                    None
                };
                row.map(Article::from)
            }
        });
        Ok(published.boxed())
    }

    /// Events as what the public sees of them changes.
    async fn event_changed(&self, ctx: &Context<'_>) -> Result<BoxStream<'static, Event>> {
        let domain = ctx.domain().clone();
        let changed = changes(subscribe(&domain).await?).filter_map(move |change| {
            let domain = domain.clone();
            async move {
                let is_changed = change.kind == Kind::Event && matches!(change.action.as_str(), "publish" | "restore");
                let row = if is_changed {
                    find::<event::Event, entity::event::Model>(&domain, &Actor::public(), change.id).await.ok()?
                } else {
                    None
                };
                row.map(Event::from)
            }
        });
        Ok(changed.boxed())
    }

    /// Comments as they come in, wherever the checks for spam put them; for moderators.
    async fn comment_submitted(&self, ctx: &Context<'_>) -> Result<BoxStream<'static, Comment>> {
        let (domain, actor) = (ctx.domain().clone(), ctx.actor().clone());
        require(&actor, Permission::ModerateComments)?;
        let submitted = changes(subscribe(&domain).await?).filter_map(move |change| {
            let (domain, actor) = (domain.clone(), actor.clone());
            async move {
                let is_submitted = change.kind == Kind::Comment && change.action == "submit";
                let rows = if is_submitted { by_ids(&domain, &actor, &[change.id]).await.ok()? } else { return None };
                rows.into_values().next().map(Comment::from)
            }
        });
        Ok(submitted.boxed())
    }
}

/// A receiver as a stream. A reader that is too slow misses the oldest changes and goes on with the rest.
fn changes(receiver: Receiver<Change>) -> impl futures_util::Stream<Item = Change> + Send {
    stream::unfold(receiver, |mut receiver| async {
        loop {
            match receiver.recv().await {
                Ok(change) => return Some((change, receiver)),
                Err(RecvError::Lagged(missed)) => tracing::warn!(missed, "a subscriber is too slow"),
                Err(RecvError::Closed) => return None,
            }
        }
    })
}
