//! The regions that articles are in, their own and those that hold them: lists by region are read through them.

use entity::article_area::{self, ANY_TOPIC};
use entity::region;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::State;
use crate::db::{Read, Rows, Transaction, Write, insert_rows};
use crate::domain::error::Result;
use crate::domain::region::path_codes;

/// Writes those of one article anew. What holds a region was there before it and stays as long, with the code that it has.
pub async fn replace(txn: &Transaction, article_id: Uuid, state: &State, published_at: Option<i64>) -> Result<()> {
    article_area::Entity::delete_many().filter(article_area::Column::ArticleId.eq(article_id)).write(txn).await?;
    if state.region_ids.is_empty() {
        return Ok(());
    }
    let codes = Rows::<region::Entity>::all().column(region::Column::Code).filter(region::Column::Id.is_in(state.region_ids.clone()));
    let codes: Vec<String> = codes.tuples(txn).await?;
    let holders = region::Column::Code.is_in(codes.iter().flat_map(|code| path_codes(code)));
    let holders: Vec<Uuid> = Rows::<region::Entity>::all().column(region::Column::Id).filter(holders).tuples(txn).await?;
    for region_id in holders {
        let topics = std::iter::once(ANY_TOPIC).chain(state.topic_ids.iter().copied());
        let rows = topics.map(|topic_id| article_area::Model { article_id, region_id, topic_id, published_at });
        insert_rows(rows.map(|row| row.into_active_model().reset_all()), txn).await?;
    }
    Ok(())
}
