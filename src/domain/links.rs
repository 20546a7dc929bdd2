//! Relations, read for many owners at once: a constant number of ways to the database for any number of parents.

use entity::row::{Columns, Joined, With};
use entity::{
    article, article_event, article_program, event, event_organizer, event_session, official, organization, participant, program,
    program_site, term,
};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, Order, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Statement, Value};
use uuid::Uuid;

use super::article::Article;
use super::entry::{Entry, EnvelopeColumn};
use super::error::Result;
use super::event::Event;
use super::official::Official;
use super::program::Program;
use super::visibility::{public_values, visible};
use super::{ById, Domain};
use crate::auth::actor::Actor;
use crate::db::{Known, Read, Rows, Source, padded, statement};

/// Replaces the links of one owner, keeping the order given.
macro_rules! replace_links {
    ($txn:ident, $link:ident, $owner_column:ident $owner_id:ident = $owner:expr, $target:ident = $targets:expr $(, $column:ident = $value:expr)?) => {
        let earlier = <$link::Entity as sea_orm::EntityTrait>::delete_many()
            .filter(sea_orm::ColumnTrait::eq(&$link::Column::$owner_column, $owner));
        $crate::db::Write::write(earlier, $txn).await?;
        let link = |(target, position): (&uuid::Uuid, i32)| $link::Model { $owner_id: $owner, $target: *target, position $(, $column: $value)? };
        let links = $targets.iter().zip(0..).map(link);
        $crate::db::insert_rows(links, $txn).await?;
    };
}
pub(super) use replace_links;

/// Whether `id` is that of an entry that `actor` may see, looked up for each row that is asked about.
pub fn is_visible<A: Entry>(domain: &Domain, actor: &Actor, id: Expr) -> Expr {
    let is_it = Expr::col((A::Entity::default(), A::column(EnvelopeColumn::Id))).eq(id);
    let entry =
        Query::select().expr(Expr::val(1)).from(A::Entity::default()).and_where(is_it).cond_where(visible::<A>(domain, actor)).take();
    Expr::exists(entry)
}

/// What each has, in the order given.
fn grouped<T>(pairs: impl IntoIterator<Item = (Uuid, T)>) -> ById<Vec<T>> {
    let mut groups: ById<Vec<T>> = ById::default();
    for (owner, value) in pairs {
        groups.entry(owner).or_default().push(value);
    }
    groups
}

/// The statement about some owners, which it binds before the values of its filter. That about one owner is `known`, unless the filter is
/// not the same for everybody, and has no values to be given.
fn about<const N: usize>(
    domain: &Domain,
    owners: &[Uuid],
    known: &Known,
    of_filter: Option<[Value; N]>,
    query: impl Fn() -> SelectStatement,
) -> Statement {
    let known = match owners {
        [owner] => of_filter.map(|values| (known, [(*owner).into()].into_iter().chain(values))),
        _ => None,
    };
    statement(domain.db.read().backend(), known, query)
}

/// Reads what links lead to, under the owner of each, in the order of the links: one statement for all owners. Beside the filter stand its
/// values, see [`about`].
macro_rules! linked {
    ($domain:ident, $ids:ident, $link:ident, $owner:ident -> $target_id:ident, $target:ident::$row:ident, $filter:expr, $values:expr) => {{
        static OF_ONE: Known = Known::new();
        let query = || {
            let mut select = Rows::<$target::Entity>::all().selecting::<$target::$row>();
            let is_linked = Expr::col(($link::Entity, $link::Column::$target_id)).eq(Expr::col(($target::Entity, $target::Column::Id)));
            QuerySelect::query(&mut select)
                .column(($link::Entity, $link::Column::$owner))
                .inner_join($link::Entity, is_linked)
                .and_where(Expr::col(($link::Entity, $link::Column::$owner)).is_in(padded($ids)))
                .cond_where($filter)
                .order_by(($link::Entity, $link::Column::$owner), Order::Asc)
                .order_by(($link::Entity, $link::Column::Position), Order::Asc);
            select.into_query()
        };
        let statement = about($domain, $ids, &OF_ONE, $values, query);
        let found = $domain.db.read().rows::<With<$target::$row, Uuid>>(statement).await?;
        Ok(grouped(found.into_iter().map(|With(row, owner)| (owner, row))))
    }};
}

/// Programs of articles that `actor` may see.
pub async fn programs_of_articles(domain: &Domain, actor: &Actor, ids: &[Uuid]) -> Result<ById<Vec<program::Head>>> {
    linked!(domain, ids, article_program, ArticleId -> ProgramId, program::Head, visible::<Program>(domain, actor), public_values(domain, actor))
}

/// Events of articles that `actor` may see.
pub async fn events_of_articles(domain: &Domain, actor: &Actor, ids: &[Uuid]) -> Result<ById<Vec<event::Head>>> {
    linked!(domain, ids, article_event, ArticleId -> EventId, event::Head, visible::<Event>(domain, actor), public_values(domain, actor))
}

/// Articles about events that `actor` may see, but for those in the trash.
pub async fn articles_of_events(domain: &Domain, actor: &Actor, ids: &[Uuid]) -> Result<ById<Vec<article::Head>>> {
    let shown = || visible::<Article>(domain, actor).add(article::Column::DeletedAt.is_null());
    linked!(domain, ids, article_event, EventId -> ArticleId, article::Head, shown(), public_values(domain, actor))
}

/// Organizers of events.
pub async fn organizers_of_events(domain: &Domain, ids: &[Uuid]) -> Result<ById<Vec<organization::Model>>> {
    linked!(domain, ids, event_organizer, EventId -> OrganizationId, organization::Model, Condition::all(), Some([]))
}

/// A participant, and the official who it is; none for a guest.
pub type Person = (participant::Model, Option<official::Head>);

/// Participants of events in their order, each with the official who it is. Officials that `actor` may not see are left out.
pub async fn people_of_events(domain: &Domain, actor: &Actor, ids: &[Uuid]) -> Result<ById<Vec<Person>>> {
    static OF_ONE: Known = Known::new();
    let official = || Expr::col((participant::Entity, participant::Column::OfficialId));
    let query = || {
        let mut select = Rows::<participant::Entity>::all()
            .selecting::<participant::Model>()
            .expr(Expr::cust(official::Head::columns()))
            .filter(participant::Column::EventId.is_in(padded(ids)))
            .filter(Condition::any().add(official().is_null()).add(visible::<Official>(domain, actor)))
            .order_by_asc(participant::Column::EventId)
            .order_by_asc(participant::Column::Position);
        let is_it = Expr::col((official::Entity, official::Column::Id)).eq(official());
        QuerySelect::query(&mut select).left_join(official::Entity, is_it);
        select.into_query()
    };
    let statement = about(domain, ids, &OF_ONE, public_values(domain, actor), query);
    let found = domain.db.read().rows::<Joined<participant::Model, official::Head>>(statement).await?;
    Ok(grouped(found.into_iter().map(|Joined(row, official)| (row.event_id, (row, official)))))
}

/// Terms of all officials among the participants of some events, in their order, by official.
pub async fn terms_of_participants(domain: &Domain, events: &[Uuid]) -> Result<ById<Vec<term::Model>>> {
    static OF_ONE: Known = Known::new();
    let terms = || Rows::<term::Entity>::all().selecting::<term::Model>();
    // Those of one event are few, and found sooner with each participant than by a set of their officials.
    let query_of_one = |event: Uuid| {
        let mut terms = terms().into_query();
        let official = Expr::col((participant::Entity, participant::Column::OfficialId));
        let is_theirs = official.eq(Expr::col((term::Entity, term::Column::OfficialId)));
        terms.inner_join(participant::Entity, is_theirs).and_where(participant::Column::EventId.eq(event)).take()
    };
    let of_one = |backend, event: Uuid| OF_ONE.statement(backend, [event.into()], || query_of_one(event));
    let of_all = |events: &[Uuid]| {
        let theirs = Rows::<participant::Entity>::all()
            .column(participant::Column::OfficialId)
            .filter(participant::Column::EventId.is_in(padded(events)));
        terms().filter(term::Column::OfficialId.in_subquery(theirs.into_query())).into_query()
    };
    let rows = domain.db.read().rows_of_each::<term::Model>(events, of_one, of_all).await?;
    let mut terms_of = grouped(rows.into_iter().map(|row| (row.official_id, row)));
    for terms in terms_of.values_mut() {
        // Who takes part more than once has them more than once.
        terms.sort_unstable_by_key(|term| (term.position, term.id));
        terms.dedup_by_key(|term| term.id);
    }
    Ok(terms_of)
}

macro_rules! children {
    ($(#[$doc:meta])* $name:ident, $child:ident, $owner_column:ident, $owner:ident, $order:ident) => {
        $(#[$doc])*
        pub async fn $name(domain: &Domain, ids: &[Uuid]) -> Result<ById<Vec<$child::Model>>> {
            let rows = Rows::<$child::Entity>::all()
                .filter($child::Column::$owner_column.is_in(padded(ids)))
                .order_by_asc($child::Column::$owner_column)
                .order_by_asc($child::Column::$order)
                .rows(domain.db.read())
                .await?;
            Ok(grouped(rows.into_iter().map(|row| (row.$owner, row))))
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
