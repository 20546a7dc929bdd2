//! What articles are about.

use sea_orm_migration::prelude::*;

use crate::table::{create_link, drop_all};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_link(manager, "article_topics", ("article_id", "articles"), ("topic_id", "topics")).await?;
        create_link(manager, "article_programs", ("article_id", "articles"), ("program_id", "programs")).await?;
        create_link(manager, "article_regions", ("article_id", "articles"), ("region_id", "regions")).await?;
        create_link(manager, "article_events", ("article_id", "articles"), ("event_id", "events")).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["article_events", "article_regions", "article_programs", "article_topics"]).await
    }
}
