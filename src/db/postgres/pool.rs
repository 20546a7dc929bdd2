//! Connections that are opened as they are needed, and kept.

use std::time::Duration;

use deadpool_postgres::{Client, ClientWrapper, Hook, HookError, Manager, Metrics, Runtime};
use sea_orm::DbErr;

use super::failure::not_had;
use super::lease::Lease;
use super::transaction::Transaction;
use super::{options, tls};

/// How long to wait for a connection that is free, or for a new one.
const PATIENCE: Duration = Duration::from_secs(10);
/// After what time unused a connection is asked whether it still is one.
const DOUBTFUL: Duration = Duration::from_secs(30);
/// How long that may take.
const PATIENCE_WITH_DOUBTFUL: Duration = Duration::from_secs(5);
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
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(PATIENCE))
            .recycle_timeout(Some(PATIENCE_WITH_DOUBTFUL))
            .pre_recycle(Hook::async_fn(|client, metrics| Box::pin(is_usable(client, *metrics))))
            .runtime(Runtime::Tokio1)
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

    /// Lends none any more, and waits until all are given back.
    pub async fn close(&self) {
        self.0.close();
        while self.0.status().size > 0 {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    async fn client(&self) -> Result<Client, DbErr> {
        self.0.get().await.map_err(not_had)
    }
}

async fn is_usable(client: &mut ClientWrapper, metrics: Metrics) -> Result<(), HookError> {
    if metrics.age() > OLDEST {
        return Err(HookError::message("it has had its time"));
    }
    if metrics.last_used() > DOUBTFUL {
        client.check_connection().await.map_err(HookError::Backend)?;
    }
    Ok(())
}
