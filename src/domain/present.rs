//! Whether what was read still holds. What this process commits is known at once where the public may see it
//! (`Domain::has_changed`). Of all else that is written, by others or aside, the database tells by its version (`db/versions.rs`), which is
//! looked at more than twice a second: as long as it stays the same, what was made of the database holds. Where there is none, what was
//! made is believed for half a second.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use entity::audit_entry;
use sea_orm::{ColumnTrait, QueryFilter};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Domain;
use super::error::Result;
use crate::clock::Clock;
use crate::db::{Read, Rows, Versions};

/// How long what was made, or was found to hold still, is believed, in milliseconds.
pub const BELIEVED_MS: u64 = 500;
/// How often it is looked whether it still holds: a little sooner, so that it is believed without a gap.
const LOOK_EVERY: Duration = Duration::from_millis(400);
/// How long after a look that failed.
const PAUSE: Duration = Duration::from_secs(10);
/// After how many looks in a row it is told that something was done later than now. The clocks of two machines differ by less.
const LOOKS_UNTIL_TOLD: u32 = 5;

/// A state of the content, for what is made from it: how often it was known to have changed, and when that was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    pub changes: u64,
    /// In ticks of the clock.
    pub now: i64,
    /// When it was looked last whether it had changed.
    pub looked_at: i64,
}

impl Moment {
    /// Whether what was made at this one still holds `later`, if time alone changes nothing in it: nothing was written since, as far as
    /// is known of the last half a second.
    pub fn covers(self, later: Self) -> bool {
        self.changes == later.changes && (is_believed(self.now, later.now) || is_believed(later.looked_at, later.now))
    }

    /// The same of what passes with time.
    pub fn covers_briefly(self, later: Self) -> bool {
        self.changes == later.changes && is_believed(self.now, later.now)
    }
}

fn is_believed(since: i64, now: i64) -> bool {
    (since..since.saturating_add_unsigned(BELIEVED_MS)).contains(&now)
}

/// What looks at the version have found.
pub struct Present {
    /// How often they found that what was made before holds no more.
    changes: AtomicU64,
    looked_at: AtomicI64,
}

impl Default for Present {
    fn default() -> Self {
        Self { changes: AtomicU64::default(), looked_at: AtomicI64::new(i64::MIN) }
    }
}

impl Domain {
    /// The present, as what is kept knows it.
    pub fn moment(&self) -> Moment {
        // In this order: what was found by that look is counted then.
        let looked_at = self.present.looked_at.load(Ordering::SeqCst);
        let changes = self.present.changes.load(Ordering::SeqCst) + self.changes_seen.load(Ordering::SeqCst);
        Moment { changes, now: self.clock.ticks(), looked_at }
    }
}

/// Looks whether anything was written, each since the one before.
pub struct Looks {
    versions: Versions,
    /// What the last one found.
    version: String,
    /// How many in a row found that something was done later than now.
    behind: u32,
}

impl Looks {
    /// The first of them finds that something was written.
    pub fn new(versions: Versions) -> Self {
        Self { versions, version: String::new(), behind: 0 }
    }

    /// Looks once, and has the present know what it found.
    pub async fn look(&mut self, domain: &Domain) -> Result<()> {
        let (present, at, version) = (&domain.present, domain.clock.ticks(), self.versions.current().await?);
        // Counted at once: a look that fails further on must not have seen it in vain.
        if self.version != version {
            self.version = version;
            present.changes.fetch_add(1, Ordering::SeqCst);
        }
        // Something was done later than now when a clock has been set back: it is published as time goes by, and nothing tells of it. What
        // is made until then must not outlive it.
        let later = Rows::<audit_entry::Entity>::all().filter(audit_entry::Column::CreatedAt.gt(domain.clock.now()));
        let was_behind = self.behind > 0;
        self.behind = if later.row(&self.versions).await?.is_some() { self.behind.saturating_add(1) } else { 0 };
        if self.behind == LOOKS_UNTIL_TOLD {
            tracing::warn!(
                "the audit log has entries later than this machine's clock; until it gets there answers are kept for half a second"
            );
        }
        if self.behind > 0 || was_behind {
            present.changes.fetch_add(1, Ordering::SeqCst);
        }
        if self.behind == 0 {
            present.looked_at.store(at, Ordering::SeqCst);
        }
        Ok(())
    }
}

/// Looks again and again until `shutdown`.
pub async fn run(domain: Domain, shutdown: CancellationToken) {
    let mut looks = match domain.db.versions() {
        Ok(versions) => Looks::new(versions),
        Err(error) => {
            tracing::warn!(%error, "answers are kept for half a second only: the version of the database can't be read");
            return shutdown.cancelled().await;
        }
    };
    let mut has_failed = false;
    while !shutdown.is_cancelled() {
        let looked = looks.look(&domain).await;
        if let Err(error) = &looked
            && !has_failed
        {
            tracing::warn!(error = error.detail(), "it can't be seen whether the database has changed; answers are kept for half a second");
        }
        has_failed = looked.is_err();
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = tokio::time::sleep(if has_failed { PAUSE } else { LOOK_EVERY }) => {}
        }
    }
}

/// Whether what a request makes passes with time, even when nothing is written.
#[derive(Clone, Debug, Default)]
pub struct Passing(Arc<AtomicBool>);

impl Passing {
    /// It does.
    pub fn note(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was noted.
    pub fn is_noted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A clock that notes when it is asked for the time.
pub struct NotingClock {
    pub clock: Arc<dyn Clock>,
    pub passing: Passing,
}

impl Clock for NotingClock {
    fn now(&self) -> i64 {
        self.passing.note();
        self.clock.now()
    }

    fn due(&self) -> i64 {
        self.clock.due()
    }

    fn ticks(&self) -> i64 {
        self.clock.ticks()
    }

    fn new_id(&self) -> Uuid {
        self.passing.note();
        self.clock.new_id()
    }
}

#[cfg(test)]
mod tests {
    use super::Moment;

    #[test]
    fn what_was_made_holds_while_nothing_is_written_and_that_is_known() {
        let at = |changes, now, looked_at| Moment { changes, now, looked_at };
        let made = at(1, 1_000, 900);
        assert!(made.covers(at(1, 1_499, 900)) && made.covers_briefly(at(1, 1_499, 900)));
        assert!(!made.covers(at(1, 1_500, 900)), "nobody has looked since");
        assert!(made.covers(at(1, 9_000, 8_501)), "it was looked just now");
        assert!(!made.covers_briefly(at(1, 9_000, 8_501)), "it passes with time");
        assert!(!made.covers(at(1, 9_001, 8_501)));
        assert!(!made.covers(at(2, 1_001, 1_000)) && !made.covers_briefly(at(2, 1_001, 1_000)), "something was changed");
        assert!(!made.covers(at(1, 900, i64::MIN)), "the clock went back");
    }
}
