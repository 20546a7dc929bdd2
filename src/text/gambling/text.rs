//! What a text counts: points of the list, of what the list cannot say, and of what was learned.

use super::amount::multiplies;
use super::learned::learned;
use super::list::Reading;
use super::part::Part;
use super::site::{is_domain, is_telling_name};

/// Points for words of the list that are disguised.
const DISGUISED: f32 = 3.0;
/// Points for the name of a site and for an address, where the text speaks of gambling at all.
const SITE: f32 = 2.0;
const ADDRESS: f32 = 1.0;
/// Points for little money that became much.
const MULTIPLIES: f32 = 1.5;
/// Least points of words that speak of gambling.
pub const SPEAKS_OF_IT: f32 = 1.5;
/// Most points that talk about the problem takes off, and most where the text names a site or an address.
const MOST_OFF: f32 = 12.0;
const MOST_OFF_WITH_SITE: f32 = 7.0;
/// Points of complaint from which on a quotation is what it complains of, and the share that words count then which stand only there.
const COMPLAINS: f32 = 2.0;
const QUOTED: f32 = 0.3;
/// Points of complaint that no promotion has.
const COMPLAINS_MUCH: f32 = 3.0;
/// Most points of the list that are weighed against what was learned.
const MOST_BY_LIST: f32 = 8.0;
/// Most that what was learned adds where nothing in the text has to do with gambling, money or a site: too little to promote.
const UNANCHORED: f32 = 3.5;
/// Share of the points for promotion that must be said against it for the text to be doubtful.
const DOUBT: f32 = 0.25;
/// Texts of fewer words are dense with what they speak of, of more are long.
const DENSE: usize = 6;
const LONG: usize = 40;

/// A text that was weighed.
pub struct Text {
    pub points: f32,
    /// What was learned that speaks most for promotion.
    pub telling: Vec<(&'static str, f32)>,
    /// Whether it also says what those say who complain.
    pub is_doubtful: bool,
}

impl Text {
    /// Weighs a text by what was found in it. Its author's name may be what is disguised.
    pub fn weigh(text: &str, words: &[Reading], part: &Part, is_disguised: bool) -> Self {
        let is_linked = text.contains("://") || words.windows(2).any(|pair| is_domain(pair[0].word, pair[1].word));
        let (speaks, multiplies) = (part.points() >= SPEAKS_OF_IT, multiplies(words));
        let off: f32 = part.against.values().sum();
        let complains = off >= COMPLAINS;
        let spoken = part.points() + if is_disguised { DISGUISED } else { 0.0 };
        // Where all the talk is quoted and nothing is pointed out, it is talk about words.
        let is_cited = !is_linked && part.points() - part.quoted_points() < SPEAKS_OF_IT && part.sites.is_empty();
        let repeated = if complains || is_cited { (1.0 - QUOTED) * part.quoted_points() } else { 0.0 };
        let is_pointed_out = is_linked || part.sites.iter().any(|(_, is_quoted)| !(complains && *is_quoted));
        let most_off = if is_pointed_out { MOST_OFF_WITH_SITE } else { MOST_OFF };
        let more = [(speaks && !part.sites.is_empty(), SITE), (speaks && is_linked, ADDRESS), (multiplies && !complains, MULTIPLIES)];
        let more: f32 = more.into_iter().filter(|(is_there, _)| *is_there).map(|(_, points)| points).sum();
        let by_list = ((spoken - repeated - off.min(most_off)).max(0.0) + more).min(MOST_BY_LIST);
        let is_only = off == 0.0;
        let signs = [
            (is_linked, "<link>"),
            (multiplies, "<manyfold>"),
            (is_disguised, "<disguised>"),
            (part.quoted_points() > 0.0, "<quoted>"),
            (text.contains('?'), "<question>"),
            (words.len() < DENSE && (is_disguised || part.found.len() > 1), "<dense>"),
            (words.len() > LONG, "<long>"),
            (!is_only, "<against>"),
            (off >= COMPLAINS_MUCH, "<against more>"),
            (speaks, "<speaks>"),
            (is_only && speaks, "<only speaks>"),
            (is_only && !part.sites.is_empty(), "<only site>"),
            (is_only && part.sites.iter().any(|(site, _)| is_telling_name(site)), "<only telling site>"),
            (is_only && multiplies, "<only manyfold>"),
        ];
        let signs: Vec<&str> = signs.into_iter().filter(|(is_there, _)| *is_there).map(|(_, sign)| sign).collect();
        let (learned, telling) = learned(words, &signs);
        let is_anchored = part.points() > 0.0 || is_linked || multiplies || !part.sites.is_empty();
        let learned = if is_anchored { learned } else { learned.min(UNANCHORED) };
        let is_doubtful = !is_only && off >= DOUBT * spoken.max(by_list + learned);
        Self { points: (by_list + learned).max(0.0), telling, is_doubtful }
    }
}
