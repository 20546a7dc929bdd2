//! Where a comment comes from, what became of it, and its earlier texts.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, string_len, string_len_null, text, uuid, uuid_null};

use crate::table::{actor_columns, add_columns, drop_all, drop_columns, drop_index, index, line_null, reference, with_id};

/// What the history of a writer goes by.
const LISTS: [&[&str]; 2] = [&["author_email", "created_at"], &["network_hash", "created_at"]];

/// What the retention of personal data goes by: only what there is to forget, the oldest first.
const RETAINED: [(&str, &str); 2] = [("ix_comments_address", "address IS NOT NULL"), ("ix_comments_personal", "author_email <> ''")];

const COLUMNS: [&str; 7] = ["address", "network_hash", "user_agent", "author_user_id", "edited_at", "moderated_at", "erased_at"];

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            string_len_null("address", 64),
            string_len_null("network_hash", 64),
            line_null("user_agent"),
            uuid_null("author_user_id"),
            big_integer_null("edited_at"),
            big_integer_null("moderated_at"),
            big_integer_null("erased_at"),
        ];
        add_columns(manager, "comments", columns).await?;
        for columns in LISTS {
            manager.create_index(index("comments", columns)).await?;
        }
        for (name, kept) in RETAINED {
            let create = format!("CREATE INDEX {name} ON comments (created_at) WHERE {kept}");
            manager.get_connection().execute_unprepared(&create).await?;
        }
        let mut table = with_id("comment_edits");
        table
            .col(uuid("comment_id"))
            .col(string_len("author_name", 100))
            .col(string_len_null("author_website", 500))
            .col(text("body"))
            .col(big_integer("created_at"))
            .foreign_key(&mut reference("comment_edits", "comment_id", "comments", ForeignKeyAction::Cascade));
        actor_columns(&mut table);
        manager.create_table(table).await?;
        manager.create_index(index("comment_edits", &["comment_id", "created_at", "id"])).await?;
        // From now on the comment alone says where it came from, so that there is one place to erase it.
        let forget = "UPDATE audit_entries SET address = NULL WHERE subject_kind = 'comment' AND actor_kind = 'public'";
        manager.get_connection().execute_unprepared(forget).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["comment_edits"]).await?;
        for columns in LISTS {
            drop_index(manager, "comments", columns).await?;
        }
        for (name, _) in RETAINED {
            manager.drop_index(Index::drop().name(name).table("comments").to_owned()).await?;
        }
        drop_columns(manager, "comments", &COLUMNS).await
    }
}
