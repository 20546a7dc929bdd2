//! What changed between two texts, word by word (Myers 1986, by way of the `similar` crate).

use std::time::Duration;

use similar::{ChangeTag, TextDiff};

/// How long a comparison may take; after that what is left is told as replaced whole.
const PATIENCE: Duration = Duration::from_millis(200);

/// What happened to a stretch of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChunkKind {
    Kept,
    Added,
    Removed,
}

/// A stretch of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    pub kind: ChunkKind,
    pub text: String,
}

/// The stretches that lead from `before` to `after`: without the added ones they are `before`, without the removed ones
/// `after`.
pub fn words(before: &str, after: &str) -> Vec<Chunk> {
    let diff = TextDiff::configure().timeout(PATIENCE).diff_words(before, after);
    let mut chunks: Vec<Chunk> = Vec::new();
    for change in diff.iter_all_changes() {
        let kind = match change.tag() {
            ChangeTag::Equal => ChunkKind::Kept,
            ChangeTag::Insert => ChunkKind::Added,
            ChangeTag::Delete => ChunkKind::Removed,
        };
        match chunks.last_mut() {
            Some(last) if last.kind == kind => last.text.push_str(change.value()),
            _ => chunks.push(Chunk { kind, text: change.value().to_owned() }),
        }
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::{Chunk, ChunkKind, words};
    use proptest::prelude::*;

    #[test]
    fn a_changed_word_is_removed_and_added() {
        let chunk = |kind, text: &str| Chunk { kind, text: text.to_owned() };
        let expected = [
            chunk(ChunkKind::Kept, "Panen "),
            chunk(ChunkKind::Removed, "jagung"),
            chunk(ChunkKind::Added, "padi"),
            chunk(ChunkKind::Kept, " melimpah"),
        ];
        assert_eq!(words("Panen jagung melimpah", "Panen padi melimpah"), expected);
        assert_eq!(words("", ""), []);
    }

    proptest! {
        #[test]
        fn both_texts_can_be_told_from_the_chunks(before in "[ab ]{0,40}", after in "[ab ]{0,40}") {
            let chunks = words(&before, &after);
            let without = |kind| chunks.iter().filter(|chunk| chunk.kind != kind).map(|chunk| chunk.text.as_str()).collect::<String>();
            prop_assert_eq!(without(ChunkKind::Added), before);
            prop_assert_eq!(without(ChunkKind::Removed), after);
        }
    }
}
