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
use super::revision::{self, FieldDiff, RevisionConnection};
use super::scalar::CalendarDate;
use super::scalar::DateTime;
use super::{ContextExt, id};
use crate::auth::role::Permission;
use crate::domain::program::State;

pub mod input;
pub mod mutation;
pub mod query;

/// Shows a row, or the state of a revision.
#[derive(Clone)]
pub struct Program {
    pub row: Arc<row::Model>,
    /// Where sites come from when it is a revision that is shown.
    state: Option<Arc<State>>,
}

impl From<row::Model> for Program {
    fn from(row: row::Model) -> Self {
        Self { row: Arc::new(row), state: None }
    }
}

impl From<(row::Model, State)> for Program {
    fn from((row, state): (row::Model, State)) -> Self {
        Self { row: Arc::new(row), state: Some(Arc::new(state)) }
    }
}

/// A programme of work in one or more places.
#[Object]
impl Program {
    /// Global id.
    pub async fn id(&self) -> ID {
        id::encode(Kind::Program, self.row.id)
    }

    /// The part of its address that names it; an old one still finds it.
    async fn slug(&self) -> &str {
        &self.row.slug
    }

    /// The name.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// The programme in a few sentences.
    async fn summary(&self) -> Option<&str> {
        self.row.summary.as_deref()
    }

    /// The programme at length.
    async fn description(&self) -> Body {
        Body::new(&self.row.description)
    }

    /// First day.
    async fn starts_on(&self) -> Option<CalendarDate> {
        self.row.starts_on.map(CalendarDate)
    }

    /// Last day.
    async fn ends_on(&self) -> Option<CalendarDate> {
        self.row.ends_on.map(CalendarDate)
    }

    /// How far it has come.
    async fn stage(&self) -> ProgramStage {
        self.row.stage.into()
    }

    /// Who runs it.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Option<Organization>> {
        let Some(id) = self.row.organization_id else { return Ok(None) };
        Ok(ctx.loader().load_one(loaders::OrganizationById(id)).await?.map(Organization::from))
    }

    /// Where it works, and in which sector.
    async fn sites(&self, ctx: &Context<'_>) -> Result<Vec<ProgramSite>> {
        let rows = match &self.state {
            None => ctx.loader().load_one(loaders::SitesOfProgram(self.row.id)).await?.unwrap_or_default(),
            Some(state) => state.site_rows(self.row.id),
        };
        Ok(rows.into_iter().map(ProgramSite).collect())
    }

    /// Where it stands in its workflow.
    async fn status(&self) -> EntryStatus {
        self.row.status.into()
    }

    /// When it was first published.
    async fn published_at(&self) -> Option<DateTime> {
        self.row.published_at.map(DateTime)
    }

    /// The day of publication in Indonesian, in the site's time zone.
    async fn published_on(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How much of the date to write; FULL by default.")] format: Option<DateFormat>,
    ) -> Option<String> {
        published_on(ctx, self.row.published_at, format)
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.row.updated_at)
    }

    /// Number of the newest revision; for those who may see drafts.
    async fn revision(&self, ctx: &Context<'_>) -> Option<i32> {
        ctx.actor().may(Permission::ReadUnpublished).then_some(self.row.revision)
    }

    /// Number of the revision that the public sees; for those who may see drafts.
    async fn live_revision(&self, ctx: &Context<'_>) -> Option<i32> {
        ctx.actor().may(Permission::ReadUnpublished).then_some(self.row.live_revision)
    }

    /// When a revision of it is to be published; for those who may see drafts.
    async fn scheduled_at(&self, ctx: &Context<'_>) -> Option<DateTime> {
        self.row.scheduled_at.filter(|_| ctx.actor().may(Permission::ReadUnpublished)).map(DateTime)
    }

    /// Number of the revision that is to be published then; for those who may see drafts.
    async fn scheduled_revision(&self, ctx: &Context<'_>) -> Option<i32> {
        self.row.scheduled_revision.filter(|_| ctx.actor().may(Permission::ReadUnpublished))
    }

    /// Its revisions, newest first; for those who may see drafts.
    async fn revisions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start, 1 to 100; 20 by default.")] first: Option<i64>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
    ) -> Result<RevisionConnection> {
        revision::list(ctx, (Kind::Program, self.row.id, self.row.revision), first, after).await
    }

    /// It as a revision has it, relations included; for those who may see drafts. Null when there is no such revision.
    async fn at_revision(&self, ctx: &Context<'_>, #[graphql(desc = "Number of the revision.")] number: i32) -> Result<Option<Program>> {
        Ok(revision::shown::<crate::domain::program::Program>(ctx, &self.row, number).await?.map(Program::from))
    }

    /// In what one revision differs from another, field by field; for those who may see drafts.
    async fn changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Number of the older revision.")] from: i32,
        #[graphql(desc = "Number of the newer revision.")] to: i32,
    ) -> Result<Vec<FieldDiff>> {
        revision::changes(ctx, self.row.id, from, to).await
    }

    /// Whether it is in the trash; for those who may see drafts.
    async fn is_in_trash(&self, ctx: &Context<'_>) -> Option<bool> {
        ctx.actor().may(Permission::ReadUnpublished).then_some(self.row.deleted_at.is_some())
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
