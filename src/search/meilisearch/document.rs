//! The form that documents have in Meilisearch, and the settings of an index.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::zip;

use meilisearch_sdk::settings::{
    FacetSortValue, FacetingSettings, MinWordSizeForTypos, PaginationSetting, Settings, TypoToleranceSettings,
};
use serde::Serialize;

use crate::search::document::Document;
use crate::search::rank::{NAMES, TITLE};
use crate::text::analyzer::{Term, analyze};

/// Attributes that hold stems, the weightiest first. A body that is longer than what Meilisearch indexes of an attribute goes on
/// in the next.
pub const STEMS: [&str; 6] = ["title_stems", "name_stems", "body_stems", "body_stems_2", "body_stems_3", "body_stems_4"];
/// Attributes that hold words as they stand.
pub const WORDS: [&str; 6] = ["title_words", "name_words", "body_words", "body_words_2", "body_words_3", "body_words_4"];
/// How often the words of each of these attributes count.
pub const TIMES: [usize; 6] = [TITLE, NAMES, 1, 1, 1, 1];
/// Words of a body in one attribute: Meilisearch indexes the first 65,535.
const LONGEST_TEXT: usize = 60_000;
/// Facets, by the names that a document has them under.
pub const FACETS: [&str; 6] = ["kind", "topics", "programs", "regions", "organizations", "year"];
/// Longest beginning of a word that is kept for completing what is being typed, in characters.
pub const LONGEST_PREFIX: usize = 15;
/// How many documents a count may count; there is no larger site.
const MOST_COUNTED: usize = 100_000_000;

/// A document as it is sent. Analysis is done here: Meilisearch only splits at blanks.
#[derive(Serialize)]
pub struct Form {
    pub id: String,
    /// Hexadecimal: JSON numbers of 64 bits lose digits on the way.
    pub fingerprint: String,
    kind: &'static str,
    /// Words and stems, by their attributes.
    #[serde(flatten)]
    texts: BTreeMap<&'static str, String>,
    /// Every stem once: what decides whether a document matches.
    stems: BTreeSet<String>,
    /// Beginnings of the words of the title, and each word as [`whole`] marks it.
    title_prefixes: BTreeSet<String>,
    topics: Vec<String>,
    programs: Vec<String>,
    regions: Vec<String>,
    organizations: Vec<String>,
    year: Option<String>,
    at: i64,
}

impl Form {
    /// The form of a document.
    pub fn new(document: &Document) -> Self {
        let (title, names, body) = (analyze(&document.title), analyze(&document.names), analyze(&document.body));
        let content = [&title, &names, &body].into_iter().flatten().filter(|term| !term.is_stop_word);
        let ids = |ids: &[uuid::Uuid]| ids.iter().map(|id| id.simple().to_string()).collect();
        Self {
            id: document.key.encode(),
            fingerprint: format!("{:016x}", document.fingerprint()),
            kind: document.key.kind.as_str(),
            stems: content.map(|term| term.stem.clone()).collect(),
            title_prefixes: title.iter().flat_map(prefixes).collect(),
            texts: zip(WORDS, split(&title, &names, &body, |term| Some(&term.token.word)))
                .chain(zip(STEMS, split(&title, &names, &body, |term| Some(&term.stem).filter(|_| !term.is_stop_word))))
                .filter(|(_, text)| !text.is_empty())
                .collect(),
            topics: ids(&document.topics),
            programs: ids(&document.programs),
            regions: document.regions.clone(),
            organizations: ids(&document.organizations),
            year: document.year.map(|year| year.to_string()),
            at: document.at,
        }
    }

    /// About how many bytes the form takes in a request.
    pub fn size(&self) -> usize {
        2 * self.texts.values().map(String::len).sum::<usize>() + 1_000
    }
}

/// The texts of title, names and body, the body in pieces.
fn split(title: &[Term], names: &[Term], body: &[Term], text: impl Fn(&Term) -> Option<&String>) -> Vec<String> {
    let join = |terms: &[&String]| terms.iter().map(|text| text.as_str()).collect::<Vec<_>>().join(" ");
    let texts = |terms: &[Term]| join(&terms.iter().filter_map(&text).collect::<Vec<_>>());
    let body: Vec<&String> = body.iter().filter_map(&text).collect();
    [texts(title), texts(names)].into_iter().chain(body.chunks(LONGEST_TEXT).map(join)).collect()
}

fn prefixes(term: &Term) -> impl Iterator<Item = String> + '_ {
    let word = &term.token.word;
    let ends = word.char_indices().skip(1).map(|(at, _)| at).chain(std::iter::once(word.len()));
    ends.take(LONGEST_PREFIX).map(|end| word[..end].to_owned()).chain(std::iter::once(whole(word)))
}

/// A word that is not only a beginning: no analysed word holds this sign.
pub fn whole(word: &str) -> String {
    format!("{word}$")
}

/// The settings of every index: what may be searched in, filtered by and forgiven.
pub fn settings() -> Settings {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
    let filterable = ["id", "kind", "stems", "title_prefixes", "topics", "programs", "regions", "organizations", "year"];
    Settings {
        searchable_attributes: Some([names(&STEMS), names(&WORDS)].concat()),
        displayed_attributes: Some([names(&["id", "fingerprint", "at"]), names(&STEMS), names(&WORDS)].concat()),
        filterable_attributes: Some(filterable.into_iter().map(Into::into).collect()),
        sortable_attributes: Some(names(&["at"])),
        ranking_rules: Some(names(&["words", "typo", "proximity", "attribute", "exactness", "sort"])),
        pagination: Some(PaginationSetting { max_total_hits: MOST_COUNTED }),
        faceting: Some(FacetingSettings {
            max_values_per_facet: 100,
            sort_facet_values_by: Some([("*".to_owned(), FacetSortValue::Count)].into()),
        }),
        typo_tolerance: Some(TypoToleranceSettings {
            enabled: Some(true),
            disable_on_attributes: Some(names(&STEMS)),
            disable_on_words: None,
            min_word_size_for_typos: Some(MinWordSizeForTypos { one_typo: Some(4), two_typos: Some(9) }),
            disable_on_numbers: None,
        }),
        ..Settings::new()
    }
}

#[cfg(test)]
mod tests {
    use super::prefixes;
    use crate::text::analyzer::analyze;

    #[test]
    fn beginnings_are_cut_between_characters() {
        let found: Vec<String> = analyze("Désa").iter().flat_map(prefixes).collect();
        assert_eq!(found, ["d", "de", "des", "desa", "desa$"]);
    }
}
