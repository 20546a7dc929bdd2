//! Jobs to be done, and the generations of the search index.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, integer, string_len, text_null, uuid, uuid_null};

use crate::table::{drop_all, index, with_id};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = with_id("outbox_jobs");
        table
            .col(string_len("kind", 32))
            .col(string_len("subject_kind", 32))
            .col(uuid("subject_id"))
            .col(big_integer("created_at"))
            .col(big_integer("due_at"))
            .col(integer("attempts"))
            .col(uuid_null("lease_owner"))
            .col(big_integer_null("lease_until"))
            .col(text_null("last_error"))
            .col(big_integer_null("failed_at"))
            .col(big_integer_null("done_at"));
        manager.create_table(table).await?;
        manager.create_index(index("outbox_jobs", &["due_at", "id"])).await?;
        manager.create_index(index("outbox_jobs", &["subject_id"])).await?;
        manager.create_index(index("outbox_jobs", &["lease_until"])).await?;
        let mut table = with_id("search_indexes");
        table
            .col(string_len("engine", 32))
            .col(integer("format"))
            .col(string_len("state", 32))
            .col(big_integer("created_at"))
            .col(big_integer("heartbeat_at"))
            .col(big_integer_null("live_at"));
        manager.create_table(table).await?;
        manager.create_index(index("search_indexes", &["engine", "state"])).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["search_indexes", "outbox_jobs"]).await
    }
}
