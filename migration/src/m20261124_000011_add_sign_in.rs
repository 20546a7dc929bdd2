//! Passwords, second factors, sessions, and what throttles signing in.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, binary, binary_null, string_len, string_len_null, text_null, uuid};

use crate::table::{add_columns, drop_all, drop_columns, drop_index, index, reference, unique, with_id};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            text_null("password_hash"),
            big_integer_null("password_set_at"),
            binary_null("totp_secret"),
            big_integer_null("totp_confirmed_at"),
            big_integer("totp_step").default(0).take(),
        ];
        add_columns(manager, "users", columns).await?;
        manager.create_index(index("users", &["name", "id"])).await?;
        add_columns(manager, "api_tokens", [text_null("scopes")]).await?;
        manager.create_index(index("api_tokens", &["created_at", "id"])).await?;

        let mut table = with_id("sessions");
        table
            .col(uuid("user_id"))
            .col(string_len("token_hash", 64))
            .col(big_integer("created_at"))
            .col(big_integer("last_used_at"))
            .col(big_integer("expires_at"))
            .col(string_len_null("address", 64))
            .col(string_len_null("user_agent", 300))
            .foreign_key(&mut reference("sessions", "user_id", "users", ForeignKeyAction::Cascade));
        manager.create_table(table).await?;
        manager.create_index(unique("sessions", &["token_hash"])).await?;
        manager.create_index(index("sessions", &["user_id", "created_at"])).await?;
        manager.create_index(index("sessions", &["expires_at"])).await?;

        let mut table = with_id("one_time_links");
        table
            .col(uuid("user_id"))
            .col(string_len("token_hash", 64))
            .col(big_integer("created_at"))
            .col(big_integer("expires_at"))
            .foreign_key(&mut reference("one_time_links", "user_id", "users", ForeignKeyAction::Cascade));
        manager.create_table(table).await?;
        manager.create_index(unique("one_time_links", &["token_hash"])).await?;
        manager.create_index(index("one_time_links", &["user_id", "created_at"])).await?;
        manager.create_index(index("one_time_links", &["expires_at"])).await?;

        let mut table = with_id("recovery_codes");
        table.col(uuid("user_id")).col(string_len("code_hash", 64)).foreign_key(&mut reference(
            "recovery_codes",
            "user_id",
            "users",
            ForeignKeyAction::Cascade,
        ));
        manager.create_table(table).await?;
        manager.create_index(index("recovery_codes", &["user_id"])).await?;

        let mut table = with_id("sign_in_attempts");
        table.col(string_len("account", 64)).col(string_len("address", 64)).col(big_integer("created_at"));
        manager.create_table(table).await?;
        manager.create_index(index("sign_in_attempts", &["account", "created_at"])).await?;
        manager.create_index(index("sign_in_attempts", &["address", "created_at"])).await?;
        manager.create_index(index("sign_in_attempts", &["created_at"])).await?;

        let mut table = with_id("site_keys");
        table.col(string_len("name", 32)).col(binary("secret")).col(big_integer("created_at"));
        manager.create_table(table).await?;
        manager.create_index(unique("site_keys", &["name"])).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["site_keys", "sign_in_attempts", "recovery_codes", "one_time_links", "sessions"]).await?;
        drop_index(manager, "api_tokens", &["created_at", "id"]).await?;
        drop_index(manager, "users", &["name", "id"]).await?;
        drop_columns(manager, "api_tokens", &["scopes"]).await?;
        drop_columns(manager, "users", &["password_hash", "password_set_at", "totp_secret", "totp_confirmed_at", "totp_step"]).await
    }
}
