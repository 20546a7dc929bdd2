//! Words of a language that is Indonesian in its roots and affixes and in nothing else.

/// Makes words, as frequent as words are in texts (Zipf), the same ones in every run.
pub struct Language {
    roots: Vec<&'static str>,
    state: u64,
}

impl Language {
    /// Another `seed` makes other texts.
    pub fn new(seed: u64) -> Self {
        let lines = include_str!("../../src/text/data/roots.txt").lines();
        let mut language = Self { roots: lines.filter(|line| !line.starts_with('#')).collect(), state: seed.max(1) };
        // In an order that is not that of the alphabet: the first are the frequent ones.
        for at in 0..language.roots.len() {
            let other = at + language.below(language.roots.len() - at);
            language.roots.swap(at, other);
        }
        language
    }

    /// A number below `limit` (xorshift).
    pub fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state % limit as u64) as usize
    }

    /// A number below `limit`, the low ones more often.
    pub fn skewed(&mut self, limit: u128) -> u128 {
        self.zipf(limit as usize) as u128
    }

    /// A rank that is as likely as its reciprocal.
    fn zipf(&mut self, limit: usize) -> usize {
        let rank = (limit as f64).powf(self.below(1_000_000) as f64 / 1_000_000.0) as usize;
        rank.min(limit) - 1
    }

    fn word(&mut self) -> String {
        let rank = self.zipf(self.roots.len());
        let root = self.roots[rank];
        match self.below(8) {
            0 => format!("ber{root}"),
            1 => format!("di{root}kan"),
            2 => format!("{root}nya"),
            3 => format!("ke{root}an"),
            _ => root.to_owned(),
        }
    }

    /// So many words.
    pub fn text(&mut self, words: usize) -> String {
        (0..words).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }

    /// So many words, the first letter of each a capital.
    pub fn title(&mut self, words: usize) -> String {
        let capital = |word: String| word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect::<String>();
        (0..words).map(|_| capital(self.word())).collect::<Vec<_>>().join(" ")
    }
}
