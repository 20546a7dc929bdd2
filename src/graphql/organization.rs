//! A body: a local government, an agency, a foundation, a group.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, OneofObject};
use entity::enums::Kind;
use entity::organization as row;

use super::connection::{Counted, connection, page};
use super::id::referenced;
use super::loaders;
use super::payload::{DeleteInput, DeletePayload, patch, patch_id, payload};
use super::region::Region;
use super::region::RegionBy;
use super::{ContextExt, id};
use crate::auth::role::Permission;
use crate::domain::error::Result;
use crate::domain::organization as domain;

/// Shows a row.
#[derive(Clone)]
pub struct Organization(pub Arc<row::Model>);

impl From<row::Model> for Organization {
    fn from(row: row::Model) -> Self {
        Self(Arc::new(row))
    }
}

/// A body: a local government, an agency, a foundation, a group.
#[Object]
impl Organization {
    /// Global id.
    pub async fn id(&self) -> ID {
        id::encode(Kind::Organization, self.0.id)
    }

    /// The part of its address that names it.
    fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The name.
    fn name(&self) -> &str {
        &self.0.name
    }

    /// What it is called for short.
    fn abbreviation(&self) -> Option<&str> {
        self.0.abbreviation.as_deref()
    }

    /// What sort of body it is.
    async fn kind(&self) -> OrganizationKind {
        self.0.kind.into()
    }

    /// What it does.
    fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// The body it is part of.
    async fn parent(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Organization>> {
        let Some(id) = self.0.parent_id else { return Ok(None) };
        Ok(ctx.loader().load(loaders::OrganizationById(id)).await?.map(Organization::from))
    }

    /// Where it works.
    async fn region(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Region>> {
        let Some(id) = self.0.region_id else { return Ok(None) };
        Ok(ctx.loader().load(loaders::RegionById(id)).await?.map(Region::from))
    }

    /// Whether the reader may change and delete it.
    async fn viewer_can_edit(&self, ctx: &Context<'_>) -> bool {
        ctx.actor().may(Permission::ManageReferences)
    }
}

connection! {
    /// A page of a list of organizations.
    OrganizationConnection,
    /// A row of a list of organizations.
    OrganizationEdge, Organization {
        "id" => |this: &Organization, _: &_| id::encode(Kind::Organization, this.0.id),
        "slug" => Self::slug,
        "name" => Self::name,
        "abbreviation" => Self::abbreviation,
        "description" => Self::description
    }
}

payload! {
    /// The outcome of a change.
    OrganizationPayload,
    /// The row after the change; null when nothing changed.
    organization: Organization
}

/// What sort of body an organization is.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "entity::enums::OrganizationKind")]
pub enum OrganizationKind {
    /// The government of a province, regency, city or village.
    LocalGovernment,
    /// An office of a government.
    Agency,
    /// A foundation or charity.
    Foundation,
    /// A cooperative.
    Cooperative,
    /// A group of neighbours, farmers, traders.
    CommunityGroup,
    /// A company.
    Company,
    /// A university or school.
    University,
    /// Something else.
    Other,
}

/// What can be said about it. In an update an omitted field is left alone and null clears.
#[derive(InputObject)]
pub struct OrganizationFields {
    /// By default made from the name.
    pub slug: MaybeUndefined<String>,
    /// The name; required.
    pub name: MaybeUndefined<String>,
    /// What it is called for short.
    pub abbreviation: MaybeUndefined<String>,
    /// What sort of body it is.
    pub kind: Option<OrganizationKind>,
    /// What it does.
    pub description: MaybeUndefined<String>,
    /// The body it is part of.
    pub parent_id: MaybeUndefined<ID>,
    /// Where it works.
    pub region_id: MaybeUndefined<ID>,
}

impl OrganizationFields {
    fn into_patch(self) -> Result<domain::OrganizationPatch> {
        Ok(domain::OrganizationPatch {
            slug: patch(self.slug),
            name: patch(self.name),
            abbreviation: patch(self.abbreviation),
            kind: self.kind.map(Into::into),
            description: patch(self.description),
            parent_id: patch_id(self.parent_id, Kind::Organization, "parentId")?,
            region_id: patch_id(self.region_id, Kind::Region, "regionId")?,
        })
    }
}

/// A new one.
#[derive(InputObject)]
pub struct OrganizationCreateInput {
    #[graphql(flatten)]
    pub fields: OrganizationFields,
    /// The same key within a day leads to what the first request with it made, instead of making another: 8 to 100 visible
    /// ASCII characters of the client's choice, such as a UUID.
    pub idempotency_key: Option<String>,
}

/// A change of one.
#[derive(InputObject)]
pub struct OrganizationUpdateInput {
    /// Which one.
    pub id: ID,
    #[graphql(flatten)]
    pub fields: OrganizationFields,
}

/// Which organizations; all parts must fit.
#[derive(InputObject, Default)]
pub struct OrganizationFilter {
    /// Of this kind.
    pub kind: Option<OrganizationKind>,
    /// In this region or in a part of it.
    pub region: Option<RegionBy>,
    /// Directly under this body.
    pub parent: Option<OrganizationBy>,
}

impl OrganizationFilter {
    async fn into_domain(self, ctx: &Context<'_>) -> Result<domain::OrganizationFilter> {
        Ok(domain::OrganizationFilter {
            kind: self.kind.map(Into::into),
            region: referenced!(ctx, self.region, "filter.region"),
            parent: referenced!(ctx, self.parent, "filter.parent"),
        })
    }
}

/// Which one: exactly one of these.
#[derive(OneofObject)]
pub enum OrganizationBy {
    /// By global id.
    Id(ID),
    /// By slug.
    Slug(String),
}

impl OrganizationBy {
    /// The row, if there is one; `field` is where this stands in the input.
    pub async fn row(self, ctx: &Context<'_>, field: &str) -> Result<Option<row::Model>> {
        match self {
            Self::Id(id) => domain::find(ctx.domain(), id::require(Kind::Organization, &id, &format!("{field}.id"))?).await,
            Self::Slug(slug) => domain::find_by_slug(ctx.domain(), &slug).await,
        }
    }
}

/// Queries.
#[derive(Default)]
pub struct OrganizationQuery;

#[Object]
impl OrganizationQuery {
    /// One organization; null when there is none.
    async fn organization(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] by: OrganizationBy,
    ) -> async_graphql::Result<Option<Organization>> {
        Ok(by.row(ctx, "by").await?.map(Organization::from))
    }

    /// A list of organizations, by name.
    async fn organizations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<OrganizationFilter>,
        #[graphql(desc = "Rows from the start, 1 to 100; 20 by default.")] first: Option<i64>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1 to 100.")] last: Option<i64>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<OrganizationConnection> {
        let filter = filter.unwrap_or_default().into_domain(ctx).await?;
        let page = domain::list(ctx.domain(), &filter, &page(ctx, first, after, last, before)).await?;
        Ok(OrganizationConnection::new(page, Counted::Organizations(filter)))
    }
}

/// Mutations.
#[derive(Default)]
pub struct OrganizationMutation;

#[Object]
impl OrganizationMutation {
    /// Creates one.
    async fn organization_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new one.")] input: OrganizationCreateInput,
    ) -> async_graphql::Result<OrganizationPayload> {
        let actor = ctx.actor().with_key(input.idempotency_key);
        let result = async { domain::create(ctx.domain(), &actor, input.fields.into_patch()?).await };
        OrganizationPayload::new(ctx, result.await)
    }

    /// Changes one.
    async fn organization_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: OrganizationUpdateInput,
    ) -> async_graphql::Result<OrganizationPayload> {
        let result = async {
            let id = id::require(Kind::Organization, &input.id, "id")?;
            domain::update(ctx.domain(), ctx.actor(), id, input.fields.into_patch()?).await
        };
        OrganizationPayload::new(ctx, result.await)
    }

    /// Deletes one that nothing refers to any more.
    async fn organization_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to delete.")] input: DeleteInput,
    ) -> async_graphql::Result<DeletePayload> {
        let result = async { domain::delete(ctx.domain(), ctx.actor(), id::require(Kind::Organization, &input.id, "id")?).await };
        let result = result.await;
        DeletePayload::new(ctx, input.id, result)
    }
}
