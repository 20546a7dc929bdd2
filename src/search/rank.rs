//! How documents are ranked, the same on every engine.
//!
//! A word counts by BM25 (Robertson and Zaragoza 2009) over stems, with a title's words counted several times as in BM25F; its
//! exact form adds a little. Neighbours of the query that are near each other in the document add more. The sum grows with the
//! share of the query's rarity that the document covers, so that a text with all the words comes before one that repeats a few.
//! The constants were tuned with `warta eval search`; docs/search.md says what each part is worth.

/// How often each word of a title and of names counts.
pub const TITLE: usize = 3;
pub const NAMES: usize = 2;

/// Places left free between sections of a text, more than neighbours may be apart.
pub const BETWEEN_SECTIONS: u32 = 10;

/// How soon repeating a word stops to count, and how much the length of a text weighs.
const K1: f32 = 1.0;
const B: f32 = 0.75;
/// What the exact form of a word counts beside its stem.
const EXACT: f32 = 0.1;
/// What a pair of neighbours counts, how far apart they may be in words, and how quickly the distance takes away from it.
const PAIR: f32 = 0.3;
const FARTHEST: u32 = 4;
const DECAY: f32 = 0.3;
/// What something new gains at most, and after how many milliseconds half of that is left: half a year.
const FRESHNESS: f32 = 0.1;
const HALF_LIFE: f32 = 182.5 * 24.0 * 3_600_000.0;
/// What a word spelled nearly so counts with one typing error, and with two.
const NEAR: [f32; 3] = [1.0, 1.0, 0.7];
/// What a word counts that only begins as was typed.
pub const BEGINNING: f32 = 0.8;

/// What a word counts that is `edits` typing errors away from the one that was typed.
pub fn nearness_of_spelling(edits: u8) -> f32 {
    NEAR.get(usize::from(edits)).copied().unwrap_or_default()
}

/// Length of a document beside the average of all, 1 for the average one.
pub fn relative_length(length: f32, average: f32) -> f32 {
    if average > 0.0 { length / average } else { 1.0 }
}

/// How rare a word is that `holding` of `documents` documents have: the inverse document frequency of BM25, at least 0.
pub fn rarity(documents: f32, holding: f32) -> f32 {
    (1.0 + (documents - holding + 0.5).max(0.0) / (holding + 0.5)).ln()
}

/// What a word that stands `frequency` times in a document counts, by its rarity.
pub fn word(rarity: f32, frequency: f32, relative_length: f32) -> f32 {
    rarity * saturated(frequency, relative_length)
}

/// What the exact form adds to [`word`].
pub fn exact(rarity: f32, frequency: f32, relative_length: f32) -> f32 {
    EXACT * word(rarity, frequency, relative_length)
}

/// What two neighbours of the query add that stand at these places, in order, by the lesser of their rarities.
pub fn pair(rarity: f32, first: &[u32], second: &[u32], relative_length: f32) -> f32 {
    let mut second = second.iter().peekable();
    let mut before = None;
    let mut frequency = 0.0;
    for &place in first {
        while let Some(&other) = second.next_if(|other| **other <= place) {
            before = Some(other);
        }
        // The right order counts as one word nearer.
        let ahead = second.peek().map(|other| **other - place - 1);
        let behind = before.filter(|other| *other < place).map(|other| place - other + 1);
        if let Some(distance) = ahead.into_iter().chain(behind).min().filter(|distance| *distance <= FARTHEST) {
            frequency += 1.0 / (1.0 + DECAY * distance as f32);
        }
    }
    PAIR * word(rarity, frequency, relative_length)
}

/// The most that [`word`] and [`exact`] can count together.
pub fn most_for_word(rarity: f32, exact_rarity: f32) -> f32 {
    (rarity + EXACT * exact_rarity) * (K1 + 1.0)
}

/// The most that [`pair`] can add.
pub fn most_for_pair(rarity: f32) -> f32 {
    PAIR * rarity * (K1 + 1.0)
}

fn saturated(frequency: f32, relative_length: f32) -> f32 {
    if frequency <= 0.0 {
        return 0.0;
    }
    frequency * (K1 + 1.0) / (frequency + K1 * (1.0 - B + B * relative_length))
}

/// The score of a document from the `sum` of what its words and pairs count, with the share of the query that it covers: the
/// rarities of the words that it has over those of all.
pub fn covering(sum: f32, covered: f32, all: f32) -> f32 {
    let share = if all > 0.0 { covered / all } else { 0.0 };
    sum * (1.0 + share * share)
}

/// What a document gains by being new: a factor from 1 to 1.1, by its age in milliseconds.
pub fn freshness(age_ms: i64) -> f32 {
    1.0 + FRESHNESS * (-(age_ms.max(0) as f32) / HALF_LIFE).exp2()
}

#[cfg(test)]
mod tests {
    use super::{covering, exact, freshness, most_for_pair, most_for_word, pair, rarity, word};

    #[test]
    fn rarer_words_count_more_and_none_counts_less_than_nothing() {
        assert!(rarity(100.0, 1.0) > rarity(100.0, 50.0));
        assert!(rarity(10.0, 10.0) > 0.0 && rarity(0.0, 0.0) >= 0.0 && rarity(1.0, 5.0) >= 0.0);
    }

    #[test]
    fn repeating_counts_ever_less_and_long_texts_less() {
        let counts = [1.0, 2.0, 3.0].map(|frequency| word(1.0, frequency, 1.0));
        assert!(counts[0] < counts[1] && counts[1] - counts[0] > counts[2] - counts[1]);
        assert!(word(1.0, 1.0, 2.0) < word(1.0, 1.0, 1.0));
        assert_eq!(word(1.0, 0.0, 1.0), 0.0);
    }

    #[test]
    fn neighbours_count_by_their_distance_and_order() {
        let near = |first: &[u32], second: &[u32]| pair(1.0, first, second, 1.0);
        assert!(near(&[3], &[4]) > near(&[3], &[5]));
        assert!(near(&[3], &[4]) > near(&[4], &[3]));
        assert!(near(&[4], &[3]) > 0.0);
        assert_eq!(near(&[3], &[50]), 0.0);
        assert_eq!(near(&[], &[1]), 0.0);
        assert_eq!(near(&[3], &[3]), 0.0, "a word is no neighbour of itself");
        assert!(near(&[3, 40], &[4, 41]) > near(&[3, 40], &[4, 60]));
        let often: Vec<u32> = (0..1_000).collect();
        assert!(pair(1.0, &often, &often, 0.0) <= most_for_pair(1.0));
        assert!(word(1.0, 1e6, 0.0) + exact(2.0, 1e6, 0.0) <= most_for_word(1.0, 2.0));
    }

    #[test]
    fn all_the_words_count_more_than_some() {
        assert_eq!((covering(1.0, 4.0, 4.0), covering(1.0, 2.0, 4.0), covering(1.0, 0.0, 0.0)), (2.0, 1.25, 1.0));
    }

    #[test]
    fn being_new_is_worth_a_tenth_at_most() {
        assert_eq!((freshness(0), freshness(-5)), (1.1, 1.1));
        assert!(freshness(365 * 86_400_000) < 1.03 && freshness(i64::MAX) >= 1.0);
    }
}
