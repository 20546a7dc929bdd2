//! An abbreviation or alias and what it stands for; search treats the two as one.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use entity::enums::Kind;
use entity::glossary_term as row;

use super::connection::{Counted, connection, page};
use super::payload::{DeleteInput, DeletePayload, patch, payload};
use super::{ContextExt, id};
use crate::auth::role::Permission;
use crate::domain::error::Result;
use crate::domain::glossary as domain;

/// Shows a row.
#[derive(Clone)]
pub struct GlossaryTerm(pub Arc<row::Model>);

impl From<row::Model> for GlossaryTerm {
    fn from(row: row::Model) -> Self {
        Self(Arc::new(row))
    }
}

/// An abbreviation or alias and what it stands for; search treats the two as one.
#[Object]
impl GlossaryTerm {
    /// Global id.
    pub async fn id(&self) -> ID {
        id::encode(Kind::GlossaryTerm, self.0.id)
    }

    /// The abbreviation or alias.
    async fn term(&self) -> &str {
        &self.0.term
    }

    /// What it stands for.
    async fn expansion(&self) -> &str {
        &self.0.expansion
    }

    /// What editors should know about it.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// Whether the reader may change and delete it.
    async fn viewer_can_edit(&self, ctx: &Context<'_>) -> bool {
        ctx.actor().may(Permission::ManageReferences)
    }
}

connection! {
    /// A page of a list of glossary terms.
    GlossaryTermConnection,
    /// A row of a list of glossary terms.
    GlossaryTermEdge, GlossaryTerm
}

payload! {
    /// The outcome of a change.
    GlossaryTermPayload,
    /// The row after the change; null when nothing changed.
    glossary_term: GlossaryTerm
}

/// What can be said about it. In an update an omitted field is left alone and null clears.
#[derive(InputObject)]
pub struct GlossaryTermFields {
    /// The abbreviation or alias; required.
    pub term: MaybeUndefined<String>,
    /// What it stands for; required.
    pub expansion: MaybeUndefined<String>,
    /// What editors should know about it.
    pub note: MaybeUndefined<String>,
}

impl GlossaryTermFields {
    fn into_patch(self) -> Result<domain::GlossaryTermPatch> {
        Ok(domain::GlossaryTermPatch { term: patch(self.term), expansion: patch(self.expansion), note: patch(self.note) })
    }
}

/// A new one.
#[derive(InputObject)]
pub struct GlossaryTermCreateInput {
    #[graphql(flatten)]
    pub fields: GlossaryTermFields,
    /// The same key within a day leads to what the first request with it made, instead of making another: 8 to 100 visible
    /// ASCII characters of the client's choice, such as a UUID.
    pub idempotency_key: Option<String>,
}

/// A change of one.
#[derive(InputObject)]
pub struct GlossaryTermUpdateInput {
    /// Which one.
    pub id: ID,
    #[graphql(flatten)]
    pub fields: GlossaryTermFields,
}

/// Queries.
#[derive(Default)]
pub struct GlossaryQuery;

#[Object]
impl GlossaryQuery {
    /// A list of glossary terms, by term.
    async fn glossary_terms(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start, 1 to 100; 20 by default.")] first: Option<i64>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1 to 100.")] last: Option<i64>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<GlossaryTermConnection> {
        let page = domain::list(ctx.domain(), &page(ctx, first, after, last, before)).await?;
        Ok(GlossaryTermConnection::new(page, Counted::GlossaryTerms))
    }
}

/// Mutations.
#[derive(Default)]
pub struct GlossaryMutation;

#[Object]
impl GlossaryMutation {
    /// Creates one.
    async fn glossary_term_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new one.")] input: GlossaryTermCreateInput,
    ) -> async_graphql::Result<GlossaryTermPayload> {
        let actor = ctx.actor().with_key(input.idempotency_key);
        let result = async { domain::create(ctx.domain(), &actor, input.fields.into_patch()?).await };
        GlossaryTermPayload::new(ctx, result.await)
    }

    /// Changes one.
    async fn glossary_term_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: GlossaryTermUpdateInput,
    ) -> async_graphql::Result<GlossaryTermPayload> {
        let result = async {
            let id = id::require(Kind::GlossaryTerm, &input.id, "id")?;
            domain::update(ctx.domain(), ctx.actor(), id, input.fields.into_patch()?).await
        };
        GlossaryTermPayload::new(ctx, result.await)
    }

    /// Deletes one that nothing refers to any more.
    async fn glossary_term_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to delete.")] input: DeleteInput,
    ) -> async_graphql::Result<DeletePayload> {
        let result = async { domain::delete(ctx.domain(), ctx.actor(), id::require(Kind::GlossaryTerm, &input.id, "id")?).await };
        let result = result.await;
        DeletePayload::new(ctx, input.id, result)
    }
}
