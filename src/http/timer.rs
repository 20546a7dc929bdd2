//! The clock of one connection.

use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};
use tokio::task::coop::unconstrained;

/// Tells when the head of a request is late. The library asks for a timeout of its own for each request, which is over as soon as the head
/// is there: one alarm stays set for all of them, and is set anew only when it goes off.
#[derive(Clone)]
pub struct HeadTimer(Arc<Mutex<Alarm>>);

struct Alarm {
    sleep: Pin<Box<tokio::time::Sleep>>,
    /// Who is woken when it goes off, once it was asked.
    wakes: Option<Waker>,
}

impl Alarm {
    /// Whether it has gone off; if not, the task is woken when it does. That must not depend on how much the task has done already, as it
    /// would for whatever else waits: it would come back without having set anything.
    fn goes_off(&mut self, task: &mut Context<'_>) -> bool {
        pin!(unconstrained(self.sleep.as_mut())).poll(task).is_ready()
    }
}

impl HeadTimer {
    /// For a connection whose heads may each take so long.
    pub fn new(patience: Duration) -> Self {
        Self(Arc::new(Mutex::new(Alarm { sleep: Box::pin(tokio::time::sleep(patience)), wakes: None })))
    }
}

impl Timer for HeadTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(Instant::now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Deadline { deadline, alarm: Arc::clone(&self.0) })
    }
}

/// A moment that somebody waits for. Those of one connection come one after the other, so that the alarm is never set for later.
struct Deadline {
    deadline: Instant,
    alarm: Arc<Mutex<Alarm>>,
}

impl Future for Deadline {
    type Output = ();

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<()> {
        let mut alarm = self.alarm.lock().unwrap_or_else(PoisonError::into_inner);
        if !alarm.sleep.is_elapsed() && alarm.wakes.as_ref().is_some_and(|waker| waker.will_wake(task.waker())) {
            return Poll::Pending;
        }
        while alarm.goes_off(task) {
            if Instant::now() >= self.deadline {
                return Poll::Ready(());
            }
            alarm.sleep.as_mut().reset(self.deadline.into());
        }
        alarm.wakes = Some(task.waker().clone());
        Poll::Pending
    }
}

impl Sleep for Deadline {}

#[cfg(test)]
mod tests {
    use super::{HeadTimer, Timer};
    use std::future::poll_fn;
    use std::task::Poll;
    use std::time::{Duration, Instant};

    #[tokio::test]
    async fn one_who_has_done_much_already_is_woken_all_the_same() {
        let timer = HeadTimer::new(Duration::from_millis(20));
        let mut deadline = timer.sleep_until(Instant::now() + Duration::from_millis(40));
        let mut is_first = true;
        let waited = poll_fn(|task| {
            if std::mem::take(&mut is_first) {
                // What a task may do at a time is used up.
                while let Poll::Ready(proceeding) = tokio::task::coop::poll_proceed(task) {
                    proceeding.made_progress();
                }
            }
            deadline.as_mut().poll(task)
        });
        tokio::time::timeout(Duration::from_secs(20), waited).await.unwrap();
    }
}
