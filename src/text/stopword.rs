//! Words that carry no meaning of their own in a search.

use std::collections::HashSet;
use std::sync::LazyLock;

static STOP_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| super::lines(include_str!("data/stop_words.txt")).collect());

/// Whether a normalised word is too common to be searched for.
pub fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.contains(word)
}
