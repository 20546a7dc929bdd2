//! Articles, programs, officials and events with what belongs to each.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, date, date_null, integer, string_len, text, text_null, uuid, uuid_null,
};

use crate::table::{create_link, drop_all, index, line, line_null, reference, slug, unique, with_id, workflow_columns};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = with_id("articles");
        table
            .col(slug())
            .col(line_null("kicker"))
            .col(line("title"))
            .col(text_null("summary"))
            .col(text("body"))
            .col(line_null("byline"))
            .col(string_len("language", 16));
        workflow_columns(&mut table);
        manager.create_table(table).await?;
        manager.create_index(unique("articles", &["slug"])).await?;
        manager.create_index(index("articles", &["published_at", "id"])).await?;
        manager.create_index(index("articles", &["updated_at", "id"])).await?;
        manager.create_index(index("articles", &["title", "id"])).await?;
        let mut table = with_id("programs");
        table
            .col(slug())
            .col(line("name"))
            .col(text_null("summary"))
            .col(text("description"))
            .col(date_null("starts_on"))
            .col(date_null("ends_on"))
            .col(string_len("stage", 32))
            .col(uuid_null("organization_id"))
            .foreign_key(&mut reference("programs", "organization_id", "organizations", ForeignKeyAction::Restrict));
        workflow_columns(&mut table);
        manager.create_table(table).await?;
        manager.create_index(unique("programs", &["slug"])).await?;
        manager.create_index(index("programs", &["name", "id"])).await?;
        manager.create_index(index("programs", &["organization_id"])).await?;
        let mut table = with_id("program_sites");
        table
            .col(uuid("program_id"))
            .col(integer("position"))
            .col(uuid("region_id"))
            .col(line("sector"))
            .col(string_len("status", 32))
            .foreign_key(&mut reference("program_sites", "program_id", "programs", ForeignKeyAction::Cascade))
            .foreign_key(&mut reference("program_sites", "region_id", "regions", ForeignKeyAction::Restrict));
        manager.create_table(table).await?;
        manager.create_index(index("program_sites", &["program_id", "position"])).await?;
        manager.create_index(index("program_sites", &["region_id"])).await?;
        let mut table = with_id("officials");
        table.col(slug()).col(line("name")).col(line_null("honorific_before")).col(line_null("honorific_after")).col(text("biography"));
        workflow_columns(&mut table);
        manager.create_table(table).await?;
        manager.create_index(unique("officials", &["slug"])).await?;
        manager.create_index(index("officials", &["name", "id"])).await?;
        let mut table = with_id("terms");
        table
            .col(uuid("official_id"))
            .col(integer("position"))
            .col(line("office"))
            .col(uuid_null("organization_id"))
            .col(uuid_null("region_id"))
            .col(date("from_on"))
            .col(date_null("until_on"))
            .col(boolean("acting"))
            .foreign_key(&mut reference("terms", "official_id", "officials", ForeignKeyAction::Cascade))
            .foreign_key(&mut reference("terms", "organization_id", "organizations", ForeignKeyAction::Restrict))
            .foreign_key(&mut reference("terms", "region_id", "regions", ForeignKeyAction::Restrict));
        manager.create_table(table).await?;
        manager.create_index(index("terms", &["official_id", "from_on"])).await?;
        manager.create_index(index("terms", &["organization_id", "from_on"])).await?;
        manager.create_index(index("terms", &["region_id", "from_on"])).await?;
        let mut table = with_id("events");
        table
            .col(slug())
            .col(line("title"))
            .col(text_null("summary"))
            .col(text("body"))
            .col(string_len("kind", 32))
            .col(big_integer("starts_at"))
            .col(big_integer_null("ends_at"))
            .col(string_len("time_zone", 64))
            .col(boolean("all_day"))
            .col(line_null("venue"))
            .col(uuid_null("region_id"))
            .col(uuid_null("program_id"))
            .col(string_len("outcome", 32))
            .col(line_null("audience"))
            .foreign_key(&mut reference("events", "region_id", "regions", ForeignKeyAction::Restrict))
            .foreign_key(&mut reference("events", "program_id", "programs", ForeignKeyAction::Restrict));
        workflow_columns(&mut table);
        manager.create_table(table).await?;
        manager.create_index(unique("events", &["slug"])).await?;
        manager.create_index(index("events", &["starts_at", "id"])).await?;
        manager.create_index(index("events", &["region_id", "starts_at"])).await?;
        manager.create_index(index("events", &["program_id", "starts_at"])).await?;
        create_link(manager, "event_organizers", ("event_id", "events"), ("organization_id", "organizations")).await?;
        let mut table = with_id("event_sessions");
        table
            .col(uuid("event_id"))
            .col(integer("position"))
            .col(line("title"))
            .col(text_null("summary"))
            .col(big_integer_null("starts_at"))
            .col(big_integer_null("ends_at"))
            .foreign_key(&mut reference("event_sessions", "event_id", "events", ForeignKeyAction::Cascade));
        manager.create_table(table).await?;
        manager.create_index(index("event_sessions", &["event_id", "position"])).await?;
        let mut table = with_id("participants");
        table
            .col(uuid("event_id"))
            .col(integer("position"))
            .col(string_len("role", 32))
            .col(uuid_null("official_id"))
            .col(line_null("guest_name"))
            .col(line_null("guest_office"))
            .col(uuid_null("session_id"))
            .foreign_key(&mut reference("participants", "event_id", "events", ForeignKeyAction::Cascade))
            .foreign_key(&mut reference("participants", "official_id", "officials", ForeignKeyAction::Restrict))
            .foreign_key(&mut reference("participants", "session_id", "event_sessions", ForeignKeyAction::SetNull));
        manager.create_table(table).await?;
        manager.create_index(index("participants", &["event_id", "position"])).await?;
        manager.create_index(index("participants", &["official_id"])).await?;
        manager.create_index(index("participants", &["session_id"])).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(
            manager,
            &[
                "participants",
                "event_sessions",
                "event_organizers",
                "events",
                "terms",
                "officials",
                "program_sites",
                "programs",
                "articles",
            ],
        )
        .await
    }
}
