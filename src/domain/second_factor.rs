//! The second factor of a user: set up, confirmed, used, and taken away.

use entity::enums::{ActorKind, Kind};
use entity::{recovery_code, user};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::error::{Error, Expected, FieldError, NotAllowed, Problem, Result};
use super::site_key::no_randomness;
use super::{Domain, history, require, user as users};
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::auth::{token, totp};
use crate::db::{Transaction, Write, insert_row};

/// A second factor that is being set up.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The shared secret as people type it.
    pub secret: String,
    /// The same as an address, to be shown as a QR code.
    pub address: String,
}

/// Begins to set up the actor's second factor, which takes their password: whoever has got hold of a session alone must not be
/// able to keep its owner out. It is asked for once it is confirmed.
pub async fn begin(domain: &Domain, actor: &Actor, given: String) -> Result<Setup> {
    let (id, _) = users::signed_in(actor)?;
    let row = users::get(domain, id).await?;
    users::check_password(domain, actor, &row, given, "password").await?;
    let secret = totp::new_secret().map_err(no_randomness)?;
    let txn = domain.begin().await?;
    users::lock_still_signed_in(&txn, actor, &row, "password").await?;
    if row.totp_confirmed_at.is_some() {
        return Err(not_allowed(NotAllowed::SecondFactorOn));
    }
    user::Entity::update_many()
        .col_expr(user::Column::TotpSecret, Expr::val(secret.clone()))
        .filter(user::Column::Id.eq(id))
        .write(&txn)
        .await?;
    history::audit(&txn, domain, actor, "begin_second_factor", Kind::User, id, "").await?;
    domain.commit(txn).await?;
    let shown = totp::shown(&secret, &domain.settings.site_name, &row.email);
    let (secret, address) = shown.ok_or_else(|| Error::Internal(anyhow::anyhow!("the second factor can't be shown")))?;
    Ok(Setup { secret, address })
}

/// Ends setting up with a first code; from now on one is asked for. Returns recovery codes, which are told this once.
pub async fn confirm(domain: &Domain, actor: &Actor, code: &str) -> Result<Vec<String>> {
    let (id, own) = users::signed_in(actor)?;
    let txn = domain.begin().await?;
    let row = users::lock(&txn, id).await?.ok_or(Error::NotFound(Kind::User))?;
    if row.totp_confirmed_at.is_some() {
        return Err(not_allowed(NotAllowed::SecondFactorOn));
    }
    let secret = row.totp_secret.as_ref().ok_or_else(|| not_allowed(NotAllowed::SecondFactorOff))?;
    let now = domain.clock.now();
    let step = totp::step(secret, code, seconds(now)).ok_or_else(|| FieldError::new("code", Problem::Malformed(Expected::Code)))?;
    user::Entity::update_many()
        .col_expr(user::Column::TotpConfirmedAt, Expr::val(now))
        .col_expr(user::Column::TotpStep, Expr::val(step))
        .filter(user::Column::Id.eq(id))
        .write(&txn)
        .await?;
    let mut codes = Vec::new();
    for _ in 0..totp::RECOVERY_CODES {
        let code = totp::new_recovery_code().map_err(no_randomness)?;
        let row =
            recovery_code::Model { id: domain.clock.new_id(), user_id: id, code_hash: token::hash(&totp::plain_recovery_code(&code)) };
        insert_row(row, &txn).await?;
        codes.push(code);
    }
    // Whoever is signed in elsewhere with the password alone has to come again.
    super::session::end_all(&txn, id, Some(own)).await?;
    history::audit(&txn, domain, actor, "confirm_second_factor", Kind::User, id, "").await?;
    domain.commit(txn).await?;
    Ok(codes)
}

/// Takes the actor's own second factor away; it takes their password.
pub async fn remove(domain: &Domain, actor: &Actor, given: String) -> Result<user::Model> {
    let (id, _) = users::signed_in(actor)?;
    let row = users::get(domain, id).await?;
    users::check_password(domain, actor, &row, given, "password").await?;
    let txn = domain.begin().await?;
    users::lock_still_signed_in(&txn, actor, &row, "password").await?;
    take_away(txn, domain, actor, id).await
}

/// Takes somebody's second factor away, who has lost it and the recovery codes.
pub async fn remove_of(domain: &Domain, actor: &Actor, id: Uuid) -> Result<user::Model> {
    require(actor, Permission::ManageUsers)?;
    let txn = domain.begin().await?;
    let row = users::lock(&txn, id).await?.ok_or(Error::NotFound(Kind::User))?;
    users::require_all_of(actor, row.role)?;
    take_away(txn, domain, actor, id).await
}

async fn take_away(txn: Transaction, domain: &Domain, actor: &Actor, id: Uuid) -> Result<user::Model> {
    let row = users::lock(&txn, id).await?.ok_or(Error::NotFound(Kind::User))?;
    if row.totp_confirmed_at.is_none() {
        return Err(not_allowed(NotAllowed::SecondFactorOff));
    }
    user::Entity::update_many()
        .col_expr(user::Column::TotpSecret, Expr::val(None::<Vec<u8>>))
        .col_expr(user::Column::TotpConfirmedAt, Expr::val(None::<i64>))
        .filter(user::Column::Id.eq(id))
        .write(&txn)
        .await?;
    recovery_code::Entity::delete_many().filter(recovery_code::Column::UserId.eq(id)).write(&txn).await?;
    history::audit(&txn, domain, actor, "remove_second_factor", Kind::User, id, "").await?;
    users::committed(domain, txn, id).await
}

/// Whether `code` is right for a user; it is used up by that. The user's row is locked.
pub(super) async fn take(txn: &Transaction, domain: &Domain, actor: &Actor, user: &user::Model, code: &str) -> Result<bool> {
    let now = seconds(domain.clock.now());
    let step = user.totp_secret.as_ref().and_then(|secret| totp::step(secret, code, now));
    if let Some(step) = step.filter(|step| *step > user.totp_step) {
        user::Entity::update_many()
            .col_expr(user::Column::TotpStep, Expr::val(step))
            .filter(Expr::col(user::Column::Id).eq(user.id))
            .write(txn)
            .await?;
        return Ok(true);
    }
    let used = recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::UserId.eq(user.id))
        .filter(recovery_code::Column::CodeHash.eq(token::hash(&totp::plain_recovery_code(code))))
        .write(txn)
        .await?;
    let is_used = used > 0;
    if is_used {
        let owner = Actor { id: Some(user.id), kind: ActorKind::User, name: user.name.clone(), ..actor.clone() };
        history::audit(txn, domain, &owner, "use_recovery_code", Kind::User, user.id, "").await?;
    }
    Ok(is_used)
}

fn seconds(millis: i64) -> u64 {
    u64::try_from(millis / 1_000).unwrap_or_default()
}

fn not_allowed(reason: NotAllowed) -> Error {
    FieldError::new("code", Problem::NotAllowed(reason)).into()
}
