//! Search engines behind one trait. An engine knows documents and analysed queries, never rows or actors.

pub mod document;
pub mod meilisearch;
pub mod query;
pub mod rank;
pub mod tantivy;

use async_trait::async_trait;
use entity::enums::SearchEngineKind;
use uuid::Uuid;

use document::{Document, DocumentKey};
use query::{SearchQuery, SearchResult};

/// Why an engine could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// It does not answer; trying again may help.
    #[error("the search engine does not answer: {0}")]
    Unavailable(String),
    /// It has no such generation.
    #[error("the search index {0} does not exist")]
    Missing(Uuid),
    /// It refused or failed; the cause is for the log.
    #[error("the search engine failed: {0}")]
    Failed(String),
}

/// What one batch changes.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub put: Vec<Document>,
    pub delete: Vec<DocumentKey>,
}

/// A search engine. Each generation is an index of its own, named by its id.
#[async_trait]
pub trait SearchEngine: Send + Sync {
    /// Which engine this is.
    fn kind(&self) -> SearchEngineKind;

    /// How many things that have changed are best brought in step at once, at the most: their texts are all in memory.
    fn most_at_once(&self) -> u64;

    /// Makes an empty generation ready to take documents.
    async fn create(&self, generation: Uuid) -> Result<(), SearchError>;

    /// Removes a generation; one that does not exist is no error.
    async fn remove(&self, generation: Uuid) -> Result<(), SearchError>;

    /// Whether a generation exists and can be read.
    async fn exists(&self, generation: Uuid) -> Result<bool, SearchError>;

    /// Adds documents to a generation that is being built, none of them twice. They need be neither durable nor found by searches
    /// before [`SearchEngine::finish`].
    async fn load(&self, generation: Uuid, documents: Vec<Document>) -> Result<(), SearchError>;

    /// Ends the building of a generation; returns once all its documents are durable and found by searches.
    async fn finish(&self, generation: Uuid) -> Result<(), SearchError>;

    /// Applies a batch; returns once it is durable and found by searches.
    async fn apply(&self, generation: Uuid, batch: Batch) -> Result<(), SearchError>;

    /// Runs a query.
    async fn search(&self, generation: Uuid, query: &SearchQuery) -> Result<SearchResult, SearchError>;

    /// How many documents there are, and how many of them hold each stem.
    async fn holding(&self, generation: Uuid, stems: &[String]) -> Result<(usize, Vec<usize>), SearchError>;

    /// Titles with a word that begins with the last word of `prefix`, and with its other words; the newest first.
    async fn suggest(&self, generation: Uuid, prefix: &str, limit: usize) -> Result<Vec<DocumentKey>, SearchError>;

    /// Every document with the fingerprint of its content, to compare with the database.
    async fn fingerprints(&self, generation: Uuid) -> Result<Vec<(DocumentKey, u64)>, SearchError>;
}
