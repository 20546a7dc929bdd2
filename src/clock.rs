//! Current time and new ids: the only source of either, so that tests can fix both.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Instant;

use uuid::Uuid;

/// Milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;

/// Where time and ids come from.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970, UTC.
    fn now(&self) -> i64;

    /// The time, for what is published by then. Nothing else may go by it: what is made of [`Clock::now`] is known to pass with time.
    fn due(&self) -> i64 {
        self.now()
    }

    /// Milliseconds since some moment, which never stand still or go back.
    fn ticks(&self) -> i64;

    /// A new id, sorting after those made before it.
    fn new_id(&self) -> Uuid;
}

/// The longest step back of the machine's clock that is waited out, in milliseconds.
const LONGEST_WAIT_MS: i64 = 60_000;

/// The machine's clock. When it is set right and steps back a little, time stands still until it has caught up, so that what was
/// published a moment ago does not lie in the future. A larger step is followed: the time before it was wrong.
#[derive(Debug)]
pub struct SystemClock {
    latest: AtomicI64,
    started: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { latest: AtomicI64::default(), started: Instant::now() }
    }
}

impl SystemClock {
    fn after(&self, now: i64) -> i64 {
        let latest = self.latest.load(Ordering::Relaxed);
        if (now..=now.saturating_add(LONGEST_WAIT_MS)).contains(&latest) {
            return latest;
        }
        self.latest.store(now, Ordering::Relaxed);
        now
    }
}

impl Clock for SystemClock {
    fn now(&self) -> i64 {
        let now = time::OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000;
        self.after(i64::try_from(now).unwrap_or(i64::MAX))
    }

    fn ticks(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// A clock that stands still until it is told to move, with ids counted from 1.
pub struct FixedClock {
    now: AtomicI64,
    ids: AtomicU64,
}

impl FixedClock {
    /// A clock that stands at `now` milliseconds.
    pub fn new(now: i64) -> Self {
        Self { now: AtomicI64::new(now), ids: AtomicU64::new(0) }
    }

    /// Counts ids from `first` on instead of 1.
    pub fn with_ids_from(self, first: u64) -> Self {
        self.count_ids_from(first);
        self
    }

    /// From now on counts ids from `first` on.
    pub fn count_ids_from(&self, first: u64) {
        self.ids.store(first.saturating_sub(1), Ordering::SeqCst);
    }

    /// Puts the clock at `now` milliseconds.
    pub fn set(&self, now: i64) {
        self.now.store(now, Ordering::SeqCst);
    }

    /// Moves the clock by `millis`.
    pub fn advance(&self, millis: i64) {
        self.now.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> i64 {
        self.now.load(Ordering::SeqCst)
    }

    fn ticks(&self) -> i64 {
        self.now()
    }

    fn new_id(&self) -> Uuid {
        let count = self.ids.fetch_add(1, Ordering::SeqCst) + 1;
        let millis = u64::try_from(self.now()).unwrap_or_default();
        let random = u128::from(count).to_be_bytes();
        let mut tail = [0; 10];
        tail.copy_from_slice(&random[6..]);
        uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::SystemClock;

    #[test]
    fn a_small_step_back_is_waited_out_and_a_large_one_followed() {
        let clock = SystemClock::default();
        let seen = [1_000_000, 999_000, 1_000_000, 1_000_001, 940_001, 940_000, 940_001].map(|now| clock.after(now));
        assert_eq!(seen, [1_000_000, 1_000_000, 1_000_000, 1_000_001, 1_000_001, 940_000, 940_001]);
    }
}
