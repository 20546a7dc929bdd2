//! Amounts of money: promotion tells of little that became much.

use super::list::Reading;

/// How many times the stake is more than trade and thrift bring.
const MANYFOLD: f64 = 12.0;
/// Farthest words that speak of one stake and its gain.
const FARTHEST: usize = 14;
/// Most that is a stake, in rupiah.
const HIGHEST_STAKE: f64 = 300_000.0;

/// Words before what is put in and before what comes out; a number behind them needs no unit.
const PUT_IN: [&str; 18] = [
    "modal", "modalnya", "bamodal", "depo", "deposit", "isi", "dari", "dr", "setor", "masukin", "bet", "naruh", "taruh", "cuma", "dp",
    "pake", "pakai", "main",
];
const COME_OUT: [&str; 16] =
    ["dapat", "dapet", "dpt", "jadi", "jd", "dadi", "keluar", "metu", "entuk", "pulang", "naik", "tarik", "narik", "wd", "kasih", "masuk"];

/// What else is counted than money.
const OTHER_UNITS: [&str; 24] = [
    "kg", "kilo", "kuintal", "ton", "liter", "gram", "meter", "hektar", "ha", "ekor", "batang", "butir", "bibit", "orang", "kali",
    "persen", "hari", "minggu", "bulan", "tahun", "jam", "menit", "unit", "km",
];

/// An amount of money, in rupiah.
struct Amount {
    at: usize,
    rupiah: f64,
    is_put_in: bool,
}

/// Whether there is a small amount and one that is many times as much: "modal 20rb jadi 2,5 juta", "3 juta dari 20 ribu".
pub fn multiplies(words: &[Reading]) -> bool {
    let amounts: Vec<Amount> = (0..words.len()).filter_map(|at| amount(words, at)).collect();
    let is_gain = |stake: &Amount, gain: &Amount| {
        stake.rupiah > 0.0
            && stake.rupiah <= HIGHEST_STAKE
            && gain.rupiah >= MANYFOLD * stake.rupiah
            && stake.at.abs_diff(gain.at) <= FARTHEST
    };
    amounts.iter().zip(1..).any(|(first, next)| {
        amounts[next..].iter().take(3).any(|second| is_gain(first, second) || second.is_put_in && is_gain(second, first))
    })
}

/// The amount that begins at a word.
fn amount(words: &[Reading], at: usize) -> Option<Amount> {
    let text = |at: usize| words.get(at).map_or("", |reading| &*reading.word.text);
    let before = if at > 0 { text(at - 1) } else { "" };
    // Few words are amounts, so that what stands before the others is not looked at.
    let (is_put_in, comes_out) = (|| PUT_IN.contains(&before), || COME_OUT.contains(&before));
    let found = |rupiah: f64| Some(Amount { at, rupiah, is_put_in: is_put_in() });
    match text(at) {
        "goceng" => return found(5e3),
        "ceban" => return found(1e4),
        "noban" => return found(2e4),
        "goban" | "gocap" => return found(5e4),
        "gopek" => return found(5e5),
        "sejuta" => return found(1e6),
        _ => {}
    }
    // What stands behind a comma belongs to the number before.
    let is_rest = |at: usize| words.get(at).is_some_and(|next| next.word.follows_decimal_mark()) && !split(text(at)).0.is_empty();
    let (mut digits, mut unit) = split(text(at));
    if digits.is_empty() || is_rest(at) && split(before).1.is_empty() {
        return None;
    }
    let (mut number, mut next, mut is_decimal) = (digits.to_owned(), at + 1, false);
    while unit.is_empty() && is_rest(next) {
        (digits, unit) = split(text(next));
        is_decimal = digits.len() != 3;
        number.extend(is_decimal.then_some('.'));
        number.push_str(digits);
        next += 1;
    }
    let number: f64 = number.parse().ok()?;
    let unit = if unit.is_empty() { text(next) } else { unit };
    let is_money = !OTHER_UNITS.contains(&unit);
    match unit {
        "k" | "rb" | "rbu" | "ribu" | "rebu" | "rban" | "ribuan" | "ewu" | "ebu" => found(number * 1e3),
        "jt" | "juta" | "jtan" | "yuta" | "yuto" => found(number * 1e6),
        "perak" => found(number),
        _ if number >= 5e3 => found(number),
        _ if is_money && is_decimal && number < 100.0 && comes_out() => found(number * 1e6),
        _ if is_money && (number >= 100.0 && comes_out() || number >= 5.0 && is_put_in()) => found(number * 1e3),
        _ => None,
    }
}

/// The digits that a word begins with, and what follows them.
fn split(word: &str) -> (&str, &str) {
    word.split_at(word.len() - word.trim_start_matches(|c: char| c.is_ascii_digit()).len())
}

#[cfg(test)]
mod tests {
    use super::{Reading, multiplies};
    use crate::text::disguise::plain_words;

    #[test]
    fn little_that_became_much_is_found() {
        let multiplied = |text: &str| multiplies(&plain_words(text).iter().map(Reading::new).collect::<Vec<_>>());
        for text in [
            "modal 20rb jadi 2,5 juta",
            "depo 20 dapat 3 juta",
            "dapat 1.500.000 cuma dari 15 ribu",
            "isi 25 keluar 1,8",
            "goceng jadi sejuta",
        ] {
            assert!(multiplied(text), "{text}");
        }
        for text in [
            "modal 5 juta jadi 13 juta",
            "beli 20 ribu dapat 1,5 liter",
            "40 rumah dapat 2 juta",
            "dari 5 desa masuk 300 orang",
            "1,2,3 juta",
        ] {
            assert!(!multiplied(text), "{text}");
        }
    }
}
