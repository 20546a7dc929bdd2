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
    pub filter: SearchFilter,
    pub offset: usize,
    pub limit: usize,
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
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct SearchResult {
    /// Best first.
    pub hits: Vec<DocumentKey>,
    pub total: usize,
    pub facets: Facets,
    /// Which terms of the query the index does not know, so that words spelled nearly so were taken instead.
    pub forgiven: Vec<usize>,
}

/// How many of the documents found have which value: most first, then by value.
#[derive(Clone, Debug, Default)]
pub struct Facets {
    pub kinds: Vec<(String, usize)>,
    pub topics: Vec<(String, usize)>,
    pub programs: Vec<(String, usize)>,
    pub regions: Vec<(String, usize)>,
    pub years: Vec<(String, usize)>,
}
