//! Rows to search documents, and searches under the actor's visibility: what an engine finds is read again from the
//! database, so that a stale index can't show what the public may no longer see.

use std::collections::HashMap;

use entity::enums::Kind;
use uuid::Uuid;

use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::domain::error::{Error, Result};
use crate::domain::{Domain, outbox, require, search_index};
use crate::search::SearchError;
use crate::search::document::DocumentKey;
use crate::search::query::{Facets, Forgiven, Order, SearchFilter, SearchQuery, SearchResult};
use crate::text::highlight::Highlighter;
use crate::text::query::ParsedQuery;

mod breaker;
pub mod comments;
pub mod count;
mod document;
mod draft;
mod found;
mod index;
pub mod rule;
mod similar;
mod suggest;
mod vocabulary;

pub use self::breaker::Breaker;
pub use self::count::SearchCounts;
use self::draft::drafts;
pub use self::found::{Found, FoundHead};
use self::found::{found, heads};
pub use self::index::{count_searchable, create, drift, exists, finish, ids_after, load, remove, run_jobs};
pub use self::similar::similar;
pub use self::suggest::{Suggestion, suggest};
pub use self::vocabulary::Vocabulary;

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

    /// Those of `keys` that are of nouns that it may find.
    fn findable(self, keys: &[DocumentKey]) -> Vec<DocumentKey> {
        keys.iter().filter(|key| self.kinds().contains(&key.kind)).copied().collect()
    }

    /// The nouns that it may find.
    fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Public | Self::Desk => &SEARCHABLE,
            Self::Moderation => &[Kind::Comment],
        }
    }
}

/// One thing found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// Its rank from 0.
    pub rank: usize,
    pub node: HitNode,
    /// Its newest text, where that is what was found.
    draft: Option<Found>,
}

/// As much of what was found as was asked for.
#[derive(Clone, Debug)]
pub enum HitNode {
    Head(FoundHead),
    Whole(Found),
}

impl Hit {
    /// The title of the text that was found.
    pub fn title(&self) -> String {
        match (&self.draft, &self.node) {
            (Some(found), _) | (None, HitNode::Whole(found)) => found.title(),
            (None, HitNode::Head(head)) => head.title(),
        }
    }

    /// The text that was found; none when only heads were asked for.
    pub fn content(&self) -> Option<String> {
        match (&self.draft, &self.node) {
            (Some(found), _) | (None, HitNode::Whole(found)) => Some(found.content()),
            (None, HitNode::Head(_)) => None,
        }
    }
}

/// A page of hits.
#[derive(Clone, Debug)]
pub struct Hits {
    /// Best first.
    pub rows: Vec<Hit>,
    /// How many there are, if that was asked for.
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
    pub with_total: bool,
    /// Whether the texts of what is found are asked for.
    pub with_contents: bool,
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
    let Search { audience, mut filter, offset, limit, with_facets, with_total, with_contents, .. } = search;
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
    let vocabulary = domain.vocabulary.get(domain, || Vocabulary::load(domain)).await?;
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
    let query = SearchQuery {
        terms,
        expansions,
        phrases,
        excluded,
        is_unfinished,
        filter,
        order,
        offset: places.0,
        limit: places.1,
        with_facets,
        with_total,
    };
    let mut result = if is_wordless { SearchResult::default() } else { run(domain, audience, &query).await? };
    result.total += pins.len();
    result.hits = shown.into_iter().chain(result.hits).collect();
    if is_counted {
        domain.search_counts.add(&text, result.total > 0, domain.clock.now());
    }
    let forgiven: Vec<usize> = result.forgiven.iter().map(|forgiven| forgiven.at).collect();
    let beginning = query.terms.last().filter(|_| is_unfinished).map(|term| term.token.word.as_str());
    let highlighter = Highlighter::new(&query.terms, &vocabulary.glossary, &forgiven, beginning);
    let mut rows = read(domain, actor, audience, &result.hits, with_contents).await?;
    let hits = result.hits.iter().zip(offset..).filter_map(|(key, rank)| rows.remove(key).map(|(node, draft)| Hit { rank, node, draft }));
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
    let seen = heads(domain, &indexed).await?;
    Ok(pins.into_iter().filter(|pin| seen.contains_key(pin)).collect())
}

/// Searches the live index of an audience.
async fn run(domain: &Domain, audience: Audience, query: &SearchQuery) -> Result<SearchResult> {
    ask_live(domain, audience, |index| domain.search.search(index, query)).await
}

/// Asks the live index of an audience. One that was swapped out just then has a successor, which is asked instead.
async fn ask_live<T, F>(domain: &Domain, audience: Audience, ask: impl Fn(Uuid) -> F) -> Result<T>
where
    F: Future<Output = std::result::Result<T, SearchError>>,
{
    let generation = search_index::serving(domain).await?;
    match domain.breaker.ask(ask(audience.index(generation))).await {
        Err(SearchError::Missing(_)) => {
            domain.live_index.forget();
            let successor = search_index::serving(domain).await?;
            if successor == generation {
                return Err(Error::SearchUnavailable);
            }
            Ok(domain.breaker.ask(ask(audience.index(successor))).await?)
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

/// Reads what was found again, as the actor may see it: rows, and the drafts that the desk searches.
async fn read(
    domain: &Domain,
    actor: &Actor,
    audience: Audience,
    keys: &[DocumentKey],
    with_contents: bool,
) -> Result<HashMap<DocumentKey, (HitNode, Option<Found>)>> {
    // The index is a moment behind in any case, so that a snapshot, which costs two statements, would make nothing more exact.
    let current = domain.without_snapshot();
    Ok(match audience {
        Audience::Public if with_contents => {
            let found = found(&current, &Actor::public(), keys).await?;
            found.into_iter().map(|(key, found)| (key, (HitNode::Whole(found), None))).collect()
        }
        Audience::Public => heads(&current, keys).await?.into_iter().map(|(key, head)| (key, (HitNode::Head(head), None))).collect(),
        Audience::Desk => {
            let drafts = drafts(domain, actor, keys).await?;
            drafts.into_iter().map(|(key, draft)| (key, (HitNode::Whole(draft.live), Some(draft.shown)))).collect()
        }
        // Comments are found by a search of their own.
        Audience::Moderation => HashMap::new(),
    })
}
