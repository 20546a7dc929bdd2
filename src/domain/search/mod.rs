//! Rows to search documents, and searches under the actor's visibility: what an engine finds is read again from the
//! database, so that a stale index can't show what the public may no longer see.

use std::collections::HashMap;

use entity::enums::Kind;
use entity::{article, event, official, organization, program};
use uuid::Uuid;

use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::domain::article::Article;
use crate::domain::entry::by_ids;
use crate::domain::error::{Error, Result};
use crate::domain::event::Event;
use crate::domain::official::{Official, full_name};
use crate::domain::program::Program;
use crate::domain::{Domain, organization as organizations, outbox, require, search_index};
use crate::search::SearchError;
use crate::search::document::DocumentKey;
use crate::search::query::{Facets, Forgiven, Order, SearchFilter, SearchQuery, SearchResult};
use crate::text::highlight::Highlighter;
use crate::text::markdown;
use crate::text::query::ParsedQuery;

mod breaker;
pub mod comments;
pub mod count;
mod document;
mod draft;
mod index;
pub mod rule;
mod similar;
mod suggest;
mod vocabulary;

pub use self::breaker::Breaker;
pub use self::count::SearchCounts;
use self::draft::drafts;
pub use self::index::{apply, count_searchable, create, drift, exists, ids_after, remove, run_jobs};
pub use self::similar::similar;
pub use self::suggest::{Suggestion, suggest};
pub use self::vocabulary::VocabularyCache;

/// The nouns that readers can search for.
pub const SEARCHABLE: [Kind; 5] = [Kind::Article, Kind::Event, Kind::Official, Kind::Organization, Kind::Program];
/// The nouns that are in an index.
pub const INDEXED: [Kind; 6] = [Kind::Article, Kind::Event, Kind::Official, Kind::Organization, Kind::Program, Kind::Comment];

/// The deepest hit that a search pages to.
pub const DEEPEST_HIT: usize = 1_000;

/// Most words of a query that are searched for; what follows is not.
const MOST_WORDS: usize = 20;

/// Longest query in characters; what follows is not read.
pub const LONGEST_QUERY: usize = 200;

/// Who searches. Each generation has an index for either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Readers, who find what is published.
    Public,
    /// Those who may see drafts, who find the newest text of what is not published as it stands.
    Desk,
    /// Those who decide on comments, who find any comment.
    Moderation,
}

impl Audience {
    const ALL: [Self; 3] = [Self::Public, Self::Desk, Self::Moderation];

    /// The name of its index in a generation: the generation's own, or one with a version that no other id has.
    pub fn index(self, generation: Uuid) -> Uuid {
        let versioned = |version: u128| Uuid::from_u128(generation.as_u128() & !(0xF << 76) | version << 76);
        match self {
            Self::Public => generation,
            Self::Desk => versioned(0xF),
            Self::Moderation => versioned(0xE),
        }
    }

    /// The nouns that it may find.
    fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Public | Self::Desk => &SEARCHABLE,
            Self::Moderation => &[Kind::Comment],
        }
    }
}

/// Any row that can be found.
#[derive(Clone, Debug)]
pub enum Found {
    Article(article::Model),
    Event(event::Model),
    Official(official::Model),
    Organization(organization::Model),
    Program(program::Model),
}

/// One thing found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// Its rank from 0.
    pub rank: usize,
    pub found: Found,
    /// The newest text, where that is what was found.
    draft: Option<Found>,
}

impl Hit {
    /// The text that was found.
    pub fn shown(&self) -> &Found {
        self.draft.as_ref().unwrap_or(&self.found)
    }
}

/// A page of hits.
#[derive(Clone, Debug)]
pub struct Hits {
    /// Best first.
    pub rows: Vec<Hit>,
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

/// What is searched for and how.
#[derive(Clone, Debug)]
pub struct Search<'a> {
    pub audience: Audience,
    pub text: &'a str,
    pub filter: SearchFilter,
    pub order: SearchOrder,
    /// Whether what is new fits a little better.
    pub prefers_new: bool,
    /// Whether the last word may be only the beginning of one.
    pub is_typing: bool,
    pub offset: usize,
    pub limit: usize,
    pub with_facets: bool,
}

/// What comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchOrder {
    Best,
    Newest,
    Oldest,
}

/// Searches what an audience may find. An empty text finds everything, one without a word nothing.
pub async fn search(domain: &Domain, actor: &Actor, search: Search<'_>) -> Result<Hits> {
    let Search { audience, mut filter, offset, limit, with_facets, .. } = search;
    if audience == Audience::Desk {
        require(actor, Permission::ReadUnpublished)?;
    }
    let text: String = search.text.chars().take(LONGEST_QUERY).collect();
    let parsed = ParsedQuery::new(&text);
    let is_wordless = parsed.is_empty() && !text.trim().is_empty();
    let ParsedQuery { mut terms, mut phrases, mut excluded, ends_in_word } = parsed;
    // One letter begins too many words.
    let is_begun = terms.last().is_some_and(|term| term.token.word.chars().nth(1).is_some());
    let is_unfinished = search.is_typing && ends_in_word && is_begun && terms.len() <= MOST_WORDS;
    terms.truncate(MOST_WORDS);
    phrases.truncate(MOST_WORDS);
    excluded.truncate(MOST_WORDS);
    let vocabulary = domain.vocabulary.get(domain).await?;
    let expansions = vocabulary.glossary.expand(&terms);
    let is_plain = audience == Audience::Public && !terms.is_empty() && phrases.is_empty() && excluded.is_empty();
    let is_counted = is_plain && offset == 0 && !search.is_typing && filter == SearchFilter::default();
    let (pins, hidden) = if is_plain { vocabulary.ruled(&terms) } else { Default::default() };
    filter.hidden.extend(hidden);
    let offset = offset.min(DEEPEST_HIT);
    let limit = limit.min(DEEPEST_HIT - offset);
    let order = match search.order {
        SearchOrder::Best => Order::Best { now: search.prefers_new.then(|| domain.clock.now()) },
        SearchOrder::Newest => Order::Newest,
        SearchOrder::Oldest => Order::Oldest,
    };
    let pins = if search.order == SearchOrder::Best { pinned(domain, &filter, pins).await? } else { Vec::new() };
    filter.hidden.extend(&pins);
    // What is pinned takes the first places; the rest moves down by as many.
    let shown: Vec<DocumentKey> = pins.iter().copied().skip(offset).take(limit).collect();
    let places = (offset.saturating_sub(pins.len()), limit - shown.len());
    let query =
        SearchQuery { terms, expansions, phrases, excluded, is_unfinished, filter, order, offset: places.0, limit: places.1, with_facets };
    let mut result = if is_wordless { SearchResult::default() } else { run(domain, audience, &query).await? };
    result.total += pins.len();
    result.hits = shown.into_iter().chain(result.hits).collect();
    if is_counted {
        domain.search_counts.add(&text, result.total > 0, domain.clock.now());
    }
    let forgiven: Vec<usize> = result.forgiven.iter().map(|forgiven| forgiven.at).collect();
    let beginning = query.terms.last().filter(|_| is_unfinished).map(|term| term.token.word.as_str());
    let highlighter = Highlighter::new(&query.terms, &vocabulary.glossary, &forgiven, beginning);
    let mut rows = read(domain, actor, audience, &result.hits).await?;
    let hits = result.hits.iter().zip(offset..).filter_map(|(key, rank)| rows.remove(key).map(|(found, draft)| Hit { rank, found, draft }));
    let rows: Vec<Hit> = hits.collect();
    let corrected_query = correct(&text, &query, &result.forgiven);
    let ranks = result.hits.len().checked_sub(1).map(|last| (offset, offset + last));
    let has_next = offset + limit < result.total.min(DEEPEST_HIT);
    Ok(Hits { rows, total: result.total, facets: result.facets, ranks, has_next, highlighter, corrected_query })
}

/// Which of `pins` the filter lets through, in their order.
async fn pinned(domain: &Domain, filter: &SearchFilter, pins: Vec<DocumentKey>) -> Result<Vec<DocumentKey>> {
    if pins.is_empty() {
        return Ok(pins);
    }
    let filter = SearchFilter { only: pins.clone(), ..filter.clone() };
    let query = SearchQuery { filter, limit: pins.len(), ..SearchQuery::default() };
    let indexed = run(domain, Audience::Public, &query).await?.hits;
    let seen = found(domain, &Actor::public(), &indexed).await?;
    Ok(pins.into_iter().filter(|pin| seen.contains_key(pin)).collect())
}

/// Asks the live index. One that is swapped out just then has a successor, which is asked instead.
async fn run(domain: &Domain, audience: Audience, query: &SearchQuery) -> Result<SearchResult> {
    let domain = &domain.without_snapshot();
    let generation = search_index::live(domain).await?.ok_or(Error::SearchUnavailable)?.id;
    match domain.breaker.ask(domain.search.search(audience.index(generation), query)).await {
        Err(SearchError::Missing(_)) => {
            let successor = search_index::live(domain).await?.filter(|index| index.id != generation).ok_or(Error::SearchUnavailable)?;
            Ok(domain.breaker.ask(domain.search.search(audience.index(successor.id), query)).await?)
        }
        result => Ok(result?),
    }
}

/// The query with each word that may hold a typing error replaced by the nearest one of the index.
fn correct(text: &str, query: &SearchQuery, forgiven: &[Forgiven]) -> Option<String> {
    let mut corrected = text.to_owned();
    // From the end, so that places before it stay where they are.
    for Forgiven { at, nearest } in forgiven.iter().rev() {
        if let (Some(term), Some(word)) = (query.terms.get(*at), nearest) {
            corrected.replace_range(term.token.start..term.token.end, word);
        }
    }
    Some(corrected).filter(|corrected| corrected != text)
}

/// Up to which moment everything published is in the index: now, or when the oldest waiting change was made.
pub async fn indexed_until(domain: &Domain) -> Result<i64> {
    Ok(outbox::backlog(domain).await?.oldest_at.unwrap_or_else(|| domain.clock.now()))
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
}

/// Reads what was found again, as the actor may see it: rows, and the drafts that the desk searches.
async fn read(
    domain: &Domain,
    actor: &Actor,
    audience: Audience,
    keys: &[DocumentKey],
) -> Result<HashMap<DocumentKey, (Found, Option<Found>)>> {
    Ok(match audience {
        Audience::Public => found(domain, &Actor::public(), keys).await?.into_iter().map(|(key, found)| (key, (found, None))).collect(),
        Audience::Desk => {
            drafts(domain, actor, keys).await?.into_iter().map(|(key, draft)| (key, (draft.live, Some(draft.shown)))).collect()
        }
        // Comments are found by a search of their own.
        Audience::Moderation => HashMap::new(),
    })
}

/// Reads the rows of several nouns that `actor` may see.
async fn found(domain: &Domain, actor: &Actor, keys: &[DocumentKey]) -> Result<HashMap<DocumentKey, Found>> {
    let mut rows = HashMap::new();
    macro_rules! found_of {
        ($($noun:ident),*) => {
            $(let ids: Vec<Uuid> = keys.iter().filter(|key| key.kind == Kind::$noun).map(|key| key.id).collect();
            if !ids.is_empty() {
                for row in by_ids::<$noun>(domain, actor, &ids).await? {
                    rows.insert(DocumentKey { kind: Kind::$noun, id: row.id }, Found::$noun(row));
                }
            })*
        };
    }
    found_of!(Article, Event, Official, Program);
    let ids: Vec<Uuid> = keys.iter().filter(|key| key.kind == Kind::Organization).map(|key| key.id).collect();
    if !ids.is_empty() {
        for row in organizations::by_ids(domain, &ids).await?.into_values() {
            rows.insert(DocumentKey { kind: Kind::Organization, id: row.id }, Found::Organization(row));
        }
    }
    Ok(rows)
}
