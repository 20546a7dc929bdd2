//! Revisions, redirects and the audit log.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, integer, json_binary, string_len, string_len_null, text, text_null, uuid};

use crate::table::{actor_columns, drop_all, index, unique, with_id};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = with_id("revisions");
        table
            .col(string_len("entry_kind", 32))
            .col(uuid("entry_id"))
            .col(integer("number"))
            .col(json_binary("state"))
            .col(text_null("note"))
            .col(big_integer("created_at"));
        actor_columns(&mut table);
        manager.create_table(table).await?;
        manager.create_index(unique("revisions", &["entry_id", "number"])).await?;
        let mut table = with_id("redirects");
        table.col(string_len("entry_kind", 32)).col(string_len("from_slug", 120)).col(uuid("entry_id")).col(big_integer("created_at"));
        manager.create_table(table).await?;
        manager.create_index(unique("redirects", &["entry_kind", "from_slug"])).await?;
        let mut table = with_id("audit_entries");
        table
            .col(big_integer("created_at"))
            .col(string_len("action", 64))
            .col(string_len("subject_kind", 32))
            .col(uuid("subject_id"))
            .col(text("changed_fields"))
            .col(string_len_null("address", 64))
            .col(string_len_null("request_id", 64));
        actor_columns(&mut table);
        manager.create_table(table).await?;
        manager.create_index(index("audit_entries", &["created_at", "id"])).await?;
        manager.create_index(index("audit_entries", &["subject_id", "created_at"])).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["audit_entries", "redirects", "revisions"]).await
    }
}
