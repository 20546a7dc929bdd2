//! Articles that belong together: what two share in events, programs, regions and topics, the rarer sort weighing more.

use std::collections::HashMap;

use entity::article;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};
use uuid::Uuid;

use super::Article;
use crate::auth::actor::Actor;
use crate::domain::error::Result;
use crate::domain::{Domain, visibility};

/// For each of `ids`, up to `limit` other articles that `actor` may see, the most related first and the newer of equals.
/// Two statements, however many articles are asked about.
pub async fn related(domain: &Domain, actor: &Actor, ids: &[Uuid], limit: usize) -> Result<HashMap<Uuid, Vec<article::Model>>> {
    let db = domain.db.read();
    let mut weights: HashMap<(Uuid, Uuid), i64> = HashMap::new();
    let pairs = shared("article_events", "event_id", 8, ids)
        .union(sea_orm::sea_query::UnionType::All, shared("article_programs", "program_id", 4, ids))
        .union(sea_orm::sea_query::UnionType::All, shared("article_regions", "region_id", 2, ids))
        .union(sea_orm::sea_query::UnionType::All, shared("article_topics", "topic_id", 1, ids))
        .to_owned();
    for row in db.query_all(&pairs).await? {
        let (one, other): (Uuid, Uuid) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let weight: i64 = row.try_get_by_index(2)?;
        *weights.entry((one, other)).or_default() += weight;
    }
    let others: std::collections::HashSet<Uuid> = weights.keys().map(|(_, other)| *other).collect();
    let rows = visibility::select::<Article>(domain, actor)
        .filter(article::Column::Id.is_in(others))
        .filter(article::Column::DeletedAt.is_null())
        .all(db)
        .await?;
    let rows: HashMap<Uuid, article::Model> = rows.into_iter().map(|row| (row.id, row)).collect();
    let mut related: HashMap<Uuid, Vec<(i64, &article::Model)>> = HashMap::new();
    for ((one, other), weight) in &weights {
        if let Some(row) = rows.get(other) {
            related.entry(*one).or_default().push((*weight, row));
        }
    }
    Ok(related
        .into_iter()
        .map(|(id, mut rows)| {
            rows.sort_by_key(|(weight, row)| std::cmp::Reverse((*weight, row.published_at, row.id)));
            (id, rows.into_iter().take(limit).map(|(_, row)| row.clone()).collect())
        })
        .collect())
}

/// Pairs of articles that share a target in a link table, each with a weight.
fn shared(table: &'static str, column: &'static str, weight: i64, ids: &[Uuid]) -> SelectStatement {
    Query::select()
        .expr(Expr::col(("a", "article_id")))
        .expr(Expr::col(("b", "article_id")))
        .expr(Expr::val(weight).cast_as("bigint"))
        .from_as(table, "a")
        .join_as(sea_orm::JoinType::InnerJoin, table, "b", Expr::col(("b", column)).equals(("a", column)))
        .and_where(Expr::col(("a", "article_id")).is_in(ids.iter().copied()))
        .and_where(Expr::col(("b", "article_id")).not_equals(("a", "article_id")))
        .to_owned()
}
