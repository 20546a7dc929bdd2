//! Revisions read: what was saved, when, by whom, and in what two of them differ.

use std::collections::{BTreeSet, HashMap};

use entity::enums::Kind;
use entity::revision;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use serde_json::Value;
use uuid::Uuid;

use super::entry::{self, Entry, Envelope, EnvelopeColumn, of_kind};
use super::error::Result;
use super::page::{self, Key, Order, Owned, Page, PageRequest};
use super::{ById, Domain, require};
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::clock::DAY_MS;
use crate::db::{Read, Rows, Transaction, Write};
use crate::text::diff::{Chunk, words};

/// Autosaves that are deleted at a time, so that nobody waits long to write.
const THINNED_AT_ONCE: u64 = 500;

/// In what two revisions differ, in one field.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldDiff {
    /// Its name in the API, such as `topicIds`.
    pub field: String,
    pub change: FieldChange,
}

/// What happened to a field.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldChange {
    /// A text was edited.
    Text(Vec<Chunk>),
    /// Relations were added or removed, or only their order changed.
    Links { kind: Kind, added: Vec<Uuid>, removed: Vec<Uuid> },
    /// Anything else, as JSON; missing where it was or is empty.
    Value { before: Option<String>, after: Option<String> },
}

/// The same page of the revisions of many entries at once, newest first. The caller has seen the entries.
pub async fn list(
    domain: &Domain,
    actor: &Actor,
    kind: Kind,
    entries: &[Uuid],
    request: &PageRequest,
) -> Result<ById<Page<revision::Model>>> {
    require(actor, Permission::ReadUnpublished)?;
    let order: Order<revision::Entity> = Order {
        name: "revision",
        column: revision::Column::Number,
        id: revision::Column::Id,
        descending: true,
        key: |row: &revision::Model| (Key::Int(i64::from(row.number)), row.id),
    };
    let revisions = Owned {
        known: None,
        column: revision::Column::EntryId,
        owner: |row: &revision::Model| Some(row.entry_id),
        filter: Condition::all().add(revision::Column::EntryKind.eq(kind)),
    };
    page::pages_of_each(domain.db.read(), revisions, entries, &order, request).await
}

/// Revisions that are asked for by one statement: SQLite takes a thousand alternatives at the most.
const STATES_AT_ONCE: usize = 500;

/// The states of many revisions, each of an entry and a number, as they were stored.
pub async fn states(domain: &Domain, actor: &Actor, wanted: &[(Uuid, i32)]) -> Result<HashMap<(Uuid, i32), Value>> {
    require(actor, Permission::ReadUnpublished)?;
    let mut states = HashMap::with_capacity(wanted.len());
    for wanted in wanted.chunks(STATES_AT_ONCE) {
        let is_it = |(entry, number): &(Uuid, i32)| {
            Condition::all().add(revision::Column::EntryId.eq(*entry)).add(revision::Column::Number.eq(*number))
        };
        let any = wanted.iter().fold(Condition::any(), |any, one| any.add(is_it(one)));
        let rows = Rows::<revision::Entity>::all().filter(any).rows(domain.db.read()).await?;
        states.extend(rows.into_iter().map(|row| ((row.entry_id, row.number), row.state)));
    }
    Ok(states)
}

/// The state that one revision holds, whoever asks.
pub(super) async fn find_state(domain: &Domain, entry: Uuid, number: i32) -> Result<Option<Value>> {
    let row = Rows::<revision::Entity>::all().filter(revision::Column::EntryId.eq(entry)).filter(revision::Column::Number.eq(number));
    Ok(row.row(domain.db.read()).await?.map(|row| row.state))
}

/// How many revisions each entry has: autosaves leave gaps in their numbers.
pub async fn counts(domain: &Domain, actor: &Actor, entries: &[Uuid]) -> Result<ById<i64>> {
    require(actor, Permission::ReadUnpublished)?;
    let counted = Rows::<revision::Entity>::all()
        .column(revision::Column::EntryId)
        .column_as(revision::Column::Id.count(), "count")
        .filter(revision::Column::EntryId.is_in(entries.iter().copied()))
        .group_by(revision::Column::EntryId);
    Ok(counted.tuples::<(Uuid, i64)>(domain.db.read()).await?.into_iter().collect())
}

/// Number of the newest revision that is no autosave.
pub(super) async fn newest_saved(txn: &Transaction, entry: Uuid) -> Result<Option<i32>> {
    let saved = Rows::<revision::Entity>::all().filter(revision::Column::EntryId.eq(entry)).filter(revision::Column::IsAutosave.eq(false));
    let number = saved.column(revision::Column::Number).order_by_desc(revision::Column::Number);
    Ok(number.tuple::<i32>(txn).await?)
}

/// Notes that the public has seen a revision, so that it is kept for good.
pub(super) async fn mark_published(txn: &Transaction, entry: Uuid, number: i32, now: i64) -> Result<()> {
    revision::Entity::update_many()
        .col_expr(revision::Column::PublishedAt, Expr::val(now))
        .filter(revision::Column::EntryId.eq(entry))
        .filter(revision::Column::Number.eq(number))
        .filter(revision::Column::PublishedAt.is_null())
        .write(txn)
        .await?;
    Ok(())
}

/// Autosaves that the public has never seen.
fn unpublished_autosaves() -> Condition {
    Condition::all().add(revision::Column::IsAutosave.eq(true)).add(revision::Column::PublishedAt.is_null())
}

/// Deletes the last autosave of `actor`, whose place another is about to take, unless it is to be published.
pub(super) async fn drop_last_autosave(txn: &Transaction, actor: &Actor, entry: &Envelope) -> Result<()> {
    let own = Rows::<revision::Entity>::all()
        .filter(revision::Column::EntryId.eq(entry.id))
        .filter(unpublished_autosaves())
        .filter(revision::Column::ActorId.eq(actor.id));
    let last = own.order_by_desc(revision::Column::Number).row(txn).await?;
    if let Some(last) = last.filter(|last| Some(last.number) != entry.scheduled_revision) {
        revision::Entity::delete_by_id(last.id).write(txn).await?;
    }
    Ok(())
}

/// Deletes autosaves that are older than the setting says, but for what is newest, live or scheduled. Returns how many.
pub async fn thin(domain: &Domain) -> Result<u64> {
    let until = domain.clock.now() - domain.settings.autosave_days * DAY_MS;
    let mut thinned = 0;
    for kind in entry::KINDS {
        thinned += of_kind!(kind, A => thin_of::<A>(domain, until).await?, else 0);
    }
    Ok(thinned)
}

async fn thin_of<A: Entry>(domain: &Domain, until: i64) -> Result<u64> {
    let (own, entity) = (revision::Entity, A::Entity::default());
    let same = |column, revision| Expr::col((entity, A::column(column))).eq(Expr::col((own, revision)));
    let in_use = Condition::any()
        .add(same(EnvelopeColumn::Revision, revision::Column::Number))
        .add(same(EnvelopeColumn::LiveRevision, revision::Column::Number))
        .add(same(EnvelopeColumn::ScheduledRevision, revision::Column::Number));
    let in_use = Rows::<A::Entity>::all().filter(same(EnvelopeColumn::Id, revision::Column::EntryId)).filter(in_use);
    let in_use = in_use.column(A::column(EnvelopeColumn::Id)).into_query();
    let unused = Rows::<revision::Entity>::all()
        .column(revision::Column::Id)
        .filter(revision::Column::EntryKind.eq(A::KIND))
        .filter(unpublished_autosaves())
        .filter(revision::Column::CreatedAt.lt(until))
        .filter(Expr::exists(in_use).not())
        .limit(THINNED_AT_ONCE);
    let mut thinned = 0;
    loop {
        // Found by the statement that deletes them: one that has been brought back meanwhile stays.
        let some = revision::Column::Id.in_subquery(unused.clone().into_query());
        let deleted = revision::Entity::delete_many().filter(some).write(domain.db.write()).await?;
        thinned += deleted;
        if deleted < THINNED_AT_ONCE {
            return Ok(thinned);
        }
    }
}

/// An entry as a stored state has it.
pub fn shown<A: Entry>(row: &A::Row, state: Value) -> Result<(A::Row, A::State)> {
    let state: A::State = serde_json::from_value(state)?;
    Ok((A::row(&state, &A::envelope(row)), state))
}

/// In what a state differs from an earlier one; nothing for fields that are the same.
pub fn diff(before: &Value, after: &Value) -> Vec<FieldDiff> {
    let names: BTreeSet<&String> = [before, after].into_iter().filter_map(Value::as_object).flatten().map(|(name, _)| name).collect();
    let field = |state: &Value, name: &str| state.get(name).cloned().unwrap_or(Value::Null);
    names
        .into_iter()
        .map(|name| (name, field(before, name), field(after, name)))
        .filter(|(_, before, after)| before != after)
        .map(|(name, before, after)| FieldDiff { field: camel_case(name), change: change(name, &before, &after) })
        .collect()
}

fn change(name: &str, before: &Value, after: &Value) -> FieldChange {
    if let Some(kind) = linked(name) {
        let (old, new) = (ids(before), ids(after));
        let missing = |ids: &[Uuid], others: &[Uuid]| ids.iter().filter(|id| !others.contains(id)).copied().collect();
        return FieldChange::Links { kind, added: missing(&new, &old), removed: missing(&old, &new) };
    }
    match (before, after) {
        (Value::String(_) | Value::Null, Value::String(_)) | (Value::String(_), Value::Null) => {
            FieldChange::Text(words(before.as_str().unwrap_or_default(), after.as_str().unwrap_or_default()))
        }
        _ => {
            let shown = |value: &Value| (!value.is_null()).then(|| value.to_string());
            FieldChange::Value { before: shown(before), after: shown(after) }
        }
    }
}

/// What the ids in a field of a state name.
fn linked(name: &str) -> Option<Kind> {
    match name {
        "topic_ids" => Some(Kind::Topic),
        "program_ids" | "program_id" => Some(Kind::Program),
        "region_ids" | "region_id" => Some(Kind::Region),
        "event_ids" => Some(Kind::Event),
        "organizer_ids" | "organization_id" => Some(Kind::Organization),
        _ => None,
    }
}

fn ids(value: &Value) -> Vec<Uuid> {
    let texts = value.as_array().map_or_else(|| vec![value], |items| items.iter().collect());
    texts.into_iter().filter_map(|text| Uuid::try_parse(text.as_str()?).ok()).collect()
}

pub(super) fn camel_case(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |name, part| {
        let (initial, rest) = part.split_at(part.len().min(1));
        name + &initial.to_uppercase() + rest
    })
}

#[cfg(test)]
mod tests {
    use super::{FieldChange, camel_case, change};
    use entity::enums::Kind;
    use serde_json::json;
    use uuid::Uuid;

    #[test]
    fn fields_are_named_as_in_the_api() {
        assert_eq!(["title", "topic_ids", "honorific_before"].map(camel_case), ["title", "topicIds", "honorificBefore"]);
    }

    #[test]
    fn relations_are_told_by_what_came_and_went() {
        let (a, b, c) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let found = change("topic_ids", &json!([a, b]), &json!([b, c]));
        assert_eq!(found, FieldChange::Links { kind: Kind::Topic, added: vec![c], removed: vec![a] });
        let cleared = change("region_id", &json!(a), &json!(null));
        assert_eq!(cleared, FieldChange::Links { kind: Kind::Region, added: vec![], removed: vec![a] });
    }
}
