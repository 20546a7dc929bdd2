//! What is found of the list in one part of what was written: the text, the name of its author, the address of their web site.

use std::collections::HashMap;

use super::list::{self, Reading};

/// What a word counts that is the only one and was torn apart.
const TORN_ALONE: f32 = 0.4;

/// What was found in one part of what was written.
#[derive(Default)]
pub struct Part {
    /// Points for promotion by phrase, and whether it stands in quotation marks everywhere.
    pub found: HashMap<&'static str, (f32, bool)>,
    pub against: HashMap<&'static str, f32>,
    pub is_disguised: bool,
    /// Names of sites, and whether they stand in quotation marks.
    pub sites: Vec<(String, bool)>,
}

impl Part {
    pub fn read(readings: &[Reading]) -> Self {
        let mut part = Self::default();
        let quoted = quoted(readings);
        let mut torn = 0;
        let mut at = 0;
        while at < readings.len() {
            let rest = &readings[at..];
            let phrase = list::phrase_at(rest);
            let is_torn = phrase.is_none();
            match phrase.or_else(|| list::torn_at(rest)) {
                Some(found) if found.points > 0.0 => {
                    part.add(found.phrase, found.points, quoted[at]);
                    part.is_disguised |= !is_torn && found.is_disguised && found.points >= 1.0;
                    torn += usize::from(is_torn);
                    at += found.length;
                }
                Some(found) => {
                    part.against.insert(found.phrase, -found.points);
                    at += found.length;
                }
                None => {
                    list::within(&rest[0]).for_each(|(phrase, points)| part.add(phrase, points, quoted[at]));
                    at += 1;
                }
            }
        }
        // One word alone may be written apart without a purpose: "cash back".
        let is_torn_alone = torn > 0 && part.found.len() == 1;
        part.is_disguised |= torn > 0 && !is_torn_alone;
        if is_torn_alone {
            part.found.values_mut().for_each(|(points, _)| *points *= TORN_ALONE);
        }
        for (phrase, points) in list::backwards(readings) {
            part.is_disguised = true;
            part.add(phrase, points, false);
        }
        let sites = readings.iter().zip(quoted).filter(|(reading, _)| reading.is_site);
        part.sites = sites.map(|(reading, is_quoted)| (reading.word.text.clone().into_owned(), is_quoted)).collect();
        part
    }

    fn add(&mut self, phrase: &'static str, points: f32, is_quoted: bool) {
        self.found.entry(phrase).and_modify(|(_, was_quoted)| *was_quoted &= is_quoted).or_insert((points, is_quoted));
    }

    pub fn points(&self) -> f32 {
        self.found.values().map(|(points, _)| points).sum()
    }

    /// Points of what stands in quotation marks only.
    pub fn quoted_points(&self) -> f32 {
        self.found.values().filter(|(_, is_quoted)| *is_quoted).map(|(points, _)| points).sum()
    }
}

/// Which of the words stand in quotation marks.
fn quoted(readings: &[Reading]) -> Vec<bool> {
    let mut is_quoted = false;
    readings
        .iter()
        .map(|reading| {
            is_quoted ^= reading.word.follows_quotation_mark();
            is_quoted
        })
        .collect()
}
