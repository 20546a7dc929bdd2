//! Abbreviations and aliases at work in a query: "Sulsel" also means "Sulawesi Selatan", and the other way round.

use std::collections::HashMap;

use super::analyzer::{Term, stems};

/// Other ways to say the things of the glossary, by the stems of the one way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Glossary {
    alternatives: HashMap<Vec<String>, Vec<Vec<String>>>,
    longest: usize,
}

/// A stretch of a query and the other ways to say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expansion {
    /// Index of the first query term it covers, and how many it covers.
    pub start: usize,
    pub len: usize,
    /// Each alternative is a phrase of stems.
    pub phrases: Vec<Vec<String>>,
}

impl Glossary {
    /// Builds a glossary from pairs of a term and its expansion; pairs without a searchable word are left out.
    pub fn new<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut glossary = Self::default();
        for (term, expansion) in pairs {
            let (term, expansion) = (stems(term), stems(expansion));
            if term.is_empty() || expansion.is_empty() || term == expansion {
                continue;
            }
            glossary.insert(term.clone(), expansion.clone());
            glossary.insert(expansion, term);
        }
        glossary
    }

    fn insert(&mut self, from: Vec<String>, to: Vec<String>) {
        self.longest = self.longest.max(from.len());
        let phrases = self.alternatives.entry(from).or_default();
        if !phrases.contains(&to) {
            phrases.push(to);
        }
    }

    /// The stretches of `terms` that can be said otherwise.
    pub fn expand(&self, terms: &[Term]) -> Vec<Expansion> {
        let stems: Vec<String> = terms.iter().map(|term| term.stem.clone()).collect();
        let mut expansions = Vec::new();
        for start in 0..stems.len() {
            for len in 1..=self.longest.min(stems.len() - start) {
                if let Some(phrases) = self.alternatives.get(&stems[start..start + len]) {
                    expansions.push(Expansion { start, len, phrases: phrases.clone() });
                }
            }
        }
        expansions
    }
}

#[cfg(test)]
mod tests {
    use super::Glossary;
    use crate::text::analyzer::query_terms;
    use proptest::prelude::*;

    #[test]
    fn abbreviations_expand_both_ways() {
        let glossary = Glossary::new([("Sulsel", "Sulawesi Selatan"), ("Pemda", "Pemerintah Daerah")]);
        let expansions = glossary.expand(&query_terms("pemda sulsel"));
        assert_eq!(expansions.len(), 2);
        assert_eq!(expansions[1].phrases, [crate::text::analyzer::stems("Sulawesi Selatan")]);
        let back = glossary.expand(&query_terms("petani Sulawesi Selatan"));
        assert_eq!((back[0].start, back[0].len), (1, 2));
        assert_eq!(back[0].phrases, [["sulsel"]]);
    }

    proptest! {
        #[test]
        fn any_glossary_expands_within_its_query(pairs in prop::collection::vec(("\\PC{0,12}", "\\PC{0,30}"), 0..6), query in "\\PC{0,40}") {
            let glossary = Glossary::new(pairs.iter().map(|(term, expansion)| (term.as_str(), expansion.as_str())));
            let terms = query_terms(&query);
            for expansion in glossary.expand(&terms) {
                prop_assert!(expansion.len > 0 && expansion.start + expansion.len <= terms.len());
            }
        }
    }
}
