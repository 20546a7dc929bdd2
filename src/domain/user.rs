//! The people who work with Warta: invited, changed, suspended.

use entity::enums::{ActorKind, JobKind, Kind, Role, UserStatus};
use entity::user;
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::account::{self, Link};
use super::error::{Error, Expected, FieldError, NotAllowed, Problem, Result};
use super::page::{self, Key, Order, Page, PageRequest};
use super::throttle::{self, Attempt};
use super::validate::Problems;
use super::{Domain, ROW_LOCK, history, idempotency, outbox, require, session};
use crate::auth::actor::Actor;
use crate::auth::password;
use crate::auth::role::{Permission, Permissions};
use crate::db::{Read, Rows, Transaction, insert_row, update_row};

/// Longest e-mail address in characters (RFC 5321).
pub const LONGEST_EMAIL: usize = 254;

/// A change of a user; `None` leaves a field alone.
#[derive(Clone, Debug, Default)]
pub struct UserPatch {
    pub name: Option<String>,
    pub email: Option<String>,
    pub role: Option<Role>,
}

/// Adds a user and returns them with a link to set a password, which is told this once. With `is_mailed` the user gets a
/// link of their own by mail. Asked again under the same idempotency key it returns the same user with another link.
pub async fn invite(domain: &Domain, actor: &Actor, name: &str, email: &str, role: Role, is_mailed: bool) -> Result<(user::Model, Link)> {
    require(actor, Permission::ManageUsers)?;
    require_all_of(actor, role)?;
    let (name, email) = checked(name, email)?;
    let txn = domain.begin().await?;
    let now = domain.clock.now();
    let row = user::Model {
        id: domain.clock.new_id(),
        name,
        email,
        role,
        status: UserStatus::Active,
        password_hash: None,
        password_set_at: None,
        totp_secret: None,
        totp_confirmed_at: None,
        totp_step: 0,
        created_at: now,
        updated_at: now,
    };
    if let Some(first) = idempotency::claim(&txn, domain, actor, Kind::User, row.id).await? {
        let first = user::Entity::find_by_id(first).row(&txn).await?.ok_or(Error::NotFound(Kind::User))?;
        let link = account::add_link(&txn, domain, first.id, account::INVITATION_MS).await?;
        history::audit(&txn, domain, actor, "renew_link", Kind::User, first.id, "").await?;
        domain.commit(txn).await?;
        return Ok((first, link));
    }
    insert_row(row.clone(), &txn).await?;
    let link = account::add_link(&txn, domain, row.id, account::INVITATION_MS).await?;
    if is_mailed {
        outbox::enqueue_mail(&txn, domain, JobKind::MailInvitation, row.id).await?;
    }
    history::audit(&txn, domain, actor, "create", Kind::User, row.id, "").await?;
    domain.commit(txn).await?;
    Ok((row, link))
}

/// Fails unless the actor has every permission of a role: nobody makes others what they are not themselves, nor has power over
/// those who are more. It keeps narrowed tokens from widening themselves.
pub(super) fn require_all_of(actor: &Actor, role: Role) -> Result<()> {
    Permissions::of(role).iter().try_for_each(|permission| require(actor, permission))
}

fn checked(name: &str, email: &str) -> Result<(String, String)> {
    let (name, email) = (name.trim(), email.trim().to_lowercase());
    let mut problems = Problems::default();
    problems.line("name", name);
    if !is_email(&email) {
        problems.add("email", Problem::Malformed(Expected::Email));
    }
    problems.into_result()?;
    Ok((name.to_owned(), email))
}

/// Changes a user. A new role ends nothing, but holds from the next request on.
pub async fn update(domain: &Domain, actor: &Actor, id: Uuid, patch: UserPatch) -> Result<user::Model> {
    require(actor, Permission::ManageUsers)?;
    change(domain, actor, id, "update", |row| {
        let (name, email) = checked(patch.name.as_deref().unwrap_or(&row.name), patch.email.as_deref().unwrap_or(&row.email))?;
        (row.name, row.email, row.role) = (name, email, patch.role.unwrap_or(row.role));
        Ok(())
    })
    .await
}

/// Keeps a user out at once, until they are activated again. Their sessions end, and tokens that act for them rest.
pub async fn suspend(domain: &Domain, actor: &Actor, id: Uuid) -> Result<user::Model> {
    require(actor, Permission::ManageUsers)?;
    change(domain, actor, id, "suspend", |row| {
        row.status = UserStatus::Suspended;
        Ok(())
    })
    .await
}

/// Lets a user in again.
pub async fn activate(domain: &Domain, actor: &Actor, id: Uuid) -> Result<user::Model> {
    require(actor, Permission::ManageUsers)?;
    change(domain, actor, id, "activate", |row| {
        row.status = UserStatus::Active;
        Ok(())
    })
    .await
}

async fn change(
    domain: &Domain,
    actor: &Actor,
    id: Uuid,
    verb: &str,
    edit: impl FnOnce(&mut user::Model) -> Result<()>,
) -> Result<user::Model> {
    let txn = domain.begin().await?;
    // All admins are locked, in one order, so that two can't end each other's rights at once.
    let admin = Condition::all().add(user::Column::Role.eq(Role::Admin)).add(user::Column::Status.eq(UserStatus::Active));
    let admins = Rows::<user::Entity>::all().filter(admin).order_by_asc(user::Column::Id).lock(ROW_LOCK).rows(&txn).await?;
    let before = lock(&txn, id).await?.ok_or(Error::NotFound(Kind::User))?;
    require_all_of(actor, before.role)?;
    let mut after = before.clone();
    edit(&mut after)?;
    require_all_of(actor, after.role)?;
    // Somebody who is only invited may never come.
    let is_admin = |row: &user::Model| row.role == Role::Admin && row.status == UserStatus::Active && row.password_hash.is_some();
    if is_admin(&before) && !is_admin(&after) && !admins.iter().any(|admin| admin.id != id && is_admin(admin)) {
        return Err(FieldError::new("id", Problem::NotAllowed(NotAllowed::LastAdmin)).into());
    }
    let changed = [("name", before.name != after.name), ("email", before.email != after.email), ("role", before.role != after.role)];
    let changed: Vec<&str> = changed.into_iter().filter_map(|(field, is_changed)| is_changed.then_some(field)).collect();
    after.updated_at = domain.clock.now();
    if after.status == UserStatus::Suspended {
        session::end_all(&txn, id, None).await?;
    }
    if after.status == UserStatus::Suspended || after.email != before.email {
        // Links that were sent may be in somebody else's hands.
        account::end_links(&txn, id).await?;
    }
    if after.email != before.email && after.status == UserStatus::Active && after.password_hash.is_none() {
        outbox::enqueue_mail(&txn, domain, JobKind::MailInvitation, id).await?;
    }
    update_row(after.into_active_model().reset_all(), &txn).await?;
    history::audit(&txn, domain, actor, verb, Kind::User, id, &changed.join(",")).await?;
    committed(domain, txn, id).await
}

/// Commits a change of a user and returns the row.
pub(super) async fn committed(domain: &Domain, txn: Transaction, id: Uuid) -> Result<user::Model> {
    let row = user::Entity::find_by_id(id).row(&txn).await?.ok_or(Error::NotFound(Kind::User))?;
    domain.commit(txn).await?;
    Ok(row)
}

/// A user whose row nobody else changes until the end of the transaction.
pub(super) async fn lock(txn: &Transaction, id: Uuid) -> Result<Option<user::Model>> {
    Ok(user::Entity::find_by_id(id).lock(ROW_LOCK).row(txn).await?)
}

/// A user that must be there.
pub(super) async fn get(domain: &Domain, id: Uuid) -> Result<user::Model> {
    user::Entity::find_by_id(id).row(domain.db.read()).await?.ok_or(Error::NotFound(Kind::User))
}

/// A user by e-mail, whoever asks.
pub async fn find_by_email(domain: &Domain, email: &str) -> Result<Option<user::Model>> {
    Ok(Rows::<user::Entity>::all().filter(user::Column::Email.eq(email.trim().to_lowercase())).row(domain.db.read()).await?)
}

/// The user that the actor signed in as, and the session.
pub fn signed_in(actor: &Actor) -> Result<(Uuid, Uuid)> {
    match (actor.kind, actor.id, actor.session_id) {
        (ActorKind::User, Some(user), Some(session)) => Ok((user, session)),
        _ => Err(Error::NotSignedIn),
    }
}

/// The user that the actor signed in as.
pub async fn me(domain: &Domain, actor: &Actor) -> Result<Option<user::Model>> {
    match signed_in(actor) {
        Ok((id, _)) => Ok(user::Entity::find_by_id(id).row(domain.db.read()).await?),
        Err(_) => Ok(None),
    }
}

/// Fails unless `given` is the password of a user; tries count as those of signing in.
pub(super) async fn check_password(domain: &Domain, actor: &Actor, row: &user::Model, given: String, field: &str) -> Result<()> {
    let mut problems = Problems::default();
    problems.length(field, Some(&given), password::LONGEST);
    problems.into_result()?;
    throttle::admit(domain, actor, Attempt::SignIn, &row.email).await?;
    if !password::verify(given, row.password_hash.clone()).await? {
        let txn = domain.begin().await?;
        history::audit(&txn, domain, actor, "password_refused", Kind::User, row.id, "").await?;
        domain.commit(txn).await?;
        return Err(FieldError::new(field, Problem::Malformed(Expected::Password)).into());
    }
    throttle::forget(domain, actor, Attempt::SignIn, &row.email).await;
    Ok(())
}

/// Locks the user that the actor signed in as, and fails when they have been suspended, have signed out, or have another
/// password than in `seen`, since that was read.
pub(super) async fn lock_still_signed_in(txn: &Transaction, actor: &Actor, seen: &user::Model, field: &str) -> Result<()> {
    let (id, session) = signed_in(actor)?;
    let row = lock(txn, id).await?.filter(|row| row.status == UserStatus::Active);
    if row.is_none() || entity::session::Entity::find_by_id(session).row(txn).await?.is_none() {
        return Err(Error::NotSignedIn);
    }
    if row.is_some_and(|row| row.password_hash != seen.password_hash) {
        return Err(FieldError::new(field, Problem::Malformed(Expected::Password)).into());
    }
    Ok(())
}

/// Which users.
#[derive(Clone, Debug, Default)]
pub struct UserFilter {
    pub role: Option<Role>,
    pub status: Option<UserStatus>,
}

fn select(filter: &UserFilter) -> Rows<user::Entity> {
    let mut rows = Rows::<user::Entity>::all();
    if let Some(role) = filter.role {
        rows = rows.filter(user::Column::Role.eq(role));
    }
    if let Some(status) = filter.status {
        rows = rows.filter(user::Column::Status.eq(status));
    }
    rows
}

/// One page of users by name.
pub async fn list(domain: &Domain, actor: &Actor, filter: &UserFilter, request: &PageRequest) -> Result<Page<user::Model>> {
    require(actor, Permission::ManageUsers)?;
    let order = Order {
        name: "name",
        column: user::Column::Name,
        id: user::Column::Id,
        descending: false,
        key: |row: &user::Model| (Key::Text(row.name.clone()), row.id),
    };
    page::fetch(domain.db.read(), select(filter), &order, request).await
}

/// How many users there are.
pub async fn count(domain: &Domain, actor: &Actor, filter: &UserFilter) -> Result<u64> {
    require(actor, Permission::ManageUsers)?;
    Ok(select(filter).number(domain.db.read()).await?)
}

/// Users by id: all for those who manage users, nobody but oneself for others.
pub async fn by_ids(domain: &Domain, actor: &Actor, ids: &[Uuid]) -> Result<Vec<user::Model>> {
    let own = signed_in(actor).ok().map(|(id, _)| id);
    let may = actor.may(Permission::ManageUsers);
    let ids = ids.iter().copied().filter(|id| may || Some(*id) == own);
    Ok(Rows::<user::Entity>::all().filter(user::Column::Id.is_in(ids)).rows(domain.db.read()).await?)
}

/// Whether `text` has the form of an e-mail address: one `@`, a dotted domain, no blanks, at most 254 characters (RFC 5321).
pub fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    text.len() <= LONGEST_EMAIL
        && (1..=64).contains(&local.len())
        && !local.contains('@')
        && !text.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';'))
        && host.contains('.')
        && host.split('.').all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
}

#[cfg(test)]
mod tests {
    use super::is_email;

    #[test]
    fn addresses_are_told_from_other_text() {
        assert!(is_email("siti.aminah@contoh.co.id"));
        for bad in ["", "a", "a@b", "a@b..id", "a b@c.id", "@c.id", "a@@c.id", "a@c.id\nBcc: x@y.id"] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
