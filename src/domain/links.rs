//! Relations, read for many owners at once: a constant number of statements for any number of parents.

use std::collections::{HashMap, HashSet};

use entity::{
    article, article_event, article_program, article_region, article_topic, event, event_organizer, event_session, organization,
    participant, program, program_site, region, term, topic,
};
use sea_orm::sea_query::SelectStatement;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::Domain;
use super::article::Article;
use super::entry::{Entry, EnvelopeColumn, by_ids};
use super::error::Result;
use super::event::Event;
use super::program::Program;
use super::visibility;
use crate::auth::actor::Actor;
use crate::db::Read;

/// Replaces the links of one owner, keeping the order given.
macro_rules! replace_links {
    ($txn:ident, $link:ident, $owner_column:ident = $owner:expr, $target:ident = $targets:expr) => {
        <$link::Entity as sea_orm::EntityTrait>::delete_many()
            .filter(sea_orm::ColumnTrait::eq(&$link::Column::$owner_column, $owner))
            .exec($txn)
            .await?;
        let links = $targets.iter().zip(0..).map(|(target, position)| {
            let mut link = <$link::ActiveModel as sea_orm::ActiveModelTrait>::default();
            sea_orm::ActiveModelTrait::set(&mut link, $link::Column::$owner_column, $owner.into());
            link.$target = sea_orm::Set(*target);
            link.position = sea_orm::Set(position);
            link
        });
        <$link::Entity as sea_orm::EntityTrait>::insert_many(links).exec_without_returning($txn).await?;
    };
}
pub(super) use replace_links;

/// The ids of the entries that `actor` may see, as a subquery.
pub fn visible_ids<A: Entry>(domain: &Domain, actor: &Actor) -> SelectStatement {
    visibility::select::<A>(domain, actor).select_only().column(A::column(EnvelopeColumn::Id)).into_query()
}

/// Groups targets under their owners, in the order of the links.
fn group<T: Clone>(links: Vec<(Uuid, Uuid)>, targets: &HashMap<Uuid, T>) -> HashMap<Uuid, Vec<T>> {
    let mut groups: HashMap<Uuid, Vec<T>> = HashMap::new();
    for (owner, target) in links {
        if let Some(target) = targets.get(&target) {
            groups.entry(owner).or_default().push(target.clone());
        }
    }
    groups
}

/// Distinct targets of links.
fn targets(links: &[(Uuid, Uuid)]) -> Vec<Uuid> {
    links.iter().map(|(_, target)| *target).collect::<HashSet<_>>().into_iter().collect()
}

macro_rules! links_of {
    ($domain:ident, $ids:ident, $link:ident, $owner:ident, $target:ident) => {
        $link::Entity::find()
            .select_only()
            .columns([$link::Column::$owner, $link::Column::$target])
            .filter($link::Column::$owner.is_in($ids.iter().copied()))
            .order_by_asc($link::Column::Position)
            .tuples::<(Uuid, Uuid)>($domain.db.read())
            .await?
    };
}

/// Topics of articles.
pub async fn topics_of_articles(domain: &Domain, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<topic::Model>>> {
    let links = links_of!(domain, ids, article_topic, ArticleId, TopicId);
    Ok(group(links.clone(), &super::topic::by_ids(domain, &targets(&links)).await?))
}

/// Regions of articles.
pub async fn regions_of_articles(domain: &Domain, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<region::Model>>> {
    let links = links_of!(domain, ids, article_region, ArticleId, RegionId);
    Ok(group(links.clone(), &super::region::by_ids(domain, &targets(&links)).await?))
}

/// Programs of articles that `actor` may see.
pub async fn programs_of_articles(domain: &Domain, actor: &Actor, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<program::Model>>> {
    let links = links_of!(domain, ids, article_program, ArticleId, ProgramId);
    let programs = by_ids::<Program>(domain, actor, &targets(&links)).await?;
    Ok(group(links, &programs.into_iter().map(|row| (row.id, row)).collect()))
}

/// Events of articles that `actor` may see.
pub async fn events_of_articles(domain: &Domain, actor: &Actor, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<event::Model>>> {
    let links = links_of!(domain, ids, article_event, ArticleId, EventId);
    let events = by_ids::<Event>(domain, actor, &targets(&links)).await?;
    Ok(group(links, &events.into_iter().map(|row| (row.id, row)).collect()))
}

/// Articles about events that `actor` may see.
pub async fn articles_of_events(domain: &Domain, actor: &Actor, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<article::Model>>> {
    let links = links_of!(domain, ids, article_event, EventId, ArticleId);
    let articles = by_ids::<Article>(domain, actor, &targets(&links)).await?;
    Ok(group(links, &articles.into_iter().filter(|row| row.deleted_at.is_none()).map(|row| (row.id, row)).collect()))
}

/// Organizers of events.
pub async fn organizers_of_events(domain: &Domain, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<organization::Model>>> {
    let links = links_of!(domain, ids, event_organizer, EventId, OrganizationId);
    Ok(group(links.clone(), &super::organization::by_ids(domain, &targets(&links)).await?))
}

macro_rules! children {
    ($(#[$doc:meta])* $name:ident, $child:ident, $owner_column:ident, $owner:ident, $order:ident) => {
        $(#[$doc])*
        pub async fn $name(domain: &Domain, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<$child::Model>>> {
            let rows = $child::Entity::find()
                .filter($child::Column::$owner_column.is_in(ids.iter().copied()))
                .order_by_asc($child::Column::$order)
                .rows(domain.db.read())
                .await?;
            let mut groups: HashMap<Uuid, Vec<$child::Model>> = HashMap::new();
            for row in rows {
                groups.entry(row.$owner).or_default().push(row);
            }
            Ok(groups)
        }
    };
}

children! {
    /// Sessions of events, in the order of the agenda.
    sessions_of_events, event_session, EventId, event_id, Position
}
children! {
    /// Participants of events, in their order.
    participants_of_events, participant, EventId, event_id, Position
}
children! {
    /// Sites of programs, in their order.
    sites_of_programs, program_site, ProgramId, program_id, Position
}
children! {
    /// Terms of officials, in their order.
    terms_of_officials, term, OfficialId, official_id, Position
}
