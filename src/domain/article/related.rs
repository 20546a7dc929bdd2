//! Articles that belong together: what two share in events, programs, regions and topics, the rarer sort weighing more, and in
//! words that are rare elsewhere.

use std::collections::{HashMap, HashSet};

use entity::article;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, Query, SelectStatement, UnionType, WindowStatement};
use sea_orm::{ColumnTrait, Order, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::Article;
use crate::auth::actor::Actor;
use crate::db::Source;
use crate::domain::entry::by_ids;
use crate::domain::error::Result;
use crate::domain::event::Event;
use crate::domain::links::is_visible;
use crate::domain::program::Program;
use crate::domain::{ById, Domain, search, visibility};

/// How many of the newest articles are looked at: on a large site nearly all share some topic or region.
const NEWEST: u64 = 500;
/// How many articles take part that share links, and how many that share words.
const CANDIDATES: usize = 20;
/// What the article counts that shares most of the rare words, beside an event (8), a program (4), a region (2) and a topic (1);
/// the next one half of it, the one after that a third.
const SAME_WORDS: f64 = 6.0;

/// For each of `ids`, up to `limit` other articles that `actor` may see, the most related first and the newer of equals. What they
/// share must be visible, too. A few statements, however many articles are asked about, and a search for each.
pub async fn related(domain: &Domain, actor: &Actor, ids: &[Uuid], limit: usize) -> Result<ById<Vec<article::Model>>> {
    let db = domain.db.read();
    let newest = visibility::select::<Article>(domain, actor)
        .filter(article::Column::DeletedAt.is_null())
        .filter(article::Column::PublishedAt.is_not_null())
        .order_by_desc(article::Column::PublishedAt)
        .order_by_desc(article::Column::Id)
        .limit(NEWEST)
        .column(article::Column::Id)
        .into_query();
    // A limit within an IN needs a table of its own on some databases.
    let newest = Query::select().column("id").from_subquery(newest, "newest").take();
    let shared = |table, column, weight| shared(table, column, weight, ids, &newest);
    let events = shared("article_events", "event_id", 8).and_where(is_visible::<Event>(domain, actor, Expr::col(("a", "event_id")))).take();
    let programs =
        shared("article_programs", "program_id", 4).and_where(is_visible::<Program>(domain, actor, Expr::col(("a", "program_id")))).take();
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
        .expr_as(weight(), "weight")
        .expr_window_as(Expr::cust("ROW_NUMBER()"), window, "place")
        .from_subquery(pairs, "pairs")
        .inner_join("articles", Expr::col(("articles", "id")).equals(("pairs", "other")))
        .group_by_columns([("pairs", "one"), ("pairs", "other"), ("articles", "published_at")])
        .take();
    let best = Query::select()
        .columns(["one", "other", "weight"])
        .from_subquery(ranked, "ranked")
        .and_where(Expr::col("place").lte(CANDIDATES as i64))
        .order_by("one", Order::Asc)
        .order_by("place", Order::Asc)
        .take();
    let best_of: Vec<(Uuid, Uuid, i64)> = db.rows(db.backend().build(&best)).await?;
    let mut scores: ById<ById<f64>> = ById::default();
    for (one, other, weight) in best_of {
        *scores.entry(one).or_default().entry(other).or_default() += weight as f64;
    }
    let asked = by_ids::<Article>(domain, actor, ids).await?;
    for (one, similar) in search::similar(domain, &asked, CANDIDATES).await? {
        for (other, place) in similar.into_iter().zip(1u32..) {
            *scores.entry(one).or_default().entry(other).or_default() += SAME_WORDS / f64::from(place);
        }
    }
    let others: HashSet<Uuid> = scores.values().flat_map(HashMap::keys).copied().collect();
    let others: Vec<Uuid> = others.into_iter().collect();
    let rows: ById<article::Model> = by_ids::<Article>(domain, actor, &others).await?.into_iter().map(|row| (row.id, row)).collect();
    Ok(scores.into_iter().map(|(one, scores)| (one, best_rows(scores, &rows, limit))).collect())
}

/// The rows with the highest scores, the newer of equals first.
fn best_rows(scores: ById<f64>, rows: &ById<article::Model>, limit: usize) -> Vec<article::Model> {
    let shown = |(id, score)| rows.get(&id).filter(|row| row.deleted_at.is_none()).map(|row| (score, row));
    let mut ranked: Vec<(f64, &article::Model)> = scores.into_iter().filter_map(shown).collect();
    ranked
        .sort_by(|(a, a_row), (b, b_row)| b.total_cmp(a).then_with(|| (b_row.published_at, b_row.id).cmp(&(a_row.published_at, a_row.id))));
    ranked.into_iter().take(limit).map(|(_, row)| row.clone()).collect()
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
