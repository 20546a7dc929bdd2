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
const SETTINGS: &str = "PRAGMA cache_size = -8192; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
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
mod tests {
    use std::time::Duration;

    use sea_orm::{DbBackend, DbErr, Statement};
    use tempfile::TempDir;

    use super::{Transaction, Writer};

    /// A table of numbers, each once.
    fn numbers() -> (TempDir, Writer, rusqlite::Connection) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("numbers.db");
        let reader = rusqlite::Connection::open(&file).unwrap();
        reader.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE numbers (number INTEGER PRIMARY KEY)").unwrap();
        let writer = Writer::open(&file, 0, Duration::from_secs(5)).unwrap();
        (folder, writer, reader)
    }

    fn insert(transaction: &Transaction, number: i64) -> bool {
        let sql = format!("INSERT INTO numbers VALUES ({number})");
        transaction.execute(&Statement::from_string(DbBackend::Sqlite, sql)).is_ok()
    }

    fn stored(reader: &rusqlite::Connection) -> Vec<i64> {
        let mut statement = reader.prepare("SELECT number FROM numbers ORDER BY number").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    /// Somebody who queues.
    fn queueing(writer: &Writer, joins: bool) -> tokio::task::JoinHandle<Transaction> {
        let writer = writer.clone();
        tokio::spawn(async move { writer.begin(joins).await.unwrap() })
    }

    /// One that has written 1 and is committed while another, which now has its turn, queued.
    async fn one_and_another(writer: &Writer, joins: bool) -> (tokio::task::JoinHandle<Result<(), DbErr>>, Transaction) {
        let first = writer.begin(true).await.unwrap();
        let second = queueing(writer, joins);
        tokio::task::yield_now().await;
        assert!(insert(&first, 1));
        (tokio::spawn(first.commit()), second.await.unwrap())
    }

    #[tokio::test]
    async fn those_that_come_at_once_are_made_last_together_and_are_refused_alone() {
        let (_folder, writer, reader) = numbers();
        let first = writer.begin(true).await.unwrap();
        let (second, third) = (queueing(&writer, true), queueing(&writer, true));
        tokio::task::yield_now().await;
        assert!(insert(&first, 1));
        let first = tokio::spawn(first.commit());
        let second = second.await.unwrap();
        assert!(!insert(&second, 1), "it sees what the first has written");
        second.rollback().unwrap();
        let third = third.await.unwrap();
        assert!(insert(&third, 3));
        assert!(!first.is_finished() && stored(&reader).is_empty(), "nothing is acknowledged before it is there");
        third.commit().await.unwrap();
        first.await.unwrap().unwrap();
        assert_eq!(stored(&reader), [1, 3]);
    }

    #[tokio::test]
    async fn what_was_written_is_made_last_also_when_nobody_waits_for_it() {
        let (_folder, writer, reader) = numbers();
        let (first, second) = one_and_another(&writer, true).await;
        // Who asked for either has gone meanwhile.
        first.abort();
        drop(second);
        drop(writer.begin(true).await.unwrap());
        writer.close().await;
        assert_eq!(stored(&reader), [1]);
        assert!(writer.begin(true).await.is_err());
    }

    #[tokio::test]
    async fn one_that_is_taken_back_after_it_has_written_takes_the_others_with_it() {
        let (_folder, writer, reader) = numbers();
        let (first, second) = one_and_another(&writer, true).await;
        let part = second.part().unwrap();
        assert!(insert(&part, 2));
        part.commit().await.unwrap();
        drop(second);
        assert_eq!(first.await.unwrap(), Err(super::contended()), "it may try again");
        let third = writer.begin(true).await.unwrap();
        assert!(insert(&third, 1));
        third.commit().await.unwrap();
        assert_eq!(stored(&reader), [1]);
    }

    #[tokio::test]
    async fn who_wants_a_transaction_alone_sees_what_came_before_made_last() {
        let (_folder, writer, reader) = numbers();
        let (first, alone) = one_and_another(&writer, false).await;
        assert_eq!(stored(&reader), [1]);
        first.await.unwrap().unwrap();
        assert!(insert(&alone, 2));
        let part = alone.part().unwrap();
        assert!(insert(&part, 3));
        let below = part.part().unwrap();
        assert!(insert(&below, 4));
        below.commit().await.unwrap();
        drop(part);
        alone.commit().await.unwrap();
        assert_eq!(stored(&reader), [1, 2]);
    }

    #[tokio::test]
    async fn an_outer_process_is_waited_for_and_a_failure_is_told_to_all() {
        let (_folder, writer, other) = numbers();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let waiting = queueing(&writer, true);
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(!waiting.is_finished());
        other.execute_batch("COMMIT").unwrap();
        drop(waiting.await.unwrap());
        let (first, second) = one_and_another(&writer, true).await;
        // As when the disk fails: SQLite itself takes everything back.
        second.with(|connection| connection.batch("ROLLBACK")).unwrap();
        assert!(!insert(&second, 2), "nothing is written outside a transaction");
        assert!(second.commit().await.is_err());
        assert!(first.await.unwrap().is_err());
        assert!(stored(&other).is_empty());
        let third = writer.begin(true).await.unwrap();
        assert!(insert(&third, 3));
        third.commit().await.unwrap();
        assert_eq!(stored(&other), [3]);
    }
}
