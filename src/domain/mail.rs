//! What is written to people by mail. A job carries no secret: the link is made when the mail is. A mail has the id of its job: if the
//! process ends after the mail server has taken it and before that is noted, it is sent again under the same id, and either link is good.

use entity::enums::{JobKind, UserStatus};
use entity::{outbox_job, user};
use uuid::Uuid;

use super::account::{self, Link};
use super::comment::digest;
use super::error::{Error, Result};
use super::user as users;
use super::{Domain, account::INVITATION_MS, account::RESET_MS};
use crate::auth::role::{Permission, permits};
use crate::mail::Message;

/// Does a mail job. One for nobody, or for somebody who may not act, is done.
pub async fn run(domain: &Domain, job: &outbox_job::Model) -> Result<()> {
    if job.kind == JobKind::CommentDigest {
        return digest::run(domain).await;
    }
    let txn = domain.begin().await?;
    let user = users::lock(&txn, job.subject_id).await?;
    let Some(user) = user.filter(|user| user.status == UserStatus::Active) else { return Ok(()) };
    if job.kind == JobKind::MailCommentDigest {
        // Nothing is written, and the reads need not hold up anybody who writes.
        txn.rollback().await?;
        return match digest::letter(domain, &user, job.id).await? {
            Some(letter) if permits(user.role, Permission::ModerateComments) => domain.mailer.send(letter).await.map_err(Error::Internal),
            _ => Ok(()),
        };
    }
    let is_invitation = job.kind == JobKind::MailInvitation;
    if is_invitation && user.password_set_at.is_some_and(|at| at >= job.created_at) {
        // They came in by the link that the admin handed on.
        return Ok(());
    }
    let link = account::add_link(&txn, domain, user.id, if is_invitation { INVITATION_MS } else { RESET_MS }).await?;
    domain.commit(txn).await?;
    domain.mailer.send(letter(domain, job.id, &user, &link, is_invitation)).await.map_err(Error::Internal)
}

fn letter(domain: &Domain, id: Uuid, user: &user::Model, link: &Link, is_invitation: bool) -> Message {
    let (site, name) = (&domain.settings.site_name, &user.name);
    // What stands behind # is sent to no server and written into no log.
    let address = format!("{}#token={}", domain.settings.editor_url, link.secret);
    let (subject, indonesian, english) = if is_invitation {
        (
            format!("{site}: undangan / invitation"),
            "Anda diundang bekerja di sini. Tetapkan kata sandi lewat tautan berikut dalam tujuh hari:",
            "You are invited to work here. Set a password with the link above within seven days.",
        )
    } else {
        (
            format!("{site}: kata sandi baru / new password"),
            "Ada yang meminta kata sandi baru untuk akun Anda. Tetapkan lewat tautan berikut dalam satu jam; abaikan surel ini jika bukan Anda:",
            "Somebody asked for a new password for your account. Set it with the link above within an hour; ignore this mail if it was not you.",
        )
    };
    let text = format!("{name},\n\n{indonesian}\n\n{address}\n\n{english}\n\n{site}\n");
    Message { id, name: name.clone(), address: user.email.clone(), subject, text }
}
