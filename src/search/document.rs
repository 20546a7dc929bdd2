//! What engines index.

use entity::enums::Kind;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Version of this form and of the text analysis. A new one makes every index be built anew.
pub const FORMAT: i32 = 6;

/// Which thing a document stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocumentKey {
    pub kind: Kind,
    pub id: Uuid,
}

impl DocumentKey {
    /// The key as engines keep it.
    pub fn encode(&self) -> String {
        format!("{}-{}", self.kind.as_str(), self.id.simple())
    }

    /// Reads an encoded key.
    pub fn decode(text: &str) -> Option<Self> {
        let (kind, id) = text.rsplit_once('-')?;
        Some(Self { kind: Kind::from_name(kind)?, id: Uuid::try_parse(id).ok()? })
    }
}

/// Something that can be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub key: DocumentKey,
    pub title: String,
    /// Kicker, names of people, places and offices: shorter than the body and weighing more.
    pub names: String,
    pub body: String,
    pub topics: Vec<Uuid>,
    pub programs: Vec<Uuid>,
    /// Codes of the regions and of all that hold them.
    pub regions: Vec<String>,
    pub organizations: Vec<Uuid>,
    pub year: Option<i32>,
    /// Publication, or the start of an event, in milliseconds.
    pub at: i64,
}

impl Document {
    /// A number that differs when the content does: the first 64 bits of its SHA-256.
    pub fn fingerprint(&self) -> u64 {
        let Self { key, title, names, body, topics, programs, regions, organizations, year, at } = self;
        let mut hash = Sha256::new();
        // Each text after its length, so that none runs into the next.
        for text in [key.encode().as_str(), title, names, body].into_iter().chain(regions.iter().map(String::as_str)) {
            hash.update(text.len().to_le_bytes());
            hash.update(text);
        }
        hash.update(regions.len().to_le_bytes());
        for ids in [topics, programs, organizations] {
            hash.update(ids.len().to_le_bytes());
            ids.iter().for_each(|id| hash.update(id));
        }
        hash.update(format!("{year:?} {at}"));
        let digest = hash.finalize();
        digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}

#[cfg(test)]
mod tests {
    use super::DocumentKey;
    use entity::enums::Kind;
    use uuid::Uuid;

    #[test]
    fn keys_survive_their_encoding() {
        let key = DocumentKey { kind: Kind::GlossaryTerm, id: Uuid::from_u128(9) };
        assert_eq!(DocumentKey::decode(&key.encode()), Some(key));
        assert_eq!(DocumentKey::decode("x-1"), None);
    }
}
