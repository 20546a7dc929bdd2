//! What each actor may spend: a token bucket that counts the points of queries instead of requests. It holds what may be spent in
//! a minute, and fills evenly. The public is told apart by network. Each process counts for itself.

use std::sync::{Arc, Mutex, PoisonError};

use quick_cache::sync::Cache;
use uuid::Uuid;

use crate::auth::actor::Actor;
use crate::config::Allowance;
use crate::domain::throttle::network;

/// Most actors that are remembered. Whoever is forgotten begins with a full bucket.
const MOST_ACTORS: usize = 100_000;
const MINUTE_MS: u64 = 60_000;

/// Whose bucket it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Spender {
    /// A user, or a token that acts for none.
    Known(Uuid),
    Network(String),
}

impl Spender {
    /// Who spends when this actor asks.
    pub fn of(actor: &Actor) -> Self {
        match actor.id {
            Some(id) => Self::Known(id),
            None => Self::Network(actor.address.as_deref().map(network).unwrap_or_default()),
        }
    }
}

/// How a bucket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Points that it holds when it is full.
    pub limit: u64,
    /// Points that are left.
    pub remaining: u64,
    /// Seconds until it is full again.
    pub reset_seconds: u64,
}

/// Not enough is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// Seconds after which there is.
    pub wait_seconds: u32,
    pub standing: Standing,
}

#[derive(Debug)]
struct Bucket {
    /// Points, times milliseconds of a minute, so that nothing is lost by rounding.
    level: u128,
    filled_at: i64,
}

/// The buckets of this process.
pub struct Budgets(Cache<Spender, Arc<Mutex<Bucket>>>);

impl Default for Budgets {
    fn default() -> Self {
        Self(Cache::new(MOST_ACTORS))
    }
}

impl Budgets {
    /// Takes `points` out of a bucket at the time `now`, if as many are in it. None where any number may be spent.
    pub fn spend(&self, spender: &Spender, allowance: Allowance, points: u64, now: i64) -> Result<Option<Standing>, Spent> {
        let rate = allowance.points_per_minute;
        if rate == 0 {
            return Ok(None);
        }
        let full = u128::from(rate) * u128::from(MINUTE_MS);
        let fresh = || Ok::<_, std::convert::Infallible>(Arc::new(Mutex::new(Bucket { level: full, filled_at: now })));
        let Ok(bucket) = self.0.get_or_insert_with(spender, fresh);
        let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that goes back fills nothing, and takes nothing away.
        let passed = u64::try_from(now.saturating_sub(bucket.filled_at)).unwrap_or_default().min(MINUTE_MS);
        bucket.level = (bucket.level + u128::from(passed) * u128::from(rate)).min(full);
        bucket.filled_at = now;
        let wanted = u128::from(points) * u128::from(MINUTE_MS);
        let seconds = |missing: u128| u64::try_from(missing.div_ceil(u128::from(rate) * 1_000)).unwrap_or(u64::MAX);
        let standing = |level: u128| Standing {
            limit: rate,
            remaining: u64::try_from(level / u128::from(MINUTE_MS)).unwrap_or(u64::MAX),
            reset_seconds: seconds(full - level),
        };
        if bucket.level < wanted {
            let wait_seconds = u32::try_from(seconds(wanted - bucket.level)).unwrap_or(u32::MAX).max(1);
            return Err(Spent { wait_seconds, standing: standing(bucket.level) });
        }
        bucket.level -= wanted;
        Ok(Some(standing(bucket.level)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Budgets, Spender, Spent, Standing};
    use crate::config::Allowance;
    use proptest::prelude::*;

    const ALLOWANCE: Allowance = Allowance { query_cost: 100, points_per_minute: 600 };

    fn network(name: &str) -> Spender {
        Spender::Network(name.to_owned())
    }

    #[test]
    fn what_was_spent_comes_back_evenly_and_each_has_their_own() {
        let budgets = Budgets::default();
        let spend = |who: &str, points, now| budgets.spend(&network(who), ALLOWANCE, points, now);
        assert_eq!(spend("a", 590, 0), Ok(Some(Standing { limit: 600, remaining: 10, reset_seconds: 59 })));
        let refused = spend("a", 30, 0).unwrap_err();
        assert_eq!(refused, Spent { wait_seconds: 2, standing: Standing { limit: 600, remaining: 10, reset_seconds: 59 } });
        assert!(spend("a", 30, 1_999).is_err(), "a moment too early");
        assert_eq!(spend("a", 30, 2_000).unwrap().unwrap().remaining, 0);
        assert_eq!(spend("b", 600, 2_000).unwrap().unwrap().remaining, 0);
        assert_eq!(spend("a", 0, 500_000).unwrap().unwrap().remaining, 600);
    }

    #[test]
    fn a_clock_that_goes_back_gives_and_takes_nothing() {
        let budgets = Budgets::default();
        let spend = |points, now| budgets.spend(&network("a"), ALLOWANCE, points, now);
        assert!(spend(600, 100_000).is_ok());
        assert!(spend(1, 40_000).is_err());
        assert_eq!(spend(10, 41_000).unwrap().unwrap().remaining, 0);
    }

    #[test]
    fn without_a_limit_nothing_is_counted() {
        let free = Allowance { query_cost: 100, points_per_minute: 0 };
        assert_eq!(Budgets::default().spend(&network("a"), free, u64::MAX, 0), Ok(None));
    }

    proptest! {
        #[test]
        fn never_more_is_spent_than_there_is(tries in prop::collection::vec((0_u64..200, 0_i64..3_000), 1..60)) {
            let (budgets, mut now, mut spent) = (Budgets::default(), 0, 0);
            for (points, wait) in tries {
                now += wait;
                if budgets.spend(&network("a"), ALLOWANCE, points, now).is_ok() {
                    spent += points;
                }
                prop_assert!(spent * 60_000 <= 600 * (60_000 + u64::try_from(now).unwrap()));
            }
        }
    }
}
