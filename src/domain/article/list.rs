//! Lists of articles.

use entity::enums::EntryStatus;
use entity::{article, article_area, article_event, participant};
use jiff::civil::date;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, IntoSimpleExpr, QueryFilter, QuerySelect, QueryTrait, Value};
use uuid::Uuid;

use super::Article;
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::db::{Known, Read, Rows};
use crate::domain::error::{Error, Expected, FieldError, Problem, Result};
use crate::domain::event::Event;
use crate::domain::links::is_visible;
use crate::domain::official::Official;
use crate::domain::page::{self, Key, KeyOf, KnownPages, Order, Page, PageRequest};
use crate::domain::program::Program;
use crate::domain::{Domain, visibility};
use crate::text::date::zone;

/// Which articles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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

    fn order(self) -> Order<article::Entity, article::Head> {
        let (name, column, descending, key): (_, _, _, KeyOf<article::Head>) = match self {
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

/// Links of articles to one thing, of which each article has at most one.
struct Links {
    table: &'static str,
    /// Which of the links it is about.
    is_target: Expr,
}

impl Links {
    /// Those of a table that lead to a target.
    fn to(table: &'static str, column: &'static str, target: Uuid) -> Self {
        Self { table, is_target: Expr::col((table, column)).eq(target) }
    }

    fn only_if(self, condition: Expr) -> Self {
        Self { is_target: self.is_target.and(condition), ..self }
    }

    fn column(&self, column: &'static str) -> Expr {
        Expr::col((self.table, column))
    }

    /// The articles that have one: looked for with each of the links that the list is read through, or all read first.
    fn filter(&self, through: Option<&Self>) -> Expr {
        let mut links = Query::select();
        links.from(self.table).and_where(self.is_target.clone());
        match through {
            Some(through) => {
                let is_of_it = self.column("article_id").eq(through.column("article_id"));
                Expr::exists(links.expr(Expr::val(1)).and_where(is_of_it).take())
            }
            None => article::Column::Id.into_simple_expr().in_subquery(links.expr(self.column("article_id")).take()),
        }
    }
}

/// The links that articles must have, those first that few have. Only what was published is found by region and topic at once.
fn links(domain: &Domain, actor: &Actor, filter: &ArticleFilter, by_publication: bool) -> Vec<Links> {
    let event =
        filter.event.map(|id| Links::to("article_events", "event_id", id).only_if(is_visible::<Event>(domain, actor, Expr::val(id))));
    let program = filter
        .program
        .map(|id| Links::to("article_programs", "program_id", id).only_if(is_visible::<Program>(domain, actor, Expr::val(id))));
    let area =
        |region, topic: Uuid| Links::to("article_areas", "region_id", region).only_if(Expr::col(("article_areas", "topic_id")).eq(topic));
    let topic = || filter.topic.map(|id| Links::to("article_topics", "topic_id", id));
    let (region, topic) = match (filter.region, filter.topic) {
        (Some(region), Some(topic)) if by_publication => (Some(area(region, topic)), None),
        (region, _) => (region.map(|id| area(id, article_area::ANY_TOPIC)), topic()),
    };
    event.into_iter().chain(program).chain(region).chain(topic).collect()
}

/// The articles, `within` bounds of publication, and for a list by publication the columns of the links that it is best read through: they
/// are kept in its order.
fn select(
    domain: &Domain,
    actor: &Actor,
    filter: &ArticleFilter,
    within: Option<(i64, i64)>,
    by_publication: bool,
) -> (Rows<article::Entity>, Option<[Expr; 2]>) {
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
    let mut links = links(domain, actor, filter, by_publication);
    let through = if by_publication && !links.is_empty() { Some(links.remove(0)) } else { None };
    for links in links {
        rows = rows.filter(links.filter(through.as_ref()));
    }
    let by = through.map(|links| {
        let (at, id) = (links.column("published_at"), links.column("article_id"));
        let query = QuerySelect::query(&mut rows);
        query.inner_join(links.table, id.clone().eq(Id.into_simple_expr())).and_where(links.is_target).and_where(at.clone().is_not_null());
        [at, id]
    });
    if let Some(official) = filter.official {
        let events = Rows::<participant::Entity>::all()
            .column(participant::Column::EventId)
            .filter(participant::Column::OfficialId.eq(official))
            .filter(is_visible::<Official>(domain, actor, participant::Column::OfficialId.into_simple_expr()))
            .filter(is_visible::<Event>(domain, actor, participant::Column::EventId.into_simple_expr()));
        let links = Rows::<article_event::Entity>::all()
            .column(article_event::Column::ArticleId)
            .filter(article_event::Column::EventId.in_subquery(events.into_query()));
        rows = rows.filter(Id.in_subquery(links.into_query()));
    }
    if let Some((from, until)) = within {
        rows = rows.filter(PublishedAt.gte(from)).filter(PublishedAt.lt(until));
    }
    (rows, by)
}

/// The queries of what the public asks most: the newest articles, all of them or those of a topic, a region or both.
fn known(domain: &Domain, actor: &Actor, filter: &ArticleFilter, order: ArticleOrder) -> Option<KnownPages> {
    static KNOWN: [[Known; 2]; 4] = [const { [const { Known::new() }; 2] }; 4];
    let ArticleFilter { topic, region, .. } = *filter;
    let is_asked_most = *filter == ArticleFilter { topic, region, was_published: true, ..ArticleFilter::default() };
    if !is_asked_most || order != ArticleOrder::PublishedNewest {
        return None;
    }
    let of_visible = visibility::public_values(domain, actor)?;
    let any_topic = region.map(|_| article_area::ANY_TOPIC);
    let of_links = [region, topic.or(any_topic)].into_iter().flatten().map(Value::from);
    Some((&KNOWN[usize::from(topic.is_some()) + 2 * usize::from(region.is_some())], of_visible.into_iter().chain(of_links).collect()))
}

/// The bounds of the year that is asked for.
fn within(domain: &Domain, filter: &ArticleFilter) -> Result<Option<(i64, i64)>> {
    filter.year.map(|year| year_bounds(domain, year)).transpose()
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
) -> Result<Page<article::Head>> {
    let within = within(domain, filter)?;
    let known = known(domain, actor, filter, order);
    let by_publication = order.is_by_publication();
    let order = order.order();
    let select = || {
        let (rows, by) = select(domain, actor, filter, within, by_publication);
        (rows, by.unwrap_or_else(|| order.expressions()))
    };
    page::fetch_by(domain.db.read(), select, known, &order, page).await
}

/// How many articles there are.
pub async fn count(domain: &Domain, actor: &Actor, filter: &ArticleFilter) -> Result<u64> {
    Ok(select(domain, actor, filter, within(domain, filter)?, false).0.number(domain.db.read()).await?)
}
