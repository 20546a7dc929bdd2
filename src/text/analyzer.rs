//! The one way from text to search terms, used on documents and on queries by every engine.

use std::collections::HashMap;

use super::stem::stem;
use super::stopword::is_stop_word;
use super::tokenize::{Token, tokenize};

/// A word of a text with its stem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    pub token: Token,
    pub stem: String,
    /// True for words too common to be searched for.
    pub is_stop_word: bool,
}

impl Term {
    fn new(token: Token) -> Self {
        Self { stem: stem(&token.word), is_stop_word: is_stop_word(&token.word), token }
    }
}

/// Most words that an analyzer remembers.
const MOST_REMEMBERED: usize = 50_000;

/// Analyses many texts, remembering the stems of the words that it met: the same ones come again and again.
#[derive(Debug, Default)]
pub struct Analyzer {
    stems: HashMap<String, (String, bool)>,
}

impl Analyzer {
    /// Splits `text` into terms, stop words included and marked.
    pub fn analyze(&mut self, text: &str) -> Vec<Term> {
        tokenize(text).into_iter().map(|token| self.term(token)).collect()
    }

    fn term(&mut self, token: Token) -> Term {
        if let Some((stem, is_stop_word)) = self.stems.get(&token.word) {
            return Term { stem: stem.clone(), is_stop_word: *is_stop_word, token };
        }
        let term = Term::new(token);
        if self.stems.len() < MOST_REMEMBERED {
            self.stems.insert(term.token.word.clone(), (term.stem.clone(), term.is_stop_word));
        }
        term
    }
}

/// Splits `text` into terms, stop words included and marked.
pub fn analyze(text: &str) -> Vec<Term> {
    tokenize(text).into_iter().map(Term::new).collect()
}

/// The stems of `text` in order, without stop words.
pub fn stems(text: &str) -> Vec<String> {
    analyze(text).into_iter().filter(|term| !term.is_stop_word).map(|term| term.stem).collect()
}

/// The terms of a query. Stop words are dropped, unless the query has no other words.
pub fn query_terms(query: &str) -> Vec<Term> {
    let terms = analyze(query);
    let mut content: Vec<Term> = terms.iter().filter(|term| !term.is_stop_word).cloned().collect();
    if content.is_empty() {
        content = terms;
    }
    content
}

/// How many typing errors are forgiven in a word: one from four letters on, two from nine, none in numbers.
pub fn forgiven_edits(word: &str) -> u8 {
    if word.bytes().any(|byte| byte.is_ascii_digit()) {
        return 0;
    }
    match word.chars().count() {
        0..=3 => 0,
        4..=8 => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::{forgiven_edits, query_terms, stems};
    use proptest::prelude::*;

    #[test]
    fn stop_words_go_and_stems_stay() {
        assert_eq!(stems("Pelatihan bagi para petani di Bantaeng"), ["latih", "tani", "bantaeng"]);
    }

    #[test]
    fn a_query_of_stop_words_alone_is_kept() {
        assert_eq!(query_terms("apa itu").len(), 2);
        assert_eq!(query_terms("apa itu koperasi").len(), 1);
    }

    #[test]
    fn longer_words_forgive_more() {
        assert_eq!(["api", "petani", "kelurahan", "2016"].map(forgiven_edits), [0, 1, 2, 0]);
    }

    proptest! {
        #[test]
        fn any_text_is_analysed_the_same_in_a_query_and_in_a_document(text in "(?s).{0,60}|([a-zA-Z0-9éü'’@.\\-²]{0,12} ?){0,8}") {
            let terms = super::analyze(&text);
            prop_assert!(terms.iter().all(|term| !term.token.word.is_empty() && !term.stem.is_empty()));
            prop_assert!(query_terms(&text).len() <= terms.len());
        }
    }
}
