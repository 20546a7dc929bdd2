//! Slugs from Indonesian titles.

use super::normalize::normalize;

/// The longest slug, in characters.
pub const LONGEST_SLUG: usize = 120;

/// Titles are cut here, at a word, so that a number can still be added.
const LONGEST_FROM_TITLE: usize = 80;

/// The slug of a title: letters and digits in lower case, words joined by hyphens, at most 80 characters.
/// Empty when the title has no letter or digit.
pub fn slugify(title: &str) -> String {
    let mut slug = String::new();
    for word in normalize(&title.replace(['\'', '’', 'ʼ'], "")).split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
    {
        if slug.len() + word.len() + 1 > LONGEST_FROM_TITLE {
            if slug.is_empty() {
                slug.push_str(&word[..LONGEST_FROM_TITLE]);
            }
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.push_str(word);
    }
    slug
}

/// Whether `slug` has the form of one: groups of lower-case letters and digits joined by single hyphens.
pub fn is_slug(slug: &str) -> bool {
    !slug.is_empty()
        && slug.len() <= LONGEST_SLUG
        && slug.split('-').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::{is_slug, slugify};
    use proptest::prelude::*;

    #[test]
    fn titles_become_slugs() {
        assert_eq!(slugify("Lokakarya “Klaster Mandiri” — Bantaeng, Sulsel!"), "lokakarya-klaster-mandiri-bantaeng-sulsel");
        assert_eq!(slugify("Jum'at Bersih di Désa"), "jumat-bersih-di-desa");
        assert_eq!(slugify("…"), "");
    }

    proptest! {
        #[test]
        fn a_slug_is_empty_or_well_formed(title in "\\PC{0,300}") {
            let slug = slugify(&title);
            prop_assert!(slug.is_empty() || is_slug(&slug));
        }
    }
}
