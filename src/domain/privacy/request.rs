//! What a person may ask for by their e-mail address: a copy of what is kept of them, and that it be erased.

use entity::enums::Kind;
use entity::{comment, comment_edit};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use uuid::Uuid;

use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::db::{Read, Rows};
use crate::domain::comment::attempt::HashKey;
use crate::domain::comment::erase::{Erased, erase as erase_comments};
use crate::domain::comment::moderate::edits;
use crate::domain::comment::spam::{Finding, findings};
use crate::domain::comment::{blocklist, subject};
use crate::domain::error::{Expected, FieldError, Problem, Result};
use crate::domain::user::{self, is_email};
use crate::domain::{Domain, history, require, retrying};

/// Comments read or erased by one transaction.
const AT_ONCE: u64 = 200;

/// All that is kept of a person, for them to have.
#[derive(Clone, Debug, Serialize)]
pub struct Export {
    pub email: String,
    /// RFC 3339, in UTC, as all moments here.
    pub exported_at: String,
    pub comments: Vec<ExportedComment>,
    pub account: Option<ExportedAccount>,
    /// Whether the blocklist holds the address.
    pub is_blocked: bool,
}

/// A comment of theirs.
#[derive(Clone, Debug, Serialize)]
pub struct ExportedComment {
    pub id: Uuid,
    /// What it is on: `article` or `event`, and its id.
    pub on: Option<(Kind, Uuid)>,
    pub submitted_at: String,
    pub name: String,
    pub website: Option<String>,
    pub body: String,
    pub status: &'static str,
    pub address: Option<String>,
    pub user_agent: Option<String>,
    pub consent_at: String,
    pub consent_notice: String,
    pub edited_at: Option<String>,
    /// What it said before.
    pub earlier: Vec<ExportedText>,
    /// What the checks for spam came to, 0 to 100, and what they found.
    pub spam_score: i32,
    pub spam_findings: Vec<Finding>,
    /// By which comments from the same network are known.
    pub network_hash: Option<String>,
}

/// An earlier text.
#[derive(Clone, Debug, Serialize)]
pub struct ExportedText {
    pub name: String,
    pub website: Option<String>,
    pub body: String,
}

/// An account with this address, for those who work with Warta.
#[derive(Clone, Debug, Serialize)]
pub struct ExportedAccount {
    pub name: String,
    pub role: &'static str,
    pub created_at: String,
}

/// What was found and done when somebody had their data erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ErasureReport {
    /// Comments under the address.
    pub found: u64,
    /// Of these, comments that are gone.
    pub deleted: u64,
    /// Of these, comments that keep an empty place because others replied to them.
    pub emptied: u64,
    /// Whether somebody with this address works with Warta. An account is no comment, and stays.
    pub has_account: bool,
    /// Whether the blocklist holds the address, and goes on holding it.
    pub is_blocked: bool,
}

fn moment(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis).map_or_else(|_| millis.to_string(), |at| at.to_string())
}

fn checked(email: &str) -> Result<String> {
    let email = email.trim().to_lowercase();
    if !is_email(&email) {
        return Err(FieldError::new("email", Problem::Malformed(Expected::Email)).into());
    }
    Ok(email)
}

/// Reads all that is kept of a person.
pub async fn export(domain: &Domain, actor: &Actor, email: &str) -> Result<Export> {
    require(actor, Permission::ManagePrivacy)?;
    let email = checked(email)?;
    let mut comments = Vec::new();
    let mut last = Uuid::nil();
    loop {
        let rows = of(&email).filter(comment::Column::Id.gt(last)).order_by_asc(comment::Column::Id).limit(AT_ONCE);
        let rows = rows.rows(domain.db.read()).await?;
        let Some(row) = rows.last() else { break };
        last = row.id;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let mut edits = edits(domain, actor, &ids).await?;
        for row in rows {
            let earlier = edits.remove(&row.id).unwrap_or_default();
            comments.push(exported(row, earlier)?);
        }
    }
    let account = user::find_by_email(domain, &email).await?.map(|user| ExportedAccount {
        name: user.name,
        role: user.role.as_str(),
        created_at: moment(user.created_at),
    });
    let txn = domain.begin().await?;
    history::audit(&txn, domain, actor, "export_personal_data", Kind::Comment, Uuid::nil(), "").await?;
    domain.commit(txn).await?;
    let is_blocked = blocklist::holds_email(domain, &email).await?;
    Ok(Export { email, exported_at: moment(domain.clock.now()), comments, account, is_blocked })
}

fn of(email: &str) -> Rows<comment::Entity> {
    Rows::<comment::Entity>::all().filter(comment::Column::AuthorEmail.eq(email))
}

fn exported(row: comment::Model, edits: Vec<comment_edit::Model>) -> Result<ExportedComment> {
    let spam_findings = findings(&row)?;
    Ok(ExportedComment {
        id: row.id,
        on: subject(&row),
        submitted_at: moment(row.created_at),
        name: row.author_name,
        website: row.author_website,
        body: row.body,
        status: row.status.as_str(),
        address: row.address,
        user_agent: row.user_agent,
        consent_at: moment(row.consent_at),
        consent_notice: row.consent_notice,
        edited_at: row.edited_at.map(moment),
        earlier: edits
            .into_iter()
            .map(|edit| ExportedText { name: edit.author_name, website: edit.author_website, body: edit.body })
            .collect(),
        spam_score: row.spam_score,
        spam_findings,
        network_hash: row.network_hash,
    })
}

/// How many comments there are under an address, and whether somebody with it works with Warta.
pub async fn look(domain: &Domain, actor: &Actor, email: &str) -> Result<(u64, bool)> {
    require(actor, Permission::ManagePrivacy)?;
    let email = checked(email)?;
    let has_account = user::find_by_email(domain, &email).await?.is_some();
    Ok((of(&email).number(domain.db.read()).await?, has_account))
}

/// Erases all comments of a person, some at a time: should it be broken off, asking again goes on with the rest.
pub async fn erase(domain: &Domain, actor: &Actor, email: &str) -> Result<ErasureReport> {
    let (found, has_account) = look(domain, actor, email).await?;
    let email = checked(email)?;
    let is_blocked = blocklist::holds_email(domain, &email).await?;
    let key = HashKey::get(domain).await?;
    let mut report = ErasureReport { found, has_account, is_blocked, ..ErasureReport::default() };
    loop {
        let Erased { deleted, emptied } = retrying(|| async {
            let txn = domain.begin().await?;
            // The deepest first, so that what only they reply to goes as well.
            let rows = of(&email).order_by_desc(comment::Column::Depth).order_by_asc(comment::Column::Id).limit(AT_ONCE).rows(&txn).await?;
            let erased = erase_comments(&txn, domain, &key, rows).await?;
            if erased == Erased::default() {
                history::audit(&txn, domain, actor, "erase_personal_data", Kind::Comment, Uuid::nil(), "").await?;
            }
            domain.commit(txn).await?;
            Ok(erased)
        })
        .await?;
        if deleted + emptied == 0 {
            return Ok(report);
        }
        report.deleted += deleted;
        report.emptied += emptied;
    }
}
