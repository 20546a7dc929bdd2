//! What a search finds, as the types that the schema has for it.

use async_graphql::Union;

use crate::domain::search::{Found, FoundHead, HitNode};
use crate::graphql::article::Article;
use crate::graphql::event::Event;
use crate::graphql::official::Official;
use crate::graphql::organization::Organization;
use crate::graphql::program::Program;

/// Something that was found.
#[derive(Union)]
pub enum SearchNode {
    /// An article.
    Article(Article),
    /// An event.
    Event(Event),
    /// An official.
    Official(Official),
    /// An organization.
    Organization(Organization),
    /// A program.
    Program(Program),
}

impl From<Found> for SearchNode {
    fn from(found: Found) -> Self {
        match found {
            Found::Article(row) => Self::Article(row.into()),
            Found::Event(row) => Self::Event(row.into()),
            Found::Official(row) => Self::Official(row.into()),
            Found::Organization(row) => Self::Organization(row.into()),
            Found::Program(row) => Self::Program(row.into()),
        }
    }
}

impl From<FoundHead> for SearchNode {
    fn from(found: FoundHead) -> Self {
        match found {
            FoundHead::Article(head) => Self::Article(head.into()),
            FoundHead::Event(head) => Self::Event(head.into()),
            FoundHead::Official(head) => Self::Official(head.into()),
            FoundHead::Organization(row) => Self::Organization(row.into()),
            FoundHead::Program(head) => Self::Program(head.into()),
        }
    }
}

impl From<HitNode> for SearchNode {
    fn from(node: HitNode) -> Self {
        match node {
            HitNode::Head(head) => head.into(),
            HitNode::Whole(found) => found.into(),
        }
    }
}
