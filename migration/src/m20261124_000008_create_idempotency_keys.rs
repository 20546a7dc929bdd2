//! Keys under which a command runs at most once.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, string_len, uuid};

use crate::table::{drop_all, index, unique, with_id};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = with_id("idempotency_keys");
        table
            .col(string_len("actor", 100))
            .col(string_len("key", 100))
            .col(string_len("subject_kind", 32))
            .col(uuid("subject_id"))
            .col(big_integer("created_at"));
        manager.create_table(table).await?;
        manager.create_index(unique("idempotency_keys", &["actor", "key"])).await?;
        manager.create_index(index("idempotency_keys", &["created_at"])).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["idempotency_keys"]).await
    }
}
