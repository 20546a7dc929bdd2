//! Documents that were asked before: parsed once, and known to be valid once they were run.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::measure::{Refusal, parse};
use crate::config::Limits;

/// Bytes that kept documents may take.
const BYTES: u64 = 16 * 1_024 * 1_024;
/// Bytes that a document takes when it is parsed, for each byte of its text and at least.
const PARSED: u64 = 64;
const LEAST: u64 = 4_096;
/// Most fields of a document whose keys are compared.
const MOST_FIELDS: usize = 1_000;

/// A document that parses and keeps to the limits that need no parsing.
#[derive(Debug)]
pub struct Document {
    pub parsed: ExecutableDocument,
    /// Whether no object of the answer is put together from two places that name the same key.
    pub keys_are_distinct: bool,
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
        let operation = parsed.operations.iter().next().map(|(_, operation)| &operation.node.selection_set.node);
        let keys_are_distinct = operation.is_some_and(|root| are_distinct(root, &parsed, &mut HashSet::new(), &mut { MOST_FIELDS }));
        Ok(Arc::new(Document { parsed, keys_are_distinct, is_valid: AtomicBool::default() }))
    }

    /// Keeps a document that is within the limits.
    pub fn keep(&self, text: &Arc<str>, operation_name: Option<&str>, document: &Arc<Document>) {
        let key = (Arc::clone(text), operation_name.map(str::to_owned));
        if self.0.peek(&key).is_none() {
            self.0.insert(key, Arc::clone(document));
        }
    }
}

/// Whether no key stands twice in a selection, nor in any within it. Of a fragment it does not matter for which type it is. After `left`
/// fields nothing is certain any more, as when fragments hold each other.
fn are_distinct<'a>(selection: &'a SelectionSet, document: &'a ExecutableDocument, seen: &mut HashSet<&'a str>, left: &mut usize) -> bool {
    selection.items.iter().all(|item| {
        let Some(fewer) = left.checked_sub(1) else { return false };
        *left = fewer;
        match &item.node {
            Selection::Field(field) => {
                let is_new = seen.insert(field.node.response_key().node.as_str());
                is_new && are_distinct(&field.node.selection_set.node, document, &mut HashSet::new(), left)
            }
            Selection::InlineFragment(fragment) => are_distinct(&fragment.node.selection_set.node, document, seen, left),
            Selection::FragmentSpread(spread) => {
                let fragment = document.fragments.get(&spread.node.fragment_name.node);
                fragment.is_some_and(|fragment| are_distinct(&fragment.node.selection_set.node, document, seen, left))
            }
        }
    })
}
