//! Words of the index that are spelled nearly as one that was typed, or that go on from it.

use std::collections::BTreeMap;

use tantivy::query::FuzzyTermQuery;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, Searcher, TERMINATED, Term};

use super::index::Fields;
use crate::search::{SearchError, rank};
use crate::text::analyzer::forgiven_edits;
use crate::text::highlight::is_within;

/// How many words near an unknown one take part.
const MOST_NEAR: usize = 10;
/// How many words that begin with what was typed take part.
const MOST_BEGUN: usize = 30;

/// A word of the index and how many documents hold it.
pub struct Known {
    pub word: String,
    pub holding: u64,
    /// What it counts in place of what was typed.
    pub weight: f32,
}

/// The words nearest to `word`, with fewer errors first, then the commoner ones.
pub fn near(searcher: &Searcher, fields: &Fields, word: &str) -> Result<Vec<Known>, SearchError> {
    let most = forgiven_edits(word);
    if most == 0 {
        return Ok(Vec::new());
    }
    let found = matching(searcher, fields, &FuzzyTermQuery::new(Term::from_field_text(fields.words, word), most, true))?;
    let mut known: Vec<(u8, Known)> = found
        .into_iter()
        .filter(|(found, _)| !found.bytes().any(|byte| byte.is_ascii_digit()))
        .filter_map(|(found, holding)| {
            let edits = (0..=most).find(|edits| is_within(word, &found, *edits))?;
            Some((edits, Known { word: found, holding, weight: rank::nearness_of_spelling(edits) }))
        })
        .collect();
    known.sort_by(|(a_edits, a), (b_edits, b)| a_edits.cmp(b_edits).then(b.holding.cmp(&a.holding)).then_with(|| a.word.cmp(&b.word)));
    let mut living = Vec::new();
    for known in known {
        if living.len() < MOST_NEAR && held(searcher, &Term::from_field_text(fields.words, &known.1.word))? > 0 {
            living.push(known);
        }
    }
    Ok(living.into_iter().map(|(_, known)| known).collect())
}

/// The commonest words that begin with `beginning`, which is not among them.
pub fn begun(searcher: &Searcher, fields: &Fields, beginning: &str) -> Result<Vec<Known>, SearchError> {
    let mut known = Vec::new();
    for (word, holding) in matching(searcher, fields, &FuzzyTermQuery::new_prefix(Term::from_field_text(fields.words, beginning), 0, true))?
    {
        if word != beginning {
            known.push(Known { word, holding, weight: rank::BEGINNING });
        }
    }
    known.sort_by(|a, b| b.holding.cmp(&a.holding).then_with(|| a.word.cmp(&b.word)));
    known.truncate(MOST_BEGUN);
    Ok(known)
}

/// How many documents hold the term: none where only deleted ones do, whose words the dictionaries go on naming, though nobody is to
/// be told.
pub fn held(searcher: &Searcher, term: &Term) -> Result<u64, SearchError> {
    let (mut holding, mut is_held) = (0, false);
    for segment in searcher.segment_readers() {
        let index = segment.inverted_index(term.field())?;
        let Some(info) = index.get_term_info(term).map_err(tantivy::TantivyError::from)? else { continue };
        holding += u64::from(info.doc_freq);
        if is_held || !segment.has_deletes() {
            is_held = true;
            continue;
        }
        let mut postings = index.read_postings_from_terminfo(&info, IndexRecordOption::Basic).map_err(tantivy::TantivyError::from)?;
        while postings.doc() != TERMINATED && segment.is_deleted(postings.doc()) {
            postings.advance();
        }
        is_held = postings.doc() != TERMINATED;
    }
    Ok(if is_held { holding } else { 0 })
}

/// The words that a query of spellings matches, and how many documents hold each.
fn matching(searcher: &Searcher, fields: &Fields, query: &FuzzyTermQuery) -> Result<BTreeMap<String, u64>, SearchError> {
    let mut found = BTreeMap::new();
    for segment in searcher.segment_readers() {
        let index = segment.inverted_index(fields.words)?;
        let mut words = index.terms().search(query.automaton()?).into_stream().map_err(tantivy::TantivyError::from)?;
        while let Some((word, info)) = words.next() {
            if let Ok(word) = std::str::from_utf8(word) {
                *found.entry(word.to_owned()).or_default() += u64::from(info.doc_freq);
            }
        }
    }
    Ok(found)
}
