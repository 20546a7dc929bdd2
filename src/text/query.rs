//! What is typed into a search box, taken apart: words, phrases in quotation marks, and words to leave out.

use super::analyzer::{Term, analyze, query_terms};
use super::tokenize::tokenize;

/// A query taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParsedQuery {
    /// The words to look for, those of phrases among them, with their places in the text.
    pub terms: Vec<Term>,
    /// Normalised words that must stand side by side: what was in quotation marks.
    pub phrases: Vec<Vec<String>>,
    /// What must not be there, each behind a minus sign: one word in any form, or several side by side.
    pub excluded: Vec<Vec<Term>>,
    /// Whether the text ends with the last of the terms, which may then be only the beginning of a word.
    pub ends_in_word: bool,
}

impl ParsedQuery {
    /// Takes `text` apart. A minus sign counts before a word or a quotation mark and after a blank; a quotation mark that is not
    /// closed is a sign like any other.
    pub fn new(text: &str) -> Self {
        let mut parsed = Self::default();
        // What is left out is blanked, so that places stay where they are.
        let mut wanted = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let is_at_start = wanted.chars().next_back().is_none_or(char::is_whitespace);
            let signed = if first == '-' && is_at_start { &rest[1..] } else { rest };
            let is_excluded = signed.len() < rest.len();
            let end = match quoted(signed) {
                Some((phrase, length)) => {
                    if is_excluded {
                        parsed.excluded.push(analyze(phrase));
                    } else {
                        parsed.phrases.push(tokenize(phrase).into_iter().map(|token| token.word).collect());
                    }
                    rest.len() - signed.len() + length
                }
                None if is_excluded && signed.starts_with(char::is_alphanumeric) => {
                    let length = signed.find(char::is_whitespace).unwrap_or(signed.len());
                    parsed.excluded.push(analyze(&signed[..length]));
                    rest.len() - signed.len() + length
                }
                None => first.len_utf8(),
            };
            let (piece, others) = rest.split_at(end);
            if is_excluded && end > 1 {
                wanted.extend(std::iter::repeat_n(' ', end));
            } else {
                wanted.push_str(piece);
            }
            rest = others;
        }
        parsed.phrases.retain(|phrase| !phrase.is_empty());
        parsed.excluded.retain(|words| !words.is_empty());
        parsed.terms = query_terms(&wanted);
        parsed.ends_in_word = parsed.terms.last().is_some_and(|term| term.token.end == text.len());
        parsed
    }

    /// Whether nothing was asked for or left out.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty() && self.excluded.is_empty()
    }
}

/// The text between the quotation marks that `text` begins with, and how many bytes it takes with them.
fn quoted(text: &str) -> Option<(&str, usize)> {
    let is_mark = |c: char| matches!(c, '"' | '“' | '”' | '„' | '«' | '»');
    let open = text.chars().next().filter(|c| is_mark(*c))?;
    let inner = &text[open.len_utf8()..];
    let (end, close) = inner.char_indices().find(|(_, c)| is_mark(*c))?;
    Some((&inner[..end], open.len_utf8() + end + close.len_utf8()))
}

#[cfg(test)]
mod tests {
    use super::ParsedQuery;
    use proptest::prelude::*;

    fn parts(text: &str) -> (Vec<String>, Vec<String>, Vec<String>) {
        let parsed = ParsedQuery::new(text);
        let words = |terms: &[super::Term]| terms.iter().map(|term| term.token.word.clone()).collect::<Vec<_>>();
        let phrases = parsed.phrases.iter().map(|words| words.join(" ")).collect();
        (words(&parsed.terms), phrases, parsed.excluded.iter().map(|terms| words(terms).join(" ")).collect())
    }

    fn strings(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn quotation_marks_and_minus_signs_are_operators() {
        for (text, terms, phrases, excluded) in [
            ("petani padi", &["petani", "padi"][..], &[][..], &[][..]),
            ("\"petani di desa\" padi", &["petani", "desa", "padi"], &["petani di desa"], &[]),
            ("“Petani Muda”", &["petani", "muda"], &["petani muda"], &[]),
            ("padi -jagung", &["padi"], &[], &["jagung"]),
            ("padi -\"jagung manis\" ladang", &["padi", "ladang"], &[], &["jagung manis"]),
            ("-jagung", &[], &[], &["jagung"]),
            ("anak-anak 2019-2020", &["anak", "2019", "2020"], &[], &[]),
            ("padi - jagung -- \"tanpa akhir", &["padi", "jagung", "tanpa", "akhir"], &[], &[]),
            ("\"\" -", &[], &[], &[]),
        ] {
            assert_eq!(parts(text), (strings(terms), strings(phrases), strings(excluded)), "{text}");
        }
    }

    #[test]
    fn a_word_is_unfinished_until_something_follows_it() {
        assert!(ParsedQuery::new("petani pad").ends_in_word);
        assert!(!ParsedQuery::new("petani padi ").ends_in_word);
        assert!(!ParsedQuery::new("petani -pad").ends_in_word);
        assert!(!ParsedQuery::new("").ends_in_word);
    }

    proptest! {
        #[test]
        fn places_are_those_of_the_text(text in "[-\"“” a-zé]{0,40}") {
            for term in ParsedQuery::new(&text).terms {
                prop_assert!(text.get(term.token.start..term.token.end).is_some_and(|word| word.chars().any(char::is_alphanumeric)));
            }
        }
    }
}
