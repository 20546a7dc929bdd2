//! What no comment may hold, by what comments of nearly the same words are found, and how many somebody has written lately.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, string_len, string_len_null, text_null};

use crate::table::{add_columns, drop_all, drop_columns, drop_index, index, line, unique, with_id};

/// What attempts are counted and forgotten by.
const ATTEMPTS: [&[&str]; 3] = [&["network_hash", "created_at"], &["email_hash", "created_at"], &["created_at"]];

const SKETCH: [&str; 3] = ["sketch_a", "sketch_b", "sketch_c"];

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_index(manager, "comments", &["body_key", "created_at"]).await?;
        drop_columns(manager, "comments", &["body_key"]).await?;
        add_columns(manager, "comments", SKETCH.map(big_integer_null)).await?;
        for column in SKETCH {
            manager.create_index(index("comments", &[column, "created_at"])).await?;
        }
        let mut table = with_id("blocklist_entries");
        table.col(string_len("kind", 32)).col(line("value")).col(text_null("note")).col(big_integer("created_at"));
        manager.create_table(table).await?;
        manager.create_index(unique("blocklist_entries", &["kind", "value"])).await?;
        let mut table = with_id("comment_attempts");
        table.col(string_len_null("network_hash", 64)).col(string_len("email_hash", 64)).col(big_integer("created_at"));
        manager.create_table(table).await?;
        for columns in ATTEMPTS {
            manager.create_index(index("comment_attempts", columns)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["comment_attempts", "blocklist_entries"]).await?;
        for column in SKETCH {
            drop_index(manager, "comments", &[column, "created_at"]).await?;
        }
        drop_columns(manager, "comments", &SKETCH).await?;
        add_columns(manager, "comments", [big_integer_null("body_key")]).await?;
        manager.create_index(index("comments", &["body_key", "created_at"])).await
    }
}
