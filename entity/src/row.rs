//! Rows of a result, read by position, as each database's own driver hands them out: what SeaORM reads by name is as right and several
//! times slower.

use std::error::Error;
use std::sync::Arc;

use rusqlite::types::ValueRef;
use sea_orm::prelude::{Json, TimeDate, Uuid};
use sea_orm::{DbBackend, DbErr, EntityTrait, Value};
use tokio_postgres::types::FromSql;

/// A row of either database.
pub enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

impl Row<'_> {
    /// The value of the column at `index`, counted from 0.
    pub fn get<T: Cell>(&self, index: usize) -> Result<T, DbErr> {
        match self {
            Self::Sqlite(row) => {
                let value = row.get_ref(index).map_err(|error| DbErr::Type(error.to_string()))?;
                T::read(value).ok_or_else(|| DbErr::Type(format!("column {index} holds {:?}, which does not fit", value.data_type())))
            }
            Self::Postgres(row) => row.try_get(index).map_err(|error| DbErr::Type(with_cause(&error))),
        }
    }
}

/// The driver says only which column it is; its cause says why.
fn with_cause(error: &tokio_postgres::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

/// What a column can hold.
pub trait Cell: for<'a> FromSql<'a> {
    /// The value as SQLite keeps it; `None` when it is of another sort.
    fn read(value: ValueRef<'_>) -> Option<Self>;
}

/// What a whole row is read into.
pub trait FromRow: Sized {
    /// How many columns it takes.
    const WIDTH: usize;

    /// Reads the columns from `start` on, in the order in which the statement selects them.
    fn from_row(row: &Row<'_>, start: usize) -> Result<Self, DbErr>;
}

/// The row of a table, all of it or the columns that most need.
pub trait Columns: FromRow + Send + Sync {
    type Entity: EntityTrait;

    /// Their names, as a statement that selects them has them.
    fn columns() -> &'static str;
}

/// A whole row of a table, which can be inserted.
pub trait Whole: Columns {
    /// The statement that inserts one.
    fn insertion(backend: DbBackend) -> &'static str;

    /// Its values, in the order in which the statement takes them.
    fn into_values(self) -> Vec<Value>;
}

/// A row with a value of another table, such as the id of what refers to it.
pub struct With<R, K>(pub R, pub K);

impl<R: FromRow, K: Cell> FromRow for With<R, K> {
    const WIDTH: usize = R::WIDTH + 1;

    fn from_row(row: &Row<'_>, start: usize) -> Result<Self, DbErr> {
        Ok(Self(R::from_row(row, start)?, row.get(start + R::WIDTH)?))
    }
}

/// A row with the one of another table that it refers to, if there is one. The first column of that one is its id.
pub struct Joined<R, J>(pub R, pub Option<J>);

impl<R: FromRow, J: FromRow> FromRow for Joined<R, J> {
    const WIDTH: usize = R::WIDTH + J::WIDTH;

    fn from_row(row: &Row<'_>, start: usize) -> Result<Self, DbErr> {
        let joined = start + R::WIDTH;
        let is_there = row.get::<Option<Uuid>>(joined)?.is_some();
        Ok(Self(R::from_row(row, start)?, is_there.then(|| J::from_row(row, joined)).transpose()?))
    }
}

/// A row that is shared, and handed on without being copied.
impl<R: FromRow> FromRow for Arc<R> {
    const WIDTH: usize = R::WIDTH;

    fn from_row(row: &Row<'_>, start: usize) -> Result<Self, DbErr> {
        R::from_row(row, start).map(Self::new)
    }
}

impl<R: Columns> Columns for Arc<R> {
    type Entity = R::Entity;

    fn columns() -> &'static str {
        R::columns()
    }
}

impl Cell for i64 {
    fn read(value: ValueRef<'_>) -> Option<Self> {
        value.as_i64().ok()
    }
}

impl Cell for i32 {
    fn read(value: ValueRef<'_>) -> Option<Self> {
        value.as_i64().ok().and_then(|number| number.try_into().ok())
    }
}

impl Cell for bool {
    fn read(value: ValueRef<'_>) -> Option<Self> {
        value.as_i64().ok().map(|number| number != 0)
    }
}

impl Cell for String {
    fn read(value: ValueRef<'_>) -> Option<Self> {
        value.as_str().ok().map(str::to_owned)
    }
}

impl Cell for Vec<u8> {
    fn read(value: ValueRef<'_>) -> Option<Self> {
        value.as_blob().ok().map(<[u8]>::to_vec)
    }
}

impl Cell for Uuid {
    fn read(value: ValueRef<'_>) -> Option<Self> {
        value.as_blob().ok().and_then(|bytes| Self::from_slice(bytes).ok())
    }
}

impl Cell for TimeDate {
    fn read(value: ValueRef<'_>) -> Option<Self> {
        let mut parts = value.as_str().ok()?.splitn(3, '-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        Self::from_calendar_date(year.parse().ok()?, month.parse::<u8>().ok()?.try_into().ok()?, day.parse().ok()?).ok()
    }
}

impl Cell for Json {
    fn read(value: ValueRef<'_>) -> Option<Self> {
        value.as_bytes().ok().and_then(|bytes| serde_json::from_slice(bytes).ok())
    }
}

impl<T: Cell> Cell for Option<T> {
    fn read(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Null => Some(None),
            value => T::read(value).map(Some),
        }
    }
}

impl<T: Cell> FromRow for T {
    const WIDTH: usize = 1;

    fn from_row(row: &Row<'_>, start: usize) -> Result<Self, DbErr> {
        row.get(start)
    }
}

macro_rules! from_row_of_tuples {
    ($(($($part:ident: $index:literal),+)),+) => {
        $(impl<$($part: Cell),+> FromRow for ($($part,)+) {
            const WIDTH: usize = [$($index),+].len();

            fn from_row(row: &Row<'_>, start: usize) -> Result<Self, DbErr> {
                Ok(($(row.get::<$part>(start + $index)?,)+))
            }
        })+
    };
}
from_row_of_tuples!((A: 0, B: 1), (A: 0, B: 1, C: 2), (A: 0, B: 1, C: 2, D: 3), (A: 0, B: 1, C: 2, D: 3, E: 4));

/// The statement that inserts a row of these columns, for [`Whole::insertion`].
pub fn insertion<E: EntityTrait>(columns: &[&str], backend: DbBackend) -> String {
    let (table, names) = (E::default(), columns.join(r#"", ""#));
    format!(r#"INSERT INTO "{}" ("{names}") VALUES {}"#, table.table_name(), places(0..columns.len(), backend))
}

/// The places of a row's values among all those of a statement, counted from 0.
pub fn places(values: std::ops::Range<usize>, backend: DbBackend) -> String {
    let places = values.map(|value| if backend == DbBackend::Postgres { format!("${}", value + 1) } else { "?".to_owned() });
    format!("({})", places.collect::<Vec<_>>().join(", "))
}

/// Names of columns of a table as a statement has them, for [`Columns::columns`].
pub fn listed<E: EntityTrait>(columns: &[&str]) -> String {
    let table = E::default();
    let names: Vec<String> = columns.iter().map(|column| format!(r#""{}"."{column}""#, table.table_name())).collect();
    names.join(", ")
}

/// Implements [`FromRow`] and [`Columns`] for a struct whose fields are columns of the `Entity` beside it.
macro_rules! from_row {
    ($name:ident { $($column:ident),* }) => {
        impl $crate::row::FromRow for $name {
            const WIDTH: usize = [$(stringify!($column)),*].len();

            fn from_row(row: &$crate::row::Row<'_>, start: usize) -> Result<Self, sea_orm::DbErr> {
                let mut index = start..;
                Ok(Self { $($column: row.get(index.next().unwrap_or_default())?),* })
            }
        }

        impl $crate::row::Columns for $name {
            type Entity = Entity;

            fn columns() -> &'static str {
                static COLUMNS: std::sync::LazyLock<String> =
                    std::sync::LazyLock::new(|| $crate::row::listed::<Entity>(&[$(stringify!($column)),*]));
                &COLUMNS
            }
        }
    };
}
pub(crate) use from_row;

/// Implements [`Whole`] for a struct whose fields are all columns of the `Entity` beside it.
macro_rules! whole {
    ($name:ident { $($column:ident),* }) => {
        impl $crate::row::Whole for $name {
            fn insertion(backend: sea_orm::DbBackend) -> &'static str {
                use sea_orm::DbBackend;
                static INSERTIONS: std::sync::LazyLock<[String; 2]> = std::sync::LazyLock::new(|| {
                    [DbBackend::Sqlite, DbBackend::Postgres].map(|backend| $crate::row::insertion::<Entity>(&[$(stringify!($column)),*], backend))
                });
                &INSERTIONS[usize::from(backend == DbBackend::Postgres)]
            }

            fn into_values(self) -> Vec<sea_orm::Value> {
                vec![$(self.$column.into()),*]
            }
        }
    };
}
pub(crate) use whole;
