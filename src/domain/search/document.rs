//! Rows to search documents.

use std::collections::{HashMap, HashSet};

use entity::enums::Kind;
use entity::ids::unpacked;
use entity::{article, event, official, organization, program, region as region_row};
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::draft::{Links, drafts};
use super::{Audience, Found, found};
use crate::auth::actor::Actor;
use crate::domain::entry::heads;
use crate::domain::error::Result;
use crate::domain::official::{Official, full_name};
use crate::domain::program::Program;
use crate::domain::validate::unique;
use crate::domain::{ById, Domain, comment, region};
use crate::search::document::{Document, DocumentKey};
use crate::text::date::{local, zone};
use crate::text::markdown;

/// The documents of what an audience may find among `keys`.
pub async fn documents(domain: &Domain, audience: Audience, keys: &[DocumentKey]) -> Result<Vec<Document>> {
    let (rows, links, reader) = match audience {
        Audience::Public => {
            let rows = found(domain, &Actor::public(), keys).await?;
            let links = Links::stored(domain, rows.keys()).await?;
            (rows, links, Actor::public())
        }
        Audience::Moderation => return comments(domain, keys).await,
        Audience::Desk => {
            let drafts = drafts(domain, &Actor::system(), keys).await?;
            let links = drafts.values().fold(Links::default(), |links, draft| links.with(draft));
            (drafts.into_iter().map(|(key, draft)| (key, draft.shown)).collect(), links, Actor::system())
        }
    };
    let relations = Relations::load(domain, &reader, &rows, links).await?;
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

/// The documents of comments. E-mail addresses are in none.
async fn comments(domain: &Domain, keys: &[DocumentKey]) -> Result<Vec<Document>> {
    let ids: Vec<Uuid> = keys.iter().map(|key| key.id).collect();
    let rows = comment::by_ids(domain, &Actor::system(), &ids).await?;
    let mut documents: Vec<Document> = rows
        .into_values()
        .map(|row| Document {
            names: row.author_name,
            body: row.body,
            ..blank(DocumentKey { kind: Kind::Comment, id: row.id }, String::new(), row.created_at)
        })
        .collect();
    documents.sort_by_key(|document| document.key);
    Ok(documents)
}

/// What the documents of some rows hold besides their own columns.
struct Relations {
    site_zone: TimeZone,
    links: Links,
    /// Programs of articles and events that the audience may see.
    programs: HashSet<Uuid>,
    /// Participants that the audience may see.
    people: ById<official::Head>,
    regions: ById<region_row::Model>,
}

impl Relations {
    async fn load(domain: &Domain, reader: &Actor, rows: &HashMap<DocumentKey, Found>, links: Links) -> Result<Self> {
        let of_events = rows.values().filter_map(|row| if let Found::Event(row) = row { row.program_id } else { None });
        let programs = unique(links.programs.values().flatten().copied().chain(of_events).collect());
        let programs = heads::<Program>(domain, reader, &programs).await?;
        let people = links.participants.values().flatten().filter_map(|participant| participant.official_id);
        let people = heads::<Official>(domain, reader, &unique(people.collect())).await?;
        let own_regions = rows.values().flat_map(|row| match row {
            Found::Article(row) => unpacked(&row.region_ids),
            Found::Event(row) => row.region_id.into_iter().collect(),
            Found::Organization(row) => row.region_id.into_iter().collect(),
            _ => Vec::new(),
        });
        let regions = own_regions
            .chain(links.terms.values().flatten().filter_map(|term| term.region_id))
            .chain(links.sites.values().flatten().map(|site| site.region_id));
        let regions = region::by_ids(domain, &unique(regions.collect())).await?;
        Ok(Self {
            site_zone: zone(&domain.settings.time_zone).unwrap_or(TimeZone::UTC),
            programs: programs.into_iter().map(|row| row.id).collect(),
            people: people.into_iter().map(|row| (row.id, row)).collect(),
            links,
            regions,
        })
    }

    fn article(&self, key: DocumentKey, row: &article::Model) -> Document {
        // What was never published is as new as its last change.
        let at = row.published_at.unwrap_or(row.updated_at);
        Document {
            names: join([row.kicker.as_deref(), row.byline.as_deref()]),
            body: body(row.summary.as_deref(), &row.body),
            topics: unpacked(&row.topic_ids),
            programs: all(&self.links.programs, key.id).filter(|id| self.programs.contains(id)).copied().collect(),
            regions: self.codes_of(unpacked(&row.region_ids)),
            year: Some(year(at, &self.site_zone)),
            ..blank(key, row.title.clone(), at)
        }
    }

    fn event(&self, key: DocumentKey, row: &event::Model) -> Document {
        let guests = all(&self.links.participants, key.id).filter_map(|participant| match participant.official_id {
            Some(official) => self.people.get(&official).map(full_name),
            None => participant.guest_name.clone(),
        });
        Document {
            names: guests.chain(row.venue.clone()).collect::<Vec<_>>().join("\n"),
            body: body(row.summary.as_deref(), &row.body),
            programs: row.program_id.into_iter().filter(|id| self.programs.contains(id)).collect(),
            regions: self.codes_of(row.region_id),
            organizations: all(&self.links.organizers, key.id).copied().collect(),
            year: Some(year(row.starts_at, &zone(&row.time_zone).unwrap_or(TimeZone::UTC))),
            ..blank(key, row.title.clone(), row.starts_at)
        }
    }

    fn official(&self, key: DocumentKey, row: &official::Model) -> Document {
        let terms = || all(&self.links.terms, key.id);
        Document {
            names: terms().map(|term| term.office.as_str()).collect::<Vec<_>>().join("\n"),
            body: body(None, &row.biography),
            regions: self.codes_of(terms().filter_map(|term| term.region_id)),
            organizations: unique(terms().filter_map(|term| term.organization_id).collect()),
            ..blank(key, full_name(&row.into()), row.published_at.unwrap_or_default())
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
        let sites = || all(&self.links.sites, key.id);
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

    /// The codes of regions and of all that hold them, each once.
    fn codes_of(&self, ids: impl IntoIterator<Item = Uuid>) -> Vec<String> {
        let rows = ids.into_iter().filter_map(|id| self.regions.get(&id));
        let mut codes: Vec<String> = rows.flat_map(|row| region::path_codes(&row.code)).map(str::to_owned).collect();
        codes.sort();
        codes.dedup();
        codes
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

fn all<T>(groups: &ById<Vec<T>>, id: Uuid) -> impl Iterator<Item = &T> {
    groups.get(&id).into_iter().flatten()
}

fn year(at: i64, zone: &TimeZone) -> i32 {
    i32::from(local(at, zone).year())
}

fn body(summary: Option<&str>, markdown: &str) -> String {
    join([summary, Some(&markdown::plain_text(markdown))])
}

fn join(parts: [Option<&str>; 2]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n")
}
