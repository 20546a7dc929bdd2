//! A tantivy query of words of which any may match, scored by [`rank`].

use std::sync::Arc;

use tantivy::columnar::Column;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::Postings;
use tantivy::query::{EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::schema::Field;
use tantivy::{DocId, DocSet, Score, SegmentReader, TERMINATED, Term};

use super::restrictions::{Gate, Restrictions, Weights};
use super::route::Route;
use crate::search::rank;

/// Up to so many words it is reckoned beforehand what each set of them can score.
const MOST_WORDS_TOGETHER: usize = 8;

/// The words of a query, and what their scores depend on.
#[derive(Clone, Debug)]
pub struct RankedQuery {
    pub words: Vec<Word>,
    /// The field of the stems: lengths and neighbours are those in it. The average length is in words.
    pub field: Field,
    pub average_length: f32,
    /// When what is new gains, the present in milliseconds.
    pub now: Option<i64>,
    /// What lets documents through that the words match.
    pub restrictions: Arc<Restrictions>,
}

/// A word of a query: it matches in any of several ways, and the best of them counts.
#[derive(Clone, Debug, Default)]
pub struct Word {
    pub ways: Vec<Way>,
}

impl Word {
    /// How rare the word is: as the rarest of its ways, by what they count.
    fn rarity(&self) -> f32 {
        self.ways.iter().map(|way| way.weight * way.rarity).fold(0.0, f32::max)
    }

    /// The most that the word can count in any document.
    fn most(&self) -> f32 {
        let most = |way: &Way| way.weight * rank::most_for_word(way.rarity, way.exact.as_ref().map_or(0.0, |(_, rarity)| *rarity));
        self.ways.iter().map(most).fold(0.0, f32::max)
    }
}

/// One way to match a word.
#[derive(Clone, Debug)]
pub struct Way {
    /// Terms that stand side by side; mostly one.
    pub terms: Vec<Term>,
    pub rarity: f32,
    /// A term that adds to the score where it stands as well, and its rarity.
    pub exact: Option<(Term, f32)>,
    pub weight: f32,
}

impl RankedQuery {
    /// Words over the stems of `field`, with nothing beside them.
    pub fn new(words: Vec<Word>, field: Field) -> Self {
        Self { words, field, average_length: 0.0, now: None, restrictions: Arc::default() }
    }
}

impl Query for RankedQuery {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(RankedWeight { query: self.clone(), restrictions: self.restrictions.weights(scoring)? }))
    }
}

/// A query that is ready for a search.
struct RankedWeight {
    query: RankedQuery,
    restrictions: Weights,
}

impl RankedWeight {
    fn open(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<RankedScorer> {
        let query = &self.query;
        let mut words = Vec::with_capacity(query.words.len());
        for word in &query.words {
            let routes =
                word.ways.iter().filter_map(|way| Route::open(way, reader, query.field).transpose()).collect::<tantivy::Result<_>>()?;
            words.push(Reading { routes, rarity: word.rarity(), most: word.most(), score: None, places: Vec::new() });
        }
        let mut scorer = RankedScorer {
            words,
            rarity: query.words.iter().map(Word::rarity).sum(),
            bounds: Vec::new(),
            lengths: reader.get_fieldnorms_reader(query.field)?,
            average_length: query.average_length,
            age: query.now.map(|now| Ok::<_, tantivy::TantivyError>((reader.fast_fields().i64("at")?, now))).transpose()?,
            newest: if query.now.is_some() { boost * rank::freshness(0) } else { boost },
            boost,
            gate: self.restrictions.open(reader)?,
            doc: 0,
        };
        if scorer.words.len() <= MOST_WORDS_TOGETHER {
            scorer.bounds = (0..1_usize << scorer.words.len()).map(|set| scorer.most_of(|at| set & (1 << at) != 0)).collect();
        }
        scorer.settle();
        Ok(scorer)
    }
}

impl Weight for RankedWeight {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        Ok(Box::new(self.open(reader, boost)?))
    }

    fn for_each_pruning(
        &self,
        mut threshold: Score,
        reader: &SegmentReader,
        callback: &mut dyn FnMut(DocId, Score) -> Score,
    ) -> tantivy::Result<()> {
        let mut scorer = self.open(reader, 1.0)?;
        // MaxScore (Turtle and Flood 1995): what has only words that together can't reach the threshold is not even looked at.
        let mut is_leading = vec![true; scorer.words.len()];
        loop {
            let leading = scorer.words.iter().zip(&is_leading).filter(|(_, is_leading)| **is_leading);
            let doc = leading.map(|(word, _)| word.doc()).min().unwrap_or(TERMINATED);
            if doc == TERMINATED {
                return Ok(());
            }
            scorer.go_to(doc);
            let mut next = doc + 1;
            // By its words alone, which are at hand, it is seen sooner than by what it must match besides.
            if scorer.has_enough(threshold) {
                let open = scorer.gate.next(doc);
                if open > doc {
                    next = open;
                } else if let Some(score) = scorer.score_above(threshold) {
                    let risen = callback(doc, score);
                    if risen > threshold {
                        threshold = risen;
                        is_leading = scorer.leading(threshold);
                    }
                }
            }
            for (word, _) in scorer.words.iter_mut().zip(&is_leading).filter(|(_, is_leading)| **is_leading) {
                word.routes.iter_mut().for_each(|route| route.seek(next));
            }
        }
    }

    fn explain(&self, reader: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        let mut scorer = self.scorer(reader, 1.0)?;
        let score = if scorer.seek(doc) == doc { scorer.score() } else { 0.0 };
        Ok(Explanation::new("words ranked together", score))
    }
}

/// A word within one segment.
struct Reading {
    routes: Vec<Route>,
    rarity: f32,
    /// The most that it can count in any document.
    most: f32,
    /// What it counts in the present document, at most until it was read, and where a stem of it stands, once looked up.
    score: Option<f32>,
    places: Vec<u32>,
}

impl Reading {
    fn doc(&self) -> DocId {
        self.routes.iter().map(Route::doc).min().unwrap_or(TERMINATED)
    }

    /// The most that it counts in `doc`, where it is; its exact forms, which cost a look, are left alone.
    fn look(&mut self, doc: DocId, relative_length: f32) -> Option<f32> {
        self.places.clear();
        self.score = self.routes.iter().filter(|route| route.doc() == doc).map(|route| route.most(relative_length)).reduce(f32::max);
        self.score
    }

    /// What it counts in `doc`, where it is.
    fn read(&mut self, doc: DocId, relative_length: f32) -> Option<f32> {
        let here = self.routes.iter_mut().filter(|route| route.doc() == doc);
        self.score = here.map(|route| route.score(doc, relative_length)).reduce(f32::max);
        self.score
    }

    fn find_places(&mut self, doc: DocId) {
        if self.places.is_empty()
            && let Some([single]) =
                self.routes.iter_mut().find(|route| route.is_placed && route.doc() == doc).map(|route| route.parts.as_mut_slice())
        {
            single.positions(&mut self.places);
        }
    }
}

struct RankedScorer {
    words: Vec<Reading>,
    /// Of all words together.
    rarity: f32,
    /// The most that a document can score, by the set of words that it has, a bit each; empty where there are too many sets.
    bounds: Vec<Score>,
    lengths: FieldNormReader,
    average_length: f32,
    /// When documents are from, and the present.
    age: Option<(Column<i64>, i64)>,
    /// What the newest document gains.
    newest: Score,
    boost: Score,
    gate: Gate,
    doc: DocId,
}

impl RankedScorer {
    /// Moves every word to `doc`, or behind it where it lacks it.
    fn go_to(&mut self, doc: DocId) {
        for route in self.words.iter_mut().flat_map(|word| &mut word.routes) {
            route.seek(doc);
        }
        self.doc = doc;
    }

    /// Which words a document must have one of to come above `threshold`: all but those that count least and together not enough.
    fn leading(&self, threshold: Score) -> Vec<bool> {
        let mut by_most: Vec<usize> = (0..self.words.len()).collect();
        let most = |at: usize| self.words.get(at).map_or(0.0, |word| word.most);
        by_most.sort_by(|a, b| most(*a).total_cmp(&most(*b)));
        let mut is_leading = vec![true; self.words.len()];
        for at in by_most {
            is_leading[at] = false;
            if self.most_of(|at| !is_leading[at]) > threshold {
                is_leading[at] = true;
                break;
            }
        }
        is_leading
    }

    /// The most that a document can score that has these words, and no other.
    fn most_of(&self, has: impl Fn(usize) -> bool) -> Score {
        let (mut sum, mut covered) = (0.0, 0.0);
        for (at, word) in self.words.iter().enumerate().filter(|(at, _)| has(*at)) {
            sum += word.most;
            covered += word.rarity;
            if let Some(before) = at.checked_sub(1).filter(|before| has(*before)).and_then(|before| self.words.get(before)) {
                sum += rank::most_for_pair(before.rarity.min(word.rarity));
            }
        }
        self.newest * rank::covering(sum, covered, self.rarity)
    }

    /// Whether the present document may come above `threshold`, by which words it has alone.
    fn has_enough(&self, threshold: Score) -> bool {
        let has = self.words.iter().enumerate().filter(|(_, word)| word.doc() == self.doc);
        let set = has.fold(0, |set, (at, _)| set | 1 << (at % MOST_WORDS_TOGETHER));
        self.bounds.get(set).is_none_or(|most| *most > threshold)
    }

    /// Goes on to the next document that is let through.
    fn settle(&mut self) -> DocId {
        loop {
            self.doc = self.words.iter().map(Reading::doc).min().unwrap_or(TERMINATED);
            if self.doc == TERMINATED {
                return TERMINATED;
            }
            let open = self.gate.next(self.doc);
            if open == self.doc {
                return open;
            }
            self.go_to(open);
        }
    }
}

impl DocSet for RankedScorer {
    fn advance(&mut self) -> DocId {
        if self.doc == TERMINATED { TERMINATED } else { self.seek(self.doc + 1) }
    }

    fn seek(&mut self, target: DocId) -> DocId {
        self.go_to(target);
        self.settle()
    }

    fn doc(&self) -> DocId {
        self.doc
    }

    fn size_hint(&self) -> u32 {
        let parts = self.words.iter().flat_map(|word| &word.routes).filter_map(|route| route.parts.first());
        parts.map(DocSet::size_hint).fold(0, u32::saturating_add)
    }
}

impl RankedScorer {
    /// The score of the present document, or none where it is not above `threshold`. Places of neighbours, which cost most to look
    /// up, are then left alone.
    fn score_above(&mut self, threshold: Score) -> Option<Score> {
        let doc = self.doc;
        let relative_length = rank::relative_length(self.lengths.fieldnorm(doc) as f32, self.average_length);
        let (mut most, mut covered) = (0.0, 0.0);
        for word in &mut self.words {
            if let Some(bound) = word.look(doc, relative_length) {
                most += bound;
                covered += word.rarity;
            }
        }
        let matched = |pair: &[Reading]| pair.iter().all(|word| word.score.is_some());
        let rarity = |pair: &[Reading]| pair.iter().map(|word| word.rarity).fold(f32::INFINITY, f32::min);
        let pairs: f32 = self.words.windows(2).filter(|pair| matched(pair)).map(|pair| rank::most_for_pair(rarity(pair))).sum();
        if self.newest * rank::covering(most + pairs, covered, self.rarity) <= threshold {
            return None;
        }
        let mut sum: f32 = self.words.iter_mut().filter_map(|word| word.read(doc, relative_length)).sum();
        let at = self.age.as_ref().and_then(|(column, now)| Some(now.saturating_sub(column.first(doc)?)));
        let factor = self.boost * at.map_or(1.0, rank::freshness);
        if factor * rank::covering(sum + pairs, covered, self.rarity) <= threshold {
            return None;
        }
        for at in 1..self.words.len() {
            if let Some(pair) = self.words.get_mut(at - 1..=at).filter(|pair| matched(pair))
                && let [first, second] = pair
            {
                first.find_places(doc);
                second.find_places(doc);
                sum += rank::pair(first.rarity.min(second.rarity), &first.places, &second.places, relative_length);
            }
        }
        Some(factor * rank::covering(sum, covered, self.rarity)).filter(|score| *score > threshold)
    }
}

impl Scorer for RankedScorer {
    fn score(&mut self) -> Score {
        self.score_above(Score::NEG_INFINITY).unwrap_or_default()
    }
}
