//! Operations that come over a socket: measured as all others, and a bounded number at a time.

use std::any::TypeId;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_graphql::{Data, Executor, Request, Response, ServerError};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};

use super::execute::{Api, Caller};
use super::measure::Refusal;

/// Most operations that may run on one socket at a time.
const MOST_OPERATIONS: usize = 50;

/// Runs the operations of one socket.
#[derive(Clone)]
pub struct SocketExecutor {
    api: Arc<Api>,
    running: Arc<AtomicUsize>,
}

impl SocketExecutor {
    /// For a socket that has just been opened.
    pub fn new(api: Arc<Api>) -> Self {
        Self { api, running: Arc::default() }
    }

    /// What is known of a socket once its caller has said who they are.
    pub fn session(caller: Caller) -> Data {
        let mut data = Data::default();
        data.insert(caller);
        data
    }
}

/// Counts an operation for as long as it runs.
struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Executor for SocketExecutor {
    async fn execute(&self, request: Request) -> Response {
        self.execute_stream(request, None).next().await.unwrap_or_default()
    }

    fn execute_stream(&self, request: Request, session: Option<Arc<Data>>) -> BoxStream<'static, Response> {
        let caller = session.as_ref().and_then(|data| data.get(&TypeId::of::<Caller>())).and_then(|data| data.downcast_ref::<Caller>());
        let Some(caller) = caller.cloned() else {
            let refusal = Refusal { code: "UNAUTHENTICATED", message: "Send connection_init first.".to_owned() };
            return refused(&refusal);
        };
        let running = Running(Arc::clone(&self.running));
        if running.0.fetch_add(1, Ordering::SeqCst) >= MOST_OPERATIONS {
            let message = format!("At most {MOST_OPERATIONS} operations run on one connection at a time.");
            return refused(&Refusal { code: "TOO_MANY_OPERATIONS", message });
        }
        match self.api.stream(request, caller) {
            Ok(responses) => responses
                .map(move |response| {
                    let _ = &running;
                    response
                })
                .boxed(),
            Err(refusal) => refused(&refusal),
        }
    }
}

fn refused(refusal: &Refusal) -> BoxStream<'static, Response> {
    let mut error = ServerError::new(refusal.message.clone(), None);
    error.extensions.get_or_insert_with(Default::default).set("code", refusal.code);
    stream::once(async { Response::from_errors(vec![error]) }).boxed()
}
