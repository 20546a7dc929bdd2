//! The candidates that Meilisearch found, ranked from their words as every engine ranks.

use std::collections::HashMap;

use serde::Deserialize;

use super::document::{STEMS, TIMES, WORDS};
use crate::search::rank;
use crate::text::analyzer::forgiven_edits;
use crate::text::highlight::is_within;

/// A document as Meilisearch hands it back, with its words and stems where they were asked for.
#[derive(Deserialize)]
pub struct Found {
    pub id: String,
    at: Option<i64>,
    #[serde(flatten)]
    texts: HashMap<String, String>,
}

/// What matches a word of a query in a document.
#[derive(Clone, Debug)]
pub enum Matcher {
    /// Any form of a word; the exact one adds to it.
    Stem { stem: String, exact: String },
    /// These stems side by side.
    Phrase(Vec<String>),
    /// The word as it stands.
    Word(String),
    /// A word that is spelled nearly so.
    Near(String),
    /// A word that begins so.
    Beginning(String),
}

/// One way to match a word of a query.
#[derive(Debug)]
pub struct Way {
    pub matcher: Matcher,
    pub rarity: f32,
}

/// How rare a word is: as the rarest of its ways.
pub fn rarity_of(ways: &[Way]) -> f32 {
    ways.iter().map(|way| way.rarity).fold(0.0, f32::max)
}

/// The terms of a document in their places, those of a title and of names as often as they count.
struct Terms<'a> {
    placed: Vec<(u32, &'a str)>,
}

impl<'a> Terms<'a> {
    fn new(document: &'a Found, attributes: [&str; 6]) -> Self {
        let (mut placed, mut place) = (Vec::new(), 0);
        for (attribute, times) in attributes.into_iter().zip(TIMES) {
            let Some(text) = document.texts.get(attribute) else { continue };
            for _ in 0..times {
                for term in text.split(' ') {
                    placed.push((place, term));
                    place += 1;
                }
                place += rank::BETWEEN_SECTIONS;
            }
        }
        Self { placed }
    }

    /// The places of terms.
    fn places(&self, is_match: impl Fn(&str) -> bool) -> Vec<u32> {
        self.placed.iter().filter(|(_, term)| is_match(term)).map(|(place, _)| *place).collect()
    }

    /// The places where the stems stand side by side.
    fn phrases(&self, stems: &[String]) -> Vec<u32> {
        let stands = |from: &[(u32, &str)]| {
            from.iter().zip(stems).zip(0..).all(|(((place, term), stem), offset)| term == stem && from[0].0 + offset == *place)
        };
        self.placed.windows(stems.len().max(1)).filter(|from| stands(from)).map(|from| from[0].0).collect()
    }
}

/// Ids of the documents, the best first.
pub fn rerank(words: &[Vec<Way>], documents: &[Found], now: Option<i64>) -> Vec<String> {
    let read: Vec<(Terms, Terms)> = documents.iter().map(|document| (Terms::new(document, STEMS), Terms::new(document, WORDS))).collect();
    // Meilisearch does not tell the average length of all documents.
    let average = read.iter().map(|(stems, _)| stems.placed.len()).sum::<usize>() as f32 / read.len().max(1) as f32;
    let mut ranked: Vec<(f32, &Found)> = documents
        .iter()
        .zip(&read)
        .map(|(document, (stems, exact))| {
            let score = score(words, stems, exact, average);
            let age = now.zip(document.at).map(|(now, at)| now.saturating_sub(at));
            (age.map_or(score, |age| score * rank::freshness(age)), document)
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.id.cmp(&b.1.id)));
    ranked.into_iter().map(|(_, document)| document.id.clone()).collect()
}

fn score(words: &[Vec<Way>], stems: &Terms, exact: &Terms, average: f32) -> f32 {
    let length = rank::relative_length(stems.placed.len() as f32, average);
    let (mut sum, mut covered) = (0.0, 0.0);
    let mut before: Option<(f32, Vec<u32>)> = None;
    for ways in words {
        let rarity = rarity_of(ways);
        let mut best: Option<(f32, Vec<u32>)> = None;
        for way in ways {
            let (places, weight) = match &way.matcher {
                Matcher::Stem { stem, .. } => (stems.places(|term| term == stem), 1.0),
                Matcher::Phrase(phrase) => (stems.phrases(phrase), 1.0),
                Matcher::Word(word) => (exact.places(|term| term == word), 1.0),
                Matcher::Near(word) => near(word, exact),
                Matcher::Beginning(word) => (exact.places(|term| term.starts_with(word.as_str())), rank::BEGINNING),
            };
            let bonus = match &way.matcher {
                Matcher::Stem { exact: word, .. } => rank::exact(way.rarity, exact.places(|term| term == word).len() as f32, length),
                _ => 0.0,
            };
            let score = weight * rank::word(way.rarity, places.len() as f32, length) + bonus;
            if !places.is_empty() && best.as_ref().is_none_or(|(best, _)| score > *best) {
                // Words have other places than stems, among which neighbours are looked up.
                let is_placed = matches!(way.matcher, Matcher::Stem { .. } | Matcher::Phrase(_));
                best = Some((score, if is_placed { places } else { Vec::new() }));
            }
        }
        if let Some((score, places)) = best {
            sum += score;
            covered += rarity;
            if let Some((rarity_before, places_before)) = &before {
                sum += rank::pair(rarity.min(*rarity_before), places_before, &places, length);
            }
            before = Some((rarity, places));
        } else {
            before = None;
        }
    }
    rank::covering(sum, covered, words.iter().map(|ways| rarity_of(ways)).sum())
}

/// The word nearest to `word` that the documents have: with the fewest typing errors, then the most frequent.
pub fn nearest(word: &str, documents: &[Found]) -> Option<String> {
    let mut found: HashMap<&str, usize> = HashMap::new();
    for term in
        documents.iter().flat_map(|document| WORDS.iter().filter_map(|name| document.texts.get(*name))).flat_map(|text| text.split(' '))
    {
        *found.entry(term).or_default() += 1;
    }
    (1..=forgiven_edits(word)).find_map(|edits| {
        let near = found.iter().filter(|(term, _)| is_within(word, term, edits));
        near.max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0))).map(|(term, _)| (*term).to_owned())
    })
}

/// The places of the words nearest to `word`, and what they count.
fn near(word: &str, terms: &Terms) -> (Vec<u32>, f32) {
    (1..=forgiven_edits(word))
        .map(|edits| (terms.places(|term| is_within(word, term, edits)), rank::nearness_of_spelling(edits)))
        .find(|(places, _)| !places.is_empty())
        .unwrap_or_default()
}
