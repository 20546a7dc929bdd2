//! Our list of words and phrases with points, and how a text is searched for them in any disguise.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::site::is_site_name;
use crate::text::disguise::{PlainWord, compared};
use crate::text::lines;

/// Longest phrase of the list, in words.
pub const LONGEST_PHRASE: usize = 4;
/// Least points of phrases that are looked for backwards.
const BACKWARDS: f32 = 2.5;
/// Least points and letters of a word that is looked for torn apart, and most letters of its pieces.
const TORN: f32 = 1.5;
const TORN_LETTERS: usize = 5;
const LONGEST_PIECE: usize = 4;
/// Fewest letters of a word that others are looked for in.
const FEWEST_LETTERS: usize = 5;

/// Phrases with what they count, by their words as they are compared, joined by spaces.
pub struct Phrases {
    points: FxHashMap<String, (f32, &'static str)>,
    /// How many words the longest phrase has that begins with a word.
    longest: FxHashMap<String, usize>,
}

impl Phrases {
    /// Reads a list: points, then the words.
    pub fn read(data: &'static str) -> Self {
        let mut phrases = Self { points: FxHashMap::default(), longest: FxHashMap::default() };
        for (points, phrase) in lines(data).filter_map(|line| line.split_once(' ')) {
            let Ok(points) = points.parse() else { continue };
            let words: Vec<String> = phrase.split(' ').map(comparable).collect();
            phrases.points.insert(words.join(" "), (points, phrase));
            if let Some(first) = words.first() {
                let longest = phrases.longest.entry(first.clone()).or_default();
                *longest = words.len().max(*longest);
            }
        }
        phrases
    }

    pub fn get(&self, key: &str) -> Option<(f32, &'static str)> {
        self.points.get(key).copied()
    }
}

static PHRASES: LazyLock<Phrases> = LazyLock::new(|| Phrases::read(include_str!("../data/gambling.txt")));

/// Words of the trade that are found within others, as they are compared: "slotgacorhariini".
static TELLING: LazyLock<Vec<(String, &str, f32)>> = LazyLock::new(|| {
    const TELLING: [(&str, f32); 17] = [
        ("togelonline", 5.0),
        ("slotdepo", 3.0),
        ("gacorhariini", 4.0),
        ("slotgacor", 5.0),
        ("slotonline", 4.0),
        ("slotmaxwin", 4.0),
        ("maxwin", 3.0),
        ("gacor", 1.5),
        ("togel", 2.0),
        ("casino", 3.0),
        ("rtplive", 3.5),
        ("linkalternatif", 2.5),
        ("judionline", 4.0),
        ("dominoqq", 4.0),
        ("deposit", 1.0),
        ("toto", 1.5),
        ("slot", 1.5),
    ];
    TELLING.into_iter().map(|(telling, points)| (compared(telling), telling, points)).collect()
});

/// A word with what it is compared by, found once for all that look at it.
pub struct Reading<'a> {
    pub word: &'a PlainWord<'a>,
    pub compared: String,
    /// The same without the number behind it, which may be part of a site's name: "gacor88".
    pub base: Option<String>,
    /// Whether it looks like the name of a site.
    pub is_site: bool,
}

impl<'a> Reading<'a> {
    pub fn new(word: &'a PlainWord<'a>) -> Self {
        Self { is_site: is_site_name(&word.text), ..Self::of_no_site(word) }
    }

    /// The same of a word that is not to be taken for the name of a site.
    fn of_no_site(word: &'a PlainWord<'a>) -> Self {
        let base = without_number(&word.text);
        Self { word, compared: comparable(&word.text), base: (base.len() < word.text.len()).then(|| comparable(base)), is_site: false }
    }

    fn of(&self, is_base: bool) -> &str {
        self.base.as_deref().filter(|_| is_base).unwrap_or(&self.compared)
    }
}

/// A phrase of the list that was found.
pub struct Found {
    /// How many words of the text it takes.
    pub length: usize,
    pub points: f32,
    pub phrase: &'static str,
    pub is_disguised: bool,
}

/// The longest phrase of the list that `words` begin with.
pub fn phrase_at(words: &[Reading]) -> Option<Found> {
    let first = words.first()?;
    [false, true].into_iter().filter(|is_base| !is_base || words.iter().take(LONGEST_PHRASE).any(|word| word.base.is_some())).find_map(
        |is_base| {
            let most = words.len().min(*PHRASES.longest.get(first.of(is_base))?);
            (1..=most).rev().find_map(|length| {
                let words = &words[..length];
                let key: Vec<&str> = words.iter().map(|word| word.of(is_base)).collect();
                let (points, phrase) = PHRASES.get(&key.join(" "))?;
                let is_disguised = words
                    .iter()
                    .zip(phrase.split(' '))
                    .any(|(reading, plain)| reading.word.is_disguised || is_spelled_with_signs(&reading.word.text, plain));
                Some(Found { length, points, phrase, is_disguised })
            })
        },
    )
}

/// A weighty word that was torn into two or three pieces: "ga cor".
pub fn torn_at(words: &[Reading]) -> Option<Found> {
    let is_piece = |reading: &&Reading| reading.word.text.chars().nth(LONGEST_PIECE).is_none();
    let pieces = words.iter().take(3).take_while(is_piece).count();
    (2..=pieces).find_map(|length| {
        let joined: String = words[..length].iter().map(|reading| &*reading.word.text).collect();
        let (points, phrase) = PHRASES.get(&compared(&joined))?;
        let is_weighty = points >= TORN && phrase.len() >= TORN_LETTERS && !phrase.contains(' ');
        is_weighty.then_some(Found { length, points, phrase, is_disguised: true })
    })
}

/// Weighty phrases that stand there backwards.
pub fn backwards(readings: &[Reading]) -> Vec<(&'static str, f32)> {
    let words: Vec<PlainWord> = readings.iter().rev().map(|reading| reading.word.reversed()).collect();
    let readings: Vec<Reading> = words.iter().map(Reading::of_no_site).collect();
    (0..readings.len())
        .filter_map(|at| phrase_at(&readings[at..]))
        .filter(|found| found.points >= BACKWARDS && found.length > 1 && found.phrase.len() > 8)
        .map(|found| (found.phrase, found.points))
        .collect()
}

/// Words of the trade that were written together with others.
pub fn within(reading: &Reading) -> impl Iterator<Item = (&'static str, f32)> {
    // A number is none: its digits could be read as anything.
    let letters = reading.word.text.chars().filter(|c| c.is_alphabetic()).count();
    let word = if letters < FEWEST_LETTERS { "" } else { reading.compared.as_str() };
    TELLING.iter().filter(move |(telling, ..)| holds(word, telling)).map(|(_, plain, points)| (*plain, *points))
}

fn holds(word: &str, telling: &str) -> bool {
    // Short ones stand within honest words as well: "fisioterapi".
    word.len() > telling.len() + 1
        && if telling.len() > 4 { word.contains(telling) } else { word.starts_with(telling) || word.ends_with(telling) }
}

/// Whether a word has digits or signs where the word that it is read as has letters.
fn is_spelled_with_signs(word: &str, plain: &str) -> bool {
    let signs = |text: &str| text.chars().filter(|c| !c.is_alphabetic()).count();
    // Where the list has a number, any other is meant as well.
    !plain.contains(|c: char| c == '#' || c.is_ascii_digit()) && signs(without_number(word)) > signs(plain)
}

/// A word as it is compared, any number or amount being like any other, "20rb" and "5", and any multiplier: "x500".
pub fn comparable(word: &str) -> String {
    if word.len() > 2 && word.strip_prefix('x').is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit())) {
        return "x#".to_owned();
    }
    let unit = word.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_amount = unit.len() < word.len() && matches!(unit, "" | "k" | "rb" | "ribu" | "rebu" | "jt" | "juta" | "perak" | "x" | "an");
    if is_amount || word == "#" { "#".to_owned() } else { compared(word) }
}

pub fn without_number(word: &str) -> &str {
    let base = word.trim_end_matches(|c: char| c.is_ascii_digit());
    if base.chars().count() >= 3 { base } else { word }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{LONGEST_PHRASE, comparable};
    use crate::text::lines;

    #[test]
    fn the_lists_are_read_whole() {
        for data in [include_str!("../data/gambling.txt"), include_str!("../data/gambling_learned.txt")] {
            let mut phrases = BTreeSet::new();
            for line in lines(data) {
                let (points, phrase) = line.split_once(' ').unwrap();
                assert!(points.parse::<f32>().is_ok_and(|points| points != 0.0), "{line}");
                assert!(phrases.insert(phrase) && phrase.split(' ').count() <= LONGEST_PHRASE, "{line}");
            }
        }
    }

    #[test]
    fn amounts_and_multipliers_are_like_any_other() {
        for (word, as_compared) in [("20rb", "#"), ("5", "#"), ("x500", "x#"), ("x1000", "x#"), ("xl", "xi")] {
            assert_eq!(comparable(word), as_compared);
        }
    }
}
