//! One spelling for what readers see as one word: compatibility forms, case, diacritics.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Lower-cases `text`, resolves compatibility forms (full-width letters, ligatures) and drops diacritics.
pub fn normalize(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::normalize;

    #[test]
    fn case_diacritics_and_compatibility_forms_are_folded() {
        assert_eq!(normalize("Kafé ＢＡＮＴＡＥＮＧ ﬁlm"), "kafe bantaeng film");
        assert_eq!(normalize("PETANI"), "petani");
    }
}
