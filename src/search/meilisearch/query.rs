//! Analysed queries on Meilisearch, which has neither a disjunction nor weights by rarity: each way to match a word is a
//! query of its own in one multi-search, their hits are votes, and what they found together is counted by a second one.

use std::collections::{BTreeSet, HashMap};

use meilisearch_sdk::client::Client;
use meilisearch_sdk::errors::Error;
use meilisearch_sdk::indexes::Index;
use meilisearch_sdk::search::{SearchResults, Selectors};
use serde::Deserialize;

use super::client::Http;
use super::document::{FACETS, LONGEST_PREFIX, MOST_HITS, STEMS, WORDS};
use crate::search::document::DocumentKey;
use crate::search::query::{Facets, Hit, SearchFilter, SearchQuery, SearchResult, Suggestion};
use crate::text::analyzer::{analyze, forgiven_edits};

/// What the exact form of a word counts beside its stem, and two words side by side.
const EXACT: f64 = 0.1;
const ADJACENT: f64 = 0.2;
/// Most words of a query that are looked up; each takes up to three of Meilisearch's queries.
const MOST_WORDS: usize = 20;

#[derive(Deserialize)]
struct Found {
    id: String,
}

type Results = SearchResults<Found>;

/// One way in which part of a query can match.
struct Way {
    /// Number of the word it stands for; ways of one word share a vote, the best of them.
    word: usize,
    text: String,
    attributes: &'static [&'static str],
    /// Which documents are in the result; the others only rank.
    matches: Matches,
    weight: f64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Matches {
    /// What has the word.
    Always,
    /// What has a word near it, if nothing has the word itself.
    IfUnknown,
    /// Nothing: it only ranks.
    Never,
}

/// Runs a query.
pub async fn search(client: &Client<Http>, index: &Index<Http>, query: &SearchQuery) -> Result<SearchResult, Error> {
    let restriction = restriction(&query.filter);
    if query.terms.is_empty() {
        return everything(index, &restriction, query).await;
    }
    let ways = ways(query);
    let results = look_up(client, index, &ways, &restriction).await?;
    let Some((all, results)) = results.split_first() else { return Ok(SearchResult::default()) };
    let documents = all.estimated_total_hits.unwrap_or_default() as f64;
    let is_known: BTreeSet<usize> = ways
        .iter()
        .zip(results)
        .filter(|(way, result)| way.matches == Matches::Always && !result.hits.is_empty())
        .map(|(way, _)| way.word)
        .collect();
    let counts = |way: &Way| match way.matches {
        Matches::Always => true,
        Matches::IfUnknown => !is_known.contains(&way.word),
        Matches::Never => false,
    };
    let mut votes: HashMap<&str, HashMap<usize, f64>> = HashMap::new();
    let mut bonuses: HashMap<&str, f64> = HashMap::new();
    for (way, result) in ways.iter().zip(results) {
        let found = result.estimated_total_hits.unwrap_or(result.hits.len()) as f64;
        let rarity = (1.0 + (documents - found + 0.5).max(0.5) / (found + 0.5)).ln();
        for hit in &result.hits {
            let score = way.weight * rarity * (0.5 + hit.ranking_score.unwrap_or_default());
            if counts(way) {
                let vote = votes.entry(&hit.result.id).or_default().entry(way.word).or_default();
                *vote = vote.max(score);
            } else if way.matches == Matches::Never {
                *bonuses.entry(&hit.result.id).or_default() += score;
            }
        }
    }
    let mut hits: Vec<Hit> = votes
        .iter()
        .filter_map(|(id, words)| {
            let score = words.values().sum::<f64>() + bonuses.get(id).copied().unwrap_or_default();
            Some(Hit { key: DocumentKey::decode(id)?, score: score as f32 })
        })
        .collect();
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.key.cmp(&b.key)));
    let hits = hits.into_iter().skip(query.offset).take(query.limit).collect();
    let matched = union(&ways, results, counts);
    let counted = count(index, &[matched].into_iter().chain(restriction).collect::<Vec<_>>().join(" AND ")).await?;
    Ok(SearchResult { hits, total: total(&counted), facets: facets(&counted) })
}

/// Titles that go on from what is being typed, the newest first.
pub async fn suggest(index: &Index<Http>, prefix: &str, limit: usize) -> Result<Vec<Suggestion>, Error> {
    let terms = analyze(prefix);
    if terms.is_empty() {
        return Ok(Vec::new());
    }
    let beginnings = terms.iter().map(|term| term.token.word.chars().take(LONGEST_PREFIX).collect::<String>());
    let filter = beginnings.map(|text| format!("title_prefixes = \"{text}\"")).collect::<Vec<_>>().join(" AND ");
    let results: Results = index.search().with_filter(&filter).with_sort(&["at:desc"]).with_limit(limit).execute().await?;
    Ok(keys(&results).map(|key| Suggestion { key }).collect())
}

/// A query without words finds everything, the newest first.
async fn everything(index: &Index<Http>, restriction: &Option<String>, query: &SearchQuery) -> Result<SearchResult, Error> {
    let mut request = index.search();
    request.with_sort(&["at:desc"]).with_offset(query.offset).with_limit(query.limit).with_facets(Selectors::Some(&FACETS));
    if let Some(filter) = restriction {
        request.with_filter(filter);
    }
    let results: Results = request.execute().await?;
    Ok(SearchResult { hits: keys(&results).map(|key| Hit { key, score: 1.0 }).collect(), total: total(&results), facets: facets(&results) })
}

fn ways(query: &SearchQuery) -> Vec<Way> {
    let mut ways = Vec::new();
    let quoted = |text: &str| format!("\"{text}\"");
    for (word, term) in query.terms.iter().enumerate().take(MOST_WORDS) {
        let exact = &term.token.word;
        ways.push(Way { word, text: quoted(&term.stem), attributes: &STEMS, matches: Matches::Always, weight: 1.0 });
        // Stop words are searched for only when a query has no others; they have no stem in the index.
        let matches = if term.is_stop_word { Matches::Always } else { Matches::Never };
        ways.push(Way { word, text: quoted(exact), attributes: &WORDS, matches, weight: EXACT });
        if forgiven_edits(exact) > 0 {
            ways.push(Way { word, text: exact.clone(), attributes: &WORDS, matches: Matches::IfUnknown, weight: 1.0 });
        }
    }
    for expansion in query.expansions.iter().filter(|expansion| expansion.start < MOST_WORDS) {
        for phrase in &expansion.phrases {
            let text = quoted(&phrase.join(" "));
            ways.push(Way { word: expansion.start, text, attributes: &STEMS, matches: Matches::Always, weight: 1.0 });
        }
    }
    for (word, pair) in query.terms.windows(2).enumerate().take(MOST_WORDS) {
        let text = quoted(&format!("{} {}", pair[0].stem, pair[1].stem));
        ways.push(Way { word, text, attributes: &STEMS, matches: Matches::Never, weight: ADJACENT });
    }
    ways
}

/// The hits of every way, after a first result that counts all documents.
async fn look_up(client: &Client<Http>, index: &Index<Http>, ways: &[Way], restriction: &Option<String>) -> Result<Vec<Results>, Error> {
    let mut multi = client.multi_search();
    multi.with_search_query(index.search().with_limit(0).build());
    for way in ways {
        let mut request = index.search();
        request
            .with_query(&way.text)
            .with_attributes_to_search_on(way.attributes)
            .with_attributes_to_retrieve(Selectors::Some(&["id"]))
            .with_show_ranking_score(true)
            .with_limit(MOST_HITS);
        if let Some(filter) = restriction {
            request.with_filter(filter);
        }
        multi.with_search_query(request.build());
    }
    Ok(multi.execute::<Found>().await?.results)
}

/// The filter for everything that was found: by stem where that says it exactly, by id otherwise.
fn union(ways: &[Way], results: &[Results], counts: impl Fn(&Way) -> bool) -> String {
    let is_stem = |way: &Way| way.attributes == STEMS && !way.text.contains(' ');
    let quoted = ways.iter().filter(|way| counts(way) && is_stem(way)).map(|way| way.text.clone()).collect::<BTreeSet<_>>();
    let others = ways.iter().zip(results).filter(|(way, _)| counts(way) && !is_stem(way));
    let ids: BTreeSet<String> = others.flat_map(|(_, result)| &result.hits).map(|hit| format!("\"{}\"", hit.result.id)).collect();
    let one_of = |name: &str, values: BTreeSet<String>| format!("{name} IN [{}]", values.into_iter().collect::<Vec<_>>().join(", "));
    match (quoted.is_empty(), ids.is_empty()) {
        (_, true) => one_of("stems", quoted),
        (true, false) => one_of("id", ids),
        (false, false) => format!("({} OR {})", one_of("stems", quoted), one_of("id", ids)),
    }
}

async fn count(index: &Index<Http>, filter: &str) -> Result<Results, Error> {
    index.search().with_filter(filter).with_limit(0).with_facets(Selectors::Some(&FACETS)).execute().await
}

/// The filter that restricts a search. Every value in it is an id, a code, a year or a name of ours.
fn restriction(filter: &SearchFilter) -> Option<String> {
    let ids = |ids: &[uuid::Uuid]| ids.iter().map(|id| id.simple().to_string()).collect::<Vec<_>>();
    let parts = [
        ("kind", filter.kinds.iter().map(|kind| kind.as_str().to_owned()).collect()),
        ("topics", ids(&filter.topics)),
        ("programs", ids(&filter.programs)),
        ("regions", filter.regions.clone()),
        ("organizations", ids(&filter.organizations)),
        ("year", filter.year.iter().map(ToString::to_string).collect()),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(_, values)| !values.is_empty())
        .map(|(name, values)| format!("{name} IN [{}]", values.iter().map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join(", ")))
        .collect();
    Some(parts.join(" AND ")).filter(|filter| !filter.is_empty())
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
        years: values("year"),
    }
}
