//! Into the trash, out of it, and gone for good.

use entity::{redirect, revision};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{Entry, EnvelopeColumn, change, committed, finish, lock, refuse_trashed, store_envelope};
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::db::{Transaction, Write};
use crate::domain::error::{FieldError, NotAllowed, Problem, Result};
use crate::domain::{Domain, require, retrying};

/// Puts an entry into the trash.
pub async fn trash<A: Entry>(domain: &Domain, actor: &Actor, id: Uuid) -> Result<A::Row> {
    require(actor, A::MANAGE)?;
    retrying(|| async {
        let txn = domain.begin().await?;
        trash_in::<A>(&txn, domain, actor, id).await?;
        committed::<A>(domain, txn, id).await
    })
    .await
}

/// Puts an entry into the trash within a transaction of the caller's.
pub(super) async fn trash_in<A: Entry>(txn: &Transaction, domain: &Domain, actor: &Actor, id: Uuid) -> Result<()> {
    let mut envelope = lock::<A>(txn, domain, actor, id).await?;
    refuse_trashed(&envelope)?;
    let now = domain.clock.now();
    envelope.deleted_at = Some(now);
    envelope.updated_at = now;
    store_envelope::<A>(txn, &envelope).await?;
    finish::<A>(txn, domain, actor, "trash", id, "").await
}

/// Takes an entry out of the trash, as it was.
pub async fn restore<A: Entry>(domain: &Domain, actor: &Actor, id: Uuid) -> Result<A::Row> {
    change::<A>(domain, actor, id, "restore", |envelope, _| match envelope.deleted_at.take() {
        Some(_) => Ok(()),
        None => Err(not_in_trash()),
    })
    .await
}

/// Deletes an entry that is in the trash for good, with its revisions and comments. Only the audit log remembers it.
pub async fn purge<A: Entry>(domain: &Domain, actor: &Actor, id: Uuid) -> Result<()> {
    require(actor, Permission::Purge)?;
    retrying(|| async {
        let txn = domain.begin().await?;
        if lock::<A>(&txn, domain, actor, id).await?.deleted_at.is_none() {
            return Err(not_in_trash());
        }
        // What showed something of it is told before the links are gone.
        finish::<A>(&txn, domain, actor, "purge", id, "").await?;
        revision::Entity::delete_many().filter(revision::Column::EntryId.eq(id)).write(&txn).await?;
        redirect::Entity::delete_many().filter(redirect::Column::EntryId.eq(id)).write(&txn).await?;
        A::Entity::delete_many().filter(A::column(EnvelopeColumn::Id).eq(id)).write(&txn).await?;
        domain.commit(txn).await
    })
    .await
}

fn not_in_trash() -> crate::domain::Error {
    FieldError::new("id", Problem::NotAllowed(NotAllowed::NotInTrash)).into()
}
