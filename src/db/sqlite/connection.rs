//! One connection: its settings, what it binds, and how long a statement of it may take.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use entity::row::{FromRow, Row};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, OpenFlags, ToSql};
use sea_orm::{DbErr, Statement, Value};
use uuid::Uuid;

use super::failure::failed;

/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 256;
/// Steps of SQLite's machine between two looks at the clock: some tenths of a millisecond.
const STEPS: i32 = 10_000;

/// A connection whose statements are stopped when they take too long.
#[derive(Debug)]
pub struct Connection {
    raw: rusqlite::Connection,
    longest: Duration,
    opened: Instant,
    /// Until when the present statement may run, in milliseconds since the connection was opened.
    until_ms: Arc<AtomicU64>,
}

impl Connection {
    /// Opens a file that is there, mapping `mapped` bytes of it. A statement that takes longer than `longest` is interrupted.
    pub fn open(file: &Path, flags: OpenFlags, mapped: u64, longest: Duration) -> Result<Self, DbErr> {
        let raw = rusqlite::Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(failed)?;
        raw.execute_batch(&format!("PRAGMA temp_store = memory; PRAGMA mmap_size = {mapped}")).map_err(failed)?;
        // Statements are planned once, and not anew for each value.
        raw.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(failed)?;
        raw.set_prepared_statement_cache_capacity(STATEMENTS);
        let (opened, until_ms) = (Instant::now(), Arc::new(AtomicU64::new(u64::MAX)));
        let limit_ms = Arc::clone(&until_ms);
        let is_late = move || milliseconds(opened.elapsed()) > limit_ms.load(Ordering::Relaxed);
        raw.progress_handler(STEPS, Some(is_late)).map_err(failed)?;
        Ok(Self { raw, longest, opened, until_ms })
    }

    /// Runs settings or other statements that take no values.
    pub fn batch(&self, sql: &str) -> Result<(), DbErr> {
        self.until_ms.store(u64::MAX, Ordering::Relaxed);
        self.raw.execute_batch(sql).map_err(failed)
    }

    /// Begins, commits, or takes back a transaction or a part of one, whatever time that takes.
    pub fn control(&self, sql: &str) -> rusqlite::Result<()> {
        self.until_ms.store(u64::MAX, Ordering::Relaxed);
        self.raw.prepare_cached(sql)?.execute([]).map(drop)
    }

    /// Whether a transaction is open. SQLite itself takes one back when the disk fails or is full.
    pub fn is_in_transaction(&self) -> bool {
        !self.raw.is_autocommit()
    }

    /// How many rows it has changed since it was opened, with those that were taken back.
    pub fn changes(&self) -> u64 {
        self.raw.total_changes()
    }

    /// The rows that a statement selects.
    pub fn rows<T: FromRow>(&self, statement: &Statement) -> Result<Vec<T>, DbErr> {
        let mut found = Vec::new();
        read(&mut self.prepared(statement)?, &mut found)?;
        Ok(found)
    }

    /// The rows that a statement selects with each of some ids in place of its first value, one after the other.
    pub fn rows_for_each<T: FromRow>(&self, statement: &Statement, ids: &[Uuid]) -> Result<Vec<T>, DbErr> {
        let (mut prepared, mut found) = (self.prepared(statement)?, Vec::new());
        for id in ids {
            prepared.raw_bind_parameter(1, id.as_bytes()).map_err(failed)?;
            read(&mut prepared, &mut found)?;
        }
        Ok(found)
    }

    /// Runs a statement that writes, and returns how many rows it wrote.
    pub fn execute(&self, statement: &Statement) -> Result<u64, DbErr> {
        let written = self.prepared(statement)?.raw_execute().map_err(failed)?;
        Ok(u64::try_from(written).unwrap_or(u64::MAX))
    }

    fn prepared(&self, statement: &Statement) -> Result<CachedStatement<'_>, DbErr> {
        self.until_ms.store(milliseconds(self.opened.elapsed() + self.longest), Ordering::Relaxed);
        let mut prepared = self.raw.prepare_cached(&statement.sql).map_err(failed)?;
        let values = statement.values.iter().flat_map(|values| values.iter());
        for (value, index) in values.zip(1..) {
            prepared.raw_bind_parameter(index, Bound(value)).map_err(failed)?;
        }
        Ok(prepared)
    }
}

/// Reads what a statement selects whose values are bound.
fn read<T: FromRow>(prepared: &mut CachedStatement<'_>, found: &mut Vec<T>) -> Result<(), DbErr> {
    let mut rows = prepared.raw_query();
    while let Some(row) = rows.next().map_err(failed)? {
        found.push(T::from_row(&Row::Sqlite(row), 0)?);
    }
    Ok(())
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A value of a statement, as sqlx would write it.
struct Bound<'a>(&'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let unknown = |value: &Value| rusqlite::Error::ToSqlConversionFailure(format!("no way to bind {value:?}").into());
        let borrowed = |value| Ok(ToSqlOutput::Borrowed(value));
        match self.0 {
            Value::Bool(Some(value)) => borrowed(ValueRef::Integer(i64::from(*value))),
            Value::SmallInt(Some(value)) => borrowed(ValueRef::Integer(i64::from(*value))),
            Value::Int(Some(value)) => borrowed(ValueRef::Integer(i64::from(*value))),
            Value::BigInt(Some(value)) => borrowed(ValueRef::Integer(*value)),
            Value::BigUnsigned(Some(value)) => borrowed(ValueRef::Integer(i64::try_from(*value).unwrap_or(i64::MAX))),
            Value::Double(Some(value)) => borrowed(ValueRef::Real(*value)),
            Value::String(Some(value)) => borrowed(ValueRef::Text(value.as_bytes())),
            Value::Bytes(Some(value)) => borrowed(ValueRef::Blob(value)),
            Value::Uuid(Some(value)) => borrowed(ValueRef::Blob(value.as_bytes())),
            Value::TimeDate(Some(value)) => Ok(ToSqlOutput::from(value.to_string())),
            Value::Json(Some(value)) => Ok(ToSqlOutput::from(value.to_string())),
            value if *value == value.as_null() => borrowed(ValueRef::Null),
            value => Err(unknown(value)),
        }
    }
}
