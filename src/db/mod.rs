//! Database handles. SQLite gets one writer and a pool of read-only readers in WAL mode; PostgreSQL pools for either.
//! Everything in which the two databases differ is here and in `domain/outbox.rs`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbBackend, DbErr, Statement};

use self::sqlite::Readers;
use crate::config::DatabaseConfig;

mod failure;
mod first;
mod known;
mod postgres;
mod reader;
mod rows;
mod sqlite;
mod versions;
mod writer;

pub use first::{FirstOfEach, padded};
pub use known::{Known, statement};
pub use reader::{Read, Reader, Source};
pub use rows::Rows;
pub use versions::Versions;
pub use writer::{Sink, Transaction, Write, Writer, insert_row, insert_rows, update_row};

/// Snapshots of SQLite at a time.
const SQLITE_SNAPSHOTS: usize = 12;
/// Single statements on SQLite at a time.
const SQLITE_SINGLES: usize = 4;

/// How long a transaction waits for a lock of PostgreSQL.
const LOCK_PATIENCE_MS: u64 = 15_000;
/// How long a statement may take that no request waits for, or that writes. None takes so long that does what it should.
const LONGEST_STATEMENT: Duration = Duration::from_secs(60);

/// The setting that makes a transaction a snapshot.
const ISOLATION: &str = "default_transaction_isolation";
const REPEATABLE_READ: &str = "repeatable read";

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
    write: Writer,
}

/// Told of every statement that runs, once of one that is run for many owners in turn.
pub type StatementObserver = Arc<dyn Fn(&str) + Send + Sync>;

impl Db {
    /// Opens the database for migrations, and makes it where there is none: handles for serving must come after them.
    pub async fn connect_for_migration(config: &DatabaseConfig) -> anyhow::Result<DatabaseConnection> {
        let address = without_password(&config.url);
        Database::connect(Self::options(config)).await.with_context(|| format!("cannot open the database {address}"))
    }

    /// Opens the handles for serving. A statement of a snapshot that takes longer than `longest` is stopped.
    pub async fn connect(config: &DatabaseConfig, longest: Duration, observer: Option<StatementObserver>) -> anyhow::Result<Self> {
        let pools = match sqlite_file(&config.url) {
            Some(file) => Pools::of_sqlite(file, mapped_bytes(config), longest, observer).map_err(anyhow::Error::from),
            None => Pools::of_postgres(config, longest, observer).await,
        };
        let pools = pools.with_context(|| format!("cannot open the database {}", without_password(&config.url)))?;
        Ok(Self { read: pools.singles.clone(), pools: Arc::new(pools) })
    }

    fn options(config: &DatabaseConfig) -> ConnectOptions {
        let mut options = ConnectOptions::new(config.url.clone());
        options.max_connections(writers(config)).min_connections(1).acquire_timeout(Duration::from_secs(10)).sqlx_logging(false);
        if config.url.starts_with("sqlite:") {
            options.map_sqlx_sqlite_opts(|sqlite| {
                sqlite
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .busy_timeout(Duration::from_secs(5))
                    .foreign_keys(true)
            });
        }
        options
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
    pub fn write(&self) -> &Writer {
        &self.pools.write
    }

    /// Begins a transaction that writes.
    pub async fn begin(&self) -> Result<Transaction, DbErr> {
        self.pools.write.begin().await
    }

    /// The same for many small ones, see [`Writer::begin_joining`].
    pub async fn begin_joining(&self) -> Result<Transaction, DbErr> {
        self.pools.write.begin_joining().await
    }

    /// Has everybody who names the same `lock` wait until the transaction before has ended. On SQLite transactions that write
    /// do so anyway.
    pub async fn take_turns(txn: &Transaction, lock: Turn) -> Result<(), DbErr> {
        if txn.backend() == DbBackend::Postgres {
            let sql = format!("SELECT pg_advisory_xact_lock({})", LOCK_BASE + lock as i64);
            txn.execute(Statement::from_string(DbBackend::Postgres, sql)).await?;
        }
        Ok(())
    }

    /// The same among those who name the same `key` alone, or now and then, by chance, another one.
    pub async fn take_turns_for(txn: &Transaction, lock: Turn, key: &str) -> Result<(), DbErr> {
        if txn.backend() == DbBackend::Postgres {
            let sql = "SELECT pg_advisory_xact_lock($1, hashtext($2))";
            let lock = i32::try_from(lock as i64).unwrap_or_default();
            txn.execute(Statement::from_sql_and_values(DbBackend::Postgres, sql, [lock.into(), key.into()])).await?;
        }
        Ok(())
    }

    /// What tells of everything that is written.
    pub fn versions(&self) -> Result<Versions, DbErr> {
        // Those who write may wait for each other for long; whoever looks at the version should not have to.
        self.pools.snapshots.versions()
    }

    /// Closes all handles, waiting for statements in flight.
    pub async fn close(self) {
        self.pools.singles.close().await;
        self.pools.snapshots.close().await;
        self.pools.write.close().await;
    }
}

impl Pools {
    fn of_sqlite(file: PathBuf, mapped: u64, longest: Duration, observer: Option<StatementObserver>) -> Result<Self, DbErr> {
        let writer = sqlite::Writer::open(&file, mapped, LONGEST_STATEMENT)?;
        let singles = Readers::open(file.clone(), SQLITE_SINGLES, mapped, LONGEST_STATEMENT)?;
        let snapshots = Readers::open(file, SQLITE_SNAPSHOTS, mapped, longest)?;
        Ok(Self {
            singles: Reader::of_sqlite(singles, observer.clone()),
            snapshots: Reader::of_sqlite(snapshots, observer.clone()),
            write: Writer::of_sqlite(writer, observer),
        })
    }

    async fn of_postgres(config: &DatabaseConfig, longest: Duration, observer: Option<StatementObserver>) -> anyhow::Result<Self> {
        // Whoever was to wait for a lock has gone by then.
        let limits = [("lock_timeout", LOCK_PATIENCE_MS.to_string()), ("statement_timeout", LONGEST_STATEMENT.as_millis().to_string())];
        let write = postgres::Pool::open(&config.url, writers(config), limits).await?;
        // A snapshot begins by one statement: what it is to be is a setting of its connection.
        let kind = [
            (ISOLATION, REPEATABLE_READ.to_owned()),
            ("default_transaction_read_only", "on".to_owned()),
            ("statement_timeout", longest.as_millis().to_string()),
        ];
        let snapshots = postgres::Pool::open(&config.url, config.max_connections / 2, kind).await?;
        // A pooler in between may leave out what it does not know, and pages would then mix states without a word.
        let shown = Statement::from_string(DbBackend::Postgres, format!("SHOW {ISOLATION}"));
        let isolation: Vec<String> = snapshots.lease().await?.rows(&shown).await?;
        let is_held = isolation.first().is_some_and(|isolation| isolation == REPEATABLE_READ);
        anyhow::ensure!(is_held, "the settings of connections (`options`) do not reach PostgreSQL; have the pooler pass them on");
        Ok(Self {
            singles: Reader::of_postgres(write.clone(), observer.clone()),
            snapshots: Reader::of_postgres(snapshots, observer.clone()),
            write: Writer::of_postgres(write, observer),
        })
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
    let Ok(mut parsed) = url::Url::parse(address) else { return address.to_owned() };
    let mut pairs: Vec<(String, String)> = parsed.query_pairs().into_owned().collect();
    let is_named = pairs.iter().any(|(name, _)| name == "password");
    if parsed.password().is_none() && !is_named {
        return address.to_owned();
    }
    if parsed.password().is_some() {
        let _ = parsed.set_password(Some("***"));
    }
    if is_named {
        pairs.retain(|(name, _)| name != "password");
        parsed.query_pairs_mut().clear().extend_pairs(pairs).append_pair("password", "***");
    }
    parsed.to_string()
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn no_address_is_shown_with_its_password() {
        assert_eq!(without_password("postgres://siti:rahasia@db/warta?sslmode=require"), "postgres://siti:***@db/warta?sslmode=require");
        let by_name = without_password("postgres://db/warta?password=rahasia&user=siti");
        assert_eq!(by_name, "postgres://db/warta?user=siti&password=***");
        assert_eq!(without_password("sqlite://Data/warta.db?mode=rwc"), "sqlite://Data/warta.db?mode=rwc");
    }
}
