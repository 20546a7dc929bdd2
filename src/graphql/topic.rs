//! A subject that articles are filed under.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, OneofObject};
use entity::enums::Kind;
use entity::topic as row;

use super::connection::{Counted, connection, page};
use super::loaders;
use super::payload::{DeleteInput, DeletePayload, patch, patch_id, payload};
use super::{ContextExt, id};
use crate::auth::role::Permission;
use crate::domain::error::Result;
use crate::domain::topic as domain;

/// Shows a row.
#[derive(Clone)]
pub struct Topic(pub Arc<row::Model>);

impl From<Arc<row::Model>> for Topic {
    fn from(row: Arc<row::Model>) -> Self {
        Self(row)
    }
}

impl From<row::Model> for Topic {
    fn from(row: row::Model) -> Self {
        Self(Arc::new(row))
    }
}

/// A subject that articles are filed under.
#[Object]
impl Topic {
    /// Global id.
    pub async fn id(&self) -> ID {
        id::encode(Kind::Topic, self.0.id)
    }

    /// The part of its address that names it.
    fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The name.
    fn name(&self) -> &str {
        &self.0.name
    }

    /// What it covers.
    fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// The wider topic it is part of.
    async fn parent(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Topic>> {
        let Some(id) = self.0.parent_id else { return Ok(None) };
        Ok(ctx.loader().load(loaders::TopicById(id)).await?.map(Topic::from))
    }

    /// Whether the reader may change and delete it.
    async fn viewer_can_edit(&self, ctx: &Context<'_>) -> bool {
        ctx.actor().may(Permission::ManageReferences)
    }
}

connection! {
    /// A page of a list of topics.
    TopicConnection,
    /// A row of a list of topics.
    TopicEdge, Topic {
        "id" => |this: &Topic, _: &_| id::encode(Kind::Topic, this.0.id),
        "slug" => Self::slug,
        "name" => Self::name,
        "description" => Self::description
    }
}

payload! {
    /// The outcome of a change.
    TopicPayload,
    /// The row after the change; null when nothing changed.
    topic: Topic
}

/// What can be said about it. In an update an omitted field is left alone and null clears.
#[derive(InputObject)]
pub struct TopicFields {
    /// By default made from the name.
    pub slug: MaybeUndefined<String>,
    /// The name; required.
    pub name: MaybeUndefined<String>,
    /// What it covers.
    pub description: MaybeUndefined<String>,
    /// The wider topic it is part of.
    pub parent_id: MaybeUndefined<ID>,
}

impl TopicFields {
    fn into_patch(self) -> Result<domain::TopicPatch> {
        Ok(domain::TopicPatch {
            slug: patch(self.slug),
            name: patch(self.name),
            description: patch(self.description),
            parent_id: patch_id(self.parent_id, Kind::Topic, "parentId")?,
        })
    }
}

/// A new one.
#[derive(InputObject)]
pub struct TopicCreateInput {
    #[graphql(flatten)]
    pub fields: TopicFields,
    /// The same key within a day leads to what the first request with it made, instead of making another: 8 to 100 visible
    /// ASCII characters of the client's choice, such as a UUID.
    pub idempotency_key: Option<String>,
}

/// A change of one.
#[derive(InputObject)]
pub struct TopicUpdateInput {
    /// Which one.
    pub id: ID,
    #[graphql(flatten)]
    pub fields: TopicFields,
}

/// Which one: exactly one of these.
#[derive(OneofObject)]
pub enum TopicBy {
    /// By global id.
    Id(ID),
    /// By slug.
    Slug(String),
}

impl TopicBy {
    /// The row, if there is one; `field` is where this stands in the input.
    pub async fn row(self, ctx: &Context<'_>, field: &str) -> Result<Option<Arc<row::Model>>> {
        match self {
            Self::Id(id) => domain::kept(ctx.domain(), id::require(Kind::Topic, &id, &format!("{field}.id"))?).await,
            Self::Slug(slug) => domain::kept_by_slug(ctx.domain(), &slug).await,
        }
    }
}

/// Queries.
#[derive(Default)]
pub struct TopicQuery;

#[Object]
impl TopicQuery {
    /// One topic; null when there is none.
    async fn topic(&self, ctx: &Context<'_>, #[graphql(desc = "Which one.")] by: TopicBy) -> async_graphql::Result<Option<Topic>> {
        Ok(by.row(ctx, "by").await?.map(Topic::from))
    }

    /// A list of topics, by name.
    async fn topics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start, 1 to 100; 20 by default.")] first: Option<i64>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1 to 100.")] last: Option<i64>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<TopicConnection> {
        let page = domain::list(ctx.domain(), &page(ctx, first, after, last, before)).await?;
        Ok(TopicConnection::new(page, Counted::Topics))
    }
}

/// Mutations.
#[derive(Default)]
pub struct TopicMutation;

#[Object]
impl TopicMutation {
    /// Creates one.
    async fn topic_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new one.")] input: TopicCreateInput,
    ) -> async_graphql::Result<TopicPayload> {
        let actor = ctx.actor().with_key(input.idempotency_key);
        let result = async { domain::create(ctx.domain(), &actor, input.fields.into_patch()?).await };
        TopicPayload::new(ctx, result.await)
    }

    /// Changes one.
    async fn topic_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: TopicUpdateInput,
    ) -> async_graphql::Result<TopicPayload> {
        let result = async {
            let id = id::require(Kind::Topic, &input.id, "id")?;
            domain::update(ctx.domain(), ctx.actor(), id, input.fields.into_patch()?).await
        };
        TopicPayload::new(ctx, result.await)
    }

    /// Deletes one that nothing refers to any more.
    async fn topic_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to delete.")] input: DeleteInput,
    ) -> async_graphql::Result<DeletePayload> {
        let result = async { domain::delete(ctx.domain(), ctx.actor(), id::require(Kind::Topic, &input.id, "id")?).await };
        let result = result.await;
        DeletePayload::new(ctx, input.id, result)
    }
}
