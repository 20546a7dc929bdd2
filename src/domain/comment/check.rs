//! Asking Akismet about comments and telling it what moderators made of them: jobs, so that a comment waits while it can't be reached.

use entity::enums::{CommentStatus, JobKind, Kind, SpamCheck};
use entity::{comment, outbox_job};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};

use super::spam::{self, Finding, SPAM};
use super::{lock, moderate, settle};
use crate::akismet::{Akismet, Described, Report, Verdict};
use crate::auth::actor::Actor;
use crate::db::{Read, update_row};
use crate::domain::error::{Error, Result};
use crate::domain::{Domain, history, outbox};

/// Does a job about a comment. One about a comment that is gone, or that somebody has decided on, is done.
pub async fn run(domain: &Domain, job: &outbox_job::Model) -> Result<()> {
    let Some(akismet) = &domain.akismet else { return Ok(()) };
    let Some(row) = comment::Entity::find_by_id(job.subject_id).row(domain.db.read()).await? else { return Ok(()) };
    // Akismet wants to know where a comment came from; after a while nobody knows any more.
    let Some(address) = row.address.clone().filter(|_| row.erased_at.is_none()) else { return Ok(()) };
    if job.kind == JobKind::CommentReport {
        return report(akismet, &row, &address).await;
    }
    if row.moderated_at.is_some() {
        return Ok(());
    }
    let verdict = akismet.check(&described(&row, &address)).await.map_err(Error::Unreachable)?;
    conclude(domain, &row, verdict).await
}

async fn report(akismet: &Akismet, row: &comment::Model, address: &str) -> Result<()> {
    if !moderate::is_news_to_akismet(row)? {
        return Ok(());
    }
    let report = if row.status == CommentStatus::Approved { Report::Ham } else { Report::Spam };
    akismet.report(report, &described(row, address)).await.map_err(Error::Unreachable)
}

fn described<'a>(row: &'a comment::Model, address: &'a str) -> Described<'a> {
    Described {
        address,
        user_agent: row.user_agent.as_deref(),
        is_reply: row.parent_id.is_some(),
        author_name: &row.author_name,
        author_email: &row.author_email,
        author_website: row.author_website.as_deref(),
        body: &row.body,
        created_at: row.created_at,
        is_edited: row.edited_at.is_some(),
    }
}

/// Stores what Akismet thinks, and puts the comment where it belongs then.
async fn conclude(domain: &Domain, asked: &comment::Model, verdict: Verdict) -> Result<()> {
    let is_welcome = verdict == Verdict::Ham && spam::is_welcome(domain.db.read(), domain, asked).await?;
    let txn = domain.begin().await?;
    let mut row = match lock(&txn, asked.id).await {
        Ok(row) => row,
        Err(Error::NotFound(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    if row.moderated_at.is_some() || row.edited_at != asked.edited_at || row.erased_at.is_some() {
        // Somebody has decided meanwhile, or it says something else, for which there is another job.
        return Ok(());
    }
    let mut findings = spam::findings(&row)?;
    findings.retain(|finding| finding.check != SpamCheck::Akismet);
    let mut status = row.status;
    match verdict {
        Verdict::Spam { is_blatant } => {
            let detail = if is_blatant { "Akismet is sure" } else { "Akismet" }.to_owned();
            findings.push(Finding { check: SpamCheck::Akismet, points: SPAM, detail });
            let is_discarded = is_blatant && domain.settings.comments.discard_blatant;
            status = if is_discarded { CommentStatus::Trash } else { CommentStatus::Spam };
        }
        Verdict::Ham if is_welcome && status == CommentStatus::Pending => status = CommentStatus::Approved,
        Verdict::Ham => {}
    }
    spam::put(&mut row, &findings)?;
    settle(&txn, &mut row, status).await?;
    row.updated_at = domain.clock.now();
    let id = row.id;
    update_row(row.into_active_model().reset_all(), &txn).await?;
    history::audit(&txn, domain, &Actor::system(), "check", Kind::Comment, id, "status").await?;
    outbox::enqueue_index(&txn, domain, vec![(Kind::Comment, id)]).await?;
    domain.commit(txn).await
}
