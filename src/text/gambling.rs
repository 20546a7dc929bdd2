//! Promotion of online gambling, told from talk about it: points for the words of a text, by a list of our own, for disguises that
//! honest writers do not use, and for names and addresses made as such sites make theirs; points off for what those say who complain.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::disguise::{PlainWord, compared, plain_words};
use super::lines;

/// From so many points on a text promotes gambling.
pub const PROMOTES: f32 = 4.5;

/// Longest phrase of the list, in words.
const LONGEST_PHRASE: usize = 4;
/// Points for words of the list that are disguised.
const DISGUISED: f32 = 3.0;
/// Points for the name of a site and for an address, where the text speaks of gambling at all.
const SITE: f32 = 2.0;
const ADDRESS: f32 = 1.0;
/// How much more words count in the name of an author and in the address of a web site.
const AS_A_NAME: f32 = 1.5;
/// Least points of phrases that are looked for backwards.
const BACKWARDS: f32 = 2.5;
/// Least points and letters of a word that is looked for torn apart.
const TORN: f32 = 1.5;
const TORN_LETTERS: usize = 5;
/// Fewest letters of a word that others are looked for in, and most of one that may be the name of a site.
const FEWEST_LETTERS: usize = 5;
const LONGEST_SITE_NAME: usize = 40;
/// Least points of words for a site or an address to count.
const SPEAKS_OF_IT: f32 = 1.5;
/// Most points that talk about the problem takes off, and most where the text names a site or an address.
const MOST_OFF: f32 = 12.0;
const MOST_OFF_WITH_SITE: f32 = 5.0;
/// Share of the points for promotion that must be said against it for the text to be doubtful.
const DOUBT: f32 = 0.25;
/// Points of a comment whose author calls themselves like the site that they link to. It takes more to be promotion: many have
/// their own page.
const NAMED_LIKE_THE_SITE: f32 = 3.0;

/// What the points of phrases are, by their words as they are compared.
static PHRASES: LazyLock<HashMap<Vec<String>, (f32, &str)>> = LazyLock::new(|| {
    lines(include_str!("data/gambling.txt"))
        .filter_map(|line| {
            let (points, phrase) = line.split_once(' ')?;
            Some((phrase.split(' ').map(comparable).collect(), (points.parse().ok()?, phrase)))
        })
        .collect()
});

/// A text with who wrote it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Written<'a> {
    pub name: &'a str,
    pub website: Option<&'a str>,
    pub text: &'a str,
}

/// What was found in a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gambling {
    /// From 0; from [`PROMOTES`] on it is promotion.
    pub points: f32,
    /// Words of the list that were found, each once, the weightiest first.
    pub words: Vec<&'static str>,
    /// Whether some of them were disguised.
    pub is_disguised: bool,
    /// What looks like the name of a site.
    pub sites: Vec<String>,
    /// Whether it also says what those say who complain: then it is not for a machine to decide.
    pub is_doubtful: bool,
}

/// What was found in one part of what was written.
#[derive(Default)]
struct Part {
    found: HashMap<&'static str, f32>,
    against: HashMap<&'static str, f32>,
    is_disguised: bool,
    /// How many words were torn apart.
    torn: usize,
    sites: Vec<String>,
}

impl Part {
    fn read(words: &[PlainWord]) -> Self {
        let mut part = Self::default();
        let mut at = 0;
        while at < words.len() {
            match phrase_at(&words[at..]) {
                Some((length, points, phrase, was_disguised)) => {
                    if points > 0.0 {
                        part.found.insert(phrase, points);
                        part.is_disguised |= was_disguised && points >= 1.0;
                    } else {
                        part.against.insert(phrase, -points);
                    }
                    at += length;
                }
                None => match torn(&words[at..]) {
                    Some((length, points, phrase)) => {
                        part.found.insert(phrase, points);
                        part.torn += 1;
                        at += length;
                    }
                    None => {
                        part.found.extend(within(&words[at].text));
                        at += 1;
                    }
                },
            }
        }
        // One word alone may be written apart without a purpose: "cash back".
        part.is_disguised |= part.torn > 0 && part.found.len() > 1;
        let reversed = Self::backwards(words);
        part.is_disguised |= !reversed.is_empty();
        part.found.extend(reversed);
        part.sites = words.iter().filter(|word| is_site_name(&word.text)).map(|word| word.text.clone()).collect();
        part
    }

    /// Weighty phrases that stand there backwards.
    fn backwards(words: &[PlainWord]) -> Vec<(&'static str, f32)> {
        let words: Vec<PlainWord> = words.iter().rev().map(PlainWord::reversed).collect();
        let phrases = (0..words.len()).filter_map(|at| phrase_at(&words[at..]));
        phrases
            .filter(|(length, points, phrase, _)| *points >= BACKWARDS && *length > 1 && phrase.len() > 8)
            .map(|(_, points, phrase, _)| (phrase, points))
            .collect()
    }

    fn points(&self) -> f32 {
        self.found.values().sum()
    }
}

/// Looks for promotion of gambling.
pub fn gambling(written: Written<'_>) -> Gambling {
    let (name, website) = (plain_words(written.name), plain_words(written.website.unwrap_or_default()));
    let body = plain_words(written.text);
    let parts = [&name, &website, &body].map(|words| Part::read(words));
    let [in_name, in_website, in_body] = &parts;
    let is_disguised = parts.iter().any(|part| part.is_disguised);
    let is_linked = written.text.contains("://") || body.windows(2).any(|pair| is_domain(&pair[0], &pair[1]));
    // Nobody calls themselves so without a purpose, and what else is said does not take it back.
    let in_both: HashMap<_, _> = in_name.found.iter().chain(&in_website.found).collect();
    let outside = AS_A_NAME * in_both.into_values().sum::<f32>();
    let spoken = in_body.points() + if is_disguised { DISGUISED } else { 0.0 };
    let is_named = parts.iter().any(|part| !part.sites.is_empty());
    // Many honest people have a number behind their name.
    let is_pointed_out = is_linked || !in_body.sites.is_empty();
    let most_off = if is_pointed_out { MOST_OFF_WITH_SITE } else { MOST_OFF };
    let off: f32 = in_body.against.values().sum();
    let mut points = outside + (spoken - off.min(most_off)).max(0.0);
    if in_body.points() + outside >= SPEAKS_OF_IT {
        points += if is_named { SITE } else { 0.0 } + if is_linked || written.website.is_some() && is_named { ADDRESS } else { 0.0 };
    }
    if name.iter().any(|word| is_site_name(&word.text) && website.iter().any(|other| other.text == word.text)) {
        points += NAMED_LIKE_THE_SITE;
    }
    let is_doubtful = off >= DOUBT * spoken && outside < SPEAKS_OF_IT;
    let mut found: Vec<(&'static str, f32)> =
        parts.iter().flat_map(|part| part.found.iter().map(|(word, points)| (*word, *points))).collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    found.dedup();
    let mut sites: Vec<String> = parts.into_iter().flat_map(|part| part.sites).collect();
    sites.sort();
    sites.dedup();
    Gambling { points, words: found.into_iter().map(|(word, _)| word).collect(), is_disguised, sites, is_doubtful }
}

/// The longest phrase of the list that `words` begin with: how many words, its points, and whether it was disguised.
fn phrase_at(words: &[PlainWord]) -> Option<(usize, f32, &'static str, bool)> {
    let most = LONGEST_PHRASE.min(words.len());
    let readings: Vec<[String; 2]> =
        words[..most].iter().map(|word| [comparable(&word.text), comparable(without_number(&word.text))]).collect();
    (1..=most).rev().find_map(|length| {
        // The number behind a word may be part of a site's name: "gacor88".
        [0, 1].into_iter().find_map(|reading| {
            let phrase: Vec<String> = readings[..length].iter().map(|readings| readings[reading].clone()).collect();
            let (points, text) = PHRASES.get(&phrase)?;
            let is_disguised = words[..length]
                .iter()
                .zip(text.split(' '))
                .any(|(word, plain)| word.is_disguised || is_spelled_with_signs(&word.text, plain));
            Some((length, *points, *text, is_disguised))
        })
    })
}

/// A weighty word that was torn into two or three pieces: "ga cor".
fn torn(words: &[PlainWord]) -> Option<(usize, f32, &'static str)> {
    [2, 3].into_iter().filter(|length| *length <= words.len()).find_map(|length| {
        let pieces = &words[..length];
        let joined: String = pieces.iter().map(|word| word.text.as_str()).collect();
        let (points, phrase) =
            PHRASES.get(&vec![compared(&joined)]).filter(|(points, phrase)| *points >= TORN && phrase.len() >= TORN_LETTERS)?;
        pieces.iter().all(|piece| piece.text.chars().count() <= 4).then_some((length, *points, *phrase))
    })
}

/// Whether a word has digits or signs where the word that it is read as has letters.
fn is_spelled_with_signs(word: &str, plain: &str) -> bool {
    let signs = |text: &str| text.chars().filter(|c| !c.is_alphabetic()).count();
    plain != "#" && signs(without_number(word)) > signs(plain)
}

/// A word as it is compared, any number or amount being like any other: "20rb", "1,5".
fn comparable(word: &str) -> String {
    let unit = word.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_amount = unit.len() < word.len() && matches!(unit, "" | "k" | "rb" | "ribu" | "rebu" | "jt" | "juta" | "perak" | "x" | "an");
    if is_amount || word == "#" { "#".to_owned() } else { compared(word) }
}

fn without_number(word: &str) -> &str {
    let base = word.trim_end_matches(|c: char| c.is_ascii_digit());
    if base.chars().count() >= 3 { base } else { word }
}

/// Words of the list that were written together: "slotgacorhariini".
fn within(word: &str) -> Vec<(&'static str, f32)> {
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
    // A number is none: its digits could be read as anything.
    if word.chars().filter(|c| c.is_alphabetic()).count() < FEWEST_LETTERS {
        return Vec::new();
    }
    let word = compared(word);
    let holds = |telling: &str| {
        let telling = compared(telling);
        // Short ones stand within honest words as well: "fisioterapi".
        let is_there = if telling.len() > 4 { word.contains(&telling) } else { word.starts_with(&telling) || word.ends_with(&telling) };
        is_there && word.len() > telling.len() + 1
    };
    TELLING.into_iter().filter(|(telling, _)| holds(telling)).collect()
}

/// Whether a word is made as names of such sites are: letters, then two to four digits or a word of the trade, or both.
fn is_site_name(word: &str) -> bool {
    if word.chars().nth(LONGEST_SITE_NAME).is_some() {
        return false;
    }
    let word = word.strip_suffix('x').unwrap_or(word);
    let trade = ["toto", "slot", "qq", "4d", "poker"]
        .into_iter()
        .find_map(|end| word.trim_end_matches(|c: char| c.is_ascii_digit()).strip_suffix(end));
    let of_trade = trade.or_else(|| word.strip_suffix("4d"));
    let base = of_trade.unwrap_or(word);
    let letters = base.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = base.len() - letters.len();
    let begins = letters.chars().count() >= 4 && letters.chars().all(char::is_alphabetic);
    begins && (of_trade.is_some() || (2..=4).contains(&digits))
}

/// Whether two words with a point between them end as an address does.
fn is_domain(first: &PlainWord, second: &PlainWord) -> bool {
    const ENDINGS: [&str; 40] = [
        "com", "net", "org", "info", "biz", "xyz", "club", "vip", "bet", "site", "online", "live", "pro", "top", "win", "fun", "shop",
        "store", "icu", "cc", "me", "co", "link", "click", "bond", "cfd", "lol", "buzz", "monster", "quest", "rest", "bid", "ink", "life",
        "asia", "space", "website", "app", "art", "one",
    ];
    second.follows_point() && first.text.chars().count() > 2 && ENDINGS.contains(&second.text.as_str())
}

#[cfg(test)]
mod tests {
    use super::{PROMOTES, Written, gambling, lines};
    use proptest::prelude::*;

    fn promotes(text: &str) -> bool {
        gambling(Written { name: "Pembaca", website: None, text }).points >= PROMOTES
    }

    #[test]
    fn promotion_is_found_in_any_disguise() {
        for text in [
            "slot gacor hari ini, link ada di bio",
            "s l 0 t  g @ c 0 r",
            "ѕlоt gасоr",
            "s\u{200b}l\u{200b}o\u{200b}t g\u{200b}a\u{200b}c\u{200b}o\u{200b}r",
            "ｓｌｏｔ ｇａｃｏｒ",
            "slotgacor2025",
            "sl0t-g4c0r maxwin",
            "rocag tols",
        ] {
            assert!(promotes(text), "{text}: {:?}", gambling(Written { name: "", website: None, text }));
        }
    }

    #[test]
    fn honest_talk_is_left_alone() {
        for text in [
            "Slot waktu rapat desa masih kosong?",
            "Burung murai saya gacor lagi setelah diberi jangkrik.",
            "Anak saya kecanduan judi slot, tolong situsnya diblokir. Uang sekolah habis dipakai depo.",
            "Komentar di sini isinya slot gacor semua, tolong dihapus min.",
            "Bonus panen dari koperasi dibagi rata, modal kembali, petani menang.",
            "USG 4D di puskesmas berapa biayanya?",
        ] {
            assert!(!promotes(text), "{text}: {:?}", gambling(Written { name: "", website: None, text }));
        }
    }

    #[test]
    fn a_name_and_an_address_can_be_all_the_promotion_there_is() {
        let text = "Terima kasih, beritanya bermanfaat.";
        assert!(gambling(Written { name: "Slot Gacor 88", website: None, text }).points >= PROMOTES);
        assert!(gambling(Written { name: "Budi", website: Some("https://slot-gacor-kacang77.example"), text }).points >= PROMOTES);
        assert!(gambling(Written { name: "Pak Toto", website: Some("https://desa.example"), text }).points < PROMOTES);
    }

    #[test]
    fn what_only_looks_like_it_is_no_promotion() {
        let text = "Terima kasih, beritanya bermanfaat.";
        for (name, website) in [
            ("budi1985", "https://instagram.example/budi1985"),
            ("Klinik Fisioterapi", "https://klinikfisioterapi.example"),
            ("Toto Sudarto", "https://totosudarto.example"),
        ] {
            assert!(gambling(Written { name, website: Some(website), text }).points < PROMOTES, "{name}");
        }
        for text in ["Ada cash back 10 persen untuk beras?", "Turn over staf puskesmas tinggi.", "Hubungi 081351074321 atau 081370701234."]
        {
            assert!(!promotes(text), "{text}");
        }
        let complaint = gambling(Written { name: "", website: None, text: "s l 0 t g @ c 0 r maxwin kacang7788 depo 10rb, warga gas" });
        assert!(complaint.points >= PROMOTES && !complaint.is_doubtful, "one word takes nothing back");
    }

    #[test]
    fn the_list_is_read_whole() {
        let mut phrases = std::collections::BTreeSet::new();
        for line in lines(include_str!("data/gambling.txt")) {
            let (points, phrase) = line.split_once(' ').unwrap();
            assert!(points.parse::<f32>().is_ok_and(|points| points != 0.0), "{line}");
            assert!(phrases.insert(phrase) && phrase.split(' ').count() <= super::LONGEST_PHRASE, "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_text_has_points(name in "\\PC{0,20}", text in "\\PC{0,200}") {
            let found = gambling(Written { name: &name, website: None, text: &text });
            prop_assert!(found.points >= 0.0);
        }
    }
}
