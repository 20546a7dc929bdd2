//! What speaks for a comment being spam, and by what comments of the same words are found.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer_null, integer, text};

use crate::table::{add_columns, drop_columns, drop_index, index};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [integer("spam_score").default(0).take(), text("spam_checks").default("[]").take(), big_integer_null("body_key")];
        add_columns(manager, "comments", columns).await?;
        manager.create_index(index("comments", &["body_key", "created_at"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_index(manager, "comments", &["body_key", "created_at"]).await?;
        drop_columns(manager, "comments", &["spam_score", "spam_checks", "body_key"]).await
    }
}
