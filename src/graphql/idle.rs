//! When a request waits. Its loaders fetch once all of it waits for them: by then everything is asked for that can be asked for
//! without them, and none waits for a tick of the clock.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_graphql::runtime::Timer;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt};
use tokio::sync::Notify;

/// Whether a request is at work or waits.
#[derive(Clone, Debug, Default)]
pub struct Idle(Arc<State>);

#[derive(Debug, Default)]
struct State {
    is_working: AtomicBool,
    waits: Notify,
}

/// A stretch of work, which ends when it is dropped, however that comes about.
struct Stretch<'a>(&'a State);

impl Drop for Stretch<'_> {
    fn drop(&mut self) {
        self.0.is_working.store(false, Ordering::SeqCst);
        self.0.waits.notify_waiters();
    }
}

impl Idle {
    fn work(&self) -> Stretch<'_> {
        self.0.is_working.store(true, Ordering::SeqCst);
        Stretch(&self.0)
    }

    /// Runs a request so that its loaders know when it waits.
    pub async fn watch<F: Future>(&self, request: F) -> F::Output {
        let mut request = pin!(request);
        poll_fn(|context| {
            let _stretch = self.work();
            request.as_mut().poll(context)
        })
        .await
    }

    /// The same for a subscription.
    pub fn watch_stream<T: 'static>(self, mut answers: BoxStream<'static, T>) -> BoxStream<'static, T> {
        stream::poll_fn(move |context| {
            let _stretch = self.work();
            answers.poll_next_unpin(context)
        })
        .boxed()
    }

    async fn wait(self) {
        loop {
            let mut waits = pin!(self.0.waits.notified());
            // From here on no end of a stretch is missed.
            waits.as_mut().enable();
            if !self.0.is_working.load(Ordering::SeqCst) {
                return;
            }
            waits.await;
        }
    }
}

impl Timer for Idle {
    fn delay(&self, _: Duration) -> BoxFuture<'static, ()> {
        self.clone().wait().boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::Idle;
    use async_graphql::runtime::Timer;
    use std::time::Duration;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_is_to_be_done_when_a_request_waits_is_done_then_and_not_before() {
        let idle = Idle::default();
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let request = async {
            let waiting = idle.delay(Duration::ZERO);
            let done = tokio::spawn(async move {
                waiting.await;
                let _ = sender.send(());
            });
            // However long it works, the other does not begin.
            std::thread::sleep(Duration::from_millis(20));
            let was_done = done.is_finished();
            receiver.await.map(|()| was_done)
        };
        assert_eq!(idle.watch(request).await, Ok(false));
        idle.delay(Duration::ZERO).await;
    }
}
