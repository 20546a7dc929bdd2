//! How much of something may be held at a time, in all and by each.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::graphql::budget::Spender;

/// Places that are held for as long as something is open.
#[derive(Debug)]
pub struct Quota {
    most: usize,
    most_each: usize,
    held: Mutex<Held>,
    refused: AtomicU64,
}

#[derive(Debug, Default)]
struct Held {
    all: usize,
    each: HashMap<Spender, usize>,
}

/// A place, which is free again once this is dropped.
#[derive(Debug)]
pub struct Place {
    quota: Arc<Quota>,
    holder: Spender,
}

impl Quota {
    /// So many places in all and for each holder.
    pub fn new(most: usize, most_each: usize) -> Arc<Self> {
        Arc::new(Self { most, most_each, held: Mutex::default(), refused: AtomicU64::default() })
    }

    /// A place, if one is free.
    pub fn take(self: &Arc<Self>, holder: Spender) -> Option<Place> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let own = held.each.get(&holder).copied().unwrap_or_default();
        if held.all >= self.most || own >= self.most_each {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        held.all += 1;
        held.each.insert(holder.clone(), own + 1);
        Some(Place { quota: Arc::clone(self), holder })
    }

    /// How often there was no place.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// How many places are held.
    pub fn held(&self) -> usize {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).all
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.quota.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.all = held.all.saturating_sub(1);
        if let Entry::Occupied(mut own) = held.each.entry(self.holder.clone()) {
            *own.get_mut() -= 1;
            if *own.get() == 0 {
                own.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Quota;
    use crate::graphql::budget::Spender;

    #[test]
    fn places_are_counted_in_all_and_for_each() {
        let quota = Quota::new(3, 2);
        let take = |holder: &str| quota.take(Spender::Network(holder.to_owned()));
        let (one, two, three) = (take("a"), take("a"), take("b"));
        assert!(one.is_some() && two.is_some() && three.is_some());
        assert!(take("a").is_none() && take("c").is_none());
        drop(one);
        assert!(take("c").is_some(), "it is free again as soon as it is dropped");
        assert_eq!(quota.held(), 2);
        drop((two, three));
        assert!(quota.held() == 0 && quota.held.lock().unwrap().each.is_empty(), "nobody is remembered");
    }
}
