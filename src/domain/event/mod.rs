//! Events: what a revision holds, how it becomes a row, and lists of them.

use async_trait::async_trait;
use entity::enums::Kind;
use entity::enums::{EventKind, EventOutcome, ParticipantRole};
use entity::{event, event_organizer, event_session, official, organization, participant, program, region};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Domain;
use super::entry::{Entry, Envelope, EnvelopeColumn, Outline, entry_row, envelope_of};
use super::error::{Expected, Problem, Result};
use super::links::replace_links;
use super::patch::Patch;
use super::validate::{LONGEST_SUMMARY, Problems, item, items, trimmed, unique};
use crate::auth::role::Permission;
use crate::db::{Transaction, Write, insert_rows};
use crate::text::date::zone;

pub mod list;

/// The noun, as a type for the workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Event;

/// Everything that a revision of an event holds. Times are milliseconds UTC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    pub slug: String,
    pub title: String,
    pub summary: Option<String>,
    pub body: String,
    pub kind: EventKind,
    pub starts_at: Option<i64>,
    pub ends_at: Option<i64>,
    pub time_zone: String,
    pub all_day: bool,
    pub venue: Option<String>,
    pub region_id: Option<Uuid>,
    pub program_id: Option<Uuid>,
    pub organizer_ids: Vec<Uuid>,
    pub outcome: EventOutcome,
    pub audience: Option<String>,
    pub sessions: Vec<Session>,
    pub participants: Vec<Participant>,
}

/// One item of the agenda.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    pub title: String,
    pub summary: Option<String>,
    pub starts_at: Option<i64>,
    pub ends_at: Option<i64>,
}

/// Who took part, and how: an official or a guest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Participant {
    pub role: ParticipantRole,
    pub official_id: Option<Uuid>,
    pub guest_name: Option<String>,
    pub guest_office: Option<String>,
    /// Number of a session in the agenda, counted from 1.
    pub session: Option<i32>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            slug: String::new(),
            title: String::new(),
            summary: None,
            body: String::new(),
            kind: EventKind::Other,
            starts_at: None,
            ends_at: None,
            time_zone: "Asia/Jakarta".to_owned(),
            all_day: false,
            venue: None,
            region_id: None,
            program_id: None,
            organizer_ids: Vec::new(),
            outcome: EventOutcome::Planned,
            audience: None,
            sessions: Vec::new(),
            participants: Vec::new(),
        }
    }
}

impl State {
    /// The sessions and participants as rows of `event`. Sessions get the ids given; those of participants are still to be.
    pub fn agenda_rows(&self, event: Uuid, session_ids: &[Uuid]) -> (Vec<event_session::Model>, Vec<participant::Model>) {
        let sessions = self.sessions.iter().zip(session_ids).zip(0..).map(|((session, id), position)| event_session::Model {
            id: *id,
            event_id: event,
            position,
            title: session.title.clone(),
            summary: session.summary.clone(),
            starts_at: session.starts_at,
            ends_at: session.ends_at,
        });
        let participants = self.participants.iter().zip(0..).map(|(guest, position)| participant::Model {
            id: Uuid::nil(),
            event_id: event,
            position,
            role: guest.role,
            official_id: guest.official_id,
            guest_name: guest.guest_name.clone(),
            guest_office: guest.guest_office.clone(),
            session_id: session_index(guest.session).and_then(|at| session_ids.get(at)).copied(),
        });
        (sessions.collect(), participants.collect())
    }
}

/// A change to an event.
#[derive(Clone, Debug, Default)]
pub struct EventPatch {
    pub slug: Patch<String>,
    pub title: Patch<String>,
    pub summary: Patch<String>,
    pub body: Patch<String>,
    pub kind: Option<EventKind>,
    pub starts_at: Patch<i64>,
    pub ends_at: Patch<i64>,
    pub time_zone: Patch<String>,
    pub all_day: Option<bool>,
    pub venue: Patch<String>,
    pub region_id: Patch<Uuid>,
    pub program_id: Patch<Uuid>,
    pub organizer_ids: Patch<Vec<Uuid>>,
    pub outcome: Option<EventOutcome>,
    pub audience: Patch<String>,
    pub sessions: Patch<Vec<Session>>,
    pub participants: Patch<Vec<Participant>>,
}

#[async_trait]
impl Entry for Event {
    const KIND: Kind = Kind::Event;
    const MANAGE: Permission = Permission::ManageEntries;
    const OWN_DRAFTS: bool = true;
    type Entity = event::Entity;
    type Row = event::Model;
    type Head = event::Head;
    type State = State;
    type Patch = EventPatch;

    envelope_of!(event);

    fn title(state: &State) -> &str {
        &state.title
    }

    fn apply(patch: EventPatch, state: &mut State) {
        patch.slug.apply_or_default(&mut state.slug);
        patch.title.apply_or_default(&mut state.title);
        patch.summary.apply(&mut state.summary);
        patch.body.apply_or_default(&mut state.body);
        state.kind = patch.kind.unwrap_or(state.kind);
        patch.starts_at.apply(&mut state.starts_at);
        patch.ends_at.apply(&mut state.ends_at);
        patch.time_zone.apply_or_default(&mut state.time_zone);
        state.all_day = patch.all_day.unwrap_or(state.all_day);
        patch.venue.apply(&mut state.venue);
        patch.region_id.apply(&mut state.region_id);
        patch.program_id.apply(&mut state.program_id);
        patch.organizer_ids.apply_or_default(&mut state.organizer_ids);
        state.outcome = patch.outcome.unwrap_or(state.outcome);
        patch.audience.apply(&mut state.audience);
        patch.sessions.apply_or_default(&mut state.sessions);
        patch.participants.apply_or_default(&mut state.participants);
        state.title = state.title.trim().to_owned();
        state.summary = trimmed(state.summary.take());
        state.venue = trimmed(state.venue.take());
        state.audience = trimmed(state.audience.take());
        state.organizer_ids = unique(std::mem::take(&mut state.organizer_ids));
        for session in &mut state.sessions {
            session.title = session.title.trim().to_owned();
            session.summary = trimmed(session.summary.take());
        }
        for guest in &mut state.participants {
            guest.guest_name = trimmed(guest.guest_name.take());
            guest.guest_office = trimmed(guest.guest_office.take());
        }
    }

    async fn check(txn: &Transaction, state: &State) -> Result<()> {
        let mut problems = Problems::default();
        problems.slug(&state.slug);
        problems.line("title", &state.title);
        problems.length("summary", state.summary.as_deref(), LONGEST_SUMMARY);
        problems.markdown("body", &state.body);
        problems.optional_line("venue", state.venue.as_deref());
        problems.optional_line("audience", state.audience.as_deref());
        if state.starts_at.is_none() {
            problems.add("startsAt", Problem::Required);
        }
        if state.starts_at.zip(state.ends_at).is_some_and(|(start, end)| end < start) {
            problems.add("endsAt", Problem::Malformed(Expected::EndAfterStart));
        }
        if zone(&state.time_zone).is_none() {
            problems.add("timeZone", Problem::Malformed(Expected::TimeZone));
        }
        problems.count("organizerIds", state.organizer_ids.len());
        problems.count("sessions", state.sessions.len());
        problems.count("participants", state.participants.len());
        check_agenda(&mut problems, state);
        problems.references::<region::Entity>(txn, item("regionId", state.region_id), region::Column::Id).await?;
        problems.references::<program::Entity>(txn, item("programId", state.program_id), program::Column::Id).await?;
        let organizers = items("organizerIds", &state.organizer_ids);
        problems.references::<organization::Entity>(txn, organizers, organization::Column::Id).await?;
        let officials = state.participants.iter().enumerate();
        let officials = officials.filter_map(|(at, guest)| item(format!("participants.{at}.officialId"), guest.official_id));
        problems.references::<official::Entity>(txn, officials, official::Column::Id).await?;
        problems.into_result()
    }

    fn row(state: &State, envelope: &Envelope) -> event::Model {
        entry_row!(event, envelope, {
            slug: state.slug.clone(),
            title: state.title.clone(),
            summary: state.summary.clone(),
            body: state.body.clone(),
            kind: state.kind,
            starts_at: state.starts_at.unwrap_or_default(),
            ends_at: state.ends_at,
            time_zone: state.time_zone.clone(),
            all_day: state.all_day,
            venue: state.venue.clone(),
            region_id: state.region_id,
            program_id: state.program_id,
            outcome: state.outcome,
            audience: state.audience.clone(),
        })
    }

    async fn store_relations(txn: &Transaction, domain: &Domain, state: &State, envelope: &Envelope) -> Result<()> {
        let id = envelope.id;
        replace_links!(txn, event_organizer, EventId event_id = id, organization_id = &state.organizer_ids);
        participant::Entity::delete_many().filter(participant::Column::EventId.eq(id)).write(txn).await?;
        event_session::Entity::delete_many().filter(event_session::Column::EventId.eq(id)).write(txn).await?;
        let session_ids: Vec<Uuid> = state.sessions.iter().map(|_| domain.clock.new_id()).collect();
        let (sessions, participants) = state.agenda_rows(id, &session_ids);
        insert_rows(sessions, txn).await?;
        let participants = participants.into_iter().map(|row| participant::Model { id: domain.clock.new_id(), ..row });
        Ok(insert_rows(participants, txn).await?)
    }
}

/// Checks the sessions and the participants.
fn check_agenda(problems: &mut Problems, state: &State) {
    for (session, at) in state.sessions.iter().zip(0..) {
        problems.line(&format!("sessions.{at}.title"), &session.title);
        problems.length(&format!("sessions.{at}.summary"), session.summary.as_deref(), LONGEST_SUMMARY);
        if session.starts_at.zip(session.ends_at).is_some_and(|(start, end)| end < start) {
            problems.add(format!("sessions.{at}.endsAt"), Problem::Malformed(Expected::EndAfterStart));
        }
    }
    for (participant, at) in state.participants.iter().zip(0..) {
        if participant.official_id.is_some() == participant.guest_name.is_some() {
            problems.add(format!("participants.{at}"), Problem::Malformed(Expected::OfficialOrGuest));
        }
        problems.optional_line(&format!("participants.{at}.guestName"), participant.guest_name.as_deref());
        problems.optional_line(&format!("participants.{at}.guestOffice"), participant.guest_office.as_deref());
        if participant.session.is_some() && session_index(participant.session).is_none_or(|index| index >= state.sessions.len()) {
            problems.add(format!("participants.{at}.session"), Problem::Malformed(Expected::SessionNumber));
        }
    }
}

fn session_index(number: Option<i32>) -> Option<usize> {
    usize::try_from(number?.checked_sub(1)?).ok()
}
