//! The one connection that writes, and its transactions.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use entity::row::FromRow;
use rusqlite::OpenFlags;
use sea_orm::error::ConnAcquireErr;
use sea_orm::{DbErr, Statement};
use tokio::sync::{Mutex as Turns, OwnedMutexGuard};
use tokio::time::{Instant, sleep, timeout};

use super::connection::Connection;
use super::failure::{closed, ended, failed, is_busy};

/// It waits for nobody in SQLite itself, but for the lock of another process in [`Writer::begin`].
const SETTINGS: &str = "PRAGMA busy_timeout = 0; PRAGMA cache_size = -8192; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;";

/// How long to wait for those of this process who want to write too.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait for another process that writes.
const PATIENCE_WITH_OTHERS: Duration = Duration::from_secs(5);
/// How often to look whether it still does.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Those who write take turns, first come, first served.
#[derive(Clone, Debug)]
pub struct Writer(Arc<Turns<Option<Connection>>>);

/// A turn.
type Turn = OwnedMutexGuard<Option<Connection>>;

/// A transaction, or a part of one that can be taken back alone. Unless it is committed it is taken back when it is dropped.
#[derive(Debug)]
pub struct Transaction {
    turn: Arc<Mutex<Turn>>,
    /// How many transactions it is a part of.
    depth: usize,
    is_open: bool,
}

impl Writer {
    /// Opens a file that is there, mapping `mapped` bytes of it. A statement that takes longer than `longest` is interrupted.
    pub fn open(file: &Path, mapped: u64, longest: Duration) -> Result<Self, DbErr> {
        let connection = Connection::open(file, OpenFlags::SQLITE_OPEN_READ_WRITE, mapped, longest)?;
        connection.batch(SETTINGS)?;
        Ok(Self(Arc::new(Turns::new(Some(connection)))))
    }

    /// Begins a transaction, which has the lock of the database from the start, so that it can't fail half-way for want of it.
    pub async fn begin(&self) -> Result<Transaction, DbErr> {
        let turn = timeout(PATIENCE, Arc::clone(&self.0).lock_owned()).await;
        let turn = turn.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
        let until = Instant::now() + PATIENCE_WITH_OTHERS;
        loop {
            let begun = begin(turn.as_ref().ok_or_else(closed)?);
            match begun {
                Ok(()) => return Ok(Transaction { turn: Arc::new(Mutex::new(turn)), depth: 0, is_open: true }),
                Err(error) if is_busy(&error) && Instant::now() < until => sleep(LOOK_EVERY).await,
                Err(error) => return Err(failed(error)),
            }
        }
    }

    /// Lets whoever writes finish, and nobody write any more.
    pub async fn close(&self) {
        self.0.lock().await.take();
    }
}

fn begin(connection: &Connection) -> rusqlite::Result<()> {
    if connection.is_in_transaction() {
        // One that could not be taken back when it ended.
        connection.control("ROLLBACK")?;
    }
    connection.control("BEGIN IMMEDIATE")
}

impl Transaction {
    /// Begins a part of it that can be taken back alone, and that must end before anything else is done with the whole.
    pub fn part(&self) -> Result<Self, DbErr> {
        let depth = self.depth + 1;
        self.with(|connection| connection.control(&format!("SAVEPOINT part_{depth}")).map_err(failed))?;
        Ok(Self { turn: Arc::clone(&self.turn), depth, is_open: true })
    }

    /// The rows that a statement selects.
    pub fn rows<T: FromRow>(&self, statement: &Statement) -> Result<Vec<T>, DbErr> {
        self.with(|connection| connection.rows(statement))
    }

    /// Runs a statement that writes, and returns how many rows it wrote.
    pub fn execute(&self, statement: &Statement) -> Result<u64, DbErr> {
        self.with(|connection| connection.execute(statement))
    }

    /// Makes what was written last, when nothing has failed.
    pub fn commit(mut self) -> Result<(), DbErr> {
        let depth = self.depth;
        self.with(|connection| match depth {
            0 => connection.control("COMMIT").map_err(failed),
            _ => connection.control(&format!("RELEASE part_{depth}")).map_err(failed),
        })?;
        self.is_open = false;
        Ok(())
    }

    /// Takes back what was written. What SQLite has taken back already is no failure.
    pub fn rollback(mut self) -> Result<(), DbErr> {
        self.is_open = false;
        self.take_back()
    }

    fn take_back(&self) -> Result<(), DbErr> {
        let depth = self.depth;
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        match turn.as_ref().filter(|connection| connection.is_in_transaction()) {
            Some(connection) if depth == 0 => connection.control("ROLLBACK").map_err(failed),
            Some(connection) => connection.batch(&format!("ROLLBACK TO part_{depth}; RELEASE part_{depth}")),
            None => Ok(()),
        }
    }

    /// Runs `work` while the transaction lasts: what SQLite has taken back must not go on as if within one.
    fn with<T>(&self, work: impl FnOnce(&Connection) -> Result<T, DbErr>) -> Result<T, DbErr> {
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = turn.as_ref().filter(|connection| connection.is_in_transaction()).ok_or_else(ended)?;
        work(connection)
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if self.is_open {
            // If this fails, whoever begins next tries again.
            let _ = self.take_back();
        }
    }
}
