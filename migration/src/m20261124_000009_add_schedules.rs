//! When an entry is to be published, and which revision of it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer_null, integer_null};

use crate::table::{ENTRIES, add_columns, drop_columns, drop_index, index};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ENTRIES {
            add_columns(manager, table, [big_integer_null("scheduled_at"), integer_null("scheduled_revision")]).await?;
            manager.create_index(index(table, &["scheduled_at", "id"])).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ENTRIES {
            drop_index(manager, table, &["scheduled_at", "id"]).await?;
            drop_columns(manager, table, &["scheduled_at", "scheduled_revision"]).await?;
        }
        Ok(())
    }
}
