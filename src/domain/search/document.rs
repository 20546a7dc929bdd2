//! Rows to search documents.

use std::collections::{HashMap, HashSet};

use entity::enums::Kind;
use entity::{article, event, official, organization, participant, program, program_site, region as region_row, term, topic};
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::{Found, found};
use crate::auth::actor::Actor;
use crate::domain::entry::by_ids;
use crate::domain::error::Result;
use crate::domain::official::{Official, full_name};
use crate::domain::program::Program;
use crate::domain::validate::unique;
use crate::domain::{Domain, links, region};
use crate::search::document::{Document, DocumentKey};
use crate::text::date::{local, zone};
use crate::text::markdown;

/// The documents of what the public may see among `keys`.
pub async fn documents(domain: &Domain, keys: &[DocumentKey]) -> Result<Vec<Document>> {
    let rows = found(domain, keys).await?;
    let relations = Relations::load(domain, &rows).await?;
    let mut documents: Vec<Document> = rows
        .iter()
        .map(|(key, row)| match row {
            Found::Article(row) => relations.article(*key, row),
            Found::Event(row) => relations.event(*key, row),
            Found::Official(row) => relations.official(*key, row),
            Found::Organization(row) => relations.organization(*key, row),
            Found::Program(row) => relations.program(*key, row),
        })
        .collect();
    documents.sort_by_key(|document| document.key);
    Ok(documents)
}

/// What the documents of some rows hold besides their own columns.
struct Relations {
    site_zone: TimeZone,
    topics: HashMap<Uuid, Vec<topic::Model>>,
    article_programs: HashMap<Uuid, Vec<program::Model>>,
    article_regions: HashMap<Uuid, Vec<region_row::Model>>,
    participants: HashMap<Uuid, Vec<participant::Model>>,
    organizers: HashMap<Uuid, Vec<organization::Model>>,
    terms: HashMap<Uuid, Vec<term::Model>>,
    sites: HashMap<Uuid, Vec<program_site::Model>>,
    /// Programs of the events that the public may see.
    event_programs: HashSet<Uuid>,
    /// Participants that the public may see.
    people: HashMap<Uuid, official::Model>,
    regions: HashMap<Uuid, region_row::Model>,
}

impl Relations {
    async fn load(domain: &Domain, rows: &HashMap<DocumentKey, Found>) -> Result<Self> {
        let ids = |kind: Kind| rows.keys().filter(|key| key.kind == kind).map(|key| key.id).collect::<Vec<_>>();
        let public = Actor::public();
        let (articles, events, officials, programs) = (ids(Kind::Article), ids(Kind::Event), ids(Kind::Official), ids(Kind::Program));
        let participants = links::participants_of_events(domain, &events).await?;
        let terms = links::terms_of_officials(domain, &officials).await?;
        let sites = links::sites_of_programs(domain, &programs).await?;
        let event_programs = rows.values().filter_map(|row| if let Found::Event(row) = row { row.program_id } else { None });
        let event_programs = by_ids::<Program>(domain, &public, &unique(event_programs.collect())).await?;
        let people = participants.values().flatten().filter_map(|participant| participant.official_id);
        let people = by_ids::<Official>(domain, &public, &unique(people.collect())).await?;
        let own_regions = rows.values().filter_map(|row| match row {
            Found::Event(row) => row.region_id,
            Found::Organization(row) => row.region_id,
            _ => None,
        });
        let regions = own_regions
            .chain(terms.values().flatten().filter_map(|term| term.region_id))
            .chain(sites.values().flatten().map(|site| site.region_id));
        let regions = region::by_ids(domain, &unique(regions.collect())).await?;
        Ok(Self {
            site_zone: zone(&domain.settings.time_zone).unwrap_or(TimeZone::UTC),
            topics: links::topics_of_articles(domain, &articles).await?,
            article_programs: links::programs_of_articles(domain, &public, &articles).await?,
            article_regions: links::regions_of_articles(domain, &articles).await?,
            organizers: links::organizers_of_events(domain, &events).await?,
            participants,
            terms,
            sites,
            event_programs: event_programs.into_iter().map(|row| row.id).collect(),
            people: people.into_iter().map(|row| (row.id, row)).collect(),
            regions,
        })
    }

    fn article(&self, key: DocumentKey, row: &article::Model) -> Document {
        let at = row.published_at.unwrap_or_default();
        Document {
            names: join([row.kicker.as_deref(), row.byline.as_deref()]),
            body: body(row.summary.as_deref(), &row.body),
            topics: all(&self.topics, key.id).map(|row| row.id).collect(),
            programs: all(&self.article_programs, key.id).map(|row| row.id).collect(),
            regions: codes(all(&self.article_regions, key.id)),
            year: Some(year(at, &self.site_zone)),
            ..blank(key, row.title.clone(), at)
        }
    }

    fn event(&self, key: DocumentKey, row: &event::Model) -> Document {
        let guests = all(&self.participants, key.id).filter_map(|participant| match participant.official_id {
            Some(official) => self.people.get(&official).map(full_name),
            None => participant.guest_name.clone(),
        });
        Document {
            names: guests.chain(row.venue.clone()).collect::<Vec<_>>().join("\n"),
            body: body(row.summary.as_deref(), &row.body),
            programs: row.program_id.into_iter().filter(|id| self.event_programs.contains(id)).collect(),
            regions: self.codes_of(row.region_id),
            organizations: all(&self.organizers, key.id).map(|row| row.id).collect(),
            year: Some(year(row.starts_at, &zone(&row.time_zone).unwrap_or(TimeZone::UTC))),
            ..blank(key, row.title.clone(), row.starts_at)
        }
    }

    fn official(&self, key: DocumentKey, row: &official::Model) -> Document {
        let terms = || all(&self.terms, key.id);
        Document {
            names: terms().map(|term| term.office.as_str()).collect::<Vec<_>>().join("\n"),
            body: body(None, &row.biography),
            regions: self.codes_of(terms().filter_map(|term| term.region_id)),
            organizations: unique(terms().filter_map(|term| term.organization_id).collect()),
            ..blank(key, full_name(row), row.published_at.unwrap_or_default())
        }
    }

    fn organization(&self, key: DocumentKey, row: &organization::Model) -> Document {
        Document {
            names: row.abbreviation.clone().unwrap_or_default(),
            body: row.description.clone().unwrap_or_default(),
            regions: self.codes_of(row.region_id),
            organizations: vec![key.id],
            ..blank(key, row.name.clone(), row.created_at)
        }
    }

    fn program(&self, key: DocumentKey, row: &program::Model) -> Document {
        let sites = || all(&self.sites, key.id);
        Document {
            names: sites().map(|site| site.sector.as_str()).collect::<Vec<_>>().join("\n"),
            body: body(row.summary.as_deref(), &row.description),
            programs: vec![key.id],
            regions: self.codes_of(sites().map(|site| site.region_id)),
            organizations: row.organization_id.into_iter().collect(),
            year: row.starts_on.map(time::Date::year),
            ..blank(key, row.name.clone(), row.published_at.unwrap_or_default())
        }
    }

    fn codes_of(&self, ids: impl IntoIterator<Item = Uuid>) -> Vec<String> {
        codes(ids.into_iter().filter_map(|id| self.regions.get(&id)))
    }
}

/// A document of nothing but a title.
fn blank(key: DocumentKey, title: String, at: i64) -> Document {
    Document {
        key,
        title,
        names: String::new(),
        body: String::new(),
        topics: Vec::new(),
        programs: Vec::new(),
        regions: Vec::new(),
        organizations: Vec::new(),
        year: None,
        at,
    }
}

/// The codes of regions and of all that hold them, each once.
fn codes<'a>(regions: impl Iterator<Item = &'a region_row::Model>) -> Vec<String> {
    let mut codes: Vec<String> = regions.flat_map(|row| region::path_codes(&row.code)).map(str::to_owned).collect();
    codes.sort();
    codes.dedup();
    codes
}

fn all<T>(groups: &HashMap<Uuid, Vec<T>>, id: Uuid) -> impl Iterator<Item = &T> {
    groups.get(&id).into_iter().flatten()
}

fn year(at: i64, zone: &TimeZone) -> i32 {
    i32::from(local(at, zone).year())
}

fn body(summary: Option<&str>, markdown: &str) -> String {
    join([summary, Some(&markdown::render(markdown).text)])
}

fn join(parts: [Option<&str>; 2]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n")
}
