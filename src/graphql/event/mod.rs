//! Events in the schema.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use entity::enums::Kind;
use entity::event as row;
use uuid::Uuid;

use self::agenda::{EventSession, Participant};
use super::article::Article;
use super::body::Body;
use super::comment::{CommentConnection, CommentOrder};
use super::connection::{connection, page};
use super::entry::revision;
use super::entry::row::EntryRow;
use super::entry::workflow::Workflow;
use super::loaders;
use super::nodes::{Nodes, One};
use super::organization::Organization;
use super::program::Program;
use super::region::Region;
use super::scalar::DateTime;
use super::{ContextExt, id};
use crate::domain::event::{self as domain, State};
use crate::text::date::format_span;
use crate::text::date::{local, zone};

pub mod agenda;
pub mod input;
pub mod mutation;
pub mod query;

/// Shows a row, or the state of a revision.
#[derive(Clone)]
pub struct Event {
    pub row: EntryRow<domain::Event>,
    /// Where relations come from when it is a revision that is shown.
    state: Option<Arc<State>>,
}

impl From<row::Model> for Event {
    fn from(row: row::Model) -> Self {
        Self { row: EntryRow::whole(row), state: None }
    }
}

impl From<row::Head> for Event {
    fn from(head: row::Head) -> Self {
        Self { row: EntryRow::head(head), state: None }
    }
}

impl From<(row::Model, State)> for Event {
    fn from((row, state): (row::Model, State)) -> Self {
        Self { row: EntryRow::whole(row), state: Some(Arc::new(state)) }
    }
}

/// Something that takes place: when, where, who.
#[Object]
impl Event {
    /// Global id.
    pub async fn id(&self) -> ID {
        id::encode(Kind::Event, self.row.id)
    }

    /// The part of its address that names it; an old one still finds it.
    fn slug(&self) -> &str {
        &self.row.slug
    }

    /// The title.
    fn title(&self) -> &str {
        &self.row.title
    }

    /// The event in a few sentences.
    fn summary(&self) -> Option<&str> {
        self.row.summary.as_deref()
    }

    /// The event at length.
    async fn body(&self, ctx: &Context<'_>) -> Result<One<Body>> {
        Ok(One(Body::new(&self.row.get_whole(ctx).await?.body)))
    }

    /// What sort of gathering it is.
    async fn kind(&self) -> EventKind {
        self.row.kind.into()
    }

    /// When it starts.
    fn starts_at(&self) -> DateTime {
        DateTime(self.row.starts_at)
    }

    /// When it ends.
    fn ends_at(&self) -> Option<DateTime> {
        self.row.ends_at.map(DateTime)
    }

    /// IANA time zone of the place.
    fn time_zone(&self) -> &str {
        &self.row.time_zone
    }

    /// Whether it has days and no hours.
    fn is_all_day(&self) -> bool {
        self.row.all_day
    }

    /// When it takes place, in Indonesian and local time: "Rabu, 6 Juli 2011, 09.00–12.30 WITA".
    async fn when(&self) -> String {
        format_span(self.row.starts_at, self.row.ends_at, self.row.all_day, &self.zone())
    }

    /// The building or room.
    fn venue(&self) -> Option<&str> {
        self.row.venue.as_deref()
    }

    /// What became of it.
    async fn outcome(&self) -> EventOutcome {
        self.row.outcome.into()
    }

    /// Whom it is for.
    fn audience(&self) -> Option<&str> {
        self.row.audience.as_deref()
    }

    /// The place.
    async fn region(&self, ctx: &Context<'_>) -> Result<Option<One<Region>>> {
        let Some(id) = self.row.region_id else { return Ok(None) };
        Ok(ctx.loader().load(loaders::RegionById(id)).await?.map(|row| One(Region::from(row))))
    }

    /// The program it is part of.
    async fn program(&self, ctx: &Context<'_>) -> Result<Option<One<Program>>> {
        let Some(id) = self.row.program_id else { return Ok(None) };
        Ok(ctx.loader().load(loaders::ProgramById::new(id)).await?.map(|row| One(Program::from(row))))
    }

    /// Who holds it.
    async fn organizers(&self, ctx: &Context<'_>) -> Result<Nodes<Organization>> {
        let rows = match &self.state {
            None => ctx.loader().load(loaders::OrganizersOfEvent(self.row.id)).await?.unwrap_or_default(),
            Some(state) => loaders::in_order(ctx, &state.organizer_ids, loaders::OrganizationById).await?,
        };
        Ok(rows.into_iter().map(Organization::from).collect())
    }

    /// The agenda.
    async fn agenda(&self, ctx: &Context<'_>) -> Result<Nodes<EventSession>> {
        let sessions = self.session_rows(ctx).await?;
        Ok(sessions.into_iter().map(|row| EventSession { row, zone: self.zone() }).collect())
    }

    /// Who takes part, and how. Officials that the reader may not see are left out.
    async fn participants(&self, ctx: &Context<'_>) -> Result<Nodes<Participant>> {
        let mut terms = None;
        let people = match &self.state {
            None => {
                let people = ctx.loader().load(loaders::ParticipantsOfEvent(self.row.id));
                if ["office", "term"].iter().any(|field| ctx.look_ahead().field(field).exists()) {
                    // Asked for before it is known who they are, so that both come at once.
                    terms = ctx.loader().load(loaders::TermsOfParticipants(self.row.id)).await?;
                }
                people.await?.unwrap_or_default()
            }
            Some(state) => {
                let rows = state.agenda_rows(self.row.id, &session_ids(state)).1;
                let officials = rows.iter().filter_map(|row| row.official_id).map(loaders::OfficialById::new);
                let officials = ctx.loader().load_many(officials).await?;
                let person = |row: entity::participant::Model| match row.official_id {
                    Some(id) => Some((row, Some(officials.get(&loaders::OfficialById::new(id))?.clone()))),
                    None => Some((row, None)),
                };
                rows.into_iter().filter_map(person).collect()
            }
        };
        let (day, event) = (date_of(self.row.starts_at, &self.zone()), Arc::new(self.clone()));
        let shown = |(row, official)| Participant { row, official, terms: terms.clone(), day, event: Arc::clone(&event) };
        Ok(people.into_iter().map(shown).collect())
    }

    /// Articles about it.
    async fn articles(&self, ctx: &Context<'_>) -> Result<Nodes<Article>> {
        Ok(ctx.loader().load(loaders::ArticlesOfEvent(self.row.id)).await?.into_iter().flatten().map(Article::from).collect())
    }

    /// How many comments are shown, replies included.
    async fn comment_count(&self, ctx: &Context<'_>) -> Result<i64> {
        super::comment::count(ctx, self.row.id).await
    }

    /// Whether the public may comment on it.
    async fn comments_open(&self, ctx: &Context<'_>) -> Result<bool> {
        super::comment::is_open(ctx, Kind::Event, self.row.id, self.row.published_at).await
    }

    /// Comments that are shown, in threads.
    async fn comments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "In which order; the oldest first by default.")] order_by: Option<CommentOrder>,
        #[graphql(desc = "Threads from the start, 1 to 100; 20 by default.")] first: Option<i64>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "Threads from the end, 1 to 100.")] last: Option<i64>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<One<CommentConnection>> {
        super::comment::threads(ctx, Kind::Event, self.row.id, order_by, page(ctx, first, after, last, before)).await
    }

    /// It as a revision has it, relations included; for those who may see drafts. Null when there is no such revision.
    async fn at_revision(&self, ctx: &Context<'_>, #[graphql(desc = "Number of the revision.")] number: i32) -> Result<Option<Event>> {
        Ok(revision::shown::<domain::Event>(ctx, &self.row, number).await?.map(Event::from))
    }

    /// The fields that every entry has.
    #[graphql(flatten)]
    fn workflow(&self) -> Workflow {
        Workflow::of(&self.row)
    }
}

connection! {
    /// A page of a list of events.
    EventConnection,
    /// A row of a list of events.
    EventEdge, Event {
        "id" => |this: &Event, _: &_| id::encode(Kind::Event, this.row.id),
        "slug" => Self::slug,
        "title" => Self::title,
        "summary" => Self::summary,
        "startsAt" => Self::starts_at,
        "endsAt" => Self::ends_at,
        "timeZone" => Self::time_zone,
        "isAllDay" => Self::is_all_day,
        "venue" => Self::venue,
        "audience" => Self::audience,
        "publishedAt" => |this: &Event, _: &_| this.row.published_at.map(DateTime),
        "updatedAt" => |this: &Event, _: &_| DateTime(this.row.updated_at)
    }
}

/// Ids for the sessions of a state, which has none: they only lead from a participant to a session.
fn session_ids(state: &State) -> Vec<Uuid> {
    (1..=state.sessions.len()).map(|number| Uuid::from_u128(number as u128)).collect()
}

impl Event {
    pub(super) async fn session_rows(&self, ctx: &Context<'_>) -> Result<Vec<entity::event_session::Model>> {
        match &self.state {
            None => Ok(ctx.loader().load(loaders::SessionsOfEvent(self.row.id)).await?.unwrap_or_default()),
            Some(state) => Ok(state.agenda_rows(self.row.id, &session_ids(state)).0),
        }
    }

    /// The zone of the place; UTC should the name be unknown to this build.
    pub(super) fn zone(&self) -> jiff::tz::TimeZone {
        zone(&self.row.time_zone).unwrap_or(jiff::tz::TimeZone::UTC)
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
