//! Texts of nearly the same words: sketches that they probably share, and how alike they are (A. Broder, On the resemblance and
//! containment of documents, 1997).

/// Fewest words that are no coincidence: many people say the same few.
const FEWEST_WORDS: usize = 8;

/// A sketch: of texts that share four fifths of their pairs of words, all but one in a hundred have one of the three in common.
pub type Sketch = [i64; 3];

/// The pairs of neighbouring words of a text, each once, by their hashes in order.
pub struct Pairs {
    hashes: Vec<u64>,
    words: usize,
}

impl Pairs {
    /// Those of a text with these words.
    pub fn of<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let words: Vec<&str> = words.collect();
        let mut hashes: Vec<u64> = words.windows(2).map(hash).collect();
        hashes.sort_unstable();
        hashes.dedup();
        Self { hashes, words: words.len() }
    }

    /// The sketch of the text; `None` for a few words. It is stored, and must come out the same in every version.
    pub fn sketch(&self) -> Option<Sketch> {
        if self.words < FEWEST_WORDS {
            return None;
        }
        let least = |seed: u64| self.hashes.iter().map(|hash| mixed(hash ^ seed)).min().unwrap_or_default().cast_signed();
        Some([least(0x9e37_79b9_7f4a_7c15), least(0xbf58_476d_1ce4_e5b9), least(0x94d0_49bb_1331_11eb)])
    }

    /// The share of pairs of words that two texts have in common, 0 to 1.
    pub fn likeness(&self, other: &Self) -> f32 {
        let mut rest = other.hashes.iter().peekable();
        let is_shared = |hash: &&u64| {
            while rest.next_if(|other| other < hash).is_some() {}
            rest.next_if_eq(hash).is_some()
        };
        let shared = self.hashes.iter().filter(is_shared).count();
        let all = self.hashes.len() + other.hashes.len() - shared;
        if all == 0 { 0.0 } else { shared as f32 / all as f32 }
    }
}

/// FNV-1a of a pair of neighbours.
fn hash(pair: &[&str]) -> u64 {
    let add = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    pair.iter().fold(0xcbf2_9ce4_8422_2325, |hash, word| add(word.bytes().fold(hash, add), 0))
}

/// The finalizer of SplitMix64 (G. Steele, D. Lea, C. Flood, 2014).
fn mixed(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::Pairs;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn pairs(text: &str) -> Pairs {
        Pairs::of(text.split(' '))
    }

    #[test]
    fn texts_of_nearly_the_same_words_meet() {
        let text = "kami melayani pembuatan situs desa yang murah dan cepat dengan dukungan penuh setiap hari kerja untuk seluruh kabupaten di sulawesi";
        let changed = text.replace("murah", "hemat").replace("sulawesi", "jawa");
        let other = "terima kasih atas penyuluhan peternakan kemarin semoga tahun depan diadakan lagi di dusun kami yang jauh dari kota";
        let shared = |a: &str, b: &str| {
            let (a, b) = (pairs(a).sketch().unwrap(), pairs(b).sketch().unwrap());
            a.iter().filter(|key| b.contains(key)).count()
        };
        assert_eq!(shared(text, text), 3);
        assert!(shared(text, &changed) >= 1);
        assert_eq!(shared(text, other), 0);
        assert!(pairs(text).likeness(&pairs(&changed)) > 0.6 && pairs(text).likeness(&pairs(other)) < 0.1);
        assert_eq!(pairs("terima kasih banyak pak lurah").sketch(), None);
    }

    #[test]
    fn a_sketch_stays_the_same() {
        let stored = pairs("satu dua tiga empat lima enam tujuh delapan").sketch();
        assert_eq!(stored, Some([435_456_131_134_606_726, 2_043_001_424_765_381_329, 1_615_203_488_279_824_417]));
        assert_eq!(pairs("").likeness(&pairs("")), 0.0);
    }

    proptest! {
        #[test]
        fn likeness_is_the_share_of_pairs_in_common(one in prop::collection::vec("[a-c]", 0..12), other in prop::collection::vec("[a-c]", 0..12)) {
            let set = |words: &[String]| words.windows(2).map(<[String]>::to_vec).collect::<HashSet<_>>();
            let (shared, all) = (set(&one).intersection(&set(&other)).count(), set(&one).union(&set(&other)).count());
            let expected = if all == 0 { 0.0 } else { shared as f32 / all as f32 };
            let of = |words: &[String]| Pairs::of(words.iter().map(String::as_str));
            prop_assert_eq!(of(&one).likeness(&of(&other)), expected);
        }
    }
}
