//! Programs in the schema.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use entity::enums::Kind;
use entity::program as row;

use super::body::Body;
use super::connection::connection;
use super::entry::revision;
use super::entry::row::EntryRow;
use super::entry::workflow::Workflow;
use super::loaders;
use super::nodes::{Nodes, One, at_hand};
use super::organization::Organization;
use super::region::Region;
use super::scalar::{CalendarDate, DateTime};
use super::{ContextExt, id};
use crate::domain::program::{self as domain, State};

pub mod input;
pub mod mutation;
pub mod query;

/// Shows a row, or the state of a revision.
#[derive(Clone)]
pub struct Program {
    pub row: EntryRow<domain::Program>,
    /// Where sites come from when it is a revision that is shown.
    state: Option<Arc<State>>,
}

impl From<row::Model> for Program {
    fn from(row: row::Model) -> Self {
        Self { row: EntryRow::whole(row), state: None }
    }
}

impl From<row::Head> for Program {
    fn from(head: row::Head) -> Self {
        Self { row: EntryRow::head(head), state: None }
    }
}

impl From<(row::Model, State)> for Program {
    fn from((row, state): (row::Model, State)) -> Self {
        Self { row: EntryRow::whole(row), state: Some(Arc::new(state)) }
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
    fn slug(&self) -> &str {
        &self.row.slug
    }

    /// The name.
    fn name(&self) -> &str {
        &self.row.name
    }

    /// The programme in a few sentences.
    fn summary(&self) -> Option<&str> {
        self.row.summary.as_deref()
    }

    /// The programme at length.
    async fn description(&self, ctx: &Context<'_>) -> Result<One<Body>> {
        Ok(One(Body::new(&self.row.get_whole(ctx).await?.description)))
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
    async fn organization(&self, ctx: &Context<'_>) -> Result<Option<One<Organization>>> {
        let Some(id) = self.row.organization_id else { return Ok(None) };
        Ok(ctx.loader().load(loaders::OrganizationById(id)).await?.map(|row| One(Organization::from(row))))
    }

    /// Where it works, and in which sector.
    async fn sites(&self, ctx: &Context<'_>) -> Result<Nodes<ProgramSite>> {
        let rows = match &self.state {
            None => ctx.loader().load(loaders::SitesOfProgram(self.row.id)).await?.unwrap_or_default(),
            Some(state) => state.site_rows(self.row.id),
        };
        Ok(rows.into_iter().map(ProgramSite).collect())
    }

    /// It as a revision has it, relations included; for those who may see drafts. Null when there is no such revision.
    async fn at_revision(&self, ctx: &Context<'_>, #[graphql(desc = "Number of the revision.")] number: i32) -> Result<Option<Program>> {
        Ok(revision::shown::<domain::Program>(ctx, &self.row, number).await?.map(Program::from))
    }

    /// The fields that every entry has.
    #[graphql(flatten)]
    fn workflow(&self) -> Workflow {
        Workflow::of(&self.row)
    }
}

connection! {
    /// A page of a list of programs.
    ProgramConnection,
    /// A row of a list of programs.
    ProgramEdge, Program {
        "id" => |this: &Program, _: &_| id::encode(Kind::Program, this.row.id),
        "slug" => Self::slug,
        "name" => Self::name,
        "summary" => Self::summary,
        "publishedAt" => |this: &Program, _: &_| this.row.published_at.map(DateTime),
        "updatedAt" => |this: &Program, _: &_| DateTime(this.row.updated_at)
    }
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
    async fn region(&self, ctx: &Context<'_>) -> Result<Option<One<Region>>> {
        Ok(ctx.loader().load(loaders::RegionById(self.0.region_id)).await?.map(|row| One(Region::from(row))))
    }

    /// The sector, such as farming.
    fn sector(&self) -> &str {
        &self.0.sector
    }

    /// How far the work has come.
    async fn status(&self) -> SiteStatus {
        self.0.status.into()
    }
}

at_hand!(ProgramSite { "sector" => Self::sector });
