//! Search engines that can be taken down, or are broken.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use entity::enums::SearchEngineKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;
use warta::search::document::{Document, DocumentKey};
use warta::search::query::{SearchQuery, SearchResult};
use warta::search::{Batch, SearchEngine, SearchError};

/// Passes everything on to another engine, until it is down or refuses what it is given.
pub struct Switched {
    pub inner: Arc<dyn SearchEngine>,
    pub is_down: AtomicBool,
    pub refuses: AtomicBool,
    /// Whether a search panics.
    pub panics: AtomicBool,
}

impl Switched {
    /// An engine that is up.
    pub fn new(inner: Arc<dyn SearchEngine>) -> Self {
        Self { inner, is_down: AtomicBool::new(false), refuses: AtomicBool::new(false), panics: AtomicBool::new(false) }
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

    fn most_at_once(&self) -> u64 {
        self.inner.most_at_once()
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
        assert!(!self.panics.load(Ordering::SeqCst), "a search that panics");
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

/// What is wrong with a server that stands where Meilisearch should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It takes requests and says nothing.
    Silent,
    /// It says that it has failed.
    Failing,
    /// It drops every connection.
    Resetting,
    /// It ends in the midst of an answer.
    Halting,
    /// It is something else altogether.
    Strange,
    /// It takes changes, and then can't make them.
    Refusing,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Silent, Self::Failing, Self::Resetting, Self::Halting, Self::Strange, Self::Refusing];

    /// A server with this fault; its address.
    pub async fn serve(self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(self.answer(stream));
            }
        });
        address
    }

    async fn answer(self, mut stream: TcpStream) {
        let mut request = vec![0; 65_536];
        let Ok(read) = stream.read(&mut request).await else { return };
        let is_look = request[..read].starts_with(b"GET /tasks");
        let (status, body) = match self {
            Self::Silent => return tokio::time::sleep(std::time::Duration::from_secs(60)).await,
            Self::Resetting => return drop(stream.set_zero_linger()),
            Self::Failing => ("500 Internal Server Error", r#"{"message":"broken","code":"internal","type":"internal","link":""}"#),
            Self::Halting => {
                let _ =
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{\"hits\":[").await;
                return;
            }
            Self::Strange => ("200 OK", "<html>Selamat datang</html>"),
            Self::Refusing if is_look => (
                "200 OK",
                r#"{"uid":1,"indexUid":"a","status":"failed","type":"documentAdditionOrUpdate","canceledBy":null,"details":{"receivedDocuments":1,"indexedDocuments":0},"error":{"message":"no space left","code":"no_space_left_on_device","type":"system","link":""},"duration":"PT1S","enqueuedAt":"2026-01-01T00:00:00Z","startedAt":"2026-01-01T00:00:00Z","finishedAt":"2026-01-01T00:00:01Z"}"#,
            ),
            Self::Refusing => (
                "202 Accepted",
                r#"{"taskUid":1,"indexUid":"a","status":"enqueued","type":"documentAdditionOrUpdate","enqueuedAt":"2026-01-01T00:00:00Z"}"#,
            ),
        };
        let head =
            format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
        let _ = stream.write_all((head + body).as_bytes()).await;
    }
}
