//! Whether anything was written, as the database itself knows it.

use entity::row::FromRow;
use sea_orm::{DbBackend, DbErr, Statement};

use super::{Source, postgres, sqlite};

/// On one connection, another number after each commit of any other.
const OF_SQLITE: &str = "PRAGMA data_version";
/// Which transactions have ended of all that write on that server, in whatever database of it. Their numbers may come again on another
/// server and after a crash: hence since when it runs, and where it last wrote a checkpoint. A standby has no version, for there this does
/// not tell of each that has ended.
const OF_POSTGRES: &str = "SELECT pg_current_snapshot()::text || ' ' || pg_postmaster_start_time()::text || ' ' || checkpoint_lsn::text \
    FROM pg_control_checkpoint() WHERE NOT pg_is_in_recovery()";

/// Tells of everything that is written, by whatever process. What is read through it no observer is told of.
#[derive(Debug)]
pub enum Versions {
    Sqlite(Box<sqlite::Witness>),
    Postgres(postgres::Pool),
}

impl Versions {
    /// The version of the database: another one after each commit. It may be another one when nothing was written, too. It fails where
    /// there is none, as on some that speak the protocol of PostgreSQL.
    pub async fn current(&self) -> Result<String, DbErr> {
        let version = match self {
            Self::Sqlite(_) => self.first::<i64>(OF_SQLITE).await?.map(|version| version.to_string()),
            Self::Postgres(_) => self.first(OF_POSTGRES).await?,
        };
        version.ok_or_else(|| DbErr::RecordNotFound("this database has no version".to_owned()))
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
