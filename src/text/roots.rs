//! The roots that stems are chosen among: lists of our own, read once.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::lines;

/// Roots and names, each by itself, and roots by their other spellings.
static ROOTS: LazyLock<FxHashMap<&str, &str>> = LazyLock::new(|| {
    let whole = lines(include_str!("data/roots.txt")).chain(lines(include_str!("data/names.txt"))).map(|word| (word, word));
    whole.chain(pairs(include_str!("data/spellings.txt"))).collect()
});

/// Forms from which the rules would take another root than the one they are of.
static FORMS: LazyLock<FxHashMap<&str, &str>> = LazyLock::new(|| pairs(include_str!("data/forms.txt")).collect());

/// The root that a normalised word is, in its usual spelling.
pub(super) fn root(word: &str) -> Option<&'static str> {
    ROOTS.get(word).copied()
}

/// The root of a form that is an exception to the rules.
pub(super) fn exception(form: &str) -> Option<&'static str> {
    FORMS.get(form).copied()
}

fn pairs(data: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    lines(data).filter_map(|line| line.split_once(' '))
}
