//! API tokens.

use entity::enums::{ActorKind, Kind, Role, UserStatus};
use entity::{api_token, user};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use uuid::Uuid;

use super::error::{Error, Result};
use super::validate::Problems;
use super::{Domain, history};
use crate::auth::actor::Actor;
use crate::auth::token;

/// How exactly the time of last use is kept, in milliseconds: one write a minute at the most.
const LAST_USED_GRAIN_MS: i64 = 60_000;

/// Makes a token and returns its secret, which is told this once. Only the command line does, as [`Actor::system`].
pub async fn create(
    domain: &Domain,
    actor: &Actor,
    name: &str,
    role: Role,
    user_id: Option<Uuid>,
    expires_at: Option<i64>,
) -> Result<(api_token::Model, String)> {
    let mut problems = Problems::default();
    problems.line("name", name);
    problems.into_result()?;
    let secret = token::generate().map_err(|error| Error::Internal(anyhow::anyhow!("no randomness: {error}")))?;
    let row = api_token::Model {
        id: domain.clock.new_id(),
        name: name.trim().to_owned(),
        role,
        token_hash: token::hash(&secret),
        user_id,
        created_at: domain.clock.now(),
        expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    let txn = domain.begin().await?;
    let active = api_token::ActiveModel {
        id: Set(row.id),
        name: Set(row.name.clone()),
        role: Set(role),
        token_hash: Set(row.token_hash.clone()),
        user_id: Set(user_id),
        created_at: Set(row.created_at),
        expires_at: Set(expires_at),
        last_used_at: Set(None),
        revoked_at: Set(None),
    };
    api_token::Entity::insert(active).exec_without_returning(&txn).await?;
    history::audit(&txn, domain, actor, "create", Kind::ApiToken, row.id, "").await?;
    domain.commit(txn).await?;
    Ok((row, secret))
}

/// All tokens, newest first.
pub async fn list(domain: &Domain) -> Result<Vec<api_token::Model>> {
    Ok(api_token::Entity::find()
        .order_by_desc(api_token::Column::CreatedAt)
        .order_by_desc(api_token::Column::Id)
        .all(domain.db.read())
        .await?)
}

/// Ends a token at once.
pub async fn revoke(domain: &Domain, actor: &Actor, id: Uuid) -> Result<()> {
    let txn = domain.begin().await?;
    let changed = api_token::Entity::update_many()
        .col_expr(api_token::Column::RevokedAt, Expr::val(domain.clock.now()))
        .filter(api_token::Column::Id.eq(id))
        .filter(api_token::Column::RevokedAt.is_null())
        .exec(&txn)
        .await?;
    if changed.rows_affected == 0 {
        return Err(Error::NotFound(Kind::ApiToken));
    }
    history::audit(&txn, domain, actor, "revoke", Kind::ApiToken, id, "").await?;
    domain.commit(txn).await
}

/// The actor that a secret stands for; `None` when it is unknown, revoked, expired, or its user may not act.
pub async fn authenticate(domain: &Domain, secret: &str) -> Result<Option<Actor>> {
    let found = api_token::Entity::find().filter(api_token::Column::TokenHash.eq(token::hash(secret))).one(domain.db.read()).await?;
    let now = domain.clock.now();
    let Some(row) = found.filter(|row| row.revoked_at.is_none() && row.expires_at.is_none_or(|end| now < end)) else { return Ok(None) };
    if let Some(user_id) = row.user_id {
        let user = user::Entity::find_by_id(user_id).one(domain.db.read()).await?;
        if user.is_none_or(|user| user.status != UserStatus::Active) {
            return Ok(None);
        }
    }
    if row.last_used_at.is_none_or(|last| now - last >= LAST_USED_GRAIN_MS) {
        api_token::Entity::update_many()
            .col_expr(api_token::Column::LastUsedAt, Expr::val(now))
            .filter(Expr::col(api_token::Column::Id).eq(row.id))
            .exec(domain.db.write())
            .await?;
    }
    Ok(Some(Actor {
        kind: ActorKind::ApiToken,
        id: Some(row.user_id.unwrap_or(row.id)),
        name: row.name,
        role: Some(row.role),
        ..Actor::public()
    }))
}
