//! The one connection that writes, and its transactions.
//!
//! To make a transaction last costs several times what it writes. Of those that come at once, such that allow it are therefore made
//! last together (group commit): they write one after the other within one transaction of SQLite, and are done when that is. None is
//! a savepoint, for which SQLite would copy each page before it changes it: one that is taken back after it has written takes the
//! others with it, who try again. Those that join therefore write only once nothing can be refused any more.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use entity::row::FromRow;
use rusqlite::OpenFlags;
use sea_orm::error::ConnAcquireErr;
use sea_orm::{DbErr, Statement};
use tokio::sync::{Mutex as Turns, OwnedMutexGuard, oneshot};
use tokio::time::{Instant, sleep, timeout};

use super::connection::Connection;
use super::failure::{contended, failed, is_busy};
use crate::db::failure::{closed, ended};

/// It waits for nobody in SQLite itself, but for the lock of another process in [`Writer::begin`]. The log is written back when it
/// has 16 MiB: pages that change often are then written once for many changes.
const SETTINGS: &str = "PRAGMA cache_size = -16384; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
    PRAGMA wal_autocheckpoint = 4096; PRAGMA busy_timeout = 0;";

/// How long to wait for those of this process who want to write too.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait for another process that writes.
const PATIENCE_WITH_OTHERS: Duration = Duration::from_secs(5);
/// How often to look whether it still does.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Most transactions that are made last together.
const MOST_TOGETHER: usize = 64;

/// Those who write take turns, first come, first served.
#[derive(Clone, Debug)]
pub struct Writer {
    turns: Arc<Turns<Option<Writing>>>,
    /// How many wait for their turn.
    queue: Arc<AtomicUsize>,
}

/// What whoever has the turn holds.
#[derive(Debug)]
struct Writing {
    connection: Connection,
    /// Those who have written within the transaction that is open, and wait for it to be made last.
    together: Vec<oneshot::Sender<Result<(), DbErr>>>,
}

type Turn = OwnedMutexGuard<Option<Writing>>;

/// A transaction, or a part of one that can be taken back alone. Unless it is committed it is taken back when it is dropped.
#[derive(Debug)]
pub struct Transaction {
    writer: Writer,
    turn: Arc<Mutex<Turn>>,
    sort: Sort,
    is_open: bool,
}

#[derive(Clone, Copy, Debug)]
enum Sort {
    /// It has SQLite's transaction to itself, or is the first in it; others may join it.
    First { may_be_joined: bool },
    /// It has joined others, when the connection had changed so many rows.
    Joined { changes: u64 },
    /// It is a part of another, and that of so many more.
    Part(usize),
}

impl Writer {
    /// Opens a file that is there, mapping `mapped` bytes of it. A statement that takes longer than `longest` is interrupted.
    pub fn open(file: &Path, mapped: u64, longest: Duration) -> Result<Self, DbErr> {
        let connection = Connection::open(file, OpenFlags::SQLITE_OPEN_READ_WRITE, mapped, longest)?;
        connection.batch(SETTINGS)?;
        Ok(Self { turns: Arc::new(Turns::new(Some(Writing { connection, together: Vec::new() }))), queue: Arc::default() })
    }

    /// Begins a transaction, which has the lock of the database from the start, so that it can't fail half-way for want of it. One
    /// that `joins` may be made last together with others that do.
    pub async fn begin(&self, joins: bool) -> Result<Transaction, DbErr> {
        let mut turn = self.turn().await?;
        let until = Instant::now() + PATIENCE_WITH_OTHERS;
        loop {
            let begun = turn.as_mut().ok_or_else(closed)?.begin(joins);
            match begun {
                Ok(sort) => {
                    return Ok(Transaction { writer: self.clone(), turn: Arc::new(Mutex::new(turn)), sort, is_open: true });
                }
                Err(error) if is_busy(&error) && Instant::now() < until => sleep(LOOK_EVERY).await,
                Err(error) => return Err(failed(error)),
            }
        }
    }

    async fn turn(&self) -> Result<Turn, DbErr> {
        let _queued = Queued::new(&self.queue);
        let turn = timeout(PATIENCE, Arc::clone(&self.turns).lock_owned()).await;
        turn.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))
    }

    /// Has those who wait together made last once everybody who queues now has had their turn.
    fn finish_soon(&self) {
        let turns = Arc::clone(&self.turns);
        tokio::spawn(async move {
            if let Some(writing) = turns.lock().await.as_mut().filter(|writing| !writing.together.is_empty()) {
                // They are told.
                let _ = writing.finish();
            }
        });
    }

    /// Lets whoever writes finish, and nobody write any more.
    pub async fn close(&self) {
        if let Some(mut writing) = self.turns.lock().await.take()
            && !writing.together.is_empty()
        {
            let _ = writing.finish();
        }
    }
}

impl Writing {
    fn begin(&mut self, joins: bool) -> rusqlite::Result<Sort> {
        if !self.together.is_empty() {
            if joins && self.together.len() < MOST_TOGETHER && self.connection.is_in_transaction() {
                return Ok(Sort::Joined { changes: self.connection.changes() });
            }
            // They are told.
            let _ = self.finish();
        }
        if self.connection.is_in_transaction() {
            // One that could not be taken back when it ended.
            self.connection.control("ROLLBACK")?;
        }
        self.connection.control("BEGIN IMMEDIATE")?;
        Ok(Sort::First { may_be_joined: joins })
    }

    /// Makes the transaction last, and tells those who wait for that.
    fn finish(&mut self) -> Result<(), DbErr> {
        let done = match self.connection.is_in_transaction() {
            true => self.connection.control("COMMIT").map_err(failed),
            // SQLite has taken all of it back because of one of them; the others may try again.
            false => Err(contended()),
        };
        if done.is_err() && self.connection.is_in_transaction() {
            // If this fails, too, whoever begins next tries again.
            let _ = self.connection.control("ROLLBACK");
        }
        self.tell(&done);
        done
    }

    /// Tells those who wait how it ended.
    fn tell(&mut self, done: &Result<(), DbErr>) {
        for waiting in self.together.drain(..) {
            // Who has gone need not be told.
            let _ = waiting.send(done.clone());
        }
    }
}

impl Transaction {
    /// Begins a part of it that can be taken back alone, and that must end before anything else is done with the whole.
    pub fn part(&self) -> Result<Self, DbErr> {
        let depth = if let Sort::Part(depth) = self.sort { depth + 1 } else { 0 };
        self.with(|connection| connection.control(&format!("SAVEPOINT part_{depth}")).map_err(failed))?;
        Ok(Self { writer: self.writer.clone(), turn: Arc::clone(&self.turn), sort: Sort::Part(depth), is_open: true })
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
    pub async fn commit(mut self) -> Result<(), DbErr> {
        let waiting = self.settle()?;
        // Others may take their turn.
        drop(self);
        match waiting {
            Some(done) => done.await.unwrap_or_else(|_| Err(contended())),
            None => Ok(()),
        }
    }

    /// Ends it well: at once, or, where others may join who queue already, when the returned channel says so.
    fn settle(&mut self) -> Result<Option<oneshot::Receiver<Result<(), DbErr>>>, DbErr> {
        if let Sort::Part(depth) = self.sort {
            self.with(|connection| connection.control(&format!("RELEASE part_{depth}")).map_err(failed))?;
            self.is_open = false;
            return Ok(None);
        }
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let writing = turn.as_mut().filter(|writing| writing.connection.is_in_transaction()).ok_or_else(ended)?;
        // Whoever still had a part of it would keep the turn from those who are to join.
        let may_be_joined =
            matches!(self.sort, Sort::First { may_be_joined: true } | Sort::Joined { .. }) && Arc::strong_count(&self.turn) == 1;
        if !may_be_joined || self.writer.queue.load(Ordering::Relaxed) == 0 {
            writing.finish()?;
            self.is_open = false;
            return Ok(None);
        }
        self.is_open = false;
        let (sender, receiver) = oneshot::channel();
        writing.together.push(sender);
        if writing.together.len() == 1 {
            self.writer.finish_soon();
        }
        Ok(Some(receiver))
    }

    /// Takes back what was written. What SQLite has taken back already is no failure.
    pub fn rollback(mut self) -> Result<(), DbErr> {
        self.is_open = false;
        self.take_back()
    }

    fn take_back(&self) -> Result<(), DbErr> {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(writing) = turn.as_mut().filter(|writing| writing.connection.is_in_transaction()) else { return Ok(()) };
        match self.sort {
            Sort::Joined { changes } if writing.connection.changes() == changes => return Ok(()),
            Sort::First { .. } | Sort::Joined { .. } => {}
            Sort::Part(depth) => {
                let alone = writing.connection.batch(&format!("ROLLBACK TO part_{depth}; RELEASE part_{depth}"));
                if alone.is_ok() {
                    return alone;
                }
                // Rather all of it is taken back than this left in what is made last.
            }
        }
        let taken_back = writing.connection.control("ROLLBACK").map_err(failed);
        // Told even if that failed: whoever begins next tries it again, and must not take what is left for theirs.
        writing.tell(&Err(contended()));
        taken_back
    }

    /// Runs `work` while the transaction lasts: what SQLite has taken back must not go on as if within one.
    fn with<T>(&self, work: impl FnOnce(&Connection) -> Result<T, DbErr>) -> Result<T, DbErr> {
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let writing = turn.as_ref().filter(|writing| writing.connection.is_in_transaction()).ok_or_else(ended)?;
        work(&writing.connection)
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

/// Somebody who waits for their turn.
struct Queued<'a>(&'a AtomicUsize);

impl<'a> Queued<'a> {
    fn new(queue: &'a AtomicUsize) -> Self {
        queue.fetch_add(1, Ordering::Relaxed);
        Self(queue)
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
