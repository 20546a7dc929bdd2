//! Signing in and out: sessions that end when they are not used, after a time, or when somebody ends them.

use entity::enums::{ActorKind, Kind, UserStatus};
use entity::{session, user};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::error::{Error, FieldError, Problem, Result};
use super::site_key::no_randomness;
use super::throttle::{self, Attempt};
use super::validate::Problems;
use super::{Domain, history, second_factor, user as users};
use crate::auth::actor::Actor;
use crate::auth::{password, token};
use crate::clock::DAY_MS;
use crate::db::{Read, Rows, Transaction, Write, insert_row};

/// How exactly the time of last use is kept, in milliseconds: one write a minute at the most.
const LAST_USED_GRAIN_MS: i64 = 60_000;
/// Most sessions of one user; the oldest ends for a new one.
const MOST_SESSIONS: u64 = 50;
/// Longest name of a program that is kept.
const LONGEST_USER_AGENT: usize = 300;
const MINUTE_MS: i64 = 60_000;

/// What somebody says to be let in.
#[derive(Clone)]
pub struct Credentials {
    pub email: String,
    pub password: String,
    /// A code of the second factor, or a recovery code.
    pub code: Option<String>,
}

/// Somebody who has been let in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub session: session::Model,
    pub user: user::Model,
    /// The secret of the session, told this once.
    pub secret: String,
}

/// Signs somebody in. Nothing that is answered, nor the time it takes, tells whether there is such an account.
pub async fn create(domain: &Domain, actor: &Actor, credentials: Credentials) -> Result<SignedIn> {
    let mut problems = Problems::default();
    problems.required("email", &credentials.email);
    problems.length("email", Some(&credentials.email), users::LONGEST_EMAIL);
    problems.required("password", &credentials.password);
    problems.length("password", Some(&credentials.password), password::LONGEST);
    problems.length("code", credentials.code.as_deref(), 100);
    problems.into_result()?;
    throttle::admit(domain, actor, Attempt::SignIn, &credentials.email).await?;
    let found = users::find_by_email(domain, &credentials.email).await?;
    let active = found.as_ref().filter(|user| user.status == UserStatus::Active);
    let hash = active.and_then(|user| user.password_hash.clone());
    let is_right = password::verify(credentials.password, hash.clone()).await?;
    let txn = domain.begin().await?;
    let user = match found.as_ref().filter(|_| is_right) {
        Some(user) => users::lock(&txn, user.id).await?.filter(|user| user.status == UserStatus::Active && user.password_hash == hash),
        None => None,
    };
    let Some(user) = user else {
        let subject = found.map_or(Uuid::nil(), |user| user.id);
        history::audit(&txn, domain, actor, "sign_in_failed", Kind::User, subject, "").await?;
        domain.commit_unseen(txn).await?;
        return Err(FieldError::new("password", Problem::WrongCredentials).into());
    };
    if user.totp_confirmed_at.is_some() {
        let Some(code) = credentials.code.as_deref().filter(|code| !code.trim().is_empty()) else {
            // The password was right: if its owner did not come back with a code, it is in the wrong hands.
            history::audit(&txn, domain, actor, "second_factor_asked", Kind::User, user.id, "").await?;
            domain.commit_unseen(txn).await?;
            return Err(FieldError::new("code", Problem::SecondFactorRequired).into());
        };
        if !second_factor::take(&txn, domain, actor, &user, code).await? {
            history::audit(&txn, domain, actor, "sign_in_failed", Kind::User, user.id, "").await?;
            domain.commit_unseen(txn).await?;
            return Err(FieldError::new("code", Problem::WrongCredentials).into());
        }
    }
    if let Some(old) = actor.session_id {
        // Whoever signs in anew from within a session does not leave it behind.
        session::Entity::delete_by_id(old).write(&txn).await?;
    }
    let (session, secret) = insert(&txn, domain, actor, &user).await?;
    let signed_in = Actor { id: Some(user.id), kind: ActorKind::User, name: user.name.clone(), ..actor.clone() };
    history::audit(&txn, domain, &signed_in, "create", Kind::Session, session.id, "").await?;
    domain.commit_unseen(txn).await?;
    throttle::forget(domain, actor, Attempt::SignIn, &credentials.email).await;
    Ok(SignedIn { session, user, secret })
}

async fn insert(txn: &Transaction, domain: &Domain, actor: &Actor, user: &user::Model) -> Result<(session::Model, String)> {
    let newest_first = Rows::<session::Entity>::all().filter(session::Column::UserId.eq(user.id)).order_by_desc(session::Column::CreatedAt);
    let surplus = newest_first.offset(MOST_SESSIONS - 1).limit(MOST_SESSIONS).rows(txn).await?;
    session::Entity::delete_many().filter(session::Column::Id.is_in(surplus.iter().map(|row| row.id))).write(txn).await?;
    let secret = token::generate(token::SESSION_PREFIX).map_err(no_randomness)?;
    let now = domain.clock.now();
    let row = session::Model {
        id: domain.clock.new_id(),
        user_id: user.id,
        token_hash: token::hash(&secret),
        created_at: now,
        last_used_at: now,
        expires_at: now + domain.settings.sessions.longest_days * DAY_MS,
        address: actor.address.clone(),
        user_agent: actor.user_agent.as_ref().map(|agent| agent.chars().take(LONGEST_USER_AGENT).collect()),
    };
    insert_row(row.clone(), txn).await?;
    Ok((row, secret))
}

/// The actor that the secret of a session stands for; `None` when it has ended or its user may not act. With `is_use` the
/// session counts as used.
pub async fn authenticate(domain: &Domain, secret: &str, is_use: bool) -> Result<Option<Actor>> {
    let now = domain.clock.now();
    let found = Rows::<session::Entity>::all().filter(session::Column::TokenHash.eq(token::hash(secret))).row(domain.db.read()).await?;
    let Some(row) = found.filter(|row| now < row.expires_at && now < row.last_used_at + idle_ms(domain)) else { return Ok(None) };
    let user = user::Entity::find_by_id(row.user_id).row(domain.db.read()).await?;
    let Some(user) = user.filter(|user| user.status == UserStatus::Active) else { return Ok(None) };
    if is_use && now - row.last_used_at >= LAST_USED_GRAIN_MS {
        let used = session::Entity::update_many()
            .col_expr(session::Column::LastUsedAt, Expr::val(now))
            .filter(session::Column::Id.eq(row.id))
            .write(domain.db.write())
            .await;
        if let Err(error) = used {
            tracing::warn!(%error, "the last use of a session could not be noted");
        }
    }
    Ok(Some(Actor { kind: ActorKind::User, id: Some(user.id), name: user.name, session_id: Some(row.id), ..Actor::with_role(user.role) }))
}

fn idle_ms(domain: &Domain) -> i64 {
    domain.settings.sessions.idle_minutes * MINUTE_MS
}

/// Sessions that have not ended.
fn open(domain: &Domain) -> Condition {
    let now = domain.clock.now();
    Condition::all().add(session::Column::ExpiresAt.gt(now)).add(session::Column::LastUsedAt.gt(now - idle_ms(domain)))
}

/// The open sessions of a user, newest first. The caller has seen that the actor may know of them.
pub async fn list(domain: &Domain, user: Uuid) -> Result<Vec<session::Model>> {
    let rows = Rows::<session::Entity>::all().filter(session::Column::UserId.eq(user)).filter(open(domain));
    Ok(rows.order_by_desc(session::Column::CreatedAt).order_by_desc(session::Column::Id).rows(domain.db.read()).await?)
}

/// Ends one of the actor's own sessions, by default the one they act in.
pub async fn revoke(domain: &Domain, actor: &Actor, id: Option<Uuid>) -> Result<()> {
    let (user, own) = users::signed_in(actor)?;
    let id = id.unwrap_or(own);
    let txn = domain.begin().await?;
    let ended =
        session::Entity::delete_many().filter(session::Column::Id.eq(id)).filter(session::Column::UserId.eq(user)).write(&txn).await?;
    if ended == 0 {
        return Err(Error::NotFound(Kind::Session));
    }
    history::audit(&txn, domain, actor, "revoke", Kind::Session, id, "").await?;
    domain.commit_unseen(txn).await
}

/// Ends the actor's own sessions, all of them or all but the one they act in. Returns how many.
pub async fn revoke_all(domain: &Domain, actor: &Actor, keep_current: bool) -> Result<u64> {
    let (user, own) = users::signed_in(actor)?;
    let txn = domain.begin().await?;
    let ended = end_all(&txn, user, keep_current.then_some(own)).await?;
    history::audit(&txn, domain, actor, "revoke_sessions", Kind::User, user, "").await?;
    domain.commit_unseen(txn).await?;
    Ok(ended)
}

/// Ends the sessions of a user, but for one.
pub(super) async fn end_all(txn: &Transaction, user: Uuid, but: Option<Uuid>) -> Result<u64> {
    let mut sessions = session::Entity::delete_many().filter(session::Column::UserId.eq(user));
    if let Some(kept) = but {
        sessions = sessions.filter(session::Column::Id.ne(kept));
    }
    Ok(sessions.write(txn).await?)
}

/// Deletes sessions that have ended.
pub async fn tidy(domain: &Domain) -> Result<()> {
    session::Entity::delete_many().filter(open(domain).not()).write(domain.db.write()).await?;
    Ok(())
}
