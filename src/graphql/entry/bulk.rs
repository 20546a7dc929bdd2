//! One thing done to many entries.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use entity::enums::Kind;
use futures_util::future::try_join_all;
use uuid::Uuid;

use crate::domain::entry::bulk::{self, BulkAction};
use crate::domain::error::{Error, Expected, FieldError, NotAllowed, Problem};
use crate::graphql::node::{self, Node};
use crate::graphql::payload::{UserError, outcome};
use crate::graphql::{ContextExt, id};

/// Which entries to publish.
#[derive(InputObject)]
pub struct EntriesPublishInput {
    /// Up to 100 articles, events, officials and programs.
    pub ids: Vec<ID>,
    /// Numbers of the revisions to show, one for each id in their order; by default the newest of each that is no autosave.
    pub revisions: Option<Vec<i32>>,
}

/// Which entries to put into the trash.
#[derive(InputObject)]
pub struct EntriesTrashInput {
    /// Up to 100 articles, events, officials and programs.
    pub ids: Vec<ID>,
}

/// Under which topics to file articles.
#[derive(InputObject)]
pub struct EntriesSetTopicsInput {
    /// Up to 100 articles.
    pub ids: Vec<ID>,
    /// The topics that each is filed under from now on, and no others.
    pub topic_ids: Vec<ID>,
}

/// What became of one entry of many.
#[derive(SimpleObject)]
pub struct EntryResult {
    /// Its id, as it was given.
    id: ID,
    /// The entry after the change; null when nothing was done.
    node: Option<Node>,
    /// What stands in the way.
    user_errors: Vec<UserError>,
}

/// What became of many entries: it was done to all of them, or to none.
#[derive(SimpleObject)]
pub struct EntriesPayload {
    /// One for each id, in their order.
    results: Vec<EntryResult>,
    /// What has to be put right first; empty when all went well.
    user_errors: Vec<UserError>,
}

/// Changes of many entries at once, in one transaction.
#[derive(Default)]
pub struct BulkMutation;

#[Object]
impl BulkMutation {
    /// Publishes a revision of each.
    async fn entries_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to publish.")] input: EntriesPublishInput,
    ) -> Result<EntriesPayload> {
        let action = match input.revisions {
            Some(revisions) if revisions.len() != input.ids.len() => {
                Err(FieldError::new("revisions", Problem::Malformed(Expected::OneForEach)).into())
            }
            revisions => Ok(BulkAction::Publish(revisions.into_iter().flatten().zip(&input.ids).filter_map(number).collect())),
        };
        run(ctx, input.ids, action).await
    }

    /// Puts each into the trash, from which it can be restored.
    async fn entries_trash(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to put into the trash.")] input: EntriesTrashInput,
    ) -> Result<EntriesPayload> {
        run(ctx, input.ids, Ok(BulkAction::Trash)).await
    }

    /// Files each article under some topics, as a new revision; published ones are to be published again.
    async fn entries_set_topics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which articles, and which topics.")] input: EntriesSetTopicsInput,
    ) -> Result<EntriesPayload> {
        let topics = id::list(Kind::Topic, &input.topic_ids, "topicIds");
        run(ctx, input.ids, topics.map(BulkAction::SetTopics)).await
    }
}

/// Which revision of which entry; an id that is none is found out later.
fn number((number, id): (i32, &ID)) -> Option<((Kind, Uuid), i32)> {
    Some((id::decode(id)?, number))
}

async fn run(ctx: &Context<'_>, ids: Vec<ID>, action: crate::domain::Result<BulkAction>) -> Result<EntriesPayload> {
    let done = async {
        let entries = ids.iter().enumerate().map(|(at, global)| {
            let unknown = || FieldError::new(format!("ids.{at}"), Problem::Malformed(Expected::EntryId));
            id::decode(global).ok_or_else(|| Error::from(unknown()))
        });
        let entries: Vec<(Kind, Uuid)> = entries.collect::<Result<_, _>>()?;
        let failed = bulk::run(ctx.domain(), ctx.actor(), &entries, &action?).await?;
        Ok((entries, failed))
    };
    let (done, mut user_errors) = outcome(ctx, done.await)?;
    let Some((entries, failed)) = done else { return Ok(EntriesPayload { results: Vec::new(), user_errors }) };
    let is_done = failed.is_empty();
    if !is_done {
        let others = Error::from(FieldError::new("ids", Problem::NotAllowed(NotAllowed::OthersFailed)));
        user_errors = outcome::<()>(ctx, Err(others))?.1;
    }
    let mut reasons: Vec<((Kind, Uuid), Vec<UserError>)> = Vec::new();
    for (kind, id, error) in failed {
        reasons.push(((kind, id), outcome::<()>(ctx, Err(error))?.1));
    }
    let nodes = if is_done { try_join_all(ids.iter().map(|id| node::find(ctx, id))).await? } else { ids.iter().map(|_| None).collect() };
    let results = ids.into_iter().zip(entries).zip(nodes).map(|((id, entry), node)| {
        let user_errors = reasons.iter().find(|(failed, _)| *failed == entry).map(|(_, errors)| errors.clone()).unwrap_or_default();
        EntryResult { id, node, user_errors }
    });
    let results = results.collect();
    Ok(EntriesPayload { results, user_errors })
}
