//! Comments: submitted by the public, shown once a moderator approves them.

use std::collections::HashMap;

use entity::comment;
use entity::enums::{CommentStatus, Kind};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    Set,
};
use uuid::Uuid;

use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::domain::article::Article;
use crate::domain::entry::{self, Entry};
use crate::domain::error::{Error, Expected, NotAllowed, Problem, Result};
use crate::domain::event::Event;
use crate::domain::links::visible_ids;
use crate::domain::page::{self, Key, Order, Owned, Page, PageRequest};
use crate::domain::user::is_email;
use crate::domain::validate::{Problems, trimmed};
use crate::domain::{Domain, history, idempotency, outbox, require};

pub mod spam;

/// Longest comment in characters.
const LONGEST_COMMENT: usize = 5_000;
/// Longest name of a commenter in characters.
const LONGEST_NAME: usize = 100;
/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;
/// Longest web address in characters.
const LONGEST_WEBSITE: usize = 500;

/// What a reader submits. Status and times come from the server alone.
#[derive(Clone, Debug, Default)]
pub struct Submission {
    /// An article or an event.
    pub subject: Option<(Kind, Uuid)>,
    pub parent: Option<Uuid>,
    pub author_name: String,
    pub author_email: String,
    pub author_website: Option<String>,
    pub body: String,
    /// Whether the reader agreed to the privacy notice.
    pub consent: bool,
}

/// Takes a comment in; it waits for a moderator, or stands with the spam.
pub async fn submit(domain: &Domain, actor: &Actor, submission: Submission) -> Result<comment::Model> {
    let website = trimmed(submission.author_website);
    let (name, email, body) = (submission.author_name.trim(), submission.author_email.trim().to_lowercase(), submission.body.trim());
    let mut problems = Problems::default();
    problems.line("authorName", name);
    problems.length("authorName", Some(name), LONGEST_NAME);
    if email.is_empty() {
        problems.add("authorEmail", Problem::Required);
    } else if !is_email(&email) {
        problems.add("authorEmail", Problem::Malformed(Expected::Email));
    }
    let website = website.map(|website| web_address(&website));
    if website == Some(None) {
        problems.add("authorWebsite", Problem::Malformed(Expected::WebAddress));
    }
    if body.is_empty() {
        problems.add("body", Problem::Required);
    }
    problems.length("body", Some(body), LONGEST_COMMENT);
    if !submission.consent {
        problems.add("consent", Problem::NotAllowed(NotAllowed::ConsentMissing));
    }
    let public = Actor::public();
    let (article_id, event_id) = match submission.subject {
        Some((Kind::Article, id)) => (entry::find::<Article>(domain, &public, id).await?.map(|row| row.id), None),
        Some((Kind::Event, id)) => (None, entry::find::<Event>(domain, &public, id).await?.map(|row| row.id)),
        _ => (None, None),
    };
    if article_id.is_none() && event_id.is_none() {
        problems.add("subjectId", Problem::Malformed(Expected::ArticleOrEvent));
    }
    if let Some(parent) = submission.parent {
        let parent =
            comment::Entity::find_by_id(parent).filter(comment::Column::Status.eq(CommentStatus::Approved)).one(domain.db.read()).await?;
        if parent.is_none_or(|parent| parent.article_id != article_id || parent.event_id != event_id) {
            problems.add("parentId", Problem::UnknownReference);
        }
    }
    problems.into_result()?;
    let now = domain.clock.now();
    let mut row = comment::Model {
        id: domain.clock.new_id(),
        article_id,
        event_id,
        parent_id: submission.parent,
        author_name: name.to_owned(),
        author_email: email,
        author_website: website.flatten(),
        body: body.to_owned(),
        status: CommentStatus::Pending,
        status_reason: None,
        spam_score: 0,
        spam_checks: String::new(),
        body_key: spam::body_key(body),
        consent_at: now,
        consent_notice: domain.settings.privacy_notice.clone(),
        created_at: now,
        updated_at: now,
    };
    refuse_flood(domain, actor, now).await?;
    spam::judge(domain, &mut row).await?;
    let txn = domain.begin().await?;
    if let Some(first) = idempotency::claim(&txn, domain, actor, Kind::Comment, row.id).await? {
        return comment::Entity::find_by_id(first).one(&txn).await?.ok_or(Error::NotFound(Kind::Comment));
    }
    comment::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(&txn).await?;
    history::audit(&txn, domain, actor, "submit", Kind::Comment, row.id, "").await?;
    outbox::enqueue_index(&txn, domain, vec![(Kind::Comment, row.id)]).await?;
    domain.commit(txn).await?;
    Ok(row)
}

/// Fails when the actor's address has submitted too much within the last hour.
async fn refuse_flood(domain: &Domain, actor: &Actor, now: i64) -> Result<()> {
    let Some(address) = &actor.address else { return Ok(()) };
    let submitted = history::count_since(domain, "comment.submit", address, now - HOUR_MS).await?;
    if submitted >= domain.settings.comments_per_hour {
        return Err(Error::Throttled { retry_after_seconds: 600 });
    }
    Ok(())
}

/// Decides on a comment.
pub async fn moderate(domain: &Domain, actor: &Actor, id: Uuid, status: CommentStatus, reason: Option<String>) -> Result<comment::Model> {
    require(actor, Permission::ModerateComments)?;
    let mut problems = Problems::default();
    problems.optional_line("reason", reason.as_deref());
    problems.into_result()?;
    let txn = domain.begin().await?;
    let row = comment::Entity::find_by_id(id).lock_exclusive().one(&txn).await?.ok_or(Error::NotFound(Kind::Comment))?;
    let mut active = row.into_active_model();
    active.status = Set(status);
    active.status_reason = Set(trimmed(reason));
    active.updated_at = Set(domain.clock.now());
    let row = active.update(&txn).await?;
    history::audit(&txn, domain, actor, status.as_str(), Kind::Comment, id, "status").await?;
    domain.commit(txn).await?;
    Ok(row)
}

/// Comments by id: for moderators all of them, for others the approved ones on what they may see.
pub async fn by_ids(domain: &Domain, actor: &Actor, ids: &[Uuid]) -> Result<HashMap<Uuid, comment::Model>> {
    let is_moderator = actor.may(Permission::ModerateComments);
    let mut rows = comment::Entity::find().filter(comment::Column::Id.is_in(ids.iter().copied()));
    if !is_moderator {
        rows = rows.filter(comment::Column::Status.eq(CommentStatus::Approved)).filter(
            Condition::any()
                .add(comment::Column::ArticleId.in_subquery(visible_ids::<Article>(domain, actor)))
                .add(comment::Column::EventId.in_subquery(visible_ids::<Event>(domain, actor))),
        );
    }
    Ok(rows.all(domain.db.read()).await?.into_iter().map(|row| (row.id, row)).collect())
}

/// The queue that moderators work through, newest first.
pub async fn queue(domain: &Domain, actor: &Actor, status: Option<CommentStatus>, page: &PageRequest) -> Result<Page<comment::Model>> {
    require(actor, Permission::ModerateComments)?;
    page::fetch(domain.db.read(), in_queue(status), &order(true), page).await
}

/// How many comments the queue holds.
pub async fn queue_count(domain: &Domain, actor: &Actor, status: Option<CommentStatus>) -> Result<u64> {
    require(actor, Permission::ModerateComments)?;
    Ok(in_queue(status).count(domain.db.read()).await?)
}

fn in_queue(status: Option<CommentStatus>) -> Select<comment::Entity> {
    let rows = comment::Entity::find();
    match status {
        Some(status) => rows.filter(comment::Column::Status.eq(status)),
        None => rows,
    }
}

fn order(descending: bool) -> Order<comment::Entity> {
    Order {
        name: if descending { "newest" } else { "oldest" },
        column: comment::Column::CreatedAt,
        id: comment::Column::Id,
        descending,
        key: |row| (Key::Int(row.created_at), row.id),
    }
}

/// The column that links a comment to its article or event.
fn subject_column(kind: Kind) -> comment::Column {
    if kind == <Event as Entry>::KIND { comment::Column::EventId } else { comment::Column::ArticleId }
}

/// The same page of the approved threads of many articles or events at once, oldest first.
pub async fn threads(
    domain: &Domain,
    kind: Kind,
    ids: &[Uuid],
    size: u64,
    after: Option<&str>,
) -> Result<HashMap<Uuid, Page<comment::Model>>> {
    let threads = Owned {
        column: subject_column(kind),
        owner: |row: &comment::Model| row.article_id.or(row.event_id),
        filter: approved().add(comment::Column::ParentId.is_null()),
    };
    page::pages_of_each(domain.db.read(), threads, ids, &order(false), size, after).await
}

/// The first approved replies to each of many comments, oldest first.
pub async fn first_replies(domain: &Domain, parents: &[Uuid], size: u64) -> Result<HashMap<Uuid, Vec<comment::Model>>> {
    let replies = Owned { column: comment::Column::ParentId, owner: |row: &comment::Model| row.parent_id, filter: approved() };
    let pages = page::pages_of_each(domain.db.read(), replies, parents, &order(false), size, None).await?;
    Ok(pages.into_iter().map(|(parent, page)| (parent, page.rows.into_iter().map(|(_, row)| row).collect())).collect())
}

fn approved() -> Condition {
    Condition::all().add(comment::Column::Status.eq(CommentStatus::Approved))
}

/// How many approved comments, replies to approved ones included, each article or event has.
pub async fn counts(domain: &Domain, kind: Kind, ids: &[Uuid]) -> Result<HashMap<Uuid, i64>> {
    let parent_shown = comment::Entity::find()
        .select_only()
        .column(comment::Column::Id)
        .filter(subject_column(kind).is_in(ids.iter().copied()))
        .filter(comment::Column::Status.eq(CommentStatus::Approved))
        .into_query();
    let is_shown = Condition::any().add(comment::Column::ParentId.is_null()).add(comment::Column::ParentId.in_subquery(parent_shown));
    grouped(domain, kind, ids, is_shown).await
}

/// How many approved threads each article or event has.
pub async fn thread_counts(domain: &Domain, kind: Kind, ids: &[Uuid]) -> Result<HashMap<Uuid, i64>> {
    grouped(domain, kind, ids, Condition::all().add(comment::Column::ParentId.is_null())).await
}

async fn grouped(domain: &Domain, kind: Kind, ids: &[Uuid], also: Condition) -> Result<HashMap<Uuid, i64>> {
    let column = subject_column(kind);
    let rows: Vec<(Uuid, i64)> = comment::Entity::find()
        .select_only()
        .column(column)
        .column_as(comment::Column::Id.count(), "count")
        .filter(column.is_in(ids.iter().copied()))
        .filter(comment::Column::Status.eq(CommentStatus::Approved))
        .filter(also)
        .group_by(column)
        .into_tuple()
        .all(domain.db.read())
        .await?;
    Ok(rows.into_iter().collect())
}

/// The normal form of an absolute http or https address of at most 500 characters.
fn web_address(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())?;
    Some(String::from(url)).filter(|address| address.len() <= LONGEST_WEBSITE)
}
