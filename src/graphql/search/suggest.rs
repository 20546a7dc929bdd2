//! Suggestions while a query is typed, and the report of what readers search for.

use async_graphql::{Context, Enum, Object, Result, SimpleObject, Union};

use super::SearchNode;
use crate::auth::role::Permission;
use crate::domain::require;
use crate::domain::search::count::{self, KEPT_DAYS};
use crate::domain::search::{self, FoundHead};
use crate::graphql::ContextExt;
use crate::graphql::connection::size;
use crate::graphql::region::Region;
use crate::graphql::topic::Topic;

/// Where a suggestion comes from.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
pub enum SuggestionKind {
    /// The title of an article or event, or the name of an organization or program.
    Title,
    /// The name of an official.
    Person,
    /// The name of a region.
    Place,
    /// The name of a topic.
    Topic,
    /// What other readers search for.
    Query,
}

/// What a suggestion leads to.
#[derive(Union)]
pub enum SuggestionNode {
    /// Something to read.
    #[graphql(flatten)]
    Found(SearchNode),
    /// A region.
    Region(Region),
    /// A topic.
    Topic(Topic),
}

/// Something that a reader may be about to type.
#[derive(SimpleObject)]
pub struct Suggestion {
    /// Where it comes from.
    kind: SuggestionKind,
    /// What to show, and to search for.
    text: String,
    /// What it leads to; null for what others search for.
    node: Option<SuggestionNode>,
}

impl From<search::Suggestion> for Suggestion {
    fn from(suggestion: search::Suggestion) -> Self {
        match suggestion {
            search::Suggestion::Found(found) => {
                let kind = if matches!(*found, FoundHead::Official(_)) { SuggestionKind::Person } else { SuggestionKind::Title };
                Self { kind, text: found.title(), node: Some(SuggestionNode::Found((*found).into())) }
            }
            search::Suggestion::Region(row) => {
                Self { kind: SuggestionKind::Place, text: row.name.clone(), node: Some(SuggestionNode::Region(row.into())) }
            }
            search::Suggestion::Topic(row) => {
                Self { kind: SuggestionKind::Topic, text: row.name.clone(), node: Some(SuggestionNode::Topic(row.into())) }
            }
            search::Suggestion::Query(text) => Self { kind: SuggestionKind::Query, text, node: None },
        }
    }
}

/// How often readers searched for something.
#[derive(SimpleObject)]
pub struct SearchCount {
    /// What they searched for, in small letters and without signs.
    query: String,
    /// How often.
    searches: i64,
    /// How many of these searches found nothing.
    without_hits: i64,
}

/// A report of the last days, with lists of so many queries.
pub struct SearchReport {
    days: i32,
    limit: u64,
}

/// What readers search for. Nothing is kept of who they are, and queries that may hold personal data are not counted.
#[Object]
impl SearchReport {
    /// What was asked most often.
    async fn frequent(&self, ctx: &Context<'_>) -> Result<Vec<SearchCount>> {
        self.counts(ctx, false).await
    }

    /// What found nothing most often.
    async fn without_hits(&self, ctx: &Context<'_>) -> Result<Vec<SearchCount>> {
        self.counts(ctx, true).await
    }
}

impl SearchReport {
    async fn counts(&self, ctx: &Context<'_>, without_hits: bool) -> Result<Vec<SearchCount>> {
        let counts = count::report(ctx.domain(), ctx.actor(), self.days, without_hits, self.limit).await?;
        let shown =
            |count: count::SearchCount| SearchCount { query: count.query, searches: count.searches, without_hits: count.without_hits };
        Ok(counts.into_iter().map(shown).collect())
    }
}

/// Queries.
#[derive(Default)]
pub struct SuggestQuery;

#[Object]
impl SuggestQuery {
    /// What a reader may be about to type: what others search for, topics, places, then titles and names that go on so. Null, with
    /// an error, only while the search engine is down.
    async fn suggest(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What has been typed so far.")] prefix: String,
        #[graphql(desc = "How many, 1 to 20; 8 by default.")] first: Option<i64>,
    ) -> Result<Option<Vec<Suggestion>>> {
        let limit = size("first", first.unwrap_or(8), 20)?;
        Ok(Some(search::suggest(ctx.domain(), &prefix, limit).await?.into_iter().map(Suggestion::from).collect()))
    }

    /// What readers search for, counted by day and written every few seconds; for editors.
    async fn search_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of how many days, today included, 1 to 90; 30 by default.")] days: Option<i64>,
        #[graphql(desc = "How many queries of each list, 1 to 100; 20 by default.")] first: Option<i64>,
    ) -> Result<SearchReport> {
        require(ctx.actor(), Permission::SeeOperations)?;
        let days = size("days", days.unwrap_or(30), i64::from(KEPT_DAYS))?;
        let limit = size("first", first.unwrap_or(20), 100)?;
        Ok(SearchReport { days: i32::try_from(days).unwrap_or(KEPT_DAYS), limit: limit as u64 })
    }
}
