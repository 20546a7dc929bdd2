//! Database handles. SQLite gets one writer and a pool of read-only readers in WAL mode; PostgreSQL one pool for both.
//! Everything in which the two databases differ is here and in `domain/outbox.rs`.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};

use tokio::sync::OnceCell;

use crate::config::DatabaseConfig;

/// SQLite readers for snapshots; more only contend for the same two or four cores.
const SQLITE_SNAPSHOTS: u32 = 4;
/// SQLite readers for single statements.
const SQLITE_READERS: u32 = 2;

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
    singles: DatabaseConnection,
    snapshots: DatabaseConnection,
    write: DatabaseConnection,
}

/// Where reads go: to a pool, each for itself, or all to one snapshot of the database, so that what is read first and what is
/// read later fit together.
#[derive(Clone, Debug)]
pub struct Reader {
    pool: DatabaseConnection,
    /// A transaction that begins with the first read and ends with the last handle.
    snapshot: Option<Arc<OnceCell<DatabaseTransaction>>>,
}

impl Reader {
    async fn transaction(&self) -> Result<Option<&DatabaseTransaction>, DbErr> {
        let Some(snapshot) = &self.snapshot else { return Ok(None) };
        let begin = async {
            let txn = self.pool.begin().await?;
            if txn.get_database_backend() == DbBackend::Postgres {
                txn.execute_unprepared("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?;
            }
            Ok::<_, DbErr>(txn)
        };
        Ok(Some(snapshot.get_or_try_init(|| begin).await?))
    }
}

#[async_trait]
impl ConnectionTrait for Reader {
    fn get_database_backend(&self) -> DbBackend {
        self.pool.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match self.transaction().await? {
            Some(txn) => txn.execute_raw(statement).await,
            None => self.pool.execute_raw(statement).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match self.transaction().await? {
            Some(txn) => txn.execute_unprepared(sql).await,
            None => self.pool.execute_unprepared(sql).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self.transaction().await? {
            Some(txn) => txn.query_one_raw(statement).await,
            None => self.pool.query_one_raw(statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self.transaction().await? {
            Some(txn) => txn.query_all_raw(statement).await,
            None => self.pool.query_all_raw(statement).await,
        }
    }
}

/// Told of every statement that runs.
pub type StatementObserver = Arc<dyn Fn(&str) + Send + Sync>;

impl Db {
    /// Opens the database for writing only, as migrations need it: readers of SQLite must come after them.
    pub async fn connect_writer(config: &DatabaseConfig) -> anyhow::Result<DatabaseConnection> {
        let is_sqlite = config.url.starts_with("sqlite:");
        let max = if is_sqlite { 1 } else { config.max_connections - config.max_connections / 2 };
        Self::open(&config.url, false, max).await
    }

    /// Opens the handles for serving.
    pub async fn connect(config: &DatabaseConfig, observer: Option<StatementObserver>) -> anyhow::Result<Self> {
        let mut write = Self::connect_writer(config).await?;
        if let Some(observer) = observer.clone() {
            write.set_metric_callback(move |info| observer(&info.statement.sql));
        }
        let is_sqlite = write.get_database_backend() == DbBackend::Sqlite;
        let size = if is_sqlite { SQLITE_SNAPSHOTS } else { config.max_connections / 2 };
        let mut snapshots = Self::open(&config.url, is_sqlite, size).await?;
        let mut pool = if is_sqlite { Self::open(&config.url, true, SQLITE_READERS).await? } else { write.clone() };
        if let Some(observer) = observer {
            let told = Arc::clone(&observer);
            snapshots.set_metric_callback(move |info| told(&info.statement.sql));
            if is_sqlite {
                pool.set_metric_callback(move |info| observer(&info.statement.sql));
            }
        }
        Ok(Self { read: Reader { pool: pool.clone(), snapshot: None }, singles: pool, snapshots, write })
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

    /// For reads outside a transaction that writes.
    pub fn read(&self) -> &Reader {
        &self.read
    }

    /// The same database, whose reads all see it as it is at the first of them. It holds a connection from then on, until the
    /// last handle is gone.
    pub fn snapshot(&self) -> Self {
        let read = Reader { pool: self.snapshots.clone(), snapshot: Some(Arc::default()) };
        Self { read, ..self.clone() }
    }

    /// The same database, whose reads each see what is there, for those who are about to wait for something else.
    pub fn without_snapshot(&self) -> Self {
        Self { read: Reader { pool: self.singles.clone(), snapshot: None }, ..self.clone() }
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
        // A failure to close says only that the connection was gone already.
        let _ = self.singles.close().await;
        let _ = self.snapshots.close().await;
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
