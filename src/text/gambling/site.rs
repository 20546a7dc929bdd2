//! Names and addresses as sites of online gambling have them.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::text::disguise::PlainWord;
use crate::text::lines;

/// Most letters of a word that may be the name of a site.
const LONGEST_NAME: usize = 40;
/// Fewest letters of the name of a site before its number.
const FEWEST_LETTERS: usize = 4;
/// Most letters that a person has behind their given name.
const MOST_BEHIND: usize = 4;

static GIVEN_NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| lines(include_str!("../data/given_names.txt")).collect());

/// What most such sites are called by.
static BRANDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    const BRANDS: &str = "agung anggrek angkasa angsa apel asia badak bandar bangau banteng barong batik batu beruang berkah berlian bintang bola bos \
        bulan bunga burung cahaya cempaka cendana ceri cuan delima dewa dewi domba duyung elang emas gacor gajah garuda gajahmada harimau hiu hoki \
        hujan indo intan istana jago jaguar jaya jambu juara kaisar kapal kelinci kijang kilat king koi koin kuda kucing lapak lebah lotus lucky macan \
        mahkota mahjong mangga matahari mawar megah melati merak merpati monyet mpo musang mustika mutiara naga nanas nusa ombak padi panda pandawa \
        paus pelangi perahu perak permata petir phoenix pisang planet prabu pulau raja rajawali ratu rezeki rubah rusa sakti samudra sapi serigala \
        singa slot stadion sultan surga surya teratai tiger tikus timun tupai ular unta vegas wayang zeus";
    BRANDS.split_whitespace().collect()
});

/// Words that a number stands behind for a reason: "angkatan99", "km" being too short for the name of a site.
static COUNTED: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    const COUNTED: &str = "agustus angka angkatan april blok bulan cuma covid dapat dari desember dusun februari gelombang hanya harga halaman hari \
        januari jalan jilid juli juni kelas kelompok kode kurang lantai lebih lomba maret minggu nomor november oktober pasal pukul sampai \
        sekitar september sman smkn smpn student tahun tahap tanggal total umur usia versi volume";
    COUNTED.split_whitespace().collect()
});

/// Whether a word is made as names of such sites are: letters, then two to four digits or a word of the trade, or both.
pub fn is_site_name(word: &str) -> bool {
    const TRADE: [&str; 8] = ["toto", "slot", "qq", "4d", "poker", "hoki", "gacor", "maxwin"];
    if word.chars().nth(LONGEST_NAME).is_some() {
        return false;
    }
    let word = word.strip_suffix('x').unwrap_or(word);
    let unnumbered = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_long = |base: &&str| base.chars().nth(FEWEST_LETTERS - 1).is_some();
    let of_trade = TRADE.into_iter().find_map(|end| unnumbered.strip_suffix(end)).or_else(|| word.strip_suffix("4d")).filter(is_long);
    let base = of_trade.unwrap_or(word);
    let letters = base.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = &base[letters.len()..];
    // A few of its letters may be written as digits: "t4l1s3patu22".
    let (count, signs) = (letters.chars().count(), letters.chars().filter(|c| !c.is_alphabetic()).count());
    let begins = count >= FEWEST_LETTERS && 2 * signs < count && letters.starts_with(char::is_alphabetic);
    begins
        && (of_trade.is_some() || (2..=4).contains(&number.len()) && !is_year(number) && !is_person(letters) && !COUNTED.contains(letters))
}

/// Whether it is a number that means luck behind one of the words that most such sites are called by: "kuda77", "naga138".
pub fn is_brand(word: &str) -> bool {
    let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = &word[letters.len()..];
    let is_lucky = matches!(number.len(), 2 | 3) && number.chars().all(|digit| matches!(digit, '1' | '3' | '6' | '7' | '8' | '9'));
    is_lucky && BRANDS.contains(letters)
}

/// Whether a site's name is like no other: of a long word, with a long number or of those that sites like best.
pub fn is_telling_name(word: &str) -> bool {
    const LONG: usize = 8;
    const LONG_NUMBER: usize = 3;
    let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
    is_site_name(word) && (letters.chars().count() >= LONG || word.len() - letters.len() >= LONG_NUMBER || is_brand(word))
}

fn is_year(number: &str) -> bool {
    number.len() == 4 && number.parse().is_ok_and(|year: u16| (1930..2040).contains(&year))
}

/// Whether letters are somebody's given name, maybe with a little more: "budi", "rinaa", "bayuwe".
fn is_person(letters: &str) -> bool {
    let ends = letters.char_indices().map(|(at, _)| at).chain([letters.len()]);
    ends.filter(|end| *end + MOST_BEHIND >= letters.len() && *end >= FEWEST_LETTERS).any(|end| GIVEN_NAMES.contains(&letters[..end]))
}

/// Whether two words with a point between them end as an address does.
pub fn is_domain(first: &PlainWord<'_>, second: &PlainWord<'_>) -> bool {
    const ENDINGS: [&str; 8] = ["com", "net", "org", "info", "me", "co", "app", "art"];
    is_address(first, second, &ENDINGS) || is_cheap_domain(first, second)
}

/// Whether they end as addresses do that are bought for little and left soon.
pub fn is_cheap_domain(first: &PlainWord<'_>, second: &PlainWord<'_>) -> bool {
    const ENDINGS: [&str; 38] = [
        "biz", "xyz", "club", "vip", "bet", "site", "online", "live", "pro", "top", "win", "fun", "shop", "store", "icu", "cc", "link",
        "click", "bond", "cfd", "lol", "buzz", "monster", "quest", "rest", "bid", "ink", "life", "asia", "space", "website", "one", "sbs",
        "cyou", "lat", "games", "casino", "poker",
    ];
    is_address(first, second, &ENDINGS)
}

fn is_address(first: &PlainWord<'_>, second: &PlainWord<'_>, endings: &[&str]) -> bool {
    second.follows_point() && first.text.chars().nth(2).is_some() && endings.contains(&&*second.text)
}

#[cfg(test)]
mod tests {
    use super::{is_brand, is_site_name, is_telling_name};

    #[test]
    fn names_of_sites_are_told_from_those_of_people_and_things() {
        for name in ["kacang77", "kacangtoto", "dewahoki", "t4l1s3patu22", "garuda4d", "slot88"] {
            assert!(is_site_name(name), "{name}");
        }
        for name in ["budi77", "rina1990", "agustus2025", "angkatan99", "covid19", "rt04", "slot", "toto", "5000", "4d"] {
            assert!(!is_site_name(name), "{name}");
        }
        assert!(is_brand("kuda77") && !is_brand("kuda45") && !is_brand("kacang77"));
        assert!(is_telling_name("kacangrebus22") && is_telling_name("kacang818") && !is_telling_name("lado77"));
    }
}
