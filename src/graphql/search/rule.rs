//! Search rules: what editors pin to the top of the answer to a query, or hide from it.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object};
use entity::enums::{Kind, SearchEffect};
use entity::search_rule as row;

use super::SearchNode;
use crate::domain::error::{FieldError, Problem, Result};
use crate::domain::patch::Patch;
use crate::domain::search::rule as domain;
use crate::graphql::connection::{Counted, connection, page};
use crate::graphql::payload::{DeleteInput, DeletePayload, patch, patch_with, payload};
use crate::graphql::{ContextExt, id, loaders};
use crate::search::document::DocumentKey;

/// What a search rule does with its target.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "SearchEffect")]
pub enum SearchRuleEffect {
    /// Puts it at the top of the answer, whether it has the words or not.
    Pin,
    /// Leaves it out of the answer.
    Hide,
}

/// Shows a row.
#[derive(Clone)]
pub struct SearchRule(pub Arc<row::Model>);

impl From<row::Model> for SearchRule {
    fn from(row: row::Model) -> Self {
        Self(Arc::new(row))
    }
}

/// What editors want at the top of the answer to a query, or not in it at all.
#[Object]
impl SearchRule {
    /// Global id.
    pub async fn id(&self) -> ID {
        id::encode(Kind::SearchRule, self.0.id)
    }

    /// The query, in any form and order of its words.
    async fn query(&self) -> &str {
        &self.0.query
    }

    /// What the rule does.
    async fn effect(&self) -> SearchRuleEffect {
        self.0.effect.into()
    }

    /// What it is about; null once that is gone.
    async fn target(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<SearchNode>> {
        let id = self.0.target_id;
        Ok(match self.0.target_kind {
            Kind::Article => ctx.loader().load(loaders::ArticleById::new(id)).await?.map(|row| SearchNode::Article(row.into())),
            Kind::Event => ctx.loader().load(loaders::EventById::new(id)).await?.map(|row| SearchNode::Event(row.into())),
            Kind::Official => ctx.loader().load(loaders::OfficialById::new(id)).await?.map(|row| SearchNode::Official(row.into())),
            Kind::Organization => ctx.loader().load(loaders::OrganizationById(id)).await?.map(|row| SearchNode::Organization(row.into())),
            Kind::Program => ctx.loader().load(loaders::ProgramById::new(id)).await?.map(|row| SearchNode::Program(row.into())),
            _ => None,
        })
    }

    /// Its place among what is pinned to the same query.
    async fn position(&self) -> i32 {
        self.0.position
    }
}

connection! {
    /// A page of a list of search rules.
    SearchRuleConnection,
    /// A row of a list of search rules.
    SearchRuleEdge, SearchRule
}

payload! {
    /// The outcome of a change.
    SearchRulePayload,
    /// The row after the change; null when nothing changed.
    search_rule: SearchRule
}

/// What can be said about it. In an update an omitted field is left alone.
#[derive(InputObject)]
pub struct SearchRuleFields {
    /// The query; required. Forms and order of its words do not matter.
    pub query: MaybeUndefined<String>,
    /// What the rule does; PIN when left out.
    pub effect: Option<SearchRuleEffect>,
    /// The article, event, official, organization or program that it is about; required.
    pub target_id: MaybeUndefined<ID>,
    /// Its place among what is pinned to the same query, 1 to 1000.
    pub position: Option<i32>,
}

impl SearchRuleFields {
    fn into_patch(self) -> Result<domain::SearchRulePatch> {
        let target = |id: ID| {
            let (kind, id) = id::decode(&id).ok_or_else(|| FieldError::new("targetId", Problem::UnknownReference))?;
            Ok(DocumentKey { kind, id })
        };
        Ok(domain::SearchRulePatch {
            query: patch(self.query),
            effect: self.effect.map_or(Patch::Keep, |effect| Patch::Set(effect.into())),
            target: patch_with(self.target_id, target)?,
            position: self.position.map_or(Patch::Keep, Patch::Set),
        })
    }
}

/// A new one.
#[derive(InputObject)]
pub struct SearchRuleCreateInput {
    #[graphql(flatten)]
    pub fields: SearchRuleFields,
    /// The same key within a day leads to what the first request with it made, instead of making another: 8 to 100 visible
    /// ASCII characters of the client's choice, such as a UUID.
    pub idempotency_key: Option<String>,
}

/// A change of one.
#[derive(InputObject)]
pub struct SearchRuleUpdateInput {
    /// Which one.
    pub id: ID,
    #[graphql(flatten)]
    pub fields: SearchRuleFields,
}

/// Queries.
#[derive(Default)]
pub struct SearchRuleQuery;

#[Object]
impl SearchRuleQuery {
    /// The search rules, by query; for editors.
    async fn search_rules(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start, 1 to 100; 20 by default.")] first: Option<i64>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1 to 100.")] last: Option<i64>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<SearchRuleConnection> {
        let page = domain::list(ctx.domain(), ctx.actor(), &page(ctx, first, after, last, before)).await?;
        Ok(SearchRuleConnection::new(page, Counted::SearchRules))
    }
}

/// Mutations.
#[derive(Default)]
pub struct SearchRuleMutation;

#[Object]
impl SearchRuleMutation {
    /// Creates one; the next search obeys it.
    async fn search_rule_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new one.")] input: SearchRuleCreateInput,
    ) -> async_graphql::Result<SearchRulePayload> {
        let actor = ctx.actor().with_key(input.idempotency_key);
        let result = async { domain::create(ctx.domain(), &actor, input.fields.into_patch()?).await };
        SearchRulePayload::new(ctx, result.await)
    }

    /// Changes one.
    async fn search_rule_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: SearchRuleUpdateInput,
    ) -> async_graphql::Result<SearchRulePayload> {
        let result = async {
            let id = id::require(Kind::SearchRule, &input.id, "id")?;
            domain::update(ctx.domain(), ctx.actor(), id, input.fields.into_patch()?).await
        };
        SearchRulePayload::new(ctx, result.await)
    }

    /// Deletes one.
    async fn search_rule_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to delete.")] input: DeleteInput,
    ) -> async_graphql::Result<DeletePayload> {
        let result = async { domain::delete(ctx.domain(), ctx.actor(), id::require(Kind::SearchRule, &input.id, "id")?).await };
        let result = result.await;
        DeletePayload::new(ctx, input.id, result)
    }
}
