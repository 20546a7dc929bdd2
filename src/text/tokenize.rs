//! Words with their places in the text.

use super::normalize::normalize;

/// A word as it stands in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Normalised spelling.
    pub word: String,
    /// Byte range in the text given to [`tokenize`].
    pub start: usize,
    pub end: usize,
}

/// Words longer than this are cut: no Indonesian word is, and an index is no place for megabytes of base64.
const LONGEST_WORD: usize = 64;

/// Splits `text` into normalised words. A full reduplication ("anak-anak", "anak2") is one word, its base;
/// other hyphenated words are split.
pub fn tokenize(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((start, first)) = chars.next() {
        if !first.is_alphanumeric() {
            continue;
        }
        let mut end = start + first.len_utf8();
        while let Some(&(at, c)) = chars.peek() {
            if !is_word_char(c) {
                break;
            }
            end = at + c.len_utf8();
            chars.next();
        }
        let mut word = normalize(&text[start..end]);
        word.retain(char::is_alphanumeric);
        if let Some(base) = word.strip_suffix('2').filter(|base| base.len() > 2 && base.chars().all(char::is_alphabetic)) {
            word.truncate(base.len());
        }
        if let Some((cut, _)) = word.char_indices().nth(LONGEST_WORD) {
            word.truncate(cut);
        }
        if word.is_empty() {
            continue;
        }
        match tokens.last_mut() {
            Some(last) if &text[last.end..start] == "-" && is_reduplication(&last.word, &word) => last.end = end,
            _ => tokens.push(Token { word, start, end }),
        }
    }
    tokens
}

/// An apostrophe inside a word belongs to it ("Jum'at"), as does a combining mark.
fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\'' | '’' | 'ʼ') || unicode_normalization::char::is_combining_mark(c)
}

/// "anak-anak", and with a clitic on the second half "anak-anaknya".
fn is_reduplication(first: &str, second: &str) -> bool {
    first.len() > 1 && second.strip_prefix(first).is_some_and(|rest| matches!(rest, "" | "nya" | "ku" | "mu" | "an" | "kan"))
}

#[cfg(test)]
mod tests {
    use super::tokenize;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<String> {
        tokenize(text).into_iter().map(|token| token.word).collect()
    }

    #[test]
    fn reduplication_is_one_word_and_other_hyphens_split() {
        assert_eq!(words("Anak-anak, anak2 dan anak-anaknya"), ["anak", "anak", "dan", "anak"]);
        assert_eq!(words("sayur-mayur Bantaeng–Bissappu"), ["sayur", "mayur", "bantaeng", "bissappu"]);
    }

    #[test]
    fn numbers_and_apostrophes_stay_in_words() {
        assert_eq!(words("Jum'at, 6 Juli 2011 (H2O)"), ["jumat", "6", "juli", "2011", "h2o"]);
    }

    proptest! {
        #[test]
        fn every_token_is_a_slice_of_its_text(text in "\\PC{0,200}") {
            for token in tokenize(&text) {
                prop_assert!(text.get(token.start..token.end).is_some());
                prop_assert!(!token.word.is_empty());
            }
        }
    }
}
