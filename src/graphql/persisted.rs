//! Documents that are asked for by their SHA-256: those that the site trusts, from a folder, and those that clients have registered.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::Context;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::measure::Refusal;
use crate::config::GraphqlConfig;

/// How long the folder is left alone after it was read.
const LEAVE_ALONE: Duration = Duration::from_secs(5);
/// What a registered document takes beside its bytes, which also bounds how many there can be.
const OVERHEAD: u64 = 256;

/// The SHA-256 of a document.
pub type Hash = [u8; 32];

/// Reads a hash, which is given in hexadecimal digits.
pub fn parse_hash(text: &str) -> Option<Hash> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_bytes().chunks(2).map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?));
    Hash::try_from(pairs.collect::<Option<Vec<u8>>>()?).ok()
}

fn hash(text: &str) -> Hash {
    Sha256::digest(text).into()
}

#[derive(Clone)]
struct Bytewise;

impl Weighter<Hash, Arc<str>> for Bytewise {
    fn weight(&self, _: &Hash, text: &Arc<str>) -> u64 {
        OVERHEAD + text.len() as u64
    }
}

/// The documents of a folder.
struct Folder {
    path: PathBuf,
    documents: RwLock<HashMap<Hash, Arc<str>>>,
    read_at: Mutex<Instant>,
}

/// What is known by hash.
pub struct PersistedDocuments {
    trusted: Option<Folder>,
    is_trusted_only: bool,
    registered: Option<Cache<Hash, Arc<str>, Bytewise>>,
}

impl PersistedDocuments {
    /// Reads the folder, if there is one. It fails when that can't be read, or holds what is no document.
    pub fn open(config: &GraphqlConfig) -> anyhow::Result<Self> {
        let path = config.documents.clone();
        let trusted = if path.as_os_str().is_empty() {
            None
        } else {
            let documents = RwLock::new(read(&path).context("graphql.documents")?);
            Some(Folder { path, documents, read_at: Mutex::new(Instant::now()) })
        };
        let bytes = config.registered_kib * 1_024;
        let most = usize::try_from(bytes / OVERHEAD).unwrap_or(usize::MAX);
        let registered = (bytes > 0).then(|| Cache::with_weighter(most, bytes, Bytewise));
        Ok(Self { trusted, is_trusted_only: config.documents_only, registered })
    }

    /// The text to run for a document that is given, or asked for by hash, or both.
    pub async fn text(&self, given: Option<String>, asked: Option<Hash>, is_public: bool) -> Result<Arc<str>, Refusal> {
        let must_be_trusted = self.is_trusted_only && is_public;
        match (given, asked) {
            (Some(text), asked) => {
                if asked.is_some_and(|asked| asked != hash(&text)) {
                    return Err(Refusal::new("PERSISTED_QUERY_MISMATCH", "The hash is not that of the document."));
                }
                match must_be_trusted {
                    true => self.trusted(hash(&text)).await.ok_or_else(untrusted),
                    false => Ok(text.into()),
                }
            }
            (None, Some(asked)) => {
                if let Some(text) = self.trusted(asked).await {
                    return Ok(text);
                }
                let registered = self.registered.as_ref().filter(|_| !must_be_trusted);
                match registered {
                    // The words that clients look for before they send the document along.
                    Some(known) => known.get(&asked).ok_or_else(|| Refusal::new("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")),
                    None if must_be_trusted => Err(untrusted()),
                    None => Err(Refusal::new("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")),
                }
            }
            (None, None) => Err(Refusal::new("BAD_REQUEST", "query: give a GraphQL document.")),
        }
    }

    /// Keeps a document that a client has given together with its hash, once it is known to be within the limits.
    pub fn register(&self, asked: Hash, text: &Arc<str>) {
        if let Some(registered) = &self.registered {
            registered.insert(asked, Arc::clone(text));
        }
    }

    async fn trusted(&self, asked: Hash) -> Option<Arc<str>> {
        let folder = self.trusted.as_ref()?;
        if let Some(text) = folder.get(asked) {
            return Some(text);
        }
        folder.read_again().await;
        folder.get(asked)
    }
}

impl Folder {
    fn get(&self, asked: Hash) -> Option<Arc<str>> {
        self.documents.read().unwrap_or_else(PoisonError::into_inner).get(&asked).cloned()
    }

    /// Looks for documents that were put there since. What can't be read leaves those in place that are known.
    async fn read_again(&self) {
        let mut read_at = self.read_at.lock().await;
        if read_at.elapsed() < LEAVE_ALONE {
            return;
        }
        *read_at = Instant::now();
        let path = self.path.clone();
        match tokio::task::spawn_blocking(move || read(&path)).await {
            Ok(Ok(documents)) => *self.documents.write().unwrap_or_else(PoisonError::into_inner) = documents,
            Ok(Err(error)) => tracing::warn!(error = format!("{error:#}"), "trusted documents could not be read again"),
            Err(error) => tracing::warn!(%error, "trusted documents could not be read again"),
        }
    }
}

fn untrusted() -> Refusal {
    Refusal::new("DOCUMENT_NOT_TRUSTED", "Only documents that this site knows are run for the public.")
}

fn read(folder: &Path) -> anyhow::Result<HashMap<Hash, Arc<str>>> {
    let mut documents = HashMap::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("{}", folder.display()))? {
        let path = entry?.path();
        let read = || std::fs::read_to_string(&path).with_context(|| format!("{}", path.display()));
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("graphql" | "gql") => {
                let text = read()?;
                // A client may send the file as it is, or without the line break that editors put at its end.
                for text in [text.as_str(), text.trim()] {
                    documents.insert(hash(text), text.into());
                }
            }
            Some("json") => {
                let listed: HashMap<String, String> = serde_json::from_str(&read()?)
                    .with_context(|| format!("{}: give an object of hashes and documents", path.display()))?;
                for (name, text) in listed {
                    let asked = parse_hash(name.trim_start_matches("sha256:"));
                    let asked = asked.filter(|asked| *asked == hash(&text));
                    let asked = asked.with_context(|| format!("{}: `{name}` is not the SHA-256 of its document", path.display()))?;
                    documents.insert(asked, text.into());
                }
            }
            _ => {}
        }
    }
    Ok(documents)
}

#[cfg(test)]
mod tests {
    use super::{PersistedDocuments, hash, parse_hash};
    use crate::config::GraphqlConfig;

    fn hex(text: &str) -> String {
        hash(text).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn hashes_are_read_or_refused() {
        assert_eq!(parse_hash(&hex("{a}")), Some(hash("{a}")));
        assert_eq!(parse_hash(&hex("{a}").to_uppercase()), Some(hash("{a}")));
        for bad in ["", "ab", &"g".repeat(64), &"a".repeat(63), &"a".repeat(65), "é"] {
            assert_eq!(parse_hash(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_folder_with_a_wrong_hash_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("daftar.json"), format!("{{\"{}\": \"{{b}}\"}}", hex("{a}"))).unwrap();
        let config = GraphqlConfig { documents: folder.path().to_owned(), ..GraphqlConfig::default() };
        let problem = format!("{:#}", PersistedDocuments::open(&config).err().unwrap());
        assert!(problem.contains("daftar.json") && problem.contains("SHA-256"), "{problem}");
    }

    #[tokio::test]
    async fn what_was_registered_is_bounded() {
        let config = GraphqlConfig { registered_kib: 64, ..GraphqlConfig::default() };
        let documents = PersistedDocuments::open(&config).unwrap();
        for number in 0..2_000 {
            let text = format!("{{ a{number} {} }}", "b ".repeat(200));
            documents.register(hash(&text), &text.as_str().into());
        }
        let registered = documents.registered.as_ref().unwrap();
        assert!(registered.weight() <= 64 * 1_024 && registered.len() < 200, "{} documents", registered.len());
    }
}
