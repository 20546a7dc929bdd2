//! Erasing what the writers of comments gave, as they may ask (UU 27/2022, articles 8 and 43) and as time goes by.

use std::cmp::Reverse;

use entity::enums::{CommentStatus, Kind};
use entity::{comment, comment_edit};
use sea_orm::sea_query::LockType;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};

use super::attempt::HashKey;
use super::{attempt, moderate, settle};
use crate::db::{Read, Rows, Transaction, Write, update_row};
use crate::domain::error::Result;
use crate::domain::{Domain, idempotency, outbox};

/// What was done to comments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Comments that are gone.
    pub deleted: u64,
    /// Comments that others replied to: they keep their place, and hold nothing any more.
    pub emptied: u64,
}

/// Erases all that the writers of comments gave. Those that nobody replied to are deleted, the others emptied. For an hour they go on to count
/// for how much somebody may write, by hashes made with `key`.
pub async fn erase(txn: &Transaction, domain: &Domain, key: &HashKey, mut rows: Vec<comment::Model>) -> Result<Erased> {
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    moderate::lock_discussions(txn, &ids).await?;
    // The deepest first: a comment whose replies all go can go, too.
    rows.sort_by_key(|row| Reverse(row.depth));
    let mut erased = Erased::default();
    for row in rows {
        // Locked against those who are about to reply to it.
        let locked = comment::Entity::find_by_id(row.id).lock(LockType::Update).row(txn).await?;
        let Some(mut row) = locked else { continue };
        attempt::keep(txn, domain, key, &row).await?;
        let has_replies = Rows::<comment::Entity>::all().filter(comment::Column::ParentId.eq(row.id)).row(txn).await?.is_some();
        if has_replies {
            comment_edit::Entity::delete_many().filter(comment_edit::Column::CommentId.eq(row.id)).write(txn).await?;
            empty(&mut row, domain.clock.now());
            update_row(row.into_active_model().reset_all(), txn).await?;
            erased.emptied += 1;
        } else {
            settle(txn, &mut row, CommentStatus::Trash).await?;
            comment::Entity::delete_by_id(row.id).write(txn).await?;
            erased.deleted += 1;
        }
    }
    idempotency::forget(txn, &ids).await?;
    outbox::enqueue_index(txn, domain, ids.into_iter().map(|id| (Kind::Comment, id)).collect()).await?;
    Ok(erased)
}

fn empty(row: &mut comment::Model, now: i64) {
    for text in [&mut row.author_name, &mut row.author_email, &mut row.body] {
        text.clear();
    }
    row.author_website = None;
    row.status_reason = None;
    (row.spam_score, row.spam_checks) = (0, "[]".to_owned());
    (row.sketch_a, row.sketch_b, row.sketch_c) = (None, None, None);
    (row.address, row.network_hash, row.user_agent, row.author_user_id) = (None, None, None, None);
    (row.erased_at, row.updated_at) = (Some(now), now);
}
