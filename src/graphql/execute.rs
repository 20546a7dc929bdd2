//! One request from its parameters to the bytes of its answer: measured, run under a time limit, and serialised.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response, ServerError, Value, Variables, value};
use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt};
use serde::Serialize;
use tokio::sync::Semaphore;

use super::cache::{AnswerCache, Moment};
use super::documents::{Document, Documents};
use super::idle::Idle;
use super::measure::{CostModel, Measured, Refusal, measure};
use super::{Checks, RequestState, WartaSchema, error, loader, schema, sdl};
use crate::auth::actor::Actor;
use crate::config::{GraphqlConfig, Limits};
use crate::domain::Domain;
use crate::domain::error::Locale;

/// Most sockets that may be open at a time.
const MOST_SOCKETS: usize = 1_000;

/// The parameters of a request, as GraphQL over HTTP names them.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    pub query: String,
    pub operation_name: Option<String>,
    pub variables: serde_json::Map<String, serde_json::Value>,
}

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Over GET, where only queries may run.
    Get,
    Post,
    /// Over a socket, where no header can be set any more.
    Socket,
}

/// Who asks and how the request came.
#[derive(Clone, Debug)]
pub struct Caller {
    pub actor: Actor,
    pub locale: Locale,
    pub transport: Transport,
}

/// What is to become of the session that a browser keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionCookie {
    Keep {
        secret: String,
        /// How long the browser is to keep it.
        seconds: i64,
    },
    Forget,
}

/// How a request ended, for the status that a transport gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was run; there may be errors of single fields.
    Executed,
    /// The document or its variables are wrong, so nothing was run.
    BadRequest,
    /// A mutation was asked for where only queries may run.
    WriteRefused,
    /// It took too long and was stopped.
    TimedOut,
}

/// An answer, ready to be sent.
#[derive(Debug)]
pub struct Answer {
    pub outcome: Outcome,
    /// The answer as JSON; without `data` when nothing was run.
    pub body: Bytes,
    /// Whether it holds for everybody who asks the same as the public, for as long as nothing changes.
    pub is_shareable: bool,
    pub operation_name: Option<String>,
    /// Points that the operation was estimated at.
    pub cost: u64,
    pub errors: usize,
    /// Seconds to wait before asking again, when something that is down was needed.
    pub retry_after: Option<u32>,
    pub cookie: Option<SessionCookie>,
}

impl Answer {
    /// An answer that went well.
    pub fn of(body: Bytes) -> Self {
        Self {
            outcome: Outcome::Executed,
            body,
            is_shareable: false,
            operation_name: None,
            cost: 0,
            errors: 0,
            retry_after: None,
            cookie: None,
        }
    }
}

/// The API with its limits.
pub struct Api {
    schema: WartaSchema,
    /// The same for documents that are known to be valid.
    unchecked: WartaSchema,
    documents: Documents,
    answers: Option<AnswerCache>,
    costs: CostModel,
    limits: Limits,
    domain: Domain,
    sockets: Arc<Semaphore>,
}

impl Api {
    /// Builds the API. Must be called within the runtime.
    pub fn new(domain: Domain, limits: Limits, config: &GraphqlConfig) -> Self {
        Self {
            schema: schema(config.introspection, Checks::All),
            unchecked: schema(config.introspection, Checks::None),
            documents: Documents::default(),
            answers: AnswerCache::new(config.answer_cache_mib * 1_024 * 1_024),
            costs: CostModel::new(&sdl()),
            limits,
            domain,
            sockets: Arc::new(Semaphore::new(MOST_SOCKETS)),
        }
    }

    /// The limits that requests are held to.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// As many permits as sockets may still be opened.
    pub fn sockets(&self) -> &Arc<Semaphore> {
        &self.sockets
    }

    /// What the API works on.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// The present, as answers that are kept know it.
    pub fn moment(&self) -> Moment {
        Moment { changes: self.domain.changes_seen.load(Ordering::SeqCst), now: self.domain.clock.now() }
    }

    /// Answers to the public that are kept, unless that is turned off.
    pub fn answers(&self) -> Option<&AnswerCache> {
        self.answers.as_ref()
    }

    /// Runs one request.
    pub async fn execute(&self, parameters: Parameters, caller: Caller) -> Answer {
        let Parameters { query, operation_name, variables } = parameters;
        let variables = Variables::from_json(serde_json::Value::Object(variables));
        let measured = self.documents.get(&query, &self.limits).and_then(|document| {
            let measured = measure(&self.costs, &self.limits, &document.parsed, operation_name.as_deref(), variables)?;
            Ok((document, measured))
        });
        let (document, measured) = match measured {
            Ok(measured) => measured,
            Err(refusal) => return refused(&refusal, Outcome::BadRequest),
        };
        let Measured { cost, operation, .. } = measured;
        if operation == OperationType::Subscription {
            let message = "Subscriptions run over WebSocket (graphql-transport-ws) at this address.".to_owned();
            return refused(&Refusal { code: "SUBSCRIPTION_OVER_HTTP", message }, Outcome::BadRequest);
        }
        if operation == OperationType::Mutation && caller.transport == Transport::Get {
            let refusal = Refusal { code: "METHOD_NOT_ALLOWED", message: "GET runs queries only; send mutations as POST.".to_owned() };
            return refused(&refusal, Outcome::WriteRefused);
        }
        let asked = Asked { query, operation_name, document, measured, caller };
        let limit = Duration::from_millis(self.limits.request_timeout_ms);
        match tokio::time::timeout(limit, self.run(&asked)).await {
            Ok((response, state)) => {
                let is_for_all = operation == OperationType::Query && state.is_for_all.load(Ordering::Relaxed);
                let answer = answered(response, cost, self.limits.query_cost);
                Answer {
                    is_shareable: is_for_all && answer.outcome == Outcome::Executed && answer.errors == 0,
                    operation_name: asked.operation_name,
                    cookie: state.cookie.get().cloned(),
                    ..answer
                }
            }
            Err(_) => refused(&timed_out(self.limits.request_timeout_ms), Outcome::TimedOut),
        }
    }

    /// Runs a query or mutation. A query that is known to be valid is run without watching each field for its failure first, for
    /// few fail. One that does is run again, with every care.
    async fn run(&self, asked: &Asked) -> (Response, Told) {
        let is_query = asked.measured.operation == OperationType::Query;
        if is_query && asked.document.is_valid() && asked.measured.variables_fit {
            let (request, idle, told) = self.request(asked);
            let response = AssertUnwindSafe(idle.watch(self.unchecked.execute(request))).catch_unwind().await;
            if let Ok(response) = response
                && response.errors.is_empty()
            {
                return (response, told);
            }
        }
        let (request, idle, told) = self.request(asked);
        let response = idle.watch(self.schema.execute(request)).await;
        if !is_refusal(&response) {
            asked.document.has_proved_valid();
        }
        (response, told)
    }

    /// Runs one operation of a socket: a subscription for as long as it is followed, anything else to its answer.
    pub fn stream(self: &Arc<Self>, request: Request, caller: Caller) -> Result<BoxStream<'static, Response>, Refusal> {
        let Request { query, operation_name, variables, .. } = request;
        let document = self.documents.get(&query, &self.limits)?;
        let measured = measure(&self.costs, &self.limits, &document.parsed, operation_name.as_deref(), variables)?;
        let asked = Asked { query, operation_name, document, measured, caller };
        if asked.measured.operation == OperationType::Subscription {
            let (request, idle, _) = self.request(&asked);
            return Ok(idle.watch_stream(self.schema.execute_stream(request)));
        }
        let (api, limit_ms) = (Arc::clone(self), self.limits.request_timeout_ms);
        let answer = async move {
            match tokio::time::timeout(Duration::from_millis(limit_ms), api.run(&asked)).await {
                Ok((response, _)) => response,
                Err(_) => timed_out(limit_ms).into_response(),
            }
        };
        Ok(stream::once(answer).boxed())
    }

    fn request(&self, asked: &Asked) -> (Request, Idle, Told) {
        // A query sees one state of the database, however many statements it takes; a mutation sees what it has done.
        let is_query = asked.measured.operation == OperationType::Query;
        let domain = if is_query { self.domain.with_snapshot() } else { self.domain.clone() };
        let Caller { actor, locale, transport } = asked.caller.clone();
        let idle = Idle::default();
        let told = Told::default();
        let mut request = Request::new(asked.query.clone())
            .variables(asked.measured.variables.clone())
            .data(loader(domain.clone(), actor.clone(), idle.clone()))
            .data(RequestState { domain, actor, locale, transport, told: told.clone() });
        request.operation_name.clone_from(&asked.operation_name);
        request.set_parsed_query(asked.document.parsed.clone());
        (request, idle, told)
    }
}

/// A request that may be run.
struct Asked {
    query: String,
    operation_name: Option<String>,
    document: Arc<Document>,
    measured: Measured,
    caller: Caller,
}

/// What resolvers tell of the answer that they make.
#[derive(Clone, Debug)]
pub struct Told {
    /// What is to become of the session that a browser keeps.
    pub cookie: Arc<OnceLock<SessionCookie>>,
    /// Whether everybody who asks the same as the public gets the same.
    pub is_for_all: Arc<AtomicBool>,
}

impl Default for Told {
    fn default() -> Self {
        Self { cookie: Arc::default(), is_for_all: Arc::new(AtomicBool::new(true)) }
    }
}

impl Refusal {
    /// As an answer of a socket.
    pub fn into_response(self) -> Response {
        let mut error = ServerError::new(self.message, None);
        error.extensions.get_or_insert_with(Default::default).set("code", self.code);
        Response::from_errors(vec![error])
    }
}

fn timed_out(limit_ms: u64) -> Refusal {
    tracing::warn!(limit_ms, "a request took too long and was stopped");
    Refusal { code: "TIMEOUT", message: format!("The request took longer than {limit_ms} ms and was stopped.") }
}

/// An answer that says only what is wrong with the request.
pub fn refused(refusal: &Refusal, outcome: Outcome) -> Answer {
    let errors = serde_json::json!({"errors": [{"message": refusal.message, "extensions": {"code": refusal.code}}]});
    Answer { outcome, errors: 1, ..Answer::of(Bytes::from(errors.to_string())) }
}

fn answered(response: Response, cost: u64, most: u64) -> Answer {
    let errors = response.errors.len();
    let is_refused = is_refusal(&response);
    let retry_after = response.errors.iter().filter_map(retry_after).max();
    let response = response.extension("cost", value!({"requested": cost, "limit": most}));
    let body = if is_refused { serde_json::to_vec(&RequestErrors { errors: &response.errors }) } else { serde_json::to_vec(&response) };
    let outcome = if is_refused { Outcome::BadRequest } else { Outcome::Executed };
    match body {
        Ok(body) => Answer { outcome, cost, errors, retry_after, ..Answer::of(Bytes::from(body)) },
        Err(error) => {
            tracing::error!(%error, "an answer could not be serialised");
            refused(&Refusal { code: "INTERNAL", message: "Something went wrong on our side.".to_owned() }, outcome)
        }
    }
}

/// Errors of a field have a path; without one, and without data, the request itself was refused.
fn is_refusal(response: &Response) -> bool {
    !response.errors.is_empty() && response.data == Value::Null && response.errors.iter().all(|error| error.path.is_empty())
}

#[derive(Serialize)]
struct RequestErrors<'a> {
    errors: &'a [ServerError],
}

fn retry_after(error: &ServerError) -> Option<u32> {
    match error.extensions.as_ref()?.get(error::RETRY_AFTER)? {
        Value::Number(seconds) => seconds.as_u64().and_then(|seconds| u32::try_from(seconds).ok()),
        _ => None,
    }
}
