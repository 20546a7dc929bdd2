//! Rows to search documents, and searches under the actor's visibility: what an engine finds is read again from the
//! database, so that a stale index can't show what the public may no longer see.

use std::collections::{HashMap, HashSet};

use entity::enums::Kind;
use entity::{article, event, official, organization, outbox_job, program};
use jiff::tz::TimeZone;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::article::Article;
use super::entry::by_ids;
use super::error::{Error, Result};
use super::event::Event;
use super::official::{Official, full_name};
use super::program::Program;
use super::validate::unique;
use super::{Domain, glossary, links, outbox, region, search_index};
use crate::auth::actor::Actor;
use crate::search::document::{Document, DocumentKey};
use crate::search::query::{Facets, SearchFilter, SearchQuery, SearchResult};
use crate::search::{Batch, SearchError};
use crate::text::analyzer::query_terms;
use crate::text::date::{local, zone};
use crate::text::highlight::Highlighter;
use crate::text::markdown;

/// The nouns that can be searched for.
pub const SEARCHABLE: [Kind; 5] = [Kind::Article, Kind::Event, Kind::Official, Kind::Organization, Kind::Program];

/// The deepest hit that a search pages to.
pub const DEEPEST_HIT: usize = 1_000;

/// Most words of a query that are searched for; what follows is not.
const MOST_WORDS: usize = 20;

/// Longest query in characters; what follows is not read.
pub const LONGEST_QUERY: usize = 200;

/// Any row that can be found.
#[derive(Clone, Debug)]
pub enum Found {
    Article(article::Model),
    Event(event::Model),
    Official(official::Model),
    Organization(organization::Model),
    Program(program::Model),
}

/// A page of hits.
#[derive(Clone, Debug)]
pub struct Hits {
    /// Best first, each with its rank from 0.
    pub rows: Vec<(usize, Found)>,
    pub total: usize,
    pub facets: Facets,
    /// Ranks of the first and last hit looked at, also where a hit is not shown any more.
    pub ranks: Option<(usize, usize)>,
    pub has_next: bool,
    /// Marks what the query found in a text.
    pub highlighter: Highlighter,
    /// The query with its typing errors mended, when words spelled nearly so were taken for some.
    pub corrected_query: Option<String>,
}

impl From<SearchError> for Error {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::Unavailable(_) | SearchError::Missing(_) => {
                tracing::warn!(%error, "search is unavailable");
                Self::SearchUnavailable
            }
            SearchError::Failed(_) => Self::Internal(error.into()),
        }
    }
}

/// Searches what everybody may see. An empty `text` finds everything, one without a word nothing.
pub async fn search(domain: &Domain, text: &str, filter: SearchFilter, offset: usize, limit: usize) -> Result<Hits> {
    let text: String = text.chars().take(LONGEST_QUERY).collect();
    let mut terms = query_terms(&text);
    terms.truncate(MOST_WORDS);
    let glossary = glossary::load(domain).await?;
    let expansions = glossary.expand(&terms);
    let offset = offset.min(DEEPEST_HIT);
    let limit = limit.min(DEEPEST_HIT - offset);
    let is_wordless = terms.is_empty() && !text.trim().is_empty();
    let query = SearchQuery { terms, expansions, filter, offset, limit };
    let result = if is_wordless { SearchResult::default() } else { run(domain, &query).await? };
    let highlighter = Highlighter::new(&query.terms, &glossary, &result.forgiven);
    let mut rows = found(domain, &result.hits).await?;
    let rows: Vec<(usize, Found)> = result.hits.iter().zip(offset..).filter_map(|(key, rank)| Some((rank, rows.remove(key)?))).collect();
    let corrected_query = correct(&text, &query, &result, &highlighter, &rows);
    let ranks = result.hits.len().checked_sub(1).map(|last| (offset, offset + last));
    let has_next = offset + limit < result.total.min(DEEPEST_HIT);
    Ok(Hits { rows, total: result.total, facets: result.facets, ranks, has_next, highlighter, corrected_query })
}

/// Asks the live index. One that is swapped out just then has a successor, which is asked instead.
async fn run(domain: &Domain, query: &SearchQuery) -> Result<SearchResult> {
    let generation = search_index::live(domain).await?.ok_or(Error::SearchUnavailable)?.id;
    match domain.search.search(generation, query).await {
        Err(SearchError::Missing(_)) => {
            let successor = search_index::live(domain).await?.filter(|index| index.id != generation).ok_or(Error::SearchUnavailable)?;
            Ok(domain.search.search(successor.id, query).await?)
        }
        result => Ok(result?),
    }
}

/// The query with each forgiven word replaced by what the hits have in its place.
fn correct(text: &str, query: &SearchQuery, result: &SearchResult, highlighter: &Highlighter, rows: &[(usize, Found)]) -> Option<String> {
    if result.forgiven.is_empty() {
        return None;
    }
    let corrections = highlighter.corrections(rows.iter().map(|(_, found)| found.text()));
    let mut corrected = text.to_owned();
    // From the end, so that places before it stay where they are.
    for term in result.forgiven.iter().rev().filter_map(|at| query.terms.get(*at)) {
        if let Some(word) = corrections.get(&term.token.word) {
            corrected.replace_range(term.token.start..term.token.end, word);
        }
    }
    Some(corrected).filter(|corrected| corrected != text)
}

/// Up to which moment everything published is in the index: now, or when the oldest waiting change was made.
pub async fn indexed_until(domain: &Domain) -> Result<i64> {
    Ok(outbox::backlog(domain).await?.oldest_at.unwrap_or_else(|| domain.clock.now()))
}

/// Rows whose titles go on from what is being typed.
pub async fn suggest(domain: &Domain, prefix: &str, limit: usize) -> Result<Vec<Found>> {
    let generation = search_index::live(domain).await?.ok_or(Error::SearchUnavailable)?.id;
    let prefix: String = prefix.chars().take(LONGEST_QUERY).collect();
    let keys = domain.search.suggest(generation, &prefix, limit).await?;
    let mut rows = found(domain, &keys).await?;
    Ok(keys.iter().filter_map(|key| rows.remove(key)).collect())
}

impl Found {
    /// What readers call it.
    pub fn title(&self) -> String {
        match self {
            Self::Article(row) => row.title.clone(),
            Self::Event(row) => row.title.clone(),
            Self::Official(row) => full_name(row),
            Self::Organization(row) => row.name.clone(),
            Self::Program(row) => row.name.clone(),
        }
    }

    /// Its summary and its body as plain text.
    pub fn content(&self) -> String {
        let (summary, body) = match self {
            Self::Article(row) => (row.summary.as_deref(), row.body.as_str()),
            Self::Event(row) => (row.summary.as_deref(), row.body.as_str()),
            Self::Official(row) => (None, row.biography.as_str()),
            Self::Organization(row) => return row.description.clone().unwrap_or_default(),
            Self::Program(row) => (row.summary.as_deref(), row.description.as_str()),
        };
        let text = markdown::render(body).text;
        summary.map_or_else(|| text.clone(), |summary| format!("{summary} {text}"))
    }

    fn text(&self) -> String {
        format!("{} {}", self.title(), self.content())
    }
}

/// Reads the public rows of several nouns.
async fn found(domain: &Domain, keys: &[DocumentKey]) -> Result<HashMap<DocumentKey, Found>> {
    let public = Actor::public();
    let ids = |kind: Kind| keys.iter().filter(|key| key.kind == kind).map(|key| key.id).collect::<Vec<_>>();
    let mut rows = HashMap::new();
    let mut add = |kind: Kind, id: Uuid, row: Found| drop(rows.insert(DocumentKey { kind, id }, row));
    for kind in SEARCHABLE {
        let ids = ids(kind);
        if ids.is_empty() {
            continue;
        }
        match kind {
            Kind::Article => {
                by_ids::<Article>(domain, &public, &ids).await?.into_iter().for_each(|row| add(kind, row.id, Found::Article(row)))
            }
            Kind::Event => by_ids::<Event>(domain, &public, &ids).await?.into_iter().for_each(|row| add(kind, row.id, Found::Event(row))),
            Kind::Official => {
                by_ids::<Official>(domain, &public, &ids).await?.into_iter().for_each(|row| add(kind, row.id, Found::Official(row)))
            }
            Kind::Program => {
                by_ids::<Program>(domain, &public, &ids).await?.into_iter().for_each(|row| add(kind, row.id, Found::Program(row)))
            }
            _ => super::organization::by_ids(domain, &ids).await?.into_values().for_each(|row| add(kind, row.id, Found::Organization(row))),
        }
    }
    Ok(rows)
}

/// The documents of what the public may see among `keys`.
pub async fn documents(domain: &Domain, keys: &[DocumentKey]) -> Result<Vec<Document>> {
    let rows = found(domain, keys).await?;
    let ids = |kind: Kind| rows.keys().filter(|key| key.kind == kind).map(|key| key.id).collect::<Vec<_>>();
    let public = Actor::public();
    let (articles, events, officials, programs) = (ids(Kind::Article), ids(Kind::Event), ids(Kind::Official), ids(Kind::Program));
    let topics = links::topics_of_articles(domain, &articles).await?;
    let article_programs = links::programs_of_articles(domain, &public, &articles).await?;
    let article_regions = links::regions_of_articles(domain, &articles).await?;
    let participants = links::participants_of_events(domain, &events).await?;
    let organizers = links::organizers_of_events(domain, &events).await?;
    let terms = links::terms_of_officials(domain, &officials).await?;
    let sites = links::sites_of_programs(domain, &programs).await?;
    let event_programs: Vec<Uuid> =
        rows.values().filter_map(|row| if let Found::Event(row) = row { row.program_id } else { None }).collect();
    let event_programs: HashSet<Uuid> = by_ids::<Program>(domain, &public, &event_programs).await?.into_iter().map(|row| row.id).collect();
    let people = unique(participants.values().flatten().filter_map(|participant| participant.official_id).collect());
    let people: HashMap<Uuid, official::Model> =
        by_ids::<Official>(domain, &public, &people).await?.into_iter().map(|row| (row.id, row)).collect();
    let mut region_ids: Vec<Uuid> = terms.values().flatten().filter_map(|term| term.region_id).collect();
    region_ids.extend(sites.values().flatten().map(|site| site.region_id));
    region_ids.extend(rows.values().filter_map(|row| match row {
        Found::Event(row) => row.region_id,
        Found::Organization(row) => row.region_id,
        _ => None,
    }));
    let regions = region::by_ids(domain, &unique(region_ids)).await?;
    let codes = |ids: Vec<Uuid>| -> Vec<String> {
        let mut codes: Vec<String> =
            ids.iter().filter_map(|id| regions.get(id)).flat_map(|row| region::path_codes(&row.code)).map(str::to_owned).collect();
        codes.sort();
        codes.dedup();
        codes
    };
    let site_zone = zone(&domain.settings.time_zone).unwrap_or(TimeZone::UTC);
    let year = |at: i64, zone: &TimeZone| Some(i32::from(local(at, zone).year()));
    let mut documents: Vec<Document> = rows
        .iter()
        .map(|(key, row)| {
            let id = key.id;
            match row {
                Found::Article(row) => {
                    let mut regions: Vec<String> = article_regions
                        .get(&id)
                        .into_iter()
                        .flatten()
                        .flat_map(|row| region::path_codes(&row.code))
                        .map(str::to_owned)
                        .collect();
                    regions.sort();
                    regions.dedup();
                    let at = row.published_at.unwrap_or_default();
                    Document {
                        key: *key,
                        title: row.title.clone(),
                        names: join([&row.kicker, &row.byline]),
                        body: join([&row.summary, &Some(markdown::render(&row.body).text)]),
                        topics: topics.get(&id).into_iter().flatten().map(|row| row.id).collect(),
                        programs: article_programs.get(&id).into_iter().flatten().map(|row| row.id).collect(),
                        regions,
                        organizations: Vec::new(),
                        year: year(at, &site_zone),
                        at,
                    }
                }
                Found::Event(row) => {
                    let guests = participants.get(&id).into_iter().flatten().filter_map(|participant| match participant.official_id {
                        Some(official) => people.get(&official).map(full_name),
                        None => participant.guest_name.clone(),
                    });
                    Document {
                        key: *key,
                        title: row.title.clone(),
                        names: guests.chain(row.venue.clone()).collect::<Vec<_>>().join("\n"),
                        body: join([&row.summary, &Some(markdown::render(&row.body).text)]),
                        topics: Vec::new(),
                        programs: row.program_id.into_iter().filter(|id| event_programs.contains(id)).collect(),
                        regions: codes(row.region_id.into_iter().collect()),
                        organizations: organizers.get(&id).into_iter().flatten().map(|row| row.id).collect(),
                        year: year(row.starts_at, &zone(&row.time_zone).unwrap_or(TimeZone::UTC)),
                        at: row.starts_at,
                    }
                }
                Found::Official(row) => {
                    let offices = terms.get(&id).map(Vec::as_slice).unwrap_or_default();
                    let mut organizations: Vec<Uuid> = offices.iter().filter_map(|term| term.organization_id).collect();
                    organizations.sort();
                    organizations.dedup();
                    Document {
                        key: *key,
                        title: full_name(row),
                        names: offices.iter().map(|term| term.office.as_str()).collect::<Vec<_>>().join("\n"),
                        body: markdown::render(&row.biography).text,
                        topics: Vec::new(),
                        programs: Vec::new(),
                        regions: codes(offices.iter().filter_map(|term| term.region_id).collect()),
                        organizations,
                        year: None,
                        at: row.published_at.unwrap_or_default(),
                    }
                }
                Found::Organization(row) => Document {
                    key: *key,
                    title: row.name.clone(),
                    names: row.abbreviation.clone().unwrap_or_default(),
                    body: row.description.clone().unwrap_or_default(),
                    topics: Vec::new(),
                    programs: Vec::new(),
                    regions: codes(row.region_id.into_iter().collect()),
                    organizations: vec![id],
                    year: None,
                    at: row.created_at,
                },
                Found::Program(row) => {
                    let sites = sites.get(&id).map(Vec::as_slice).unwrap_or_default();
                    Document {
                        key: *key,
                        title: row.name.clone(),
                        names: sites.iter().map(|site| site.sector.as_str()).collect::<Vec<_>>().join("\n"),
                        body: join([&row.summary, &Some(markdown::render(&row.description).text)]),
                        topics: Vec::new(),
                        programs: vec![id],
                        regions: codes(sites.iter().map(|site| site.region_id).collect()),
                        organizations: row.organization_id.into_iter().collect(),
                        year: row.starts_on.map(time::Date::year),
                        at: row.published_at.unwrap_or_default(),
                    }
                }
            }
        })
        .collect();
    documents.sort_by_key(|document| document.key);
    Ok(documents)
}

fn join<const N: usize>(parts: [&Option<String>; N]) -> String {
    parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("\n")
}

/// Brings the documents of claimed jobs in step with their rows, and acknowledges the jobs.
pub async fn run_jobs(domain: &Domain, owner: Uuid, jobs: &[outbox_job::Model]) -> Result<()> {
    let Some(index) = search_index::live(domain).await? else { return Err(Error::SearchUnavailable) };
    let keys: Vec<DocumentKey> = outbox::subjects(jobs).into_iter().map(|(kind, id)| DocumentKey { kind, id }).collect();
    domain.search.apply(index.id, batch(domain, &keys).await?).await?;
    outbox::acknowledge(domain, owner, index.id, jobs).await
}

/// What brings `keys` in step: documents of what is public, deletions of the rest.
pub async fn batch(domain: &Domain, keys: &[DocumentKey]) -> Result<Batch> {
    let put = documents(domain, keys).await?;
    let present: HashSet<DocumentKey> = put.iter().map(|document| document.key).collect();
    Ok(Batch { delete: keys.iter().filter(|key| !present.contains(key)).copied().collect(), put })
}

/// How the documents of an index compare with the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// How many documents there should be.
    pub documents: usize,
    pub missing: usize,
    /// Documents whose content is no longer that of their rows.
    pub outdated: usize,
    /// Documents of what is gone or no longer public.
    pub surplus: usize,
}

impl Drift {
    /// Whether index and database agree.
    pub fn is_none(&self) -> bool {
        self.missing + self.outdated + self.surplus == 0
    }
}

/// Compares every document of a generation with what the database holds now.
pub async fn drift(domain: &Domain, generation: Uuid) -> Result<Drift> {
    let mut indexed: HashMap<DocumentKey, u64> = domain.search.fingerprints(generation).await?.into_iter().collect();
    let mut drift = Drift::default();
    for kind in SEARCHABLE {
        let mut after = None;
        loop {
            let keys = ids_after(domain, kind, after, 500).await?;
            let Some(last) = keys.last() else { break };
            after = Some(last.id);
            for document in documents(domain, &keys).await? {
                drift.documents += 1;
                match indexed.remove(&document.key) {
                    None => drift.missing += 1,
                    Some(fingerprint) => drift.outdated += usize::from(fingerprint != document.fingerprint()),
                }
            }
        }
    }
    drift.surplus = indexed.len();
    Ok(drift)
}

/// How many rows a rebuild reads, unpublished ones among them.
pub async fn count_searchable(domain: &Domain) -> Result<u64> {
    let db = domain.db.read();
    Ok(article::Entity::find().count(db).await?
        + event::Entity::find().count(db).await?
        + official::Entity::find().count(db).await?
        + program::Entity::find().count(db).await?
        + organization::Entity::find().count(db).await?)
}

/// Ids of one searchable noun after `after`, in order: what a rebuild walks through. Unpublished ones are among them.
pub async fn ids_after(domain: &Domain, kind: Kind, after: Option<Uuid>, limit: u64) -> Result<Vec<DocumentKey>> {
    macro_rules! ids {
        ($table:ident) => {{
            let mut rows = $table::Entity::find().select_only().column($table::Column::Id).order_by_asc($table::Column::Id).limit(limit);
            if let Some(after) = after {
                rows = rows.filter($table::Column::Id.gt(after));
            }
            rows.into_tuple::<Uuid>().all(domain.db.read()).await?
        }};
    }
    let ids = match kind {
        Kind::Article => ids!(article),
        Kind::Event => ids!(event),
        Kind::Official => ids!(official),
        Kind::Program => ids!(program),
        Kind::Organization => ids!(organization),
        _ => Vec::new(),
    };
    Ok(ids.into_iter().map(|id| DocumentKey { kind, id }).collect())
}
