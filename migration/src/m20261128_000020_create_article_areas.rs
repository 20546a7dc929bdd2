//! The regions that an article is in, its own and those that hold them, alone and, if it was ever published, with each of its topics:
//! lists by region are read through them in the order of publication.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer_null, uuid};

use crate::table::{drop_all, index, reference};

const TABLE: &str = "article_areas";

/// A region is held by those whose codes its own begins with, up to a dot. The nil UUID stands for any topic.
const FILL: &str = "
    WITH RECURSIVE
        path (region_id, code) AS (
            SELECT id, CAST(code AS TEXT) FROM regions WHERE id IN (SELECT region_id FROM article_regions)
            UNION ALL
            SELECT region_id, rtrim(rtrim(code, '0123456789'), '.') FROM path WHERE code LIKE '%.%'
        ),
        area (article_id, region_id, published_at) AS (
            SELECT DISTINCT link.article_id, holder.id, link.published_at
            FROM article_regions link
            JOIN path ON path.region_id = link.region_id
            JOIN regions holder ON holder.code = path.code
        )
    INSERT INTO article_areas (article_id, region_id, topic_id, published_at)
    SELECT article_id, region_id, NIL, published_at FROM area
    UNION ALL
    SELECT area.article_id, area.region_id, filed.topic_id, area.published_at
    FROM area JOIN article_topics filed ON filed.article_id = area.article_id WHERE area.published_at IS NOT NULL";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table(TABLE)
            .col(uuid("article_id"))
            .col(uuid("region_id"))
            .col(uuid("topic_id"))
            .col(big_integer_null("published_at"))
            .primary_key(Index::create().col("article_id").col("region_id").col("topic_id"))
            .foreign_key(&mut reference(TABLE, "article_id", "articles", ForeignKeyAction::Cascade))
            .foreign_key(&mut reference(TABLE, "region_id", "regions", ForeignKeyAction::Cascade));
        manager.create_table(table).await?;
        manager.create_index(index(TABLE, &["region_id", "topic_id", "published_at", "article_id"])).await?;
        let db = manager.get_connection();
        let nil = match db.get_database_backend() {
            sea_orm_migration::sea_orm::DbBackend::Sqlite => "zeroblob(16)",
            _ => "CAST('00000000-0000-0000-0000-000000000000' AS uuid)",
        };
        db.execute_unprepared(&FILL.replace("NIL", nil)).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &[TABLE]).await
    }
}
