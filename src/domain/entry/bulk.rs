//! One thing done to many entries: to all of them or to none.

use std::collections::HashMap;

use entity::enums::Kind;
use uuid::Uuid;

use super::publish::publish_in;
use super::save::{Change, SaveOptions, save_in};
use super::trash::trash_in;
use super::{Entry, of_kind};
use crate::auth::actor::Actor;
use crate::domain::article::{Article, ArticlePatch};
use crate::domain::error::{Error, Expected, FieldError, Problem, Result};
use crate::domain::patch::Patch;
use crate::domain::validate::unique;
use crate::domain::{Domain, require, retrying};

/// Most entries in one command.
pub const MOST_ENTRIES: usize = 100;

/// What is done to each.
#[derive(Clone, Debug)]
pub enum BulkAction {
    /// Make a revision what the public sees: the one named here, or the newest that is no autosave.
    Publish(HashMap<(Kind, Uuid), i32>),
    Trash,
    /// File an article under these topics and no others, as a new revision.
    SetTopics(Vec<Uuid>),
}

/// Does it to all entries, or to none when it can't be done to one of them. Each entry that stands in the way is returned
/// with what is wrong; an empty list says that all went well.
pub async fn run(domain: &Domain, actor: &Actor, entries: &[(Kind, Uuid)], action: &BulkAction) -> Result<Vec<(Kind, Uuid, Error)>> {
    if entries.is_empty() {
        return Err(FieldError::new("ids", Problem::Required).into());
    }
    if entries.len() > MOST_ENTRIES {
        return Err(FieldError::new("ids", Problem::TooLong { max: MOST_ENTRIES }).into());
    }
    for (kind, _) in entries {
        require(actor, of_kind!(kind, A => A::MANAGE, else return Err(not_an_entry())))?;
    }
    // Everybody locks in the same order, so that two at once wait for each other in line and not crosswise.
    let mut entries = entries.to_vec();
    entries.sort_by_key(|(_, id)| *id);
    entries.dedup();
    retrying(|| async {
        let txn = domain.begin().await?;
        let mut failed = Vec::new();
        for (kind, id) in &entries {
            // A statement that the database refuses spoils its transaction, and the others are still to be tried.
            let step = txn.part().await?;
            let done = of_kind!(kind, A => apply::<A>(&step, domain, actor, *id, action).await, else Err(not_an_entry()));
            match done {
                Ok(()) => step.commit().await?,
                Err(error @ (Error::Invalid(_) | Error::NotFound(_) | Error::Conflict { .. })) => {
                    step.rollback().await?;
                    failed.push((*kind, *id, error));
                }
                Err(error) => return Err(error),
            }
        }
        if failed.is_empty() {
            domain.commit(txn).await?;
        }
        Ok(failed)
    })
    .await
}

async fn apply<A: Entry>(txn: &crate::db::Transaction, domain: &Domain, actor: &Actor, id: Uuid, action: &BulkAction) -> Result<()> {
    match action {
        BulkAction::Publish(revisions) => publish_in::<A>(txn, domain, actor, id, revisions.get(&(A::KIND, id)).copied()).await,
        BulkAction::Trash => trash_in::<A>(txn, domain, actor, id).await,
        BulkAction::SetTopics(topics) if A::KIND == Kind::Article => {
            let patch = ArticlePatch { topic_ids: Patch::Set(unique(topics.clone())), ..ArticlePatch::default() };
            save_in::<Article>(txn, domain, actor, id, &SaveOptions::default(), "update", &Change::By(patch)).await
        }
        BulkAction::SetTopics(_) => Err(FieldError::new("id", Problem::Malformed(Expected::ArticleId)).into()),
    }
}

fn not_an_entry() -> Error {
    FieldError::new("ids", Problem::Malformed(Expected::EntryId)).into()
}
