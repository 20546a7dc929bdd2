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
pub struct PlainWord<'a> {
    /// In small Latin letters and digits, where it can be read so.
    pub text: Cow<'a, str>,
    /// Whether it was written so that it looks like what it is not.
    pub is_disguised: bool,
    /// What stands between it and the word before.
    separator: Cow<'a, str>,
    is_first: bool,
}

impl PlainWord<'_> {
    /// It from its end to its beginning.
    pub fn reversed(&self) -> Self {
        Self { text: Cow::Owned(self.text.chars().rev().collect()), is_disguised: true, separator: self.separator.clone(), is_first: false }
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
    let (mut compared, mut before) = (String::with_capacity(word.len()), None);
    for letter in word.chars().map(reading) {
        if before.replace(letter) != Some(letter) {
            compared.push(letter);
        }
    }
    compared
}

/// Splits a text into its words.
pub fn plain_words(text: &str) -> Vec<PlainWord<'_>> {
    let mut words: Vec<PlainWord<'_>> = Vec::new();
    let mut word = Building::new(text);
    let mut separator = Stretch::new(text);
    let mut at = 0;
    loop {
        let rest = &text[at..];
        // Small Latin letters and digits stand for themselves; most of a text are such.
        let plain = rest.bytes().take_while(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()).count();
        if plain > 0 {
            word.text.extend(at, at + plain);
            at += plain;
        }
        let mut letters = rest[plain..].chars();
        let Some(c) = letters.next() else { break };
        let next = letters.clone().next();
        let start = at;
        at += c.len_utf8();
        if is_hidden(c) {
            word.hidden += usize::from(!word.text.is_empty());
            continue;
        }
        let is_within = !word.text.is_empty() && next.is_some_and(char::is_alphanumeric);
        // One that stands alone may be a letter of a word that was set apart: "g @ c o r".
        let is_alone = matches!(c, '@' | '$') && word.text.is_empty() && separator.as_str() == " " && next == Some(' ');
        let is_sign = is_letter_sign(c) && (is_within || is_alone);
        let mut is_part = is_sign;
        if is_sign {
            word.text.extend(start, at);
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
            separator.extend(start, at);
        }
    }
    word.end(&mut words, &mut separator);
    joined(words)
}

/// Parts of a text put together: borrowed from it for as long as they stand there in one piece, as most do.
struct Stretch<'a> {
    text: &'a str,
    start: usize,
    end: usize,
    owned: Option<String>,
}

impl<'a> Stretch<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, start: 0, end: 0, owned: None }
    }

    fn as_str(&self) -> &str {
        self.owned.as_deref().unwrap_or(&self.text[self.start..self.end])
    }

    fn is_empty(&self) -> bool {
        self.as_str().is_empty()
    }

    /// Adds what stands in the text from `start` to `end`.
    fn extend(&mut self, start: usize, end: usize) {
        if self.is_empty() {
            (self.start, self.end) = (start, end);
        } else if self.owned.is_none() && self.end == start {
            self.end = end;
        } else {
            let more = &self.text[start..end];
            self.own().push_str(more);
        }
    }

    /// Adds what does not stand there.
    fn push(&mut self, c: char) {
        self.own().push(c);
    }

    fn own(&mut self) -> &mut String {
        self.owned.get_or_insert_with(|| self.text[self.start..self.end].to_owned())
    }

    fn take(&mut self) -> Cow<'a, str> {
        let taken = std::mem::replace(self, Self::new(self.text));
        taken.owned.map_or(Cow::Borrowed(&taken.text[taken.start..taken.end]), Cow::Owned)
    }
}

struct Building<'a> {
    text: Stretch<'a>,
    hidden: usize,
    marks: usize,
    styled: usize,
}

impl<'a> Building<'a> {
    fn new(text: &'a str) -> Self {
        Self { text: Stretch::new(text), hidden: 0, marks: 0, styled: 0 }
    }

    /// Takes a letter that is not of the Latin alphabet; `false` where it is none at all.
    fn push_foreign(&mut self, c: char) -> bool {
        let plain = look_alike(c);
        let mut is_part = false;
        for part in plain.map_or_else(|| c.nfkd().collect::<Vec<_>>(), |plain| vec![plain]) {
            if is_combining_mark(part) {
                self.marks += usize::from(!self.text.is_empty());
                is_part = true;
            } else if part.is_alphanumeric() {
                part.to_lowercase().for_each(|small| self.text.push(small));
                self.styled += usize::from(plain.is_some() || (part.is_ascii() && c.nfkd().count() == 1));
                is_part = true;
            }
        }
        is_part
    }

    fn end(&mut self, words: &mut Vec<PlainWord<'a>>, separator: &mut Stretch<'a>) {
        let Self { mut text, hidden, marks, styled } = std::mem::replace(self, Self::new(self.text.text));
        if !text.is_empty() {
            let text = text.take();
            // A few accents are a name's own.
            let is_disguised = hidden > 0 || styled > 0 || (marks > 1 && 2 * marks >= text.chars().count());
            words.push(PlainWord { text, is_disguised, separator: separator.take(), is_first: words.is_empty() });
        }
    }
}

/// Puts words together whose letters were set apart: "s l o t", "g.a.c.o.r". The same separator stands between all of them.
fn joined(words: Vec<PlainWord<'_>>) -> Vec<PlainWord<'_>> {
    let is_letter = |word: &PlainWord<'_>| word.text.chars().nth(1).is_none();
    if !words.iter().any(is_letter) {
        return words;
    }
    let mut result: Vec<PlainWord<'_>> = Vec::with_capacity(words.len());
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
        result.push(PlainWord {
            text: Cow::Owned(run.into_iter().map(|word| word.text).collect()),
            is_disguised: true,
            separator,
            is_first,
        });
    }
    result
}

#[cfg(test)]
mod tests {
    use super::{compared, look_alike, plain_words};
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<(String, bool)> {
        plain_words(text).into_iter().map(|word| (word.text.into_owned(), word.is_disguised)).collect()
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
