//! What a reader may be about to type: titles, people, places, topics, and what others search for.

use entity::{region, topic};
use sea_orm::sea_query::{Expr, ExprTrait, Func, LikeExpr};
use sea_orm::{Condition, QueryFilter, QueryOrder, QuerySelect};

use super::{Audience, FoundHead, LONGEST_QUERY, ask_live, count, heads};
use crate::db::{Read, Rows};
use crate::domain::Domain;
use crate::domain::error::Result;
use crate::text::tokenize::tokenize;

/// Most places, topics and queries of others that are suggested, each.
const MOST_OF_A_KIND: u64 = 3;
/// How often, and on more than one day, something must have been searched for before it is suggested.
const LEAST_SEARCHES: i64 = 5;
/// Shortest beginning that places, topics and queries are looked up by, in characters.
const SHORTEST_BEGINNING: usize = 2;

/// What stands before the name of a region, which readers leave out.
const LEVELS: [&str; 7] = ["", "provinsi ", "kabupaten ", "kota ", "kecamatan ", "kelurahan ", "desa "];

/// A suggestion.
#[derive(Clone, Debug)]
pub enum Suggestion {
    /// Something whose title or name goes on so.
    Found(Box<FoundHead>),
    Topic(topic::Model),
    Region(region::Model),
    /// What others searched for.
    Query(String),
}

/// Up to `limit` suggestions: what others search for, topics and places, then titles and names, the newest first.
pub async fn suggest(domain: &Domain, prefix: &str, limit: usize) -> Result<Vec<Suggestion>> {
    let prefix: String = prefix.chars().take(LONGEST_QUERY).collect();
    let keys = ask_live(domain, Audience::Public, |index| domain.search.suggest(index, &prefix, limit)).await?;
    let beginning = tokenize(&prefix).into_iter().map(|token| token.word).collect::<Vec<_>>().join(" ");
    let mut suggestions = Vec::new();
    if beginning.chars().count() >= SHORTEST_BEGINNING {
        let db = domain.db.read();
        suggestions.extend(count::frequent(domain, &beginning, LEAST_SEARCHES, MOST_OF_A_KIND).await?.into_iter().map(Suggestion::Query));
        let topics = Rows::<topic::Entity>::all().filter(begins_with(name_of(topic::Column::Name), &beginning));
        let topics = topics.order_by_asc(topic::Column::Name).order_by_asc(topic::Column::Id).limit(MOST_OF_A_KIND).rows(db).await?;
        suggestions.extend(topics.into_iter().map(Suggestion::Topic));
        let is_named = |level: &str| begins_with(name_of(region::Column::Name), &format!("{level}{beginning}"));
        let regions =
            Rows::<region::Entity>::all().filter(LEVELS.iter().map(|level| is_named(level)).fold(Condition::any(), Condition::add));
        // Codes of wider regions are shorter.
        let regions = regions.order_by_asc(Expr::expr(Func::char_length(Expr::col(region::Column::Code))));
        let regions = regions.order_by_asc(region::Column::Name).order_by_asc(region::Column::Id).limit(MOST_OF_A_KIND).rows(db).await?;
        suggestions.extend(regions.into_iter().map(Suggestion::Region));
        // At least half of the places are for what can be read.
        suggestions.truncate(limit - keys.len().min(limit.div_ceil(2)));
    }
    let mut rows = heads(domain, &keys).await?;
    suggestions.extend(keys.iter().filter_map(|key| rows.remove(key)).map(|found| Suggestion::Found(Box::new(found))));
    suggestions.truncate(limit);
    Ok(suggestions)
}

fn name_of(column: impl sea_orm::sea_query::IntoColumnRef) -> Expr {
    Expr::expr(Func::lower(Expr::col(column)))
}

/// Whether a text begins so. A range beside the pattern lets either database use an index; letters sort alike in all collations,
/// so that no text is missed. `beginning` holds only letters, digits and blanks.
pub fn begins_with(text: Expr, beginning: &str) -> Condition {
    let mut condition = Condition::all().add(text.clone().gte(beginning)).add(text.clone().like(LikeExpr::new(format!("{beginning}%"))));
    let (last, before) = beginning.char_indices().next_back().map_or((' ', ""), |(at, last)| (last, &beginning[..at]));
    if matches!(last, 'a'..='y') {
        condition = condition.add(text.lt(format!("{before}{}", char::from(last as u8 + 1))));
    }
    condition
}
