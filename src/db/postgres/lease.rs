//! A connection for a while, alone or with a transaction.

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use deadpool_postgres::{Client, Object};
use entity::row::{FromRow, Row};
use futures_util::{FutureExt, TryStreamExt};
use sea_orm::{DbErr, Statement, Value};
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_postgres::SimpleQueryStream;
use tokio_postgres::types::{ToSql, Type};

use super::failure::failed;
use super::value::{Bound, type_of};
use crate::db::failure::{closed, ended};

/// Statements with more values come in many lengths, such as those that insert rows: none of them is kept.
const MOST_VALUES_OF_KEPT: usize = 100;
/// How long a statement that nobody waits for any more may hold a connection: a little more than the longest may take.
const LONGEST_UNFINISHED: Duration = Duration::from_secs(70);

/// A connection for a while. A transaction that is open when it is given back is taken back.
pub struct Lease {
    /// None only while it is dropped.
    client: Option<Client>,
    /// What the beginning of the transaction answers, until somebody has read it.
    beginning: Mutex<Option<Pin<Box<SimpleQueryStream>>>>,
    is_in_transaction: AtomicBool,
    /// Whether PostgreSQL does nothing more in the transaction, because a statement of it has failed.
    has_failed: AtomicBool,
    /// Statements whose answers nobody has read to the end.
    unfinished: AtomicUsize,
}

impl std::fmt::Debug for Lease {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lease").field("is_in_transaction", &self.is_in_transaction).finish_non_exhaustive()
    }
}

impl Lease {
    /// For single statements.
    pub(super) fn new(client: Client) -> Self {
        Self {
            client: Some(client),
            beginning: Mutex::default(),
            is_in_transaction: AtomicBool::new(false),
            has_failed: AtomicBool::new(false),
            unfinished: AtomicUsize::new(0),
        }
    }

    /// With a transaction. It goes to the server together with its first statement.
    pub(super) fn begin(client: Client) -> Result<Self, DbErr> {
        let beginning = client.simple_query_raw("BEGIN").now_or_never().ok_or_else(closed)?.map_err(failed)?;
        let lease = Self::new(client);
        *lease.beginning.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::pin(beginning));
        lease.is_in_transaction.store(true, Ordering::Relaxed);
        Ok(lease)
    }

    /// The rows that a statement selects.
    pub async fn rows<T: FromRow + Send>(&self, statement: &Statement) -> Result<Vec<T>, DbErr> {
        self.tracked(async |client: &Client| {
            let prepared = client.prepare_typed_cached(&statement.sql, &types(statement)).await.map_err(failed)?;
            let mut rows = pin!(client.query_raw(&prepared, values(statement).map(Bound)).await.map_err(failed)?);
            let mut found = Ok(Vec::new());
            // To the end in any case: until then the connection is busy.
            while let Some(row) = rows.try_next().await.map_err(failed)? {
                found = found.and_then(|mut found| {
                    found.push(T::from_row(&Row::Postgres(&row), 0)?);
                    Ok(found)
                });
            }
            found
        })
        .await
    }

    /// Runs a statement that writes, and returns how many rows it wrote.
    pub async fn execute(&self, statement: &Statement) -> Result<u64, DbErr> {
        self.tracked(async |client: &Client| {
            let types = types(statement);
            if types.len() > MOST_VALUES_OF_KEPT {
                let bound: Vec<Bound<'_>> = values(statement).map(Bound).collect();
                let typed: Vec<_> = bound.iter().map(|value| value as &(dyn ToSql + Sync)).zip(types).collect();
                return client.execute_typed(&statement.sql, &typed).await.map_err(failed);
            }
            let prepared = client.prepare_typed_cached(&statement.sql, &types).await.map_err(failed)?;
            client.execute_raw(&prepared, values(statement).map(Bound)).await.map_err(failed)
        })
        .await
    }

    /// Makes the transaction last, when nothing has failed and all is done: otherwise PostgreSQL would take it back, and say that all is
    /// well.
    pub async fn commit(&self) -> Result<(), DbErr> {
        if self.has_failed.load(Ordering::Relaxed) || self.unfinished.load(Ordering::Relaxed) > 0 {
            return Err(ended());
        }
        self.end("COMMIT").await
    }

    /// Takes back the transaction.
    pub async fn roll_back(&self) -> Result<(), DbErr> {
        self.end("ROLLBACK").await
    }

    async fn end(&self, sql: &str) -> Result<(), DbErr> {
        let done = self.control(sql).await;
        self.is_in_transaction.store(false, Ordering::Relaxed);
        done
    }

    /// Begins a part of the transaction, or lets it stand and fall with the whole.
    pub async fn control(&self, sql: &str) -> Result<(), DbErr> {
        self.tracked(async |client: &Client| client.batch_execute(sql).await.map_err(failed)).await
    }

    /// Takes back a part of the transaction.
    pub async fn roll_back_part(&self, sql: &str) -> Result<(), DbErr> {
        self.control(sql).await?;
        self.has_failed.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Takes back the transaction or a part of it without waiting for the answer.
    pub fn take_back(&self, sql: &str) {
        self.has_failed.store(false, Ordering::Relaxed);
        if let Some(client) = &self.client {
            // Where this fails the connection is gone, and the transaction with it.
            let _ = client.simple_query_raw(sql).now_or_never();
        }
    }

    /// Does what a statement takes, and notes whether it failed and was waited for.
    async fn tracked<T>(&self, work: impl AsyncFnOnce(&Client) -> Result<T, DbErr>) -> Result<T, DbErr> {
        let client = self.client.as_ref().ok_or_else(closed)?;
        let beginning = self.beginning.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.unfinished.fetch_add(1, Ordering::Relaxed);
        let done = work(client).await;
        let begun = match beginning {
            Some(beginning) => beginning.try_for_each(async |_| Ok(())).await.map_err(failed),
            None => Ok(()),
        };
        self.unfinished.fetch_sub(1, Ordering::Relaxed);
        let done = begun.and(done);
        if done.is_err() {
            self.has_failed.store(true, Ordering::Relaxed);
        }
        done
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if *self.is_in_transaction.get_mut() {
            self.take_back("ROLLBACK");
        }
        let is_busy = *self.unfinished.get_mut() > 0;
        if let Some(client) = self.client.take().filter(|_| is_busy)
            && let Ok(runtime) = Handle::try_current()
        {
            // Whoever had it next would wait for a statement that nobody waits for any more.
            runtime.spawn(async move {
                if timeout(LONGEST_UNFINISHED, client.check_connection()).await.is_err() {
                    drop(Object::take(client));
                }
            });
        }
    }
}

fn values(statement: &Statement) -> std::slice::Iter<'_, Value> {
    statement.values.as_ref().map_or(&[][..], |values| values.0.as_slice()).iter()
}

fn types(statement: &Statement) -> Vec<Type> {
    values(statement).map(type_of).collect()
}
