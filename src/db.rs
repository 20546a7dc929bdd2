//! Database handles. SQLite gets one writer and a pool of read-only readers in WAL mode; PostgreSQL one pool for both.
//! Everything in which the two databases differ is here and in `domain/outbox.rs`.

use std::time::Duration;

use anyhow::Context;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};

use crate::config::DatabaseConfig;

/// SQLite readers; more only contend for the same two or four cores.
const SQLITE_READERS: u32 = 4;

/// Any number that no other program uses for its advisory locks.
const LOCK_BASE: i64 = 0x0057_4152_5441;

/// What is done by one transaction at a time, in all processes.
#[derive(Clone, Copy, Debug)]
pub enum Turn {
    /// Jobs are claimed.
    Claim,
    /// Tries to sign in are counted.
    SignIn,
    /// Something is moved in a tree.
    Move,
}

/// A connection for reading and one for writing.
#[derive(Clone, Debug)]
pub struct Db {
    read: DatabaseConnection,
    write: DatabaseConnection,
}

/// Told of every statement that runs.
pub type StatementObserver = std::sync::Arc<dyn Fn(&str) + Send + Sync>;

impl Db {
    /// Opens the database for writing only, as migrations need it: readers of SQLite must come after them.
    pub async fn connect_writer(config: &DatabaseConfig) -> anyhow::Result<DatabaseConnection> {
        let is_sqlite = config.url.starts_with("sqlite:");
        let max = if is_sqlite { 1 } else { config.max_connections };
        Self::open(&config.url, false, max).await
    }

    /// Opens the handles for serving.
    pub async fn connect(config: &DatabaseConfig, observer: Option<StatementObserver>) -> anyhow::Result<Self> {
        let mut write = Self::connect_writer(config).await?;
        if let Some(observer) = observer.clone() {
            write.set_metric_callback(move |info| observer(&info.statement.sql));
        }
        if write.get_database_backend() != DbBackend::Sqlite {
            return Ok(Self { read: write.clone(), write });
        }
        let mut read = Self::open(&config.url, true, SQLITE_READERS).await?;
        if let Some(observer) = observer {
            read.set_metric_callback(move |info| observer(&info.statement.sql));
        }
        Ok(Self { read, write })
    }

    async fn open(url: &str, read_only: bool, max: u32) -> anyhow::Result<DatabaseConnection> {
        let mut options = ConnectOptions::new(url.to_owned());
        options
            .max_connections(max)
            .min_connections(1)
            .acquire_timeout(Duration::from_secs(10))
            .sqlx_logging(false)
            .test_before_acquire_if_idle_for(Duration::from_secs(30));
        if url.starts_with("sqlite:") {
            options.idle_timeout(None::<Duration>).max_lifetime(None::<Duration>).test_before_acquire(false).map_sqlx_sqlite_opts(
                move |sqlite| {
                    sqlite
                        .create_if_missing(!read_only)
                        .read_only(read_only)
                        .journal_mode(SqliteJournalMode::Wal)
                        .synchronous(SqliteSynchronous::Full)
                        .busy_timeout(Duration::from_secs(5))
                        .foreign_keys(true)
                        .statement_cache_capacity(256)
                        .pragma("cache_size", "-32768")
                        .pragma("mmap_size", "268435456")
                        .pragma("temp_store", "memory")
                },
            );
        }
        Database::connect(options).await.with_context(|| format!("cannot open the database {}", without_password(url)))
    }

    /// For reads outside a transaction.
    pub fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// For single statements that write.
    pub fn write(&self) -> &DatabaseConnection {
        &self.write
    }

    /// Begins a transaction that writes. On SQLite it takes the write lock at once, so that it can't fail half-way for want of it.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
        self.write.begin_with_options(options).await
    }

    /// Has everybody who names the same `lock` wait until the transaction before has ended. On SQLite transactions that write
    /// do so anyway.
    pub async fn take_turns(txn: &DatabaseTransaction, lock: Turn) -> Result<(), DbErr> {
        if txn.get_database_backend() == DbBackend::Postgres {
            txn.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({})", LOCK_BASE + lock as i64)).await?;
        }
        Ok(())
    }

    /// Closes both handles, waiting for statements in flight.
    pub async fn close(self) {
        // A failure to close says only that the connection was gone already.
        let _ = self.read.close().await;
        let _ = self.write.close().await;
    }
}

/// The address of a database as it may be shown.
pub fn without_password(address: &str) -> String {
    match url::Url::parse(address) {
        Ok(mut parsed) if parsed.password().is_some() => {
            let _ = parsed.set_password(Some("…"));
            parsed.to_string()
        }
        _ => address.to_owned(),
    }
}
