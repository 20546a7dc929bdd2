//! Lists of articles.

use entity::enums::EntryStatus;
use entity::{article, article_event, article_program, article_region, article_topic, participant};
use jiff::civil::date;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select};
use uuid::Uuid;

use super::Article;
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::db::Read;
use crate::domain::error::{Error, Expected, FieldError, Problem, Result};
use crate::domain::page::{self, Key, KeyOf, Order, Page, PageRequest};
use crate::domain::{Domain, links, region, visibility};
use crate::text::date::zone;

/// Which articles.
#[derive(Clone, Debug, Default)]
pub struct ArticleFilter {
    pub topic: Option<Uuid>,
    pub program: Option<Uuid>,
    /// This region and everything in it.
    pub region: Option<Uuid>,
    pub event: Option<Uuid>,
    /// Articles about events that this official took part in.
    pub official: Option<Uuid>,
    /// Year of publication in the site's zone.
    pub year: Option<i32>,
    pub status: Option<EntryStatus>,
    /// True for what was ever published, alone: what lists by publication hold.
    pub was_published: bool,
    /// True for what is scheduled to be published, alone.
    pub is_scheduled: bool,
    /// True for the trash alone; otherwise the trash is left out.
    pub in_trash: bool,
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ArticleOrder {
    /// Newest first; what was never published is left out.
    #[default]
    PublishedNewest,
    PublishedOldest,
    UpdatedNewest,
    Title,
}

impl ArticleOrder {
    /// Whether it leaves out what was never published.
    pub fn is_by_publication(self) -> bool {
        matches!(self, Self::PublishedNewest | Self::PublishedOldest)
    }

    fn order(self) -> Order<article::Entity> {
        let (name, column, descending, key): (_, _, _, KeyOf<article::Model>) = match self {
            Self::PublishedNewest => {
                ("published", article::Column::PublishedAt, true, |row| (Key::Int(row.published_at.unwrap_or_default()), row.id))
            }
            Self::PublishedOldest => {
                ("oldest", article::Column::PublishedAt, false, |row| (Key::Int(row.published_at.unwrap_or_default()), row.id))
            }
            Self::UpdatedNewest => ("updated", article::Column::UpdatedAt, true, |row| (Key::Int(row.updated_at), row.id)),
            Self::Title => ("title", article::Column::Title, false, |row| (Key::Text(row.title.clone()), row.id)),
        };
        Order { name, column, id: article::Column::Id, descending, key }
    }
}

fn select(domain: &Domain, actor: &Actor, filter: &ArticleFilter) -> Result<Select<article::Entity>> {
    use article::Column::{DeletedAt, Id, PublishedAt, Status};
    let mut rows = visibility::select::<Article>(domain, actor);
    rows = rows.filter(if filter.in_trash { DeletedAt.is_not_null() } else { DeletedAt.is_null() });
    if filter.is_scheduled {
        // Whoever may not know of schedules finds none.
        let knows = actor.may(Permission::ReadUnpublished);
        rows = rows.filter(if knows { article::Column::ScheduledAt.is_not_null() } else { article::Column::Id.is_null() });
    }
    if filter.was_published {
        rows = rows.filter(PublishedAt.is_not_null());
    }
    if let Some(status) = filter.status {
        rows = rows.filter(Status.eq(status));
    }
    if let Some(topic) = filter.topic {
        rows = rows.filter(
            Id.in_subquery(
                article_topic::Entity::find()
                    .select_only()
                    .column(article_topic::Column::ArticleId)
                    .filter(article_topic::Column::TopicId.eq(topic))
                    .into_query(),
            ),
        );
    }
    if let Some(program) = filter.program {
        let links = article_program::Entity::find()
            .select_only()
            .column(article_program::Column::ArticleId)
            .filter(article_program::Column::ProgramId.eq(program))
            .filter(article_program::Column::ProgramId.in_subquery(links::visible_ids::<super::super::program::Program>(domain, actor)));
        rows = rows.filter(Id.in_subquery(links.into_query()));
    }
    if let Some(event) = filter.event {
        let links = article_event::Entity::find()
            .select_only()
            .column(article_event::Column::ArticleId)
            .filter(article_event::Column::EventId.eq(event))
            .filter(article_event::Column::EventId.in_subquery(links::visible_ids::<super::super::event::Event>(domain, actor)));
        rows = rows.filter(Id.in_subquery(links.into_query()));
    }
    if let Some(region) = filter.region {
        let links = article_region::Entity::find()
            .select_only()
            .column(article_region::Column::ArticleId)
            .filter(article_region::Column::RegionId.in_subquery(region::subtree(region)));
        rows = rows.filter(Id.in_subquery(links.into_query()));
    }
    if let Some(official) = filter.official {
        let events = participant::Entity::find()
            .select_only()
            .column(participant::Column::EventId)
            .filter(participant::Column::OfficialId.eq(official))
            .filter(participant::Column::OfficialId.in_subquery(links::visible_ids::<super::super::official::Official>(domain, actor)))
            .filter(participant::Column::EventId.in_subquery(links::visible_ids::<super::super::event::Event>(domain, actor)));
        let links = article_event::Entity::find()
            .select_only()
            .column(article_event::Column::ArticleId)
            .filter(article_event::Column::EventId.in_subquery(events.into_query()));
        rows = rows.filter(Id.in_subquery(links.into_query()));
    }
    if let Some(year) = filter.year {
        let (from, until) = year_bounds(domain, year)?;
        rows = rows.filter(PublishedAt.gte(from)).filter(PublishedAt.lt(until));
    }
    Ok(rows)
}

/// First moment of a year and of the next, in the site's zone.
pub fn year_bounds(domain: &Domain, year: i32) -> Result<(i64, i64)> {
    let invalid = || Error::from(FieldError::new("year", Problem::Malformed(Expected::Year)));
    let year = i16::try_from(year).ok().filter(|year| (1900..=2200).contains(year)).ok_or_else(invalid)?;
    let zone = zone(&domain.settings.time_zone).ok_or_else(invalid)?;
    let start = |year| date(year, 1, 1).to_zoned(zone.clone()).map(|at| at.timestamp().as_millisecond()).map_err(|_| invalid());
    Ok((start(year)?, start(year + 1)?))
}

/// One page of articles. For an order by publication the filter says `was_published`, so that the list and its count agree.
pub async fn list(
    domain: &Domain,
    actor: &Actor,
    filter: &ArticleFilter,
    order: ArticleOrder,
    page: &PageRequest,
) -> Result<Page<article::Model>> {
    page::fetch(domain.db.read(), select(domain, actor, filter)?, &order.order(), page).await
}

/// How many articles there are.
pub async fn count(domain: &Domain, actor: &Actor, filter: &ArticleFilter) -> Result<u64> {
    Ok(select(domain, actor, filter)?.number(domain.db.read()).await?)
}
