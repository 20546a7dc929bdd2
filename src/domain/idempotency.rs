//! Commands that are sent twice run once: the same key of the same actor within a day leads to what the first one made.

use entity::enums::Kind;
use entity::idempotency_key;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, Set};
use uuid::Uuid;

use super::Domain;
use super::error::{Expected, FieldError, Problem, Result};
use crate::auth::actor::Actor;
use crate::db::{Read, Rows, Source, Transaction, Write};

/// How long a key is remembered, in milliseconds.
const REMEMBERED_MS: i64 = 86_400_000;

/// What the actor made under their key before, if anything: there is nothing to check or to make again then.
pub async fn made(db: &impl Source, domain: &Domain, actor: &Actor, kind: Kind) -> Result<Option<Uuid>> {
    let Some(key) = checked(actor)? else { return Ok(None) };
    let since = domain.clock.now() - REMEMBERED_MS;
    let found = Rows::<idempotency_key::Entity>::all()
        .filter(of(actor, key).add(idempotency_key::Column::CreatedAt.gte(since)))
        .filter(idempotency_key::Column::SubjectKind.eq(kind));
    Ok(found.row(db).await?.map(|row| row.subject_id))
}

fn checked(actor: &Actor) -> Result<Option<&String>> {
    let Some(key) = &actor.idempotency_key else { return Ok(None) };
    if !(8..=100).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(FieldError::new("idempotencyKey", Problem::Malformed(Expected::IdempotencyKey)).into());
    }
    Ok(Some(key))
}

/// Forgets under which keys things were made of which nothing is to be kept.
pub async fn forget(txn: &Transaction, subjects: &[Uuid]) -> Result<()> {
    let of_them = idempotency_key::Column::SubjectId.is_in(subjects.iter().copied());
    idempotency_key::Entity::delete_many().filter(of_them).write(txn).await?;
    Ok(())
}

fn owner(actor: &Actor) -> String {
    match (actor.id, &actor.address) {
        (Some(id), _) => id.simple().to_string(),
        (None, Some(address)) => address.clone(),
        (None, None) => "public".to_owned(),
    }
}

fn of(actor: &Actor, key: &str) -> Condition {
    Condition::all().add(idempotency_key::Column::Actor.eq(owner(actor))).add(idempotency_key::Column::Key.eq(key))
}

/// Takes the actor's key, if there is one, for a thing that is about to be made within `txn`. When it was taken before, the
/// id of what was made then: nothing more is to be done. Of two at once the second waits for the first.
pub async fn claim(txn: &Transaction, domain: &Domain, actor: &Actor, kind: Kind, id: Uuid) -> Result<Option<Uuid>> {
    let Some(key) = checked(actor)? else { return Ok(None) };
    let now = domain.clock.now();
    let own = of(actor, key);
    idempotency_key::Entity::delete_many()
        .filter(own.clone())
        .filter(idempotency_key::Column::CreatedAt.lt(now - REMEMBERED_MS))
        .write(txn)
        .await?;
    let row = idempotency_key::ActiveModel {
        id: Set(domain.clock.new_id()),
        actor: Set(owner(actor)),
        key: Set(key.clone()),
        subject_kind: Set(kind),
        subject_id: Set(id),
        created_at: Set(now),
    };
    let taken = OnConflict::columns([idempotency_key::Column::Actor, idempotency_key::Column::Key]).do_nothing().to_owned();
    idempotency_key::Entity::insert(row).on_conflict(taken).try_insert().write(txn).await?;
    let holder = Rows::<idempotency_key::Entity>::all().filter(own).row(txn).await?;
    match holder {
        Some(holder) if holder.subject_id == id => Ok(None),
        Some(holder) if holder.subject_kind == kind => Ok(Some(holder.subject_id)),
        _ => Err(FieldError::new("idempotencyKey", Problem::Taken).into()),
    }
}

/// Forgets keys that are too old to matter.
pub async fn tidy(domain: &Domain) -> Result<()> {
    idempotency_key::Entity::delete_many()
        .filter(idempotency_key::Column::CreatedAt.lt(domain.clock.now() - REMEMBERED_MS))
        .write(domain.db.write())
        .await?;
    Ok(())
}
