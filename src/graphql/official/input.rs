//! Inputs about officials, and how they become plain types.

use async_graphql::{Context, ID, InputObject, MaybeUndefined};
use entity::enums::Kind;

use crate::domain::error::Result;
use crate::domain::official as domain;
use crate::graphql::id;
use crate::graphql::id::referenced;
use crate::graphql::node::EntryStatus;
use crate::graphql::organization::OrganizationBy;
use crate::graphql::payload::{patch, patch_with};
use crate::graphql::region::RegionBy;
use crate::graphql::scalar::CalendarDate;

/// A term of office.
#[derive(InputObject)]
pub struct TermInput {
    /// The office, such as "Bupati Bantaeng".
    pub office: String,
    /// The organization that the office belongs to.
    pub organization_id: Option<ID>,
    /// The place that the office is for.
    pub region_id: Option<ID>,
    /// First day in office.
    pub from: CalendarDate,
    /// Last day in office; omitted while it lasts.
    pub until: Option<CalendarDate>,
    /// True for an acting holder.
    pub is_acting: Option<bool>,
}

fn term((term, at): (TermInput, usize)) -> Result<domain::Term> {
    Ok(domain::Term {
        office: term.office,
        organization_id: id::optional(Kind::Organization, term.organization_id.as_ref(), &format!("terms.{at}.organizationId"))?,
        region_id: id::optional(Kind::Region, term.region_id.as_ref(), &format!("terms.{at}.regionId"))?,
        from_on: term.from.0,
        until_on: term.until.map(|until| until.0),
        acting: term.is_acting.unwrap_or(false),
    })
}

/// What can be said about an official. In an update an omitted field is left alone and null clears.
#[derive(InputObject)]
pub struct OfficialFields {
    /// The part of its address that names it; by default made from the name.
    pub slug: MaybeUndefined<String>,
    /// The name without honorifics; required.
    pub name: MaybeUndefined<String>,
    /// Honorifics before the name.
    pub honorific_before: MaybeUndefined<String>,
    /// Honorifics after the name.
    pub honorific_after: MaybeUndefined<String>,
    /// The person's life and work, in Markdown.
    pub biography: MaybeUndefined<String>,
    /// Terms of office; replaces the whole list.
    pub terms: MaybeUndefined<Vec<TermInput>>,
}

impl OfficialFields {
    /// The change that the input asks for.
    pub fn into_patch(self) -> Result<domain::OfficialPatch> {
        Ok(domain::OfficialPatch {
            slug: patch(self.slug),
            name: patch(self.name),
            honorific_before: patch(self.honorific_before),
            honorific_after: patch(self.honorific_after),
            biography: patch(self.biography),
            terms: patch_with(self.terms, |terms| terms.into_iter().zip(0..).map(term).collect())?,
        })
    }
}

/// A new official.
#[derive(InputObject)]
pub struct OfficialCreateInput {
    #[graphql(flatten)]
    pub fields: OfficialFields,
    /// What the editor says about this revision.
    pub note: Option<String>,
    /// The same key within a day leads to what the first request with it made, instead of making another: 8 to 100 visible
    /// ASCII characters of the client's choice, such as a UUID.
    pub idempotency_key: Option<String>,
}

/// A change of an official.
#[derive(InputObject)]
pub struct OfficialUpdateInput {
    /// Which one.
    pub id: ID,
    /// Number of the revision that the change was made from; a newer one is a CONFLICT.
    pub based_on_revision: i32,
    #[graphql(flatten)]
    pub fields: OfficialFields,
    /// What the editor says about this revision.
    pub note: Option<String>,
    /// True when a program saves by itself while somebody writes: it takes the place of their own last such save, and saves
    /// nothing when nothing changed.
    pub is_autosave: Option<bool>,
}

/// Which officials: those with a term that fits all parts.
#[derive(InputObject, Default)]
pub struct OfficialFilter {
    /// In office in this organization.
    pub organization: Option<OrganizationBy>,
    /// In office in this region or in a part of it.
    pub region: Option<RegionBy>,
    /// In office on this day.
    pub on: Option<CalendarDate>,
    /// With this status; only those who may see drafts find other than published ones.
    pub status: Option<EntryStatus>,
    /// True for what is scheduled to be published, alone; only for those who may see drafts.
    pub is_scheduled: Option<bool>,
    /// True for the trash alone.
    pub in_trash: Option<bool>,
}

impl OfficialFilter {
    /// The filter in plain types.
    pub async fn into_domain(self, ctx: &Context<'_>) -> Result<domain::list::OfficialFilter> {
        Ok(domain::list::OfficialFilter {
            organization: referenced!(ctx, self.organization, "filter.organization"),
            region: referenced!(ctx, self.region, "filter.region"),
            on: self.on.map(|on| on.0),
            status: self.status.map(Into::into),
            is_scheduled: self.is_scheduled.unwrap_or(false),
            in_trash: self.in_trash.unwrap_or(false),
        })
    }
}
