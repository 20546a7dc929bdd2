//! Whether what the domain rests on answers.

use std::time::Duration;

use tokio::sync::Mutex;

use super::{Domain, search_index};

/// How long a check may take before what it asks counts as down.
const PATIENCE: Duration = Duration::from_secs(2);

/// What answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Readiness {
    pub database: bool,
    /// Whether there is a live index and its engine answers.
    pub search: bool,
}

/// How long an answer holds: whoever asks more often is told the same.
const FRESH_MS: i64 = 1_000;

/// What was found last, and when.
pub type LastReadiness = Mutex<Option<(i64, Readiness)>>;

/// Asks the database and the search engine; of many who want to know, one asks.
pub async fn readiness(domain: &Domain) -> Readiness {
    let mut last = domain.readiness.lock().await;
    let now = domain.clock.ticks();
    match *last {
        Some((at, found)) if (at..at.saturating_add(FRESH_MS)).contains(&now) => found,
        _ => {
            let found = ask(domain).await;
            *last = Some((domain.clock.ticks(), found));
            found
        }
    }
}

async fn ask(domain: &Domain) -> Readiness {
    let database = tokio::time::timeout(PATIENCE, domain.db.read().ping());
    if !matches!(database.await, Ok(Ok(_))) {
        return Readiness { database: false, search: false };
    }
    let search = async {
        match search_index::live(domain).await {
            Ok(Some(index)) => domain.search.exists(index.id).await.unwrap_or(false),
            _ => false,
        }
    };
    Readiness { database: true, search: tokio::time::timeout(PATIENCE, search).await.unwrap_or(false) }
}
