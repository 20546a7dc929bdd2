//! What the desk searches: the newest text of entries that is not what the public sees.

use std::collections::HashMap;

use entity::enums::{EntryStatus, Kind};
use entity::{participant, program_site, term};
use uuid::Uuid;

use super::Found;
use crate::auth::actor::Actor;
use crate::domain::article::{Article, State as ArticleState};
use crate::domain::entry::{Entry, by_ids};
use crate::domain::error::Result;
use crate::domain::event::{Event, State as EventState};
use crate::domain::official::{Official, State as OfficialState};
use crate::domain::program::{Program, State as ProgramState};
use crate::domain::{ById, Domain, links, revision};
use crate::search::document::DocumentKey;

/// An entry whose newest revision is not what the public sees.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Its row.
    pub live: Found,
    /// The row that its newest revision would make.
    pub shown: Found,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Article(ArticleState),
    Event(EventState),
    Official(OfficialState),
    Program(ProgramState),
}

/// The drafts among `keys` that `actor` may see; what is in the trash is left out.
pub async fn drafts(domain: &Domain, actor: &Actor, keys: &[DocumentKey]) -> Result<HashMap<DocumentKey, Draft>> {
    let mut found = HashMap::new();
    macro_rules! drafts_of {
        ($($noun:ident),*) => {
            $(for (live, shown, state) in newest::<$noun>(domain, actor, keys).await? {
                let key = DocumentKey { kind: Kind::$noun, id: live.id };
                found.insert(key, Draft { live: Found::$noun(live), shown: Found::$noun(shown), state: State::$noun(state) });
            })*
        };
    }
    drafts_of!(Article, Event, Official, Program);
    Ok(found)
}

async fn newest<A: Entry>(domain: &Domain, actor: &Actor, keys: &[DocumentKey]) -> Result<Vec<(A::Row, A::Row, A::State)>> {
    let ids: Vec<Uuid> = keys.iter().filter(|key| key.kind == A::KIND).map(|key| key.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = by_ids::<A>(domain, actor, &ids).await?.into_iter().map(|row| (A::envelope(&row), row));
    let is_draft = |status, live, newest| status != EntryStatus::Published || live != newest;
    let rows: Vec<_> =
        rows.filter(|(entry, _)| entry.deleted_at.is_none() && is_draft(entry.status, entry.live_revision, entry.revision)).collect();
    let wanted: Vec<(Uuid, i32)> = rows.iter().map(|(entry, _)| (entry.id, entry.revision)).collect();
    let mut states = revision::states(domain, actor, &wanted).await?;
    let drafts = rows.into_iter().filter_map(|(entry, row)| {
        let state = states.remove(&(entry.id, entry.revision))?;
        Some(revision::shown::<A>(&row, state).map(|(shown, state)| (row, shown, state)))
    });
    drafts.collect()
}

/// What entries refer to beside what stands in their rows, by their ids.
#[derive(Debug, Default)]
pub struct Links {
    pub programs: ById<Vec<Uuid>>,
    pub organizers: ById<Vec<Uuid>>,
    pub participants: ById<Vec<participant::Model>>,
    pub terms: ById<Vec<term::Model>>,
    pub sites: ById<Vec<program_site::Model>>,
}

fn ids_of<M>(groups: ById<Vec<M>>, id: fn(&M) -> Uuid) -> ById<Vec<Uuid>> {
    groups.into_iter().map(|(owner, rows)| (owner, rows.iter().map(id).collect())).collect()
}

impl Links {
    /// Those of the rows.
    pub async fn stored(domain: &Domain, keys: impl Iterator<Item = &DocumentKey> + Clone) -> Result<Self> {
        let ids = |kind: Kind| keys.clone().filter(|key| key.kind == kind).map(|key| key.id).collect::<Vec<_>>();
        let (articles, events) = (ids(Kind::Article), ids(Kind::Event));
        let public = Actor::public();
        Ok(Self {
            programs: ids_of(links::programs_of_articles(domain, &public, &articles).await?, |row| row.id),
            organizers: ids_of(links::organizers_of_events(domain, &events).await?, |row| row.id),
            participants: links::participants_of_events(domain, &events).await?,
            terms: links::terms_of_officials(domain, &ids(Kind::Official)).await?,
            sites: links::sites_of_programs(domain, &ids(Kind::Program)).await?,
        })
    }

    /// With those of a draft.
    pub fn with(mut self, draft: &Draft) -> Self {
        match (&draft.live, &draft.state) {
            (Found::Article(row), State::Article(state)) => drop(self.programs.insert(row.id, state.program_ids.clone())),
            (Found::Event(row), State::Event(state)) => {
                self.organizers.insert(row.id, state.organizer_ids.clone());
                self.participants.insert(row.id, state.agenda_rows(row.id, &[]).1);
            }
            (Found::Official(row), State::Official(state)) => drop(self.terms.insert(row.id, state.term_rows(row.id))),
            (Found::Program(row), State::Program(state)) => drop(self.sites.insert(row.id, state.site_rows(row.id))),
            _ => {}
        }
        self
    }
}
