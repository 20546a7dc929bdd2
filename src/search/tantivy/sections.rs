//! How analysed texts are split again: at blanks, and into sections that have nothing to do with each other.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use crate::search::rank::BETWEEN_SECTIONS;

/// The tokenizer's name in the schema.
pub const SECTIONS: &str = "sections";
/// What ends a section; no analysed word holds this sign.
pub const END_OF_SECTION: char = '\u{1f}';

/// Splits a text at blanks.
#[derive(Clone, Default)]
pub struct SectionTokenizer {
    token: Token,
}

/// The tokens of a text.
pub struct Sections<'a> {
    rest: &'a str,
    next_position: usize,
    token: &'a mut Token,
}

impl Tokenizer for SectionTokenizer {
    type TokenStream<'a> = Sections<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Sections<'a> {
        self.token.reset();
        Sections { rest: text, next_position: 0, token: &mut self.token }
    }
}

impl TokenStream for Sections<'_> {
    fn advance(&mut self) -> bool {
        loop {
            if let Some(rest) = self.rest.strip_prefix(END_OF_SECTION) {
                self.rest = rest;
                self.next_position += BETWEEN_SECTIONS as usize;
                continue;
            }
            if self.rest.is_empty() {
                return false;
            }
            let (word, rest) = self.rest.split_once(' ').unwrap_or((self.rest, ""));
            self.rest = rest;
            if !word.is_empty() {
                self.token.text.clear();
                self.token.text.push_str(word);
                self.token.position = self.next_position;
                self.next_position += 1;
                return true;
            }
        }
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

#[cfg(test)]
mod tests {
    use super::SectionTokenizer;
    use tantivy::tokenizer::{TokenStream, Tokenizer};

    #[test]
    fn sections_stand_apart() {
        let mut tokenizer = SectionTokenizer::default();
        let mut stream = tokenizer.token_stream("panen jagung \u{1f}\u{1f}lahan kering \u{1f}");
        let mut found = Vec::new();
        while stream.advance() {
            found.push((stream.token().text.clone(), stream.token().position));
        }
        let expected = [("panen", 0), ("jagung", 1), ("lahan", 22), ("kering", 23)];
        assert_eq!(found, expected.map(|(text, position)| (text.to_owned(), position)));
    }
}
