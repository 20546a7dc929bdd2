//! Passwords: set with a one-time link, changed, and asked for anew.

use entity::enums::{ActorKind, JobKind, Kind, UserStatus};
use entity::{one_time_link, user};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::error::{Error, Expected, FieldError, NotAllowed, Problem, Result};
use super::site_key::no_randomness;
use super::throttle::{self, Attempt};
use super::user::{self as users, is_email};
use super::validate::Problems;
use super::{Domain, history, outbox, require, session};
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::auth::{password, token};
use crate::db::{Read, Rows, Transaction, Write, insert_row};

/// How long an invitation is good for, in milliseconds: a week.
pub const INVITATION_MS: i64 = 604_800_000;
/// How long a link for a new password is good for, in milliseconds: an hour.
pub const RESET_MS: i64 = 3_600_000;

/// A link that lets a user set a password, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub secret: String,
    pub expires_at: i64,
}

/// Adds a link for a user.
pub(super) async fn add_link(txn: &Transaction, domain: &Domain, user_id: Uuid, life_ms: i64) -> Result<Link> {
    let secret = token::generate(token::LINK_PREFIX).map_err(no_randomness)?;
    let now = domain.clock.now();
    let row = one_time_link::Model {
        id: domain.clock.new_id(),
        user_id,
        token_hash: token::hash(&secret),
        created_at: now,
        expires_at: now + life_ms,
    };
    insert_row(row, txn).await?;
    Ok(Link { secret, expires_at: now + life_ms })
}

/// Ends the links of a user.
pub(super) async fn end_links(txn: &Transaction, user_id: Uuid) -> Result<()> {
    one_time_link::Entity::delete_many().filter(one_time_link::Column::UserId.eq(user_id)).write(txn).await?;
    Ok(())
}

/// Makes a new link for somebody whose invitation has ended or who has lost their password; earlier ones end. With
/// `is_mailed` the user gets one of their own by mail.
pub async fn renew_link(domain: &Domain, actor: &Actor, id: Uuid, is_mailed: bool) -> Result<(user::Model, Link)> {
    require(actor, Permission::ManageUsers)?;
    let txn = domain.begin().await?;
    let row = users::lock(&txn, id).await?.ok_or(Error::NotFound(Kind::User))?;
    users::require_all_of(actor, row.role)?;
    if row.status != UserStatus::Active {
        return Err(FieldError::new("id", Problem::NotAllowed(NotAllowed::Suspended)).into());
    }
    end_links(&txn, id).await?;
    let link = add_link(&txn, domain, id, INVITATION_MS).await?;
    if is_mailed {
        outbox::enqueue_mail(&txn, domain, JobKind::MailInvitation, id).await?;
    }
    history::audit(&txn, domain, actor, "renew_link", Kind::User, id, "").await?;
    let row = users::committed(domain, txn, id).await?;
    Ok((row, link))
}

/// Asks for a link by mail. What is answered does not tell whether there is such an account.
pub async fn request_reset(domain: &Domain, actor: &Actor, email: &str) -> Result<()> {
    if !is_email(email.trim()) {
        return Err(FieldError::new("email", Problem::Malformed(Expected::Email)).into());
    }
    throttle::admit(domain, actor, Attempt::Reset, email).await?;
    let found = users::find_by_email(domain, email).await?;
    let id = found.filter(|user| user.status == UserStatus::Active).map_or(Uuid::nil(), |user| user.id);
    let txn = domain.begin().await?;
    // The same is written for nobody as for somebody; the job finds out.
    outbox::enqueue_mail(&txn, domain, JobKind::MailReset, id).await?;
    history::audit(&txn, domain, actor, "request_reset", Kind::User, id, "").await?;
    domain.commit(txn).await
}

/// Sets a password by a one-time link. All sessions of the user end.
pub async fn set_password(domain: &Domain, actor: &Actor, secret: &str, new: String) -> Result<user::Model> {
    let unknown = || Error::from(FieldError::new("token", Problem::Malformed(Expected::OneTimeToken)));
    let hash = token::hash(secret);
    let link = Rows::<one_time_link::Entity>::all().filter(one_time_link::Column::TokenHash.eq(&hash)).row(domain.db.read()).await?;
    let link = link.filter(|link| domain.clock.now() < link.expires_at).ok_or_else(unknown)?;
    let row = users::get(domain, link.user_id).await?;
    let new = hashed(domain, &row, "password", new).await?;
    let txn = domain.begin().await?;
    let row = users::lock(&txn, link.user_id).await?.filter(|row| row.status == UserStatus::Active).ok_or_else(unknown)?;
    let used = one_time_link::Entity::delete_many().filter(one_time_link::Column::TokenHash.eq(hash)).write(&txn).await?;
    if used == 0 {
        return Err(unknown());
    }
    let actor = Actor { kind: ActorKind::User, id: Some(row.id), name: row.name, ..actor.clone() };
    store(&txn, domain, &actor, row.id, new, None).await?;
    let row = users::committed(domain, txn, row.id).await?;
    throttle::forget(domain, &actor, Attempt::SignIn, &row.email).await;
    Ok(row)
}

/// Changes the actor's own password. Their other sessions end.
pub async fn change_password(domain: &Domain, actor: &Actor, current: String, new: String) -> Result<user::Model> {
    let (id, own) = users::signed_in(actor)?;
    let row = users::get(domain, id).await?;
    users::check_password(domain, actor, &row, current, "currentPassword").await?;
    let new = hashed(domain, &row, "newPassword", new).await?;
    let txn = domain.begin().await?;
    users::lock_still_signed_in(&txn, actor, &row, "currentPassword").await?;
    store(&txn, domain, actor, id, new, Some(own)).await?;
    users::committed(domain, txn, id).await
}

async fn store(txn: &Transaction, domain: &Domain, actor: &Actor, id: Uuid, hash: String, kept: Option<Uuid>) -> Result<()> {
    user::Entity::update_many()
        .col_expr(user::Column::PasswordHash, Expr::val(hash))
        .col_expr(user::Column::PasswordSetAt, Expr::val(domain.clock.now()))
        .filter(user::Column::Id.eq(id))
        .write(txn)
        .await?;
    end_links(txn, id).await?;
    session::end_all(txn, id, kept).await?;
    history::audit(txn, domain, actor, "set_password", Kind::User, id, "").await
}

/// The hash of a new password that is long enough to guess.
async fn hashed(domain: &Domain, row: &user::Model, field: &str, new: String) -> Result<String> {
    let mut problems = Problems::default();
    problems.required(field, &new);
    problems.length(field, Some(&new), password::LONGEST);
    problems.into_result()?;
    let texts = [row.name.as_str(), &row.email, &domain.settings.site_name, &domain.settings.editor_url, "warta"];
    let words = texts.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric()).chain([*text]));
    let mut words: Vec<String> = words.filter(|word| word.chars().count() > 2).map(str::to_lowercase).collect();
    // The longest first, so that no part of one is left when it is taken out.
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    if !password::is_strong(new.clone(), words).await? {
        return Err(FieldError::new(field, Problem::Weak).into());
    }
    Ok(password::hash(new).await?)
}

/// Deletes links that have ended.
pub async fn tidy(domain: &Domain) -> Result<()> {
    one_time_link::Entity::delete_many().filter(one_time_link::Column::ExpiresAt.lte(domain.clock.now())).write(domain.db.write()).await?;
    Ok(())
}
