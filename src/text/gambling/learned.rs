//! What was learned from comments: points for words, pairs of words and how a text is made, beside those of our list.

use std::sync::LazyLock;

use super::list::{Phrases, Reading};

/// Fewest points of what moderators are told.
const TELLING: f32 = 0.7;

static LEARNED: LazyLock<Phrases> = LazyLock::new(|| Phrases::read(include_str!("../data/gambling_learned.txt")));

/// The points of all that is found in a text, each counted once, and what of it speaks most for promotion. That is every word, every
/// two that follow each other, any site's name being like any other, and the given signs.
pub fn learned(words: &[Reading], signs: &[&str]) -> (f32, Vec<(&'static str, f32)>) {
    let tokens: Vec<&str> = words.iter().map(|reading| if reading.is_site { "<site>" } else { reading.compared.as_str() }).collect();
    let mut found: Vec<(&'static str, f32)> = Vec::new();
    let mut look_up = |key: &str| found.extend(LEARNED.get(key).map(|(points, phrase)| (phrase, points)));
    tokens.iter().chain(signs).chain(&["<always>"]).for_each(|key| look_up(key));
    let mut key = String::new();
    for pair in tokens.windows(2) {
        key.clear();
        key.extend([pair[0], " ", pair[1]]);
        look_up(&key);
    }
    found.sort_unstable_by_key(|(phrase, _)| *phrase);
    found.dedup_by_key(|(phrase, _)| *phrase);
    let points = found.iter().map(|(_, points)| points).sum();
    found.retain(|(phrase, points)| *points >= TELLING && !phrase.contains(['<', '#']));
    (points, found)
}
