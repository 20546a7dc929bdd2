//! Whether anything was written, as the database itself knows it.

use entity::row::FromRow;
use sea_orm::{DbBackend, DbErr, Statement};

use super::failure::closed;
use super::{Source, postgres, sqlite};

/// Another number for each connection after each commit of another.
const OF_SQLITE: &str = "PRAGMA data_version";
/// Which transactions have ended of all that write on that server, in whatever database of it, and since when it runs: numbers of
/// transactions may come again after a crash or on another server.
const OF_POSTGRES: &str = "SELECT pg_current_snapshot()::text || ' ' || pg_postmaster_start_time()::text";

/// Tells of everything that is written, by whatever process. What is read through it no observer is told of.
#[derive(Debug)]
pub enum Versions {
    Sqlite(sqlite::Witness),
    Postgres(postgres::Pool),
}

impl Versions {
    /// The version of the database: another one after each commit. It may be another one when nothing was written, too.
    pub async fn current(&self) -> Result<String, DbErr> {
        let version = match self {
            Self::Sqlite(_) => self.first::<i64>(OF_SQLITE).await?.map(|version| version.to_string()),
            Self::Postgres(_) => self.first(OF_POSTGRES).await?,
        };
        version.ok_or_else(closed)
    }

    async fn first<T: FromRow + Send>(&self, sql: &str) -> Result<Option<T>, DbErr> {
        Ok(self.rows(Statement::from_string(self.backend(), sql)).await?.pop())
    }
}

impl Source for Versions {
    fn backend(&self) -> DbBackend {
        match self {
            Self::Sqlite(_) => DbBackend::Sqlite,
            Self::Postgres(_) => DbBackend::Postgres,
        }
    }

    async fn rows<T: FromRow + Send>(&self, statement: Statement) -> Result<Vec<T>, DbErr> {
        match self {
            Self::Sqlite(witness) => witness.rows(&statement),
            Self::Postgres(pool) => pool.lease().await?.rows(&statement).await,
        }
    }
}
