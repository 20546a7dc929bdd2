//! Search in comments, for moderators.

use async_graphql::{Context, Object, Result, SimpleObject};

use super::{cursor, rank_after};
use crate::domain::search::comments::search;
use crate::graphql::ContextExt;
use crate::graphql::comment::Comment;
use crate::graphql::connection::{PageInfo, size};
use crate::text::highlight::to_html;

/// Words of a snippet.
const SNIPPET_WORDS: usize = 30;

/// One comment found.
#[derive(SimpleObject)]
pub struct CommentHit {
    /// Where it stands, for `after`.
    cursor: String,
    /// What was found.
    node: Comment,
    /// The passage that fits best as HTML, matches within `<mark>`.
    snippet_html: String,
}

/// Comments found, best first.
#[derive(SimpleObject)]
pub struct CommentSearch {
    /// This page of them.
    hits: Vec<CommentHit>,
    /// Where this page stands.
    page_info: PageInfo,
    /// How many were found in all; pages reach the first 1000.
    total_count: i64,
}

/// Queries.
#[derive(Default)]
pub struct CommentSearchQuery;

#[Object]
impl CommentSearchQuery {
    /// Searches all comments, whatever was decided on them, by their text and the names of who wrote them; for moderators. Null, with
    /// an error, only while the search engine is down.
    async fn comment_search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to search for; its first 200 characters count. Empty finds everything.")] query: String,
        #[graphql(desc = "How many, 1 to 100; 20 by default.")] first: Option<i64>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
    ) -> Result<Option<CommentSearch>> {
        let limit = size("first", first.unwrap_or(20), 100)?;
        let offset = after.map_or(Ok(0), |after| rank_after(&after))?;
        let found = search(ctx.domain(), ctx.actor(), &query, (offset, limit)).await?;
        let hits: Vec<CommentHit> = found
            .rows
            .into_iter()
            .map(|(rank, row)| CommentHit {
                cursor: cursor(rank),
                snippet_html: to_html(&found.highlighter.snippet(&row.body, SNIPPET_WORDS)),
                node: row.into(),
            })
            .collect();
        let page_info = PageInfo {
            has_next_page: found.has_next,
            has_previous_page: offset > 0,
            start_cursor: hits.first().map(|hit| hit.cursor.clone()),
            end_cursor: hits.last().map(|hit| hit.cursor.clone()),
        };
        Ok(Some(CommentSearch { hits, page_info, total_count: i64::try_from(found.total).unwrap_or(i64::MAX) }))
    }
}
