//! Programs in the schema.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use entity::enums::Kind;
use entity::program as row;

use super::body::Body;
use super::connection::connection;
use super::loaders;
use super::node::{DateFormat, EntryStatus, published_on};
use super::organization::Organization;
use super::region::Region;
use super::scalar::CalendarDate;
use super::scalar::DateTime;
use super::{ContextExt, id};
use crate::auth::role::Permission;

pub mod input;
pub mod mutation;
pub mod query;

/// Shows a row.
#[derive(Clone)]
pub struct Program(pub Arc<row::Model>);

impl From<row::Model> for Program {
    fn from(row: row::Model) -> Self {
        Self(Arc::new(row))
    }
}

/// A programme of work in one or more places.
#[Object]
impl Program {
    /// Global id.
    pub async fn id(&self) -> ID {
        id::encode(Kind::Program, self.0.id)
    }

    /// The part of its address that names it; an old one still finds it.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The programme in a few sentences.
    async fn summary(&self) -> Option<&str> {
        self.0.summary.as_deref()
    }

    /// The programme at length.
    async fn description(&self) -> Body {
        Body::new(&self.0.description)
    }

    /// First day.
    async fn starts_on(&self) -> Option<CalendarDate> {
        self.0.starts_on.map(CalendarDate)
    }

    /// Last day.
    async fn ends_on(&self) -> Option<CalendarDate> {
        self.0.ends_on.map(CalendarDate)
    }

    /// How far it has come.
    async fn stage(&self) -> ProgramStage {
        self.0.stage.into()
    }

    /// Who runs it.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Option<Organization>> {
        let Some(id) = self.0.organization_id else { return Ok(None) };
        Ok(ctx.loader().load_one(loaders::OrganizationById(id)).await?.map(Organization::from))
    }

    /// Where it works, and in which sector.
    async fn sites(&self, ctx: &Context<'_>) -> Result<Vec<ProgramSite>> {
        Ok(ctx.loader().load_one(loaders::SitesOfProgram(self.0.id)).await?.into_iter().flatten().map(ProgramSite).collect())
    }

    /// Where it stands in its workflow.
    async fn status(&self) -> EntryStatus {
        self.0.status.into()
    }

    /// When it was first published.
    async fn published_at(&self) -> Option<DateTime> {
        self.0.published_at.map(DateTime)
    }

    /// The day of publication in Indonesian, in the site's time zone.
    async fn published_on(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How much of the date to write; FULL by default.")] format: Option<DateFormat>,
    ) -> Option<String> {
        published_on(ctx, self.0.published_at, format)
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }

    /// Number of the newest revision; for those who may see drafts.
    async fn revision(&self, ctx: &Context<'_>) -> Option<i32> {
        ctx.actor().may(Permission::ReadUnpublished).then_some(self.0.revision)
    }

    /// Number of the revision that the public sees; for those who may see drafts.
    async fn live_revision(&self, ctx: &Context<'_>) -> Option<i32> {
        ctx.actor().may(Permission::ReadUnpublished).then_some(self.0.live_revision)
    }

    /// Whether it is in the trash; for those who may see drafts.
    async fn is_in_trash(&self, ctx: &Context<'_>) -> Option<bool> {
        ctx.actor().may(Permission::ReadUnpublished).then_some(self.0.deleted_at.is_some())
    }
}

connection! {
    /// A page of a list of programs.
    ProgramConnection,
    /// A row of a list of programs.
    ProgramEdge, Program, row::Model
}

/// How far a program has come.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "entity::enums::ProgramStage")]
pub enum ProgramStage {
    /// Being prepared.
    Preparation,
    /// Being made known to those it is for.
    Outreach,
    /// Groups are being formed.
    GroupForming,
    /// At work.
    Implementation,
    /// Over.
    Completed,
}

/// How far the work at a site has come.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "entity::enums::SiteStatus")]
pub enum SiteStatus {
    /// Not begun.
    Planned,
    /// At work.
    Active,
    /// Over.
    Completed,
}

/// Shows a site.
pub struct ProgramSite(entity::program_site::Model);

/// Where a program works, and in which sector.
#[Object]
impl ProgramSite {
    /// The place.
    async fn region(&self, ctx: &Context<'_>) -> Result<Option<Region>> {
        Ok(ctx.loader().load_one(loaders::RegionById(self.0.region_id)).await?.map(Region::from))
    }

    /// The sector, such as farming.
    async fn sector(&self) -> &str {
        &self.0.sector
    }

    /// How far the work has come.
    async fn status(&self) -> SiteStatus {
        self.0.status.into()
    }
}
