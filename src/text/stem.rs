//! Word forms to stems: of the roots that the rules of Indonesian affixes allow, the one that our list knows.
//!
//! The rules are those of the standard grammar (Alwi et al., Tata Bahasa Baku Bahasa Indonesia): clitics outside, then one
//! suffix, then up to three prefixes, with the letters that a nasal prefix swallows put back. As in Nazief and Adriani (1996)
//! pairs of prefix and suffix that never go together are ruled out, and the list of roots decides; a form of which it knows no
//! root loses only affixes that leave little doubt.

use super::roots::{exception, root};

/// Shortest root in letters; a shorter word is its own stem.
const SHORTEST_ROOT: usize = 3;
/// Longest word that is looked into; no Indonesian word is longer.
const LONGEST_WORD: usize = 40;
/// Most prefixes that a word can carry: "memberpersatukan" has three.
const MOST_PREFIXES: usize = 3;
/// Shortest rest of a word without a known root from which an affix is taken.
const SHORTEST_UNKNOWN: usize = 5;

const VOWELS: [char; 5] = ['a', 'e', 'i', 'o', 'u'];

/// A suffix that makes a word of another kind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Suffix {
    None,
    Kan,
    An,
    I,
}

/// The longer suffix first: "katakan" is "kata", not "katak" (frog).
const SUFFIXES: [(Suffix, &str); 4] = [(Suffix::None, ""), (Suffix::Kan, "kan"), (Suffix::An, "an"), (Suffix::I, "i")];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Prefix {
    Me,
    Pe,
    Di,
    Ber,
    Ter,
    Per,
    Ke,
    Se,
    /// "ku-" and "kau-" before a verb.
    Person,
    /// The first syllable said twice: "dedaunan", "leluhur".
    Doubled,
    /// "tidak-" within "ke-an", and "antar-", "pasca-", "anti-" and "non-", which are written together with a word.
    Joined,
}

impl Prefix {
    /// Whether the outermost prefix goes with the suffix: "kerusakan" is not "ke-rusa-kan".
    fn goes_with(self, suffix: Suffix) -> bool {
        match suffix {
            Suffix::None => true,
            Suffix::Kan => !matches!(self, Self::Ke | Self::Se | Self::Pe | Self::Doubled),
            Suffix::An => !matches!(self, Self::Me | Self::Di | Self::Person),
            Suffix::I => matches!(self, Self::Me | Self::Di | Self::Ter | Self::Per | Self::Person),
        }
    }
}

/// The stem of a normalised word; words with other signs than the letters a to z are their own, and so are those of three letters
/// or fewer that are no other spelling of a root.
pub fn stem(word: &str) -> String {
    if let Some(root) = root(word) {
        return root.to_owned();
    }
    if word.len() <= SHORTEST_ROOT || word.len() > LONGEST_WORD || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return word.to_owned();
    }
    if let Some(root) = known(word) {
        return root.to_owned();
    }
    let found =
        colloquial(word).or_else(|| respelled(word).find_map(|word| root(&word).or_else(|| known(&word).filter(|root| root.len() > 4))));
    found.map_or_else(|| unknown(word), str::to_owned)
}

/// The root of `word`, where the list has one that the rules allow.
fn known(word: &str) -> Option<&'static str> {
    root(word)
        .or_else(|| exception(word))
        .or_else(|| derived(word))
        .or_else(|| bases(word).find_map(|base| root(base).or_else(|| exception(base)).or_else(|| derived(base))))
}

/// What is left of a word without clitics, fewer of them first.
fn bases(word: &str) -> impl Iterator<Item = &str> {
    let owner = |word| ["nya", "ku", "mu"].into_iter().find_map(|clitic| shortened(word, clitic));
    let particle = ["lah", "kah", "tah", "pun"].into_iter().find_map(|clitic| shortened(word, clitic));
    [particle, owner(word), particle.and_then(owner)].into_iter().flatten()
}

fn shortened<'a>(word: &'a str, suffix: &str) -> Option<&'a str> {
    word.strip_suffix(suffix).filter(|base| base.len() >= SHORTEST_ROOT)
}

/// The root of a word with affixes: with fewer prefixes first, then with the longer suffix.
fn derived(word: &str) -> Option<&'static str> {
    let under = |prefixes, suffixes: &[(Suffix, &str)]| {
        suffixes.iter().find_map(|(suffix, text)| unprefixed(shortened(word, text)?, *suffix, prefixes, None))
    };
    let [none, .., i] = SUFFIXES;
    under(0, &SUFFIXES[..3])
        // A lone "-i" makes only imperatives: "pencari" is not "pencar-i", but "kuasai" is not "ku-asa-i".
        .or_else(|| under(1, &[none]).or_else(|| under(0, &[i])))
        .or_else(|| (1..=MOST_PREFIXES).find_map(|prefixes| under(prefixes, &SUFFIXES)))
}

/// The root of `word` under exactly `prefixes` prefixes, of which the outermost must go with `suffix`.
fn unprefixed(word: &str, suffix: Suffix, prefixes: usize, outer: Option<Prefix>) -> Option<&'static str> {
    if prefixes == 0 {
        return root(word).filter(|_| can_carry(word, outer, suffix));
    }
    let mut found = None;
    each_prefix(word, &mut |prefix, rest| {
        let fits = if outer.is_none() { prefix.goes_with(suffix) } else { outer != Some(prefix) };
        if fits && rest.len() >= SHORTEST_ROOT {
            found = unprefixed(rest, suffix, prefixes - 1, outer.or(Some(prefix)));
        }
        found.is_some()
    });
    found
}

/// Whether a root is long enough for its affixes: a closed syllable under an affix that says little is more often a name,
/// "Golan" and "Bani", than a form of "gol" and "ban".
fn can_carry(root: &str, outer: Option<Prefix>, suffix: Suffix) -> bool {
    let is_weak = match (outer, suffix) {
        (None, _) => matches!(suffix, Suffix::An | Suffix::I),
        (Some(prefix), Suffix::None) => matches!(prefix, Prefix::Se | Prefix::Ke | Prefix::Person | Prefix::Doubled),
        _ => false,
    };
    !is_weak || root.len() > SHORTEST_ROOT || (suffix != Suffix::I && root.ends_with(VOWELS))
}

/// Tells every prefix that `word` may begin with, and what follows it, until `is_enough` says so.
fn each_prefix(word: &str, is_enough: &mut dyn FnMut(Prefix, &str) -> bool) {
    const PLAIN: [(Prefix, &str); 18] = [
        (Prefix::Di, "di"),
        (Prefix::Ber, "ber"),
        (Prefix::Per, "per"),
        (Prefix::Ter, "ter"),
        (Prefix::Ber, "bel"),
        (Prefix::Per, "pel"),
        (Prefix::Ber, "be"),
        (Prefix::Ter, "te"),
        (Prefix::Ke, "ke"),
        (Prefix::Se, "se"),
        (Prefix::Person, "ku"),
        (Prefix::Person, "kau"),
        (Prefix::Pe, "pe"),
        (Prefix::Joined, "tidak"),
        (Prefix::Joined, "antar"),
        (Prefix::Joined, "pasca"),
        (Prefix::Joined, "anti"),
        (Prefix::Joined, "non"),
    ];
    for (prefix, rest) in [(Prefix::Me, word.strip_prefix("me")), (Prefix::Pe, word.strip_prefix("pe"))] {
        if rest.is_some_and(|rest| each_nasal(rest, &mut |root| is_enough(prefix, root))) {
            return;
        }
    }
    for (prefix, text) in PLAIN {
        // "bel-" and "pel-" stand before one root only: "belajar", "pelajaran".
        let rest = word.strip_prefix(text).filter(|rest| !text.ends_with('l') || rest.starts_with("ajar"));
        if rest.is_some_and(|rest| is_enough(prefix, rest)) {
            return;
        }
    }
    if let [first, b'e', third, ..] = word.as_bytes()
        && first == third
    {
        is_enough(Prefix::Doubled, &word[2..]);
    }
}

/// Tells what may follow "me-" or "pe-" in `rest`, the swallowed letter put back, until `is_enough` says so; returns whether it did.
fn each_nasal(rest: &str, is_enough: &mut dyn FnMut(&str) -> bool) -> bool {
    let begins_with_vowel = |text: &str| text.starts_with(VOWELS);
    if let Some(root) = rest.strip_prefix("ng") {
        if begins_with_vowel(root) {
            // A root of one syllable takes an "e" in between: "mengecat".
            return is_enough(root) || with('k', root, is_enough) || root.strip_prefix('e').is_some_and(&mut *is_enough) || is_enough(rest);
        }
        return is_enough(root);
    }
    if let Some(root) = rest.strip_prefix("ny") {
        return with('s', root, is_enough) || is_enough(rest);
    }
    if let Some(root) = rest.strip_prefix('n') {
        return if begins_with_vowel(root) { with('t', root, is_enough) || is_enough(rest) } else { is_enough(root) };
    }
    if let Some(root) = rest.strip_prefix('m') {
        if begins_with_vowel(root) || root.starts_with('r') {
            // Before "r" as well: "pemrosesan".
            return with('p', root, is_enough) || is_enough(rest);
        }
        return is_enough(root);
    }
    rest.starts_with(['l', 'r', 'w', 'y']) && is_enough(rest)
}

/// Asks about `root` behind `letter`. It fits into a few bytes, so that this needs no heap.
fn with(letter: char, root: &str, is_enough: &mut dyn FnMut(&str) -> bool) -> bool {
    let mut bytes = [0; LONGEST_WORD + 1];
    let Some(text) = bytes.get_mut(..root.len() + 1) else { return false };
    letter.encode_utf8(text);
    text[1..].copy_from_slice(root.as_bytes());
    std::str::from_utf8(text).is_ok_and(is_enough)
}

/// The root of a word as it is spoken: "ngobrol", "nyelundupin", "cariin".
fn colloquial(word: &str) -> Option<&'static str> {
    let plain = word.strip_suffix("in");
    let mut found = None;
    if word.starts_with("ng") || word.starts_with("ny") {
        each_nasal(plain.unwrap_or(word), &mut |rest| {
            found = root(rest);
            found.is_some()
        });
    }
    // Many names end in "-in" behind a consonant.
    found.or_else(|| known(plain.filter(|plain| plain.ends_with(VOWELS) || plain.starts_with("di"))?))
}

/// Other spellings of a word that the list may know: "aktip", "qualitas", "ramadhan".
fn respelled(word: &str) -> impl Iterator<Item = String> {
    const LETTERS: [(&str, &str); 12] = [
        ("q", "k"),
        ("x", "ks"),
        ("ph", "f"),
        ("dh", "d"),
        ("th", "t"),
        ("kh", "h"),
        ("sy", "s"),
        ("z", "s"),
        ("tip", "tif"),
        ("v", "f"),
        ("v", "p"),
        ("f", "p"),
    ];
    let modern = modern(word);
    let changed = LETTERS.into_iter().filter(|(from, _)| word.contains(from)).map(|(from, to)| word.replace(from, to));
    (modern != word).then_some(modern).into_iter().chain(changed)
}

/// The spelling of today (1972) for that of 1947 and before: "Djakarta", "Tjirebon", "Soekarno".
fn modern(word: &str) -> String {
    let mut modern = word.to_owned();
    for (from, to) in [("dj", "j"), ("tj", "c"), ("sj", "sy"), ("oe", "u")] {
        if modern.contains(from) {
            modern = modern.replace(from, to);
        }
    }
    modern
}

/// The stem of a word whose root the list does not know, such as a name: without "-nya", and without a prefix and a suffix that
/// hardly any name has together.
fn unknown(word: &str) -> String {
    let base = word.strip_suffix("nya").filter(|base| base.len() > SHORTEST_ROOT).unwrap_or(word);
    let confixes = [("meng", "kan"), ("mem", "kan"), ("men", "kan"), ("di", "kan"), ("peng", "an"), ("ke", "an")];
    let both = confixes.into_iter().find_map(|(prefix, suffix)| base.strip_prefix(prefix)?.strip_suffix(suffix));
    modern(both.filter(|rest| rest.len() >= SHORTEST_UNKNOWN).unwrap_or(base))
}

#[cfg(test)]
mod tests {
    use super::super::lines;
    use super::stem;
    use proptest::prelude::*;

    #[test]
    fn forms_of_a_root_meet() {
        for family in [
            &["tani", "bertani", "pertanian", "petani", "petaninya"][..],
            &["ternak", "beternak", "peternak", "peternakan"],
            &["lurah", "kelurahan"],
            &["latih", "pelatihan", "melatih", "dilatih"],
            &["tulis", "menulis", "penulis", "tulisan", "ditulis", "kutulis"],
            &["teliti", "peneliti", "penelitian", "meneliti"],
            &["berita", "beritanya", "memberitakan", "pemberitaan"],
            &["sekolah", "sekolahnya", "bersekolah"],
            &["bangun", "pembangunan", "membangun"],
            &["sehat", "kesehatan", "menyehatkan"],
            &["makan", "makanan", "memakan", "dimakan"],
            &["ajar", "belajar", "pelajaran", "mempelajari", "pengajar"],
            &["jabat", "pejabat", "jabatan"],
            &["usaha", "perusahaan", "pengusaha", "berusaha"],
            &["sapu", "menyapu", "penyapu"],
            &["pasti", "ketidakpastian", "memastikan"],
            &["cat", "mengecat", "pengecatan"],
            &["proses", "memproses", "pemrosesan", "diproses"],
            &["satu", "mempersatukan", "persatuan", "bersatu"],
            &["daun", "dedaunan"],
            &["perintah", "pemerintah", "pemerintahan", "memerintahkan"],
        ] {
            let stems: std::collections::BTreeSet<String> = family.iter().map(|word| stem(word)).collect();
            assert_eq!(stems.len(), 1, "{family:?} gave {stems:?}");
        }
    }

    #[test]
    fn what_only_looks_affixed_stays_whole() {
        for word in ["beruang", "sekolah", "berita", "kepala", "perempuan", "pengaruh", "belanda", "maluku", "bantaeng", "arifin", "golan"]
        {
            assert_eq!(stem(word), word);
        }
        assert_ne!(stem("kerusakan"), stem("rusa"));
        assert_ne!(stem("katakan"), stem("katak"));
    }

    #[test]
    fn spellings_of_a_word_meet() {
        for (other, usual) in [
            ("soekarno", "sukarno"),
            ("djakarta", "jakarta"),
            ("perdjoeangan", "perjuangan"),
            ("nopember", "november"),
            ("aktip", "aktif"),
            ("qualitas", "kualitas"),
            ("ramadhan", "ramadan"),
            ("propinsi", "provinsi"),
            ("ngobrol", "mengobrol"),
            ("beliin", "belikan"),
        ] {
            assert_eq!(stem(other), stem(usual), "{other}");
        }
    }

    #[test]
    fn short_words_and_numbers_are_their_own_stem() {
        for word in ["air", "2011", "h2o", "", "中文"] {
            assert_eq!(stem(word), word);
        }
    }

    #[test]
    fn the_lists_are_in_order_and_of_letters() {
        for (name, list) in [
            ("roots", include_str!("data/roots.txt")),
            ("names", include_str!("data/names.txt")),
            ("spellings", include_str!("data/spellings.txt")),
            ("forms", include_str!("data/forms.txt")),
        ] {
            let entries: Vec<&str> = lines(list).collect();
            assert!(entries.is_sorted(), "{name}");
            assert!(entries.iter().all(|entry| entry.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b' ')), "{name}");
        }
        for entry in lines(include_str!("data/forms.txt")).chain(lines(include_str!("data/spellings.txt"))) {
            let (form, root) = entry.split_once(' ').unwrap();
            assert_eq!(stem(form), root);
        }
    }

    proptest! {
        #[test]
        fn every_word_has_a_stem_that_is_not_longer(word in "[a-z]{0,50}") {
            let stem = stem(&word);
            // The letter that a prefix swallowed comes back in place of a longer prefix.
            prop_assert!(stem.len() <= word.len() + 1);
            prop_assert_eq!(stem.is_empty(), word.is_empty());
        }
    }
}
