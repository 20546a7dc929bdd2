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

/// Splits `text` into normalised words. A reduplication ("anak-anak", "anak2", "berlari-lari", "tulis-menulis") is one word;
/// other hyphenated words are split. The points of a number belong to it ("Rp1.500.000"), the currency before it does not.
pub fn tokenize(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for (start, end) in spans(text) {
        let mut word = normalize(&text[start..end]);
        word.retain(char::is_alphanumeric);
        shorten(&mut word);
        if word.is_empty() {
            continue;
        }
        match tokens.last_mut().filter(|last| &text[last.end..start] == "-").and_then(|last| Some((reduplicated(&last.word, &word)?, last)))
        {
            Some((word, last)) => (last.word, last.end) = (word, end),
            None => tokens.push(Token { word, start, end }),
        }
    }
    tokens
}

/// The byte ranges of the words of a text, the halves of a reduplication apart.
pub fn spans(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut from = 0;
    std::iter::from_fn(move || {
        let span = next_word(text, from)?;
        from = span.1;
        Some(span)
    })
}

/// The byte range of the next word at or after `from`.
fn next_word(text: &str, from: usize) -> Option<(usize, usize)> {
    let start = from + text.get(from..)?.find(char::is_alphanumeric)?;
    let (mut end, mut is_number) = (start, true);
    for (at, c) in text[start..].char_indices() {
        let goes_on = if c == '.' { is_number && begins_with_group(&text[start + at + 1..]) } else { is_word_char(c) };
        if !goes_on || (c.is_ascii_digit() && text[start..start + at].eq_ignore_ascii_case("rp")) {
            break;
        }
        is_number &= c.is_ascii_digit() || c == '.';
        end = start + at + c.len_utf8();
    }
    Some((start, end))
}

/// Whether a text begins with three digits and no more: the next thousands of a number.
fn begins_with_group(text: &str) -> bool {
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    text.as_bytes().get(..3).is_some_and(|group| group.iter().all(is_digit)) && !text.as_bytes().get(3).is_some_and(is_digit)
}

/// An apostrophe inside a word belongs to it ("Jum'at"), as does a combining mark.
fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\'' | '’' | 'ʼ') || unicode_normalization::char::is_combining_mark(c)
}

/// Takes the "2" of a written reduplication away, with what hangs on it: "anak2", "anak2nya"; and cuts words that are none.
fn shorten(word: &mut String) {
    let is_base = |base: &str| base.len() > 2 && base.chars().all(char::is_alphabetic);
    if let Some((base, "" | "nya" | "ku" | "mu" | "an" | "lah")) = word.split_once('2').filter(|(base, _)| is_base(base)) {
        word.truncate(base.len());
    }
    if let Some((cut, _)) = word.char_indices().nth(LONGEST_WORD) {
        word.truncate(cut);
    }
}

/// The one word that two halves make if the second repeats the first, as such or with affixes.
fn reduplicated(first: &str, second: &str) -> Option<String> {
    if first.len() < 2 {
        return None;
    }
    for suffix in ["", "nya", "ku", "mu", "lah", "an", "kan", "i"] {
        let Some(base) = second.strip_suffix(suffix) else { continue };
        if first == base {
            return Some(first.to_owned());
        }
        if base.len() > 2 && first.ends_with(base) {
            // "bersalam-salaman" is "bersalaman"; a clitic says nothing.
            return Some(format!("{first}{}", if matches!(suffix, "an" | "kan" | "i") { suffix } else { "" }));
        }
    }
    // The nasal prefix of the second half may have swallowed the first letter: "tulis-menulis".
    let mut letters = first.chars();
    letters.next();
    let tail = letters.as_str();
    (tail.len() > 2 && second.starts_with("me") && second.ends_with(tail)).then(|| first.to_owned())
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
        assert_eq!(words("anak2nya buah-buahan H2O B2B"), ["anak", "buah", "h2o", "b2b"]);
        assert_eq!(words("berlari-lari, bersalam-salaman, kehijau-hijauan"), ["berlari", "bersalaman", "kehijauan"]);
        assert_eq!(words("tulis-menulis surat-menyurat sebaik-baiknya"), ["tulis", "surat", "sebaik"]);
        assert_eq!(words("sayur-mayur Bantaeng–Bissappu"), ["sayur", "mayur", "bantaeng", "bissappu"]);
    }

    #[test]
    fn points_within_numbers_belong_to_them() {
        assert_eq!(words("Rp1.500.000, 10.000 ekor"), ["rp", "1500000", "10000", "ekor"]);
        assert_eq!(words("pukul 12.30, 21.10.2025, 1.2345 dan 3."), ["pukul", "12", "30", "21", "10", "2025", "1", "2345", "dan", "3"]);
        assert_eq!(words("surel info@desa.id"), ["surel", "info", "desa", "id"]);
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
