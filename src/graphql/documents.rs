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
/// Most fields and fragments of a document whose keys are compared.
const MOST_SELECTED: usize = 1_000;

/// A document that parses and keeps to the limits that need no parsing.
#[derive(Debug)]
pub struct Document {
    pub parsed: ExecutableDocument,
    /// Whether no object of the answer is put together from two places that name the same key.
    pub keys_are_distinct: bool,
    /// Whether it may ask about the schema itself.
    introspects: bool,
    is_valid: AtomicBool,
}

impl Document {
    /// Whether it is known to be valid against the schema.
    pub fn is_valid(&self) -> bool {
        self.is_valid.load(Ordering::Relaxed)
    }

    /// To be said when it was found so. One that asks about the schema is never known to be: only the schema that checks is shown.
    pub fn has_proved_valid(&self) {
        self.is_valid.store(!self.introspects, Ordering::Relaxed);
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
        let keys_are_distinct = operation.is_some_and(|root| are_distinct(root, &parsed, &mut HashSet::new(), &mut { MOST_SELECTED }));
        let begins = |at: usize, name: &str| text[at..].starts_with(name);
        let introspects =
            text.match_indices("__").any(|(at, _)| begins(at, "__schema") || begins(at, "__type") && !begins(at, "__typename"));
        Ok(Arc::new(Document { parsed, keys_are_distinct, introspects, is_valid: AtomicBool::default() }))
    }

    /// Keeps a document that is within the limits.
    pub fn keep(&self, text: &Arc<str>, operation_name: Option<&str>, document: &Arc<Document>) {
        let key = (Arc::clone(text), operation_name.map(str::to_owned));
        if self.0.peek(&key).is_none() {
            self.0.insert(key, Arc::clone(document));
        }
    }
}

/// Whether no object is put together from two places. Keys of objects may not stand twice in a selection with all its fragments, whatever type
/// these are for: `objects` are those seen so far. Other keys may, for they name the same value, but in one place only once. After `left`
/// fields and fragments nothing is certain any more, as when fragments hold each other.
fn are_distinct<'a>(
    selection: &'a SelectionSet,
    document: &'a ExecutableDocument,
    objects: &mut HashSet<&'a str>,
    left: &mut usize,
) -> bool {
    let mut here = HashSet::new();
    selection.items.iter().all(|item| {
        let Some(fewer) = left.checked_sub(1) else { return false };
        *left = fewer;
        match &item.node {
            Selection::Field(field) => {
                let (key, within) = (field.node.response_key().node.as_str(), &field.node.selection_set.node);
                let is_new = here.insert(key) && (within.items.is_empty() || objects.insert(key));
                is_new && are_distinct(within, document, &mut HashSet::new(), left)
            }
            Selection::InlineFragment(fragment) => are_distinct(&fragment.node.selection_set.node, document, objects, left),
            Selection::FragmentSpread(spread) => {
                let fragment = document.fragments.get(&spread.node.fragment_name.node);
                fragment.is_some_and(|fragment| are_distinct(&fragment.node.selection_set.node, document, objects, left))
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::Documents;
    use crate::config::Limits;

    fn keys_are_distinct(text: &str) -> bool {
        Documents::default().get(&text.into(), None, &Limits::default()).unwrap().keys_are_distinct
    }

    #[test]
    fn one_that_asks_about_the_schema_is_never_known_to_be_valid() {
        let is_valid = |text: &str| {
            let document = Documents::default().get(&text.into(), None, &Limits::default()).unwrap();
            document.has_proved_valid();
            document.is_valid()
        };
        assert!(is_valid("{ articles { __typename nodes { title __isNode: __typename } } }"));
        assert!(!is_valid("{ __typename __schema { queryType { name } } }"));
        assert!(!is_valid("{ ...Root } fragment Root on Query { a: __type(name: \"Article\") { name } }"));
    }

    #[test]
    fn objects_that_are_put_together_are_found() {
        for distinct in [
            "{ articles { nodes { title topics { name } regions { name } } } }",
            "{ a: articles { nodes { title } } b: articles { nodes { title } } }",
            "{ articles { nodes { body { html } ...Card __typename } } } fragment Card on Article { title __typename }",
            "{ articles { nodes { ...Card } } events { nodes { articles { ...Card } } } } fragment Card on Article { title topics { name } }",
            "{ search(query: \"x\") { hits { node { ... on Article { title topics { name } } ... on Event { title region { name } } } } } }",
        ] {
            assert!(keys_are_distinct(distinct), "{distinct}");
        }
        for not in [
            "{ articles { nodes { topics { name } topics { slug } } } }",
            "{ articles { nodes { title topics: title } articles: title } articles { nodes { slug } } }",
            "{ articles { nodes { title title } } }",
            "{ articles { nodes { topics { name } ...Card } } } fragment Card on Article { topics { slug } }",
            "{ articles { nodes { topics { name } ... { ... { topics { slug } } } } } }",
            "{ articles { nodes { ...Card } } } fragment Card on Article { ...Card }",
        ] {
            assert!(!keys_are_distinct(not), "{not}");
        }
        let many = |fields: usize| format!("{{ {} }}", (0..fields).map(|n| format!("f{n}: __typename ")).collect::<String>());
        assert!(keys_are_distinct(&many(1_000)) && !keys_are_distinct(&many(1_001)));
    }
}
