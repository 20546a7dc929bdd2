//! The embedded engine: one tantivy index a generation, each in a folder of its own.

mod index;
mod near;
mod query;
mod ranked;
mod restrictions;
mod route;
mod sections;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use entity::enums::SearchEngineKind;
use uuid::Uuid;

use self::index::Generation;
use super::document::{Document, DocumentKey};
use super::query::{SearchQuery, SearchResult};
use super::{Batch, SearchEngine, SearchError};

/// The engine over a folder.
#[derive(Clone)]
pub struct TantivyEngine {
    dir: PathBuf,
    open: Arc<Mutex<HashMap<Uuid, Arc<Generation>>>>,
}

impl TantivyEngine {
    /// An engine whose generations live in `dir`, which need not exist.
    pub fn new(dir: PathBuf) -> Self {
        Self { dir, open: Arc::default() }
    }

    /// The folder of a generation.
    fn path(&self, generation: Uuid) -> PathBuf {
        self.dir.join(generation.simple().to_string())
    }

    /// A generation, which is opened when it is asked for first.
    fn generation(&self, generation: Uuid) -> Result<Arc<Generation>, SearchError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = open.get(&generation) {
            return Ok(Arc::clone(index));
        }
        let path = self.path(generation);
        if !path.join("meta.json").exists() {
            return Err(SearchError::Missing(generation));
        }
        // Generations that another process has replaced since are let go.
        open.retain(|other, _| self.path(*other).join("meta.json").exists());
        let index = Arc::new(Generation::open(&path)?);
        open.insert(generation, Arc::clone(&index));
        Ok(index)
    }

    /// Runs `work` on a generation off the async threads. Searches run on them, as reads of SQLite do: they take less time than it
    /// takes to hand them to another thread.
    async fn with<T: Send + 'static>(
        &self,
        generation: Uuid,
        work: impl FnOnce(&Generation) -> Result<T, SearchError> + Send + 'static,
    ) -> Result<T, SearchError> {
        let engine = self.clone();
        let task = tokio::task::spawn_blocking(move || work(&*engine.generation(generation)?));
        task.await.map_err(|error| SearchError::Failed(error.to_string()))?
    }
}

#[async_trait]
impl SearchEngine for TantivyEngine {
    fn kind(&self) -> SearchEngineKind {
        SearchEngineKind::Tantivy
    }

    /// Many, for a commit and the merge that follows it cost much the same for few.
    fn most_at_once(&self) -> u64 {
        3_000
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

    async fn load(&self, generation: Uuid, documents: Vec<Document>) -> Result<(), SearchError> {
        self.with(generation, move |index| index.load(&documents)).await
    }

    async fn finish(&self, generation: Uuid) -> Result<(), SearchError> {
        self.with(generation, Generation::finish).await
    }

    async fn apply(&self, generation: Uuid, batch: Batch) -> Result<(), SearchError> {
        self.with(generation, move |index| index.apply(&batch)).await
    }

    async fn search(&self, generation: Uuid, query: &SearchQuery) -> Result<SearchResult, SearchError> {
        self.generation(generation)?.search(query)
    }

    async fn holding(&self, generation: Uuid, stems: &[String]) -> Result<(usize, Vec<usize>), SearchError> {
        self.generation(generation)?.holding(stems)
    }

    async fn suggest(&self, generation: Uuid, prefix: &str, limit: usize) -> Result<Vec<DocumentKey>, SearchError> {
        self.generation(generation)?.suggest(prefix, limit)
    }

    async fn fingerprints(&self, generation: Uuid) -> Result<Vec<(DocumentKey, u64)>, SearchError> {
        self.with(generation, Generation::fingerprints).await
    }
}

#[cfg(test)]
mod tests {
    use super::TantivyEngine;
    use crate::search::document::{Document, DocumentKey};
    use crate::search::query::{SearchFilter, SearchQuery};
    use crate::search::{Batch, SearchEngine};
    use crate::text::query::ParsedQuery;
    use entity::enums::Kind;
    use uuid::Uuid;

    const GENERATION: Uuid = Uuid::from_u128(1);
    const WORDS: [&str; 8] = ["padi", "jagung", "sapi", "pupuk", "sawah", "pasar", "garam", "vanili"];

    fn year(number: u128) -> i32 {
        if number.is_multiple_of(2) { 1_900 + number as i32 / 100 } else { 2_000 + number as i32 % 40 }
    }

    fn key(number: u128) -> DocumentKey {
        DocumentKey { kind: if number.is_multiple_of(3) { Kind::Event } else { Kind::Article }, id: Uuid::from_u128(number) }
    }

    fn document(number: u128, body: String) -> Document {
        Document {
            key: key(number),
            title: String::new(),
            names: String::new(),
            body,
            topics: Vec::new(),
            programs: Vec::new(),
            regions: Vec::new(),
            organizations: Vec::new(),
            // Each segment has years of its own, and some that all have.
            year: Some(year(number)),
            at: 0,
        }
    }

    #[tokio::test]
    async fn what_is_left_out_of_the_ranking_could_not_have_come_first() {
        let folder = tempfile::tempdir().unwrap();
        let engine = TantivyEngine::new(folder.path().to_owned());
        engine.create(GENERATION).await.unwrap();
        let mut state = 7_u64;
        let mut below = |limit: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % limit
        };
        // The first words of the list are the frequent ones.
        let mut text = |words: usize| (0..words).map(|_| WORDS[below(8).min(below(8))]).collect::<Vec<_>>().join(" ");
        let documents: Vec<Document> = (0..400).map(|number| document(number, text(3 + number as usize % 20))).collect();
        for put in documents.chunks(100) {
            engine.apply(GENERATION, Batch { put: put.to_vec(), delete: Vec::new() }).await.unwrap();
        }
        let deleted: Vec<DocumentKey> = (0..400).step_by(7).map(key).collect();
        engine.apply(GENERATION, Batch { put: Vec::new(), delete: deleted.clone() }).await.unwrap();
        let filters = [
            SearchFilter::default(),
            SearchFilter { kinds: vec![Kind::Event], ..SearchFilter::default() },
            SearchFilter { kinds: vec![Kind::Article, Kind::Official], year: Some(2_009), ..SearchFilter::default() },
            SearchFilter { year: Some(2_039), hidden: (0..200).map(key).collect(), ..SearchFilter::default() },
            SearchFilter { only: (100..110).map(key).collect(), hidden: vec![key(103)], ..SearchFilter::default() },
            SearchFilter { year: Some(1_902), ..SearchFilter::default() },
            SearchFilter { year: Some(1_800), ..SearchFilter::default() },
        ];
        for words in [1, 2, 3, 5] {
            for round in 0..20 {
                let asked = text(words);
                for filter in &filters {
                    let mut parsed = ParsedQuery::new(&asked);
                    if round % 4 == 0 {
                        parsed.phrases = vec![vec!["padi".to_owned(), "jagung".to_owned()]];
                        parsed.excluded = vec![ParsedQuery::new("vanili").terms];
                    }
                    let query = SearchQuery {
                        terms: parsed.terms,
                        phrases: parsed.phrases,
                        excluded: parsed.excluded,
                        filter: filter.clone(),
                        with_total: true,
                        ..SearchQuery::default()
                    };
                    let ask = async |limit| {
                        let query = SearchQuery { limit, ..query.clone() };
                        engine.search(GENERATION, &query).await.unwrap()
                    };
                    let all = ask(1_000).await;
                    assert_eq!(all.hits.len(), all.total, "{asked} {filter:?}");
                    let few = ask(5).await;
                    // Equals may stand in another order.
                    let of_all: Vec<DocumentKey> = all.hits[..5.min(all.hits.len())].to_vec();
                    assert_eq!((few.hits.len(), few.total), (of_all.len(), all.total), "{asked} {filter:?}");
                    let same = few.hits.iter().filter(|key| all.hits[..20.min(all.hits.len())].contains(key)).count();
                    assert_eq!(same, few.hits.len(), "{asked} {filter:?}");
                    assert_eq!(few.hits.first(), of_all.first(), "{asked} {filter:?}");
                    assert!(all.hits.iter().all(|key| is_let_through(filter, *key) && !deleted.contains(key)), "{asked} {filter:?}");
                }
            }
        }
    }

    fn is_let_through(filter: &SearchFilter, key: DocumentKey) -> bool {
        let year = year(key.id.as_u128());
        (filter.kinds.is_empty() || filter.kinds.contains(&key.kind))
            && (filter.only.is_empty() || filter.only.contains(&key))
            && filter.year.is_none_or(|wanted| wanted == year)
            && !filter.hidden.contains(&key)
    }
}
