//! The ids of an article's topics and regions beside its links: lists that show them read no others.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::table::drop_columns;

const COLUMNS: [&str; 2] = ["topic_ids", "region_ids"];

/// What each is filled with, and the long text, which stays behind all other columns, as SQLite reads through it to get at what follows.
const SQLITE: [&str; 6] = [
    "ALTER TABLE articles ADD COLUMN topic_ids BLOB NOT NULL DEFAULT x''",
    "ALTER TABLE articles ADD COLUMN region_ids BLOB NOT NULL DEFAULT x''",
    "ALTER TABLE articles ADD COLUMN long_text TEXT NOT NULL DEFAULT ''",
    "UPDATE articles SET long_text = body,
        topic_ids = coalesce((SELECT unhex(group_concat(hex(topic_id), '' ORDER BY position)) FROM article_topics WHERE article_id = articles.id), x''),
        region_ids = coalesce((SELECT unhex(group_concat(hex(region_id), '' ORDER BY position)) FROM article_regions WHERE article_id = articles.id), x'')",
    "ALTER TABLE articles DROP COLUMN body",
    "ALTER TABLE articles RENAME COLUMN long_text TO body",
];

/// The same. Nothing stands for what is left out, so that a process of an older version, which knows nothing of them, can add no article.
const POSTGRES: [&str; 3] = [
    "ALTER TABLE articles ADD COLUMN topic_ids bytea NOT NULL DEFAULT '', ADD COLUMN region_ids bytea NOT NULL DEFAULT ''",
    "UPDATE articles SET
        topic_ids = coalesce((SELECT string_agg(uuid_send(topic_id), ''::bytea ORDER BY position) FROM article_topics WHERE article_id = articles.id), ''),
        region_ids = coalesce((SELECT string_agg(uuid_send(region_id), ''::bytea ORDER BY position) FROM article_regions WHERE article_id = articles.id), '')",
    "ALTER TABLE articles ALTER COLUMN topic_ids DROP DEFAULT, ALTER COLUMN region_ids DROP DEFAULT",
];

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let steps: &[&str] = if db.get_database_backend() == DbBackend::Sqlite { &SQLITE } else { &POSTGRES };
        for step in steps {
            db.execute_unprepared(step).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_columns(manager, "articles", &COLUMNS).await
    }
}
