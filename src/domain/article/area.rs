//! The regions that articles are in, their own and those that hold them: lists by region are read through them.

use std::collections::HashSet;

use entity::article_area::{self, ANY_TOPIC};
use entity::region;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::State;
use crate::db::{Read, Rows, Transaction, Write, insert_rows};
use crate::domain::error::Result;
use crate::domain::region::path_codes;

/// Writes those of one article anew, if they have changed. What holds a region was there before it and stays as long, with the code
/// that it has. Topics count once an article was published, for lists by publication alone are read by both: so a draft, which
/// anybody may save again and again, has few rows.
pub async fn replace(txn: &Transaction, article_id: Uuid, state: &State, published_at: Option<i64>) -> Result<()> {
    let of_article = article_area::Column::ArticleId.eq(article_id);
    let known = Rows::<article_area::Entity>::all().filter(of_article.clone()).rows(txn).await?;
    let topics = if published_at.is_some() { state.topic_ids.as_slice() } else { &[] };
    let mut wanted = Vec::new();
    for region_id in holders(txn, &state.region_ids).await? {
        let topics = std::iter::once(ANY_TOPIC).chain(topics.iter().copied());
        wanted.extend(topics.map(|topic_id| article_area::Model { article_id, region_id, topic_id, published_at }));
    }
    if known.iter().collect::<HashSet<_>>() == wanted.iter().collect() {
        return Ok(());
    }
    if !known.is_empty() {
        article_area::Entity::delete_many().filter(of_article).write(txn).await?;
    }
    Ok(insert_rows(wanted, txn).await?)
}

/// The regions that hold some, themselves among them.
async fn holders(txn: &Transaction, regions: &[Uuid]) -> Result<Vec<Uuid>> {
    if regions.is_empty() {
        return Ok(Vec::new());
    }
    let codes = Rows::<region::Entity>::all().column(region::Column::Code).filter(region::Column::Id.is_in(regions.iter().copied()));
    let codes: Vec<String> = codes.tuples(txn).await?;
    let holders = region::Column::Code.is_in(codes.iter().flat_map(|code| path_codes(code)));
    Ok(Rows::<region::Entity>::all().column(region::Column::Id).filter(holders).tuples(txn).await?)
}
