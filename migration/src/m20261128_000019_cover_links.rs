//! The links of an entry in their order, with what they lead to, read from an index alone.

use sea_orm_migration::prelude::*;

use crate::table::{drop_index, index};

/// Tables of links with the column of whose they are and of what they lead to.
const LINKS: [(&str, &str, &str); 5] = [
    ("article_topics", "article_id", "topic_id"),
    ("article_regions", "article_id", "region_id"),
    ("article_programs", "article_id", "program_id"),
    ("article_events", "article_id", "event_id"),
    ("event_organizers", "event_id", "organization_id"),
];

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, owner, target) in LINKS {
            manager.create_index(index(table, &[owner, "position", target])).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, owner, target) in LINKS {
            drop_index(manager, table, &[owner, "position", target]).await?;
        }
        Ok(())
    }
}
