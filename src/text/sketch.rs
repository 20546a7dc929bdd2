//! Texts of nearly the same words: sketches that they probably share, and how alike they are (A. Broder, On the resemblance and
//! containment of documents, 1997).

use std::collections::HashSet;

/// Fewest words that are no coincidence: many people say the same few.
const FEWEST_WORDS: usize = 8;

/// A sketch: of texts that share four fifths of their pairs of words, all but one in a hundred have one of the three in common.
pub type Sketch = [i64; 3];

/// The sketch of a text, by its words; `None` for a few words.
pub fn sketch<'a>(words: impl Iterator<Item = &'a str>) -> Option<Sketch> {
    let words: Vec<&str> = words.collect();
    if words.len() < FEWEST_WORDS {
        return None;
    }
    let hashes: Vec<u64> = pairs(&words).collect();
    let least = |seed: u64| hashes.iter().map(|hash| mixed(hash ^ seed)).min().unwrap_or_default().cast_signed();
    Some([least(0x9e37_79b9_7f4a_7c15), least(0xbf58_476d_1ce4_e5b9), least(0x94d0_49bb_1331_11eb)])
}

/// The share of pairs of words that two texts have in common, 0 to 1.
pub fn likeness<'a>(one: impl Iterator<Item = &'a str>, other: impl Iterator<Item = &'a str>) -> f32 {
    let [one, other] = [one.collect::<Vec<_>>(), other.collect()].map(|words| pairs(&words).collect::<HashSet<u64>>());
    let (shared, all) = (one.intersection(&other).count(), one.union(&other).count());
    if all == 0 { 0.0 } else { shared as f32 / all as f32 }
}

/// FNV-1a of each pair of neighbours; it is stored, and must stay the same in every version.
fn pairs<'a>(words: &'a [&str]) -> impl Iterator<Item = u64> + 'a {
    words.windows(2).map(|pair| {
        let bytes = pair.iter().flat_map(|word| word.bytes().chain([0]));
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    })
}

/// The finalizer of SplitMix64 (G. Steele, D. Lea, C. Flood, 2014).
fn mixed(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::{likeness, sketch};

    fn words(text: &str) -> impl Iterator<Item = &str> {
        text.split(' ')
    }

    #[test]
    fn texts_of_nearly_the_same_words_meet() {
        let text = "kami melayani pembuatan situs desa yang murah dan cepat dengan dukungan penuh setiap hari kerja untuk seluruh kabupaten di sulawesi";
        let changed = text.replace("murah", "hemat").replace("sulawesi", "jawa");
        let other = "terima kasih atas penyuluhan peternakan kemarin semoga tahun depan diadakan lagi di dusun kami yang jauh dari kota";
        let shared = |a: &str, b: &str| {
            let (a, b) = (sketch(words(a)).unwrap(), sketch(words(b)).unwrap());
            a.iter().filter(|key| b.contains(key)).count()
        };
        assert_eq!(shared(text, text), 3);
        assert!(shared(text, &changed) >= 1);
        assert_eq!(shared(text, other), 0);
        assert!(likeness(words(text), words(&changed)) > 0.6 && likeness(words(text), words(other)) < 0.1);
        assert_eq!(sketch(words("terima kasih banyak pak lurah")), None);
    }

    #[test]
    fn a_sketch_stays_the_same() {
        let stored = sketch(words("satu dua tiga empat lima enam tujuh delapan")).unwrap();
        assert_eq!(stored, sketch(words("satu dua tiga empat lima enam tujuh delapan")).unwrap());
        assert_eq!(likeness(words(""), words("")), 0.0);
    }
}
