//! Search in comments, for those who decide on them.

use entity::comment;
use entity::enums::Kind;

use super::{Audience, DEEPEST_HIT, LONGEST_QUERY, MOST_WORDS, Vocabulary, run};
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::domain::error::Result;
use crate::domain::{Domain, comment as comments, require};
use crate::search::query::{Order, SearchQuery, SearchResult};
use crate::text::highlight::Highlighter;
use crate::text::query::ParsedQuery;

/// A page of comments found.
#[derive(Clone, Debug)]
pub struct CommentHits {
    /// Best first, with their ranks from 0.
    pub rows: Vec<(usize, comment::Model)>,
    pub total: usize,
    pub has_next: bool,
    /// Marks what the query found in a text.
    pub highlighter: Highlighter,
}

/// Searches the text of comments and the names of who wrote them. An empty text finds everything, the newest first.
pub async fn search(domain: &Domain, actor: &Actor, text: &str, (offset, limit): (usize, usize)) -> Result<CommentHits> {
    require(actor, Permission::ModerateComments)?;
    let text: String = text.chars().take(LONGEST_QUERY).collect();
    let parsed = ParsedQuery::new(&text);
    let is_wordless = parsed.is_empty() && !text.trim().is_empty();
    let ParsedQuery { mut terms, phrases, excluded, .. } = parsed;
    terms.truncate(MOST_WORDS);
    let vocabulary = domain.vocabulary.get(domain, || Vocabulary::load(domain)).await?;
    let expansions = vocabulary.glossary.expand(&terms);
    let offset = offset.min(DEEPEST_HIT);
    let limit = limit.min(DEEPEST_HIT - offset);
    let order = Order::Best { now: Some(domain.clock.now()) };
    let query = SearchQuery { terms, expansions, phrases, excluded, order, offset, limit, with_total: true, ..SearchQuery::default() };
    let result = if is_wordless { SearchResult::default() } else { run(domain, Audience::Moderation, &query).await? };
    let forgiven: Vec<usize> = result.forgiven.iter().map(|forgiven| forgiven.at).collect();
    let highlighter = Highlighter::new(&query.terms, &vocabulary.glossary, &forgiven, None);
    let ids: Vec<_> = result.hits.iter().filter(|key| key.kind == Kind::Comment).map(|key| key.id).collect();
    let mut found = comments::by_ids(domain, actor, &ids).await?;
    let rows = ids.iter().zip(offset..).filter_map(|(id, rank)| Some((rank, found.remove(id)?))).collect();
    let has_next = offset + limit < result.total.min(DEEPEST_HIT);
    Ok(CommentHits { rows, total: result.total, has_next, highlighter })
}
