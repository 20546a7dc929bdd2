//! Articles that speak of the same: those that share rare words, the names of people and places among them.

use std::collections::HashMap;

use entity::article;
use entity::enums::Kind;
use uuid::Uuid;

use super::{Audience, ask_live, run};
use crate::domain::error::Result;
use crate::domain::{ById, Domain};
use crate::search::document::DocumentKey;
use crate::search::query::{SearchFilter, SearchQuery};
use crate::search::rank;
use crate::text::analyzer::{Term, analyze};
use crate::text::markdown;

/// How many of the most frequent words of an article are looked at, and how many of these it is compared by.
const LOOKED_AT: usize = 40;
const COMPARED_BY: usize = 12;
/// How many articles of one list are compared: each takes two requests of the engine.
const MOST_COMPARED: usize = 20;
/// A word that more than this share of all documents hold says nothing of what one is about.
const RARE: f32 = 0.2;

/// For each of `rows`, the first few of them, the ids of up to `limit` published articles that are most like it, the most like it
/// first. None while the engine is down.
pub async fn similar(domain: &Domain, rows: &[article::Model], limit: usize) -> Result<ById<Vec<Uuid>>> {
    let mut similar = ById::default();
    for row in rows.iter().take(MOST_COMPARED) {
        match like(domain, row, limit).await {
            Ok(found) => _ = similar.insert(row.id, found),
            Err(error) => {
                // What articles link to is told all the same.
                tracing::warn!(error = error.detail(), "related articles are told without the search");
                break;
            }
        }
    }
    Ok(similar)
}

async fn like(domain: &Domain, row: &article::Model, limit: usize) -> Result<Vec<Uuid>> {
    let terms = telling_terms(domain, row).await?;
    if terms.is_empty() {
        return Ok(Vec::new());
    }
    let hidden = vec![DocumentKey { kind: Kind::Article, id: row.id }];
    let filter = SearchFilter { kinds: vec![Kind::Article], hidden, ..SearchFilter::default() };
    let query = SearchQuery { terms, filter, limit, ..SearchQuery::default() };
    let found = run(domain, Audience::Public, &query).await?;
    Ok(found.hits.into_iter().map(|key| key.id).collect())
}

/// The words that tell most of what an article is about: frequent in it, rare elsewhere, but held by another document, too.
async fn telling_terms(domain: &Domain, row: &article::Model) -> Result<Vec<Term>> {
    let mut counted: HashMap<String, (usize, Term)> = HashMap::new();
    let body = markdown::plain_text(&row.body);
    for (text, times) in [(row.title.as_str(), rank::TITLE), (row.summary.as_deref().unwrap_or_default(), 1), (&body, 1)] {
        for term in analyze(text).into_iter().filter(|term| !term.is_stop_word && term.stem.len() > 2) {
            counted.entry(term.stem.clone()).or_insert((0, term)).0 += times;
        }
    }
    let mut frequent: Vec<(usize, Term)> = counted.into_values().collect();
    frequent.sort_by(|(a, a_term), (b, b_term)| b.cmp(a).then_with(|| a_term.stem.cmp(&b_term.stem)));
    frequent.truncate(LOOKED_AT);
    let stems: Vec<String> = frequent.iter().map(|(_, term)| term.stem.clone()).collect();
    let (documents, held) = ask_live(domain, Audience::Public, |index| domain.search.holding(index, &stems)).await?;
    let is_telling = |held: usize| held > 1 && held as f32 <= (documents as f32 * RARE).max(2.0);
    let mut telling: Vec<(f32, Term)> = frequent
        .into_iter()
        .zip(held)
        .filter(|(_, held)| is_telling(*held))
        .map(|((count, term), held)| (count as f32 * rank::rarity(documents as f32, held as f32), term))
        .collect();
    telling.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    telling.truncate(COMPARED_BY);
    Ok(telling.into_iter().map(|(_, term)| term).collect())
}
