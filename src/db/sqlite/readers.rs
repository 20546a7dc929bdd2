//! Connections that only read, opened as they are needed.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use entity::row::FromRow;
use rusqlite::OpenFlags;
use sea_orm::{DbErr, Statement};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use super::connection::Connection;
use super::failure::failed;
use crate::db::failure::closed;

/// What is read lies in the memory of the system, mapped; what a connection keeps for itself beside is little.
const SETTINGS: &str = "PRAGMA busy_timeout = 5000; PRAGMA cache_size = -2048;";

/// At most so many of them at a time.
#[derive(Clone, Debug)]
pub struct Readers(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    file: PathBuf,
    /// Bytes of the file that are mapped.
    mapped: u64,
    /// How long a statement may take.
    longest: Duration,
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

/// A connection for a while. What it has begun ends with it.
#[derive(Debug)]
pub struct Lease {
    /// None only while it is dropped.
    connection: Option<Connection>,
    is_snapshot: bool,
    readers: Arc<Shared>,
    _permit: OwnedSemaphorePermit,
}

/// A connection of its own, which is told of others' commits.
#[derive(Debug)]
pub struct Witness(Mutex<Connection>);

impl Witness {
    /// The rows that a statement selects.
    pub fn rows<T: FromRow>(&self, statement: &Statement) -> Result<Vec<T>, DbErr> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).rows(statement)
    }
}

impl Readers {
    /// At most `most` connections to this file, which must be there. The first is opened at once, to find out whether it can be.
    /// They map `mapped` bytes of it. A statement that takes longer than `longest` is interrupted.
    pub fn open(file: PathBuf, most: usize, mapped: u64, longest: Duration) -> Result<Self, DbErr> {
        let shared = Shared { file, mapped, longest, idle: Mutex::default(), permits: Arc::new(Semaphore::new(most)) };
        shared.give_back(shared.connect()?);
        Ok(Self(Arc::new(shared)))
    }

    /// A connection, as soon as one is free. A snapshot sees the database as it is at the first of its statements.
    pub async fn lease(&self, is_snapshot: bool) -> Result<Lease, DbErr> {
        let permit = Arc::clone(&self.0.permits).acquire_owned().await.map_err(|_| closed())?;
        let idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.0.connect()?,
        };
        if is_snapshot {
            connection.control("BEGIN").map_err(failed)?;
        }
        Ok(Lease { connection: Some(connection), is_snapshot, readers: Arc::clone(&self.0), _permit: permit })
    }

    /// A connection beside them.
    pub fn witness(&self) -> Result<Witness, DbErr> {
        Ok(Witness(Mutex::new(self.0.connect()?)))
    }

    /// Lets nobody read any more, and closes what nobody holds.
    pub fn close(&self) {
        self.0.permits.close();
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Shared {
    fn connect(&self) -> Result<Connection, DbErr> {
        let connection = Connection::open(&self.file, OpenFlags::SQLITE_OPEN_READ_ONLY, self.mapped, self.longest)?;
        connection.batch(SETTINGS)?;
        Ok(connection)
    }

    fn give_back(&self, connection: Connection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

impl Lease {
    /// The rows that a statement selects.
    pub fn rows<T: FromRow>(&self, statement: &Statement) -> Result<Vec<T>, DbErr> {
        self.connection.as_ref().map_or_else(|| Ok(Vec::new()), |connection| connection.rows(statement))
    }

    /// The same with each of some ids in place of its first value.
    pub fn rows_for_each<T: FromRow>(&self, statement: &Statement, ids: &[Uuid]) -> Result<Vec<T>, DbErr> {
        self.connection.as_ref().map_or_else(|| Ok(Vec::new()), |connection| connection.rows_for_each(statement, ids))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        let is_reusable = !self.is_snapshot || connection.control("COMMIT").is_ok();
        if is_reusable && !self.readers.permits.is_closed() {
            self.readers.give_back(connection);
        }
    }
}
