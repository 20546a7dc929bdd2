//! Documents that were asked before: parsed once, and known to be valid once they were run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_graphql::parser::types::ExecutableDocument;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::measure::{Refusal, parse};
use crate::config::Limits;

/// Bytes that kept documents may take.
const BYTES: u64 = 16 * 1_024 * 1_024;
/// Bytes that a document takes when it is parsed, for each byte of its text and at least.
const PARSED: u64 = 64;
const LEAST: u64 = 4_096;

/// A document that parses and keeps to the limits that need no parsing.
#[derive(Debug)]
pub struct Document {
    pub parsed: ExecutableDocument,
    is_valid: AtomicBool,
}

impl Document {
    /// Whether it is known to be valid against the schema.
    pub fn is_valid(&self) -> bool {
        self.is_valid.load(Ordering::Relaxed)
    }

    /// To be said when it was found so.
    pub fn has_proved_valid(&self) {
        self.is_valid.store(true, Ordering::Relaxed);
    }
}

/// A text, and which of its operations is asked for.
type Key = (Arc<str>, Option<String>);

#[derive(Clone)]
struct Textwise;

impl Weighter<Key, Arc<Document>> for Textwise {
    fn weight(&self, (text, _): &Key, _: &Arc<Document>) -> u64 {
        LEAST + PARSED * text.len() as u64
    }
}

/// The documents of this process.
pub struct Documents(Cache<Key, Arc<Document>, Textwise>);

impl Default for Documents {
    fn default() -> Self {
        Self(Cache::with_weighter((BYTES / LEAST) as usize, BYTES, Textwise))
    }
}

impl Documents {
    /// The document of this text, as far as the operation reaches. What can't be read is not kept.
    pub fn get(&self, text: &Arc<str>, operation_name: Option<&str>, limits: &Limits) -> Result<Arc<Document>, Refusal> {
        let key = (Arc::clone(text), operation_name.map(str::to_owned));
        if let Some(document) = self.0.get(&key) {
            return Ok(document);
        }
        let parsed = parse(text, operation_name, limits)?;
        Ok(Arc::new(Document { parsed, is_valid: AtomicBool::default() }))
    }

    /// Keeps a document that is within the limits.
    pub fn keep(&self, text: &Arc<str>, operation_name: Option<&str>, document: &Arc<Document>) {
        let key = (Arc::clone(text), operation_name.map(str::to_owned));
        if self.0.peek(&key).is_none() {
            self.0.insert(key, Arc::clone(document));
        }
    }
}
