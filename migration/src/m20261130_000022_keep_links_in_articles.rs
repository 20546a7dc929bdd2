//! The ids of an article's topics and regions beside its links: lists that show them read no others.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::table::drop_columns;

/// Columns with the links that they are filled from.
const COLUMNS: [(&str, &str, &str); 2] = [("topic_ids", "article_topics", "topic_id"), ("region_ids", "article_regions", "region_id")];

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let is_sqlite = db.get_database_backend() == DbBackend::Sqlite;
        for (column, links, target) in COLUMNS {
            let (sort, packed) = if is_sqlite {
                ("BLOB NOT NULL DEFAULT x''", format!("unhex(group_concat(hex({target}), '' ORDER BY position))"))
            } else {
                ("bytea NOT NULL DEFAULT ''", format!("string_agg(uuid_send({target}), ''::bytea ORDER BY position)"))
            };
            db.execute_unprepared(&format!("ALTER TABLE articles ADD COLUMN {column} {sort}")).await?;
            let fill = format!(
                "UPDATE articles SET {column} = (SELECT {packed} FROM {links} WHERE article_id = articles.id) \
                 WHERE EXISTS (SELECT 1 FROM {links} WHERE article_id = articles.id)"
            );
            db.execute_unprepared(&fill).await?;
        }
        if is_sqlite {
            // The long text stays behind all other columns, as SQLite reads through it to get at what follows.
            for step in [
                "ALTER TABLE articles ADD COLUMN long_text TEXT NOT NULL DEFAULT ''",
                "UPDATE articles SET long_text = body",
                "ALTER TABLE articles DROP COLUMN body",
                "ALTER TABLE articles RENAME COLUMN long_text TO body",
            ] {
                db.execute_unprepared(step).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_columns(manager, "articles", &COLUMNS.map(|(column, ..)| column)).await
    }
}
