//! Snippets of a text with the words that a query found in it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::analyzer::{Term, analyze, forgiven_edits};
use super::glossary::Glossary;
use super::tokenize::spans;

/// What to mark: stems, stop words as typed, and words that may hold a typing error.
#[derive(Clone, Debug, Default)]
pub struct Highlighter {
    stems: HashSet<String>,
    stop_words: HashSet<String>,
    forgiven: Vec<String>,
    beginning: Option<String>,
    /// Shared by all the texts that are marked: what one query finds has many words in common.
    verdicts: Arc<Mutex<Verdicts>>,
}

/// Most spellings that a highlighter remembers.
const MOST_REMEMBERED: usize = 50_000;

/// What is known of the spellings that were met.
#[derive(Debug, Default)]
struct Verdicts {
    by_spelling: HashMap<String, Verdict>,
    /// The stems that matched, by number.
    stems: HashMap<String, usize>,
}

/// Whether a spelling holds a word, and the number of its stem if that matches.
#[derive(Clone, Copy, Debug)]
enum Verdict {
    NoWord,
    Word(Option<usize>),
}

/// A word of a text, and the number of its stem if that matches.
#[derive(Clone, Copy, Debug)]
struct Word {
    start: usize,
    end: usize,
    stem: Option<usize>,
}

/// A stretch of a snippet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    pub text: String,
    pub is_match: bool,
}

impl Highlighter {
    /// Prepares to mark the terms of a query and what the glossary says they also mean. `forgiven` are the terms for which
    /// words spelled nearly so were taken, and `beginning` is what words may only begin with.
    pub fn new(terms: &[Term], glossary: &Glossary, forgiven: &[usize], beginning: Option<&str>) -> Self {
        let mut stems: HashSet<String> = terms.iter().filter(|term| !term.is_stop_word).map(|term| term.stem.clone()).collect();
        stems.extend(glossary.expand(terms).into_iter().flat_map(|expansion| expansion.phrases).flatten());
        let stop_words = terms.iter().filter(|term| term.is_stop_word).map(|term| term.token.word.clone()).collect();
        let forgiven = forgiven.iter().filter_map(|at| terms.get(*at)).map(|term| term.token.word.clone()).collect();
        Self { stems, stop_words, forgiven, beginning: beginning.map(str::to_owned), verdicts: Arc::default() }
    }

    /// The words of a text. Most were met before, and are known by how they are spelled, without being analysed again.
    fn words(&self, text: &str) -> Vec<Word> {
        let mut verdicts = self.verdicts.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut words, mut spans) = (Vec::new(), spans(text).peekable());
        while let Some((start, mut end)) = spans.next() {
            let mut is_single = true;
            while let Some(next) = spans.next_if(|next| &text[end..next.0] == "-") {
                (end, is_single) = (next.1, false);
            }
            let spelling = &text[start..end];
            if is_single {
                let verdict = match verdicts.by_spelling.get(spelling) {
                    Some(verdict) => *verdict,
                    None => self.judge(&mut verdicts, spelling),
                };
                if let Verdict::Word(stem) = verdict {
                    words.push(Word { start, end, stem });
                }
            } else {
                // What hyphens join may be one word or several.
                let parts = analyze(spelling).into_iter();
                words.extend(parts.map(|term| Word {
                    start: start + term.token.start,
                    end: start + term.token.end,
                    stem: self.number(&mut verdicts, term),
                }));
            }
        }
        words
    }

    fn judge(&self, verdicts: &mut Verdicts, spelling: &str) -> Verdict {
        let verdict = match analyze(spelling).pop() {
            Some(term) => Verdict::Word(self.number(verdicts, term)),
            None => Verdict::NoWord,
        };
        if verdicts.by_spelling.len() < MOST_REMEMBERED {
            verdicts.by_spelling.insert(spelling.to_owned(), verdict);
        }
        verdict
    }

    fn number(&self, verdicts: &mut Verdicts, term: Term) -> Option<usize> {
        let next = verdicts.stems.len();
        self.matches(&term).then(|| *verdicts.stems.entry(term.stem).or_insert(next))
    }

    fn matches(&self, term: &Term) -> bool {
        if self.beginning.as_ref().is_some_and(|beginning| term.token.word.starts_with(beginning)) {
            return true;
        }
        if term.is_stop_word {
            return self.stop_words.contains(&term.token.word);
        }
        self.stems.contains(&term.stem) || self.forgiven.iter().any(|typed| is_within(typed, &term.token.word, forgiven_edits(typed)))
    }

    /// All of `text`, its matches apart.
    pub fn mark(&self, text: &str) -> Vec<Fragment> {
        let matching = self.words(text).into_iter().filter(|word| word.stem.is_some());
        let hits: Vec<(usize, usize)> = matching.map(|word| (word.start, word.end)).collect();
        fragments(text, &hits, 0, text.len())
    }

    /// The stretch of about `words` words of `text` that holds the most different matches, or its beginning.
    pub fn snippet(&self, text: &str, words: usize) -> Vec<Fragment> {
        let all = self.words(text);
        let Some(last) = all.len().checked_sub(1) else { return Vec::new() };
        let hits: Vec<usize> = (0..all.len()).filter(|at| all[*at].stem.is_some()).collect();
        // A window holds at most as many hits as words, however many there are in all.
        let score = |first: usize| {
            let inside = hits[first..].iter().take_while(|hit| **hit < hits[first] + words);
            let distinct: HashSet<usize> = inside.clone().filter_map(|hit| all[*hit].stem).collect();
            (distinct.len(), inside.count())
        };
        let best = (0..hits.len()).max_by_key(|first| (score(*first), std::cmp::Reverse(*first))).map_or(0, |first| hits[first]);
        // A few words of context before the first match, none past the end.
        let start = best.saturating_sub(words / 5).min((last + 1).saturating_sub(words));
        let end = (start + words - 1).min(last);
        let (from, to) = (if start == 0 { 0 } else { all[start].start }, if end == last { text.len() } else { all[end].end });
        let spans: Vec<(usize, usize)> = hits.iter().map(|hit| (all[*hit].start, all[*hit].end)).collect();
        let mut fragments = fragments(text, &spans, from, to);
        if from > 0 {
            fragments.insert(0, Fragment { text: "… ".to_owned(), is_match: false });
        }
        if to < text.len() {
            fragments.push(Fragment { text: " …".to_owned(), is_match: false });
        }
        fragments
    }
}

fn fragments(text: &str, hits: &[(usize, usize)], from: usize, to: usize) -> Vec<Fragment> {
    let mut parts = Vec::new();
    let mut at = from;
    for &(start, end) in hits.iter().filter(|(start, end)| *start >= from && *end <= to) {
        if start > at {
            parts.push(Fragment { text: text[at..start].to_owned(), is_match: false });
        }
        parts.push(Fragment { text: text[start..end].to_owned(), is_match: true });
        at = end;
    }
    if at < to {
        parts.push(Fragment { text: text[at..to].to_owned(), is_match: false });
    }
    parts
}

/// Escapes the fragments for HTML, matches within `<mark>`.
pub fn to_html(fragments: &[Fragment]) -> String {
    fragments
        .iter()
        .map(|fragment| {
            let text = fragment.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
            if fragment.is_match { format!("<mark>{text}</mark>") } else { text }
        })
        .collect()
}

/// Whether `a` becomes `b` by at most `limit` edits, a swap of neighbours counting as one (optimal string alignment).
pub fn is_within(a: &str, b: &str, limit: u8) -> bool {
    let limit = usize::from(limit);
    // In bytes a character differs by at most four, so that most pairs are told apart without a look at them.
    if a.len().abs_diff(b.len()) > 4 * limit {
        return false;
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > limit {
        return false;
    }
    let mut rows: [Vec<usize>; 3] = [vec![], (0..=b.len()).collect(), vec![0; b.len() + 1]];
    for i in 1..=a.len() {
        rows[2].clear();
        rows[2].push(i);
        for j in 1..=b.len() {
            let replaced = rows[1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(rows[1][j] + 1).min(rows[2][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[0][j - 2] + 1);
            }
            rows[2].push(least);
        }
        if rows[2].iter().min().is_some_and(|least| *least > limit) {
            return false;
        }
        rows.rotate_left(1);
    }
    rows[1][b.len()] <= limit
}

#[cfg(test)]
mod tests {
    use super::{Highlighter, is_within, to_html};
    use crate::text::analyzer::query_terms;
    use crate::text::glossary::Glossary;
    use proptest::prelude::*;

    fn highlighter(query: &str) -> Highlighter {
        let terms = query_terms(query);
        let forgiven: Vec<usize> = (0..terms.len()).filter(|at| terms[*at].token.word.ends_with("rahn")).collect();
        Highlighter::new(&terms, &Glossary::new([("Sulsel", "Sulawesi Selatan")]), &forgiven, None)
    }

    #[test]
    fn the_derived_form_is_marked() {
        assert_eq!(to_html(&highlighter("bertani").mark("Dinas Pertanian <Bantaeng>")), "Dinas <mark>Pertanian</mark> &lt;Bantaeng&gt;");
    }

    #[test]
    fn glossary_and_typing_errors_are_marked() {
        assert_eq!(to_html(&highlighter("sulsel").mark("Sulawesi Selatan")), "<mark>Sulawesi</mark> <mark>Selatan</mark>");
        assert_eq!(to_html(&highlighter("kelurahn").mark("Kelurahan Ereng")), "<mark>Kelurahan</mark> Ereng");
        assert_eq!(to_html(&highlighter("tanah").mark("menanam tanaman di tanah")), "menanam tanaman di <mark>tanah</mark>");
    }

    #[test]
    fn a_text_of_nothing_but_matches_is_no_trouble() {
        let fragments = highlighter("desa").snippet(&"desa ".repeat(50_000), 30);
        assert!(fragments.len() < 100);
    }

    #[test]
    fn a_snippet_shows_the_passage_with_the_matches() {
        let text = format!("{} koperasi petani berkembang {}", "kata ".repeat(50).trim_end(), "lain ".repeat(50));
        let html = to_html(&highlighter("koperasi tani").snippet(&text, 10));
        assert!(html.contains("<mark>koperasi</mark> <mark>petani</mark>"), "{html}");
        assert!(html.starts_with("… ") && html.ends_with(" …"), "{html}");
    }

    #[test]
    fn a_swap_is_one_edit() {
        assert!(is_within("petnai", "petani", 1));
        assert!(!is_within("ptn", "petani", 2));
        assert!(is_within("kelurahn", "kelurahan", 1));
    }

    proptest! {
        #[test]
        fn what_is_known_by_its_spelling_is_what_analysis_says(
            text in "((anak|tani|pertanian|me-nulis|tulis-menulis|Rp1\\.500|jum'at|é|-|\\.| |,){0,3}){0,12}|\\PC{0,60}",
        ) {
            let highlighter = highlighter("bertani tulis anak jumat");
            for _ in 0..2 {
                let words: Vec<_> = highlighter.words(&text).iter().map(|word| (word.start, word.end, word.stem.is_some())).collect();
                let terms = crate::text::analyzer::analyze(&text);
                let analysed: Vec<_> = terms.iter().map(|term| (term.token.start, term.token.end, highlighter.matches(term))).collect();
                prop_assert_eq!(words, analysed);
            }
        }

        #[test]
        fn marking_loses_no_text(text in "\\PC{0,120}", query in "[a-z ]{0,30}") {
            let joined: String = highlighter(&query).mark(&text).into_iter().map(|fragment| fragment.text).collect();
            prop_assert_eq!(joined, text.clone());
            highlighter(&query).snippet(&text, 8);
        }
    }
}
