//! Analysed queries on Meilisearch, which has neither a disjunction nor weights by rarity: each way to match a word is a
//! query of its own in one multi-search, their hits are votes, and what they found together is counted by a second one.

use std::collections::{BTreeSet, HashMap};

use meilisearch_sdk::client::Client;
use meilisearch_sdk::errors::Error;
use meilisearch_sdk::indexes::Index;
use meilisearch_sdk::search::{SearchResults, Selectors};
use serde::Deserialize;

use super::client::Http;
use super::document::{FACETS, LONGEST_PREFIX, STEMS, WORDS, whole};
use crate::search::document::DocumentKey;
use crate::search::query::{Facets, SearchFilter, SearchQuery, SearchResult};
use crate::text::analyzer::{analyze, forgiven_edits};

/// What the exact form of a word counts beside its stem, and two words side by side.
const EXACT: f64 = 0.1;
const ADJACENT: f64 = 0.2;
/// How many hits of each way take part in the ranking.
const RANKED: usize = 1_000;

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
    let (known, results) = look_up(client, index, query, &ways, &restriction).await?;
    let Some((all, known)) = known.split_first() else { return Ok(SearchResult::default()) };
    let documents = total(all) as f64;
    let is_known: Vec<bool> = known.iter().map(|counted| total(counted) > 0).collect();
    let counts = |way: &Way| match way.matches {
        Matches::Always => true,
        Matches::IfUnknown => !is_known.get(way.word).copied().unwrap_or(true),
        Matches::Never => false,
    };
    let mut votes: HashMap<&str, HashMap<usize, f64>> = HashMap::new();
    let mut bonuses: HashMap<&str, f64> = HashMap::new();
    for (way, result) in ways.iter().zip(&results) {
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
    let mut ranked: Vec<(f64, DocumentKey)> = votes
        .iter()
        .filter_map(|(id, words)| {
            let score = words.values().sum::<f64>() + bonuses.get(id).copied().unwrap_or_default();
            Some((score, DocumentKey::decode(id)?))
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let hits = ranked.into_iter().map(|(_, key)| key).skip(query.offset).take(query.limit).collect();
    let matched = union(&ways, &results, counts);
    let counted = count(index, &[matched].into_iter().chain(restriction).collect::<Vec<_>>().join(" AND ")).await?;
    let forgiven = (0..is_known.len()).filter(|at| !is_known[*at] && forgiven_edits(&query.terms[*at].token.word) > 0).collect();
    Ok(SearchResult { hits, total: total(&counted), facets: facets(&counted), forgiven })
}

/// Titles that go on from what is being typed, the newest first.
pub async fn suggest(index: &Index<Http>, prefix: &str, limit: usize) -> Result<Vec<DocumentKey>, Error> {
    let terms = analyze(prefix);
    let Some((last, others)) = terms.split_last() else { return Ok(Vec::new()) };
    let beginning = last.token.word.chars().take(LONGEST_PREFIX).collect::<String>();
    let wanted = others.iter().map(|term| whole(&term.token.word)).chain(std::iter::once(beginning));
    let filter = wanted.map(|text| format!("title_prefixes = \"{text}\"")).collect::<Vec<_>>().join(" AND ");
    let results: Results = index.search().with_filter(&filter).with_sort(&["at:desc"]).with_limit(limit).execute().await?;
    Ok(keys(&results).collect())
}

/// A query without words finds everything, the newest first.
async fn everything(index: &Index<Http>, restriction: &Option<String>, query: &SearchQuery) -> Result<SearchResult, Error> {
    let mut request = index.search();
    request.with_sort(&["at:desc"]).with_offset(query.offset).with_limit(query.limit).with_facets(Selectors::Some(&FACETS));
    if let Some(filter) = restriction {
        request.with_filter(filter);
    }
    let results: Results = request.execute().await?;
    Ok(SearchResult { hits: keys(&results).collect(), total: total(&results), facets: facets(&results), forgiven: Vec::new() })
}

fn ways(query: &SearchQuery) -> Vec<Way> {
    let mut ways = Vec::new();
    for (word, term) in query.terms.iter().enumerate() {
        let exact = &term.token.word;
        ways.push(Way { word, text: quoted(&term.stem), attributes: &STEMS, matches: Matches::Always, weight: 1.0 });
        // Stop words are searched for only when a query has no others; they have no stem in the index.
        let matches = if term.is_stop_word { Matches::Always } else { Matches::Never };
        ways.push(Way { word, text: quoted(exact), attributes: &WORDS, matches, weight: EXACT });
        if forgiven_edits(exact) > 0 {
            ways.push(Way { word, text: exact.clone(), attributes: &WORDS, matches: Matches::IfUnknown, weight: 1.0 });
        }
    }
    for expansion in &query.expansions {
        for phrase in &expansion.phrases {
            let text = quoted(&phrase.join(" "));
            ways.push(Way { word: expansion.start, text, attributes: &STEMS, matches: Matches::Always, weight: 1.0 });
        }
    }
    for (word, pair) in query.terms.windows(2).enumerate() {
        let text = quoted(&format!("{} {}", pair[0].stem, pair[1].stem));
        ways.push(Way { word, text, attributes: &STEMS, matches: Matches::Never, weight: ADJACENT });
    }
    ways
}

/// Counts over the whole index, of all documents and then of those that know each word, and the hits of every way.
async fn look_up(
    client: &Client<Http>,
    index: &Index<Http>,
    query: &SearchQuery,
    ways: &[Way],
    restriction: &Option<String>,
) -> Result<(Vec<Results>, Vec<Results>), Error> {
    let mut multi = client.multi_search();
    let known: Vec<(String, &[&str])> = query
        .terms
        .iter()
        .map(|term| if term.is_stop_word { (quoted(&term.token.word), &WORDS[..]) } else { (quoted(&term.stem), &STEMS[..]) })
        .collect();
    multi.with_search_query(index.search().with_limit(0).build());
    for (text, attributes) in &known {
        multi.with_search_query(index.search().with_query(text).with_attributes_to_search_on(attributes).with_limit(0).build());
    }
    for way in ways {
        let mut request = index.search();
        request
            .with_query(&way.text)
            .with_attributes_to_search_on(way.attributes)
            .with_attributes_to_retrieve(Selectors::Some(&["id"]))
            .with_show_ranking_score(true)
            .with_limit(RANKED);
        if let Some(filter) = restriction {
            request.with_filter(filter);
        }
        multi.with_search_query(request.build());
    }
    let mut counts = multi.execute::<Found>().await?.results;
    let hits = counts.split_off((known.len() + 1).min(counts.len()));
    Ok((counts, hits))
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

/// The filter for everything that was found: by stem where that says it exactly, by id otherwise.
fn union(ways: &[Way], results: &[Results], counts: impl Fn(&Way) -> bool) -> String {
    let is_stem = |way: &Way| way.attributes == STEMS && !way.text.contains(' ');
    let stems = ways.iter().filter(|way| counts(way) && is_stem(way)).map(|way| way.text.clone()).collect::<BTreeSet<_>>();
    let others = ways.iter().zip(results).filter(|(way, _)| counts(way) && !is_stem(way));
    let ids: BTreeSet<String> = others.flat_map(|(_, result)| &result.hits).map(|hit| format!("\"{}\"", hit.result.id)).collect();
    let one_of = |name: &str, values: BTreeSet<String>| format!("{name} IN [{}]", values.into_iter().collect::<Vec<_>>().join(", "));
    match (stems.is_empty(), ids.is_empty()) {
        (_, true) => one_of("stems", stems),
        (true, false) => one_of("id", ids),
        (false, false) => format!("({} OR {})", one_of("stems", stems), one_of("id", ids)),
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
