//! Operations that come over a socket: measured as all others, and a bounded number at a time.

use std::any::TypeId;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_graphql::{Data, Executor, Request, Response};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use tokio::sync::mpsc;

use super::execute::{Api, Caller};
use super::measure::Refusal;
use crate::auth::actor::Actor;

/// Most operations that may run on one socket at a time.
const MOST_OPERATIONS: usize = 50;

/// Looks at the credentials of a socket again: who they stand for, if they still stand for the same.
pub type LookAgain = Arc<dyn Fn() -> BoxFuture<'static, Option<Actor>> + Send + Sync>;

/// Runs the operations of one socket.
#[derive(Clone)]
pub struct SocketExecutor {
    api: Arc<Api>,
    look_again: LookAgain,
    running: Arc<AtomicUsize>,
}

impl SocketExecutor {
    /// For a socket that has just been opened.
    pub fn new(api: Arc<Api>, look_again: LookAgain) -> Self {
        Self { api, look_again, running: Arc::default() }
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

#[async_trait::async_trait]
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
        let (api, look_again) = (Arc::clone(&self.api), Arc::clone(&self.look_again));
        let responses = async move {
            let Some(actor) = look_again().await else {
                let message = "The session or the token has ended.".to_owned();
                return refused(&Refusal { code: "UNAUTHENTICATED", message });
            };
            api.stream(request, Caller { actor, ..caller }).unwrap_or_else(|refusal| refused(&refusal))
        };
        let counted = stream::once(responses).flatten().map(move |response| {
            let _ = &running;
            response
        });
        on_its_own(counted.boxed())
    }
}

/// The same responses, made by a task of their own. A socket whose client does not read is not polled, and what is made within it
/// would stand still with a connection to the database in its hands.
fn on_its_own(mut responses: BoxStream<'static, Response>) -> BoxStream<'static, Response> {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        loop {
            let response = tokio::select! {
                () = sender.closed() => break,
                response = responses.next() => response,
            };
            let Some(response) = response else { break };
            if sender.send(response).await.is_err() {
                break;
            }
        }
    });
    stream::unfold(receiver, |mut receiver| async { receiver.recv().await.map(|response| (response, receiver)) }).boxed()
}

fn refused(refusal: &Refusal) -> BoxStream<'static, Response> {
    let response = refusal.clone().into_response();
    stream::once(async { response }).boxed()
}
