//! Meilisearch, for sites of several processes: one index a generation, named by our prefix and the generation's id.

use std::time::Duration;

use async_trait::async_trait;
use entity::enums::SearchEngineKind;
use meilisearch_sdk::client::Client;
use meilisearch_sdk::documents::DocumentsQuery;
use meilisearch_sdk::errors::Error;
use meilisearch_sdk::indexes::Index;
use meilisearch_sdk::task_info::TaskInfo;
use meilisearch_sdk::tasks::Task;
use serde::Deserialize;
use tokio::time::Instant;
use uuid::Uuid;

use self::client::{Http, failure};
use self::document::Form;
use super::document::{Document, DocumentKey};
use super::query::{SearchQuery, SearchResult};
use super::{Batch, SearchEngine, SearchError};
use crate::config::SearchConfig;

mod client;
mod document;
mod query;
mod rerank;

/// Most bytes of documents in one request; Meilisearch takes 100 MB by default.
const LARGEST_PAYLOAD: usize = 20_000_000;
/// How long one call of ours may wait for tasks: three times that, for the three indexes of a generation, is less than the lease of
/// the jobs that wait for it, and than the time after which a build counts as dead.
const PATIENCE: Duration = Duration::from_secs(18);
/// The first and the longest wait between two looks at a task.
const FIRST_LOOK: Duration = Duration::from_millis(5);
const LONGEST_LOOK: Duration = Duration::from_millis(250);

/// The engine over one server.
pub struct MeilisearchEngine {
    client: Client<Http>,
    prefix: String,
}

#[derive(Deserialize)]
struct Indexed {
    id: String,
    fingerprint: String,
}

impl MeilisearchEngine {
    /// An engine that has asked nothing yet. Fails when the key can't be sent.
    pub fn new(config: &SearchConfig) -> anyhow::Result<Self> {
        let key = config.key.expose();
        let http = Http::new(key, Duration::from_millis(config.timeout_ms))?;
        Ok(Self { client: Client::new_with_client(config.url.clone(), Some(key), http), prefix: config.prefix.clone() })
    }

    fn uid(&self, generation: Uuid) -> String {
        format!("{}_{}", self.prefix, generation.simple())
    }

    fn index(&self, generation: Uuid) -> Index<Http> {
        self.client.index(self.uid(generation))
    }

    /// Waits until a task has succeeded. The SDK's own wait can't read the state of a task that was cancelled.
    async fn done(&self, generation: Uuid, deadline: Instant, task: Result<TaskInfo, Error>) -> Result<(), SearchError> {
        let task = task.map_err(|error| failure(&error, generation))?;
        let mut wait = FIRST_LOOK;
        loop {
            tokio::time::sleep(wait).await;
            match self.client.get_task(&task).await {
                Ok(Task::Succeeded { .. }) => return Ok(()),
                Ok(Task::Failed { content }) => return Err(failure(&Error::Meilisearch(content.error), generation)),
                Ok(Task::Enqueued { .. } | Task::Processing { .. }) if Instant::now() < deadline => wait = (wait * 2).min(LONGEST_LOOK),
                Ok(_) => return Err(SearchError::Unavailable(format!("task {} is not done after {PATIENCE:?}", task.task_uid))),
                Err(error) => return Err(failure(&error, generation)),
            }
        }
    }
}

#[async_trait]
impl SearchEngine for MeilisearchEngine {
    fn kind(&self) -> SearchEngineKind {
        SearchEngineKind::Meilisearch
    }

    /// As many as a slow server takes in while we wait for it.
    fn most_at_once(&self) -> u64 {
        1_000
    }

    async fn create(&self, generation: Uuid) -> Result<(), SearchError> {
        let deadline = Instant::now() + PATIENCE;
        self.done(generation, deadline, self.client.create_index(self.uid(generation), Some("id")).await).await?;
        let index = self.index(generation);
        self.done(generation, deadline, index.set_settings(&document::settings()).await).await
    }

    async fn remove(&self, generation: Uuid) -> Result<(), SearchError> {
        let deadline = Instant::now() + PATIENCE;
        match self.done(generation, deadline, self.client.delete_index(self.uid(generation)).await).await {
            Err(SearchError::Missing(_)) => Ok(()),
            removed => removed,
        }
    }

    async fn exists(&self, generation: Uuid) -> Result<bool, SearchError> {
        match self.client.get_raw_index(self.uid(generation)).await.map_err(|error| failure(&error, generation)) {
            Ok(_) => Ok(true),
            Err(SearchError::Missing(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn load(&self, generation: Uuid, documents: Vec<Document>) -> Result<(), SearchError> {
        self.apply(generation, Batch { put: documents, delete: Vec::new() }).await
    }

    async fn finish(&self, _: Uuid) -> Result<(), SearchError> {
        // What was loaded was applied.
        Ok(())
    }

    async fn apply(&self, generation: Uuid, batch: Batch) -> Result<(), SearchError> {
        let deadline = Instant::now() + PATIENCE;
        // Documents sent to an index that is gone would bring it back without its settings.
        if !self.exists(generation).await? {
            return Err(SearchError::Missing(generation));
        }
        let index = self.index(generation);
        if !batch.delete.is_empty() {
            let ids: Vec<String> = batch.delete.iter().map(DocumentKey::encode).collect();
            self.done(generation, deadline, index.delete_documents(&ids).await).await?;
        }
        let mut forms: Vec<Form> = Vec::new();
        let mut size = 0;
        for document in &batch.put {
            let form = Form::new(document);
            if size + form.size() > LARGEST_PAYLOAD && !forms.is_empty() {
                if Instant::now() >= deadline {
                    return Err(SearchError::Unavailable(format!("a batch is not done after {PATIENCE:?}")));
                }
                self.done(generation, deadline, index.add_documents(&forms, Some("id")).await).await?;
                (size, _) = (0, forms.clear());
            }
            size += form.size();
            forms.push(form);
        }
        if forms.is_empty() {
            return Ok(());
        }
        self.done(generation, deadline, index.add_documents(&forms, Some("id")).await).await
    }

    async fn search(&self, generation: Uuid, query: &SearchQuery) -> Result<SearchResult, SearchError> {
        query::search(&self.client, &self.index(generation), query).await.map_err(|error| failure(&error, generation))
    }

    async fn holding(&self, generation: Uuid, stems: &[String]) -> Result<(usize, Vec<usize>), SearchError> {
        query::holding(&self.client, &self.index(generation), stems).await.map_err(|error| failure(&error, generation))
    }

    async fn suggest(&self, generation: Uuid, prefix: &str, limit: usize) -> Result<Vec<DocumentKey>, SearchError> {
        query::suggest(&self.index(generation), prefix, limit).await.map_err(|error| failure(&error, generation))
    }

    async fn fingerprints(&self, generation: Uuid) -> Result<Vec<(DocumentKey, u64)>, SearchError> {
        let index = self.index(generation);
        let mut found = Vec::new();
        loop {
            let mut page = DocumentsQuery::new(&index);
            page.with_fields(["id", "fingerprint"]).with_filter("kind EXISTS").with_offset(found.len()).with_limit(1_000);
            let documents = index.get_documents_with::<Indexed>(&page).await.map_err(|error| failure(&error, generation))?;
            let is_last = documents.results.is_empty();
            for document in documents.results {
                let key = DocumentKey::decode(&document.id);
                let fingerprint = u64::from_str_radix(&document.fingerprint, 16).ok();
                let both = key.zip(fingerprint);
                found.push(both.ok_or_else(|| SearchError::Failed(format!("the document {} is not ours", document.id)))?);
            }
            if is_last || found.len() >= documents.total as usize {
                found.sort_unstable();
                return Ok(found);
            }
        }
    }
}
