//! What a search finds, of any noun: read whole, or without its long text.

use std::collections::HashMap;

use entity::enums::Kind;
use entity::{article, event, official, organization, program};
use uuid::Uuid;

use crate::auth::actor::Actor;
use crate::domain::article::Article;
use crate::domain::entry;
use crate::domain::error::Result;
use crate::domain::event::Event;
use crate::domain::official::{Official, full_name};
use crate::domain::program::Program;
use crate::domain::{Domain, organization as organizations};
use crate::search::document::DocumentKey;
use crate::text::markdown;

/// Any row that can be found.
#[derive(Clone, Debug)]
pub enum Found {
    Article(article::Model),
    Event(event::Model),
    Official(official::Model),
    Organization(organization::Model),
    Program(program::Model),
}

/// Any row that can be found, without its long text.
#[derive(Clone, Debug)]
pub enum FoundHead {
    Article(article::Head),
    Event(event::Head),
    Official(official::Head),
    Organization(organization::Model),
    Program(program::Head),
}

impl Found {
    /// What readers call it.
    pub fn title(&self) -> String {
        match self {
            Self::Article(row) => row.title.clone(),
            Self::Event(row) => row.title.clone(),
            Self::Official(row) => full_name(&row.into()),
            Self::Organization(row) => row.name.clone(),
            Self::Program(row) => row.name.clone(),
        }
    }

    /// Its summary and its body as plain text.
    pub fn content(&self) -> String {
        let (summary, body) = match self {
            Self::Article(row) => (row.summary.as_deref(), row.body.as_str()),
            Self::Event(row) => (row.summary.as_deref(), row.body.as_str()),
            Self::Official(row) => (None, row.biography.as_str()),
            Self::Organization(row) => return row.description.clone().unwrap_or_default(),
            Self::Program(row) => (row.summary.as_deref(), row.description.as_str()),
        };
        let text = markdown::plain_text(body);
        summary.map_or_else(|| text.clone(), |summary| format!("{summary} {text}"))
    }
}

impl FoundHead {
    /// What readers call it.
    pub fn title(&self) -> String {
        match self {
            Self::Article(head) => head.title.clone(),
            Self::Event(head) => head.title.clone(),
            Self::Official(head) => full_name(head),
            Self::Organization(row) => row.name.clone(),
            Self::Program(head) => head.name.clone(),
        }
    }
}

/// Calls `$read` with the ids of each noun among `$keys`, and collects what it reads.
macro_rules! each_noun {
    ($domain:expr, $keys:expr, $kind:ident, |$noun:ident, $ids:ident| $read:expr) => {{
        let mut rows = HashMap::new();
        each_noun!(@noun rows, $keys, $kind, |$noun, $ids| $read, Article, Event, Official, Program);
        let ids: Vec<Uuid> = $keys.iter().filter(|key| key.kind == Kind::Organization).map(|key| key.id).collect();
        if !ids.is_empty() {
            for row in organizations::by_ids($domain, &ids).await?.into_values() {
                rows.insert(DocumentKey { kind: Kind::Organization, id: row.id }, $kind::Organization(row));
            }
        }
        rows
    }};
    (@noun $rows:ident, $keys:expr, $kind:ident, |$noun:ident, $ids:ident| $read:expr, $($each:ident),*) => {
        $(let $ids: Vec<Uuid> = $keys.iter().filter(|key| key.kind == Kind::$each).map(|key| key.id).collect();
        if !$ids.is_empty() {
            type $noun = $each;
            for row in $read {
                $rows.insert(DocumentKey { kind: Kind::$each, id: row.id }, $kind::$each(row));
            }
        })*
    };
}

/// Reads the rows of several nouns that `actor` may see.
pub async fn found(domain: &Domain, actor: &Actor, keys: &[DocumentKey]) -> Result<HashMap<DocumentKey, Found>> {
    Ok(each_noun!(domain, keys, Found, |Noun, ids| entry::by_ids::<Noun>(domain, actor, &ids).await?))
}

/// Reads the heads of several nouns that everybody may see.
pub async fn heads(domain: &Domain, keys: &[DocumentKey]) -> Result<HashMap<DocumentKey, FoundHead>> {
    let public = Actor::public();
    Ok(each_noun!(domain, keys, FoundHead, |Noun, ids| entry::heads::<Noun>(domain, &public, &ids).await?))
}
