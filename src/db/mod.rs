//! Database handles. SQLite gets one writer and a pool of read-only readers in WAL mode; PostgreSQL one pool for both.
//! Everything in which the two databases differ is here and in `domain/outbox.rs`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use futures_util::FutureExt;
use sea_orm::sqlx::Connection;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};

use self::sqlite::Readers;
use crate::config::DatabaseConfig;

mod first;
mod reader;
mod sqlite;

pub use first::{FirstOfEach, padded};
pub use reader::{Read, Reader, Source};

/// Snapshots of SQLite at a time.
const SQLITE_SNAPSHOTS: usize = 12;
/// Single statements on SQLite at a time.
const SQLITE_SINGLES: usize = 4;

/// How long a transaction waits for a lock of PostgreSQL.
const LOCK_PATIENCE_MS: u64 = 15_000;
/// How long a statement may take that no request waits for, or that writes. None takes so long that does what it should.
const LONGEST_STATEMENT: Duration = Duration::from_secs(60);

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
    /// Comments from one network are counted.
    CommentNetwork,
    /// Comments under one e-mail address are counted.
    CommentEmail,
    /// A privacy notice gets its version.
    Notice,
}

/// Connections for single reads, for snapshots, and for writing. Whoever holds a snapshot may have to wait for a single read:
/// they come from pools apart, so that many of the one can't keep each other from the other.
#[derive(Clone, Debug)]
pub struct Db {
    read: Reader,
    pools: Arc<Pools>,
}

#[derive(Debug)]
struct Pools {
    singles: Reader,
    snapshots: Reader,
    write: DatabaseConnection,
}

/// Told of every statement that runs.
pub type StatementObserver = Arc<dyn Fn(&str) + Send + Sync>;

impl Db {
    /// Opens the database for writing only, as migrations need it: readers of SQLite must come after them.
    pub async fn connect_writer(config: &DatabaseConfig) -> anyhow::Result<DatabaseConnection> {
        Self::connected(Self::options(config, writers(config))).await
    }

    /// Opens the handles for serving. A statement of a snapshot that takes longer than `longest` is stopped.
    pub async fn connect(config: &DatabaseConfig, longest: Duration, observer: Option<StatementObserver>) -> anyhow::Result<Self> {
        let embedded = sqlite_file(&config.url);
        let mut options = Self::options(config, writers(config));
        if embedded.is_none() {
            // Whoever was to wait for a lock has gone by then.
            let limits = [("lock_timeout", LOCK_PATIENCE_MS.to_string()), ("statement_timeout", LONGEST_STATEMENT.as_millis().to_string())];
            options.map_sqlx_postgres_opts(move |postgres| postgres.options(limits.clone()));
        }
        let mut write = Self::connected(options).await?;
        if let Some(observer) = observer.clone() {
            write.set_metric_callback(move |info| observer(&info.statement.sql));
        }
        let (singles, snapshots) = if let Some(file) = embedded {
            let mapped = mapped_bytes(config);
            let of =
                |most, longest| Ok::<_, DbErr>(Reader::of_sqlite(Readers::open(file.clone(), most, mapped, longest)?, observer.clone()));
            (of(SQLITE_SINGLES, LONGEST_STATEMENT)?, of(SQLITE_SNAPSHOTS, longest)?)
        } else {
            let mut snapshots = Self::connected(Self::options(config, config.max_connections / 2)).await?;
            if let Some(observer) = observer {
                snapshots.set_metric_callback(move |info| observer(&info.statement.sql));
            }
            (Reader::of_postgres(write.clone(), longest), Reader::of_postgres(snapshots, longest))
        };
        Ok(Self { read: singles.clone(), pools: Arc::new(Pools { singles, snapshots, write }) })
    }

    fn options(config: &DatabaseConfig, max: u32) -> ConnectOptions {
        let (url, mapped) = (&config.url, mapped_bytes(config));
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
                        .create_if_missing(true)
                        .journal_mode(SqliteJournalMode::Wal)
                        .synchronous(SqliteSynchronous::Full)
                        .busy_timeout(Duration::from_secs(5))
                        .foreign_keys(true)
                        .statement_cache_capacity(256)
                        .pragma("cache_size", "-8192")
                        .pragma("mmap_size", mapped.to_string())
                        .pragma("temp_store", "memory")
                },
            );
            // When the disk fails or is full, SQLite itself rolls a transaction back, which sqlx does not notice: it would go on as
            // if within one, and commit nothing any more. Such a connection is not used again.
            options.map_sqlx_sqlite_pool_opts(|pool| {
                pool.before_acquire(|connection, _| {
                    let is_clean = !connection.is_in_transaction();
                    async move { Ok(is_clean) }.boxed()
                })
            });
        }
        options
    }

    async fn connected(options: ConnectOptions) -> anyhow::Result<DatabaseConnection> {
        let address = without_password(options.get_url());
        Database::connect(options).await.with_context(|| format!("cannot open the database {address}"))
    }

    /// For reads outside a transaction that writes.
    pub fn read(&self) -> &Reader {
        &self.read
    }

    /// The same database, whose reads all see it as it is at the first of them. It holds a connection from then on, until the
    /// last handle is gone.
    pub fn snapshot(&self) -> Self {
        Self { read: self.pools.snapshots.snapshot(), pools: Arc::clone(&self.pools) }
    }

    /// The same database, whose reads each see what is there, for those who are about to wait for something else.
    pub fn without_snapshot(&self) -> Self {
        Self { read: self.pools.singles.clone(), pools: Arc::clone(&self.pools) }
    }

    /// For single statements that write.
    pub fn write(&self) -> &DatabaseConnection {
        &self.pools.write
    }

    /// Begins a transaction that writes. On SQLite it takes the write lock at once, so that it can't fail half-way for want of it.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
        self.pools.write.begin_with_options(options).await
    }

    /// Has everybody who names the same `lock` wait until the transaction before has ended. On SQLite transactions that write
    /// do so anyway.
    pub async fn take_turns(txn: &DatabaseTransaction, lock: Turn) -> Result<(), DbErr> {
        if txn.get_database_backend() == DbBackend::Postgres {
            txn.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({})", LOCK_BASE + lock as i64)).await?;
        }
        Ok(())
    }

    /// The same among those who name the same `key` alone, or now and then, by chance, another one.
    pub async fn take_turns_for(txn: &DatabaseTransaction, lock: Turn, key: &str) -> Result<(), DbErr> {
        if txn.get_database_backend() == DbBackend::Postgres {
            let sql = "SELECT pg_advisory_xact_lock($1, hashtext($2))";
            let lock = i32::try_from(lock as i64).unwrap_or_default();
            txn.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, [lock.into(), key.into()])).await?;
        }
        Ok(())
    }

    /// Closes all handles, waiting for statements in flight.
    pub async fn close(self) {
        self.pools.singles.close().await;
        self.pools.snapshots.close().await;
        // A failure to close says only that the connection was gone already.
        let _ = self.pools.write.close_by_ref().await;
    }
}

/// Connections that write: SQLite has one, PostgreSQL what queries leave.
fn writers(config: &DatabaseConfig) -> u32 {
    if config.url.starts_with("sqlite:") { 1 } else { config.max_connections - config.max_connections / 2 }
}

fn mapped_bytes(config: &DatabaseConfig) -> u64 {
    config.mapped_mib * 1_024 * 1_024
}

/// The file of an embedded database, with what leads to it resolved as far as it is there.
pub fn sqlite_file(address: &str) -> Option<PathBuf> {
    let file = address.starts_with("sqlite:").then(|| address.parse::<SqliteConnectOptions>().ok())??.get_filename().to_path_buf();
    Some(file.canonicalize().unwrap_or(file))
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
