//! Numbered, reversible changes of the database, the same for SQLite and PostgreSQL.

use sea_orm_migration::prelude::*;

mod m20261124_000001_create_people;
mod m20261124_000002_create_places_and_taxonomy;
mod m20261124_000003_create_entries;
mod m20261124_000004_create_article_links;
mod m20261124_000005_create_comments;
mod m20261124_000006_create_history;
mod m20261124_000007_create_outbox;
mod m20261124_000008_create_idempotency_keys;
mod m20261124_000009_add_schedules;
mod m20261124_000010_add_review;
mod m20261124_000011_add_sign_in;
mod m20261124_000012_add_search_rules;
mod m20261124_000013_add_spam_checks;
mod m20261124_000014_add_discussions;
mod m20261124_000015_add_comment_origin;
mod m20261124_000016_add_blocklist;
mod m20261124_000017_create_privacy_notices;
mod m20261128_000018_speed_up_lists;
mod m20261128_000019_cover_links;
mod m20261128_000020_create_article_areas;
mod m20261130_000021_index_what_is_there;
mod m20261130_000022_keep_links_in_articles;
mod table;

pub use sea_orm_migration::{MigrationStatus, MigratorTrait};

/// All migrations in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261124_000001_create_people::Migration),
            Box::new(m20261124_000002_create_places_and_taxonomy::Migration),
            Box::new(m20261124_000003_create_entries::Migration),
            Box::new(m20261124_000004_create_article_links::Migration),
            Box::new(m20261124_000005_create_comments::Migration),
            Box::new(m20261124_000006_create_history::Migration),
            Box::new(m20261124_000007_create_outbox::Migration),
            Box::new(m20261124_000008_create_idempotency_keys::Migration),
            Box::new(m20261124_000009_add_schedules::Migration),
            Box::new(m20261124_000010_add_review::Migration),
            Box::new(m20261124_000011_add_sign_in::Migration),
            Box::new(m20261124_000012_add_search_rules::Migration),
            Box::new(m20261124_000013_add_spam_checks::Migration),
            Box::new(m20261124_000014_add_discussions::Migration),
            Box::new(m20261124_000015_add_comment_origin::Migration),
            Box::new(m20261124_000016_add_blocklist::Migration),
            Box::new(m20261124_000017_create_privacy_notices::Migration),
            Box::new(m20261128_000018_speed_up_lists::Migration),
            Box::new(m20261128_000019_cover_links::Migration),
            Box::new(m20261128_000020_create_article_areas::Migration),
            Box::new(m20261130_000021_index_what_is_there::Migration),
            Box::new(m20261130_000022_keep_links_in_articles::Migration),
        ]
    }
}
