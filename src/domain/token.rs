//! API tokens.

use entity::enums::{ActorKind, Kind, Role, UserStatus};
use entity::{api_token, user};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::error::{Error, Expected, Problem, Result};
use super::page::{self, Key, Order, Page, PageRequest};
use super::site_key::no_randomness;
use super::validate::{Problems, item};
use super::{Domain, history, idempotency, require};
use crate::auth::actor::Actor;
use crate::auth::role::{Permission, Permissions};
use crate::auth::token;
use crate::db::{Read, Rows, Write, insert_row};

/// How exactly the time of last use is kept, in milliseconds: one write a minute at the most.
const LAST_USED_GRAIN_MS: i64 = 60_000;

/// A token that is to be made.
#[derive(Clone, Debug)]
pub struct NewToken {
    pub name: String,
    pub role: Role,
    /// What it is narrowed to; all that the role permits without.
    pub scopes: Option<Vec<Permission>>,
    /// Whom it acts for, where it acts for somebody.
    pub user_id: Option<Uuid>,
    pub expires_at: Option<i64>,
}

impl NewToken {
    /// A token with all that a role permits, without an end.
    pub fn with_role(name: &str, role: Role) -> Self {
        Self { name: name.to_owned(), role, scopes: None, user_id: None, expires_at: None }
    }
}

/// Makes a token and returns its secret, which is told this once.
pub async fn create(domain: &Domain, actor: &Actor, new: NewToken) -> Result<(api_token::Model, String)> {
    let (row, secret) = create_once(domain, &actor.with_key(None), new).await?;
    Ok((row, secret.ok_or(Error::NotFound(Kind::ApiToken))?))
}

/// As [`create`], but at most once under the actor's idempotency key: asked again it returns the token that was made, without
/// its secret.
pub async fn create_once(domain: &Domain, actor: &Actor, new: NewToken) -> Result<(api_token::Model, Option<String>)> {
    require(actor, Permission::ManageTokens)?;
    let NewToken { name, role, scopes, user_id, expires_at } = new;
    let mut problems = Problems::default();
    problems.line("name", &name);
    let permissions = scopes.as_ref().map_or_else(|| Permissions::of(role), |scopes| scopes.iter().copied().collect());
    // Nobody hands on what they do not have.
    if !permissions.is_within(Permissions::of(role)) || !permissions.is_within(actor.permissions) {
        problems.add("scopes", Problem::Malformed(Expected::Scope));
    }
    if scopes.as_ref().is_some_and(Vec::is_empty) {
        problems.add("scopes", Problem::Required);
    }
    if expires_at.is_some_and(|end| end <= domain.clock.now()) {
        problems.add("expiresAt", Problem::Malformed(Expected::MomentToCome));
    }
    problems.references::<user::Entity>(domain.db.read(), item("userId", user_id), user::Column::Id).await?;
    problems.into_result()?;
    let secret = token::generate(token::PREFIX).map_err(no_randomness)?;
    let scopes: Option<Permissions> = scopes.map(|scopes| scopes.into_iter().collect());
    let row = api_token::Model {
        id: domain.clock.new_id(),
        name: name.trim().to_owned(),
        role,
        scopes: scopes.map(|scopes| scopes.iter().map(Permission::name).collect::<Vec<_>>().join(",")),
        token_hash: token::hash(&secret),
        user_id,
        created_at: domain.clock.now(),
        expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    let txn = domain.begin().await?;
    if let Some(first) = idempotency::claim(&txn, domain, actor, Kind::ApiToken, row.id).await? {
        let first = api_token::Entity::find_by_id(first).row(&txn).await?;
        return Ok((first.ok_or(Error::NotFound(Kind::ApiToken))?, None));
    }
    insert_row(row.clone(), &txn).await?;
    history::audit(&txn, domain, actor, "create", Kind::ApiToken, row.id, "").await?;
    domain.commit(txn).await?;
    Ok((row, Some(secret)))
}

/// One page of the tokens, newest first.
pub async fn list(domain: &Domain, actor: &Actor, request: &PageRequest) -> Result<Page<api_token::Model>> {
    require(actor, Permission::ManageTokens)?;
    let order = Order {
        name: "token",
        column: api_token::Column::CreatedAt,
        id: api_token::Column::Id,
        descending: true,
        key: |row: &api_token::Model| (Key::Int(row.created_at), row.id),
    };
    page::fetch(domain.db.read(), Rows::<api_token::Entity>::all(), &order, request).await
}

/// How many tokens there are.
pub async fn count(domain: &Domain, actor: &Actor) -> Result<u64> {
    require(actor, Permission::ManageTokens)?;
    Ok(Rows::<api_token::Entity>::all().number(domain.db.read()).await?)
}

/// What a token is narrowed to; `None` for all that its role permits.
pub fn scopes(row: &api_token::Model) -> Option<Permissions> {
    row.scopes.as_ref().map(|scopes| scopes.split(',').filter_map(Permission::from_name).collect())
}

/// Ends a token at once.
pub async fn revoke(domain: &Domain, actor: &Actor, id: Uuid) -> Result<()> {
    require(actor, Permission::ManageTokens)?;
    let txn = domain.begin().await?;
    let changed = api_token::Entity::update_many()
        .col_expr(api_token::Column::RevokedAt, Expr::val(domain.clock.now()))
        .filter(api_token::Column::Id.eq(id))
        .filter(api_token::Column::RevokedAt.is_null())
        .write(&txn)
        .await?;
    if changed == 0 {
        return Err(Error::NotFound(Kind::ApiToken));
    }
    history::audit(&txn, domain, actor, "revoke", Kind::ApiToken, id, "").await?;
    domain.commit(txn).await
}

/// Ends all tokens of a name.
pub async fn revoke_named(domain: &Domain, actor: &Actor, name: &str) -> Result<()> {
    require(actor, Permission::ManageTokens)?;
    let named = Rows::<api_token::Entity>::all().filter(api_token::Column::Name.eq(name)).filter(api_token::Column::RevokedAt.is_null());
    for row in named.rows(domain.db.read()).await? {
        revoke(domain, actor, row.id).await?;
    }
    Ok(())
}

/// The actor that a secret stands for; `None` when it is unknown, revoked, expired, or its user may not act. With
/// `is_use` it counts as used.
pub async fn authenticate(domain: &Domain, secret: &str, is_use: bool) -> Result<Option<Actor>> {
    let found = Rows::<api_token::Entity>::all().filter(api_token::Column::TokenHash.eq(token::hash(secret))).row(domain.db.read()).await?;
    let now = domain.clock.now();
    let Some(row) = found.filter(|row| row.revoked_at.is_none() && row.expires_at.is_none_or(|end| now < end)) else { return Ok(None) };
    let mut permissions = Permissions::of(row.role);
    if let Some(scopes) = scopes(&row) {
        permissions = permissions.and(scopes);
    }
    if let Some(user_id) = row.user_id {
        let user = user::Entity::find_by_id(user_id).row(domain.db.read()).await?;
        let Some(user) = user.filter(|user| user.status == UserStatus::Active) else { return Ok(None) };
        // Nobody does by a token what they may not do themselves.
        permissions = permissions.and(Permissions::of(user.role));
    }
    if is_use && row.last_used_at.is_none_or(|last| now - last >= LAST_USED_GRAIN_MS) {
        let used = api_token::Entity::update_many()
            .col_expr(api_token::Column::LastUsedAt, Expr::val(now))
            .filter(Expr::col(api_token::Column::Id).eq(row.id))
            .write(domain.db.write())
            .await;
        if let Err(error) = used {
            tracing::warn!(%error, "the last use of a token could not be noted");
        }
    }
    Ok(Some(Actor {
        kind: ActorKind::ApiToken,
        id: Some(row.user_id.unwrap_or(row.id)),
        name: row.name,
        permissions,
        ..Actor::with_role(row.role)
    }))
}
