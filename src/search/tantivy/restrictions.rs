//! What a document must match besides the words of a query.

use tantivy::query::{BooleanQuery, EnableScoring, Occur, Query, Scorer, Weight};
use tantivy::{DocId, SegmentReader};

/// Any query of tantivy.
pub type BoxedQuery = Box<dyn Query>;

/// Queries that a document must match, each of them, and such that it must not.
#[derive(Debug, Default)]
pub struct Restrictions {
    pub required: Vec<BoxedQuery>,
    pub refused: Vec<BoxedQuery>,
}

impl Restrictions {
    /// What `query` matches and these let through, for collectors that do not score.
    pub fn of(self, query: BoxedQuery) -> BoxedQuery {
        if self.required.is_empty() && self.refused.is_empty() {
            return query;
        }
        let required = [query].into_iter().chain(self.required).map(|query| (Occur::Must, query));
        Box::new(BooleanQuery::new(required.chain(self.refused.into_iter().map(|query| (Occur::MustNot, query))).collect()))
    }

    /// Makes them ready for a search. They add nothing to a score.
    pub fn weights(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Weights> {
        let weights = |queries: &[BoxedQuery]| -> tantivy::Result<Vec<Box<dyn Weight>>> {
            let scoring = EnableScoring::disabled_from_schema(scoring.schema());
            queries.iter().map(|query| query.weight(scoring)).collect()
        };
        Ok(Weights { required: weights(&self.required)?, refused: weights(&self.refused)? })
    }
}

/// Restrictions that are ready for a search.
pub struct Weights {
    required: Vec<Box<dyn Weight>>,
    refused: Vec<Box<dyn Weight>>,
}

impl Weights {
    /// Reads them within one segment.
    pub fn open(&self, reader: &SegmentReader) -> tantivy::Result<Gate> {
        let scorers = |weights: &[Box<dyn Weight>]| -> tantivy::Result<Vec<Box<dyn Scorer>>> {
            weights.iter().map(|weight| weight.scorer(reader, 0.0)).collect()
        };
        Ok(Gate { required: scorers(&self.required)?, refused: scorers(&self.refused)? })
    }
}

/// Lets documents of one segment through. It is asked about documents in their order; about the same one again it says the same.
pub struct Gate {
    required: Vec<Box<dyn Scorer>>,
    refused: Vec<Box<dyn Scorer>>,
}

impl Gate {
    /// `doc` where that is let through, and otherwise a later one before which none is.
    pub fn next(&mut self, doc: DocId) -> DocId {
        let go_to = |scorer: &mut Box<dyn Scorer>, target| {
            if scorer.doc() < target {
                scorer.seek(target);
            }
            scorer.doc()
        };
        let next = self.required.iter_mut().fold(doc, |next, scorer| go_to(scorer, next));
        let is_refused = next == doc && self.refused.iter_mut().any(|scorer| go_to(scorer, doc) == doc);
        if is_refused { doc + 1 } else { next }
    }
}
