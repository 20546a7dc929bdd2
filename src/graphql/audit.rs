//! The audit log in the schema, for those who may read it.

use async_graphql::{Context, ID, InputObject, Object, Result};
use entity::audit_entry as row;
use entity::enums::ActorKind;

use super::connection::{Counted, connection, page};
use super::node::{self, Node};
use super::scalar::DateTime;
use super::{ContextExt, id};
use crate::domain::audit as domain;
use crate::domain::error::{Error, Expected, FieldError, Problem};

/// Shows a row.
#[derive(Clone)]
pub struct AuditEntry(row::Model);

impl From<row::Model> for AuditEntry {
    fn from(row: row::Model) -> Self {
        Self(row)
    }
}

/// Something that somebody did.
#[Object]
impl AuditEntry {
    /// When.
    async fn at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// Name of who did it, as it was then.
    async fn actor_name(&self) -> &str {
        &self.0.actor_name
    }

    /// Whether a `user`, an `api_token`, the `public` or the `system` did it.
    async fn actor_kind(&self) -> &str {
        self.0.actor_kind.as_str()
    }

    /// The user who did it; null for others.
    async fn user_id(&self) -> Option<ID> {
        self.0.actor_id.filter(|_| self.0.actor_kind == ActorKind::User).map(|id| id::encode(entity::enums::Kind::User, id))
    }

    /// Noun and verb, such as `article.publish`.
    async fn action(&self) -> &str {
        &self.0.action
    }

    /// The id of what it was done to.
    async fn subject_id(&self) -> ID {
        id::encode(self.0.subject_kind, self.0.subject_id)
    }

    /// What it was done to, if it is still there.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        node::find(ctx, &id::encode(self.0.subject_kind, self.0.subject_id)).await
    }

    /// The fields in which what there is now differs from what was before; empty when it is about the whole.
    async fn changed_fields(&self) -> Vec<&str> {
        self.0.changed_fields.split(',').filter(|field| !field.is_empty()).collect()
    }

    /// The address that the request came from.
    async fn address(&self) -> Option<&str> {
        self.0.address.as_deref()
    }

    /// The id of the request, as the log has it.
    async fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }
}

connection! {
    /// A page of the audit log.
    AuditEntryConnection,
    /// A row of the audit log.
    AuditEntryEdge, AuditEntry
}

/// Which entries of the log; all parts must fit.
#[derive(InputObject, Default)]
pub struct AuditFilter {
    /// Done by this user or token.
    pub actor_id: Option<ID>,
    /// Noun and verb, such as `article.publish` or `user.sign_in_failed`.
    pub action: Option<String>,
    /// Done to this.
    pub subject_id: Option<ID>,
    /// From this address.
    pub address: Option<String>,
    /// From this moment on.
    pub since: Option<DateTime>,
    /// Before this moment.
    pub until: Option<DateTime>,
}

/// Reading the audit log.
#[derive(Default)]
pub struct AuditQuery;

#[Object]
impl AuditQuery {
    /// Who did what to which, when and from where, newest first; for those who may read the audit log. Nothing changes it.
    async fn audit_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which entries.")] filter: Option<AuditFilter>,
        #[graphql(desc = "Rows from the start, 1 to 100; 20 by default.")] first: Option<i64>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1 to 100.")] last: Option<i64>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<AuditEntryConnection> {
        let filter = filter.unwrap_or_default();
        let known = |id: &ID, field: &str| {
            id::decode(id).ok_or_else(|| Error::from(FieldError::new(format!("filter.{field}"), Problem::Malformed(Expected::GlobalId))))
        };
        let subject = filter.subject_id.as_ref().map(|id| known(id, "subjectId")).transpose()?;
        let filter = domain::AuditFilter {
            actor: filter.actor_id.as_ref().map(|id| known(id, "actorId")).transpose()?.map(|(_, id)| id),
            action: filter.action,
            subject_kind: subject.map(|(kind, _)| kind),
            subject: subject.map(|(_, id)| id),
            address: filter.address,
            since: filter.since.map(|at| at.0),
            until: filter.until.map(|at| at.0),
        };
        let page = domain::list(ctx.domain(), ctx.actor(), &filter, &page(ctx, first, after, last, before)).await?;
        Ok(AuditEntryConnection::new(page, Counted::AuditEntries(filter)))
    }
}
