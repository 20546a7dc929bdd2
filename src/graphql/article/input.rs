//! Inputs about articles, and how they become plain types.

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined};
use entity::enums::Kind;

use crate::domain::article as domain;
use crate::domain::error::Result;
use crate::graphql::event::query::EventBy;
use crate::graphql::id::referenced;
use crate::graphql::node::EntryStatus;
use crate::graphql::official::query::OfficialBy;
use crate::graphql::payload::{patch, patch_ids};
use crate::graphql::program::query::ProgramBy;
use crate::graphql::region::RegionBy;
use crate::graphql::topic::TopicBy;

/// What can be said about an article. In an update an omitted field is left alone and null clears.
#[derive(InputObject)]
pub struct ArticleFields {
    /// The part of its address that names it; by default made from the title.
    pub slug: MaybeUndefined<String>,
    /// The line above the title.
    pub kicker: MaybeUndefined<String>,
    /// The title; required.
    pub title: MaybeUndefined<String>,
    /// The story in a few sentences, at most 2000 characters.
    pub summary: MaybeUndefined<String>,
    /// The text in Markdown.
    pub body: MaybeUndefined<String>,
    /// Who wrote it, as it is to be printed.
    pub byline: MaybeUndefined<String>,
    /// Language of the text; `id` by default.
    pub language: MaybeUndefined<String>,
    /// What it is filed under.
    pub topic_ids: MaybeUndefined<Vec<ID>>,
    /// Programs that it is about.
    pub program_ids: MaybeUndefined<Vec<ID>>,
    /// Places that it is about.
    pub region_ids: MaybeUndefined<Vec<ID>>,
    /// Events that it reports.
    pub event_ids: MaybeUndefined<Vec<ID>>,
}

impl ArticleFields {
    /// The change that the input asks for.
    pub fn into_patch(self) -> Result<domain::ArticlePatch> {
        Ok(domain::ArticlePatch {
            slug: patch(self.slug),
            kicker: patch(self.kicker),
            title: patch(self.title),
            summary: patch(self.summary),
            body: patch(self.body),
            byline: patch(self.byline),
            language: patch(self.language),
            topic_ids: patch_ids(self.topic_ids, Kind::Topic, "topicIds")?,
            program_ids: patch_ids(self.program_ids, Kind::Program, "programIds")?,
            region_ids: patch_ids(self.region_ids, Kind::Region, "regionIds")?,
            event_ids: patch_ids(self.event_ids, Kind::Event, "eventIds")?,
        })
    }
}

/// A new article.
#[derive(InputObject)]
pub struct ArticleCreateInput {
    #[graphql(flatten)]
    pub fields: ArticleFields,
    /// What the editor says about this revision.
    pub note: Option<String>,
    /// The same key within a day leads to what the first request with it made, instead of making another: 8 to 100 visible
    /// ASCII characters of the client's choice, such as a UUID.
    pub idempotency_key: Option<String>,
}

/// A change of an article.
#[derive(InputObject)]
pub struct ArticleUpdateInput {
    /// Which one.
    pub id: ID,
    /// Number of the revision that the change was made from; a newer one is a CONFLICT.
    pub based_on_revision: i32,
    #[graphql(flatten)]
    pub fields: ArticleFields,
    /// What the editor says about this revision.
    pub note: Option<String>,
    /// True when a program saves by itself while somebody writes: it takes the place of their own last such save, and saves
    /// nothing when nothing changed.
    pub is_autosave: Option<bool>,
}

/// Which articles; all parts must fit.
#[derive(InputObject, Default)]
pub struct ArticleFilter {
    /// Filed under this topic.
    pub topic: Option<TopicBy>,
    /// About this program.
    pub program: Option<ProgramBy>,
    /// About this region or a part of it.
    pub region: Option<RegionBy>,
    /// About this event.
    pub event: Option<EventBy>,
    /// About events that this official took part in.
    pub official: Option<OfficialBy>,
    /// Published in this year, in the site's time zone.
    pub year: Option<i32>,
    /// With this status; only those who may see drafts find other than published ones.
    pub status: Option<EntryStatus>,
    /// True for what is scheduled to be published, alone; only for those who may see drafts.
    pub is_scheduled: Option<bool>,
    /// True for the trash alone.
    pub in_trash: Option<bool>,
}

impl ArticleFilter {
    /// The filter in plain types.
    pub async fn into_domain(self, ctx: &Context<'_>) -> Result<domain::list::ArticleFilter> {
        Ok(domain::list::ArticleFilter {
            topic: referenced!(ctx, self.topic, "filter.topic"),
            program: referenced!(ctx, self.program, "filter.program"),
            region: referenced!(ctx, self.region, "filter.region"),
            event: referenced!(ctx, self.event, "filter.event"),
            official: referenced!(ctx, self.official, "filter.official"),
            year: self.year,
            status: self.status.map(Into::into),
            was_published: false,
            is_scheduled: self.is_scheduled.unwrap_or(false),
            in_trash: self.in_trash.unwrap_or(false),
        })
    }
}

/// In which order articles come.
#[derive(Enum, Copy, Clone, Eq, PartialEq, Default)]
#[graphql(remote = "domain::list::ArticleOrder")]
pub enum ArticleOrder {
    /// Newest first; what was never published is left out.
    #[default]
    PublishedNewest,
    /// Oldest first; what was never published is left out.
    PublishedOldest,
    /// Last changed first.
    UpdatedNewest,
    /// By title.
    Title,
}
