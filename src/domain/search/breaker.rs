//! A search engine that hangs must not hold up everything else: once it was waited for in vain, it is asked again only now and
//! then, and everybody else is told at once that it does not answer.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::search::SearchError;

/// How long an engine may take to fail before it counts as hanging.
const HANGS_AFTER: Duration = Duration::from_secs(1);
/// How long it is left alone then.
const REST: Duration = Duration::from_secs(5);

/// Whether the engine is worth asking.
#[derive(Debug, Default)]
pub struct Breaker {
    /// Until when it is left alone; none while it answers.
    rests_until: Mutex<Option<Instant>>,
}

impl Breaker {
    /// Asks the engine, unless it hangs. When its rest is over one caller tries it, and the others go on waiting for that.
    pub async fn ask<T>(&self, question: impl Future<Output = Result<T, SearchError>>) -> Result<T, SearchError> {
        let asked = Instant::now();
        {
            let mut rests_until = self.rests_until.lock().unwrap_or_else(PoisonError::into_inner);
            match *rests_until {
                Some(until) if asked < until => return Err(SearchError::Unavailable("it has not answered lately".to_owned())),
                Some(_) => *rests_until = Some(asked + REST),
                None => {}
            }
        }
        let answer = question.await;
        let is_hanging = matches!(answer, Err(SearchError::Unavailable(_))) && asked.elapsed() >= HANGS_AFTER;
        *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner) = is_hanging.then(|| Instant::now() + REST);
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::{Breaker, HANGS_AFTER, REST};
    use crate::search::SearchError;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn an_engine_that_hangs_is_left_alone_and_one_that_fails_at_once_is_not() {
        let (breaker, asked) = (Breaker::default(), AtomicUsize::new(0));
        let ask = async |hangs: bool| {
            let question = async {
                asked.fetch_add(1, Ordering::SeqCst);
                if hangs {
                    std::thread::sleep(HANGS_AFTER);
                }
                Err::<(), _>(SearchError::Unavailable("down".to_owned()))
            };
            breaker.ask(question).await.unwrap_err()
        };
        ask(false).await;
        ask(false).await;
        assert_eq!(asked.load(Ordering::SeqCst), 2);
        ask(true).await;
        ask(false).await;
        assert_eq!(asked.load(Ordering::SeqCst), 3, "it is left alone for {REST:?}");
    }
}
