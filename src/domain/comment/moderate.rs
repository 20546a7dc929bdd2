//! What moderators do: decide on comments, change them with a trace, answer them.

use entity::enums::{CommentStatus, JobKind, Kind, SpamCheck};
use entity::{comment, comment_edit};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::own::Edit;
use super::submit::{Blank, LONGEST_NAME, Origin, Text, insert};
use super::{digest, discussion, lock, lock_row, settle, spam, subject};
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::db::{Read, Rows, Transaction, insert_row, update_row};
use crate::domain::error::{Error, FieldError, NotAllowed, Problem, Result};
use crate::domain::validate::{Problems, trimmed, unique};
use crate::domain::{ById, Domain, history, idempotency, outbox, privacy, require, retrying};

/// Most comments decided on at once.
pub const MOST_COMMENTS: usize = 100;

/// What a moderator decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Approve,
    Spam,
    Trash,
    /// From the spam or the trash back to those that wait.
    Restore,
}

impl Decision {
    fn status(self) -> CommentStatus {
        match self {
            Self::Approve => CommentStatus::Approved,
            Self::Spam => CommentStatus::Spam,
            Self::Trash => CommentStatus::Trash,
            Self::Restore => CommentStatus::Pending,
        }
    }

    /// What the audit log calls it.
    fn verb(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Spam => "reject_as_spam",
            Self::Trash => "trash",
            Self::Restore => "restore",
        }
    }
}

/// Decides on comments, on all of them or on none: a problem names the one that stands in the way, as `ids.3` when there are many.
pub async fn decide(
    domain: &Domain,
    actor: &Actor,
    ids: &[Uuid],
    decision: Decision,
    reason: Option<String>,
) -> Result<Vec<comment::Model>> {
    require(actor, Permission::ModerateComments)?;
    let mut problems = Problems::default();
    problems.optional_line("reason", reason.as_deref());
    if ids.is_empty() {
        problems.add("ids", Problem::Required);
    }
    if ids.len() > MOST_COMMENTS {
        problems.add("ids", Problem::TooLong { max: MOST_COMMENTS });
    }
    problems.into_result()?;
    let reason = trimmed(reason);
    let given = unique(ids.to_vec());
    retrying(|| async {
        let txn = domain.begin().await?;
        lock_discussions(&txn, &given).await?;
        let mut decided = Vec::with_capacity(given.len());
        for id in &given {
            let field = || match ids.iter().position(|other| other == id).filter(|_| ids.len() > 1) {
                Some(at) => format!("ids.{at}"),
                None => "id".to_owned(),
            };
            let row = decide_in(&txn, domain, actor, *id, decision, reason.clone()).await.map_err(|error| match error {
                Error::NotFound(_) => FieldError::new(field(), Problem::UnknownReference).into(),
                Error::Invalid(problems) => {
                    Error::Invalid(problems.into_iter().map(|problem| FieldError { field: field(), ..problem }).collect())
                }
                error => error,
            })?;
            decided.push(row);
        }
        domain.commit(txn).await?;
        Ok(decided)
    })
    .await
}

/// Locks the discussions that comments belong to, everybody in the same order.
pub(super) async fn lock_discussions(txn: &Transaction, ids: &[Uuid]) -> Result<()> {
    let rows = Rows::<comment::Entity>::all().filter(comment::Column::Id.is_in(ids.iter().copied())).rows(txn).await?;
    let mut subjects: Vec<_> = rows.iter().filter_map(subject).collect();
    subjects.sort_by_key(|(_, id)| *id);
    subjects.dedup();
    for subject in subjects {
        discussion::lock(txn, subject).await?;
    }
    Ok(())
}

async fn decide_in(
    txn: &Transaction,
    domain: &Domain,
    actor: &Actor,
    id: Uuid,
    decision: Decision,
    reason: Option<String>,
) -> Result<comment::Model> {
    let mut row = lock_row(txn, id).await?;
    let is_refused = matches!(row.status, CommentStatus::Spam | CommentStatus::Trash);
    if decision == Decision::Restore && !is_refused {
        return Err(FieldError::new("id", Problem::NotAllowed(NotAllowed::NotRefused)).into());
    }
    settle(txn, &mut row, decision.status()).await?;
    let now = domain.clock.now();
    (row.status_reason, row.moderated_at, row.updated_at) = (reason, Some(now), now);
    update_row(row.clone().into_active_model().reset_all(), txn).await?;
    history::audit(txn, domain, actor, decision.verb(), Kind::Comment, id, "status").await?;
    outbox::enqueue_index(txn, domain, vec![(Kind::Comment, id)]).await?;
    if row.status == CommentStatus::Pending {
        digest::schedule(txn, domain).await?;
    }
    if domain.akismet.is_some() && is_news_to_akismet(&row)? {
        outbox::enqueue_comment(txn, domain, JobKind::CommentReport, id).await?;
    }
    Ok(row)
}

/// Whether Akismet would have thought otherwise than moderators decided.
pub(super) fn is_news_to_akismet(row: &comment::Model) -> Result<bool> {
    let was_spam = spam::findings(row)?.iter().any(|finding| finding.check == SpamCheck::Akismet);
    let is_known_to_it = row.address.is_some() && row.author_user_id.is_none();
    Ok(is_known_to_it && matches!((row.status, was_spam), (CommentStatus::Approved, true) | (CommentStatus::Spam, false)))
}

/// Keeps what a comment says before it is changed.
pub(super) async fn keep_earlier_text(txn: &Transaction, domain: &Domain, actor: &Actor, row: &comment::Model) -> Result<()> {
    let edit = comment_edit::Model {
        id: domain.clock.new_id(),
        comment_id: row.id,
        author_name: row.author_name.clone(),
        author_website: row.author_website.clone(),
        body: row.body.clone(),
        created_at: domain.clock.now(),
        actor_kind: actor.kind,
        actor_id: actor.id,
        actor_name: actor.name.clone(),
    };
    insert_row(edit, txn).await?;
    Ok(())
}

/// Changes what a comment says; its earlier text stays to be seen by moderators.
pub async fn update(domain: &Domain, actor: &Actor, id: Uuid, edit: Edit) -> Result<comment::Model> {
    require(actor, Permission::ModerateComments)?;
    retrying(|| async {
        let txn = domain.begin().await?;
        let mut row = lock(&txn, id).await?;
        if row.erased_at.is_some() {
            return Err(FieldError::new("id", Problem::NotAllowed(NotAllowed::Erased)).into());
        }
        let mut problems = Problems::default();
        let text = edit.clone().applied(&mut problems, &row);
        problems.into_result()?;
        keep_earlier_text(&txn, domain, actor, &row).await?;
        text.put_into(&mut row, domain.clock.now());
        update_row(row.clone().into_active_model().reset_all(), &txn).await?;
        history::audit(&txn, domain, actor, "update", Kind::Comment, id, "body").await?;
        if domain.akismet.is_some() && row.status == CommentStatus::Pending && row.moderated_at.is_none() {
            // A check that is under way is of the earlier text.
            outbox::enqueue_comment(&txn, domain, JobKind::CommentCheck, id).await?;
        }
        outbox::enqueue_index(&txn, domain, vec![(Kind::Comment, id)]).await?;
        domain.commit(txn).await?;
        Ok(row)
    })
    .await
}

/// The earlier texts of comments, oldest first.
pub async fn edits(domain: &Domain, actor: &Actor, ids: &[Uuid]) -> Result<ById<Vec<comment_edit::Model>>> {
    require(actor, Permission::ModerateComments)?;
    let rows = Rows::<comment_edit::Entity>::all()
        .filter(comment_edit::Column::CommentId.is_in(ids.iter().copied()))
        .order_by_asc(comment_edit::Column::CreatedAt)
        .order_by_asc(comment_edit::Column::Id)
        .rows(domain.db.read())
        .await?;
    let mut edits: ById<Vec<comment_edit::Model>> = ById::default();
    for row in rows {
        edits.entry(row.comment_id).or_default().push(row);
    }
    Ok(edits)
}

/// Answers a comment that is shown, in the moderator's own name and shown at once.
pub async fn reply(domain: &Domain, actor: &Actor, parent: Uuid, body: &str) -> Result<comment::Model> {
    require(actor, Permission::ModerateComments)?;
    let found = comment::Entity::find_by_id(parent).row(domain.db.read()).await?;
    let mut problems = Problems::default();
    let name: String = actor.name.chars().take(LONGEST_NAME).collect();
    let text = Text::checked(&mut problems, &name, None, body);
    let mut depth = 0;
    match &found {
        None => problems.add("parentId", Problem::UnknownReference),
        Some(parent) if !parent.is_shown => problems.add("parentId", Problem::NotAllowed(NotAllowed::NotShown)),
        Some(parent) if parent.depth >= domain.settings.comments.depth => {
            problems.add("parentId", Problem::NotAllowed(NotAllowed::TooDeep));
        }
        Some(parent) => depth = parent.depth + 1,
    }
    problems.into_result()?;
    let notice = privacy::notice::current(domain).await?.version.clone();
    let (article_id, event_id) = found.map_or((None, None), |row| (row.article_id, row.event_id));
    // Who it was stands in the row by their id; no more of them is kept.
    let blank = Blank { article_id, event_id, parent_id: Some(parent), depth, notice };
    let mut row = blank.filled(domain, actor, text, String::new(), Origin::default());
    row.status = CommentStatus::Approved;
    row.moderated_at = Some(row.created_at);
    retrying(|| async {
        let mut row = row.clone();
        let txn = domain.begin().await?;
        if let Some(first) = idempotency::claim(&txn, domain, actor, Kind::Comment, row.id).await? {
            return comment::Entity::find_by_id(first).row(&txn).await?.ok_or(Error::NotFound(Kind::Comment));
        }
        insert(&txn, domain, actor, &mut row, "reply").await?;
        domain.commit(txn).await?;
        Ok(row)
    })
    .await
}
