//! Rows to search documents, and searches under the actor's visibility: what an engine finds is read again from the
//! database, so that a stale index can't show what the public may no longer see.

use std::collections::HashMap;

use entity::enums::Kind;
use entity::{article, event, official, organization, program};
use uuid::Uuid;

use crate::auth::actor::Actor;
use crate::domain::article::Article;
use crate::domain::entry::by_ids;
use crate::domain::error::{Error, Result};
use crate::domain::event::Event;
use crate::domain::official::{Official, full_name};
use crate::domain::program::Program;
use crate::domain::{Domain, glossary, organization as organizations, outbox, search_index};
use crate::search::SearchError;
use crate::search::document::DocumentKey;
use crate::search::query::{Facets, SearchFilter, SearchQuery, SearchResult};
use crate::text::analyzer::query_terms;
use crate::text::highlight::Highlighter;
use crate::text::markdown;

mod document;
mod index;

pub use self::index::{batch, count_searchable, drift, ids_after, run_jobs};

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
    let glossary = glossary::load(&domain.without_snapshot()).await?;
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
    let domain = &domain.without_snapshot();
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
    let generation = search_index::live(&domain.without_snapshot()).await?.ok_or(Error::SearchUnavailable)?.id;
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
            _ => organizations::by_ids(domain, &ids).await?.into_values().for_each(|row| add(kind, row.id, Found::Organization(row))),
        }
    }
    Ok(rows)
}
