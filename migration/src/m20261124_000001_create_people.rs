//! Users and API tokens.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, string_len, uuid_null};

use crate::table::{drop_all, index, line, reference, unique, with_id};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = with_id("users");
        table
            .col(line("name"))
            .col(string_len("email", 254))
            .col(string_len("role", 32))
            .col(string_len("status", 32))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"));
        manager.create_table(table).await?;
        manager.create_index(unique("users", &["email"])).await?;
        let mut table = with_id("api_tokens");
        table
            .col(line("name"))
            .col(string_len("role", 32))
            .col(string_len("token_hash", 64))
            .col(uuid_null("user_id"))
            .col(big_integer("created_at"))
            .col(big_integer_null("expires_at"))
            .col(big_integer_null("last_used_at"))
            .col(big_integer_null("revoked_at"))
            .foreign_key(&mut reference("api_tokens", "user_id", "users", ForeignKeyAction::Cascade));
        manager.create_table(table).await?;
        manager.create_index(unique("api_tokens", &["token_hash"])).await?;
        manager.create_index(index("api_tokens", &["user_id"])).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["api_tokens", "users"]).await
    }
}
