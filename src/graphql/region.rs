//! A place of the national table, from province to village.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, OneofObject};
use entity::enums::Kind;
use entity::region as row;

use super::connection::{Counted, connection, page};
use super::id::referenced;
use super::loaders;
use super::nodes::Nodes;
use super::payload::{DeleteInput, DeletePayload, patch, payload};
use super::{ContextExt, id};
use crate::auth::role::Permission;
use crate::domain::error::Result;
use crate::domain::region as domain;

/// Shows a row.
#[derive(Clone)]
pub struct Region(pub Arc<row::Model>);

impl From<Arc<row::Model>> for Region {
    fn from(row: Arc<row::Model>) -> Self {
        Self(row)
    }
}

impl From<row::Model> for Region {
    fn from(row: row::Model) -> Self {
        Self(Arc::new(row))
    }
}

/// A place of the national table, from province to village.
#[Object]
impl Region {
    /// Global id.
    pub async fn id(&self) -> ID {
        id::encode(Kind::Region, self.0.id)
    }

    /// The part of its address that names it.
    fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The name.
    fn name(&self) -> &str {
        &self.0.name
    }

    /// Official code, such as `73.03.01`.
    fn code(&self) -> &str {
        &self.0.code
    }

    /// From province to village.
    async fn level(&self) -> RegionLevel {
        self.0.level.into()
    }

    /// The region it lies in.
    async fn parent(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Region>> {
        let Some(id) = self.0.parent_id else { return Ok(None) };
        Ok(ctx.loader().load(loaders::RegionById(id)).await?.map(Region::from))
    }

    /// The regions it lies in, the widest first, and itself last.
    async fn path(&self, ctx: &Context<'_>) -> async_graphql::Result<Nodes<Region>> {
        let codes = domain::path_codes(&self.0.code);
        let keys: Vec<_> = codes.into_iter().map(|code| loaders::RegionByCode(code.to_owned())).collect();
        let mut found = ctx.loader().load_many(keys.clone()).await?;
        Ok(keys.iter().filter_map(|key| found.remove(key)).map(Region::from).collect())
    }

    /// Whether the reader may change and delete it.
    async fn viewer_can_edit(&self, ctx: &Context<'_>) -> bool {
        ctx.actor().may(Permission::ManageReferences)
    }
}

connection! {
    /// A page of a list of regions.
    RegionConnection,
    /// A row of a list of regions.
    RegionEdge, Region {
        "id" => |this: &Region, _: &_| id::encode(Kind::Region, this.0.id),
        "slug" => Self::slug,
        "name" => Self::name,
        "code" => Self::code
    }
}

payload! {
    /// The outcome of a change.
    RegionPayload,
    /// The row after the change; null when nothing changed.
    region: Region
}

/// Level of a region.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "entity::enums::RegionLevel")]
pub enum RegionLevel {
    /// Provinsi.
    Province,
    /// Kabupaten.
    Regency,
    /// Kota.
    City,
    /// Kecamatan.
    District,
    /// Desa or kelurahan.
    Village,
}

/// What can be said about it. In an update an omitted field is left alone and null clears.
#[derive(InputObject)]
pub struct RegionFields {
    /// By default made from the name.
    pub slug: MaybeUndefined<String>,
    /// Official code; required, and not changed once given.
    pub code: MaybeUndefined<String>,
    /// From province to village; district by default.
    pub level: Option<RegionLevel>,
    /// The name; required.
    pub name: MaybeUndefined<String>,
}

impl RegionFields {
    fn into_patch(self) -> Result<domain::RegionPatch> {
        Ok(domain::RegionPatch {
            slug: patch(self.slug),
            code: patch(self.code),
            level: self.level.map(Into::into),
            name: patch(self.name),
        })
    }
}

/// A new one.
#[derive(InputObject)]
pub struct RegionCreateInput {
    #[graphql(flatten)]
    pub fields: RegionFields,
    /// The same key within a day leads to what the first request with it made, instead of making another: 8 to 100 visible
    /// ASCII characters of the client's choice, such as a UUID.
    pub idempotency_key: Option<String>,
}

/// A change of one.
#[derive(InputObject)]
pub struct RegionUpdateInput {
    /// Which one.
    pub id: ID,
    #[graphql(flatten)]
    pub fields: RegionFields,
}

/// Which regions; all parts must fit.
#[derive(InputObject, Default)]
pub struct RegionFilter {
    /// Of this level.
    pub level: Option<RegionLevel>,
    /// Directly in this region.
    pub parent: Option<RegionBy>,
}

impl RegionFilter {
    async fn into_domain(self, ctx: &Context<'_>) -> Result<domain::RegionFilter> {
        Ok(domain::RegionFilter { level: self.level.map(Into::into), parent: referenced!(ctx, self.parent, "filter.parent") })
    }
}

/// Which one: exactly one of these.
#[derive(OneofObject)]
pub enum RegionBy {
    /// By global id.
    Id(ID),
    /// By slug.
    Slug(String),
    /// By official code.
    Code(String),
}

impl RegionBy {
    /// The row, if there is one; `field` is where this stands in the input.
    pub async fn row(self, ctx: &Context<'_>, field: &str) -> Result<Option<Arc<row::Model>>> {
        match self {
            Self::Id(id) => domain::kept(ctx.domain(), id::require(Kind::Region, &id, &format!("{field}.id"))?).await,
            Self::Slug(slug) => domain::kept_by_slug(ctx.domain(), &slug).await,
            Self::Code(code) => Ok(domain::find_by_code(ctx.domain(), &code).await?.map(Arc::new)),
        }
    }
}

/// Queries.
#[derive(Default)]
pub struct RegionQuery;

#[Object]
impl RegionQuery {
    /// One region; null when there is none.
    async fn region(&self, ctx: &Context<'_>, #[graphql(desc = "Which one.")] by: RegionBy) -> async_graphql::Result<Option<Region>> {
        Ok(by.row(ctx, "by").await?.map(Region::from))
    }

    /// A list of regions, by code.
    async fn regions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<RegionFilter>,
        #[graphql(desc = "Rows from the start, 1 to 100; 20 by default.")] first: Option<i64>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1 to 100.")] last: Option<i64>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<RegionConnection> {
        let filter = filter.unwrap_or_default().into_domain(ctx).await?;
        let page = domain::list(ctx.domain(), &filter, &page(ctx, first, after, last, before)).await?;
        Ok(RegionConnection::new(page, Counted::Regions(filter)))
    }
}

/// Mutations.
#[derive(Default)]
pub struct RegionMutation;

#[Object]
impl RegionMutation {
    /// Creates one.
    async fn region_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new one.")] input: RegionCreateInput,
    ) -> async_graphql::Result<RegionPayload> {
        let actor = ctx.actor().with_key(input.idempotency_key);
        let result = async { domain::create(ctx.domain(), &actor, input.fields.into_patch()?).await };
        RegionPayload::new(ctx, result.await)
    }

    /// Changes one.
    async fn region_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: RegionUpdateInput,
    ) -> async_graphql::Result<RegionPayload> {
        let result = async {
            let id = id::require(Kind::Region, &input.id, "id")?;
            domain::update(ctx.domain(), ctx.actor(), id, input.fields.into_patch()?).await
        };
        RegionPayload::new(ctx, result.await)
    }

    /// Deletes one that nothing refers to any more.
    async fn region_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to delete.")] input: DeleteInput,
    ) -> async_graphql::Result<DeletePayload> {
        let result = async { domain::delete(ctx.domain(), ctx.actor(), id::require(Kind::Region, &input.id, "id")?).await };
        let result = result.await;
        DeletePayload::new(ctx, input.id, result)
    }
}
