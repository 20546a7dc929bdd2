//! What is written beside every change: revisions and audit entries.

use entity::enums::{ActorKind, Kind};
use entity::{audit_entry, revision};
use sea_orm::{ColumnTrait, QueryFilter};
use serde::Serialize;
use uuid::Uuid;

use super::entry::save::SaveOptions;
use super::entry::{Entry, Envelope};
use super::error::{Expected, FieldError, Problem, Result};
use super::{Domain, validate};
use crate::auth::actor::Actor;
use crate::db::{Read, Rows, Transaction, insert_row};

/// Writes the revision that `envelope.revision` numbers.
pub async fn add_revision<A: Entry>(
    txn: &Transaction,
    domain: &Domain,
    actor: &Actor,
    envelope: &Envelope,
    state: &A::State,
    options: &SaveOptions,
) -> Result<()> {
    let row = revision::Model {
        id: domain.clock.new_id(),
        entry_kind: A::KIND,
        entry_id: envelope.id,
        number: envelope.revision,
        state: serde_json::to_value(state)?,
        note: validate::trimmed(options.note.clone()),
        is_autosave: options.is_autosave,
        published_at: None,
        actor_kind: actor.kind,
        actor_id: actor.id,
        actor_name: actor.name.clone(),
        created_at: domain.clock.now(),
    };
    insert_row(row, txn).await?;
    Ok(())
}

/// The state that a revision holds; one that does not exist is a problem of the field `revision`.
pub async fn state<A: Entry>(txn: &Transaction, id: Uuid, number: i32) -> Result<A::State> {
    let row = Rows::<revision::Entity>::all()
        .filter(revision::Column::EntryId.eq(id))
        .filter(revision::Column::Number.eq(number))
        .row(txn)
        .await?
        .ok_or_else(|| FieldError::new("revision", Problem::Malformed(Expected::RevisionNumber)))?;
    Ok(serde_json::from_value(row.state)?)
}

/// The names of the fields in which two states differ, separated by commas.
pub fn changed_fields<S: Serialize>(before: &S, after: &S) -> Result<String> {
    let (before, after) = (serde_json::to_value(before)?, serde_json::to_value(after)?);
    let fields = after.as_object().into_iter().flatten();
    Ok(fields.filter(|(name, value)| before.get(name) != Some(value)).map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(","))
}

/// Writes an audit entry; the action is named after the noun and `verb`.
pub async fn audit(
    txn: &Transaction,
    domain: &Domain,
    actor: &Actor,
    verb: &str,
    kind: Kind,
    id: Uuid,
    changed_fields: &str,
) -> Result<()> {
    let row = audit_entry::Model {
        id: domain.clock.new_id(),
        created_at: domain.clock.now(),
        actor_kind: actor.kind,
        actor_id: actor.id,
        actor_name: actor.name.clone(),
        action: format!("{}.{verb}", kind.as_str()),
        subject_kind: kind,
        subject_id: id,
        changed_fields: changed_fields.to_owned(),
        address: actor.address.clone(),
        request_id: actor.request_id.clone(),
    };
    insert_row(row, txn).await?;
    Ok(())
}

/// Whether nobody but Warta itself has written anything.
pub async fn is_untouched(domain: &Domain) -> Result<bool> {
    let written =
        Rows::<audit_entry::Entity>::all().filter(audit_entry::Column::ActorKind.ne(ActorKind::System)).row(domain.db.read()).await?;
    Ok(written.is_none())
}

/// How often something was done from an address since a moment.
pub async fn count_since(domain: &Domain, action: &str, address: &str, since: i64) -> Result<u64> {
    let entries = Rows::<audit_entry::Entity>::all()
        .filter(audit_entry::Column::CreatedAt.gte(since))
        .filter(audit_entry::Column::Action.eq(action))
        .filter(audit_entry::Column::Address.eq(address));
    Ok(entries.number(domain.db.read()).await?)
}
