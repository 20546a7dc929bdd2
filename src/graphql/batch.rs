//! Fetching in batches: what the fields of a request ask for while it is polled is fetched together, on the same task, once all of it
//! waits. By then everything is asked for that can be asked for without it, and nothing waits for a tick of the clock.

use std::any::Any;
use std::collections::HashMap;
use std::future::poll_fn;
use std::hash::Hash;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt};
use rustc_hash::FxHashMap;
use tokio::sync::oneshot;
use tokio::task::coop::unconstrained;

use crate::domain::error::Error;

/// How often a request may go on by itself before others have their turn.
const MOST_TURNS: usize = 1_000;

/// How long a request may work until it is looked whether its time is up.
const LONGEST_STRETCH: Duration = Duration::from_millis(5);
/// Most keys that are fetched by one statement.
const MOST_KEYS: usize = 1_000;

/// What names a value that is fetched.
pub trait Key: Hash + Eq + Clone + Send + Sync + 'static {}
impl<K: Hash + Eq + Clone + Send + Sync + 'static> Key for K {}

/// Fetches values of one kind of key.
#[async_trait]
pub trait Batched<K: Key>: Send + Sync + 'static {
    /// What a key stands for.
    type Value: Clone + Send + 'static;

    /// The values of keys, each of which comes once; a key without a value is left out.
    async fn fetch(&self, keys: &[K]) -> Loaded<Vec<(K, Self::Value)>>;
}

/// What was fetched, or why it could not be.
pub type Loaded<T> = Result<T, Arc<Error>>;

/// Asks a reader in batches; one for each request.
pub struct Loader<R> {
    reader: Arc<R>,
    /// What was asked for since the last fetch, by kind of key.
    asked: Mutex<Vec<Box<dyn Ask<R>>>>,
    /// Counts fetches that panicked.
    panics: Arc<AtomicU64>,
}

impl<R: Send + Sync + 'static> Loader<R> {
    /// Of what a reader fetches.
    pub fn new(reader: R, panics: Arc<AtomicU64>) -> Self {
        Self { reader: Arc::new(reader), asked: Mutex::default(), panics }
    }

    /// What a key stands for, if there is such a thing. It comes only within what is [driven](Self::drive).
    pub fn load<K: Key>(&self, key: K) -> impl Future<Output = Loaded<Option<R::Value>>> + Send + use<R, K>
    where
        R: Batched<K>,
    {
        let (sender, receiver) = oneshot::channel();
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let of_this_kind = asked.iter_mut().find_map(|ask| (ask.as_mut() as &mut dyn Any).downcast_mut::<Asked<K, R::Value>>());
        match of_this_kind {
            Some(batch) => batch.0.push((key, sender)),
            None => asked.push(Box::new(Asked(vec![(key, sender)]))),
        }
        // What has been fetched is taken at once, however much it is: the runtime would hold the rest back, and with it what is
        // asked for next.
        unconstrained(receiver).map(|told| told.unwrap_or_else(|_| Err(Arc::new(Error::Internal(anyhow::anyhow!("a fetch panicked"))))))
    }

    /// What some keys stand for, without those that stand for nothing.
    pub fn load_many<K: Key>(&self, keys: impl IntoIterator<Item = K>) -> impl Future<Output = Loaded<HashMap<K, R::Value>>> + Send
    where
        R: Batched<K>,
    {
        let asked: Vec<_> = keys.into_iter().map(|key| (key.clone(), self.load(key))).collect();
        async move {
            let mut found = HashMap::with_capacity(asked.len());
            for (key, told) in asked {
                if let Some(value) = told.await? {
                    found.insert(key, value);
                }
            }
            Ok(found)
        }
    }

    /// Runs a request, fetching what it asks for.
    pub async fn drive<F: Future>(&self, request: F) -> F::Output {
        let (mut request, mut drive) = (pin!(request), Drive::default());
        poll_fn(|context| drive.poll(self, context, |context| request.as_mut().poll(context))).await
    }

    /// The same for a subscription.
    pub fn drive_stream<T: 'static>(self: Arc<Self>, mut answers: BoxStream<'static, T>) -> BoxStream<'static, T> {
        let mut drive = Drive::default();
        stream::poll_fn(move |context| drive.poll(&self, context, |context| answers.poll_next_unpin(context))).boxed()
    }
}

/// A request that is run, with what is being fetched for it.
#[derive(Default)]
struct Drive {
    fetches: Vec<BoxFuture<'static, ()>>,
    bell: Arc<Bell>,
}

impl Drive {
    fn poll<R: Send + Sync + 'static, T>(
        &mut self,
        loader: &Loader<R>,
        task: &mut Context<'_>,
        mut request: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        let waker = Waker::from(Arc::clone(&self.bell));
        let mut context = Context::from_waker(&waker);
        self.bell.is_heard.store(true, Ordering::SeqCst);
        let begun = Instant::now();
        for _ in 0..MOST_TURNS {
            // Swapped, so that what was done by whoever rang is seen.
            self.bell.has_rung.swap(false, Ordering::SeqCst);
            if let Poll::Ready(answer) = request(&mut context) {
                return Poll::Ready(answer);
            }
            // Fetched is only once it would not go on by itself: a part of it may not have been asked yet.
            if !self.bell.has_rung.load(Ordering::SeqCst) {
                let asked = std::mem::take(&mut *loader.asked.lock().unwrap_or_else(PoisonError::into_inner));
                self.fetches.extend(asked.into_iter().map(|ask| ask.fetch(&loader.reader, &loader.panics)));
                self.fetches.retain_mut(|fetch| fetch.poll_unpin(&mut context).is_pending());
                if !self.bell.has_rung.load(Ordering::SeqCst) {
                    self.bell.call(task.waker());
                    return Poll::Pending;
                }
                if begun.elapsed() > LONGEST_STRETCH {
                    break;
                }
            }
        }
        // It goes on, for long or without end: others have their turn first.
        task.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Rung by what can go on. While the request is being run, that is heard there, and otherwise its task is woken.
#[derive(Default)]
struct Bell {
    has_rung: AtomicBool,
    is_heard: AtomicBool,
    task: Mutex<Option<Waker>>,
}

impl Bell {
    /// Has the next ring wake this task, and wakes it if it has rung meanwhile.
    fn call(&self, waker: &Waker) {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if !task.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *task = Some(waker.clone());
        }
        drop(task);
        self.is_heard.store(false, Ordering::SeqCst);
        if self.has_rung.load(Ordering::SeqCst) {
            waker.wake_by_ref();
        }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.has_rung.store(true, Ordering::SeqCst);
        if !self.is_heard.load(Ordering::SeqCst)
            && let Some(task) = &*self.task.lock().unwrap_or_else(PoisonError::into_inner)
        {
            task.wake_by_ref();
        }
    }
}

/// Keys of one kind, which kind it may be.
trait Ask<R>: Any + Send {
    /// Fetches what was asked for and tells those who wait.
    fn fetch(self: Box<Self>, reader: &Arc<R>, panics: &Arc<AtomicU64>) -> BoxFuture<'static, ()>;
}

/// Keys of one kind with those who wait for them.
struct Asked<K, V>(Vec<(K, oneshot::Sender<Loaded<Option<V>>>)>);

impl<K: Key, R: Batched<K>> Ask<R> for Asked<K, R::Value> {
    fn fetch(self: Box<Self>, reader: &Arc<R>, panics: &Arc<AtomicU64>) -> BoxFuture<'static, ()> {
        let (reader, panics) = (Arc::clone(reader), Arc::clone(panics));
        let fetch = async move {
            let mut waiting: FxHashMap<K, usize> = FxHashMap::default();
            for (key, _) in &self.0 {
                *waiting.entry(key.clone()).or_default() += 1;
            }
            let keys: Vec<K> = waiting.keys().cloned().collect();
            let fetch = async {
                let mut found: FxHashMap<K, R::Value> = FxHashMap::default();
                for keys in keys.chunks(MOST_KEYS) {
                    found.extend(reader.fetch(keys).await?);
                }
                Ok(found)
            };
            let Ok(mut found) = AssertUnwindSafe(fetch).catch_unwind().await else {
                tracing::error!("a fetch panicked");
                panics.fetch_add(1, Ordering::Relaxed);
                return;
            };
            for (key, sender) in self.0 {
                // Whoever waits last gets the value itself. One that nobody waits for any more is dropped.
                let left = waiting.entry(key.clone()).or_default();
                *left = left.saturating_sub(1);
                let told = match &mut found {
                    Ok(found) if *left == 0 => Ok(found.remove(&key)),
                    Ok(found) => Ok(found.get(&key).cloned()),
                    Err(error) => Err(Arc::clone(error)),
                };
                let _ = sender.send(told);
            }
        };
        fetch.boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::{Batched, Error, Loader};
    use async_trait::async_trait;
    use futures_util::future::join_all;
    use futures_util::stream::FuturesUnordered;
    use futures_util::{FutureExt, StreamExt};
    use std::future::poll_fn;
    use std::sync::atomic::Ordering;
    use std::sync::{Arc, Mutex};
    use std::task::Poll;

    type Batches = Arc<Mutex<Vec<Vec<String>>>>;

    /// Notes the batches that it is asked for; a name stands for its length, and none that is empty for anything.
    struct Lengths(Batches);

    #[async_trait]
    impl Batched<String> for Lengths {
        type Value = usize;

        async fn fetch(&self, keys: &[String]) -> Result<Vec<(String, usize)>, Arc<Error>> {
            tokio::task::yield_now().await;
            assert!(!keys.iter().any(|key| key == "panic"), "a name that panics");
            let mut batch = keys.to_vec();
            batch.sort();
            self.0.lock().unwrap().push(batch);
            Ok(keys.iter().filter(|key| !key.is_empty()).map(|key| (key.clone(), key.len())).collect())
        }
    }

    fn loader() -> (Loader<Lengths>, Batches) {
        let batches = Arc::default();
        (Loader::new(Lengths(Arc::clone(&batches)), Arc::default()), batches)
    }

    #[tokio::test]
    async fn what_waits_at_the_same_time_is_fetched_together_and_each_key_once() {
        let (loader, batches) = loader();
        let names = ["kopi", "padi", "", "kopi", "cengkeh"];
        let request = async {
            let lengths = join_all(names.map(|name| loader.load(name.to_owned()))).await;
            let lengths: Vec<Option<usize>> = lengths.into_iter().map(Result::unwrap).collect();
            (lengths, loader.load_many(["vanili".to_owned(), String::new()]).await.unwrap())
        };
        let (lengths, then) = loader.drive(request).await;
        assert_eq!(lengths, [Some(4), Some(4), None, Some(4), Some(7)]);
        assert_eq!(then.into_iter().collect::<Vec<_>>(), [("vanili".to_owned(), 6)]);
        assert_eq!(*batches.lock().unwrap(), [vec!["", "cengkeh", "kopi", "padi"], vec!["", "vanili"]]);
    }

    #[tokio::test]
    async fn what_has_not_been_asked_yet_is_waited_for() {
        let (loader, batches) = loader();
        // More than are polled in one go: it rings for the rest.
        let names: Vec<String> = (0..500).map(|n| "a".repeat(n + 1)).collect();
        let request = names.iter().map(|name| loader.load(name.clone())).collect::<FuturesUnordered<_>>().collect::<Vec<_>>();
        assert_eq!(loader.drive(request).await.len(), 500);
        let yielding = async {
            let early = loader.load("kopi".to_owned());
            let mut turns = 0;
            let late = poll_fn(|context| {
                turns += 1;
                if turns == 3 {
                    return Poll::Ready(());
                }
                context.waker().wake_by_ref();
                Poll::Pending
            });
            let (early, late) = futures_util::join!(early, late.then(|()| loader.load("padi".to_owned())));
            (early.unwrap(), late.unwrap())
        };
        assert_eq!(loader.drive(yielding).await, (Some(4), Some(4)));
        assert_eq!(batches.lock().unwrap().iter().map(Vec::len).collect::<Vec<_>>(), [500, 2]);
    }

    #[tokio::test]
    async fn a_fetch_that_panics_fails_those_who_wait_for_it_and_nothing_else() {
        let (loader, _) = loader();
        let failed = loader.drive(loader.load("panic".to_owned())).await;
        assert!(matches!(failed.unwrap_err().as_ref(), Error::Internal(_)));
        assert_eq!(loader.panics.load(Ordering::Relaxed), 1);
        assert_eq!(loader.drive(loader.load("kopi".to_owned())).await.unwrap(), Some(4));
    }
}
