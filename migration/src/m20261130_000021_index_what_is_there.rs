//! Comments by their event, by what they reply to and by their sketch, and jobs by their lease, of those that have one: most have none, and
//! need not be written there. Comments count by themselves from now on for how much one may write.

use sea_orm_migration::prelude::*;

use crate::table::{drop_index, index};

/// Table and columns, of which the first is often null.
const LISTS: [(&str, &[&str]); 6] = [
    ("comments", &["event_id", "is_shown", "depth", "created_at", "id"]),
    ("comments", &["parent_id", "is_shown", "created_at", "id"]),
    ("comments", &["sketch_a", "created_at"]),
    ("comments", &["sketch_b", "created_at"]),
    ("comments", &["sketch_c", "created_at"]),
    ("outbox_jobs", &["lease_until"]),
];

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, columns) in LISTS {
            drop_index(manager, table, columns).await?;
            manager.create_index(index(table, columns).and_where(Expr::col(columns[0]).is_not_null()).take()).await?;
        }
        // The comments that they stand for would count twice.
        manager.get_connection().execute_unprepared("DELETE FROM comment_attempts").await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, columns) in LISTS {
            drop_index(manager, table, columns).await?;
            manager.create_index(index(table, columns)).await?;
        }
        Ok(())
    }
}
