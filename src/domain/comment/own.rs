//! What whoever wrote a comment may do with it for a while: change it, and take it back.

use entity::comment;
use entity::enums::{CommentStatus, JobKind, Kind, SpamCheck};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use uuid::Uuid;

use super::attempt::{Attempt, HashKey};
use super::spam::{Finding, Signs};
use super::submit::{Text, unlocated};
use super::{attempt, digest, erase, lock, moderate, receipt, settle, spam};
use crate::auth::actor::Actor;
use crate::db::{Read, Rows, Transaction, update_row};
use crate::domain::error::{Error, FieldError, NotAllowed, Problem, Result};
use crate::domain::patch::Patch;
use crate::domain::validate::Problems;
use crate::domain::{Domain, history, outbox, retrying};

/// How often a writer may change one comment.
const MOST_EDITS: u64 = 20;

/// A change of what a comment says.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    pub author_name: Option<String>,
    pub author_website: Patch<String>,
    pub body: Option<String>,
}

impl Edit {
    /// What a comment says with the change.
    pub(super) fn applied(self, problems: &mut Problems, row: &comment::Model) -> Text {
        let mut website = row.author_website.clone();
        self.author_website.apply(&mut website);
        Text::checked(problems, self.author_name.as_ref().unwrap_or(&row.author_name), website, self.body.as_ref().unwrap_or(&row.body))
    }
}

/// Changes one's own comment for a while after it was submitted. It is checked as a new one is, and counts as one.
pub async fn edit(domain: &Domain, actor: &Actor, receipt: &str, edit: Edit) -> Result<comment::Model> {
    let id = receipt::read(domain, receipt, "receipt").await?;
    retrying(|| async {
        let found = comment::Entity::find_by_id(id).row(domain.db.read()).await?.ok_or_else(gone)?;
        refuse_late(domain, &found)?;
        let mut problems = Problems::default();
        let text = edit.clone().applied(&mut problems, &found);
        problems.into_result()?;
        if text.is_of(&found) {
            return Ok(found);
        }
        let attempt = Attempt::of(domain, actor, &found.author_email, attempt::network_of(domain, actor).await?).await?;
        attempt::refuse_surplus(domain, domain.db.read(), attempt.as_ref()).await?;
        let mut judged = found.clone();
        text.clone().put_into(&mut judged, domain.clock.now());
        spam::look(domain, &mut judged, Signs::default()).await?.judge(domain.db.read(), domain, &mut judged).await?;
        let txn = domain.begin().await?;
        // Its turn is taken before anything is locked, as that of a submission is: two that lock in another order would wait for each other.
        attempt::admit(&txn, domain, attempt).await?;
        let row = own(&txn, domain, id).await?;
        if !Text::of(&found).is_of(&row) {
            // Somebody changed it meanwhile; what they did is not undone.
            return Err(Error::Contended);
        }
        let row = store(&txn, domain, actor, row, text, &judged).await?;
        domain.commit(txn).await?;
        Ok(row)
    })
    .await
}

async fn store(
    txn: &Transaction,
    domain: &Domain,
    actor: &Actor,
    mut row: comment::Model,
    text: Text,
    judged: &comment::Model,
) -> Result<comment::Model> {
    let edits = Rows::<entity::comment_edit::Entity>::all().filter(entity::comment_edit::Column::CommentId.eq(row.id));
    if edits.number(txn).await? >= MOST_EDITS {
        return Err(FieldError::new("receipt", Problem::NotAllowed(NotAllowed::EditEnded)).into());
    }
    moderate::keep_earlier_text(txn, domain, actor, &row).await?;
    text.put_into(&mut row, domain.clock.now());
    // What spoke for a program having filled in the form still does.
    let of_form = |finding: &Finding| matches!(finding.check, SpamCheck::Trap | SpamCheck::Haste);
    let mut findings: Vec<Finding> = spam::findings(&row)?.into_iter().filter(of_form).collect();
    let is_by_hand = findings.is_empty();
    findings.extend(spam::findings(judged)?);
    spam::put(&mut row, &findings)?;
    (row.sketch_a, row.sketch_b, row.sketch_c) = (judged.sketch_a, judged.sketch_b, judged.sketch_c);
    let status = match row.status {
        // What a moderator refused stays refused, whatever it says now.
        CommentStatus::Spam | CommentStatus::Trash if row.moderated_at.is_some() => row.status,
        _ if row.spam_score >= spam::SPAM => CommentStatus::Spam,
        _ if is_by_hand => judged.status,
        _ => CommentStatus::Pending,
    };
    if row.status == CommentStatus::Approved {
        // What a moderator approved said something else.
        row.moderated_at = None;
    }
    settle(txn, &mut row, status).await?;
    update_row(row.clone().into_active_model().reset_all(), txn).await?;
    history::audit(txn, domain, &unlocated(actor), "edit", Kind::Comment, row.id, "body").await?;
    outbox::enqueue_index(txn, domain, vec![(Kind::Comment, row.id)]).await?;
    if status == CommentStatus::Pending {
        digest::schedule(txn, domain).await?;
        if domain.akismet.is_some() {
            outbox::enqueue_comment(txn, domain, JobKind::CommentCheck, row.id).await?;
        }
    }
    Ok(row)
}

/// Takes one's own comment back for a while after it was submitted: all of it is erased.
pub async fn withdraw(domain: &Domain, actor: &Actor, receipt: &str) -> Result<Uuid> {
    let id = receipt::read(domain, receipt, "receipt").await?;
    let key = HashKey::get(domain).await?;
    retrying(|| async {
        let txn = domain.begin().await?;
        let row = own(&txn, domain, id).await?;
        erase::erase(&txn, domain, &key, vec![row]).await?;
        history::audit(&txn, domain, &unlocated(actor), "withdraw", Kind::Comment, id, "").await?;
        domain.commit(txn).await?;
        Ok(id)
    })
    .await
}

/// A comment that its writer may still change, locked.
async fn own(txn: &Transaction, domain: &Domain, id: Uuid) -> Result<comment::Model> {
    let row = match lock(txn, id).await {
        Ok(row) => row,
        Err(Error::NotFound(_)) => return Err(gone()),
        Err(error) => return Err(error),
    };
    refuse_late(domain, &row)?;
    Ok(row)
}

fn refuse_late(domain: &Domain, row: &comment::Model) -> Result<()> {
    if row.erased_at.is_some() {
        return Err(gone());
    }
    if domain.clock.now() >= receipt::editable_until(domain, row) {
        return Err(FieldError::new("receipt", Problem::NotAllowed(NotAllowed::EditEnded)).into());
    }
    Ok(())
}

fn gone() -> Error {
    FieldError::new("receipt", Problem::UnknownReference).into()
}
