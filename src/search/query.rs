//! What engines are asked and what they answer.

use entity::enums::Kind;
use uuid::Uuid;

use super::document::DocumentKey;
use crate::text::analyzer::Term;
use crate::text::glossary::Expansion;

/// An analysed query.
#[derive(Clone, Debug, Default)]
pub struct SearchQuery {
    pub terms: Vec<Term>,
    /// Other ways to say parts of it, from the glossary.
    pub expansions: Vec<Expansion>,
    /// Words that must stand side by side.
    pub phrases: Vec<Vec<String>>,
    /// What must not be there: one word in any form, or several side by side.
    pub excluded: Vec<Vec<Term>>,
    /// Whether the last term may be only the beginning of a word.
    pub is_unfinished: bool,
    pub filter: SearchFilter,
    pub order: Order,
    pub offset: usize,
    pub limit: usize,
    /// Whether the facets are wanted; they cost as much as the search.
    pub with_facets: bool,
    /// Whether the total is wanted.
    pub with_total: bool,
}

/// What comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The best fit; without words the newest. With a moment, what is new then fits a little better.
    Best {
        now: Option<i64>,
    },
    Newest,
    Oldest,
}

impl Default for Order {
    fn default() -> Self {
        Self::Best { now: None }
    }
}

/// Which documents may be found; empty lists do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchFilter {
    pub kinds: Vec<Kind>,
    pub topics: Vec<Uuid>,
    pub programs: Vec<Uuid>,
    /// Codes; everything in a region is found by its code.
    pub regions: Vec<String>,
    pub organizations: Vec<Uuid>,
    pub year: Option<i32>,
    /// Only these.
    pub only: Vec<DocumentKey>,
    /// What is never found.
    pub hidden: Vec<DocumentKey>,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct SearchResult {
    /// Best first.
    pub hits: Vec<DocumentKey>,
    /// How many match; where the total was not wanted, perhaps only those up to the last hit and one more, if there is one.
    pub total: usize,
    pub facets: Facets,
    /// The terms of the query that the index does not know, so that words spelled nearly so were taken instead.
    pub forgiven: Vec<Forgiven>,
}

/// A term of a query that may hold a typing error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forgiven {
    /// Which term.
    pub at: usize,
    /// The word of the index that is nearest to it, where there is one and the engine tells.
    pub nearest: Option<String>,
}

/// How many of the documents found have which value: most first, then by value.
#[derive(Clone, Debug, Default)]
pub struct Facets {
    pub kinds: Vec<(String, usize)>,
    pub topics: Vec<(String, usize)>,
    pub programs: Vec<(String, usize)>,
    pub regions: Vec<(String, usize)>,
    pub organizations: Vec<(String, usize)>,
    pub years: Vec<(String, usize)>,
}
