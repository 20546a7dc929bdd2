//! What is asked for by every request and changes seldom, kept in memory. A change made by this process works at once, one made by
//! another within half a second. An answer that is kept may be made of what was kept, so that it works in answers within a second.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::present::BELIEVED_MS;
use super::{Domain, Result};

/// A value as it was read last.
#[derive(Debug)]
pub struct Fresh<T>(Mutex<Kept<T>>);

#[derive(Debug)]
struct Kept<T> {
    /// Counts the changes, so that what was read before one is not kept after it.
    changes: u64,
    read: Option<(Instant, Arc<T>)>,
}

impl<T> Default for Fresh<T> {
    fn default() -> Self {
        Self(Mutex::new(Kept { changes: 0, read: None }))
    }
}

impl<T> Fresh<T> {
    /// The value, read anew with `load` when it is not fresh. What is made of it passes, as it does.
    pub async fn get<F>(&self, domain: &Domain, load: impl FnOnce() -> F) -> Result<Arc<T>>
    where
        F: Future<Output = Result<T>>,
    {
        domain.passing.note();
        let changes = {
            let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((read_at, value)) = &kept.read
                && read_at.elapsed() < Duration::from_millis(BELIEVED_MS)
            {
                return Ok(Arc::clone(value));
            }
            kept.changes
        };
        let read_at = Instant::now();
        let value = Arc::new(load().await?);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.changes == changes {
            kept.read = Some((read_at, Arc::clone(&value)));
        }
        Ok(value)
    }

    /// Has it read again: something was changed.
    pub fn forget(&self) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.changes += 1;
        kept.read = None;
    }
}
