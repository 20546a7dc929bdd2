//! The rules: every read and every write, with its permission, in its transaction.
//!
//! A command takes the [`Domain`], the [`Actor`], and plain input. It begins a transaction, loads what the actor may see,
//! checks permission and input, writes the row with its revision, audit entry and outbox job, and commits.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustc_hash::FxHashMap;
use sea_orm::sea_query::LockType;
use uuid::Uuid;

use crate::akismet::Akismet;
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::clock::Clock;
use crate::config::CommentConfig;
use crate::db::{Db, Transaction};
use crate::mail::Mailer;
use crate::search::SearchEngine;

pub mod account;
pub mod article;
pub mod audit;
pub mod changes;
pub mod comment;
mod constraint;
pub mod entry;
pub mod error;
pub mod event;
mod fresh;
pub mod glossary;
pub mod health;
pub mod history;
pub mod idempotency;
mod kept;
pub mod links;
pub mod mail;
pub mod official;
pub mod organization;
pub mod outbox;
pub mod page;
pub mod patch;
pub mod present;
pub mod privacy;
pub mod program;
pub mod region;
pub mod revision;
pub mod search;
pub mod search_index;
pub mod second_factor;
pub mod session;
pub mod site_key;
mod slug;
pub mod throttle;
pub mod token;
pub mod topic;
pub mod user;
pub mod validate;
pub mod visibility;
pub mod warning;

pub use error::{Error, Result};
pub use fresh::Fresh;
pub use kept::Kept;
pub use present::Moment;
use present::{NotingClock, Passing, Present};

/// Values by ids. Only ids of what is stored come in, and those are made here: nobody can have them collide, and a fast hash will do.
pub type ById<T> = FxHashMap<Uuid, T>;

/// What every command needs. Cheap to clone: each request has one of its own, which reads from one state of the database.
#[derive(Clone)]
pub struct Domain {
    pub db: Db,
    /// Since when its reads may see one state of the database; `None` where each sees what is there.
    pub since: Option<Moment>,
    pub clock: Arc<dyn Clock>,
    /// Whether what is made of its reads passes with time.
    pub passing: Passing,
    pub search: Arc<dyn SearchEngine>,
    pub mailer: Arc<dyn Mailer>,
    /// Its parts are reached as if they were the domain's own.
    pub shared: Arc<Shared>,
}

/// What all commands of a process have in common.
#[derive(Default)]
pub struct Shared {
    pub breaker: search::Breaker,
    pub vocabulary: Fresh<search::Vocabulary>,
    pub live_index: Fresh<Option<entity::search_index::Model>>,
    pub search_counts: search::SearchCounts,
    /// How often this process has changed something that the public may see, in the database or the index.
    pub changes_seen: AtomicU64,
    pub present: Present,
    /// How often something has panicked, which is always a defect.
    pub panics: Arc<AtomicU64>,
    /// Told after each commit that wrote a job, so that the worker need not wait for its next look.
    pub wake_worker: tokio::sync::Notify,
    pub changes: changes::Changes,
    /// Where there is a key for it.
    pub akismet: Option<Akismet>,
    pub blocklist: Fresh<comment::blocklist::Blocklist>,
    pub privacy_notice: Fresh<entity::privacy_notice::Model>,
    pub site_keys: site_key::SiteKeys,
    pub refused_writers: comment::attempt::Refused,
    pub topics: Kept<entity::topic::Model>,
    pub regions: Kept<entity::region::Model>,
    pub readiness: health::LastReadiness,
    pub settings: Settings,
}

impl Deref for Domain {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

/// The settings that rules depend on.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// IANA zone in which calendar years and today's date are read.
    pub time_zone: String,
    pub comments: CommentConfig,
    /// How long autosaves are kept that were never published, in days.
    pub autosave_days: i64,
    /// What the site is called, in mails and in programs for second factors.
    pub site_name: String,
    /// Where editors' front end is; links in mails lead there.
    pub editor_url: String,
    pub sessions: SessionSettings,
    pub sign_ins: SignInLimits,
}

/// Most tries to sign in within a quarter of an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignInLimits {
    pub per_account: u64,
    pub per_address: u64,
}

/// How long people stay signed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionSettings {
    /// Without a request, in minutes.
    pub idle_minutes: i64,
    /// Whatever happens, in days.
    pub longest_days: i64,
}

/// How a row is locked that is about to change (PostgreSQL): others may go on referring to it, so that two rows that are saved
/// at once can't wait for each other.
const ROW_LOCK: LockType = LockType::NoKeyUpdate;

/// How often a command is run again that the database broke off.
const MOST_TRIES: usize = 5;

impl Domain {
    async fn begin(&self) -> Result<Transaction> {
        Ok(self.db.begin().await?)
    }

    /// The same, whose reads all see one state of the database, and which notes whether they pass with time.
    pub fn with_snapshot(&self) -> Self {
        let passing = Passing::default();
        let clock = Arc::new(NotingClock { clock: Arc::clone(&self.clock), passing: passing.clone() });
        Self { db: self.db.snapshot(), since: Some(self.moment()), clock, passing, ..self.clone() }
    }

    /// The same, whose reads each see what is there: for what is about to wait for something else, and must hold no connection.
    fn without_snapshot(&self) -> Self {
        Self { db: self.db.without_snapshot(), since: None, ..self.clone() }
    }

    /// Commits a command and wakes the worker and the feed of changes.
    async fn commit(&self, txn: Transaction) -> Result<()> {
        let domain = self.clone();
        // On a task of its own: it goes on when nobody waits for it any more, and what was read before it must not outlive it.
        let committed = tokio::spawn(async move {
            let done = txn.commit().await;
            // Even after a failure: the connection may have been lost with the news that all went well.
            domain.has_changed();
            domain.wake();
            done
        });
        Ok(committed.await.map_err(|error| Error::Internal(error.into()))??)
    }

    /// The same for what changes nothing that the public can see.
    async fn commit_unseen(&self, txn: Transaction) -> Result<()> {
        txn.commit().await?;
        self.wake();
        Ok(())
    }

    /// Makes everything that was read before a thing of the past.
    fn has_changed(&self) {
        self.changes_seen.fetch_add(1, Ordering::SeqCst);
    }

    fn wake(&self) {
        self.wake_worker.notify_one();
        self.changes.committed.notify_one();
    }
}

/// Runs a command of one transaction, again when the database broke it off because others wanted the same rows.
pub(crate) async fn retrying<T, F>(command: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    for _ in 1..MOST_TRIES {
        match command().await {
            Err(Error::Contended) => tokio::task::yield_now().await,
            done => return done,
        }
    }
    command().await
}

/// Fails unless `actor` has `permission`.
pub fn require(actor: &Actor, permission: Permission) -> Result<()> {
    if actor.may(permission) { Ok(()) } else { Err(Error::Forbidden { permission, signed_in: actor.role.is_some() }) }
}
