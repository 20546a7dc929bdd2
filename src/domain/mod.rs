//! The rules: every read and every write, with its permission, in its transaction.
//!
//! A command takes the [`Domain`], the [`Actor`], and plain input. It begins a transaction, loads what the actor may see,
//! checks permission and input, writes the row with its revision, audit entry and outbox job, and commits.

use std::sync::Arc;

use sea_orm::DatabaseTransaction;

use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::clock::Clock;
use crate::db::Db;
use crate::search::SearchEngine;

pub mod article;
pub mod changes;
pub mod comment;
mod constraint;
pub mod entry;
pub mod error;
pub mod event;
pub mod glossary;
pub mod health;
pub mod history;
pub mod idempotency;
pub mod links;
pub mod official;
pub mod organization;
pub mod outbox;
pub mod page;
pub mod patch;
pub mod program;
pub mod region;
pub mod revision;
pub mod search;
pub mod search_index;
mod slug;
pub mod token;
pub mod topic;
pub mod user;
pub mod validate;
pub mod visibility;

pub use error::{Error, Result};

/// What every command needs. Cheap to clone.
#[derive(Clone)]
pub struct Domain {
    pub db: Db,
    pub clock: Arc<dyn Clock>,
    pub search: Arc<dyn SearchEngine>,
    /// Told after each commit that wrote a job, so that the worker need not wait for its next look.
    pub wake_worker: Arc<tokio::sync::Notify>,
    pub changes: Arc<changes::Changes>,
    pub settings: Settings,
}

/// The settings that rules depend on.
#[derive(Clone, Debug)]
pub struct Settings {
    /// IANA zone in which calendar years and today's date are read.
    pub time_zone: String,
    /// Version of the privacy notice that commenters agree to.
    pub privacy_notice: String,
    /// Most comments from one address in an hour.
    pub comments_per_hour: u64,
}

impl Domain {
    async fn begin(&self) -> Result<DatabaseTransaction> {
        Ok(self.db.begin().await?)
    }

    /// Commits a command and wakes the worker and the feed of changes.
    async fn commit(&self, txn: DatabaseTransaction) -> Result<()> {
        txn.commit().await?;
        self.wake_worker.notify_one();
        self.changes.committed.notify_one();
        Ok(())
    }
}

/// Fails unless `actor` has `permission`.
pub fn require(actor: &Actor, permission: Permission) -> Result<()> {
    if actor.may(permission) { Ok(()) } else { Err(Error::Forbidden { permission, signed_in: actor.role.is_some() }) }
}
