//! Regions, topics, organizations and the glossary.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, string_len, text_null, uuid_null};

use crate::table::{drop_all, index, line, line_null, reference, slug, unique, with_id};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = with_id("regions");
        table
            .col(slug())
            .col(string_len("code", 20))
            .col(string_len("level", 32))
            .col(line("name"))
            .col(uuid_null("parent_id"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .foreign_key(&mut reference("regions", "parent_id", "regions", ForeignKeyAction::Restrict));
        manager.create_table(table).await?;
        if manager.get_database_backend() == sea_orm_migration::sea_orm::DbBackend::Postgres {
            // A sub-region is found by a range of codes, which only plain byte order sorts rightly.
            let sql = r#"ALTER TABLE regions ALTER COLUMN code TYPE varchar(20) COLLATE "C""#;
            manager.get_connection().execute_unprepared(sql).await?;
        }
        manager.create_index(unique("regions", &["slug"])).await?;
        manager.create_index(unique("regions", &["code"])).await?;
        manager.create_index(index("regions", &["parent_id", "code"])).await?;
        let mut table = with_id("topics");
        table
            .col(slug())
            .col(line("name"))
            .col(text_null("description"))
            .col(uuid_null("parent_id"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .foreign_key(&mut reference("topics", "parent_id", "topics", ForeignKeyAction::Restrict));
        manager.create_table(table).await?;
        manager.create_index(unique("topics", &["slug"])).await?;
        manager.create_index(index("topics", &["parent_id"])).await?;
        manager.create_index(index("topics", &["name", "id"])).await?;
        let mut table = with_id("organizations");
        table
            .col(slug())
            .col(line("name"))
            .col(line_null("abbreviation"))
            .col(string_len("kind", 32))
            .col(text_null("description"))
            .col(uuid_null("parent_id"))
            .col(uuid_null("region_id"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .foreign_key(&mut reference("organizations", "parent_id", "organizations", ForeignKeyAction::Restrict))
            .foreign_key(&mut reference("organizations", "region_id", "regions", ForeignKeyAction::Restrict));
        manager.create_table(table).await?;
        manager.create_index(unique("organizations", &["slug"])).await?;
        manager.create_index(index("organizations", &["parent_id"])).await?;
        manager.create_index(index("organizations", &["region_id"])).await?;
        manager.create_index(index("organizations", &["name", "id"])).await?;
        let mut table = with_id("glossary_terms");
        table.col(line("term")).col(line("expansion")).col(text_null("note")).col(big_integer("created_at")).col(big_integer("updated_at"));
        manager.create_table(table).await?;
        manager.create_index(unique("glossary_terms", &["term"])).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["glossary_terms", "organizations", "topics", "regions"]).await
    }
}
