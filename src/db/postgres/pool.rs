//! Connections that are opened as they are needed, and kept.

use std::time::Duration;

use deadpool_postgres::{Client, ClientWrapper, Hook, HookError, Manager, Metrics, PoolError};
use sea_orm::DbErr;
use sea_orm::error::ConnAcquireErr;
use tokio::time::{sleep, timeout};

use super::failure::{is_passing, not_had};
use super::lease::Lease;
use super::transaction::Transaction;
use super::{options, tls};

/// How long to wait for a connection, and for all to be given back at the end.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait until a server that is about to take connections again is asked once more.
const PAUSE: Duration = Duration::from_millis(100);
/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 256;
/// After what time unused a connection is asked whether it still is one.
const DOUBTFUL: Duration = Duration::from_secs(30);
/// How long that may take.
const PATIENCE_WITH_DOUBTFUL: Duration = Duration::from_secs(2);
/// How long a connection is kept: what PostgreSQL remembers for it grows, and its server may have moved.
const OLDEST: Duration = Duration::from_secs(30 * 60);
/// How often to look whether all are given back.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// At most so many connections with the same settings.
#[derive(Clone, Debug)]
pub struct Pool(deadpool_postgres::Pool);

impl Pool {
    /// At most `most` connections to the database at `url`, which begin with `settings`. The first is opened at once, to find out
    /// whether it can be.
    pub async fn open<const N: usize>(url: &str, most: u32, settings: [(&str, String); N]) -> anyhow::Result<Self> {
        let options = options::read(url)?;
        let manager = Manager::new(options.config(settings), tls::connector(&options)?);
        let pool = deadpool_postgres::Pool::builder(manager)
            .max_size(most.try_into()?)
            .pre_recycle(Hook::async_fn(|client, metrics| Box::pin(is_usable(client, *metrics))))
            .build()?;
        let pool = Self(pool);
        drop(pool.client().await?);
        Ok(pool)
    }

    /// A connection for single statements, as soon as one is free.
    pub async fn lease(&self) -> Result<Lease, DbErr> {
        self.client().await.map(Lease::new)
    }

    /// The same with a transaction: a snapshot where the settings make repeatable reads of them.
    pub async fn begin(&self) -> Result<Lease, DbErr> {
        Lease::begin(self.client().await?)
    }

    /// A transaction that writes.
    pub async fn transaction(&self) -> Result<Transaction, DbErr> {
        self.begin().await.map(Transaction::new)
    }

    /// Lends none any more, and waits until all are given back, but not for ever.
    pub async fn close(&self) {
        self.0.close();
        let are_back = async {
            while self.0.status().size > 0 {
                sleep(LOOK_EVERY).await;
            }
        };
        // What is still lent is closed as it comes back.
        let _ = timeout(PATIENCE, are_back).await;
    }

    /// A server that starts, stops, or has too many connections just now is asked again.
    async fn client(&self) -> Result<Client, DbErr> {
        let had = async {
            loop {
                match self.0.get().await {
                    Err(PoolError::Backend(error)) if is_passing(&error) => sleep(PAUSE).await,
                    had => return had.map_err(not_had),
                }
            }
        };
        timeout(PATIENCE, had).await.unwrap_or(Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)))
    }
}

async fn is_usable(client: &mut ClientWrapper, metrics: Metrics) -> Result<(), HookError> {
    if metrics.age() > OLDEST {
        return Err(HookError::message("it has had its time"));
    }
    if metrics.last_used() > DOUBTFUL {
        let checked = timeout(PATIENCE_WITH_DOUBTFUL, client.check_connection()).await;
        checked.map_err(|_| HookError::message("it does not answer"))?.map_err(HookError::Backend)?;
    }
    if client.statement_cache.size() >= STATEMENTS {
        client.statement_cache.clear();
    }
    Ok(())
}
