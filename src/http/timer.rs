//! The clock of one connection.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};

/// Tells when the head of a request is late. The library asks for a timeout of its own for each request, which is over as soon as the head
/// is there: one alarm stays set for all of them, and is set anew only when it goes off.
#[derive(Clone)]
pub struct HeadTimer(Arc<Mutex<Alarm>>);

struct Alarm {
    sleep: Pin<Box<tokio::time::Sleep>>,
    /// Who is woken when it goes off, once it was asked.
    wakes: Option<Waker>,
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
        while alarm.sleep.as_mut().poll(task).is_ready() {
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
