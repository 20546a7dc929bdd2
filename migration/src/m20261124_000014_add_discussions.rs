//! How deep a comment hangs and whether it is shown, and how many of them an article or event has.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, boolean, boolean_null, integer, uuid_null};

use crate::table::{add_columns, drop_all, drop_columns, drop_index, index, reference, with_id};

/// What comments are listed by: threads and replies as they are shown.
const LISTS: [&[&str]; 3] = [
    &["article_id", "is_shown", "depth", "created_at", "id"],
    &["event_id", "is_shown", "depth", "created_at", "id"],
    &["parent_id", "is_shown", "created_at", "id"],
];
/// What took their place.
const OLD_LISTS: [&[&str]; 4] =
    [&["article_id", "status", "created_at", "id"], &["event_id", "status", "created_at", "id"], &["parent_id"], &["created_at", "id"]];

/// What the queue of all comments is listed by. Its condition holds for every comment and is stated by the queue alone: without it
/// PostgreSQL walks all comments in the order of their age to find those of one article.
const QUEUE: &str = "CREATE INDEX ix_comments_queue ON comments (created_at, id) WHERE spam_score >= 0";

fn counts(column: &str) -> String {
    let (article, event) = if column == "article_id" { ("article_id", "NULL") } else { ("NULL", "event_id") };
    format!(
        "INSERT INTO discussions (id, article_id, event_id, threads, comments) \
         SELECT {column}, {article}, {event}, SUM(CASE WHEN parent_id IS NULL THEN 1 ELSE 0 END), COUNT(*) \
         FROM comments WHERE is_shown = TRUE AND {column} IS NOT NULL GROUP BY {column}"
    )
}

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_columns(manager, "comments", [integer("depth").default(0).take(), boolean("is_shown").default(false).take()]).await?;
        let db = manager.get_connection();
        db.execute_unprepared("UPDATE comments SET is_shown = TRUE WHERE status = 'approved' AND parent_id IS NULL").await?;
        // Level by level, until there is none below.
        let mut depth = 0;
        loop {
            let of_parents = format!("parent_id IN (SELECT id FROM comments WHERE depth = {depth}");
            let below = if depth == 0 { "parent_id IS NOT NULL".to_owned() } else { format!("{of_parents} AND parent_id IS NOT NULL)") };
            let deeper = db.execute_unprepared(&format!("UPDATE comments SET depth = {} WHERE {below}", depth + 1)).await?;
            let shown = format!("UPDATE comments SET is_shown = TRUE WHERE status = 'approved' AND {of_parents} AND is_shown = TRUE)");
            db.execute_unprepared(&shown).await?;
            if deeper.rows_affected() == 0 {
                break;
            }
            depth += 1;
        }
        for columns in OLD_LISTS {
            drop_index(manager, "comments", columns).await?;
        }
        for columns in LISTS {
            manager.create_index(index("comments", columns)).await?;
        }
        db.execute_unprepared(QUEUE).await?;
        let mut table = with_id("discussions");
        table
            .col(uuid_null("article_id"))
            .col(uuid_null("event_id"))
            .col(boolean_null("is_open"))
            .col(big_integer("threads").default(0).take())
            .col(big_integer("comments").default(0).take())
            .foreign_key(&mut reference("discussions", "article_id", "articles", ForeignKeyAction::Cascade))
            .foreign_key(&mut reference("discussions", "event_id", "events", ForeignKeyAction::Cascade));
        manager.create_table(table).await?;
        manager.create_index(index("discussions", &["article_id"])).await?;
        manager.create_index(index("discussions", &["event_id"])).await?;
        for column in ["article_id", "event_id"] {
            db.execute_unprepared(&counts(column)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["discussions"]).await?;
        manager.drop_index(Index::drop().name("ix_comments_queue").table("comments").to_owned()).await?;
        for columns in LISTS {
            drop_index(manager, "comments", columns).await?;
        }
        for columns in OLD_LISTS {
            manager.create_index(index("comments", columns)).await?;
        }
        drop_columns(manager, "comments", &["depth", "is_shown"]).await
    }
}
