//! The agenda of events, and those who take part, in the schema.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};

use super::{Event, ParticipantRole};
use crate::domain::official::{full_name, term_on};
use crate::graphql::nodes::{One, at_hand};
use crate::graphql::official::{Official, Term};
use crate::graphql::scalar::DateTime;
use crate::graphql::{ContextExt, loaders};
use crate::text::date::format_span;

/// Shows a session.
pub struct EventSession {
    pub row: entity::event_session::Model,
    pub zone: jiff::tz::TimeZone,
}

/// One item of an event's agenda.
#[Object]
impl EventSession {
    /// Number in the agenda, counted from 1.
    async fn number(&self) -> i32 {
        self.row.position + 1
    }

    /// The title.
    fn title(&self) -> &str {
        &self.row.title
    }

    /// What it is about.
    fn summary(&self) -> Option<&str> {
        self.row.summary.as_deref()
    }

    /// When it starts.
    fn starts_at(&self) -> Option<DateTime> {
        self.row.starts_at.map(DateTime)
    }

    /// When it ends.
    fn ends_at(&self) -> Option<DateTime> {
        self.row.ends_at.map(DateTime)
    }

    /// When it takes place, in Indonesian and local time.
    async fn when(&self) -> Option<String> {
        Some(format_span(self.row.starts_at?, self.row.ends_at, false, &self.zone))
    }
}

/// Shows a participant.
pub struct Participant {
    pub row: entity::participant::Model,
    pub official: Option<entity::official::Head>,
    /// The terms of those who take part, where they were asked for with them.
    pub terms: Option<loaders::TermsByOfficial>,
    /// The day of the event.
    pub day: time::Date,
    pub event: Arc<Event>,
}

/// Who takes part in an event: an official or a named guest.
#[Object]
impl Participant {
    /// What they do there.
    async fn role(&self) -> ParticipantRole {
        self.row.role.into()
    }

    /// The name as it is written in full.
    fn name(&self) -> String {
        match &self.official {
            Some(official) => full_name(official),
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
    async fn official(&self) -> Option<One<Official>> {
        self.official.clone().map(|head| One(Official::from(head)))
    }

    /// The item of the agenda that they take part in.
    async fn session(&self, ctx: &Context<'_>) -> Result<Option<EventSession>> {
        let Some(id) = self.row.session_id else { return Ok(None) };
        let sessions = self.event.session_rows(ctx).await?;
        Ok(sessions.into_iter().find(|row| row.id == id).map(|row| EventSession { row, zone: self.event.zone() }))
    }
}

impl Participant {
    async fn term_held(&self, ctx: &Context<'_>) -> Result<Option<entity::term::Model>> {
        let Some(id) = self.row.official_id else { return Ok(None) };
        if let Some(terms) = self.terms.as_ref().and_then(|terms| terms.get(&id)) {
            return Ok(term_on(terms, self.day).cloned());
        }
        let terms = ctx.loader().load(loaders::TermsOfOfficial(id)).await?.unwrap_or_default();
        Ok(term_on(&terms, self.day).cloned())
    }
}

at_hand!(EventSession { "title" => Self::title, "summary" => Self::summary, "startsAt" => Self::starts_at, "endsAt" => Self::ends_at });
at_hand!(Participant { "name" => Self::name });
