//! Comments: submitted by the public, shown once a moderator approves them.

use std::sync::Arc;

use entity::comment;
use entity::enums::{CommentStatus, Kind};
use sea_orm::{ColumnTrait, Condition, EntityTrait, IntoSimpleExpr, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::db::{Known, Read, Rows, Transaction, padded};
use crate::domain::article::Article;
use crate::domain::entry::Entry;
use crate::domain::error::{Error, Result};
use crate::domain::event::Event;
use crate::domain::links::is_visible;
use crate::domain::page::{self, Key, KeyOf, Order, Owned, Page, PageRequest};
use crate::domain::{ById, Domain, ROW_LOCK};

pub mod attempt;
pub mod blocklist;
pub mod check;
pub mod digest;
pub mod discussion;
pub mod erase;
pub mod form;
pub mod moderate;
pub mod own;
pub mod queue;
pub mod receipt;
pub mod spam;
pub mod submit;

/// The secret of the site by which forms and receipts are signed and networks are told apart.
const KEY: &str = "comments";

/// An article or event.
pub type Subject = (Kind, Uuid);

/// What a comment is on.
pub fn subject(row: &comment::Model) -> Option<Subject> {
    row.article_id.map(|id| (Kind::Article, id)).or(row.event_id.map(|id| (Kind::Event, id)))
}

/// A comment that is about to change, locked after the discussion that it belongs to: all who change what is shown of one wait
/// for each other.
async fn lock(txn: &Transaction, id: Uuid) -> Result<comment::Model> {
    moderate::lock_discussions(txn, &[id]).await?;
    lock_row(txn, id).await
}

/// The same, whose discussion the caller has locked.
async fn lock_row(txn: &Transaction, id: Uuid) -> Result<comment::Model> {
    comment::Entity::find_by_id(id).lock(ROW_LOCK).row(txn).await?.ok_or(Error::NotFound(Kind::Comment))
}

/// Comments by id: for moderators all of them, for others those that are shown on what they may see.
pub async fn by_ids(domain: &Domain, actor: &Actor, ids: &[Uuid]) -> Result<ById<comment::Model>> {
    let is_moderator = actor.may(Permission::ModerateComments);
    let mut rows = Rows::<comment::Entity>::all().filter(comment::Column::Id.is_in(padded(ids)));
    if !is_moderator {
        rows =
            rows.filter(comment::Column::IsShown.eq(true)).filter(
                Condition::any()
                    .add(is_visible::<Article>(domain, actor, comment::Column::ArticleId.into_simple_expr()))
                    .add(is_visible::<Event>(domain, actor, comment::Column::EventId.into_simple_expr())),
            );
    }
    Ok(rows.rows(domain.db.read()).await?.into_iter().map(|row| (row.id, row)).collect())
}

fn order<R>(newest_first: bool, key: KeyOf<R>) -> Order<comment::Entity, R> {
    let name = if newest_first { "newest" } else { "oldest" };
    Order { name, column: comment::Column::CreatedAt, id: comment::Column::Id, descending: newest_first, key }
}

/// What everybody may see of a comment that is shown.
pub type Head = Arc<comment::Head>;

/// The order of heads.
fn order_of_heads(newest_first: bool) -> Order<comment::Entity, Head> {
    order(newest_first, |head| (Key::Int(head.created_at), head.id))
}

/// The column that links a comment to its article or event.
fn subject_column(kind: Kind) -> comment::Column {
    if kind == <Event as Entry>::KIND { comment::Column::EventId } else { comment::Column::ArticleId }
}

fn shown() -> Condition {
    Condition::all().add(comment::Column::IsShown.eq(true))
}

/// The same page of the threads of many articles or events at once.
pub async fn threads(domain: &Domain, kind: Kind, ids: &[Uuid], newest_first: bool, request: &PageRequest) -> Result<ById<Page<Head>>> {
    static OF_ARTICLES: [Known; 2] = [const { Known::new() }; 2];
    static OF_EVENTS: [Known; 2] = [const { Known::new() }; 2];
    let threads = Owned {
        column: subject_column(kind),
        owner: |row: &Head| row.article_id.or(row.event_id),
        filter: shown().add(comment::Column::Depth.eq(0)),
        known: Some((if kind == Kind::Event { &OF_EVENTS } else { &OF_ARTICLES }, vec![true.into(), 0.into()])),
    };
    page::pages_of_each(domain.db.read(), threads, ids, &order_of_heads(newest_first), request).await
}

/// The same page of the replies to many comments at once, oldest first.
pub async fn replies(domain: &Domain, parents: &[Uuid], request: &PageRequest) -> Result<ById<Page<Head>>> {
    let replies = Owned { column: comment::Column::ParentId, owner: |row: &Head| row.parent_id, filter: shown(), known: None };
    page::pages_of_each(domain.db.read(), replies, parents, &order_of_heads(false), request).await
}

/// How many replies to each comment are shown.
pub async fn reply_counts(domain: &Domain, parents: &[Uuid]) -> Result<ById<i64>> {
    let rows: Vec<(Uuid, i64)> = Rows::<comment::Entity>::all()
        .column(comment::Column::ParentId)
        .column_as(comment::Column::Id.count(), "count")
        .filter(comment::Column::ParentId.is_in(parents.iter().copied()))
        .filter(shown())
        .group_by(comment::Column::ParentId)
        .tuples(domain.db.read())
        .await?;
    Ok(rows.into_iter().collect())
}

/// Puts what follows from a comment's new status into its row: whether it is shown, what hangs below it, and the counts. The
/// caller holds the lock of its discussion and writes the row.
async fn settle(txn: &Transaction, row: &mut comment::Model, status: CommentStatus) -> Result<()> {
    let was_shown = row.is_shown;
    row.status = status;
    row.is_shown = status == CommentStatus::Approved
        && match row.parent_id {
            Some(parent) => comment::Entity::find_by_id(parent).row(txn).await?.is_some_and(|parent| parent.is_shown),
            None => true,
        };
    if row.is_shown == was_shown {
        return Ok(());
    }
    let below = discussion::show_below(txn, row.id, row.is_shown).await?;
    let change = if row.is_shown { 1 } else { -1 };
    let threads = if row.parent_id.is_none() { change } else { 0 };
    discussion::add(txn, subject(row), threads, change * (below + 1)).await
}
