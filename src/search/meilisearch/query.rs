//! Analysed queries on Meilisearch, which has neither a disjunction nor weights by rarity. A first multi-search looks up each
//! way to match a word and tells how rare it is; their hits are votes. A second one counts what they found together and reads
//! those with the most votes, which are then ranked as on every engine.

use std::collections::{BTreeSet, HashMap, HashSet};

use meilisearch_sdk::client::Client;
use meilisearch_sdk::errors::Error;
use meilisearch_sdk::indexes::Index;
use meilisearch_sdk::search::{SearchResults, Selectors};

use super::client::Http;
use super::document::{FACETS, LONGEST_PREFIX, STEMS, WORDS, whole};
use super::rerank::{Found, Matcher, Way, nearest, rarity_of, rerank};
use crate::search::document::DocumentKey;
use crate::search::query::{Facets, Forgiven, Order, SearchFilter, SearchQuery, SearchResult};
use crate::search::rank;
use crate::text::analyzer::{analyze, forgiven_edits};

/// How many hits of each way take part in the ranking, and how many of the best are read.
const RANKED: usize = 1_000;
const READ: usize = 200;

type Results = SearchResults<Found>;

/// Something that the first multi-search looks up.
struct LookUp {
    text: String,
    attributes: &'static [&'static str],
    purpose: Purpose,
}

enum Purpose {
    /// Matches the words `start` to `start + len` of the query.
    Matches { start: usize, len: usize, matcher: Matcher, matches: Matches },
    /// Must be there, or must not.
    Requires(bool),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Matches {
    /// What has the word.
    Always,
    /// What has a word near it, if nothing has the word itself.
    IfUnknown,
}

/// Runs a query.
pub async fn search(client: &Client<Http>, index: &Index<Http>, query: &SearchQuery) -> Result<SearchResult, Error> {
    let restriction = restriction(query);
    let look_ups = look_ups(query);
    if look_ups.is_empty() {
        return listed(index, &restriction, query, Vec::new()).await;
    }
    let first = look_up(client, index, &look_ups, &restriction).await?;
    let is_known = known(query, &look_ups, &first.held);
    let counts = |purpose: &Purpose| match purpose {
        Purpose::Matches { start, matches, .. } => *matches == Matches::Always || !is_known.get(*start).copied().unwrap_or(true),
        Purpose::Requires(_) => false,
    };
    let finished = query.terms.len() - usize::from(query.is_unfinished && !query.terms.is_empty());
    let is_forgiven = |at: &usize| *at < finished && !is_known[*at] && forgiven_edits(&query.terms[*at].token.word) > 0;
    let forgiven: Vec<Forgiven> = (0..is_known.len()).filter(is_forgiven).map(|at| Forgiven { at, nearest: None }).collect();
    let mut conditions = restriction;
    for (look_up, hits) in look_ups.iter().zip(&first.hits) {
        if let Purpose::Requires(wanted) = look_up.purpose {
            let ids = hits.hits.iter().map(|hit| hit.result.id.as_str());
            conditions.push(format!("{}{}", if wanted { "" } else { "NOT " }, one_of("id", ids)));
        }
    }
    if !query.terms.is_empty() {
        conditions.push(union(&look_ups, &first.hits, counts));
    }
    match query.order {
        Order::Best { now } if !query.terms.is_empty() => {
            let words = words(query, &look_ups, &first, counts);
            let mut candidates = vote(&look_ups, &first.hits, &words, counts);
            // Before the best are chosen, so that none of the places goes to what must not be there.
            for (look_up, hits) in look_ups.iter().zip(&first.hits) {
                if let Purpose::Requires(wanted) = look_up.purpose {
                    let ids: HashSet<&str> = hits.hits.iter().map(|hit| hit.result.id.as_str()).collect();
                    candidates.retain(|id| ids.contains(id.as_str()) == wanted);
                }
            }
            candidates.truncate(RANKED);
            best(client, index, &conditions, query, (words, candidates, now), forgiven).await
        }
        Order::Best { .. } | Order::Newest | Order::Oldest => listed(index, &conditions, query, forgiven).await,
    }
}

/// How many documents there are, and how many of them hold each stem.
pub async fn holding(client: &Client<Http>, index: &Index<Http>, stems: &[String]) -> Result<(usize, Vec<usize>), Error> {
    let filters: Vec<String> = stems.iter().map(|stem| one_of("stems", [stem.as_str()])).collect();
    let mut multi = client.multi_search();
    multi.with_search_query(index.search().with_limit(0).build());
    for filter in &filters {
        multi.with_search_query(index.search().with_filter(filter).with_limit(0).build());
    }
    let mut counts = multi.execute::<Found>().await?.results.into_iter().map(|counted| total(&counted));
    let documents = counts.next().unwrap_or_default();
    Ok((documents, counts.collect()))
}

/// Titles that go on from what is being typed, the newest first.
pub async fn suggest(index: &Index<Http>, prefix: &str, limit: usize) -> Result<Vec<DocumentKey>, Error> {
    let terms = analyze(prefix);
    let Some((last, others)) = terms.split_last() else { return Ok(Vec::new()) };
    let beginning = last.token.word.chars().take(LONGEST_PREFIX).collect::<String>();
    let wanted = others.iter().map(|term| whole(&term.token.word)).chain(std::iter::once(beginning));
    let filter = wanted.map(|text| format!("title_prefixes = \"{text}\"")).collect::<Vec<_>>().join(" AND ");
    let ids = Selectors::Some(&["id"][..]);
    let mut request = index.search();
    request.with_filter(&filter).with_sort(&["at:desc"]).with_limit(limit).with_attributes_to_retrieve(ids);
    let results: Results = request.execute().await?;
    Ok(keys(&results).collect())
}

/// Everything that fits the conditions, by date.
async fn listed(index: &Index<Http>, conditions: &[String], query: &SearchQuery, forgiven: Vec<Forgiven>) -> Result<SearchResult, Error> {
    let filter = conditions.join(" AND ");
    let sort = [if query.order == Order::Oldest { "at:asc" } else { "at:desc" }];
    let mut request = index.search();
    request.with_sort(&sort).with_offset(query.offset).with_limit(query.limit);
    request.with_attributes_to_retrieve(Selectors::Some(&["id"]));
    if !filter.is_empty() {
        request.with_filter(&filter);
    }
    if query.with_facets {
        request.with_facets(Selectors::Some(&FACETS));
    }
    let results: Results = request.execute().await?;
    Ok(SearchResult { hits: keys(&results).collect(), total: total(&results), facets: facets(&results), forgiven })
}

/// Counts everything that fits the conditions, reads the candidates with the most votes and ranks them.
async fn best(
    client: &Client<Http>,
    index: &Index<Http>,
    conditions: &[String],
    query: &SearchQuery,
    (words, candidates, now): (Vec<Vec<Way>>, Vec<String>, Option<i64>),
    mut forgiven: Vec<Forgiven>,
) -> Result<SearchResult, Error> {
    let all = conditions.join(" AND ");
    // Those beyond are ranked by their votes alone; what the conditions leave out falls away with the filter.
    let beyond = candidates.get(READ..).filter(|_| query.offset + query.limit > READ).unwrap_or_default();
    let listed = format!("{} AND {all}", one_of("id", beyond.iter().map(String::as_str)));
    let read = format!("{} AND {all}", one_of("id", candidates.iter().take(READ).map(String::as_str)));
    let attributes: Vec<&str> = ["id", "at"].into_iter().chain(STEMS).chain(WORDS).collect();
    let mut counting = index.search();
    counting.with_filter(&all).with_limit(0);
    if query.with_facets {
        counting.with_facets(Selectors::Some(&FACETS));
    }
    let mut multi = client.multi_search();
    multi.with_search_query(counting.build());
    multi.with_search_query(
        index.search().with_filter(&read).with_limit(READ).with_attributes_to_retrieve(Selectors::Some(&attributes)).build(),
    );
    if !beyond.is_empty() {
        let ids = Selectors::Some(&["id"][..]);
        multi.with_search_query(index.search().with_filter(&listed).with_limit(beyond.len()).with_attributes_to_retrieve(ids).build());
    }
    let mut results = multi.execute::<Found>().await?.results.into_iter();
    let counted = results.next();
    let read: Vec<Found> = results.next().into_iter().flat_map(|results| results.hits).map(|hit| hit.result).collect();
    for forgiven in &mut forgiven {
        forgiven.nearest = query.terms.get(forgiven.at).and_then(|term| nearest(&term.token.word, &read));
    }
    let mut ranked = rerank(&words, &read, now);
    if let Some(fitting) = results.next() {
        let fitting: HashSet<&str> = fitting.hits.iter().map(|hit| hit.result.id.as_str()).collect();
        ranked.extend(beyond.iter().filter(|id| fitting.contains(id.as_str())).cloned());
    }
    let hits = ranked.iter().filter_map(|id| DocumentKey::decode(id)).skip(query.offset).take(query.limit).collect();
    let (total, facets) = counted.map(|counted| (total(&counted), facets(&counted))).unwrap_or_default();
    Ok(SearchResult { hits, total, facets, forgiven })
}

/// Everything that is looked up first.
fn look_ups(query: &SearchQuery) -> Vec<LookUp> {
    let mut look_ups = Vec::new();
    let mut matches = |start, len, text: String, attributes: &'static [&'static str], matcher, matches| {
        look_ups.push(LookUp { text, attributes, purpose: Purpose::Matches { start, len, matcher, matches } });
    };
    for (at, term) in query.terms.iter().enumerate() {
        let word = &term.token.word;
        if term.is_stop_word {
            // They are searched for only when a query has no others, and have no stem in the index.
            matches(at, 1, quoted(word), &WORDS, Matcher::Word(word.clone()), Matches::Always);
        } else {
            let matcher = Matcher::Stem { stem: term.stem.clone(), exact: word.clone() };
            matches(at, 1, quoted(&term.stem), &STEMS, matcher, Matches::Always);
        }
        if query.is_unfinished && at + 1 == query.terms.len() {
            matches(at, 1, word.clone(), &WORDS, Matcher::Beginning(word.clone()), Matches::Always);
        } else if forgiven_edits(word) > 0 {
            // A blank behind it, so that it is not taken for a beginning.
            matches(at, 1, format!("{word} "), &WORDS, Matcher::Near(word.clone()), Matches::IfUnknown);
        }
    }
    for expansion in &query.expansions {
        for phrase in &expansion.phrases {
            let text = quoted(&phrase.join(" "));
            matches(expansion.start, expansion.len, text, &STEMS, Matcher::Phrase(phrase.clone()), Matches::Always);
        }
    }
    let requires =
        |words: &[String], wanted| LookUp { text: quoted(&words.join(" ")), attributes: &WORDS, purpose: Purpose::Requires(wanted) };
    look_ups.extend(query.phrases.iter().map(|phrase| requires(phrase, true)));
    let excluded = query.excluded.iter().filter(|terms| !is_stem(terms));
    look_ups.extend(excluded.map(|terms| requires(&terms.iter().map(|term| term.token.word.clone()).collect::<Vec<_>>(), false)));
    look_ups
}

/// What the first multi-search found.
struct First {
    /// How many documents there are.
    documents: usize,
    /// How many documents each look-up finds in the whole index.
    held: Vec<usize>,
    /// The hits of each look-up.
    hits: Vec<Results>,
}

async fn look_up(client: &Client<Http>, index: &Index<Http>, look_ups: &[LookUp], restriction: &[String]) -> Result<First, Error> {
    let filter = restriction.join(" AND ");
    let mut multi = client.multi_search();
    multi.with_search_query(index.search().with_limit(0).build());
    for look_up in look_ups {
        let mut request = index.search();
        request.with_query(&look_up.text).with_attributes_to_search_on(look_up.attributes).with_limit(RANKED);
        request.with_attributes_to_retrieve(Selectors::Some(&["id"]));
        if !filter.is_empty() {
            request.with_filter(&filter);
        }
        multi.with_search_query(request.build());
    }
    if !filter.is_empty() {
        for look_up in look_ups {
            let mut request = index.search();
            multi.with_search_query(
                request.with_query(&look_up.text).with_attributes_to_search_on(look_up.attributes).with_limit(0).build(),
            );
        }
    }
    let mut results = multi.execute::<Found>().await?.results.into_iter();
    let documents = results.next().map(|all| total(&all)).unwrap_or_default();
    let hits: Vec<Results> = results.by_ref().take(look_ups.len()).collect();
    let held = if filter.is_empty() { hits.iter().map(total).collect() } else { results.map(|counted| total(&counted)).collect() };
    Ok(First { documents, held, hits })
}

/// Which words of the query the index knows, as they stand or by their stem; a beginning does not make one known.
fn known(query: &SearchQuery, look_ups: &[LookUp], held: &[usize]) -> Vec<bool> {
    let mut known = vec![false; query.terms.len()];
    for (look_up, held) in look_ups.iter().zip(held) {
        if let Purpose::Matches { start, matcher: Matcher::Stem { .. } | Matcher::Word(_), .. } = &look_up.purpose
            && *held > 0
            && let Some(known) = known.get_mut(*start)
        {
            *known = true;
        }
    }
    known
}

/// The ways in which each word of the query can match, with their rarities.
fn words(query: &SearchQuery, look_ups: &[LookUp], first: &First, counts: impl Fn(&Purpose) -> bool) -> Vec<Vec<Way>> {
    let mut words: Vec<Vec<Way>> = query.terms.iter().map(|_| Vec::new()).collect();
    for (look_up, held) in look_ups.iter().zip(&first.held).filter(|(look_up, held)| **held > 0 && counts(&look_up.purpose)) {
        let Purpose::Matches { start, len, matcher, .. } = &look_up.purpose else { continue };
        let rarity = rank::rarity(first.documents as f32, *held as f32);
        for ways in words.iter_mut().skip(*start).take(*len) {
            ways.push(Way { matcher: matcher.clone(), rarity });
            if matches!(matcher, Matcher::Phrase(_)) {
                // What can be said in several ways is as common as the commonest of them.
                let common = ways.iter().map(|way| way.rarity).fold(rarity, f32::min);
                ways.iter_mut().for_each(|way| way.rarity = common);
            }
        }
    }
    words
}

/// Ids of what was found, those first that have more of the query's rarity.
fn vote(look_ups: &[LookUp], hits: &[Results], words: &[Vec<Way>], counts: impl Fn(&Purpose) -> bool) -> Vec<String> {
    let mut votes: HashMap<&str, HashSet<usize>> = HashMap::new();
    for (look_up, results) in look_ups.iter().zip(hits).filter(|(look_up, _)| counts(&look_up.purpose)) {
        let Purpose::Matches { start, len, .. } = look_up.purpose else { continue };
        for hit in &results.hits {
            votes.entry(&hit.result.id).or_default().extend(start..start + len);
        }
    }
    let rarity = |at: &usize| words.get(*at).map_or(0.0, |ways| rarity_of(ways));
    let mut ranked: Vec<(f32, &str)> = votes.iter().map(|(id, words)| (words.iter().map(rarity).sum(), *id)).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    ranked.into_iter().map(|(_, id)| id.to_owned()).collect()
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

/// Whether an excluded part is one word in any form, which a filter tells exactly.
fn is_stem(excluded: &[crate::text::analyzer::Term]) -> bool {
    matches!(excluded, [term] if !term.is_stop_word)
}

/// The filter for everything that was found: by stem where that says it exactly, by id otherwise.
fn union(look_ups: &[LookUp], hits: &[Results], counts: impl Fn(&Purpose) -> bool) -> String {
    let (mut stems, mut ids) = (BTreeSet::new(), BTreeSet::new());
    for (look_up, results) in look_ups.iter().zip(hits).filter(|(look_up, _)| counts(&look_up.purpose)) {
        match &look_up.purpose {
            Purpose::Matches { matcher: Matcher::Stem { stem, .. }, .. } => _ = stems.insert(stem.as_str()),
            _ => ids.extend(results.hits.iter().map(|hit| hit.result.id.as_str())),
        }
    }
    match (stems.is_empty(), ids.is_empty()) {
        (_, true) => one_of("stems", stems),
        (true, false) => one_of("id", ids),
        (false, false) => format!("({} OR {})", one_of("stems", stems), one_of("id", ids)),
    }
}

fn one_of<'a>(name: &str, values: impl IntoIterator<Item = &'a str>) -> String {
    format!("{name} IN [{}]", values.into_iter().map(quoted).collect::<Vec<_>>().join(", "))
}

/// The conditions that restrict a search. Every value in them is an id, a code, a year, a stem or a name of ours.
fn restriction(query: &SearchQuery) -> Vec<String> {
    let SearchFilter { kinds, topics, programs, regions, organizations, year, only, hidden } = &query.filter;
    let ids = |ids: &[uuid::Uuid]| ids.iter().map(|id| id.simple().to_string()).collect::<Vec<_>>();
    let wanted = [
        ("kind", kinds.iter().map(|kind| kind.as_str().to_owned()).collect()),
        ("topics", ids(topics)),
        ("programs", ids(programs)),
        ("regions", regions.clone()),
        ("organizations", ids(organizations)),
        ("year", year.iter().map(ToString::to_string).collect()),
        ("id", only.iter().map(DocumentKey::encode).collect()),
    ];
    let wanted = wanted.iter().map(|(name, values)| (*name, true, values.clone()));
    let stems = query.excluded.iter().filter(|terms| is_stem(terms)).flatten().map(|term| term.stem.clone()).collect();
    let unwanted = [("stems", false, stems), ("id", false, hidden.iter().map(DocumentKey::encode).collect())];
    wanted
        .chain(unwanted)
        .filter(|(_, _, values)| !values.is_empty())
        .map(|(name, is_wanted, values)| {
            format!("{}{}", if is_wanted { "" } else { "NOT " }, one_of(name, values.iter().map(String::as_str)))
        })
        .collect()
}

fn keys(results: &Results) -> impl Iterator<Item = DocumentKey> + '_ {
    results.hits.iter().filter_map(|hit| DocumentKey::decode(&hit.result.id))
}

fn total(results: &Results) -> usize {
    results.estimated_total_hits.unwrap_or_default()
}

fn facets(results: &Results) -> Facets {
    let values = |name: &str| {
        let counts = results.facet_distribution.as_ref().and_then(|facets| facets.get(name));
        let mut values: Vec<(String, usize)> = counts.into_iter().flatten().map(|(value, count)| (value.clone(), *count)).collect();
        values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        values
    };
    Facets {
        kinds: values("kind"),
        topics: values("topics"),
        programs: values("programs"),
        regions: values("regions"),
        organizations: values("organizations"),
        years: values("year"),
    }
}
