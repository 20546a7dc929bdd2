//! When an entry is to be published, and which revision of it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer_null, integer_null};

use crate::table::index;

const ENTRIES: [&str; 4] = ["articles", "events", "officials", "programs"];

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ENTRIES {
            // SQLite adds one column at a time.
            manager.alter_table(Table::alter().table(table).add_column(big_integer_null("scheduled_at")).take()).await?;
            manager.alter_table(Table::alter().table(table).add_column(integer_null("scheduled_revision")).take()).await?;
            manager.create_index(index(table, &["scheduled_at", "id"])).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ENTRIES {
            manager.drop_index(Index::drop().name(format!("ix_{table}_scheduled_at_id")).table(table).to_owned()).await?;
            manager.alter_table(Table::alter().table(table).drop_column("scheduled_at").take()).await?;
            manager.alter_table(Table::alter().table(table).drop_column("scheduled_revision").take()).await?;
        }
        Ok(())
    }
}
