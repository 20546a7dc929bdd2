//! A search engine that can be taken down.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use entity::enums::SearchEngineKind;
use uuid::Uuid;
use warta::search::document::{Document, DocumentKey};
use warta::search::query::{SearchQuery, SearchResult};
use warta::search::{Batch, SearchEngine, SearchError};

/// Passes everything on to another engine, until it is down or refuses what it is given.
pub struct Switched {
    pub inner: Arc<dyn SearchEngine>,
    pub is_down: AtomicBool,
    pub refuses: AtomicBool,
}

impl Switched {
    /// An engine that is up.
    pub fn new(inner: Arc<dyn SearchEngine>) -> Self {
        Self { inner, is_down: AtomicBool::new(false), refuses: AtomicBool::new(false) }
    }

    /// Takes it down, or up again.
    pub fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::SeqCst);
    }

    fn up(&self) -> Result<&Arc<dyn SearchEngine>, SearchError> {
        if self.is_down.load(Ordering::SeqCst) { Err(SearchError::Unavailable("switched off".to_owned())) } else { Ok(&self.inner) }
    }
}

#[async_trait]
impl SearchEngine for Switched {
    fn kind(&self) -> SearchEngineKind {
        self.inner.kind()
    }

    async fn create(&self, generation: Uuid) -> Result<(), SearchError> {
        self.up()?.create(generation).await
    }

    async fn remove(&self, generation: Uuid) -> Result<(), SearchError> {
        self.up()?.remove(generation).await
    }

    async fn exists(&self, generation: Uuid) -> Result<bool, SearchError> {
        self.up()?.exists(generation).await
    }

    async fn load(&self, generation: Uuid, documents: Vec<Document>) -> Result<(), SearchError> {
        self.up()?.load(generation, documents).await
    }

    async fn finish(&self, generation: Uuid) -> Result<(), SearchError> {
        self.up()?.finish(generation).await
    }

    async fn apply(&self, generation: Uuid, batch: Batch) -> Result<(), SearchError> {
        if self.refuses.load(Ordering::SeqCst) && batch.put.iter().any(|document| document.title.contains("racun")) {
            return Err(SearchError::Failed("refused".to_owned()));
        }
        self.up()?.apply(generation, batch).await
    }

    async fn search(&self, generation: Uuid, query: &SearchQuery) -> Result<SearchResult, SearchError> {
        self.up()?.search(generation, query).await
    }

    async fn holding(&self, generation: Uuid, stems: &[String]) -> Result<(usize, Vec<usize>), SearchError> {
        self.up()?.holding(generation, stems).await
    }

    async fn suggest(&self, generation: Uuid, prefix: &str, limit: usize) -> Result<Vec<DocumentKey>, SearchError> {
        self.up()?.suggest(generation, prefix, limit).await
    }

    async fn fingerprints(&self, generation: Uuid) -> Result<Vec<(DocumentKey, u64)>, SearchError> {
        self.up()?.fingerprints(generation).await
    }
}
