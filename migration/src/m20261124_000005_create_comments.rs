//! Comments of readers.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, string_len, string_len_null, text, uuid_null};

use crate::table::{drop_all, index, line_null, reference, with_id};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = with_id("comments");
        table
            .col(uuid_null("article_id"))
            .col(uuid_null("event_id"))
            .col(uuid_null("parent_id"))
            .col(string_len("author_name", 100))
            .col(string_len("author_email", 254))
            .col(string_len_null("author_website", 500))
            .col(text("body"))
            .col(string_len("status", 32))
            .col(line_null("status_reason"))
            .col(big_integer("consent_at"))
            .col(string_len("consent_notice", 40))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .foreign_key(&mut reference("comments", "article_id", "articles", ForeignKeyAction::Cascade))
            .foreign_key(&mut reference("comments", "event_id", "events", ForeignKeyAction::Cascade))
            .foreign_key(&mut reference("comments", "parent_id", "comments", ForeignKeyAction::Cascade));
        manager.create_table(table).await?;
        manager.create_index(index("comments", &["article_id", "status", "created_at", "id"])).await?;
        manager.create_index(index("comments", &["event_id", "status", "created_at", "id"])).await?;
        manager.create_index(index("comments", &["status", "created_at", "id"])).await?;
        manager.create_index(index("comments", &["created_at", "id"])).await?;
        manager.create_index(index("comments", &["parent_id"])).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["comments"]).await
    }
}
