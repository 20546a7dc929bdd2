//! The audit log, read. Nothing but [`super::history::audit`] writes it, and nothing changes it.

use entity::audit_entry;
use entity::enums::Kind;
use sea_orm::{ColumnTrait, QueryFilter};
use uuid::Uuid;

use super::error::Result;
use super::page::{self, Key, Order, Page, PageRequest};
use super::{Domain, require};
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::db::{Read, Rows};

/// Which entries.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    pub actor: Option<Uuid>,
    /// Noun and verb, such as `article.publish`.
    pub action: Option<String>,
    pub subject_kind: Option<Kind>,
    pub subject: Option<Uuid>,
    pub address: Option<String>,
    /// From this moment on.
    pub since: Option<i64>,
    /// Before this moment.
    pub until: Option<i64>,
}

fn select(filter: &AuditFilter) -> Rows<audit_entry::Entity> {
    use audit_entry::Column::{Action, ActorId, Address, CreatedAt, SubjectId, SubjectKind};
    let conditions = [
        filter.actor.map(|actor| ActorId.eq(actor)),
        filter.action.as_ref().map(|action| Action.eq(action)),
        filter.subject_kind.map(|kind| SubjectKind.eq(kind)),
        filter.subject.map(|subject| SubjectId.eq(subject)),
        filter.address.as_ref().map(|address| Address.eq(address)),
        filter.since.map(|since| CreatedAt.gte(since)),
        filter.until.map(|until| CreatedAt.lt(until)),
    ];
    conditions.into_iter().flatten().fold(Rows::<audit_entry::Entity>::all(), Rows::filter)
}

/// One page of the log, newest first.
pub async fn list(domain: &Domain, actor: &Actor, filter: &AuditFilter, request: &PageRequest) -> Result<Page<audit_entry::Model>> {
    require(actor, Permission::ReadAuditLog)?;
    let order = Order {
        name: "audit",
        column: audit_entry::Column::CreatedAt,
        id: audit_entry::Column::Id,
        descending: true,
        key: |row: &audit_entry::Model| (Key::Int(row.created_at), row.id),
    };
    page::fetch(domain.db.read(), select(filter), &order, request).await
}

/// How many entries there are.
pub async fn count(domain: &Domain, actor: &Actor, filter: &AuditFilter) -> Result<u64> {
    require(actor, Permission::ReadAuditLog)?;
    Ok(select(filter).number(domain.db.read()).await?)
}
