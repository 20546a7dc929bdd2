//! Words as they are meant to be read, whatever was done to keep a machine from reading them: letters of other scripts that look
//! alike (as in Unicode Technical Standard 39), digits and signs in place of letters, styled letters, hidden signs, letters set apart.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Shortest run of single letters that is one word set apart.
const SHORTEST_RUN: usize = 3;

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainWord {
    /// In small Latin letters and digits, where it can be read so.
    pub text: String,
    /// Whether it was written so that it looks like what it is not.
    pub is_disguised: bool,
    /// What stands between it and the word before; mostly one blank, which takes no room.
    separator: Cow<'static, str>,
    is_first: bool,
}

impl PlainWord {
    /// It from its end to its beginning.
    pub fn reversed(&self) -> Self {
        Self { text: self.text.chars().rev().collect(), is_disguised: true, separator: self.separator.clone(), is_first: false }
    }

    /// Whether a quotation begins or ends before it.
    pub fn follows_quotation_mark(&self) -> bool {
        // A single mark between two letters belongs to a word: "jum'at".
        self.separator.contains(['"', '“', '”', '„', '«', '»'])
            || (self.separator.contains(['\'', '‘', '’', '`']) && (self.is_first || self.separator.chars().nth(1).is_some()))
    }

    /// Whether only a comma or point stands before it, as within a number.
    pub fn follows_decimal_mark(&self) -> bool {
        matches!(&*self.separator, "," | ".")
    }

    /// Whether only a point stands before it.
    pub fn follows_point(&self) -> bool {
        self.separator == "."
    }
}

/// Letters of other scripts and styles, and the Latin ones that they are read as.
static LOOK_ALIKES: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    const PAIRS: [(&str, &str); 4] = [
        // Cyrillic and Armenian.
        ("аАвВеЕёЁкКмМнНоОрРсСтТуУхХіІїЇјЈѕЅһҺԁԛԚԝԜғҒьЬпгзЗбօսհ", "aabbeeeekkmmhhooppccttyyxxiiiijjsshhdqqwwffbbnrzzbouh"),
        // Greek.
        ("αΑβΒεΕζΖηΗιΙκΚμΜνΝοΟρΡτΤυΥχΧγωσςλδϲ", "aabbeezznhiikkmmvnooppttuyxxywoolac"),
        // Small capitals and other phonetic letters.
        ("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢıɑɡɩȷłŁøØđĐ", "abcdefghijklmnoprstuvwyziagijlloodd"),
        // Letters that stand on their heads.
        ("ɐɔǝɟƃɥᴉɾʞɯɹʇʌʍʎ", "acefghijkmrtvwy"),
    ];
    PAIRS.iter().flat_map(|(alike, plain)| alike.chars().zip(plain.chars())).collect()
});

/// A letter of another script or style that is read as a Latin one.
fn look_alike(c: char) -> Option<char> {
    if c.is_ascii() {
        return None;
    }
    // Letters in dark circles and squares, and those that flags are made of.
    let of_block = |first: u32| char::from_u32(u32::from(c).checked_sub(first)? + u32::from('a')).filter(char::is_ascii_lowercase);
    LOOK_ALIKES.get(&c).copied().or_else(|| [0x1F150, 0x1F170, 0x1F1E6].into_iter().find_map(of_block))
}

/// Signs that show nothing.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e007f}')
}

/// Signs that stand for letters within a word.
fn is_letter_sign(c: char) -> bool {
    matches!(c, '@' | '$' | '!' | '|' | '€' | '£')
}

/// The letter that a sign or digit within a word is read as, and both of a pair that look the same: "l" and "i", "o" and "0".
pub fn reading(c: char) -> char {
    match c {
        'l' | '1' | '!' | '|' => 'i',
        '0' => 'o',
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        '8' => 'b',
        '9' | '6' => 'g',
        '2' => 'z',
        '£' => 'i',
        other => other,
    }
}

/// A word as it is compared: letters that look the same are one, and none stands twice in a row.
pub fn compared(word: &str) -> String {
    let mut compared = String::with_capacity(word.len());
    for letter in word.chars().map(reading) {
        if !compared.ends_with(letter) {
            compared.push(letter);
        }
    }
    compared
}

/// Splits a text into its words.
pub fn plain_words(text: &str) -> Vec<PlainWord> {
    let mut words: Vec<PlainWord> = Vec::new();
    let mut word = Building::default();
    let mut separator = String::new();
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        if is_hidden(c) {
            word.hidden += usize::from(!word.text.is_empty());
            continue;
        }
        let is_within = !word.text.is_empty() && letters.peek().is_some_and(|next| next.is_alphanumeric());
        // One that stands alone may be a letter of a word that was set apart: "g @ c o r".
        let is_alone = matches!(c, '@' | '$') && word.text.is_empty() && separator == " " && letters.peek() == Some(&' ');
        let is_sign = is_letter_sign(c) && (is_within || is_alone);
        let mut is_part = is_sign;
        if is_sign {
            word.text.push(c);
        }
        if c.is_ascii() {
            // Most letters need no looking up.
            if c.is_ascii_alphanumeric() {
                word.text.push(c.to_ascii_lowercase());
                is_part = true;
            }
        } else {
            is_part |= word.push_foreign(c);
        }
        if !is_part {
            word.end(&mut words, &mut separator);
            separator.push(c);
        }
    }
    word.end(&mut words, &mut separator);
    joined(words)
}

#[derive(Default)]
struct Building {
    text: String,
    hidden: usize,
    marks: usize,
    styled: usize,
}

impl Building {
    /// Takes a letter that is not of the Latin alphabet; `false` where it is none at all.
    fn push_foreign(&mut self, c: char) -> bool {
        let plain = look_alike(c);
        let mut is_part = false;
        for part in plain.map_or_else(|| c.nfkd().collect::<Vec<_>>(), |plain| vec![plain]) {
            if is_combining_mark(part) {
                self.marks += usize::from(!self.text.is_empty());
                is_part = true;
            } else if part.is_alphanumeric() {
                self.text.extend(part.to_lowercase());
                self.styled += usize::from(plain.is_some() || (part.is_ascii() && c.nfkd().count() == 1));
                is_part = true;
            }
        }
        is_part
    }

    fn end(&mut self, words: &mut Vec<PlainWord>, separator: &mut String) {
        let Self { text, hidden, marks, styled } = std::mem::take(self);
        if !text.is_empty() {
            // A few accents are a name's own.
            let is_disguised = hidden > 0 || styled > 0 || (marks > 1 && 2 * marks >= text.chars().count());
            let is_first = words.is_empty();
            let between = if separator == " " { Cow::Borrowed(" ") } else { Cow::Owned(separator.clone()) };
            separator.clear();
            words.push(PlainWord { text, is_disguised, separator: between, is_first });
        }
    }
}

/// Puts words together whose letters were set apart: "s l o t", "g.a.c.o.r". The same separator stands between all of them.
fn joined(words: Vec<PlainWord>) -> Vec<PlainWord> {
    let is_letter = |word: &PlainWord| word.text.chars().nth(1).is_none();
    let mut result: Vec<PlainWord> = Vec::with_capacity(words.len());
    let mut rest = words.into_iter().peekable();
    while let Some(first) = rest.next() {
        if !is_letter(&first) {
            result.push(first);
            continue;
        }
        let mut run = vec![first];
        while let Some(next) = rest.next_if(|next| is_letter(next) && run.get(1).is_none_or(|second| second.separator == next.separator)) {
            run.push(next);
        }
        if run.len() < SHORTEST_RUN {
            result.append(&mut run);
            continue;
        }
        let (separator, is_first) = (run[0].separator.clone(), run[0].is_first);
        result.push(PlainWord { text: run.into_iter().map(|word| word.text).collect(), is_disguised: true, separator, is_first });
    }
    result
}

#[cfg(test)]
mod tests {
    use super::{compared, look_alike, plain_words};
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<(String, bool)> {
        plain_words(text).into_iter().map(|word| (word.text, word.is_disguised)).collect()
    }

    #[test]
    fn letters_that_look_alike_are_read_as_what_they_look_like() {
        for disguised in
            ["ѕlоt", "ｓｌｏｔ", "𝐬𝐥𝐨𝐭", "ⓢⓛⓞⓣ", "🅂🄻🄾🅃", "🆂🅻🅾🆃", "s\u{200b}l\u{ad}ot", "s̶l̶o̶t̶", "ꜱʟᴏᴛ", "s l o t", "s.l.o.t", "s-l-o-t"]
        {
            assert_eq!(words(disguised), [("slot".to_owned(), true)], "{disguised}");
        }
        assert_eq!(look_alike('с'), Some('c'));
        assert_eq!(look_alike('c'), None);
    }

    #[test]
    fn honest_words_stay_as_they_are() {
        let plain = |word: &str| (word.to_owned(), false);
        assert_eq!(words("Kafé di Bantaeng, Rp 5.000!"), ["kafe", "di", "bantaeng", "rp", "5", "000"].map(plain));
        assert_eq!(words("Terima kasih ❤️ 👨‍👩‍👧"), ["terima", "kasih"].map(plain));
        assert_eq!(words("pukul 7 A"), ["pukul", "7", "a"].map(plain));
    }

    #[test]
    fn digits_and_signs_are_read_as_letters() {
        for (disguised, word) in [("sl0t", "slot"), ("g4c0r", "gacor"), ("m@xw1n", "maxwin"), ("gacorrr", "gacor"), ("t0g3l", "togel")] {
            assert_eq!(compared(disguised), compared(word));
        }
        assert_ne!(compared("slot"), compared("selat"));
    }

    #[test]
    fn letters_set_apart_end_where_the_space_is_wider() {
        let found: Vec<String> = words("cek s l o t  g @ c o r ya").into_iter().map(|(word, _)| word).collect();
        assert_eq!(found, ["cek", "slot", "g@cor", "ya"]);
    }

    proptest! {
        #[test]
        fn any_text_has_words_that_are_not_empty(text in "\\PC{0,200}") {
            for word in plain_words(&text) {
                prop_assert!(!word.text.is_empty());
                compared(&word.text);
                word.reversed();
            }
        }
    }
}
