//! Analysed queries as tantivy queries.
//!
//! Any word may match; each further one that does, words side by side, exact forms and matches in titles rank higher.
//! A word that the index knows neither as it stands nor by its stem may match with typing errors.

use entity::enums::Kind;
use tantivy::aggregation::agg_req::Aggregations;
use tantivy::aggregation::agg_result::{AggregationResult, AggregationResults, BucketResult};
use tantivy::aggregation::{AggContextParams, AggregationCollector, Key};
use tantivy::collector::{Count, TopDocs};
use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, FuzzyTermQuery, Occur, PhraseQuery, Query, TermQuery,
    TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption, Value};
use tantivy::{DocAddress, Searcher, TantivyDocument, Term};

use super::index::Generation;
use crate::search::SearchError;
use crate::search::document::DocumentKey;
use crate::search::query::{Facets, SearchFilter, SearchQuery, SearchResult};
use crate::text::analyzer::{Term as QueryTerm, analyze, forgiven_edits};

type BoxedQuery = Box<dyn Query>;

/// What a match in each field counts, and the exact form beside the stem.
const TITLE: f32 = 2.0;
const NAMES: f32 = 1.5;
const BODY: f32 = 1.0;
const EXACT: f32 = 0.1;
const ADJACENT: f32 = 0.2;
/// Most values a facet lists.
const MOST_VALUES: u32 = 100;

impl Generation {
    /// Runs a query.
    pub fn search(&self, query: &SearchQuery) -> Result<SearchResult, SearchError> {
        let searcher = self.reader.searcher();
        let known = query.terms.iter().map(|term| self.is_known(&searcher, term)).collect::<Result<Vec<bool>, _>>()?;
        let full = self.filtered(self.text_query(query, &known), &query.filter);
        let facet = |field: &str| serde_json::json!({"terms": {"field": field, "size": MOST_VALUES, "segment_size": 10_000}});
        let facets = serde_json::json!({
            "kind": facet("kind"), "topics": facet("topics"), "programs": facet("programs"), "regions": facet("regions"), "year": facet("year"),
        });
        let facets: Aggregations = serde_json::from_value(facets).map_err(|error| SearchError::Failed(error.to_string()))?;
        let facets = AggregationCollector::from_aggs(facets, AggContextParams::default());
        let top = TopDocs::with_limit(query.limit.max(1)).and_offset(query.offset);
        let (total, top, facets) = if query.terms.is_empty() {
            // Without words there is nothing to rank by: the newest come first.
            let newest = top.order_by_fast_field::<i64>("at", tantivy::Order::Desc);
            let (total, top, facets) = searcher.search(&full, &(Count, newest, facets))?;
            (total, top.into_iter().map(|(_, address)| (0.0, address)).collect(), facets)
        } else {
            searcher.search(&full, &(Count, top.order_by_score(), facets))?
        };
        let hits = self.keys(&searcher, top.into_iter().map(|(_, address)| address).take(query.limit))?;
        let counts = |name: &str| values(&facets, name);
        let facets = Facets {
            kinds: counts("kind"),
            topics: counts("topics"),
            programs: counts("programs"),
            regions: counts("regions"),
            years: counts("year"),
        };
        let forgiven = (0..known.len()).filter(|at| !known[*at] && forgiven_edits(&query.terms[*at].token.word) > 0).collect();
        Ok(SearchResult { hits, total, facets, forgiven })
    }

    /// The keys of documents, in their order.
    fn keys(&self, searcher: &Searcher, addresses: impl Iterator<Item = DocAddress>) -> Result<Vec<DocumentKey>, SearchError> {
        let mut keys = Vec::new();
        for address in addresses {
            let document: TantivyDocument = searcher.doc(address)?;
            keys.extend(document.get_first(self.fields.key).and_then(|value| value.as_str().and_then(DocumentKey::decode)));
        }
        Ok(keys)
    }

    fn text_query(&self, query: &SearchQuery, known: &[bool]) -> BoxedQuery {
        if query.terms.is_empty() {
            return Box::new(ConstScoreQuery::new(Box::new(AllQuery), 1.0));
        }
        let mut clauses: Vec<(Occur, BoxedQuery)> = Vec::new();
        for (at, (term, is_known)) in query.terms.iter().zip(known).enumerate() {
            let mut ways = self.word(term, *is_known);
            for expansion in query.expansions.iter().filter(|expansion| expansion.start == at && expansion.len == 1) {
                ways.extend(expansion.phrases.iter().flat_map(|phrase| self.phrase(phrase, 1.0)));
            }
            clauses.push((Occur::Should, Box::new(DisjunctionMaxQuery::with_tie_breaker(ways, 0.1))));
        }
        for expansion in query.expansions.iter().filter(|expansion| expansion.len > 1) {
            let ways = expansion.phrases.iter().flat_map(|phrase| self.phrase(phrase, 1.0)).collect();
            clauses.push((Occur::Should, Box::new(DisjunctionMaxQuery::new(ways))));
        }
        for pair in query.terms.windows(2) {
            let stems = [pair[0].stem.clone(), pair[1].stem.clone()];
            clauses.extend(self.phrase(&stems, ADJACENT).into_iter().map(|phrase| (Occur::Should, phrase)));
        }
        Box::new(BooleanQuery::new(clauses))
    }

    /// The fields for exact forms and for stems, with what a match in each counts.
    fn places(&self) -> [(Field, Field, f32); 3] {
        let fields = &self.fields;
        [
            (fields.title_words, fields.title_stems, TITLE),
            (fields.name_words, fields.name_stems, NAMES),
            (fields.body_words, fields.body_stems, BODY),
        ]
    }

    /// Whether any document has the word or another form of it.
    fn is_known(&self, searcher: &Searcher, term: &QueryTerm) -> Result<bool, SearchError> {
        for (words, stems, _) in self.places() {
            if searcher.doc_freq(&Term::from_field_text(words, &term.token.word))? > 0
                || searcher.doc_freq(&Term::from_field_text(stems, &term.stem))? > 0
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The ways in which one word can match: exactly and by its stem, or, unknown, by words spelled nearly so.
    fn word(&self, term: &QueryTerm, is_known: bool) -> Vec<BoxedQuery> {
        let word = &term.token.word;
        let mut ways: Vec<BoxedQuery> = Vec::new();
        for (words, stems, weight) in self.places() {
            let exact = boosted(single(words, word), weight * EXACT);
            let stem = boosted(single(stems, &term.stem), weight);
            ways.push(Box::new(BooleanQuery::new(vec![(Occur::Should, exact), (Occur::Should, stem)])));
        }
        let edits = forgiven_edits(word);
        if !is_known && edits > 0 {
            for (words, _, weight) in self.places() {
                let near = FuzzyTermQuery::new(Term::from_field_text(words, word), edits, true);
                ways.push(boosted(Box::new(near), weight));
            }
        }
        ways
    }

    /// Stems side by side in any field; a single stem alone.
    fn phrase(&self, stems: &[String], weight: f32) -> Vec<BoxedQuery> {
        let fields = &self.fields;
        [(fields.title_stems, TITLE), (fields.name_stems, NAMES), (fields.body_stems, BODY)]
            .into_iter()
            .filter_map(|(field, field_weight)| {
                let phrase: BoxedQuery = match stems {
                    [] => return None,
                    [stem] => single(field, stem),
                    stems => Box::new(PhraseQuery::new(stems.iter().map(|stem| Term::from_field_text(field, stem)).collect())),
                };
                Some(boosted(phrase, weight * field_weight))
            })
            .collect()
    }

    /// Restricts a query without changing its scores.
    fn filtered(&self, query: BoxedQuery, filter: &SearchFilter) -> BoxedQuery {
        let fields = &self.fields;
        let ids = |ids: &[uuid::Uuid]| ids.iter().map(|id| id.simple().to_string()).collect::<Vec<_>>();
        let restrictions = [
            (fields.kind, filter.kinds.iter().copied().map(Kind::as_str).map(str::to_owned).collect()),
            (fields.topics, ids(&filter.topics)),
            (fields.programs, ids(&filter.programs)),
            (fields.regions, filter.regions.clone()),
            (fields.organizations, ids(&filter.organizations)),
            (fields.year, filter.year.iter().map(ToString::to_string).collect()),
        ];
        let mut clauses: Vec<(Occur, BoxedQuery)> = vec![(Occur::Must, query)];
        for (field, values) in restrictions {
            if !values.is_empty() {
                let any = TermSetQuery::new(values.iter().map(|value| Term::from_field_text(field, value)));
                clauses.push((Occur::Must, Box::new(ConstScoreQuery::new(Box::new(any), 0.0))));
            }
        }
        if clauses.len() == 1 { clauses.swap_remove(0).1 } else { Box::new(BooleanQuery::new(clauses)) }
    }

    /// Titles that go on from what is being typed, the newest first.
    pub fn suggest(&self, prefix: &str, limit: usize) -> Result<Vec<DocumentKey>, SearchError> {
        let terms = analyze(prefix);
        let Some((last, whole)) = terms.split_last() else { return Ok(Vec::new()) };
        let title = self.fields.title_words;
        let mut clauses: Vec<(Occur, BoxedQuery)> = whole.iter().map(|term| (Occur::Must, single(title, &term.token.word))).collect();
        let begins = FuzzyTermQuery::new_prefix(Term::from_field_text(title, &last.token.word), 0, true);
        clauses.push((Occur::Must, Box::new(begins)));
        let searcher = self.reader.searcher();
        let newest = TopDocs::with_limit(limit.max(1)).order_by_fast_field::<i64>("at", tantivy::Order::Desc);
        let top = searcher.search(&BooleanQuery::new(clauses), &newest)?;
        self.keys(&searcher, top.into_iter().map(|(_, address)| address).take(limit))
    }
}

fn single(field: Field, text: &str) -> BoxedQuery {
    Box::new(TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::WithFreqs))
}

fn boosted(query: BoxedQuery, weight: f32) -> BoxedQuery {
    Box::new(BoostQuery::new(query, weight))
}

fn values(facets: &AggregationResults, name: &str) -> Vec<(String, usize)> {
    let Some(AggregationResult::BucketResult(BucketResult::Terms { buckets, .. })) = facets.0.get(name) else { return Vec::new() };
    let mut values: Vec<(String, usize)> = buckets
        .iter()
        .filter_map(|bucket| match &bucket.key {
            Key::Str(value) => Some((value.clone(), usize::try_from(bucket.doc_count).unwrap_or(usize::MAX))),
            _ => None,
        })
        .collect();
    values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    values
}
