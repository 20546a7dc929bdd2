//! Short forms that the migrations share.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, integer, pk_uuid, string_len, string_len_null, uuid_null};

/// The tables of the nouns with a workflow.
pub const ENTRIES: [&str; 4] = ["articles", "events", "officials", "programs"];

/// Adds columns; SQLite adds one at a time.
pub async fn add_columns(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: impl IntoIterator<Item = ColumnDef>,
) -> Result<(), DbErr> {
    for column in columns {
        manager.alter_table(Table::alter().table(table).add_column(column).take()).await?;
    }
    Ok(())
}

/// Drops columns; SQLite drops one at a time.
pub async fn drop_columns(manager: &SchemaManager<'_>, table: &'static str, columns: &[&'static str]) -> Result<(), DbErr> {
    for column in columns {
        manager.alter_table(Table::alter().table(table).drop_column(*column).take()).await?;
    }
    Ok(())
}

/// Starts a table whose key is a UUID made by Warta.
pub fn with_id(name: &'static str) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name).col(pk_uuid("id"));
    table
}

/// A foreign key `column` → `target.id`, indexed apart by the migration that needs it.
pub fn reference(
    table: &'static str,
    column: &'static str,
    target: &'static str,
    on_delete: ForeignKeyAction,
) -> ForeignKeyCreateStatement {
    let mut key = ForeignKey::create();
    key.name(format!("fk_{table}_{column}")).from(table, column).to(target, "id").on_delete(on_delete);
    key
}

/// An index named `ix_<table>_<columns>`.
pub fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("ix_{table}_{}", columns.join("_"))).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}

/// Drops an index that [`index`] has made.
pub async fn drop_index(manager: &SchemaManager<'_>, table: &'static str, columns: &[&str]) -> Result<(), DbErr> {
    manager.drop_index(Index::drop().name(format!("ix_{table}_{}", columns.join("_"))).table(table).to_owned()).await
}

/// A unique index named `uq_<table>_<columns>`, the name that `domain/constraint.rs` knows it by.
pub fn unique(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = index(table, columns);
    index.name(format!("uq_{table}_{}", columns.join("_"))).unique();
    index
}

/// The columns that every entry with a workflow has.
pub fn workflow_columns(table: &mut TableCreateStatement) -> &mut TableCreateStatement {
    table
        .col(string_len("status", 32))
        .col(big_integer_null("published_at"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .col(big_integer_null("deleted_at"))
        .col(integer("revision"))
        .col(integer("live_revision"))
        .col(uuid_null("created_by"))
}

/// The columns that say who did something.
pub fn actor_columns(table: &mut TableCreateStatement) -> &mut TableCreateStatement {
    table.col(string_len("actor_kind", 32)).col(uuid_null("actor_id")).col(string_len("actor_name", 300))
}

/// A link table of two keys and a position; deleting the owner deletes its links, and a linked target can't be deleted.
pub async fn create_link(
    manager: &SchemaManager<'_>,
    name: &'static str,
    (owner_column, owner): (&'static str, &'static str),
    (target_column, target): (&'static str, &'static str),
) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table(name)
        .col(sea_orm_migration::schema::uuid(owner_column))
        .col(sea_orm_migration::schema::uuid(target_column))
        .col(integer("position"))
        .primary_key(Index::create().col(owner_column).col(target_column))
        .foreign_key(&mut reference(name, owner_column, owner, ForeignKeyAction::Cascade))
        .foreign_key(&mut reference(name, target_column, target, ForeignKeyAction::Restrict));
    manager.create_table(table).await?;
    manager.create_index(index(name, &[target_column, owner_column])).await
}

/// Drops the tables, last named first made.
pub async fn drop_all(manager: &SchemaManager<'_>, names: &[&'static str]) -> Result<(), DbErr> {
    for name in names {
        manager.drop_table(Table::drop().table(*name).to_owned()).await?;
    }
    Ok(())
}

/// A slug, at most 120 characters long.
pub fn slug() -> ColumnDef {
    string_len("slug", 120)
}

/// An optional line of text of at most 300 characters.
pub fn line_null(name: &'static str) -> ColumnDef {
    string_len_null(name, 300)
}

/// A required line of text of at most 300 characters.
pub fn line(name: &'static str) -> ColumnDef {
    string_len(name, 300)
}
