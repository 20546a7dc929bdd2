//! Events in the schema.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use entity::enums::Kind;
use entity::event as row;

use super::article::Article;
use super::body::Body;
use super::comment::CommentConnection;
use super::connection::connection;
use super::loaders;
use super::node::{DateFormat, EntryStatus, published_on};
use super::official::{Official, Term};
use super::organization::Organization;
use super::program::Program;
use super::region::Region;
use super::scalar::DateTime;
use super::{ContextExt, id};
use crate::auth::role::Permission;
use crate::domain::official::term_on;
use crate::text::date::format_span;
use crate::text::date::{local, zone};

pub mod input;
pub mod mutation;
pub mod query;

/// Shows a row.
#[derive(Clone)]
pub struct Event(pub Arc<row::Model>);

impl From<row::Model> for Event {
    fn from(row: row::Model) -> Self {
        Self(Arc::new(row))
    }
}

/// Something that takes place: when, where, who.
#[Object]
impl Event {
    /// Global id.
    pub async fn id(&self) -> ID {
        id::encode(Kind::Event, self.0.id)
    }

    /// The part of its address that names it; an old one still finds it.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// The event in a few sentences.
    async fn summary(&self) -> Option<&str> {
        self.0.summary.as_deref()
    }

    /// The event at length.
    async fn body(&self) -> Body {
        Body::new(&self.0.body)
    }

    /// What sort of gathering it is.
    async fn kind(&self) -> EventKind {
        self.0.kind.into()
    }

    /// When it starts.
    async fn starts_at(&self) -> DateTime {
        DateTime(self.0.starts_at)
    }

    /// When it ends.
    async fn ends_at(&self) -> Option<DateTime> {
        self.0.ends_at.map(DateTime)
    }

    /// IANA time zone of the place.
    async fn time_zone(&self) -> &str {
        &self.0.time_zone
    }

    /// Whether it has days and no hours.
    async fn is_all_day(&self) -> bool {
        self.0.all_day
    }

    /// When it takes place, in Indonesian and local time: "Rabu, 6 Juli 2011, 09.00–12.30 WITA".
    async fn when(&self) -> String {
        format_span(self.0.starts_at, self.0.ends_at, self.0.all_day, &self.zone())
    }

    /// The building or room.
    async fn venue(&self) -> Option<&str> {
        self.0.venue.as_deref()
    }

    /// What became of it.
    async fn outcome(&self) -> EventOutcome {
        self.0.outcome.into()
    }

    /// Whom it is for.
    async fn audience(&self) -> Option<&str> {
        self.0.audience.as_deref()
    }

    /// The place.
    async fn region(&self, ctx: &Context<'_>) -> Result<Option<Region>> {
        let Some(id) = self.0.region_id else { return Ok(None) };
        Ok(ctx.loader().load_one(loaders::RegionById(id)).await?.map(Region::from))
    }

    /// The program it is part of.
    async fn program(&self, ctx: &Context<'_>) -> Result<Option<Program>> {
        let Some(id) = self.0.program_id else { return Ok(None) };
        Ok(ctx.loader().load_one(loaders::ProgramById(id)).await?.map(Program::from))
    }

    /// Who holds it.
    async fn organizers(&self, ctx: &Context<'_>) -> Result<Vec<Organization>> {
        Ok(ctx.loader().load_one(loaders::OrganizersOfEvent(self.0.id)).await?.into_iter().flatten().map(Organization::from).collect())
    }

    /// The agenda.
    async fn agenda(&self, ctx: &Context<'_>) -> Result<Vec<EventSession>> {
        let sessions = ctx.loader().load_one(loaders::SessionsOfEvent(self.0.id)).await?;
        Ok(sessions.into_iter().flatten().map(|row| EventSession { row, zone: self.zone() }).collect())
    }

    /// Who takes part, and how. Officials that the reader may not see are left out.
    async fn participants(&self, ctx: &Context<'_>) -> Result<Vec<Participant>> {
        let rows = ctx.loader().load_one(loaders::ParticipantsOfEvent(self.0.id)).await?.unwrap_or_default();
        let ids = rows.iter().filter_map(|row| row.official_id).map(loaders::OfficialById);
        let officials = ctx.loader().load_many(ids).await?;
        let day = date_of(self.0.starts_at, &self.zone());
        Ok(rows
            .into_iter()
            .filter_map(|row| match row.official_id {
                Some(id) => Some(Participant { official: Some(officials.get(&loaders::OfficialById(id))?.clone()), row, day }),
                None => Some(Participant { official: None, row, day }),
            })
            .collect())
    }

    /// Articles about it.
    async fn articles(&self, ctx: &Context<'_>) -> Result<Vec<Article>> {
        Ok(ctx.loader().load_one(loaders::ArticlesOfEvent(self.0.id)).await?.into_iter().flatten().map(Article::from).collect())
    }

    /// How many approved comments there are, replies included.
    async fn comment_count(&self, ctx: &Context<'_>) -> Result<i64> {
        super::comment::count(ctx, Kind::Event, self.0.id).await
    }

    /// Approved comments in threads, oldest first.
    async fn comments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Threads from the start, 1 to 100; 20 by default.")] first: Option<i64>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
    ) -> Result<CommentConnection> {
        super::comment::threads(ctx, Kind::Event, self.0.id, first, after).await
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
    /// A page of a list of events.
    EventConnection,
    /// A row of a list of events.
    EventEdge, Event, row::Model
}

impl Event {
    /// The zone of the place; UTC should the name be unknown to this build.
    fn zone(&self) -> jiff::tz::TimeZone {
        zone(&self.0.time_zone).unwrap_or(jiff::tz::TimeZone::UTC)
    }
}

/// The local day of a moment.
pub fn date_of(millis: i64, zone: &jiff::tz::TimeZone) -> time::Date {
    let date = local(millis, zone).date();
    let month = u8::try_from(date.month()).ok().and_then(|month| time::Month::try_from(month).ok()).unwrap_or(time::Month::January);
    time::Date::from_calendar_date(i32::from(date.year()), month, u8::try_from(date.day()).unwrap_or(1)).unwrap_or(time::Date::MIN)
}

/// What sort of gathering an event is.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "entity::enums::EventKind")]
pub enum EventKind {
    /// People work something out together.
    Workshop,
    /// People learn a skill.
    Training,
    /// People hear and discuss papers.
    Seminar,
    /// Something is opened, handed over or celebrated.
    Ceremony,
    /// People confer.
    Meeting,
    /// Somebody comes to see.
    Visit,
    /// Things are shown and sold.
    Fair,
    /// Something else.
    Other,
}

/// What became of an event.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "entity::enums::EventOutcome")]
pub enum EventOutcome {
    /// To come.
    Planned,
    /// Put off.
    Postponed,
    /// Called off.
    Cancelled,
    /// It took place.
    Held,
}

/// What a participant did.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "entity::enums::ParticipantRole")]
pub enum ParticipantRole {
    /// Opened the event.
    Opened,
    /// Received the guests.
    Hosted,
    /// Led a discussion.
    Moderated,
    /// Gave a speech or a lecture.
    Spoke,
    /// Sat on a panel.
    Panelist,
    /// Was there.
    Attended,
}

/// Shows a session.
pub struct EventSession {
    row: entity::event_session::Model,
    zone: jiff::tz::TimeZone,
}

/// One item of an event's agenda.
#[Object]
impl EventSession {
    /// Number in the agenda, counted from 1.
    async fn number(&self) -> i32 {
        self.row.position + 1
    }

    /// The title.
    async fn title(&self) -> &str {
        &self.row.title
    }

    /// What it is about.
    async fn summary(&self) -> Option<&str> {
        self.row.summary.as_deref()
    }

    /// When it starts.
    async fn starts_at(&self) -> Option<DateTime> {
        self.row.starts_at.map(DateTime)
    }

    /// When it ends.
    async fn ends_at(&self) -> Option<DateTime> {
        self.row.ends_at.map(DateTime)
    }

    /// When it takes place, in Indonesian and local time.
    async fn when(&self) -> Option<String> {
        Some(format_span(self.row.starts_at?, self.row.ends_at, false, &self.zone))
    }
}

/// Shows a participant.
pub struct Participant {
    row: entity::participant::Model,
    official: Option<entity::official::Model>,
    /// The day of the event.
    day: time::Date,
}

/// Who takes part in an event: an official or a named guest.
#[Object]
impl Participant {
    /// What they do there.
    async fn role(&self) -> ParticipantRole {
        self.row.role.into()
    }

    /// The name as it is written in full.
    async fn name(&self) -> String {
        match &self.official {
            Some(official) => crate::domain::official::full_name(official),
            None => self.row.guest_name.clone().unwrap_or_default(),
        }
    }

    /// The office held on the day of the event.
    async fn office(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        match self.row.official_id {
            Some(_) => Ok(self.term_held(ctx).await?.map(|term| term.office)),
            None => Ok(self.row.guest_office.clone()),
        }
    }

    /// The term of office that the day of the event fell into.
    async fn term(&self, ctx: &Context<'_>) -> Result<Option<Term>> {
        Ok(self.term_held(ctx).await?.map(Term))
    }

    /// The official; null for a guest.
    async fn official(&self) -> Option<Official> {
        self.official.clone().map(Official::from)
    }

    /// The item of the agenda that they take part in.
    async fn session(&self, ctx: &Context<'_>) -> Result<Option<EventSession>> {
        let Some(id) = self.row.session_id else { return Ok(None) };
        let sessions = ctx.loader().load_one(loaders::SessionsOfEvent(self.row.event_id)).await?.unwrap_or_default();
        let event = ctx.loader().load_one(loaders::EventById(self.row.event_id)).await?;
        let zone = event.and_then(|event| zone(&event.time_zone)).unwrap_or(jiff::tz::TimeZone::UTC);
        Ok(sessions.into_iter().find(|row| row.id == id).map(|row| EventSession { row, zone }))
    }
}

impl Participant {
    async fn term_held(&self, ctx: &Context<'_>) -> Result<Option<entity::term::Model>> {
        let Some(id) = self.row.official_id else { return Ok(None) };
        let terms = ctx.loader().load_one(loaders::TermsOfOfficial(id)).await?.unwrap_or_default();
        Ok(term_on(&terms, self.day).cloned())
    }
}
