//! Inputs about events, and how they become plain types.

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined};
use entity::enums::Kind;

use super::{EventKind, EventOutcome, ParticipantRole};
use crate::domain::error::Result;
use crate::domain::event as domain;
use crate::graphql::id;
use crate::graphql::id::referenced;
use crate::graphql::node::EntryStatus;
use crate::graphql::official::query::OfficialBy;
use crate::graphql::payload::{patch, patch_id, patch_ids, patch_with};
use crate::graphql::program::query::ProgramBy;
use crate::graphql::region::RegionBy;
use crate::graphql::scalar::DateTime;

/// One item of the agenda.
#[derive(InputObject)]
pub struct EventSessionInput {
    /// The title.
    pub title: String,
    /// What it is about.
    pub summary: Option<String>,
    /// When it starts.
    pub starts_at: Option<DateTime>,
    /// When it ends.
    pub ends_at: Option<DateTime>,
}

/// Who takes part: an official or a named guest.
#[derive(InputObject)]
pub struct ParticipantInput {
    /// What they do there.
    pub role: ParticipantRole,
    /// The official.
    pub official_id: Option<ID>,
    /// Name of a guest.
    pub guest_name: Option<String>,
    /// Office of a guest.
    pub guest_office: Option<String>,
    /// Number of an item of the agenda, counted from 1.
    pub session: Option<i32>,
}

fn session(session: EventSessionInput) -> domain::Session {
    domain::Session {
        title: session.title,
        summary: session.summary,
        starts_at: session.starts_at.map(|at| at.0),
        ends_at: session.ends_at.map(|at| at.0),
    }
}

fn participant((participant, at): (ParticipantInput, usize)) -> Result<domain::Participant> {
    Ok(domain::Participant {
        role: participant.role.into(),
        official_id: id::optional(Kind::Official, participant.official_id.as_ref(), &format!("participants.{at}.officialId"))?,
        guest_name: participant.guest_name,
        guest_office: participant.guest_office,
        session: participant.session,
    })
}

/// What can be said about an event. In an update an omitted field is left alone and null clears.
#[derive(InputObject)]
pub struct EventFields {
    /// The part of its address that names it; by default made from the title.
    pub slug: MaybeUndefined<String>,
    /// The title; required.
    pub title: MaybeUndefined<String>,
    /// The event in a few sentences.
    pub summary: MaybeUndefined<String>,
    /// The event at length, in Markdown.
    pub body: MaybeUndefined<String>,
    /// What sort of gathering it is.
    pub kind: Option<EventKind>,
    /// When it starts; required. For an all-day event, local midnight.
    pub starts_at: MaybeUndefined<DateTime>,
    /// When it ends.
    pub ends_at: MaybeUndefined<DateTime>,
    /// IANA time zone of the place.
    pub time_zone: MaybeUndefined<String>,
    /// Whether it has days and no hours.
    pub all_day: Option<bool>,
    /// The building or room.
    pub venue: MaybeUndefined<String>,
    /// The place.
    pub region_id: MaybeUndefined<ID>,
    /// The program it is part of.
    pub program_id: MaybeUndefined<ID>,
    /// Who holds it.
    pub organizer_ids: MaybeUndefined<Vec<ID>>,
    /// What became of it.
    pub outcome: Option<EventOutcome>,
    /// Whom it is for.
    pub audience: MaybeUndefined<String>,
    /// The agenda; replaces the whole list.
    pub sessions: MaybeUndefined<Vec<EventSessionInput>>,
    /// Who takes part; replaces the whole list.
    pub participants: MaybeUndefined<Vec<ParticipantInput>>,
}

impl EventFields {
    /// The change that the input asks for.
    pub fn into_patch(self) -> Result<domain::EventPatch> {
        Ok(domain::EventPatch {
            slug: patch(self.slug),
            title: patch(self.title),
            summary: patch(self.summary),
            body: patch(self.body),
            kind: self.kind.map(Into::into),
            starts_at: patch_with(self.starts_at, |at| Ok(at.0))?,
            ends_at: patch_with(self.ends_at, |at| Ok(at.0))?,
            time_zone: patch(self.time_zone),
            all_day: self.all_day,
            venue: patch(self.venue),
            region_id: patch_id(self.region_id, Kind::Region, "regionId")?,
            program_id: patch_id(self.program_id, Kind::Program, "programId")?,
            organizer_ids: patch_ids(self.organizer_ids, Kind::Organization, "organizerIds")?,
            outcome: self.outcome.map(Into::into),
            audience: patch(self.audience),
            sessions: patch_with(self.sessions, |sessions| Ok(sessions.into_iter().map(session).collect()))?,
            participants: patch_with(self.participants, |list| list.into_iter().zip(0..).map(participant).collect())?,
        })
    }
}

/// A new event.
#[derive(InputObject)]
pub struct EventCreateInput {
    #[graphql(flatten)]
    pub fields: EventFields,
    /// What the editor says about this revision.
    pub note: Option<String>,
    /// The same key within a day leads to what the first request with it made, instead of making another: 8 to 100 visible
    /// ASCII characters of the client's choice, such as a UUID.
    pub idempotency_key: Option<String>,
}

/// A change of an event.
#[derive(InputObject)]
pub struct EventUpdateInput {
    /// Which one.
    pub id: ID,
    /// Number of the revision that the change was made from; a newer one is a CONFLICT.
    pub based_on_revision: i32,
    #[graphql(flatten)]
    pub fields: EventFields,
    /// What the editor says about this revision.
    pub note: Option<String>,
    /// True when a program saves by itself while somebody writes: it takes the place of their own last such save, and saves
    /// nothing when nothing changed.
    pub is_autosave: Option<bool>,
}

/// Which events; all parts must fit.
#[derive(InputObject, Default)]
pub struct EventFilter {
    /// To come, or over.
    pub time: Option<EventTime>,
    /// Of this kind.
    pub kind: Option<EventKind>,
    /// Part of this program.
    pub program: Option<ProgramBy>,
    /// In this region or in a part of it.
    pub region: Option<RegionBy>,
    /// With this official.
    pub official: Option<OfficialBy>,
    /// Starting in this year, in the site's time zone.
    pub year: Option<i32>,
    /// With this status; only those who may see drafts find other than published ones.
    pub status: Option<EntryStatus>,
    /// True for what is scheduled to be published, alone; only for those who may see drafts.
    pub is_scheduled: Option<bool>,
    /// True for the trash alone.
    pub in_trash: Option<bool>,
}

impl EventFilter {
    /// The filter in plain types.
    pub async fn into_domain(self, ctx: &Context<'_>) -> Result<domain::list::EventFilter> {
        Ok(domain::list::EventFilter {
            time: self.time.map(Into::into),
            kind: self.kind.map(Into::into),
            program: referenced!(ctx, self.program, "filter.program"),
            region: referenced!(ctx, self.region, "filter.region"),
            official: referenced!(ctx, self.official, "filter.official"),
            year: self.year,
            status: self.status.map(Into::into),
            is_scheduled: self.is_scheduled.unwrap_or(false),
            in_trash: self.in_trash.unwrap_or(false),
        })
    }
}

/// Whether an event is over.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "domain::list::EventTime")]
pub enum EventTime {
    /// Not over yet.
    Upcoming,
    /// Over.
    Past,
}

/// In which order events come.
#[derive(Enum, Copy, Clone, Eq, PartialEq, Default)]
#[graphql(remote = "domain::list::EventOrder")]
pub enum EventOrder {
    /// The earliest start first.
    StartEarliest,
    /// The latest start first.
    #[default]
    StartLatest,
}
