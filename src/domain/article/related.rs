//! Articles that belong together: what two share in events, programs, regions and topics, the rarer sort weighing more.

use std::collections::HashMap;

use entity::article;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, Query, SelectStatement, UnionType, WindowStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::Article;
use crate::auth::actor::Actor;
use crate::domain::error::Result;
use crate::domain::event::Event;
use crate::domain::links::visible_ids;
use crate::domain::program::Program;
use crate::domain::{Domain, visibility};

/// How many of the newest articles are looked at: on a large site nearly all share some topic or region.
const NEWEST: u64 = 500;

/// For each of `ids`, up to `limit` other articles among the newest that `actor` may see, the most related first and the
/// newer of equals. What they share must be visible, too. Two statements, however many articles are asked about.
pub async fn related(domain: &Domain, actor: &Actor, ids: &[Uuid], limit: usize) -> Result<HashMap<Uuid, Vec<article::Model>>> {
    let db = domain.db.read();
    let newest = visibility::select::<Article>(domain, actor)
        .filter(article::Column::DeletedAt.is_null())
        .filter(article::Column::PublishedAt.is_not_null())
        .order_by_desc(article::Column::PublishedAt)
        .order_by_desc(article::Column::Id)
        .limit(NEWEST)
        .select_only()
        .column(article::Column::Id)
        .into_query();
    // A limit within an IN needs a table of its own on some databases.
    let newest = Query::select().column("id").from_subquery(newest, "newest").take();
    let shared = |table, column, weight| shared(table, column, weight, ids, &newest);
    let events = shared("article_events", "event_id", 8)
        .and_where(Expr::col(("a", "event_id")).in_subquery(visible_ids::<Event>(domain, actor)))
        .take();
    let programs = shared("article_programs", "program_id", 4)
        .and_where(Expr::col(("a", "program_id")).in_subquery(visible_ids::<Program>(domain, actor)))
        .take();
    let mut pairs = events;
    pairs
        .union(UnionType::All, programs)
        .union(UnionType::All, shared("article_regions", "region_id", 2))
        .union(UnionType::All, shared("article_topics", "topic_id", 1));
    let weight = || Expr::expr(Func::sum(Expr::col(("pairs", "weight")))).cast_as(Alias::new("bigint"));
    let window = WindowStatement::partition_by(("pairs", "one"))
        .order_by_expr(weight(), Order::Desc)
        .order_by(("articles", "published_at"), Order::Desc)
        .order_by(("pairs", "other"), Order::Desc)
        .take();
    let ranked = Query::select()
        .column(("pairs", "one"))
        .column(("pairs", "other"))
        .expr_window_as(Expr::cust("ROW_NUMBER()"), window, "place")
        .from_subquery(pairs, "pairs")
        .inner_join("articles", Expr::col(("articles", "id")).equals(("pairs", "other")))
        .group_by_columns([("pairs", "one"), ("pairs", "other"), ("articles", "published_at")])
        .take();
    let best = Query::select()
        .columns(["one", "other"])
        .from_subquery(ranked, "ranked")
        .and_where(Expr::col("place").lte(i64::try_from(limit).unwrap_or(i64::MAX)))
        .order_by("one", Order::Asc)
        .order_by("place", Order::Asc)
        .take();
    let mut best_of: Vec<(Uuid, Uuid)> = Vec::new();
    for row in db.query_all(&best).await? {
        best_of.push((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
    }
    let others: std::collections::HashSet<Uuid> = best_of.iter().map(|(_, other)| *other).collect();
    let rows = article::Entity::find().filter(article::Column::Id.is_in(others)).all(db).await?;
    let rows: HashMap<Uuid, article::Model> = rows.into_iter().map(|row| (row.id, row)).collect();
    let mut related: HashMap<Uuid, Vec<article::Model>> = HashMap::new();
    for (one, other) in best_of {
        related.entry(one).or_default().extend(rows.get(&other).cloned());
    }
    Ok(related)
}

/// Pairs of articles that share a target in a link table, each with a weight.
fn shared(table: &'static str, column: &'static str, weight: i64, ids: &[Uuid], among: &SelectStatement) -> SelectStatement {
    Query::select()
        .expr_as(Expr::col(("a", "article_id")), "one")
        .expr_as(Expr::col(("b", "article_id")), "other")
        .expr_as(Expr::val(weight), "weight")
        .from_as(table, "a")
        .join_as(sea_orm::JoinType::InnerJoin, table, "b", Expr::col(("b", column)).equals(("a", column)))
        .and_where(Expr::col(("a", "article_id")).is_in(ids.iter().copied()))
        .and_where(Expr::col(("b", "article_id")).not_equals(("a", "article_id")))
        .and_where(Expr::col(("b", "article_id")).in_subquery(among.clone()))
        .take()
}
