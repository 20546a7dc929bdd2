//! Answers to the public that are kept. An answer is handed out again while nothing was written since it was made, as far as is known
//! (`domain/present.rs`), and if it passes with time for half a second at the most: what this process writes is seen by the next read, and
//! what other processes write, or the clock brings about, within a second, for what it was made of may have been kept as long. Only
//! answers that hold for everybody are kept, and of many who ask for one that is not there, one has it made and the others wait for it.

use std::io::Write;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use quick_cache::Weighter;
use quick_cache::sync::{Cache, EntryAction, EntryResult};
use sha2::{Digest, Sha256};

use super::answer::{Answer, Outcome};
use super::execute::Transport;
use crate::domain::Moment;
use crate::domain::error::Locale;

/// What an entry takes beside the bytes of its answer.
const OVERHEAD: u64 = 512;
/// Shorter answers are not worth being compressed.
pub const LEAST_COMPRESSED: usize = 1_024;

/// What a request is known by: its very bytes, and what else decides on the answer. Only a digest of the bytes is kept, for there may be
/// passwords and receipts in them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Asked {
    request: [u8; 32],
    transport: Transport,
    locale: Locale,
}

impl Asked {
    /// Knows a request by its bytes and how it came.
    pub fn new(request: &[u8], transport: Transport, locale: Locale) -> Self {
        Self { request: Sha256::digest(request).into(), transport, locale }
    }
}

/// An answer that holds for everybody.
#[derive(Debug)]
pub struct Shared {
    pub body: Bytes,
    /// Changes with the answer.
    pub etag: String,
    pub cost: u64,
    pub operation_name: Option<String>,
    gzip: OnceLock<Option<Bytes>>,
}

impl Shared {
    fn new(answer: &Answer) -> Self {
        let digest = Sha256::digest(&answer.body);
        let tag: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Self {
            body: answer.body.clone(),
            etag: format!("\"{tag}\""),
            cost: answer.cost,
            operation_name: answer.operation_name.clone(),
            gzip: OnceLock::new(),
        }
    }

    /// The body, compressed once for all who want it so; none when it is too short for that.
    pub fn gzip(&self) -> Option<Bytes> {
        self.gzip.get_or_init(|| gzip(&self.body)).clone()
    }
}

/// A body compressed; none when it is too short for that.
pub fn gzip(body: &[u8]) -> Option<Bytes> {
    if body.len() < LEAST_COMPRESSED {
        return None;
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 3), Compression::default());
    // Writing into memory does not fail.
    let _ = encoder.write_all(body);
    encoder.finish().ok().map(Bytes::from)
}

#[derive(Clone)]
struct Kept {
    made: Moment,
    is_passing: bool,
    /// None for a request that each has to be answered for itself.
    answer: Option<Arc<Shared>>,
}

impl Kept {
    fn holds(&self, now: Moment) -> bool {
        if self.is_passing { self.made.covers_briefly(now) } else { self.made.covers(now) }
    }
}

#[derive(Clone)]
struct Bytewise;

impl Weighter<Asked, Kept> for Bytewise {
    fn weight(&self, _: &Asked, kept: &Kept) -> u64 {
        // Compressed it comes to less than half again.
        let answer = kept.answer.as_ref().map_or(0, |answer| answer.body.len() * 3 / 2);
        OVERHEAD + answer as u64
    }
}

/// What was found, or made.
pub enum Found {
    Shared(Arc<Shared>),
    Own(Answer),
}

/// The answers of this process.
pub struct AnswerCache(Cache<Asked, Kept, Bytewise>);

impl AnswerCache {
    /// Holds so many bytes of answers; none with 0.
    pub fn new(bytes: u64) -> Option<Self> {
        let answers = usize::try_from(bytes / 8_192).unwrap_or(usize::MAX);
        (bytes > 0).then(|| Self(Cache::with_weighter(answers.max(1), bytes, Bytewise)))
    }

    /// The answer to a request of the public that is kept, if it still holds.
    pub fn find(&self, asked: &Asked, now: Moment) -> Option<Arc<Shared>> {
        self.0.get(asked).filter(|kept| kept.holds(now))?.answer
    }

    /// The answer to a request of the public, kept or made. `now` tells of the present whenever it is called.
    pub async fn get_or_make<E>(
        &self,
        asked: Asked,
        now: impl Fn() -> Moment,
        make: impl Future<Output = Result<Answer, E>>,
    ) -> Result<Found, E> {
        let is_held = |_: &Asked, kept: &mut Kept| {
            if kept.holds(now()) { EntryAction::Retain(kept.answer.clone()) } else { EntryAction::ReplaceWithGuard }
        };
        let place = match self.0.entry_async(&asked, is_held).await {
            EntryResult::Retained(Some(answer)) => return Ok(Found::Shared(answer)),
            EntryResult::Vacant(place) | EntryResult::Replaced(place, _) => Some(place),
            EntryResult::Retained(None) | EntryResult::Removed(..) | EntryResult::Timeout => None,
        };
        // Taken before anything is read: what is committed from here on makes the answer one of the past.
        let made = now();
        let answer = make.await?;
        let shared = answer.is_shareable.then(|| Arc::new(Shared::new(&answer)));
        // What befell this one alone says nothing of the next: whoever waits has the answer made then.
        let is_of_this_one = matches!(answer.outcome, Outcome::Throttled | Outcome::TimedOut);
        if let Some(place) = place.filter(|_| !is_of_this_one) {
            // It fails only when the entry was removed meanwhile.
            let _ = place.insert(Kept { made, is_passing: answer.is_passing, answer: shared.clone() });
        }
        Ok(shared.map_or(Found::Own(answer), Found::Shared))
    }
}

#[cfg(test)]
mod tests {
    use super::{AnswerCache, Asked, Found};
    use crate::domain::Moment;
    use crate::domain::error::Locale;
    use crate::graphql::answer::Answer;
    use crate::graphql::execute::Transport;
    use bytes::Bytes;
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    fn answer(body: String, is_shareable: bool) -> Result<Answer, Infallible> {
        Ok(Answer { is_shareable, ..Answer::of(Bytes::from(body)) })
    }

    async fn ask(cache: &AnswerCache, now: Moment, made: &AtomicUsize, is_shareable: bool) -> String {
        let make = async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            answer(format!("answer {}", made.fetch_add(1, Ordering::SeqCst)), is_shareable)
        };
        match cache.get_or_make(Asked::new(b"{a}", Transport::Post, Locale::English), || now, make).await {
            Ok(Found::Shared(shared)) => String::from_utf8(shared.body.to_vec()).unwrap(),
            Ok(Found::Own(answer)) => String::from_utf8(answer.body.to_vec()).unwrap(),
        }
    }

    #[tokio::test]
    async fn an_answer_holds_until_something_is_committed_or_half_a_second_has_passed() {
        let (cache, made) = (AnswerCache::new(1 << 20).unwrap(), AtomicUsize::new(0));
        let at = |changes, now| Moment { changes, now, looked_at: i64::MIN };
        assert_eq!(ask(&cache, at(1, 1_000), &made, true).await, "answer 0");
        assert_eq!(ask(&cache, at(1, 1_499), &made, true).await, "answer 0");
        assert_eq!(ask(&cache, at(1, 1_500), &made, true).await, "answer 1", "half a second has passed");
        assert_eq!(ask(&cache, at(2, 1_500), &made, true).await, "answer 2", "something was committed");
        assert_eq!(ask(&cache, at(2, 1_200), &made, true).await, "answer 3", "the clock went back");
    }

    #[tokio::test]
    async fn of_many_who_ask_at_once_one_has_it_made() {
        let (cache, made) = (AnswerCache::new(1 << 20).unwrap(), AtomicUsize::new(0));
        let now = Moment { changes: 1, now: 0, looked_at: 0 };
        let all = futures_util::future::join_all((0..20).map(|_| ask(&cache, now, &made, true))).await;
        assert!(all.iter().all(|answer| answer == "answer 0"), "{all:?}");
    }

    #[tokio::test]
    async fn what_holds_for_one_alone_is_made_for_each_and_nobody_waits_for_another() {
        let (cache, made) = (AnswerCache::new(1 << 20).unwrap(), AtomicUsize::new(0));
        let now = Moment { changes: 1, now: 0, looked_at: 0 };
        assert_eq!(ask(&cache, now, &made, false).await, "answer 0");
        let all = futures_util::future::join_all((0..4).map(|_| ask(&cache, now, &made, false))).await;
        assert_eq!(all, ["answer 1", "answer 2", "answer 3", "answer 4"]);
    }
}
