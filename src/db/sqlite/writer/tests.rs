//! Transactions in turn, together and taken back.

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
