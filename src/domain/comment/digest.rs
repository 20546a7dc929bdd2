//! Mails to moderators when comments wait: not one for each, but one for those of some minutes.

use std::fmt::Write as _;

use entity::enums::{CommentStatus, JobKind, Kind, Role, UserStatus};
use entity::{comment, outbox_job, user};
use sea_orm::sea_query::LockType;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use uuid::Uuid;

use crate::auth::actor::Actor;
use crate::db::{Known, Read, Rows, Source, Transaction, Write};
use crate::domain::article::Article;
use crate::domain::error::Result;
use crate::domain::event::Event;
use crate::domain::{ById, Domain, entry, outbox};
use crate::mail::Message;

/// The subject of the job that has moderators told: it is about no comment in particular.
const NO_COMMENT: Uuid = Uuid::nil();
/// How many comments a mail shows.
const SHOWN: u64 = 10;
/// How much of each, in characters.
const EXCERPT: usize = 160;
/// Who is told: the first of these roles that anybody active has.
const TOLD: [Role; 3] = [Role::Moderator, Role::Editor, Role::Admin];

/// Has moderators told in a while, unless they will be anyway.
pub(super) async fn schedule(txn: &Transaction, domain: &Domain) -> Result<()> {
    let minutes = domain.settings.comments.digest_minutes;
    if minutes == 0 {
        return Ok(());
    }
    static WAITING: Known = Known::new();
    let query = || {
        let jobs = Rows::<outbox_job::Entity>::all().column(outbox_job::Column::Id).filter(outbox_job::Column::SubjectId.eq(NO_COMMENT));
        let waiting = jobs.filter(outbox_job::Column::Kind.eq(JobKind::CommentDigest)).filter(outbox_job::Column::FailedAt.is_null());
        // Locked, so that one that is being done just now, and has found nothing, does not count.
        waiting.limit(1).lock(LockType::Share).into_query()
    };
    let waiting = WAITING.statement(txn.backend(), [NO_COMMENT.into(), JobKind::CommentDigest.into(), 1_u64.into()], query);
    if txn.rows::<Uuid>(waiting).await?.is_empty() {
        outbox::enqueue(txn, domain, JobKind::CommentDigest, (Kind::Comment, NO_COMMENT), domain.clock.now() + minutes * 60_000).await?;
    }
    Ok(())
}

/// Writes a mail job for each moderator, if there are comments that wait. The job ends in the same transaction, with others of its
/// kind: nobody is told twice.
pub async fn run(domain: &Domain) -> Result<()> {
    let txn = domain.begin().await?;
    outbox_job::Entity::delete_many()
        .filter(outbox_job::Column::SubjectId.eq(NO_COMMENT))
        .filter(outbox_job::Column::Kind.eq(JobKind::CommentDigest))
        .write(&txn)
        .await?;
    let waiting = Rows::<comment::Entity>::all().filter(comment::Column::Status.eq(CommentStatus::Pending)).row(&txn).await?;
    if waiting.is_some() {
        for role in TOLD {
            let users = Rows::<user::Entity>::all().filter(user::Column::Role.eq(role)).filter(user::Column::Status.eq(UserStatus::Active));
            let users = users.rows(&txn).await?;
            for user in &users {
                outbox::enqueue(&txn, domain, JobKind::MailCommentDigest, (Kind::User, user.id), domain.clock.now()).await?;
            }
            if !users.is_empty() {
                break;
            }
        }
    }
    domain.commit_unseen(txn).await
}

/// The mail to a moderator, of this id; none when nothing waits any more.
pub async fn letter(domain: &Domain, user: &user::Model, id: Uuid) -> Result<Option<Message>> {
    let db = domain.db.read();
    let waiting = || Rows::<comment::Entity>::all().filter(comment::Column::Status.eq(CommentStatus::Pending));
    let newest = waiting().order_by_desc(comment::Column::CreatedAt).order_by_desc(comment::Column::Id).limit(SHOWN).rows(db).await?;
    if newest.is_empty() {
        return Ok(None);
    }
    let count = waiting().number(db).await?;
    let titles = titles(domain, &newest).await?;
    let (site, address) = (&domain.settings.site_name, &domain.settings.editor_url);
    let mut text = format!("{},\n\n{count} komentar menunggu keputusan / comments wait for a decision: {address}\n", user.name);
    for row in &newest {
        let title = row.article_id.or(row.event_id).and_then(|id| titles.get(&id)).map_or("", String::as_str);
        let body: String = row.body.split_whitespace().collect::<Vec<_>>().join(" ");
        let excerpt: String = body.chars().take(EXCERPT).collect();
        let rest = if excerpt.len() < body.len() { "…" } else { "" };
        // Writing into a string does not fail.
        let _ = write!(text, "\n— {} · {title}\n  {excerpt}{rest}\n", row.author_name);
    }
    let _ = write!(text, "\n{site}\n");
    let subject = format!("{site}: {count} komentar menunggu / comments wait");
    Ok(Some(Message { id, name: user.name.clone(), address: user.email.clone(), subject, text }))
}

async fn titles(domain: &Domain, rows: &[comment::Model]) -> Result<ById<String>> {
    let ids = |of: fn(&comment::Model) -> Option<Uuid>| rows.iter().filter_map(of).collect::<Vec<_>>();
    let system = Actor::system();
    let articles = entry::heads::<Article>(domain, &system, &ids(|row| row.article_id)).await?;
    let events = entry::heads::<Event>(domain, &system, &ids(|row| row.event_id)).await?;
    let titles = articles.into_iter().map(|head| (head.id, head.title));
    Ok(titles.chain(events.into_iter().map(|head| (head.id, head.title))).collect())
}
