//! Officials in the schema.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use entity::enums::Kind;
use entity::official as row;

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
use crate::domain::official::{self as domain, State, full_name, term_on};
use crate::text::date::zone;

pub mod input;
pub mod mutation;
pub mod query;

/// Shows a row, or the state of a revision.
#[derive(Clone)]
pub struct Official {
    pub row: EntryRow<domain::Official>,
    /// Where terms come from when it is a revision that is shown.
    state: Option<Arc<State>>,
}

impl From<row::Model> for Official {
    fn from(row: row::Model) -> Self {
        Self { row: EntryRow::whole(row), state: None }
    }
}

impl From<row::Head> for Official {
    fn from(head: row::Head) -> Self {
        Self { row: EntryRow::head(head), state: None }
    }
}

impl From<(row::Model, State)> for Official {
    fn from((row, state): (row::Model, State)) -> Self {
        Self { row: EntryRow::whole(row), state: Some(Arc::new(state)) }
    }
}

impl Official {
    async fn term_rows(&self, ctx: &Context<'_>) -> Result<Vec<entity::term::Model>> {
        match &self.state {
            None => Ok(ctx.loader().load(loaders::TermsOfOfficial(self.row.id)).await?.unwrap_or_default()),
            Some(state) => Ok(state.term_rows(self.row.id)),
        }
    }
}

/// A person who holds or held public office.
#[Object]
impl Official {
    /// Global id.
    pub async fn id(&self) -> ID {
        id::encode(Kind::Official, self.row.id)
    }

    /// The part of its address that names it; an old one still finds it.
    fn slug(&self) -> &str {
        &self.row.slug
    }

    /// The name without honorifics.
    fn name(&self) -> &str {
        &self.row.name
    }

    /// The name with honorifics before and after.
    fn full_name(&self) -> String {
        full_name(&self.row)
    }

    /// Honorifics before the name.
    fn honorific_before(&self) -> Option<&str> {
        self.row.honorific_before.as_deref()
    }

    /// Honorifics after the name.
    fn honorific_after(&self) -> Option<&str> {
        self.row.honorific_after.as_deref()
    }

    /// The person's life and work.
    async fn biography(&self, ctx: &Context<'_>) -> Result<One<Body>> {
        Ok(One(Body::new(&self.row.get_whole(ctx).await?.biography)))
    }

    /// Terms of office.
    async fn terms(&self, ctx: &Context<'_>) -> Result<Nodes<Term>> {
        Ok(self.term_rows(ctx).await?.into_iter().map(Term).collect())
    }

    /// The term held on a day, by default today: a full holder before an acting one.
    async fn office_on(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The day; by default today.")] date: Option<CalendarDate>,
    ) -> Result<Option<Term>> {
        let day = match date {
            Some(date) => date.0,
            None => today(ctx),
        };
        Ok(term_on(&self.term_rows(ctx).await?, day).cloned().map(Term))
    }

    /// It as a revision has it, relations included; for those who may see drafts. Null when there is no such revision.
    async fn at_revision(&self, ctx: &Context<'_>, #[graphql(desc = "Number of the revision.")] number: i32) -> Result<Option<Official>> {
        Ok(revision::shown::<domain::Official>(ctx, &self.row, number).await?.map(Official::from))
    }

    /// The fields that every entry has.
    #[graphql(flatten)]
    fn workflow(&self) -> Workflow {
        Workflow::of(&self.row)
    }
}

connection! {
    /// A page of a list of officials.
    OfficialConnection,
    /// A row of a list of officials.
    OfficialEdge, Official {
        "id" => |this: &Official, _: &_| id::encode(Kind::Official, this.row.id),
        "slug" => Self::slug,
        "name" => Self::name,
        "fullName" => Self::full_name,
        "honorificBefore" => Self::honorific_before,
        "honorificAfter" => Self::honorific_after,
        "publishedAt" => |this: &Official, _: &_| this.row.published_at.map(DateTime),
        "updatedAt" => |this: &Official, _: &_| DateTime(this.row.updated_at)
    }
}

/// Shows a term.
pub struct Term(pub entity::term::Model);

/// A term of office.
#[Object]
impl Term {
    /// The office, such as "Bupati Bantaeng".
    fn office(&self) -> &str {
        &self.0.office
    }

    /// The organization that the office belongs to.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Option<One<Organization>>> {
        let Some(id) = self.0.organization_id else { return Ok(None) };
        Ok(ctx.loader().load(loaders::OrganizationById(id)).await?.map(|row| One(Organization::from(row))))
    }

    /// The place that the office is for.
    async fn region(&self, ctx: &Context<'_>) -> Result<Option<One<Region>>> {
        let Some(id) = self.0.region_id else { return Ok(None) };
        Ok(ctx.loader().load(loaders::RegionById(id)).await?.map(|row| One(Region::from(row))))
    }

    /// First day in office.
    async fn from(&self) -> CalendarDate {
        CalendarDate(self.0.from_on)
    }

    /// Last day in office; null while it lasts.
    async fn until(&self) -> Option<CalendarDate> {
        self.0.until_on.map(CalendarDate)
    }

    /// True for an acting holder.
    fn is_acting(&self) -> bool {
        self.0.acting
    }
}

/// Today in the site's time zone.
fn today(ctx: &Context<'_>) -> time::Date {
    let domain = ctx.domain();
    let zone = zone(&domain.settings.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    super::event::date_of(domain.clock.now(), &zone)
}

at_hand!(Term { "office" => Self::office, "isActing" => Self::is_acting });
