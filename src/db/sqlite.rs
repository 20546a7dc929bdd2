//! Reading SQLite where the question is asked. A statement of a page takes some tens of microseconds; to hand it to another thread
//! and its rows back costs several times that. The runtime has more threads than cores, so that a long statement holds up no other.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use entity::row::{FromRow, Row};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, ToSql};
use sea_orm::{DbErr, RuntimeErr, Statement, Value};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 256;
/// What is read lies in the memory of the system, mapped; what a connection keeps for itself beside is little.
const SETTINGS: &str = "PRAGMA busy_timeout = 5000; PRAGMA cache_size = -2048; PRAGMA temp_store = memory;";

/// Steps of SQLite's machine between two looks at the clock: some tenths of a millisecond.
const STEPS: i32 = 10_000;

/// Connections that only read, opened as they are needed.
#[derive(Clone, Debug)]
pub struct Readers(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    file: PathBuf,
    /// Bytes of the file that are mapped.
    mapped: u64,
    /// How long a statement may take.
    longest: Duration,
    idle: Mutex<Vec<Reading>>,
    permits: Arc<Semaphore>,
}

/// A connection, and until when its present statement may run, in milliseconds since it was opened.
#[derive(Debug)]
struct Reading {
    connection: Connection,
    opened: Instant,
    until_ms: Arc<AtomicU64>,
}

/// A connection for a while. What it has begun ends with it.
#[derive(Debug)]
pub struct Lease {
    /// None only while it is dropped.
    reading: Option<Reading>,
    is_snapshot: bool,
    readers: Arc<Shared>,
    _permit: OwnedSemaphorePermit,
}

impl Readers {
    /// At most so many connections to this file, which must be there. The first is opened at once, to find out whether it can be.
    /// They map `mapped` bytes of it. A statement that takes longer than `longest` is interrupted.
    pub fn open(file: PathBuf, most: usize, mapped: u64, longest: Duration) -> Result<Self, DbErr> {
        let first = connect(&file, mapped)?;
        Ok(Self(Arc::new(Shared { file, mapped, longest, idle: Mutex::new(vec![first]), permits: Arc::new(Semaphore::new(most)) })))
    }

    /// A connection, as soon as one is free. A snapshot sees the database as it is at the first of its statements.
    pub async fn lease(&self, is_snapshot: bool) -> Result<Lease, DbErr> {
        let permit = Arc::clone(&self.0.permits).acquire_owned().await.map_err(|_| failed("the database is closed"))?;
        let idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let reading = match idle {
            Some(reading) => reading,
            None => connect(&self.0.file, self.0.mapped)?,
        };
        if is_snapshot {
            reading.connection.prepare_cached("BEGIN").and_then(|mut begin| begin.execute([])).map_err(failed)?;
        }
        Ok(Lease { reading: Some(reading), is_snapshot, readers: Arc::clone(&self.0), _permit: permit })
    }

    /// Lets nobody read any more, and closes what nobody holds.
    pub fn close(&self) {
        self.0.permits.close();
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Lease {
    /// The rows that a statement selects.
    pub fn rows<T: FromRow>(&self, statement: &Statement) -> Result<Vec<T>, DbErr> {
        let Some(reading) = &self.reading else { return Ok(Vec::new()) };
        reading.until_ms.store(milliseconds(reading.opened.elapsed() + self.readers.longest), Ordering::Relaxed);
        let mut prepared = reading.connection.prepare_cached(&statement.sql).map_err(failed)?;
        let values = statement.values.iter().flat_map(|values| values.iter());
        for (value, index) in values.zip(1..) {
            prepared.raw_bind_parameter(index, Bound(value)).map_err(failed)?;
        }
        let (mut rows, mut found) = (prepared.raw_query(), Vec::new());
        while let Some(row) = rows.next().map_err(failed)? {
            found.push(T::from_row(&Row::Sqlite(row), 0)?);
        }
        Ok(found)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(reading) = self.reading.take() else { return };
        // To end what it has begun takes no time.
        reading.until_ms.store(u64::MAX, Ordering::Relaxed);
        let is_reusable = !self.is_snapshot || reading.connection.prepare_cached("COMMIT").and_then(|mut end| end.execute([])).is_ok();
        if is_reusable && !self.readers.permits.is_closed() {
            self.readers.idle.lock().unwrap_or_else(PoisonError::into_inner).push(reading);
        }
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn connect(file: &PathBuf, mapped: u64) -> Result<Reading, DbErr> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(failed)?;
    connection.execute_batch(SETTINGS).map_err(failed)?;
    connection.execute_batch(&format!("PRAGMA mmap_size = {mapped}")).map_err(failed)?;
    // Statements are planned once, and not anew for each value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    let (opened, until_ms) = (Instant::now(), Arc::new(AtomicU64::new(u64::MAX)));
    let limit_ms = Arc::clone(&until_ms);
    let is_late = move || milliseconds(opened.elapsed()) > limit_ms.load(Ordering::Relaxed);
    connection.progress_handler(STEPS, Some(is_late)).map_err(failed)?;
    Ok(Reading { connection, opened, until_ms })
}

fn failed(error: impl std::fmt::Display) -> DbErr {
    DbErr::Query(RuntimeErr::Internal(error.to_string()))
}

/// A value of a statement, as sqlx would write it.
struct Bound<'a>(&'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let unknown = |value: &Value| rusqlite::Error::ToSqlConversionFailure(format!("no way to bind {value:?}").into());
        let borrowed = |value| Ok(ToSqlOutput::Borrowed(value));
        match self.0 {
            Value::Bool(Some(value)) => borrowed(ValueRef::Integer(i64::from(*value))),
            Value::Int(Some(value)) => borrowed(ValueRef::Integer(i64::from(*value))),
            Value::BigInt(Some(value)) => borrowed(ValueRef::Integer(*value)),
            Value::BigUnsigned(Some(value)) => borrowed(ValueRef::Integer(i64::try_from(*value).unwrap_or(i64::MAX))),
            Value::Double(Some(value)) => borrowed(ValueRef::Real(*value)),
            Value::String(Some(value)) => borrowed(ValueRef::Text(value.as_bytes())),
            Value::Bytes(Some(value)) => borrowed(ValueRef::Blob(value)),
            Value::Uuid(Some(value)) => borrowed(ValueRef::Blob(value.as_bytes())),
            Value::TimeDate(Some(value)) => Ok(ToSqlOutput::from(value.to_string())),
            value if *value == value.as_null() => borrowed(ValueRef::Null),
            value => Err(unknown(value)),
        }
    }
}
