//! Reviews, autosaves, which revisions were published, schedules that failed, and what the lists of the desk need.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, text_null};

use crate::table::{ENTRIES, add_columns, drop_columns, drop_index, index};

/// What the lists of the desk are ordered and narrowed by.
const LISTS: [&[&str]; 3] = [&["saved_at", "id"], &["created_by", "saved_at"], &["status", "saved_at"]];

/// What is known of the past: when the newest revision was saved, and that the live one was published.
fn history(table: &str) -> [String; 2] {
    [
        format!(
            "UPDATE {table} SET saved_at = COALESCE((SELECT created_at FROM revisions \
             WHERE revisions.entry_id = {table}.id AND revisions.number = {table}.revision), updated_at)"
        ),
        format!(
            "UPDATE revisions SET published_at = (SELECT published_at FROM {table} WHERE {table}.id = revisions.entry_id) \
             WHERE EXISTS (SELECT 1 FROM {table} WHERE {table}.id = revisions.entry_id \
             AND {table}.live_revision = revisions.number AND {table}.published_at IS NOT NULL)"
        ),
    ]
}

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ENTRIES {
            let columns = [
                big_integer_null("schedule_failed_at"),
                text_null("schedule_problem"),
                text_null("review_note"),
                big_integer("saved_at").default(0).take(),
            ];
            add_columns(manager, table, columns).await?;
            for columns in LISTS {
                manager.create_index(index(table, columns)).await?;
            }
        }
        let is_autosave = boolean("is_autosave").default(false).take();
        add_columns(manager, "revisions", [is_autosave, big_integer_null("published_at")]).await?;
        for table in ENTRIES {
            for statement in history(table) {
                manager.get_connection().execute_unprepared(&statement).await?;
            }
        }
        manager.create_index(index("revisions", &["is_autosave", "created_at"])).await?;
        manager.create_index(index("audit_entries", &["actor_id", "created_at"])).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_index(manager, "audit_entries", &["actor_id", "created_at"]).await?;
        drop_index(manager, "revisions", &["is_autosave", "created_at"]).await?;
        drop_columns(manager, "revisions", &["is_autosave", "published_at"]).await?;
        for table in ENTRIES {
            for columns in LISTS {
                drop_index(manager, table, columns).await?;
            }
            // What an older version does not know of is a draft to it.
            let unknown = Expr::col("status").is_in(["in_review", "approved"]);
            manager.execute(Query::update().table(table).value("status", "draft").and_where(unknown).to_owned()).await?;
            drop_columns(manager, table, &["schedule_failed_at", "schedule_problem", "review_note", "saved_at"]).await?;
        }
        Ok(())
    }
}
