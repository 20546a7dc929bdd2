//! Analysed queries as tantivy queries.
//!
//! Any word may match. A word that the index knows neither as it stands nor by its stem may match with typing errors.

use std::sync::Arc;

use entity::enums::Kind;
use tantivy::aggregation::agg_req::Aggregations;
use tantivy::aggregation::agg_result::{AggregationResult, AggregationResults, BucketResult};
use tantivy::aggregation::{AggContextParams, AggregationCollector, Key};
use tantivy::collector::{Count, TopDocs};
use tantivy::query::{AllQuery, BooleanQuery, FuzzyTermQuery, Occur, TermQuery, TermSetQuery};
use tantivy::schema::{Field, IndexRecordOption, Value};
use tantivy::{DocAddress, Searcher, TantivyDocument, Term};

use super::index::Generation;
use super::near::{Known, begun, held, near};
use super::ranked::{RankedQuery, Way, Word};
use super::restrictions::{BoxedQuery, Restrictions};
use crate::search::document::DocumentKey;
use crate::search::query::{Facets, Forgiven, Order, SearchQuery, SearchResult};
use crate::search::{SearchError, rank};
use crate::text::analyzer::{Term as QueryTerm, analyze, forgiven_edits};

/// Most values a facet lists.
const MOST_VALUES: u32 = 100;
/// Facets by name of their field.
const FACETS: [&str; 6] = ["kind", "topics", "programs", "regions", "organizations", "year"];

impl Generation {
    /// Runs a query.
    pub fn search(&self, query: &SearchQuery) -> Result<SearchResult, SearchError> {
        let searcher = self.reader.searcher();
        let (words, forgiven) = self.words(&searcher, query)?;
        let matching = || self.restrictions(query).of(words.as_ref().map_or_else(|| Box::new(AllQuery) as BoxedQuery, matching));
        let facets = query.with_facets.then(facets).transpose()?;
        // Counted apart, so that the ranking may leave out what can't come first.
        let is_counted = query.with_total || facets.is_some();
        let counted = is_counted.then(|| searcher.search(&matching(), &(Count, facets))).transpose()?;
        // One more, which says whether there are more.
        let top = TopDocs::with_limit(query.limit + 1).and_offset(query.offset);
        let top = match (query.order, &words) {
            (Order::Best { .. }, Some(words)) => {
                let ranked = RankedQuery { restrictions: Arc::new(self.restrictions(query)), ..words.clone() };
                addresses(searcher.search(&ranked, &top.order_by_score())?)
            }
            // Without words there is nothing to rank by.
            (order, _) => {
                let direction = if order == Order::Oldest { tantivy::Order::Asc } else { tantivy::Order::Desc };
                addresses(searcher.search(&matching(), &top.order_by_fast_field::<i64>("at", direction))?)
            }
        };
        let seen = if top.is_empty() { 0 } else { query.offset + top.len() };
        let (total, facets) = counted.unwrap_or((seen, None));
        let hits = self.keys(&searcher, top.into_iter().take(query.limit))?;
        let counts = |name: &str| facets.as_ref().map(|facets| values(facets, name)).unwrap_or_default();
        let facets = Facets {
            kinds: counts("kind"),
            topics: counts("topics"),
            programs: counts("programs"),
            regions: counts("regions"),
            organizations: counts("organizations"),
            years: counts("year"),
        };
        Ok(SearchResult { hits, total, facets, forgiven })
    }

    /// How many documents there are, and how many of them hold each stem.
    pub fn holding(&self, stems: &[String]) -> Result<(usize, Vec<usize>), SearchError> {
        let searcher = self.reader.searcher();
        let held = stems.iter().map(|stem| Ok(usize::try_from(searcher.doc_freq(&self.stem_term(stem))?).unwrap_or(usize::MAX)));
        Ok((usize::try_from(searcher.num_docs()).unwrap_or(usize::MAX), held.collect::<Result<_, SearchError>>()?))
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

    /// The query for the words, if there are any, and which of them the index does not know.
    fn words(&self, searcher: &Searcher, query: &SearchQuery) -> Result<(Option<RankedQuery>, Vec<Forgiven>), SearchError> {
        if query.terms.is_empty() {
            return Ok((None, Vec::new()));
        }
        let Statistics { documents, average_length } = self.statistics(searcher)?;
        let rarity = |holding: u64| rank::rarity(documents, holding as f32);
        let mut words = Vec::with_capacity(query.terms.len());
        let mut forgiven = Vec::new();
        for (at, term) in query.terms.iter().enumerate() {
            let mut word = self.known_word(searcher, term, rarity)?;
            if query.is_unfinished && at + 1 == query.terms.len() {
                word.ways.extend(self.other_ways(&begun(searcher, &self.fields, &term.token.word)?, rarity));
            } else if word.ways.is_empty() && forgiven_edits(&term.token.word) > 0 {
                let nearest = near(searcher, &self.fields, &term.token.word)?;
                word.ways = self.other_ways(&nearest, rarity);
                forgiven.push(Forgiven { at, nearest: nearest.into_iter().next().map(|known| known.word) });
            }
            words.push(word);
        }
        for expansion in &query.expansions {
            for phrase in &expansion.phrases {
                self.add_alternative(searcher, &mut words[expansion.start..expansion.start + expansion.len], phrase, rarity)?;
            }
        }
        let now = if let Order::Best { now } = query.order { now } else { None };
        Ok((Some(RankedQuery { average_length, now, ..RankedQuery::new(words, self.fields.stems) }), forgiven))
    }

    fn statistics(&self, searcher: &Searcher) -> Result<Statistics, SearchError> {
        let mut words = 0;
        for segment in searcher.segment_readers() {
            words += segment.inverted_index(self.fields.stems)?.total_num_tokens();
        }
        let documents = searcher.num_docs() as f32;
        Ok(Statistics { documents, average_length: if documents > 0.0 { words as f32 / documents } else { 0.0 } })
    }

    fn stem_term(&self, stem: &str) -> Term {
        Term::from_field_text(self.fields.stems, stem)
    }

    fn word_term(&self, word: &str) -> Term {
        Term::from_field_text(self.fields.words, word)
    }

    /// The word by its stem, the exact form adding to it. Stop words have no stem in the index.
    fn known_word(&self, searcher: &Searcher, term: &QueryTerm, rarity: impl Fn(u64) -> f32) -> Result<Word, SearchError> {
        let exact = self.word_term(&term.token.word);
        let held_exactly = held(searcher, &exact)?;
        let stem = self.stem_term(&term.stem);
        let held = if term.is_stop_word { 0 } else { held(searcher, &stem)? };
        let ways = match (held, held_exactly) {
            (0, 0) => Vec::new(),
            (0, _) => vec![Way { terms: vec![exact], rarity: rarity(held_exactly), exact: None, weight: 1.0 }],
            _ => vec![Way { terms: vec![stem], rarity: rarity(held), exact: Some((exact, rarity(held_exactly))), weight: 1.0 }],
        };
        Ok(Word { ways })
    }

    /// Words of the index that stand for the one that was typed, as they are.
    fn other_ways(&self, others: &[Known], rarity: impl Fn(u64) -> f32) -> Vec<Way> {
        let way = |other: &Known| Way {
            terms: vec![self.word_term(&other.word)],
            rarity: rarity(other.holding),
            exact: None,
            weight: other.weight,
        };
        others.iter().map(way).collect()
    }

    /// Another way to say `words`, which then counts in place of each of them. What can be said in several ways is as common as
    /// the commonest of them.
    fn add_alternative(
        &self,
        searcher: &Searcher,
        words: &mut [Word],
        phrase: &[String],
        rarity: impl Fn(u64) -> f32,
    ) -> Result<(), SearchError> {
        let terms: Vec<Term> = phrase.iter().map(|stem| self.stem_term(stem)).collect();
        let mut held = u64::MAX;
        for term in &terms {
            held = held.min(searcher.doc_freq(term)?);
        }
        if held == 0 {
            return Ok(());
        }
        for word in words {
            let common = word.ways.iter().map(|way| way.rarity).fold(rarity(held), f32::min);
            word.ways.push(Way { terms: terms.clone(), rarity: common, exact: None, weight: 1.0 });
            word.ways.iter_mut().for_each(|way| way.rarity = common);
        }
        Ok(())
    }

    /// What a document must match besides the words, and what it must not.
    fn restrictions(&self, query: &SearchQuery) -> Restrictions {
        let (fields, filter) = (&self.fields, &query.filter);
        let ids = |ids: &[uuid::Uuid]| ids.iter().map(|id| id.simple().to_string()).collect::<Vec<_>>();
        let keys = |keys: &[DocumentKey]| keys.iter().map(DocumentKey::encode).collect::<Vec<_>>();
        let values = [
            (fields.kind, filter.kinds.iter().copied().map(Kind::as_str).map(str::to_owned).collect()),
            (fields.topics, ids(&filter.topics)),
            (fields.programs, ids(&filter.programs)),
            (fields.regions, filter.regions.clone()),
            (fields.organizations, ids(&filter.organizations)),
            (fields.year, filter.year.iter().map(ToString::to_string).collect()),
            (fields.key, keys(&filter.only)),
        ];
        let mut required: Vec<BoxedQuery> = values.iter().filter_map(|(field, values)| any_of(*field, values)).collect();
        required.extend(query.phrases.iter().map(|phrase| self.phrase(phrase.iter().map(String::as_str))));
        let unwanted = query.excluded.iter().map(|excluded| match excluded.as_slice() {
            [term] if !term.is_stop_word => single(self.stem_term(&term.stem)),
            terms => self.phrase(terms.iter().map(|term| term.token.word.as_str())),
        });
        let refused = unwanted.chain(any_of(fields.key, &keys(&filter.hidden))).collect();
        Restrictions { required, refused }
    }

    /// Words side by side, as they stand. A phrase query of tantivy can't be left out of another: it seeks backwards.
    fn phrase<'a>(&self, words: impl Iterator<Item = &'a str>) -> BoxedQuery {
        let way = Way { terms: words.map(|word| self.word_term(word)).collect(), rarity: 0.0, exact: None, weight: 0.0 };
        Box::new(RankedQuery::new(vec![Word { ways: vec![way] }], self.fields.stems))
    }

    /// Titles that go on from what is being typed, the newest first.
    pub fn suggest(&self, prefix: &str, limit: usize) -> Result<Vec<DocumentKey>, SearchError> {
        let terms = analyze(prefix);
        let Some((last, whole)) = terms.split_last() else { return Ok(Vec::new()) };
        let title = self.fields.title;
        let in_title = |word: &str| single(Term::from_field_text(title, word));
        let mut clauses: Vec<(Occur, BoxedQuery)> = whole.iter().map(|term| (Occur::Must, in_title(&term.token.word))).collect();
        let begins = FuzzyTermQuery::new_prefix(Term::from_field_text(title, &last.token.word), 0, true);
        clauses.push((Occur::Must, Box::new(begins)));
        let searcher = self.reader.searcher();
        let newest = TopDocs::with_limit(limit.max(1)).order_by_fast_field::<i64>("at", tantivy::Order::Desc);
        let top = searcher.search(&BooleanQuery::new(clauses), &newest)?;
        self.keys(&searcher, top.into_iter().map(|(_, address)| address).take(limit))
    }
}

/// A query that matches what words match and only counts, which tantivy's own union does faster.
fn matching(words: &RankedQuery) -> BoxedQuery {
    let ways = words.words.iter().flat_map(|word| &word.ways);
    let terms: Option<Vec<BoxedQuery>> =
        ways.map(|way| <&[Term; 1]>::try_from(&way.terms[..]).ok().map(|[term]| single(term.clone()))).collect();
    terms.map_or_else(|| Box::new(words.clone()) as BoxedQuery, |terms| Box::new(BooleanQuery::union(terms)))
}

fn addresses<T>(found: Vec<(T, DocAddress)>) -> Vec<DocAddress> {
    found.into_iter().map(|(_, address)| address).collect()
}

/// What scores depend on besides a word and a document.
struct Statistics {
    documents: f32,
    /// In stems.
    average_length: f32,
}

fn single(term: Term) -> BoxedQuery {
    Box::new(TermQuery::new(term, IndexRecordOption::Basic))
}

/// Documents with any of these values; none where there is no value, which restricts nothing.
fn any_of(field: Field, values: &[String]) -> Option<BoxedQuery> {
    let term = |value: &String| Term::from_field_text(field, value);
    match values {
        [] => None,
        // The documents of a set are all read before the first is asked about, those of one value only as far as they are needed.
        [value] => Some(single(term(value))),
        values => Some(Box::new(TermSetQuery::new(values.iter().map(term)))),
    }
}

fn facets() -> Result<AggregationCollector, SearchError> {
    let facet =
        |field: &&str| ((*field).to_owned(), serde_json::json!({"terms": {"field": field, "size": MOST_VALUES, "segment_size": 10_000}}));
    let facets = serde_json::Value::Object(FACETS.iter().map(facet).collect());
    let facets: Aggregations = serde_json::from_value(facets).map_err(|error| SearchError::Failed(error.to_string()))?;
    Ok(AggregationCollector::from_aggs(facets, AggContextParams::default()))
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
