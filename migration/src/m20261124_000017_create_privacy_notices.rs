//! The privacy notice, each version of it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, string_len, text};

use crate::table::{actor_columns, drop_all, index, unique, with_id};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = with_id("privacy_notices");
        table.col(string_len("version", 40)).col(text("body_id")).col(text("body_en")).col(big_integer("created_at"));
        actor_columns(&mut table);
        manager.create_table(table).await?;
        manager.create_index(unique("privacy_notices", &["version"])).await?;
        manager.create_index(index("privacy_notices", &["created_at", "id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["privacy_notices"]).await
    }
}
