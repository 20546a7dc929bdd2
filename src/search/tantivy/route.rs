//! Where the terms of one way to match a word stand, read within one segment.

use std::iter::zip;

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, SegmentReader, TERMINATED, Term};

use super::ranked::Way;
use crate::search::rank;

/// A way to match within one segment.
pub struct Route {
    /// Where its terms stand, all of them at the same document.
    pub parts: Vec<SegmentPostings>,
    /// Whether its places are those of the field that neighbours are looked up in.
    pub is_placed: bool,
    /// How often the parts stand side by side where the route is.
    frequency: u32,
    exact: Option<(SegmentPostings, f32)>,
    rarity: f32,
    weight: f32,
    places: Vec<Vec<u32>>,
}

impl Route {
    /// None where the segment lacks one of the terms.
    pub fn open(way: &Way, reader: &SegmentReader, field: Field) -> tantivy::Result<Option<Self>> {
        let postings = |term: &Term, option| -> tantivy::Result<Option<SegmentPostings>> {
            Ok(reader.inverted_index(term.field())?.read_postings(term, option)?)
        };
        let mut parts = Vec::with_capacity(way.terms.len());
        for term in &way.terms {
            match postings(term, IndexRecordOption::WithFreqsAndPositions)? {
                Some(part) => parts.push(part),
                None => return Ok(None),
            }
        }
        if parts.is_empty() {
            return Ok(None);
        }
        let exact = match &way.exact {
            Some((term, rarity)) => postings(term, IndexRecordOption::WithFreqs)?.map(|exact| (exact, *rarity)),
            None => None,
        };
        let is_placed = way.terms.iter().all(|term| term.field() == field);
        let mut route = Self { parts, is_placed, frequency: 0, exact, rarity: way.rarity, weight: way.weight, places: Vec::new() };
        route.settle();
        Ok(Some(route))
    }

    /// The document that it is at.
    pub fn doc(&self) -> DocId {
        self.parts.first().map_or(TERMINATED, DocSet::doc)
    }

    /// Goes on to `target`, or behind it where it has none.
    pub fn seek(&mut self, target: DocId) {
        if let Some(first) = self.parts.first_mut().filter(|first| first.doc() < target) {
            first.seek(target);
            self.settle();
        }
    }

    /// Goes on to the next document that has all parts side by side.
    fn settle(&mut self) {
        if let [single] = self.parts.as_slice() {
            self.frequency = if single.doc() == TERMINATED { 0 } else { single.term_freq() };
            return;
        }
        loop {
            let target = self.parts.iter().map(DocSet::doc).max().unwrap_or(TERMINATED);
            for part in self.parts.iter_mut().filter(|part| part.doc() < target) {
                part.seek(target);
            }
            if self.doc() == TERMINATED {
                return;
            }
            if self.parts.iter().all(|part| part.doc() == target) {
                self.frequency = self.side_by_side();
                if self.frequency > 0 {
                    return;
                }
                if let Some(first) = self.parts.first_mut() {
                    first.advance();
                }
            }
        }
    }

    /// How often the parts stand one behind the other in the present document.
    fn side_by_side(&mut self) -> u32 {
        self.places.resize_with(self.parts.len(), Vec::new);
        for ((part, places), offset) in zip(&mut self.parts, &mut self.places).zip(0u32..) {
            part.positions(places);
            // Shifted so that a part that stands right behind the one before it has the same place.
            places.retain_mut(|place| place.checked_sub(offset).map(|shifted| *place = shifted).is_some());
        }
        let Some((first, others)) = self.places.split_first() else { return 0 };
        let starts = first.iter().filter(|place| others.iter().all(|places| places.binary_search(place).is_ok()));
        u32::try_from(starts.count()).unwrap_or(u32::MAX)
    }

    /// The most that it counts where it is: its exact form stands there no more often than its stem.
    pub fn most(&self, relative_length: f32) -> f32 {
        let exact = self.exact.as_ref().map_or(0.0, |(_, rarity)| rank::exact(*rarity, self.frequency as f32, relative_length));
        self.weight * (rank::word(self.rarity, self.frequency as f32, relative_length) + exact)
    }

    /// What it counts in `doc`, where it is.
    pub fn score(&mut self, doc: DocId, relative_length: f32) -> f32 {
        let mut score = rank::word(self.rarity, self.frequency as f32, relative_length);
        if let Some((exact, rarity)) = &mut self.exact {
            if exact.doc() < doc {
                exact.seek(doc);
            }
            if exact.doc() == doc {
                score += rank::exact(*rarity, exact.term_freq() as f32, relative_length);
            }
        }
        self.weight * score
    }
}
