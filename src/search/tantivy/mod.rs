//! The embedded engine: one tantivy index a generation, each in a folder of its own.

mod index;
mod near;
mod query;
mod ranked;
mod sections;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use entity::enums::SearchEngineKind;
use uuid::Uuid;

use self::index::Generation;
use super::document::DocumentKey;
use super::query::{SearchQuery, SearchResult};
use super::{Batch, SearchEngine, SearchError};

/// The engine over a folder.
pub struct TantivyEngine {
    dir: PathBuf,
    open: Arc<Mutex<HashMap<Uuid, Arc<Generation>>>>,
}

impl TantivyEngine {
    /// An engine whose generations live in `dir`, which need not exist.
    pub fn new(dir: PathBuf) -> Self {
        Self { dir, open: Arc::default() }
    }

    fn path(&self, generation: Uuid) -> PathBuf {
        folder(&self.dir, generation)
    }

    /// Runs `work` on a generation off the async threads.
    async fn with<T: Send + 'static>(
        &self,
        generation: Uuid,
        work: impl FnOnce(&Generation) -> Result<T, SearchError> + Send + 'static,
    ) -> Result<T, SearchError> {
        let (dir, path, open) = (self.dir.clone(), self.path(generation), Arc::clone(&self.open));
        let task = tokio::task::spawn_blocking(move || {
            let index = {
                let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
                match open.get(&generation) {
                    Some(index) => Arc::clone(index),
                    None if path.join("meta.json").exists() => {
                        // Generations that another process has replaced since are let go.
                        open.retain(|other, _| folder(&dir, *other).join("meta.json").exists());
                        let index = Arc::new(Generation::open(&path)?);
                        open.insert(generation, Arc::clone(&index));
                        index
                    }
                    None => return Err(SearchError::Missing(generation)),
                }
            };
            work(&index)
        });
        task.await.map_err(|error| SearchError::Failed(error.to_string()))?
    }
}

/// The folder of a generation.
fn folder(dir: &Path, generation: Uuid) -> PathBuf {
    dir.join(generation.simple().to_string())
}

#[async_trait]
impl SearchEngine for TantivyEngine {
    fn kind(&self) -> SearchEngineKind {
        SearchEngineKind::Tantivy
    }

    async fn create(&self, generation: Uuid) -> Result<(), SearchError> {
        let path = self.path(generation);
        let task = tokio::task::spawn_blocking(move || Generation::create(&path));
        task.await.map_err(|error| SearchError::Failed(error.to_string()))?
    }

    async fn remove(&self, generation: Uuid) -> Result<(), SearchError> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&generation);
        match tokio::fs::remove_dir_all(self.path(generation)).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(SearchError::Failed(error.to_string())),
            _ => Ok(()),
        }
    }

    async fn exists(&self, generation: Uuid) -> Result<bool, SearchError> {
        Ok(self.path(generation).join("meta.json").exists())
    }

    async fn apply(&self, generation: Uuid, batch: Batch) -> Result<(), SearchError> {
        self.with(generation, move |index| index.apply(&batch)).await
    }

    async fn search(&self, generation: Uuid, query: &SearchQuery) -> Result<SearchResult, SearchError> {
        let query = query.clone();
        self.with(generation, move |index| index.search(&query)).await
    }

    async fn holding(&self, generation: Uuid, stems: &[String]) -> Result<(usize, Vec<usize>), SearchError> {
        let stems = stems.to_owned();
        self.with(generation, move |index| index.holding(&stems)).await
    }

    async fn suggest(&self, generation: Uuid, prefix: &str, limit: usize) -> Result<Vec<DocumentKey>, SearchError> {
        let prefix = prefix.to_owned();
        self.with(generation, move |index| index.suggest(&prefix, limit)).await
    }

    async fn fingerprints(&self, generation: Uuid) -> Result<Vec<(DocumentKey, u64)>, SearchError> {
        self.with(generation, Generation::fingerprints).await
    }
}
