//! Promotion of online gambling, told from talk about it: points for the words of a text, by a list of our own, for disguises that
//! honest writers do not use, and for names and addresses made as such sites make theirs; points off for what those say who complain.
//! Beside the list stand points that were learned from comments, for what promotion and talk sound like without a word of the trade.

mod amount;
mod learned;
mod list;
mod part;
mod site;
mod text;

use std::collections::HashMap;

use self::list::Reading;
use self::part::Part;
use self::site::{is_brand, is_cheap_domain, is_site_name};
use self::text::{SPEAKS_OF_IT, Text};
use super::disguise::{PlainWord, plain_words};

/// From so many points on a text promotes gambling.
pub const PROMOTES: f32 = 4.5;

/// How much more words count in the name of an author and in the address of a web site.
const AS_A_NAME: f32 = 1.5;
/// Points for a web site that is called as such sites are; how much more for an address that costs little, for one that is the
/// author's name as well, and for a name that sites like best. It takes more than one of them: many have their own page.
const WEBSITE: f32 = 2.5;
const CHEAP: f32 = 2.0;
const NAMED_LIKE_THE_SITE: f32 = 1.5;
const BRAND: f32 = 1.0;
/// Points for an author who is called like a site and gives none.
const NAMED: f32 = 1.5;
const NAMED_AS_A_BRAND: f32 = 3.5;

/// A text with who wrote it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Written<'a> {
    pub name: &'a str,
    pub website: Option<&'a str>,
    pub text: &'a str,
}

/// What was found in a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gambling {
    /// From 0; from [`PROMOTES`] on it is promotion.
    pub points: f32,
    /// Words that speak for it, each once, the weightiest first.
    pub words: Vec<&'static str>,
    /// Whether some of them were disguised.
    pub is_disguised: bool,
    /// What looks like the name of a site.
    pub sites: Vec<String>,
    /// Whether it also says what those say who complain: then it is not for a machine to decide.
    pub is_doubtful: bool,
}

/// Looks for promotion of gambling.
pub fn gambling(written: Written<'_>) -> Gambling {
    gambling_in(written, &plain_words(written.text))
}

/// The same, for one who already has the words of the text.
pub fn gambling_in(written: Written<'_>, body: &[PlainWord<'_>]) -> Gambling {
    let (name, website) = (plain_words(written.name), plain_words(written.website.unwrap_or_default()));
    let [name_read, website_read, body_read] = [&name, &website, body].map(|words| words.iter().map(Reading::new).collect::<Vec<_>>());
    let parts = [&name_read, &website_read, &body_read].map(|readings| Part::read(readings));
    let is_disguised = parts.iter().any(|part| part.is_disguised);
    let [in_name, in_website, in_body] = &parts;
    let text = Text::weigh(written.text, &body_read, in_body, is_disguised);
    // Nobody calls themselves so without a purpose, and what else is said does not take it back.
    let in_both: HashMap<_, _> = in_name.found.iter().chain(&in_website.found).collect();
    let outside = AS_A_NAME * in_both.into_values().map(|(points, _)| points).sum::<f32>();
    let points = text.points + outside + as_a_site(&name, &website);
    let of_list = parts.iter().flat_map(|part| part.found.iter().map(|(word, (points, _))| (*word, *points)));
    let mut found: Vec<(&'static str, f32)> = of_list.chain(text.telling).collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let mut words: Vec<&'static str> = Vec::new();
    for (word, _) in found {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    let mut sites: Vec<String> = parts.into_iter().flat_map(|part| part.sites).map(|(site, _)| site).collect();
    sites.sort();
    sites.dedup();
    Gambling { points, words, is_disguised, sites, is_doubtful: text.is_doubtful && outside < SPEAKS_OF_IT }
}

/// Points for an author who is called like a site, and for the address of one.
fn as_a_site(name: &[PlainWord<'_>], website: &[PlainWord<'_>]) -> f32 {
    let is_any = |words: &[PlainWord<'_>], is: fn(&str) -> bool| words.iter().any(|word| is(&word.text));
    if is_any(website, is_site_name) {
        let is_cheap = website.windows(2).any(|pair| is_cheap_domain(&pair[0], &pair[1]));
        let is_same = name.iter().any(|word| is_site_name(&word.text) && website.iter().any(|other| other.text == word.text));
        let more = [(is_cheap, CHEAP), (is_same, NAMED_LIKE_THE_SITE), (is_any(website, is_brand), BRAND)];
        return WEBSITE + more.iter().filter(|(is_so, _)| *is_so).map(|(_, points)| points).sum::<f32>();
    }
    // Many honest people have a number behind their name.
    match (is_any(name, is_brand), is_any(name, is_site_name)) {
        (true, _) => NAMED_AS_A_BRAND,
        (_, true) => NAMED,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::{PROMOTES, Written, gambling, gambling_in, plain_words};
    use proptest::prelude::*;

    fn promotes(text: &str) -> bool {
        gambling(Written { name: "Pembaca", website: None, text }).points >= PROMOTES
    }

    #[test]
    fn promotion_is_found_in_any_disguise() {
        for text in [
            "slot gacor hari ini, link ada di bio",
            "s l 0 t  g @ c 0 r",
            "ѕlоt gасоr",
            "s\u{200b}l\u{200b}o\u{200b}t g\u{200b}a\u{200b}c\u{200b}o\u{200b}r",
            "ｓｌｏｔ ｇａｃｏｒ",
            "slotgacor2025",
            "sl0t-g4c0r maxwin",
            "rocag tols",
        ] {
            assert!(promotes(text), "{text}: {:?}", gambling(Written { name: "", website: None, text }));
        }
    }

    #[test]
    fn promotion_needs_no_word_of_the_trade() {
        for text in [
            "Kemarin modal 20rb pulang bawa 2 juta, makasih banyak kacang77",
            "iseng isi 25 ribu dapat 1,8 juta di kacangrebus818, langsung cair",
            "yang mau link cek bio aku ya, dijamin x500 tiap malam",
        ] {
            assert!(promotes(text), "{text}: {:?}", gambling(Written { name: "", website: None, text }));
        }
    }

    #[test]
    fn honest_talk_is_left_alone() {
        for text in [
            "Slot waktu rapat desa masih kosong?",
            "Burung murai saya gacor lagi setelah diberi jangkrik.",
            "Anak saya kecanduan judi slot, tolong situsnya diblokir. Uang sekolah habis dipakai depo.",
            "Komentar di sini isinya slot gacor semua, tolong dihapus min.",
            "Tolong dihapus min, tiap hari ada yang tulis \"slot gacor depo 10rb pasti maxwin di kacang77\", resah warga",
            "Modal 20 ribu beli bibit, panen jadi 300 ribu, alhamdulillah.",
            "Bonus panen dari koperasi dibagi rata, modal kembali, petani menang.",
            "USG 4D di puskesmas berapa biayanya?",
        ] {
            assert!(!promotes(text), "{text}: {:?}", gambling(Written { name: "", website: None, text }));
        }
    }

    #[test]
    fn a_name_and_an_address_can_be_all_the_promotion_there_is() {
        let text = "Terima kasih, beritanya bermanfaat.";
        let points = |name, website| gambling(Written { name, website, text }).points;
        assert!(points("Slot Gacor 88", None) >= PROMOTES);
        assert!(points("Budi", Some("https://slot-gacor-kacang77.example")) >= PROMOTES);
        assert!(points("kacang77", Some("https://kacang77-login.site")) >= PROMOTES);
        assert!(points("Pak Toto", Some("https://desa.example")) < PROMOTES);
    }

    #[test]
    fn what_only_looks_like_it_is_no_promotion() {
        let text = "Terima kasih, beritanya bermanfaat.";
        for (name, website) in [
            ("budi1985", "https://instagram.example/budi1985"),
            ("Rina77", "https://rina77.example"),
            ("Klinik Fisioterapi", "https://klinikfisioterapi.example"),
            ("Toto Sudarto", "https://totosudarto.example"),
        ] {
            assert!(gambling(Written { name, website: Some(website), text }).points < PROMOTES, "{name}");
        }
        for text in ["Ada cash back 10 persen untuk beras?", "Turn over staf puskesmas tinggi.", "Hubungi 081351074321 atau 081370701234."]
        {
            assert!(!promotes(text), "{text}");
        }
        let complaint = gambling(Written { name: "", website: None, text: "s l 0 t g @ c 0 r maxwin kacang7788 depo 10rb, warga gas" });
        assert!(complaint.points >= PROMOTES && !complaint.is_doubtful, "one word takes nothing back");
        assert!(!gambling(Written::default()).is_doubtful);
    }

    #[test]
    fn promotion_by_one_who_complains_is_doubtful() {
        let text = "Dulu rugi dan ditipu situs lain, sekarang slot gacor maxwin terus di kacang77, depo 10rb";
        let found = gambling(Written { name: "", website: None, text });
        assert!(found.points >= PROMOTES && found.is_doubtful, "{found:?}");
        assert!(found.words.contains(&"slot gacor") && found.sites == ["kacang77"], "{found:?}");
    }

    proptest! {
        #[test]
        fn any_text_has_points(name in "\\PC{0,20}", text in "\\PC{0,200}") {
            let written = Written { name: &name, website: None, text: &text };
            let found = gambling(written);
            prop_assert!(found.points >= 0.0);
            prop_assert_eq!(gambling_in(written, &plain_words(&text)), found);
        }
    }
}
