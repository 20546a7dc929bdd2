//! What lists are read by: long texts behind all other columns, as SQLite reads through them to get at what follows, and the moment of
//! publication beside each link of an article, so that the articles of a topic are read in their order.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::big_integer_null;
use sea_orm_migration::sea_orm::DbBackend;

use crate::table::{add_columns, drop_columns, drop_index, index};

/// Tables with the column of their long text.
const TEXTS: [(&str, &str); 4] = [("articles", "body"), ("events", "body"), ("officials", "biography"), ("programs", "description")];
/// Links of articles with the column of what they lead to.
const LINKS: [(&str, &str); 4] =
    [("article_topics", "topic_id"), ("article_regions", "region_id"), ("article_programs", "program_id"), ("article_events", "event_id")];

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        if db.get_database_backend() == DbBackend::Sqlite {
            for (table, column) in TEXTS {
                for step in [
                    format!("ALTER TABLE {table} ADD COLUMN long_text TEXT NOT NULL DEFAULT ''"),
                    format!("UPDATE {table} SET long_text = {column}"),
                    format!("ALTER TABLE {table} DROP COLUMN {column}"),
                    format!("ALTER TABLE {table} RENAME COLUMN long_text TO {column}"),
                ] {
                    db.execute_unprepared(&step).await?;
                }
            }
        }
        for (table, column) in LINKS {
            add_columns(manager, table, [big_integer_null("published_at")]).await?;
            let set = format!("UPDATE {table} SET published_at = (SELECT a.published_at FROM articles a WHERE a.id = {table}.article_id)");
            db.execute_unprepared(&set).await?;
            manager.create_index(index(table, &[column, "published_at", "article_id"])).await?;
            drop_index(manager, table, &[column, "article_id"]).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in LINKS {
            manager.create_index(index(table, &[column, "article_id"])).await?;
            drop_index(manager, table, &[column, "published_at", "article_id"]).await?;
            drop_columns(manager, table, &["published_at"]).await?;
        }
        Ok(())
    }
}
