//! Words that carry no meaning of their own in a search.

use std::collections::HashSet;
use std::sync::LazyLock;

static STOP_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| lines(include_str!("data/stop_words.txt")).collect());

/// Whether a normalised word is too common to be searched for.
pub fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.contains(word)
}

/// The entries of a data file: its lines without comments and blanks.
pub(super) fn lines(data: &'static str) -> impl Iterator<Item = &'static str> {
    data.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}
