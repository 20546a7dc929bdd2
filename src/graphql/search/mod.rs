//! Search over everything that readers may find.

pub mod comments;
mod node;
pub mod rule;
pub mod suggest;

use std::collections::HashMap;

use async_graphql::{Context, Enum, InputObject, Lookahead, Object, Result, SimpleObject};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::enums::Kind;
use uuid::Uuid;

pub use self::node::SearchNode;

use crate::auth::role::Permission;
use crate::domain::error::{Error, Expected, FieldError, Problem};
use crate::domain::search::{self, Audience, Hit, Hits, Search};
use crate::domain::{outbox, require};
use crate::graphql::connection::{PageInfo, size};
use crate::graphql::id::{referenced, unknown};
use crate::graphql::nodes::{Nodes, at_hand};
use crate::graphql::organization::Organization;
use crate::graphql::organization::OrganizationBy;
use crate::graphql::program::Program;
use crate::graphql::program::query::ProgramBy;
use crate::graphql::region::Region;
use crate::graphql::region::RegionBy;
use crate::graphql::scalar::DateTime;
use crate::graphql::topic::Topic;
use crate::graphql::topic::TopicBy;
use crate::graphql::{ContextExt, id, loaders};
use crate::search::query::SearchFilter;
use crate::text::highlight::{Highlighter, to_html};

/// Words of a snippet.
const SNIPPET_WORDS: usize = 30;

/// What can be found.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
pub enum SearchType {
    /// Articles.
    Article,
    /// Events.
    Event,
    /// Officials.
    Official,
    /// Organizations.
    Organization,
    /// Programs.
    Program,
}

impl From<SearchType> for Kind {
    fn from(kind: SearchType) -> Self {
        match kind {
            SearchType::Article => Self::Article,
            SearchType::Event => Self::Event,
            SearchType::Official => Self::Official,
            SearchType::Organization => Self::Organization,
            SearchType::Program => Self::Program,
        }
    }
}

/// What comes first.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
pub enum SearchOrder {
    /// What fits best; without words the newest.
    Best,
    /// The newest.
    Newest,
    /// The oldest.
    Oldest,
}

impl From<SearchOrder> for search::SearchOrder {
    fn from(order: SearchOrder) -> Self {
        match order {
            SearchOrder::Best => Self::Best,
            SearchOrder::Newest => Self::Newest,
            SearchOrder::Oldest => Self::Oldest,
        }
    }
}

/// Which of the things found; all parts must fit.
#[derive(InputObject, Default)]
pub struct SearchFilterInput {
    /// Filed under this topic.
    pub topic: Option<TopicBy>,
    /// About this program.
    pub program: Option<ProgramBy>,
    /// In this region or in a part of it.
    pub region: Option<RegionBy>,
    /// Of this organization.
    pub organization: Option<OrganizationBy>,
    /// Of this year.
    pub year: Option<i32>,
}

/// One thing found.
pub struct SearchHit<'a> {
    hit: &'a Hit,
    highlighter: &'a Highlighter,
}

/// One thing found, with the words that the query found in it marked.
#[Object]
impl SearchHit<'_> {
    /// Where it stands, for `after`.
    async fn cursor(&self) -> String {
        cursor(self.hit.rank)
    }

    /// What was found.
    async fn node(&self) -> SearchNode {
        self.hit.node.clone().into()
    }

    /// The title as HTML, matches within `<mark>`.
    async fn title_html(&self) -> String {
        to_html(&self.highlighter.mark(&self.hit.title()))
    }

    /// The passage that fits best as HTML, matches within `<mark>`.
    async fn snippet_html(&self) -> Result<String> {
        let unread = || Error::Internal(anyhow::anyhow!("the text of a hit was not read"));
        Ok(to_html(&self.highlighter.snippet(&self.hit.content().ok_or_else(unread)?, SNIPPET_WORDS)))
    }
}

/// How many of the things found have one value.
#[derive(SimpleObject)]
pub struct FacetCount {
    /// The value: a type, a year, or a global id.
    value: String,
    /// What to call it.
    label: String,
    /// How many.
    count: i64,
}

/// Counts of the things found, most first.
#[derive(SimpleObject)]
pub struct SearchFacets {
    /// By type.
    types: Vec<FacetCount>,
    /// By topic.
    topics: Vec<FacetCount>,
    /// By program.
    programs: Vec<FacetCount>,
    /// By region, the wider ones included.
    regions: Vec<FacetCount>,
    /// By organization.
    organizations: Vec<FacetCount>,
    /// By year.
    years: Vec<FacetCount>,
}

/// What a search found.
pub struct SearchConnection {
    hits: Hits,
    offset: usize,
}

/// What a search found, best first.
#[Object]
impl SearchConnection {
    /// This page of the things found.
    async fn hits(&self) -> Nodes<SearchHit<'_>> {
        let highlighter = &self.hits.highlighter;
        self.hits.rows.iter().map(|hit| SearchHit { hit, highlighter }).collect()
    }

    /// The query with its typing errors mended, when words spelled nearly so were taken for some; to be shown as "did you mean".
    async fn corrected_query(&self) -> Option<&str> {
        self.hits.corrected_query.as_deref()
    }

    /// Everything published up to this moment could be found.
    async fn indexed_until(&self, ctx: &Context<'_>) -> Result<DateTime> {
        Ok(DateTime(search::indexed_until(ctx.domain()).await?))
    }

    /// Where this page stands.
    async fn page_info(&self) -> PageInfo {
        PageInfo {
            has_next_page: self.hits.has_next,
            has_previous_page: self.offset > 0,
            start_cursor: self.hits.ranks.map(|(first, _)| cursor(first)),
            end_cursor: self.hits.ranks.map(|(_, last)| cursor(last)),
        }
    }

    /// How many things were found in all; pages reach the first 1000.
    async fn total_count(&self) -> i64 {
        i64::try_from(self.hits.total).unwrap_or(i64::MAX)
    }

    /// Counts by type, topic, program, region and year.
    async fn facets(&self, ctx: &Context<'_>) -> Result<SearchFacets> {
        facets(ctx, &self.hits).await
    }
}

/// How far the index is behind.
#[derive(SimpleObject)]
pub struct SearchStatus {
    /// Changes that are not in the index yet.
    waiting: i64,
    /// Changes that were given up; `warta reindex` takes them in.
    failed: i64,
    /// When the oldest waiting change was made.
    oldest_at: Option<DateTime>,
}

/// Queries that search.
#[derive(Default)]
pub struct SearchRoot;

#[Object]
impl SearchRoot {
    /// Searches everything that readers may see. Any word form finds any other, abbreviations of the glossary find what they
    /// stand for, and one or two typing errors in a word are forgiven. Words in quotation marks must stand side by side as they
    /// are, and what follows a minus sign must not be there. Null, with an error, only while the search engine is down, so
    /// that the rest of a page is answered all the same.
    #[expect(clippy::too_many_arguments, reason = "what a search can be asked")]
    async fn search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to search for; its first 200 characters count. Empty finds everything.")] query: String,
        #[graphql(desc = "Only things of these types.")] types: Option<Vec<SearchType>>,
        #[graphql(desc = "Which of the things found.")] filter: Option<SearchFilterInput>,
        #[graphql(desc = "True searches the newest text of what is not published as it stands; for those who may see drafts.")]
        in_drafts: Option<bool>,
        #[graphql(desc = "What comes first; BEST by default.")] order_by: Option<SearchOrder>,
        #[graphql(desc = "Whether what is new fits a little better, up to a tenth; true by default. Only with BEST.")] prefer_new: Option<
            bool,
        >,
        #[graphql(desc = "True while the query is being typed: its last word then finds what begins with it.")] typing: Option<bool>,
        #[graphql(desc = "How many, 1 to 100; 20 by default.")] first: Option<i64>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
    ) -> Result<Option<SearchConnection>> {
        // Each search counts, for what is suggested later.
        ctx.keep_from_others();
        let limit = size("first", first.unwrap_or(20), 100)?;
        let offset = after.map_or(Ok(0), |after| rank_after(&after))?;
        let filter = restrict(ctx, types.unwrap_or_default(), filter.unwrap_or_default()).await?;
        let audience = if in_drafts.unwrap_or(false) { Audience::Desk } else { Audience::Public };
        let search = Search {
            audience,
            text: &query,
            filter,
            order: order_by.unwrap_or(SearchOrder::Best).into(),
            prefers_new: prefer_new.unwrap_or(true),
            is_typing: typing.unwrap_or(false),
            offset,
            limit,
            with_facets: ctx.look_ahead().field("facets").exists(),
            with_total: ctx.look_ahead().field("totalCount").exists(),
            with_contents: needs_contents(&ctx.look_ahead().field("hits")),
        };
        let hits = search::search(ctx.domain(), ctx.actor(), search).await?;
        Ok(Some(SearchConnection { hits, offset }))
    }

    /// How far the index is behind; for editors.
    async fn search_status(&self, ctx: &Context<'_>) -> Result<SearchStatus> {
        require(ctx.actor(), Permission::SeeOperations)?;
        let backlog = outbox::backlog(ctx.domain()).await?;
        Ok(SearchStatus {
            waiting: i64::try_from(backlog.waiting).unwrap_or(i64::MAX),
            failed: i64::try_from(backlog.failed).unwrap_or(i64::MAX),
            oldest_at: backlog.oldest_at.map(DateTime),
        })
    }
}

/// Whether the long text of hits is asked for.
fn needs_contents(hits: &Lookahead<'_>) -> bool {
    let node = hits.field("node");
    hits.field("snippetHtml").exists() || ["body", "biography", "description"].iter().any(|text| node.field(text).exists())
}

async fn restrict(ctx: &Context<'_>, types: Vec<SearchType>, filter: SearchFilterInput) -> crate::domain::Result<SearchFilter> {
    let region = match filter.region {
        Some(by) => Some(by.row(ctx, "filter.region").await?.ok_or_else(|| unknown("filter.region"))?.code.clone()),
        None => None,
    };
    Ok(SearchFilter {
        kinds: types.into_iter().map(Kind::from).collect(),
        topics: referenced!(ctx, filter.topic, "filter.topic").into_iter().collect(),
        programs: referenced!(ctx, filter.program, "filter.program").into_iter().collect(),
        regions: region.into_iter().collect(),
        organizations: referenced!(ctx, filter.organization, "filter.organization").into_iter().collect(),
        year: filter.year,
        only: Vec::new(),
        hidden: Vec::new(),
    })
}

fn cursor(rank: usize) -> String {
    URL_SAFE_NO_PAD.encode(format!("rank:{rank}"))
}

fn rank_after(cursor: &str) -> crate::domain::Result<usize> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    let rank = bytes.and_then(|bytes| String::from_utf8(bytes).ok()?.strip_prefix("rank:")?.parse::<usize>().ok());
    rank.filter(|rank| *rank < search::DEEPEST_HIT)
        .map(|rank| rank + 1)
        .ok_or_else(|| FieldError::new("after", Problem::Malformed(Expected::Cursor)).into())
}

async fn facets(ctx: &Context<'_>, hits: &Hits) -> Result<SearchFacets> {
    let facets = &hits.facets;
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let plain = |values: &[(String, usize)], upper: bool| {
        values
            .iter()
            .map(|(value, number)| {
                let value = if upper { value.to_uppercase() } else { value.clone() };
                FacetCount { label: value.clone(), value, count: count(*number) }
            })
            .collect::<Vec<_>>()
    };
    let ids = |values: &[(String, usize)]| values.iter().filter_map(|(id, _)| Uuid::try_parse(id).ok()).collect::<Vec<_>>();
    let topics = ctx.loader().load_many(ids(&facets.topics).into_iter().map(loaders::TopicById)).await?;
    let programs = ctx.loader().load_many(ids(&facets.programs).into_iter().map(loaders::ProgramById::new)).await?;
    let regions = ctx.loader().load_many(facets.regions.iter().map(|(code, _)| loaders::RegionByCode(code.clone()))).await?;
    let organizations = ctx.loader().load_many(ids(&facets.organizations).into_iter().map(loaders::OrganizationById)).await?;
    let organizations: HashMap<Uuid, Organization> = organizations.into_iter().map(|(key, row)| (key.0, row.into())).collect();
    let topics: HashMap<Uuid, Topic> = topics.into_iter().map(|(key, row)| (key.0, row.into())).collect();
    let programs: HashMap<Uuid, Program> = programs.into_iter().map(|(key, row)| (key.0, row.into())).collect();
    let regions: HashMap<String, Region> = regions.into_iter().map(|(key, row)| (key.0, row.into())).collect();
    // A value that is gone, or that the reader may not see, is left out.
    let topics = facets.topics.iter().filter_map(|(value, number)| {
        let row = &topics.get(&Uuid::try_parse(value).ok()?)?.0;
        Some(FacetCount { value: id::encode(Kind::Topic, row.id).0, label: row.name.clone(), count: count(*number) })
    });
    let programs = facets.programs.iter().filter_map(|(value, number)| {
        let row = &programs.get(&Uuid::try_parse(value).ok()?)?.row;
        Some(FacetCount { value: id::encode(Kind::Program, row.id).0, label: row.name.clone(), count: count(*number) })
    });
    let regions = facets.regions.iter().filter_map(|(value, number)| {
        let row = &regions.get(value)?.0;
        Some(FacetCount { value: id::encode(Kind::Region, row.id).0, label: row.name.clone(), count: count(*number) })
    });
    let organizations = facets.organizations.iter().filter_map(|(value, number)| {
        let row = &organizations.get(&Uuid::try_parse(value).ok()?)?.0;
        Some(FacetCount { value: id::encode(Kind::Organization, row.id).0, label: row.name.clone(), count: count(*number) })
    });
    Ok(SearchFacets {
        types: plain(&facets.kinds, true),
        topics: topics.collect(),
        programs: programs.collect(),
        regions: regions.collect(),
        organizations: organizations.collect(),
        years: plain(&facets.years, false),
    })
}

at_hand!(SearchHit<'_> {});
