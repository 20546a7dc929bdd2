//! Inputs about programs, and how they become plain types.

use async_graphql::{Context, ID, InputObject, MaybeUndefined};
use entity::enums::Kind;

use super::{ProgramStage, SiteStatus};
use crate::domain::error::Result;
use crate::domain::program as domain;
use crate::graphql::id;
use crate::graphql::id::referenced;
use crate::graphql::node::EntryStatus;
use crate::graphql::organization::OrganizationBy;
use crate::graphql::payload::{patch, patch_id, patch_with};
use crate::graphql::region::RegionBy;
use crate::graphql::scalar::CalendarDate;

/// Where a program works, and in which sector.
#[derive(InputObject)]
pub struct ProgramSiteInput {
    /// The place.
    pub region_id: ID,
    /// The sector, such as farming.
    pub sector: String,
    /// How far the work has come; planned by default.
    pub status: Option<SiteStatus>,
}

fn site((site, at): (ProgramSiteInput, usize)) -> Result<domain::Site> {
    Ok(domain::Site {
        region_id: id::require(Kind::Region, &site.region_id, &format!("sites.{at}.regionId"))?,
        sector: site.sector,
        status: site.status.unwrap_or(SiteStatus::Planned).into(),
    })
}

/// What can be said about a program. In an update an omitted field is left alone and null clears.
#[derive(InputObject)]
pub struct ProgramFields {
    /// The part of its address that names it; by default made from the name.
    pub slug: MaybeUndefined<String>,
    /// The name; required.
    pub name: MaybeUndefined<String>,
    /// The programme in a few sentences.
    pub summary: MaybeUndefined<String>,
    /// The programme at length, in Markdown.
    pub description: MaybeUndefined<String>,
    /// First day.
    pub starts_on: MaybeUndefined<CalendarDate>,
    /// Last day.
    pub ends_on: MaybeUndefined<CalendarDate>,
    /// How far it has come.
    pub stage: Option<ProgramStage>,
    /// Who runs it.
    pub organization_id: MaybeUndefined<ID>,
    /// Where it works; replaces the whole list.
    pub sites: MaybeUndefined<Vec<ProgramSiteInput>>,
}

impl ProgramFields {
    /// The change that the input asks for.
    pub fn into_patch(self) -> Result<domain::ProgramPatch> {
        Ok(domain::ProgramPatch {
            slug: patch(self.slug),
            name: patch(self.name),
            summary: patch(self.summary),
            description: patch(self.description),
            starts_on: patch_with(self.starts_on, |date| Ok(date.0))?,
            ends_on: patch_with(self.ends_on, |date| Ok(date.0))?,
            stage: self.stage.map(Into::into),
            organization_id: patch_id(self.organization_id, Kind::Organization, "organizationId")?,
            sites: patch_with(self.sites, |sites| sites.into_iter().zip(0..).map(site).collect())?,
        })
    }
}

/// A new program.
#[derive(InputObject)]
pub struct ProgramCreateInput {
    #[graphql(flatten)]
    pub fields: ProgramFields,
    /// What the editor says about this revision.
    pub note: Option<String>,
    /// The same key within a day leads to what the first request with it made, instead of making another: 8 to 100 visible
    /// ASCII characters of the client's choice, such as a UUID.
    pub idempotency_key: Option<String>,
}

/// A change of a program.
#[derive(InputObject)]
pub struct ProgramUpdateInput {
    /// Which one.
    pub id: ID,
    /// Number of the revision that the change was made from; a newer one is a CONFLICT.
    pub based_on_revision: i32,
    #[graphql(flatten)]
    pub fields: ProgramFields,
    /// What the editor says about this revision.
    pub note: Option<String>,
    /// True when a program saves by itself while somebody writes: it takes the place of their own last such save, and saves
    /// nothing when nothing changed.
    pub is_autosave: Option<bool>,
}

/// Which programs; all parts must fit.
#[derive(InputObject, Default)]
pub struct ProgramFilter {
    /// Run by this organization.
    pub organization: Option<OrganizationBy>,
    /// With a site in this region or in a part of it.
    pub region: Option<RegionBy>,
    /// With this status; only those who may see drafts find other than published ones.
    pub status: Option<EntryStatus>,
    /// True for what is scheduled to be published, alone; only for those who may see drafts.
    pub is_scheduled: Option<bool>,
    /// True for the trash alone.
    pub in_trash: Option<bool>,
}

impl ProgramFilter {
    /// The filter in plain types.
    pub async fn into_domain(self, ctx: &Context<'_>) -> Result<domain::list::ProgramFilter> {
        Ok(domain::list::ProgramFilter {
            organization: referenced!(ctx, self.organization, "filter.organization"),
            region: referenced!(ctx, self.region, "filter.region"),
            status: self.status.map(Into::into),
            is_scheduled: self.is_scheduled.unwrap_or(false),
            in_trash: self.in_trash.unwrap_or(false),
        })
    }
}
