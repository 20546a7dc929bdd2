//! What readers search for, counted by day. Nothing is kept of who they are, and what looks like personal data is not counted.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use entity::search_count;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, OnConflict};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, Order, QueryFilter, QueryOrder, QuerySelect};

use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::clock::DAY_MS;
use crate::db::{Read, Rows, Write};
use crate::domain::error::Result;
use crate::domain::{Domain, require};
use crate::text::normalize::normalize;
use crate::text::tokenize::tokenize;

/// How long counts are kept, in days.
pub const KEPT_DAYS: i32 = 90;
/// Longest query that is counted, in characters: longer ones are hardly asked twice.
const LONGEST_COUNTED: usize = 60;
/// Digits from which on a query may hold the number of a telephone or an identity card.
const PERSONAL_DIGITS: usize = 6;
/// Most different queries that wait to be written; what comes beyond is not counted.
const MOST_WAITING: usize = 10_000;
/// Rows written by one statement.
const BATCH: usize = 200;

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    searches: i64,
    without_hits: i64,
}

/// Counts that wait to be written.
#[derive(Debug, Default)]
pub struct SearchCounts(Mutex<HashMap<(String, i32), Counts>>);

/// A query and how often it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchCount {
    pub query: String,
    pub searches: i64,
    /// How many of them found nothing.
    pub without_hits: i64,
}

/// The form that queries are counted under; none for what may be personal data.
pub fn counted_form(text: &str) -> Option<String> {
    let words: Vec<String> = tokenize(text).into_iter().map(|token| token.word).collect();
    // In all words together, because numbers are written in groups.
    let digits = words.iter().flat_map(|word| word.chars()).filter(|c| c.is_numeric()).count();
    let is_personal = normalize(text).contains('@') || digits >= PERSONAL_DIGITS;
    let form = words.join(" ");
    Some(form).filter(|form| !is_personal && !form.is_empty() && form.chars().count() <= LONGEST_COUNTED)
}

fn day(at: i64) -> i32 {
    i32::try_from(at.div_euclid(DAY_MS)).unwrap_or_default()
}

impl SearchCounts {
    /// Counts one search at a moment in milliseconds.
    pub fn add(&self, text: &str, found_something: bool, at: i64) {
        let Some(form) = counted_form(text) else { return };
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (form, day(at));
        if waiting.len() >= MOST_WAITING && !waiting.contains_key(&key) {
            return;
        }
        let counts = waiting.entry(key).or_default();
        counts.searches += 1;
        counts.without_hits += i64::from(!found_something);
    }

    fn take(&self) -> Vec<((String, i32), Counts)> {
        let mut taken: Vec<_> = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_iter().collect();
        // In order, so that two processes that write at once can't wait for each other.
        taken.sort_by(|(a, _), (b, _)| a.cmp(b));
        taken
    }

    fn put_back(&self, counts: &[((String, i32), Counts)]) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, counts) in counts {
            let waiting = waiting.entry(key.clone()).or_default();
            waiting.searches += counts.searches;
            waiting.without_hits += counts.without_hits;
        }
    }
}

/// Writes what was counted. What can't be written waits for the next time.
pub async fn flush(domain: &Domain) -> Result<()> {
    let taken = domain.search_counts.take();
    for (at, batch) in taken.chunks(BATCH).enumerate() {
        let rows = batch.iter().map(|((query, day), Counts { searches, without_hits })| {
            let row = search_count::Model { query: query.clone(), day: *day, searches: *searches, without_hits: *without_hits };
            row.into_active_model().reset_all()
        });
        let added = |column: search_count::Column, name: &'static str| {
            (column, Expr::col((search_count::Entity, column)).add(Expr::col((Alias::new("excluded"), Alias::new(name)))))
        };
        let both = [added(search_count::Column::Searches, "searches"), added(search_count::Column::WithoutHits, "without_hits")];
        let add = OnConflict::columns([search_count::Column::Query, search_count::Column::Day]).values(both).to_owned();
        if let Err(error) = search_count::Entity::insert_many(rows).on_conflict(add).write(domain.db.write()).await {
            domain.search_counts.put_back(&taken[at * BATCH..]);
            return Err(error.into());
        }
    }
    Ok(())
}

/// Forgets counts that are older than is kept.
pub async fn tidy(domain: &Domain) -> Result<()> {
    let oldest = day(domain.clock.now()) - KEPT_DAYS;
    search_count::Entity::delete_many().filter(search_count::Column::Day.lt(oldest)).write(domain.db.write()).await?;
    Ok(())
}

/// The queries of the last `days` days that were asked most, or that found nothing most often.
pub async fn report(domain: &Domain, actor: &Actor, days: i32, without_hits: bool, limit: u64) -> Result<Vec<SearchCount>> {
    require(actor, Permission::SeeOperations)?;
    let mut query = summed().filter(search_count::Column::Day.gt(day(domain.clock.now()) - days)).limit(limit);
    let ranked = if without_hits { search_count::Column::WithoutHits } else { search_count::Column::Searches };
    if without_hits {
        query = query.filter(search_count::Column::WithoutHits.gt(0));
    }
    query = query.order_by(sum(ranked), Order::Desc).order_by_asc(search_count::Column::Query);
    let rows: Vec<(String, i64, i64)> = query.tuples(domain.db.read()).await?;
    Ok(rows.into_iter().map(|(query, searches, without_hits)| SearchCount { query, searches, without_hits }).collect())
}

/// Queries that begin so, that were asked at least `least` times, on more than one day, and mostly found something; the most frequent
/// first.
pub async fn frequent(domain: &Domain, beginning: &str, least: i64, limit: u64) -> Result<Vec<String>> {
    let query = summed()
        .filter(super::suggest::begins_with(Expr::col(search_count::Column::Query), beginning))
        .having(sum(search_count::Column::Searches).gte(least))
        .having(Expr::col(search_count::Column::Day).count().gte(2))
        .having(sum(search_count::Column::Searches).gt(sum(search_count::Column::WithoutHits).mul(2)))
        .order_by(sum(search_count::Column::Searches), Order::Desc)
        .order_by_asc(search_count::Column::Query)
        .limit(limit);
    let rows: Vec<(String, i64, i64)> = query.tuples(domain.db.read()).await?;
    Ok(rows.into_iter().map(|(query, _, _)| query).collect())
}

fn sum(column: search_count::Column) -> Expr {
    // PostgreSQL sums a bigint to a numeric.
    Expr::expr(Func::sum(Expr::col(column))).cast_as(Alias::new("bigint"))
}

fn summed() -> Rows<search_count::Entity> {
    Rows::<search_count::Entity>::all()
        .column(search_count::Column::Query)
        .column_as(sum(search_count::Column::Searches), "asked")
        .column_as(sum(search_count::Column::WithoutHits), "in_vain")
        .group_by(search_count::Column::Query)
}

#[cfg(test)]
mod tests {
    use super::counted_form;

    #[test]
    fn what_may_be_personal_is_not_counted() {
        assert_eq!(counted_form("  Pupuk, ORGANIK "), Some("pupuk organik".to_owned()));
        for text in
            ["siti@contoh.id", "hubungi 081234567890", "NIK 7303 0512 3456 0001", "0812-345", "siti＠contoh", "?!", "", &"kata ".repeat(30)]
        {
            assert_eq!(counted_form(text), None, "{text}");
        }
        assert_eq!(counted_form("pilkada 2024"), Some("pilkada 2024".to_owned()));
    }
}
