//! Pinned and hidden hits, how often something is searched for, and what suggestions look up by its beginning.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, integer, string_len, uuid};

use crate::table::{drop_all, index, unique, with_id};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Tables whose names are suggested.
const NAMED: [&str; 2] = ["regions", "topics"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = with_id("search_rules");
        table
            .col(string_len("query", 200))
            .col(string_len("query_key", 1_000))
            .col(string_len("effect", 32))
            .col(string_len("target_kind", 32))
            .col(uuid("target_id"))
            .col(integer("position"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"));
        manager.create_table(table).await?;
        manager.create_index(unique("search_rules", &["query_key", "target_kind", "target_id"])).await?;
        manager.create_index(index("search_rules", &["query", "id"])).await?;

        let mut table = Table::create();
        table
            .table("search_counts")
            .col(string_len("query", 200))
            .col(integer("day"))
            .col(big_integer("searches"))
            .col(big_integer("without_hits"))
            .primary_key(Index::create().col("query").col("day"));
        manager.create_table(table).await?;
        manager.create_index(index("search_counts", &["day"])).await?;
        for table in NAMED {
            // Both databases take this form; the query builder has none for an index over an expression.
            manager.get_connection().execute_unprepared(&format!("CREATE INDEX ix_{table}_lower_name ON {table} (lower(name))")).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in NAMED {
            manager.get_connection().execute_unprepared(&format!("DROP INDEX ix_{table}_lower_name")).await?;
        }
        drop_all(manager, &["search_counts", "search_rules"]).await
    }
}
