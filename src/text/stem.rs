//! Word forms to stems: Snowball's Indonesian stemmer (Tala 2003), held off the words that it is known to break.

use std::collections::HashSet;
use std::sync::LazyLock;

use snowball_stemmers_rs::{Algorithm, Stemmer};

static STEMMER: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::create(Algorithm::Indonesian));

/// Roots that only look as if they carried an affix: "sekolah" is not "seko" with "-lah".
static WHOLE: LazyLock<HashSet<&str>> = LazyLock::new(|| super::stopword::lines(include_str!("data/whole_roots.txt")).collect());

/// Roots whose first letter the nasal prefix swallows, with the form that the rules alone would leave.
static NASAL: LazyLock<std::collections::HashMap<&str, &str>> =
    LazyLock::new(|| super::stopword::lines(include_str!("data/nasal_roots.txt")).filter_map(|line| line.split_once(' ')).collect());

/// The stem of a normalised word; words of three letters or fewer, and words with digits, are their own.
pub fn stem(word: &str) -> String {
    if word.len() <= 3 || WHOLE.contains(word) || word.chars().any(|c| c.is_ascii_digit()) {
        return word.to_owned();
    }
    for clitic in ["nya", "lah", "kah", "pun"] {
        if let Some(base) = word.strip_suffix(clitic).filter(|base| WHOLE.contains(base)) {
            return base.to_owned();
        }
    }
    let stem = STEMMER.stem(word);
    NASAL.get(stem.as_ref()).map_or_else(|| stem.clone().into_owned(), |root| (*root).to_owned())
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn forms_of_a_root_meet() {
        for family in [
            &["tani", "bertani", "pertanian", "petani"][..],
            &["ternak", "beternak", "peternak", "peternakan"],
            &["lurah", "kelurahan"],
            &["latih", "pelatihan", "melatih", "dilatih"],
            &["tulis", "menulis", "penulis", "tulisan", "ditulis"],
            &["teliti", "peneliti", "penelitian", "meneliti"],
            &["berita", "beritanya"],
            &["sekolah", "sekolahnya"],
            &["bangun", "pembangunan", "membangun"],
            &["sehat", "kesehatan"],
            &["makan", "makanan"],
            &["ajar", "belajar", "pelajaran"],
            &["jabat", "pejabat", "jabatan"],
        ] {
            let stems: std::collections::BTreeSet<String> = family.iter().map(|word| stem(word)).collect();
            assert_eq!(stems.len(), 1, "{family:?} gave {stems:?}");
        }
    }

    #[test]
    fn short_words_and_numbers_are_their_own_stem() {
        assert_eq!(stem("air"), "air");
        assert_eq!(stem("2011"), "2011");
    }
}
