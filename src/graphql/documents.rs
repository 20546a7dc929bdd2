//! Documents that were asked before: parsed once, and known to be valid once they were run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_graphql::parser::types::ExecutableDocument;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::measure::{Refusal, parse};
use crate::config::Limits;

/// Bytes of documents that are kept.
const BYTES: u64 = 512 * 1_024;
const USUAL_BYTES: usize = 512;

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

#[derive(Clone)]
struct Textwise;

impl Weighter<Arc<str>, Arc<Document>> for Textwise {
    fn weight(&self, text: &Arc<str>, _: &Arc<Document>) -> u64 {
        text.len() as u64
    }
}

/// The documents of this process.
pub struct Documents(Cache<Arc<str>, Arc<Document>, Textwise>);

impl Default for Documents {
    fn default() -> Self {
        Self(Cache::with_weighter(BYTES as usize / USUAL_BYTES, BYTES, Textwise))
    }
}

impl Documents {
    /// The document of this text. What can't be read is not kept.
    pub fn get(&self, text: &Arc<str>, limits: &Limits) -> Result<Arc<Document>, Refusal> {
        if let Some(document) = self.0.get(text) {
            return Ok(document);
        }
        let document = Arc::new(Document { parsed: parse(text, limits)?, is_valid: AtomicBool::default() });
        self.0.insert(Arc::clone(text), Arc::clone(&document));
        Ok(document)
    }
}
